"""A user's long list of names: uploaded, trained on, watched live, paused, resumed, forked, cancelled, and weighed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from slalom.catalogue.datasets import Names
from slalom.client import Client
from slalom.wire.frames import Block

NAMES = 32_000


def many_names(n: int = NAMES, seed: int = 0) -> str:
    """Return so many different names, one a line: beginnings and ends of the shipped ones, put together anew."""
    chance, made = random.Random(seed), dict[str, None]()
    shipped = Names().letters().names_train
    while len(made) < n:
        first, second = chance.choice(shipped), chance.choice(shipped)
        made[first[: len(first) // 2 + 1] + second[len(second) // 2 :]] = None
    return "\n".join(made) + "\n"


def spec(dataset: str, steps: int, lr: float = 0.1) -> dict[str, Any]:
    """Return the character model on an uploaded list, as the study notes train it: a tenth of lr after half the way."""
    run = {
        "optimizer": {"kind": "sgd", "lr": lr},
        "schedule": {"kind": "multistep", "milestones": [max(steps // 2, 1)], "gamma": 0.1},
        "batch_size": 32,
        "batches": "drawn",
    }
    return {"problem": {"kind": "character", "data": {"kind": "names", "id": dataset}}, "runs": [run], "steps": steps}


class Weight(NamedTuple):
    """How heavy everything was after so many updates."""

    step: int
    workers: int
    """Bytes of memory of all processes that the server started."""
    server: int
    """Bytes of memory of the server."""
    stored: int
    """Bytes of the store, its journal included."""
    seconds: float


class Scale:
    """Weighs a server, its workers and its store."""

    def __init__(self, pid: int, store: Path) -> None:
        self._server, self._store, self._begin = psutil.Process(pid), store, time.monotonic()

    def weigh(self, step: int) -> Weight:
        """Return what everything weighs now."""
        workers = 0
        for process in self._server.children(recursive=True):
            try:
                workers += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        stored = sum(file.stat().st_size for file in self._store.parent.glob(self._store.name + "*"))
        return Weight(step, workers, self._server.memory_info().rss, stored, time.monotonic() - self._begin)


class Watched:
    """What one viewer saw of an experiment."""

    def __init__(self) -> None:
        self.steps = 0
        self.frames = 0
        self.losses: list[np.ndarray] = []
        self.events: list[str] = []
        self.status = ""

    def see(self, message: Block | dict[str, Any]) -> None:
        """Take in one message; every entry must follow the one before."""
        if isinstance(message, Block):
            assert message.step == (self.steps + 1 if self.frames else 0)
            self.steps, self.frames = message.last, self.frames + 1
            self.losses.append(message.data[message.columns.index("loss"), 0].copy())
        elif message["type"] == "event":
            self.events.append(message["kind"])
        elif message["type"] == "done":
            self.status = message["status"]

    @property
    def loss(self) -> np.ndarray:
        """The batch loss of every entry."""
        return np.concatenate(self.losses)


def watch(client: Client, id: str, scale: Scale, steps: int, weighings: int) -> Iterator[tuple[Watched, Weight]]:
    """Follow an experiment to its end; yield what was seen so far, and its weight, so many times on the way."""
    seen, due = Watched(), 0
    for message in client.follow(id):
        seen.see(message)
        if seen.steps * weighings >= due * steps and not seen.status:
            due = seen.steps * weighings // steps + 1
            yield seen, scale.weigh(seen.steps)
    yield seen, scale.weigh(seen.steps)

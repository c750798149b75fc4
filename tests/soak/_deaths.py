"""What counts of deaths have in common: stores of both kinds, one undisturbed run, and what a disturbed one must be."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import psutil
from tests.postgres import Postgres, programs

from slalom.catalogue.experiments import SPEC
from slalom.engine.descent import Descent
from slalom.storage.store import Store
from slalom.wire.frames import decode

STEPS = 30_000
RUNS = [{"noise": 0.1, "optimizer": {"kind": "sgd", "lr": lr}} for lr in (1e-4, 1e-3)]
WORK = {"problem": {"kind": "rosenbrock"}, "runs": RUNS, "steps": STEPS}
PATIENCE = 180.0
"""Seconds until something that never happens is given up."""


@contextmanager
def store_of(kind: str) -> Iterator[str]:
    """Yield the address of an empty store of a kind."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'slalom.db'}"
        return
    server = Postgres(programs())
    try:
        yield server.fresh()
    finally:
        server.close()


@cache
def undisturbed() -> np.ndarray:
    """Return all that is recorded of an undisturbed run: (columns, runs, entries)."""
    spec = SPEC.validate_json(json.dumps(WORK))
    return np.concatenate([block.data for tick in Descent(spec, paced=False) for block in tick.blocks], axis=2)


def blocks_of(store: Store, id: str) -> list[np.ndarray] | None:
    """Return what is stored of an experiment, None where a chunk or an entry is missing or double."""
    chunks = store.chunks.read(id, 0, 10**6)
    blocks = [decode(chunk.payload) for chunk in chunks]
    follows = [0, *(block.last + 1 for block in blocks)]
    if [chunk.seq for chunk in chunks] != [*range(1, len(chunks) + 1)]:
        return None
    return [block.data for block in blocks] if [block.step for block in blocks] == follows[:-1] else None


def is_whole(store: Store, id: str) -> bool:
    """Return whether what is stored is the beginning of an undisturbed run, byte for byte."""
    blocks = blocks_of(store, id)
    if not blocks:
        return blocks is not None
    found = np.concatenate(blocks, axis=2)
    return found.tobytes() == np.ascontiguousarray(undisturbed()[:, :, : found.shape[2]]).tobytes()


def wrong(store: Store, id: str, *statuses: str) -> str | None:
    """Return how an experiment ended, where that is none of the statuses."""
    record = store.experiments.get(id)
    return None if record.status in statuses else f"{record.status}: {record.error}"


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Return after how many seconds something holds; raises TimeoutError where it never does."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError
        time.sleep(0.002)
    return time.monotonic() - began


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still compute; who has ended may wait for its exit code to be read."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def chance(kind: str) -> random.Random:
    """Return a generator whose numbers are the same every time."""
    return random.Random(kind)

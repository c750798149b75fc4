"""Loops that are watched against the same loops that are not, in turns; and one whose dashboard is killed meanwhile."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn

import slalom
from slalom.wire.recording import read_records, read_spec_record

from ..watched_loops import Task, batches, task
from .measure import Row
from .server import serving

BLOCK = 0.25
"""Seconds of one turn, about."""
TURNS = int(os.environ.get("WATCH_TURNS", "40"))
RULES: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "resnet": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "transformer": lambda p: torch.optim.AdamW(p, lr=1e-3),
    "lstm": lambda p: torch.optim.Adam(p, lr=1e-3),
}
GOALS = {"light": 1.01, "full": 1.05}


def seconds(work: Callable[[], object]) -> float:
    """Return how much time of a processor one call takes: what others do on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


class Loop:
    """A training loop of one's own, watched or not."""

    def __init__(self, kind: str, detail: str | None = None, to: str | Path | None = None) -> None:
        self.task: Task = task(kind)
        self.optimizer = RULES[kind](self.task.model.parameters())
        self.updates, self.watch = 0, None
        if detail is not None:
            sample = self.task.inputs[:64], self.task.targets[:64]
            options = {"loss": nn.functional.cross_entropy, "sample": sample, "quiet": True}
            self.watch = slalom.watch(self.task.model, self.optimizer, to=to, detail=detail, **options)

    def train(self, rounds: int) -> None:
        """Make so many updates."""
        self.updates += rounds
        watch = self.watch
        for inputs, targets in batches(self.task, rounds):
            self.optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self.task.model(inputs), targets)
            loss.backward()
            self.optimizer.step()
            if watch is not None:
                watch.step(loss)

    def rounds(self) -> int:
        """Return how many updates make a turn."""
        self.train(20)
        return max(10, round(BLOCK / seconds(lambda: self.train(50)) * 50))


def rows() -> Iterator[Row]:
    """Watch three models, at both levels of detail, in turns with the bare loop."""
    torch.set_num_threads(1)
    for kind in RULES:
        with tempfile.TemporaryDirectory() as folder:
            yield from _overhead(kind, Path(folder))
    yield from _killed()


def _overhead(kind: str, folder: Path) -> Iterator[Row]:
    bare = Loop(kind)
    rounds = bare.rounds()
    loops = {detail: Loop(kind, detail, folder / f"{detail}.slalom") for detail in GOALS}
    # Another model of the same kind lies elsewhere in memory: how much that alone makes of a difference is a row, too.
    other = Loop(kind)
    first = {detail: seconds(lambda loop=loop: loop.train(5)) for detail, loop in loops.items()}
    for loop in (other, *loops.values()):
        loop.train(rounds)
    order = [("bare", bare), ("another", other), *loops.items()]
    times: dict[str, list[float]] = {name: [] for name, _ in order}
    for turn in range(TURNS):
        for name, loop in order if turn % 2 else order[::-1]:
            times[name].append(seconds(lambda loop=loop: loop.train(rounds)))
    update = 1e3 * statistics.median(times["bare"]) / rounds
    again = _ratio(times["another"], times["bare"])
    yield Row(f"{kind}, another one that nobody watches, in turns", f"x {again:.3f} of {update:.2f} ms", "", None)
    for detail, loop in loops.items():
        ratio = _ratio(times[detail], times["bare"])
        spent = f"x {ratio:.3f}; first 5: {1e3 * first[detail]:.0f} ms"
        yield Row(f"{kind}, watched ({detail}), in turns", spent, f"<= x {GOALS[detail]}", ratio <= GOALS[detail])
        loop.watch.close()


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _killed() -> Iterator[Row]:
    """Kill the dashboard in the middle of a loop that is sent to it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path.cwd()
        os.chdir(folder)
        try:
            yield from _without_dashboard(Path(folder))
        finally:
            os.chdir(place)


def _without_dashboard(folder: Path) -> Iterator[Row]:
    bare = Loop("lstm")
    rounds = bare.rounds()
    with serving(folder / "log") as server:
        loop = Loop("lstm", "full", f"http://127.0.0.1:{server.port}")
        loop.train(rounds)
        for _ in range(TURNS // 4):
            loop.train(rounds)
        os.kill(server.pid, signal.SIGKILL)
        pairs = [(seconds(lambda: loop.train(rounds)), seconds(lambda: bare.train(rounds))) for _ in range(TURNS)]
    loop.watch.close()
    ratio = _ratio(*map(list, zip(*pairs, strict=True)))
    yield Row("  after the dashboard was killed", f"x {ratio:.3f}", "<= x 1.05", ratio <= GOALS["full"])
    (path,) = folder.glob("*.slalom")
    with path.open("rb") as file:
        read_spec_record(file)
        kept = sum(record.header["n"] for record in read_records(file) if record.kind == "frame")
    yield Row("  updates that are on disk, of those made", f"{kept:,} of {loop.updates:,}", "all", kept == loop.updates)

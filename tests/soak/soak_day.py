"""A day in a classroom: fifty viewers and an experiment a minute; what the server takes must stay what it was."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import psutil

from ..bench.measure import Row
from ..bench.server import Server, serving
from ..bench.viewers import connect

VIEWERS, MINUTE = 50, 60.0
SPEC = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-3}}], "steps": 100_000}
WARM_UP = 5
"""Experiments after which memory is compared."""
ENOUGH = 30
"""Samples from which on a slope says something: half an hour."""
SLOPE = 1e6
"""Bytes an hour."""


class Sample(NamedTuple):
    """What the web process takes, while nobody watches."""

    hours: float
    memory: int
    files: int


def rows(seconds: float) -> Iterator[Row]:
    """Let experiments run and be watched, one a minute, for as long as is given."""
    with serving() as server:
        samples, frames, ended = asyncio.run(day(server, seconds))
    kept = samples[WARM_UP:] if len(samples) > 2 * WARM_UP else samples
    slope = (
        statistics.linear_regression([s.hours for s in kept], [s.memory for s in kept]).slope if len(kept) > 2 else 0
    )
    grown = samples[-1].memory - samples[0].memory
    files = max(s.files for s in kept) - min(s.files for s in kept)
    enough = len(samples) >= ENOUGH
    what = f"{len(samples)} experiments in {seconds / 60:.0f} min, {VIEWERS} viewers each: {frames:,} frames"
    yield Row(what, f"{ended} done", f"{len(samples)}", ended == len(samples))
    yield Row("  memory of the web process", f"{slope / 1e6:+.2f} MB/h", "< 1 MB/h", slope < SLOPE if enough else None)
    yield Row("  from the first to the last experiment", f"{grown / 1e6:+.2f} MB", "", None)
    yield Row("  open files, at most more than at least", f"{files}", "0", files == 0)


async def day(server: Server, seconds: float) -> tuple[list[Sample], int, int]:
    """Return what the server took after every experiment, how many frames were seen, and how many experiments ended."""
    begin, samples, frames, ended = time.monotonic(), list[Sample](), 0, 0
    process = psutil.Process(server.pid)
    async with httpx.AsyncClient(base_url=server.url, timeout=2 * MINUTE) as client:
        while len(samples) < max(1, seconds // MINUTE):
            seen, done = await experiment(server, client)
            frames, ended = frames + seen, ended + done
            await asyncio.sleep(max(1.0, begin + (len(samples) + 1) * MINUTE - 2 - time.monotonic()))
            samples.append(Sample((time.monotonic() - begin) / 3600, process.memory_info().rss, process.num_fds()))
            await asyncio.sleep(max(0.0, begin + len(samples) * MINUTE - time.monotonic()))
    return samples, frames, ended


async def experiment(server: Server, client: httpx.AsyncClient) -> tuple[int, bool]:
    """Run one experiment with viewers, who leave when it is over; return what they saw, and whether it is done."""
    seen = 0

    def note(*_: object) -> None:
        nonlocal seen
        seen += 1

    id = (await client.post("/api/experiments", json=SPEC)).raise_for_status().json()["id"]
    path = f"/api/experiments/{id}/stream?detail=screen"
    people = [await connect(server, path, note) for _ in range(VIEWERS)]
    answer = await client.get(f"/api/experiments/{id}", params={"wait": 50})
    await asyncio.sleep(1)
    for viewer in people:
        viewer.transport.close()
    await client.delete(f"/api/experiments/{id}", params={"purge": "true"})
    return seen, answer.json()["status"] == "done"

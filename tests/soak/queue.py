"""Ten thousand experiments asked for in half a minute: each is accepted or told to come back, and all others go on."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator

import httpx

from ..bench.measure import Row, percentile
from ..bench.server import serving

POSTS, SECONDS, SENDERS = 10_000, 30.0, 16
SPEC = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-5}}], "steps": 100}
LONG = SPEC | {"steps": 1_000_000}
"""Keeps the only worker busy, so that all others wait."""


def rows(seconds: float) -> Iterator[Row]:
    """Post at a steady rate, and look at the list and at the event loop meanwhile; then cancel all."""
    with serving(SLALOM_QUEUE_PER_CLIENT="1000", SLALOM_WORKERS="1") as server:
        found = asyncio.run(bombard(server.url, min(1.0, seconds / SECONDS)))
    posts = sum(found.answers.values())
    refused = found.answers.get(429, 0)
    others = posts - found.answers.get(201, 0) - refused
    yield Row(f"{posts:,} POSTs in {found.seconds:.0f} s: neither 201 nor 429", f"{others}", "0", others == 0)
    yield Row("  of them accepted, and refused", f"{found.answers.get(201, 0):,}, {refused:,}", "", None)
    lists, loop = percentile(found.lists, 0.95), percentile(found.health, 0.99)
    yield Row(f"  list meanwhile, p95 of {len(found.lists):,}", f"{1e3 * lists:.0f} ms", "< 50 ms", lists < 0.05)
    yield Row(f"  /healthz meanwhile, p99 of {len(found.health):,}", f"{1e3 * loop:.0f} ms", "< 50 ms", loop < 0.05)
    yield Row("  all cancelled one by one", f"{found.cancelled:.2f} s", "< 2 s", found.cancelled < 2)


class Found:
    """What was seen."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.lists: list[float] = []
        self.health: list[float] = []
        self.seconds = self.cancelled = 0.0


async def bombard(url: str, share: float) -> Found:
    """Post a share of ten thousand specs at the rate at which all of them take half a minute."""
    found, body = Found(), json.dumps(SPEC).encode()
    headers = {"Content-Type": "application/json"}
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        (await client.post("/api/experiments", json=LONG)).raise_for_status()
        over, turns = asyncio.Event(), iter(range(int(POSTS * share)))
        began = time.monotonic()

        async def send() -> None:
            for turn in turns:
                await asyncio.sleep(began + turn * SECONDS / POSTS - time.monotonic())
                answer = await client.post("/api/experiments", content=body, headers=headers)
                found.answers[answer.status_code] += 1

        async def look(path: str, times: list[float], every: float) -> None:
            while not over.is_set():
                start = time.perf_counter()
                answer = await client.get(path)
                times.append(time.perf_counter() - start if answer.status_code == 200 else float("inf"))
                await asyncio.sleep(every)

        looking = [
            asyncio.create_task(look("/api/experiments?limit=50", found.lists, 0.1)),
            asyncio.create_task(look("/healthz", found.health, 0.02)),
        ]
        await asyncio.gather(*(send() for _ in range(SENDERS)))
        found.seconds = time.monotonic() - began
        over.set()
        await asyncio.gather(*looking)
        await _cancel_all(client, found)
    return found


async def _cancel_all(client: httpx.AsyncClient, found: Found) -> None:
    ids: list[str] = []
    after: str | None = None
    while True:
        page = (
            await client.get("/api/experiments", params={"limit": 200} | ({"after": after} if after else {}))
        ).json()
        ids += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    began = time.monotonic()
    turns = iter(ids)

    async def cancel() -> None:
        for id in turns:
            (await client.post(f"/api/experiments/{id}/cancel")).raise_for_status()

    await asyncio.gather(*(cancel() for _ in range(SENDERS)))
    found.cancelled = time.monotonic() - began

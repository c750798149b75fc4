"""What the store's lists, landscapes and downloads cost the server when many ask at once; and room that comes back."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from slalom.catalogue.experiments.map import CELL_COLUMNS
from slalom.catalogue.problems.surfaces import Bowl
from slalom.storage.store import Store
from slalom.wire.frames import Block, encode

from .measure import Row, seconds
from .server import Server, serving

NAMES = Bowl().columns
SWEEPS, LANES = 40, 4096
LANDSCAPES = 20
DOWNLOADS = 30
NUMBERS = 20_000_000
JSON_SECONDS = 15.0
"""Seconds after which readers of JSON, of which there are gigabytes, hang up."""
SIDE = 1024
PURGED = 200
"""Megabytes."""
OUTCOME = {"kind": "converged", "step": 1, "because": "x" * 700, "evidence": {"sharpness": 1.0}}


def rows() -> list[Row]:
    """Measure each on a server of its own, so that memory of one is not found again in the other."""
    with serving() as server:
        found = _lists(server)
    with serving() as server:
        found += _landscapes(server)
    for lanes in (100, LANES):
        with serving() as server:
            found += _downloads(server, lanes)
    with serving() as server:
        found += _map(server)
    with serving() as server:
        found += _purge(server)
    return found


@contextmanager
def growth(server: Server) -> Iterator[Callable[[], float]]:
    """Yield a function that returns by how many bytes the server's memory grew at most."""
    process, done = psutil.Process(server.pid), threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    yield lambda: most - before
    done.set()
    thread.join()


def get(server: Server, path: str, body: bytes | None = None, stop_after: float = 1e9) -> tuple[int, int]:
    """Return the status of an answer and how many bytes of it were read, at most for so many seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body, headers)
    answer, length = connection.getresponse(), 0
    deadline = time.monotonic() + stop_after
    while time.monotonic() < deadline and (part := answer.read(1 << 20)):
        length += len(part)
    connection.close()
    return answer.status, length


def at_once(server: Server, ask: Callable[[int], tuple[int, int]], n: int) -> tuple[float, float, int, int]:
    """Return seconds, bytes of memory, answers of status 200 and bytes read of so many requests at once."""
    with growth(server) as grown, ThreadPoolExecutor(n) as threads:
        begin = time.perf_counter()
        answers = list(threads.map(ask, range(n)))
        return (
            time.perf_counter() - begin,
            grown(),
            sum(status == 200 for status, _ in answers),
            sum(length for _, length in answers),
        )


def _stored(store: Store, spec: dict, blocks: Iterator[Block], outcomes: str = "[]") -> str:
    id = store.experiments.create(
        kind=spec.get("kind", "comparison"), name="bench", spec=json.dumps(spec), owner="bench:0:0"
    ).id
    store.experiments.claim(id, "bench")
    for seq, block in enumerate(blocks, 1):
        store.chunks.append(id, seq, encode(block, seq), "[]", block.step + block.n)
    store.experiments.finish(id, "done", outcomes)
    return id


def _lists(server: Server) -> list[Row]:
    store = Store.open(server.store)
    values = [round(0.001 + 1e-5 * i, 6) for i in range(LANES)]
    spec = {"problem": {"kind": "bowl"}, "runs": [{}], "vary": [{"field": "run.optimizer.lr", "values": values}]}
    for _ in range(SWEEPS):
        _stored(store, spec, iter(()), json.dumps([OUTCOME] * LANES))
    store.close()
    path = f"/api/experiments?limit={SWEEPS}"
    with growth(server) as grown:
        _, length = get(server, path)
        took = statistics.median(seconds(lambda: get(server, path)) for _ in range(15))
        more = grown()
    return [
        Row(f"list of {SWEEPS} sweeps of {LANES} runs", f"{length / 1e6:.2f} MB", "< 2 MB", length < 2e6),
        Row("  median", f"{1e3 * took:.0f} ms", "< 100 ms", took < 0.1),
        Row("  memory", f"{more / 1e6:.0f} MB more", "", None),
    ]


def _landscapes(server: Server) -> list[Row]:
    wish = {"problem": {"kind": "quadratic", "eigenvalues": [float(i) for i in range(1, 65)]}, "shape": [512, 512]}
    body = json.dumps(wish).encode()
    took, more, answered, _ = at_once(server, lambda _: get(server, "/api/landscape", body), LANDSCAPES)
    claim = f"{LANDSCAPES} landscapes of 64 variables, 512 x 512, at once"
    return [
        Row(claim, f"{more / 1e6:.0f} MB more", "< 400 MB", more < 400e6),
        Row("  answered", f"{answered} in {took:.1f} s", f"{LANDSCAPES}", answered == LANDSCAPES),
    ]


def _blocks(lanes: int) -> Iterator[Block]:
    """Yield entries as a worker appends them, some at a time, until there are so many numbers."""
    entries = NUMBERS // (lanes * len(NAMES))
    at_a_time = max(1, 200_000 // (lanes * len(NAMES)))
    random = np.random.default_rng(0)
    for step in range(0, entries, at_a_time):
        n = min(at_a_time, entries - step)
        yield Block(step, tuple(range(lanes)), NAMES, random.normal(size=(len(NAMES), lanes, n)))


def _downloads(server: Server, lanes: int) -> list[Row]:
    store = Store.open(server.store)
    spec = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": NUMBERS // (lanes * len(NAMES)) - 1, "seeds": lanes}
    id = _stored(store, spec, _blocks(lanes), json.dumps([OUTCOME] * lanes))
    store.close()

    def ask(number: int) -> tuple[int, int]:
        if number % 2:
            return get(server, f"/api/experiments/{id}/trace?format=json", stop_after=JSON_SECONDS)
        return get(server, f"/api/experiments/{id}/trace?format=npz")

    alone = seconds(lambda: get(server, f"/api/experiments/{id}/trace?format=npz"))
    health: list[float] = []
    done = threading.Event()

    def probe() -> None:
        while not done.wait(0.1):
            health.append(seconds(lambda: get(server, "/healthz")))

    thread = threading.Thread(target=probe)
    thread.start()
    took, more, answered, length = at_once(server, ask, DOWNLOADS)
    done.set()
    thread.join()
    claim = f"{DOWNLOADS} downloads of {NUMBERS // 10**6} M numbers, {lanes} runs, at once"
    rate = f"{answered}, {length / took / 1e6:.0f} MB/s"
    return [
        Row(claim, f"{more / 1e6:.0f} MB more", "< 700 MB", more < 700e6),
        Row("  answered", rate, f"{DOWNLOADS}", answered == DOWNLOADS),
        Row("  one NPZ alone", f"{alone:.1f} s, {8 * NUMBERS / alone / 1e6:.0f} MB/s", "", None),
        Row("  /healthz meanwhile, the slowest", f"{1e3 * max(health):.0f} ms", "", None),
    ]


def _map(server: Server) -> list[Row]:
    store, cells = Store.open(server.store), SIDE * SIDE
    axis = {"from": 0.01, "to": 1, "n": SIDE}
    fields = [{"field": f"run.optimizer.{name}", **axis} for name in ("lr", "momentum")]
    spec = {"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "vary": fields, "steps": 10}
    numbers = np.random.default_rng(0).random((len(CELL_COLUMNS), cells, 1))
    tile = 2**14
    tiles = (
        Block(10, tuple(range(start, start + tile)), CELL_COLUMNS, numbers[:, start : start + tile])
        for start in range(0, cells, tile)
    )
    id = _stored(store, spec, tiles)
    store.close()
    took, more, answered, length = at_once(server, lambda _: get(server, f"/api/experiments/{id}/map"), 4)
    claim = f"4 JSON maps of {SIDE} x {SIDE} at once"
    return [
        Row(claim, f"{more / 1e6:.0f} MB more", "", None),
        Row("  answered", f"{answered} in {took:.0f} s, {length / took / 1e6:.0f} MB/s", "4", answered == 4),
    ]


def _purge(server: Server) -> list[Row]:
    store, path = Store.open(server.store), Path(server.store.removeprefix("sqlite:///"))
    spec, names = {"problem": {"kind": "bowl"}, "runs": [{}]}, NAMES
    blocks = (Block(step, (0,), names, np.zeros((len(names), 1, 2**13))) for step in range(2 * PURGED))
    id = _stored(store, spec, blocks)
    full = os.path.getsize(path)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    begin = time.perf_counter()
    connection.request("DELETE", f"/api/experiments/{id}?purge=true")
    connection.getresponse().read()
    removed = time.perf_counter() - begin
    while os.path.getsize(path) > 10e6 and time.perf_counter() - begin < 300:
        time.sleep(0.05)
    given = full - os.path.getsize(path)
    store.close()
    claim = f"an experiment of {full / 1e6:.0f} MB is removed for good"
    return [
        Row(claim, f"{removed:.1f} s", "", None),
        Row(
            "  given back to the disk",
            f"{given / 1e6:.0f} MB after {time.perf_counter() - begin:.0f} s",
            "all of it",
            given > 0.95 * full,
        ),
    ]

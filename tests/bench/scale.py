"""What one viewer and one worker cost: the measured half of docs/scale.md, whose other half is scale_model.py.

``python -m tests.bench.scale`` prints the tables of the document.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import psutil

from slalom.catalogue.problems.surfaces import Bowl
from slalom.storage.chunks import Chunk
from slalom.storage.store import Store
from slalom.web.live.overview import screen_frame
from slalom.wire.frames import Block, encode

from .measure import Row
from .scale_model import Costs, Machine, document_tables
from .server import Server, serving
from .viewers import ENTRIES, RATE, SPEC, Writer, connect

FEW, MANY = 10, 200
"""Viewers: what they cost more than fewer do is what each costs."""
FRAMES = 300
CHUNKS, WRITERS = 1000, 4
BATCH = 100
"""Chunks that are timed together; the fastest of many counts, for others use the machine, too."""
EXPERIMENTS = 10
STATES = 1000
NAMES = Bowl().columns


def rows() -> list[Row]:
    """Measure every cost, and print it."""
    return [Row(name, f"{value:g}", "", None) for name, value in measured()._asdict().items()]


def measured() -> Costs:
    """Return what was measured."""
    frame_us, watch_ms, viewer_kb = fan_out()
    payload = frame(1)
    with tempfile.TemporaryDirectory() as folder:
        sqlite_ms, states_us = appending(f"sqlite:///{folder}/scale.db"), states(f"sqlite:///{folder}/scale.db")
    with postgres() as url:
        postgres_ms, rate, look_us = appending(url), together(url), looking(url)
    start_ms, worker_mb = starting()
    return Costs(
        frame_us,
        watch_ms,
        viewer_kb,
        len(payload) / 1e3,
        len(screen_frame(Chunk(1, payload, "[]"))) / 1e3,
        sqlite_ms,
        postgres_ms,
        rate,
        look_us,
        states_us,
        start_ms,
        worker_mb,
    )


def frame(seq: int) -> bytes:
    """Return a frame as workers write it."""
    data = np.random.default_rng(seq).normal(size=(len(NAMES), 1, ENTRIES))
    return encode(Block((seq - 1) * ENTRIES, (0,), NAMES, data), seq)


def fan_out() -> tuple[float, float, float]:
    """Return the CPU µs of a frame to one viewer, the CPU ms of a second of watching, and the kB of a viewer."""
    found = []
    for viewers in (FEW, MANY):
        with serving() as server:
            found.append(asyncio.run(delivering(server, viewers)))
    (few, _), (many, memory) = found
    each = (many - few) / (MANY - FEW)
    return 1e6 * each, 1e3 * RATE * (few - FEW * each), memory / MANY / 1e3


def wait_until_warm(server: Server) -> None:
    """Return when the server has made all that it makes once."""
    while httpx.get(f"{server.url}/healthz", timeout=60).json()["workers"] != "ready":
        time.sleep(0.1)
    time.sleep(2)


async def delivering(server: Server, viewers: int) -> tuple[float, float]:
    """Return the CPU seconds of the server for a chunk that so many watch, and the bytes that it grew by."""
    writer, process, seen = Writer(server), psutil.Process(server.pid), [0]
    path = f"/api/experiments/{writer.id}/stream?detail=full"
    await asyncio.to_thread(wait_until_warm, server)
    before = process.memory_info().rss

    def note(*_: object) -> None:
        seen[0] += 1

    people = [await connect(server, path, note) for _ in range(viewers)]
    await asyncio.to_thread(writer.append)
    while seen[0] < viewers:
        await asyncio.sleep(0.05)
    begin = sum(process.cpu_times()[:2])
    await writer.steadily(FRAMES / RATE)
    while seen[0] < writer.seq * viewers:
        await asyncio.sleep(0.05)
    used = sum(process.cpu_times()[:2]) - begin
    memory = process.memory_info().rss - before
    for viewer in people:
        viewer.transport.close()
    writer.close()
    return used / FRAMES, memory


def made(store: Store) -> str:
    """Return the id of an experiment that runs."""
    id = store.experiments.create(kind="comparison", name="bench", spec=json.dumps(SPEC), owner="bench:0:0").id
    store.experiments.claim(id, "bench")
    return id


def append(store: Store, id: str, count: int, after: int = 0) -> float:
    """Append chunks, and return the seconds that it took."""
    payload = frame(1)
    begin = time.perf_counter()
    for seq in range(after + 1, after + count + 1):
        store.chunks.append(id, seq, payload, "[]", seq * ENTRIES)
    return time.perf_counter() - begin


def appending(url: str) -> float:
    """Return the ms of one chunk of one writer."""
    with contextlib.closing(Store.open(url)) as store:
        id = made(store)
        return 1e3 * min(append(store, id, BATCH, after) for after in range(0, CHUNKS, BATCH)) / BATCH


def writing(url: str) -> None:
    """Append chunks in a process of its own."""
    with contextlib.closing(Store.open(url)) as store:
        append(store, made(store), CHUNKS)


def together(url: str) -> float:
    """Return the chunks a second of several writers."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=writing, args=(url,)) for _ in range(WRITERS)]
    with contextlib.closing(Store.open(url)) as store:
        before = count_of(store)
        for writer in writers:
            writer.start()
        while (seen := count_of(store)) < before + CHUNKS // 4:
            time.sleep(0.002)
        begin = time.perf_counter()
        while (later := count_of(store)) < before + WRITERS * CHUNKS - CHUNKS // 2:
            time.sleep(0.002)
        rate = (later - seen) / (time.perf_counter() - begin)
    for writer in writers:
        writer.join()
    return rate


def count_of(store: Store) -> int:
    """Return how many chunks the experiments of this bench have."""
    with store.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM chunk").scalar_one()


def looking(url: str) -> float:
    """Return the CPU µs of a look that finds news, and of reading them."""
    with contextlib.closing(Store.open(url)) as reader, contextlib.closing(Store.open(url)) as writer:
        id, used = made(writer), list[float]()
        reader.watch.changed()
        for seq in range(1, CHUNKS // 4):
            append(writer, id, 1, seq - 1)
            begin = time.process_time()
            while not reader.watch.changed():
                time.sleep(0.001)
            reader.experiments.states([id])
            reader.chunks.news({id: seq - 1}, 16)
            used.append(time.process_time() - begin)
    return 1e6 * statistics.median(used)


def states(url: str) -> float:
    """Return the CPU µs of reading the state of one of many experiments."""
    with contextlib.closing(Store.open(url)) as store:
        ids = [made(store) for _ in range(STATES)]
        store.experiments.states(ids)
        took = list[float]()
        for _ in range(10):
            begin = time.process_time()
            store.experiments.states(ids)
            took.append(time.process_time() - begin)
        return 1e6 * min(took) / STATES


def starting() -> tuple[float, float]:
    """Return the CPU ms of starting a worker, and the MB that one holds for itself."""
    spec = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 1}
    with serving() as server, httpx.Client(base_url=server.url, timeout=60) as client:
        run(client, spec)
        time.sleep(3)
        before = ended_cpu(server)
        for _ in range(EXPERIMENTS):
            run(client, spec)
        time.sleep(3)
        cpu = 1e3 * (ended_cpu(server) - before) / EXPERIMENTS
        (idle,) = [one for one in psutil.Process(server.pid).children(recursive=True) if is_forked(one)]
        return cpu, idle.memory_full_info().uss / 1e6


def run(client: httpx.Client, spec: dict[str, object]) -> None:
    """Run an experiment to its end."""
    id = client.post("/api/experiments", json=spec).raise_for_status().json()["id"]
    client.get(f"/api/experiments/{id}", params={"wait": 60}).raise_for_status()


def fork_server(server: Server) -> psutil.Process:
    """Return the process from which workers are forked."""
    children = psutil.Process(server.pid).children()
    return next(one for one in children if "forkserver" in " ".join(one.cmdline()))


def is_forked(process: psutil.Process) -> bool:
    """Return whether a process is a worker."""
    return "forkserver" in " ".join(process.cmdline()) and "forkserver" in " ".join(
        (process.parent() or process).cmdline()
    )


def ended_cpu(server: Server) -> float:
    """Return the CPU seconds of the workers that have ended."""
    times = fork_server(server).cpu_times()
    return times.children_user + times.children_system


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Yield the address of an empty store of a real Postgres, which writes to its disk as one on which others rely."""
    sys.path.append(str(Path(__file__).parents[1]))
    from postgres import OPTIONS, Postgres, programs

    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        OPTIONS[name] = "on"
    found = programs()
    assert found is not None, "There is no Postgres on this machine (initdb). Install Debian's package postgresql."
    server = Postgres(found)
    try:
        yield server.fresh()
    finally:
        server.close()


def main() -> None:
    """Print the document's tables."""
    costs = Costs(*(float(f"{value:.3g}") for value in measured()))
    for title, table in document_tables(costs, Machine()).items():
        print(f"\n{title}\n\n{table}")


if __name__ == "__main__":
    main()

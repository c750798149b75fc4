"""Deaths seen from outside: what a viewer was sent before a kill -9 is there afterwards, whoever was killed."""

import contextlib
import os
import signal
import sqlite3
import time

import httpx
import pytest
from traces import header_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.wire.frames import decode

STEPS = 1_000_000
SPEC = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam", "lr": 1e-3}}], "steps": STEPS}
PATIENCE = 60.0


def stream(address, id, after=0):
    """Yield the frames of an experiment until the connection ends, in whichever way."""
    url = f"{address.replace('http', 'ws')}/api/experiments/{id}/stream?after={after}&ack=0"
    with contextlib.suppress(ConnectionClosed), connect(url, max_size=None) as socket:
        for message in socket:
            if isinstance(message, bytes):
                yield message


def some(frames, count):
    return [frame for frame, _ in zip(frames, range(count), strict=False)]


def state(api, id):
    return api.get(f"/api/experiments/{id}").json()


def until(api, id, *statuses):
    deadline = time.monotonic() + PATIENCE
    while (record := state(api, id))["status"] not in statuses:
        assert time.monotonic() < deadline, record
        time.sleep(0.02)
    return record


def worker_of(store, id):
    with contextlib.closing(sqlite3.connect(store)) as database:
        (worker,) = database.execute("select worker from experiment where id = ?", [id]).fetchone()
    return int(worker.rpartition(":")[2])


def assert_every_step_once(frames):
    assert [header_of(frame)["first"] for frame in frames] == list(range(1, len(frames) + 1))
    blocks = [decode(frame) for frame in frames]
    assert [block.step for block in blocks[1:]] == [block.last + 1 for block in blocks[:-1]]
    assert blocks[0].step == 0


@pytest.fixture
def place(tmp_path):
    return tmp_path / "slalom.db"


def test_a_killed_worker_fails_its_experiment_and_nothing_that_was_sent_is_lost(place, serving):
    process, address = serving.start(place)
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE) as api:
            id = api.post("/api/experiments", json=SPEC).json()["id"]
            sent = some(stream(address, id), 8)
            os.kill(worker_of(place, id), signal.SIGKILL)
            record = until(api, id, "failed")
            assert "signal 9" in record["error"]
            again = list(stream(address, id))
            assert again[: len(sent)] == sent
            assert_every_step_once(again)
            other = api.post("/api/experiments", json=SPEC | {"steps": 50}).json()["id"]
            assert until(api, other, "done", "failed")["status"] == "done"
    finally:
        assert serving.stop(process) == 0


HELD = 12.0
"""Seconds for which another program holds the store: longer than a request waits, and than a worker may be silent."""


def test_another_program_that_holds_the_store_ends_no_experiment_and_costs_no_step(place, serving):
    process, address = serving.start(place, SLALOM_WORKERS="1")
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE) as api:
            running, queued = (
                api.post("/api/experiments", json=SPEC | {"steps": n}).json()["id"] for n in (30_000, 50)
            )
            some(stream(address, running), 1)
            with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                end = time.monotonic() + HELD
                refused = api.post("/api/experiments", json=SPEC)
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) > 0
                while time.monotonic() < end:
                    assert state(api, running)["status"] == "running"
                    assert state(api, queued)["status"] == "queued"
                    time.sleep(0.1)
                other.execute("COMMIT")
            for id, steps in ((running, 30_000), (queued, 50)):
                record = until(api, id, "done", "failed")
                assert (record["status"], record["error"]) == ("done", None)
                frames = list(stream(address, id))
                assert_every_step_once(frames)
                assert decode(frames[-1]).last == steps
    finally:
        assert serving.stop(process) == 0


def test_a_killed_server_leaves_every_frame_it_sent_for_the_next_one(place, serving):
    process, address = serving.start(place)
    with httpx.Client(base_url=address, timeout=PATIENCE) as api:
        id = api.post("/api/experiments", json=SPEC).json()["id"]
        sent = some(stream(address, id), 8)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    process, address = serving.start(place)
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE) as api:
            record = until(api, id, "interrupted")
            assert record["error"]
            rest = list(stream(address, id, after=len(sent)))
            assert_every_step_once([*sent, *rest])
            length = len(api.get(f"/api/experiments/{id}/trace?every=1000").json()["runs"][0]["loss"])
            assert length == decode([*sent, *rest][-1]).last // 1000 + 1
    finally:
        assert serving.stop(process) == 0

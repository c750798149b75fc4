"""Two servers on one store, as users start them: each obeys for the other, and goes on where that was killed."""

import os
import signal
import time

import httpx
import pytest
from both_stores import client_of
from postgres import KINDS
from traces import gather, header_of
from websockets.sync.client import connect

from slalom.wire.frames import decode

LONG = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam", "lr": 1e-3}}], "steps": 1_000_000}
SPEC = LONG | {"runs": [{"noise": 0.1, "optimizer": {"kind": "sgd", "lr": lr}} for lr in (1e-4, 1.0)], "steps": 30_000}
MAP = {
    "kind": "map",
    "problem": {"kind": "rosenbrock"},
    "run": {"optimizer": {"kind": "adam"}},
    "vary": [
        {"field": "run.optimizer.lr", "from": 0.001, "to": 0.1, "n": 64, "scale": "log"},
        {"field": "run.start.0", "from": -1, "to": 1, "n": 64},
    ],
    "steps": 4000,
}
ENDED = ("done", "failed", "interrupted", "cancelled")
PATIENCE = 60.0


class One:
    """One of the servers, and its API."""

    def __init__(self, serving, store):
        settings = {"SLALOM_WORKERS": "4", "SLALOM_WARM_WORKERS": "1"}
        self.process, self.address = serving.start(store, **settings)
        self.api = client_of(self.address)

    def create(self, spec):
        answer = self.api.post("/api/experiments", json=spec)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def record(self, id):
        return self.api.get(f"/api/experiments/{id}").json()

    def until(self, id, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds(record := self.record(id)):
            assert time.monotonic() < deadline, record
            time.sleep(0.02)
        return record

    def stream(self, id, after=0):
        """Yield what a viewer is sent: frames and messages."""
        url = f"{self.address.replace('http', 'ws')}/api/experiments/{id}/stream?after={after}&ack=0"
        with connect(url, max_size=None) as socket:
            yield from socket

    def frames(self, id):
        return [message for message in self.stream(id) if isinstance(message, bytes)]


@pytest.fixture(scope="module", params=KINDS)
def pair(request, serving, tmp_path_factory):
    """Yield two servers on one store; the first may have been killed by the end."""
    if request.param == "sqlite":
        store = tmp_path_factory.mktemp("shared") / "slalom.db"
    else:
        store = request.getfixturevalue("postgres").fresh("shared")
    one, other = One(serving, store), One(serving, store)
    yield one, other
    for server in (one, other):
        server.api.close()
        if server.process.returncode is None:
            assert serving.stop(server.process) == 0


def gone_past(steps):
    return lambda record: record["steps_done"] >= steps or record["status"] in ENDED


def is_now(status):
    return lambda record: record["status"] == status


def test_each_shows_and_obeys_for_the_other(pair):
    one, other = pair
    id = one.create(LONG)
    assert id in [item["id"] for item in other.api.get("/api/experiments").json()["items"]]
    live = (message for message in other.stream(id) if isinstance(message, bytes))
    seen = [next(live) for _ in range(3)]
    assert [header_of(frame)["seq"] for frame in seen] == [1, 2, 3]
    assert other.api.post(f"/api/experiments/{id}/pause").json()["status"] == "paused"
    steps = one.until(id, is_now("paused"))["steps_done"]
    assert one.api.post(f"/api/experiments/{id}/resume").json()["status"] == "running"
    other.until(id, gone_past(steps + 1))
    other.api.post(f"/api/experiments/{id}/cancel")
    one.until(id, is_now("cancelled"))
    live.close()
    another = other.create(LONG)
    one.until(another, gone_past(1))
    assert one.api.delete(f"/api/experiments/{another}").status_code == 204
    assert other.api.get(f"/api/experiments/{another}").status_code == 404


def assert_like(server, id, whole):
    """See that an experiment has every number, and what came of it, of one that was not disturbed."""
    record, then = server.record(id), server.record(whole)
    assert (record["status"], record["error"], record["outcomes"]) == ("done", None, then["outcomes"])
    assert record["steps_done"] == then["steps_done"]
    frames = server.frames(id)
    assert [header_of(frame)["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    mine, its = ([decode(frame) for frame in some] for some in (frames, server.frames(whole)))
    for run in {run for block in its for run in block.runs}:
        assert gather(mine, run)[1].tobytes() == gather(its, run)[1].tobytes()


def test_what_a_killed_server_was_computing_goes_on_at_the_other(pair, serving):
    one, other = pair
    whole, whole_map = other.create(SPEC), other.create(MAP)
    for id in (whole, whole_map):
        other.until(id, is_now("done"))
    waiting, drawn = one.create(LONG), one.create(MAP)
    other.api.post(f"/api/experiments/{waiting}/pause")
    one.until(drawn, gone_past(1))
    going = one.create(SPEC)
    viewer = other.stream(going)
    sent = [next(viewer) for _ in range(2)]
    os.kill(one.process.pid, signal.SIGKILL)
    one.process.wait()
    one.process.stdout.close()
    sent += list(viewer)
    for id in (going, drawn):
        other.until(id, lambda record: record["status"] in ENDED)
    assert [message for message in sent if isinstance(message, bytes)] == other.frames(going)
    assert_like(other, going, whole)
    assert_like(other, drawn, whole_map)
    assert any("Its process was lost at step" in message for message in sent if isinstance(message, str))
    held = other.until(waiting, is_now("paused"))
    assert held["error"] is None
    other.api.post(f"/api/experiments/{waiting}/resume")
    other.until(waiting, gone_past(held["steps_done"] + 1))
    assert other.api.post(f"/api/experiments/{waiting}/cancel").status_code == httpx.codes.OK
    other.until(waiting, is_now("cancelled"))

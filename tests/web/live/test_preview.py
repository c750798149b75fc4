"""What one drag of a slider costs besides the computing: how often its spec is read and written as JSON."""

import asyncio
import json
import time
from collections import Counter
from multiprocessing import Pipe
from threading import Thread
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, TypeAdapter
from starlette.websockets import WebSocketState
from websockets.sync.client import connect

from slalom.catalogue.datasets.base import no_uploads
from slalom.engine.preview_worker import serve_previews
from slalom.jobs.shared_answers import SharedAnswers
from slalom.jobs.worker_pool import PreviewPool
from slalom.settings import Settings
from slalom.web.http.visitors import Visitor
from slalom.web.live.preview import AFTER_REFUSAL, Preview
from slalom.web.telemetry.metrics import ServerMetrics

MARK = "the run whose spec is counted"
SPEC = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd"}, "label": MARK}], "steps": 5}


class WorkerHere:
    """A warm process that is a thread, so that what it reads can be counted."""

    dead = long = False

    def __init__(self):
        self.ours, theirs = Pipe()
        self.messages = asyncio.Queue()
        Thread(target=serve_previews, args=(theirs,), daemon=True).start()

    def expect(self, seconds):
        """Wait for as long as it takes."""

    async def send(self, message):
        self.ours.send_bytes(message)
        answer = b"F"
        while answer[:1] == b"F":
            answer = await asyncio.to_thread(self.ours.recv_bytes)
            self.messages.put_nowait(answer)


class Socket:
    """The browser's end of a preview."""

    application_state = WebSocketState.CONNECTED
    client = None

    def __init__(self):
        self.sent, self.scope = [], {"type": "websocket", "slalom.visitor": Visitor("a", "owner")}

    async def send(self, message):
        self.sent.append(message)


@pytest.fixture
def counted(monkeypatch):
    """Count what is called with the spec as JSON, or returns it."""
    counts = Counter()

    def count(owner, name, kind):
        original = getattr(owner, name)

        def counting(*args, **about):
            result = original(*args, **about)
            counts[kind] += any(mentions(one) for one in ([result] if kind == "written" else args))
            return result

        monkeypatch.setattr(owner, name, counting)

    for owner, name in ((json, "loads"), (TypeAdapter, "validate_json")):
        count(owner, name, "read")
    for owner, name in ((json, "dumps"), (BaseModel, "model_dump_json"), (TypeAdapter, "dump_json")):
        count(owner, name, "written")
    return counts


def mentions(value):
    return MARK in value if isinstance(value, str) else isinstance(value, bytes) and MARK.encode() in value


def dragged(text):
    """Return what a socket is sent for a message."""

    async def main():
        pool, socket = PreviewPool(1), Socket()
        pool._idle.append(WorkerHere())
        parts = {
            "settings": Settings(),
            "files_of": lambda visitor: no_uploads,
            "pool": SharedAnswers(pool),
            "metrics": ServerMetrics(),
        }
        preview = Preview(socket, SimpleNamespace(check=asyncio.to_thread, check_runs=lambda visitor: None, **parts))
        await preview.replace(text)
        if preview.task:
            await preview.task
        return socket.sent

    return asyncio.run(main())


def test_a_spec_is_read_twice_and_written_once_on_its_way_to_be_computed(counted):
    text = json.dumps({"id": 3, "spec": SPEC})
    counted.clear()
    *frames, done = dragged(text)
    assert all("bytes" in frame for frame in frames)
    assert json.loads(done["text"])["type"] == "done"
    assert counted == {"read": 2, "written": 1}


def test_what_is_wrong_with_a_spec_is_said_by_its_place_in_the_spec():
    (told,) = dragged(json.dumps({"id": 3, "spec": SPEC | {"steps": 0}}))
    problem = json.loads(told["text"])
    assert (problem["type"], problem["request"], problem["status"]) == ("problem", 3, 422)
    assert problem["errors"][0]["loc"] == ["steps"]


def test_who_was_refused_a_place_is_heard_again_after_a_moment(quiet):
    with connect(f"{quiet().ws}/api/preview") as socket:
        begin = time.monotonic()
        for id in (1, 2):
            socket.send(json.dumps({"id": id, "spec": SPEC}))
            told = json.loads(socket.recv(timeout=30))
            assert (told["request"], told["status"]) == (id, 503)
        assert time.monotonic() - begin >= AFTER_REFUSAL

"""A class for tests: its teacher and its students as programs, and what they hear on their sockets."""

import json
import time
from contextlib import contextmanager
from multiprocessing import Pipe
from threading import Thread

import httpx
from websockets.sync.client import connect

from slalom.engine.preview_worker import serve_previews
from slalom.wire.envelope import FINAL, WorkerRequest, write_request

SECRET = "the teacher's own secret"
PATIENCE = 20.0
"""Seconds in which anything is told on a busy machine."""


NOTHING_KEPT = httpx.Limits(max_keepalive_connections=0)
"""A connection is closed after every answer, so that nobody has to close a client."""


class Person:
    """Somebody in the room: an HTTP client with their secret."""

    def __init__(self, house, secret):
        self.house, self.head = house, {"Authorization": f"Bearer {secret}"}
        self.client = httpx.Client(base_url=house.http, headers=self.head, timeout=PATIENCE, limits=NOTHING_KEPT)

    def __getattr__(self, method):
        """Return what asks for something below /api/room."""
        return lambda path, **about: getattr(self.client, method)(f"/api/room{path}", **about)

    @contextmanager
    def live(self):
        """Yield what this person hears and says on a socket of the room."""
        with connect(f"{self.house.ws}/api/room/live", additional_headers=self.head) as socket:
            yield Ear(socket)


class Ear:
    """A socket of the room."""

    def __init__(self, socket):
        self.socket, self.passed = socket, []

    def say(self, **message):
        self.socket.send(json.dumps(message))

    def hear(self, kind, holds=lambda message: True):
        """Return a message of a kind of which something holds: one that was passed over, or the next."""
        deadline = time.monotonic() + PATIENCE
        for message in self.passed:
            if message["type"] == kind and holds(message):
                self.passed.remove(message)
                return message
        while True:
            message = json.loads(self.socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            if message["type"] == kind and holds(message):
                return message
            self.passed.append(message)

    def stage(self, **holds):
        """Return the stage as soon as it has some values."""
        return self.hear("stage", lambda message: holds.items() <= message["stage"].items())["stage"]


def teacher_of(house):
    return Person(house, SECRET)


def student_of(house):
    """Return somebody who came in by the code."""
    code = teacher_of(house).get("").json()["code"]
    answer = httpx.post(f"{house.http}/api/room/join", json={"code": code}, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return Person(house, answer.cookies["slalom_visitor"])


class ComputesHere:
    """In place of warm processes: every request is computed in a thread of its own."""

    waiting, processes = 0, ()

    async def close(self):
        return None

    async def request(self, kind, spec=b"", number=0, *, options=None, asker=None, seconds=0.0, patient=False):
        ours, theirs = Pipe()
        Thread(target=serve_previews, args=(theirs,), daemon=True).start()
        ours.send_bytes(write_request(WorkerRequest(kind, spec, number, None, options or {})))
        message = b" "
        while message[:1] not in FINAL:
            message = ours.recv_bytes()
            yield message
        ours.close()

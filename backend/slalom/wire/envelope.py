"""What the server and a warm process say to each other: a request as a line and a spec, and answers by their letter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

FRAME, DONE, SUPERSEDED, FAILED = b"F", b"D", b"S", b"E"
"""How an answer begins. What follows F is a container; what follows D, S (a newer message came) and E is JSON."""
FINAL = (DONE, SUPERSEDED, FAILED)
"""How the last answer to a request begins."""
STOP = b""
"""Sent instead of a request: what is computed is no longer wanted. A process that is idle ignores it."""


class WorkerRequest(NamedTuple):
    """One request: a line of JSON that says what is asked for, and the spec, whose bytes pass unread."""

    kind: str
    """What is asked for."""
    spec: bytes
    """JSON; empty where a request needs none."""
    number: int = 0
    """It comes back in every answer."""
    store: str | None = None
    """The URL of the store in which users' files and snapshots are."""
    options: Mapping[str, Any] = {}
    """What the kind of request takes besides."""


def write_request(request: WorkerRequest) -> bytes:
    """Return a request as one message."""
    line = request._asdict()
    spec = line.pop("spec")
    return json.dumps(line, separators=(",", ":")).encode() + b"\n" + spec


def read_request(message: bytes) -> WorkerRequest:
    """Return what ``write_request`` wrote; raises ValueError or TypeError where it is no request.

    >>> read_request(write_request(WorkerRequest("cell", b'{"kind":"map"}', 3, options={"cell": 7})))
    WorkerRequest(kind='cell', spec=b'{"kind":"map"}', number=3, store=None, options={'cell': 7})
    """
    line, _, spec = message.partition(b"\n")
    return WorkerRequest(spec=spec, **json.loads(line))


def write_last_answer(letter: bytes, number: int, body: Mapping[str, Any]) -> bytes:
    """Return the last answer to a request as one message."""
    return letter + json.dumps({"request": number, **body}, separators=(",", ":")).encode()

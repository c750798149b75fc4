"""Where somebody is in the stream of an experiment: what was seen, and from where to go on after a lost connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from slalom.results.spec import read_spec
from slalom.wire.container import read_container
from slalom.wire.frames import Block, decode

from .answers import ExperimentAnswer
from .refusal import ATTEMPTS_IN_A_ROW, AWAY, ClientError, pause_before, refusal_of, unreachable
from .route import segment

REFUSED_STATUS = 4000
"""Close codes of a WebSocket from here on are this and an HTTP status."""
LOST: tuple[type[Exception], ...] = (WebSocketException, OSError, EOFError)
"""What a broken connection raises."""

BROKEN_OFF = {"failed": (500, "The experiment failed"), "interrupted": (503, "The experiment was interrupted")}
"""Of an experiment that did not come to its end, though nobody has cancelled it: an HTTP status, and a title."""

StreamPart = Block | dict[str, Any]
"""Entries of runs, or a message: hello, event or done."""


class Position:
    """What was seen of a stream. Frames come once, in order; so do the events between them."""

    def __init__(self, url: httpx.URL, id: str, after: int, detail: str) -> None:
        self.url: httpx.URL = url
        self._id, self._detail = id, detail
        self._seq, self._began = after, after
        self._events: set[tuple[Any, ...]] = set()
        """Told since the last frame: it is asked for again, as its events may not have come."""
        self._greeted = False
        self.ended: bool = False
        """Whether all of it was seen."""
        self._failures = 0

    @property
    def address(self) -> str:
        """Where to connect."""
        again = self._detail == "full" and self._seq > self._began
        query = urlencode({"after": self._seq - again, "detail": self._detail, "ack": 0})
        return f"{socket_url(self.url, f'/api/experiments/{segment(self._id)}/stream')}?{query}"

    def take(self, message: str | bytes) -> Iterator[StreamPart]:
        """Yield what is new in a message."""
        self._failures = 0
        if isinstance(message, bytes):
            seq = read_container(message)[0]["seq"]
            if seq > self._seq:
                self._seq, self._events = seq, set()
                yield decode(message)
            return
        told = json.loads(message)
        if self._is_new(told):
            yield told

    def lost(self, error: Exception | None) -> float:
        """Return after how many seconds to connect again; raises ClientError where that is of no use."""
        refused = refusal_in(error)
        if refused is not None and refused.status not in AWAY:
            raise refused
        self._failures += 1
        if self._failures > ATTEMPTS_IN_A_ROW:
            raise refused or unreachable(self.url, error or ConnectionError("the connection was closed"))
        return pause_before(self._failures)

    def _is_new(self, told: dict[str, Any]) -> bool:
        if told["type"] == "hello":
            first, self._greeted = not self._greeted, True
            return first
        if told["type"] == "done":
            self.ended = True
            return True
        key = tuple(told.get(name) for name in ("run", "kind", "step"))
        new = key not in self._events
        self._events.add(key)
        return new


class Watcher:
    """What is done with every part of a stream while somebody waits for its end."""

    def __init__(
        self,
        record: ExperimentAnswer,
        tell: Callable[[float], object],
        on_event: Callable[[dict[str, Any]], object] | None,
        on_block: Callable[[Block], object] | None = None,
    ) -> None:
        self._cells, self._tell, self._on_event, self._on_block = record["kind"] == "map", tell, on_event, on_block
        self._done = 0
        self.blocks: list[Block] = []
        """All that was computed."""
        self.outcomes: list[dict[str, Any]] | None = None
        """What came of every run, once it has ended; None where that is not known."""

    def take(self, part: StreamPart) -> None:
        """Tell how far it is, or what happened; raises ClientError where it failed or was interrupted."""
        if isinstance(part, Block):
            self.blocks.append(part)
            if self._on_block is not None:
                self._on_block(part)
            self._done = self._done + len(part.runs) if self._cells else max(self._done, part.last)
            self._tell(self._done)
        elif part["type"] == "event" and self._on_event is not None:
            self._on_event(part)
        elif part["type"] == "done" and part["status"] in BROKEN_OFF:
            status, title = BROKEN_OFF[part["status"]]
            raise ClientError({"status": status, "title": title, "detail": part["error"]})
        elif part["type"] == "done":
            self.outcomes = part["outcomes"]


def total_of(record: ExperimentAnswer) -> int:
    """Return how much there is to do for an experiment: cells of a map, or updates."""
    spec = read_spec(record["spec"], answered=True)
    return spec.lane_count if record["kind"] == "map" else spec.steps


def refusal_in(error: Exception | None) -> ClientError | None:
    """Return what the server said where it closed or refused a WebSocket; None where the connection broke."""
    if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code >= REFUSED_STATUS:
        return ClientError({"status": error.rcvd.code - REFUSED_STATUS, "detail": error.rcvd.reason})
    if isinstance(error, InvalidStatus):
        answer = error.response
        return refusal_of(answer.status_code, answer.reason_phrase, bytes(answer.body or b""))
    return None


def socket_url(url: httpx.URL, path: str) -> str:
    """Return the address of a WebSocket below a server's own, the server's path kept."""
    scheme = "wss" if url.scheme == "https" else "ws"
    return f"{scheme}://{url.netloc.decode()}{url.path.rstrip('/')}{path}"

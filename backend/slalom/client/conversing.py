"""What is said over the other WebSockets: specs of a preview with their answers, and the stage of a room."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from slalom.catalogue.experiments import AnyExperiment
from slalom.results.spec import Spec, as_sent, read_spec
from slalom.wire.frames import Block, decode

from .following import LOST, refusal_in
from .refusal import ClientError, unreachable

PREVIEW, LIVE = "/api/preview", "/api/room/live"


@contextmanager
def refusals_told(url: httpx.URL) -> Iterator[None]:
    """Raise what a server says where it refuses or closes a WebSocket, and that it is gone where it says nothing."""
    try:
        yield
    except LOST as error:
        raise refusal_in(error) or unreachable(url, error) from error


class Previewed:
    """One spec of a preview, and what was answered so far."""

    def __init__(self, number: int, spec: Spec) -> None:
        self.spec: AnyExperiment = read_spec(spec)
        self.message: str = json.dumps({"id": number, "spec": as_sent(spec)})
        """What is sent."""
        self.blocks: list[Block] = []
        self.outcomes: list[dict[str, Any]] | None = None
        """What came of every run; None until all of it is there."""

    def take(self, message: str | bytes) -> None:
        """Keep what a message says; raises ClientError where it says no."""
        if isinstance(message, bytes):
            self.blocks.append(decode(message))
            return
        told = json.loads(message)
        if told["type"] == "problem":
            raise ClientError(told)
        if told["type"] == "done":
            self.outcomes = told["outcomes"]


class Led:
    """A change of a room's stage, and whether it has been made."""

    def __init__(self, change: Mapping[str, Any]) -> None:
        self._change = as_sent(change)
        self._before: dict[str, Any] | None = None
        self.stage: dict[str, Any] | None = None
        """The stage with the change; None until that is there."""

    def take(self, message: str | bytes) -> str | None:
        """Return what is to be sent after a message, if something is.

        Raises ClientError where the change is refused, and where somebody else has changed the stage meanwhile.
        """
        told = json.loads(message)
        if told["type"] == "problem":
            raise ClientError(told)
        if told["type"] != "stage":
            return None
        stage = told["stage"]
        if self._before is None:
            self._before = stage
            return json.dumps({"type": "stage", "revision": stage["revision"], "change": self._change})
        if stage["revision"] > self._before["revision"]:
            if _has(stage, self._change):
                self.stage = stage
            elif _beside_cursor(stage) != _beside_cursor(self._before):
                raise ClientError(ANOTHER_LEADS)
        return None


ANOTHER_LEADS = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "detail": "Somebody else has changed the stage meanwhile. Look at it, and change that.",
}
"""As the server says it, which refuses only the second of two changes; the first one may not be seen any more."""


def _has(stage: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Return whether a stage has everything that a change is about: of a poll its id, of objects a part.

    But for the cursor, which may have moved on since.
    """
    given = {name: part for name, part in change.items() if name != "cursor"}
    if given.get("poll") is not None:
        given["poll"] = {"id": given["poll"]}
    return all(
        {**stage[name], **part} == stage[name] if isinstance(part, Mapping) and stage[name] else part == stage[name]
        for name, part in given.items()
    )


def _beside_cursor(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in stage.items() if name not in ("cursor", "revision")}


def acknowledgement(told: Mapping[str, Any], following: bool) -> str | None:
    """Return what answers a message of a room, where the server asks for it."""
    if not told.get("ack"):
        return None
    return json.dumps({"type": "ack", "revision": told["stage"]["revision"], "following": following})

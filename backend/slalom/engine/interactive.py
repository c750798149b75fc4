"""The warm worker: answers specs as they come, whole traces at once, and drops what is no longer wanted.

A request is one message, ``{"request": n, "spec": {...}}``. Every answer begins with a letter: F and a frame for every
block, then one of D (done: outcomes and lanes), S (superseded by a newer message) or E (the spec cannot be computed),
and JSON. An empty message only cancels.
"""

from __future__ import annotations

import json
import logging
from multiprocessing.connection import Connection
from typing import Any

from pydantic import TypeAdapter, ValidationError

from slalom.catalogue.experiment import AnyExperiment
from slalom.errors import SlalomError, SpecError
from slalom.trace import encode

from .descend import Descent

SPEC: TypeAdapter[AnyExperiment] = TypeAdapter(AnyExperiment)

log = logging.getLogger(__name__)


def serve(connection: Connection) -> None:
    """Answer requests until the connection is closed."""
    while True:
        try:
            message = connection.recv_bytes()
            if message:
                _answer(connection, message)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _answer(connection: Connection, message: bytes) -> None:
    request = None
    try:
        order = json.loads(message)
        request = order.get("request")
        spec = SPEC.validate_json(json.dumps(order["spec"]))
        letter, answer = _compute(connection, request, spec)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        letter, answer = b"E", _problem(error)
    connection.send_bytes(letter + json.dumps({"request": request} | answer, separators=(",", ":")).encode())


def _compute(connection: Connection, request: Any, spec: AnyExperiment) -> tuple[bytes, dict[str, Any]]:
    """Send every block as a frame; return the last message, as its letter and its content."""
    descent = Descent(spec)
    seq = 0
    for tick in descent:
        if connection.poll():
            return b"S", {}
        for block in tick.blocks:
            seq += 1
            connection.send_bytes(b"F" + encode(block, seq, request=request))
    lanes = [
        {"index": lane.index, "value": lane.value, "seed": lane.seed, "label": lane.run.label} for lane in descent.lanes
    ]
    return b"D", {"outcomes": [outcome.model_dump(mode="json") for outcome in descent.outcomes], "lanes": lanes}


def _problem(error: Exception) -> dict[str, Any]:
    """Return what went wrong: a status, a title, a sentence, and the places it is about."""
    if isinstance(error, ValidationError):
        found = [{"loc": list(one["loc"]), "msg": one["msg"]} for one in error.errors(include_context=False)]
        where = ".".join(map(str, found[0]["loc"])) or "the spec"
        return _as_json(SpecError.status, SpecError.title, f"{where}: {found[0]['msg']}.", found)
    if isinstance(error, SlalomError):
        loc = getattr(error, "loc", ())
        found = [{"loc": list(loc), "msg": str(error)}] if loc else []
        return _as_json(error.status, error.title, str(error), found)
    if isinstance(error, KeyError | AttributeError | json.JSONDecodeError):
        return _as_json(400, "Not a request", 'A request is JSON: {"request": 1, "spec": {...}}.', [])
    log.error("A simulation failed.", exc_info=error)
    return _as_json(500, SlalomError.title, "This is a fault of Slalom, not yours. The server's log says more.", [])


def _as_json(status: int, title: str, detail: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": status, "title": title, "detail": detail, "errors": errors}

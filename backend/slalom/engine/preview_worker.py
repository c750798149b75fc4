"""The warm worker: answers specs as they come, whole traces at once, and drops what is no longer wanted.

A request is one message, ``{"request": n, "store": url, "spec": {...}}``. Every answer begins with a letter: F and a
frame for every block, then one of D (done: outcomes, lanes and events), S (superseded by a newer message) or E (the
spec cannot be computed), and JSON. An empty message only cancels. With "view" instead of "spec" the request is for a
picture of a stored experiment, as in :mod:`slalom.engine.views`: F and one bundle, then D. With "cell" it is for one
run of a map.
With "closely": {"spec", "run", "first", "count"} it is for some updates of one run with all that its rule remembers: D
with "steps".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.catalogue.experiments.map import Map
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.engine.map.compute import replay_cell
from slalom.engine.range_test.analysis import RangeCurve
from slalom.engine.surface.update_inspector import inspect_updates
from slalom.errors import SlalomError, SpecError
from slalom.unexpected import Cancelled, unexpected_error_message
from slalom.wire.frames import encode

from .descent import Descent

if TYPE_CHECKING:
    from slalom.storage.experiments import Store


log = logging.getLogger(__name__)


def serve_previews(connection: Connection) -> None:
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
        if "view" in order:
            letter, answer = _show(connection, order)
        elif "cell" in order:
            letter, answer = _play(connection, request, order)
        elif "closely" in order:
            letter, answer = _look(connection, **order["closely"], uploads=_uploads(order))
        else:
            spec = SPEC.validate_json(json.dumps(order["spec"]))
            letter, answer = _compute(connection, request, spec, _uploads(order))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except _Unwanted:
        letter, answer = b"S", {}
    except Exception as error:
        letter, answer = b"E", _problem(error)
    connection.send_bytes(letter + json.dumps({"request": request} | answer, separators=(",", ":")).encode())


def _compute(
    connection: Connection, request: Any, spec: AnyExperiment, uploads: Uploads
) -> tuple[bytes, dict[str, Any]]:
    """Send every block as a frame; return the last message, as its letter and its content."""
    descent = Descent(spec, uploads=uploads)
    climb = RangeCurve(spec) if isinstance(spec, RangeTest) else None
    seq, alive, events = 0, _listening(connection), []
    for tick in descent:
        alive()
        events += [event._asdict() for event in tick.events]
        for block in tick.blocks:
            seq += 1
            connection.send_bytes(b"F" + encode(block, seq, request=request))
            if climb:
                climb.see(block)
    lanes = [
        {"index": lane.index, "value": lane.value, "seed": lane.seed, "label": lane.run.label} for lane in descent.lanes
    ]
    found = {"range_test": climb.findings(uploads, alive)} if climb else {}
    outcomes = [outcome.model_dump(mode="json") for outcome in descent.outcomes]
    return b"D", {"outcomes": outcomes, "lanes": lanes, "events": events, **found}


def _play(connection: Connection, request: Any, order: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Send the run of a cell of a map, as if it were computed alone; return the last message."""
    spec = Map.model_validate_json(json.dumps(order["cell"]["map"]))
    descent, place = replay_cell(spec, order["cell"]["cell"], _uploads(order))
    seq, alive = 0, _listening(connection)
    for tick in descent:
        alive()
        for block in tick.blocks:
            if place in block.runs:
                seq += 1
                one = block.runs.index(place)
                mine = block._replace(runs=(0,), data=block.data[:, one : one + 1])
                connection.send_bytes(b"F" + encode(mine, seq, request=request))
    return b"D", {"outcomes": [descent.outcomes[place].model_dump(mode="json")]}


class _Unwanted(Cancelled):
    """A newer message has come."""


def _look(
    connection: Connection, spec: Any, run: int, first: int, count: int, uploads: Uploads
) -> tuple[bytes, dict[str, Any]]:
    """Return the last message: some updates of one run."""
    alive = _listening(connection)
    steps = inspect_updates(SPEC.validate_json(json.dumps(spec)), run, first, count, uploads=uploads, alive=alive)
    return b"D", {"steps": steps}


def _listening(connection: Connection) -> Callable[[], None]:
    """Return what raises as soon as an answer is no longer wanted."""

    def alive() -> None:
        if connection.poll():
            raise _Unwanted

    return alive


def _uploads(order: dict[str, Any]) -> Uploads:
    """Return what finds users' files: in the store that the request names, opened where a file is asked for."""
    return no_uploads if order.get("store") is None else lambda id: opened(order["store"]).text_of(id)


def _show(connection: Connection, order: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Send a view as one bundle; return the last message."""
    from .views import answer_view

    connection.send_bytes(b"F" + answer_view(opened(order["store"]), order["view"]))
    return b"D", {}


@lru_cache(maxsize=1)
def opened(url: str) -> Store:
    """Return a store, which stays open: a warm worker belongs to one server, and that to one store."""
    from slalom.storage.experiments import Store  # Not above: most requests have no use for SQLAlchemy either.

    return Store.open(url)


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
    return _as_json(500, SlalomError.title, unexpected_error_message(error), [])


def _as_json(status: int, title: str, detail: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": status, "title": title, "detail": detail, "errors": errors}

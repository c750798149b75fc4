"""The warm worker: answers requests as they come, and drops what is no longer wanted.

What is said in both directions is in :mod:`slalom.wire.envelope`. The kind of a request is one of :data:`REQUESTS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import SPEC, AnyExperiment
from slalom.catalogue.experiments.map import Map
from slalom.errors import SlalomError, SpecError
from slalom.unexpected import Cancelled, unexpected_error_message
from slalom.wire.envelope import DONE, FAILED, FRAME, SUPERSEDED, WorkerRequest, read_request, write_last_answer
from slalom.wire.frames import encode

from .map.runner import CellRunner
from .runner import Runner
from .runners import runner_of
from .surface.update_inspector import inspect_updates

if TYPE_CHECKING:
    from slalom.storage.store import Store

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
    number = 0
    try:
        request = read_request(message)
        number = request.number
        letter, answer = DONE, REQUESTS[request.kind](PreviewSink(connection, request), request)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Cancelled:
        letter, answer = SUPERSEDED, {}
    except Exception as error:
        letter, answer = FAILED, _problem(error)
    connection.send_bytes(write_last_answer(letter, number, answer))


class PreviewSink:
    """Who asked: what is sent to them, whether they still wait, and their files."""

    def __init__(self, connection: Connection, request: WorkerRequest) -> None:
        self._connection, self._request, self._url = connection, request.number, request.store

    def alive(self) -> None:
        """Raise Cancelled where a newer message has come."""
        if self._connection.poll():
            raise Cancelled

    def send(self, body: bytes) -> None:
        """Send a frame or a bundle."""
        self._connection.send_bytes(FRAME + body)

    @property
    def uploads(self) -> Uploads:
        """What finds users' files: in the store that the request names, opened where a file is asked for."""
        return no_uploads if self._url is None else lambda id: self.store.datasets.file(id)

    @property
    def store(self) -> Store:
        """The store that the request names."""
        return opened(self._url or "")

    def stream(self, runner: Runner) -> dict[str, Any]:
        """Send every block of an experiment as a frame; return what came of it."""
        seq, events = 0, []
        for tick in runner.frames(self.alive):
            self.alive()
            events += [event._asdict() for event in tick.events]
            for block in tick.blocks:
                seq += 1
                self.send(encode(block, seq, request=self._request))
        found = runner.result(self.alive)
        outcomes = [outcome.model_dump(mode="json") for outcome in found.outcomes or ()]
        return {"outcomes": outcomes, "events": events, "findings": found.findings}


def _simulate(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    spec = SPEC.validate_json(request.spec)
    _tried(spec, sink.uploads)
    return sink.stream(runner_of(spec, sink.uploads))


def _try_classes(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    _tried(SPEC.validate_json(request.spec), sink.uploads)
    return {}


def _tried(spec: AnyExperiment, uploads: Uploads) -> None:
    """Raise SpecError where a class of PyTorch that a spec names can't be used."""
    if spec.imported:
        from .lockstep.torch_trial import try_classes  # Not above: it imports torch.

        try_classes(spec, uploads)


def _cell(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    return sink.stream(CellRunner(Map.model_validate_json(request.spec), uploads=sink.uploads, **request.options))


def _updates(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    spec = SPEC.validate_json(request.spec)
    return {"steps": inspect_updates(spec, uploads=sink.uploads, alive=sink.alive, **request.options)}


def _view(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    from .views import answer_view  # Not above: it imports torch.

    sink.send(answer_view(sink.store, dict(request.options)))
    return {}


def _parameters(sink: PreviewSink, request: WorkerRequest) -> dict[str, Any]:
    from .views.parameters import kept_parameters  # Not above: it imports torch.

    sink.send(kept_parameters(sink.store, **request.options))
    return {}


REQUESTS: dict[str, Callable[[PreviewSink, WorkerRequest], dict[str, Any]]] = {
    "spec": _simulate,
    "classes": _try_classes,
    "cell": _cell,
    "updates": _updates,
    "view": _view,
    "parameters": _parameters,
}
"""Every kind of request: an experiment; whether the classes of PyTorch that one names can be used; the cell
``{"cell": n}`` of a map, as if it were computed alone; the updates ``{"run", "first", "count"}`` of one run with all
that its rule remembers; and, without a spec, a picture of a stored experiment as in :mod:`slalom.engine.views`, or its
kept parameters."""


@lru_cache(maxsize=1)
def opened(url: str) -> Store:
    """Return a store, which stays open: a warm worker belongs to one server, and that to one store."""
    from slalom.storage.store import Store  # Not above: most requests have no use for SQLAlchemy either.

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
    log.error("A simulation failed.", exc_info=error)
    return _as_json(500, SlalomError.title, unexpected_error_message(error), [])


def _as_json(status: int, title: str, detail: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": status, "title": title, "detail": detail, "errors": errors}

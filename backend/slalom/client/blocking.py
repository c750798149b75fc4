"""The client that waits for every answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.sync.client import connect

from slalom.progress import progress_bar
from slalom.results.cells import MapResult
from slalom.results.runs import SimulationResult
from slalom.results.spec import Spec

from .answers import ExperimentAnswer, Owner
from .experiments import ExperimentRoutes
from .following import LOST, Position, StreamPart, Watcher, total_of
from .library import LibraryRoutes
from .refusal import Attempts
from .room import RoomRoutes
from .route import Call, Request, T

PATIENCE = 600.0
"""Seconds for which a busy server is asked again."""


class Client(ExperimentRoutes, LibraryRoutes, RoomRoutes):
    """A connection to a running server; its address may have a path, as behind a proxy.

    with Client("http://127.0.0.1:8000") as slalom:
        runs = slalom.simulate(Comparison(problem=Parabola(), runs=[Run(optimizer=Sgd(lr=1.05))], steps=40))
        runs[0].loss, runs[0].outcome.because, runs.figure()

    Every method raises ClientError where the server refuses. A server that is busy and says when to come back is asked
    again for ``patience`` seconds, so that a thousand experiments can be created in a loop.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
        patience: float = PATIENCE,
    ) -> None:
        """``token``: that of the server, or the secret of a visitor."""
        self.url: str = url
        self.patience: float = patience
        self.headers: dict[str, str] = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=self.headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def list(self, search: str | None = None, owner: Owner = "all") -> Iterator[ExperimentAnswer]:
        """Yield every experiment, newest first; ``search``: words that each must have.

        ``owner="me"`` only one's own, ``"shared"`` only shared ones.
        """
        after: str | None = None
        while True:
            page = self.page(after, 200, search, owner)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def follow(self, id: str, after: int = 0, detail: str = "full") -> Iterator[StreamPart]:
        """Yield what happens from chunk ``after`` on, until it has ended: blocks of entries, and messages as dicts.

        A lost connection is made again: nothing is missed, and nothing comes twice.
        """
        position = Position(self._http.base_url, id, after, detail)
        while not position.ended:
            error = None
            try:
                with connect(position.address, additional_headers=self.headers, max_size=None) as socket:
                    for message in socket:
                        yield from position.take(message)
            except LOST as lost:
                error = lost
            if not position.ended:
                time.sleep(position.lost(error))

    def run(
        self,
        spec: Spec,
        *,
        progress: bool | None = None,
        on_event: Callable[[dict[str, Any]], object] | None = None,
    ) -> SimulationResult | MapResult:
        """Store an experiment, follow it to its end, and return what came of it.

        A bar is drawn where ``progress`` is true, or is None and standard error is a terminal. ``on_event`` is called
        with what happens on the way. Ctrl-C cancels the experiment; what it computed stays in the library.
        """
        record = self.create(spec)
        try:
            with progress_bar(record["name"], total_of(record), progress) as tell:
                watcher = Watcher(record, tell, on_event)
                for part in self.follow(record["id"]):
                    watcher.take(part)
        except KeyboardInterrupt:
            self.cancel(record["id"])
            raise
        return self.result(record["id"])

    def drive(self, call: Call[T]) -> T:
        """Send the requests of a route and return what it makes of the answers."""
        try:
            request = next(call)
            while True:
                request = call.send(self._answer(request))
        except StopIteration as end:
            return end.value

    def _answer(self, request: Request) -> httpx.Response:
        attempts = Attempts(self.url, request, self.patience)
        while True:
            try:
                answer = self._http.request(
                    request.method, request.path, params=request.parameters, **request.arguments
                )
                wait = attempts.after_answer(answer)
                if wait is None:
                    return answer
            except httpx.TransportError as error:
                wait = attempts.after_error(error)
            time.sleep(wait)

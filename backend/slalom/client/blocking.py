"""The client that waits for every answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.sync.client import ClientConnection, connect

from slalom.progress import progress_bar
from slalom.results.cells import MapResult
from slalom.results.grids import Axes, GridResult, grid_spec
from slalom.results.runs import SimulationResult
from slalom.results.spec import Spec
from slalom.wire.frames import Block

from .address import headers_of, server_address
from .answers import ExperimentAnswer, Owner
from .conversing import LIVE, PREVIEW, Led, Previewed, acknowledgement, refusals_told
from .experiments import ExperimentRoutes
from .following import LOST, Position, StreamPart, Watcher, socket_url, total_of
from .library import LibraryRoutes
from .recorded import RecordedRoutes
from .refusal import Attempts, ClientError
from .room import RoomRoutes
from .route import Call, Request, T

PATIENCE = 600.0
"""Seconds for which a busy server is asked again."""


class Client(ExperimentRoutes, RecordedRoutes, LibraryRoutes, RoomRoutes):
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
        self.url: str = server_address(url)
        self.patience: float = patience
        self.headers: dict[str, str] = headers_of(token)
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
        on_block: Callable[[Block], object] | None = None,
    ) -> SimulationResult | MapResult:
        """Store an experiment, follow it to its end, and return what came of it.

        A bar is drawn where ``progress`` is true, or is None and standard error is a terminal. ``on_event`` is called
        with what happens on the way, ``on_block`` with what is computed. Ctrl-C cancels the experiment; what it
        computed stays in the library.

        Raises ClientError where it failed, or was interrupted: what was computed until then is stored.
        """
        record = self.create(spec)
        try:
            with progress_bar(record["name"], total_of(record), progress) as tell:
                watcher = Watcher(record, tell, on_event, on_block)
                for part in self.follow(record["id"]):
                    watcher.take(part)
        except KeyboardInterrupt:
            with suppress(ClientError):  # That it was stopped is said, also where the server is gone.
                self.cancel(record["id"])
            raise
        return self.drive(self.gathered(record, watcher.blocks, watcher.outcomes))

    def grid(
        self,
        spec: Spec,
        axes: Axes,
        *,
        progress: bool | None = None,
        on_event: Callable[[dict[str, Any]], object] | None = None,
    ) -> GridResult:
        """Store the runs of a comparison with every combination of values of up to three fields, and follow them.

        ``axes`` are the values by the dotted path of their field: ``{"run.optimizer.lr": np.geomspace(1e-3, 1, 20)}``.
        What came of them, and every entry, are arrays with an axis for each field.
        """
        found = self.run(grid_spec(spec, axes), progress=progress, on_event=on_event)
        assert isinstance(found, SimulationResult)
        return GridResult(found)

    def preview(self, specs: Iterable[Spec]) -> Iterator[SimulationResult]:
        """Compute specs one after the other over one connection, as a slider does, and yield what came of each.

        Nothing is stored.
        """
        with refusals_told(self._http.base_url), self._socket(PREVIEW) as socket:
            for number, spec in enumerate(specs):
                asked = Previewed(number, spec)
                socket.send(asked.message)
                while asked.outcomes is None:
                    asked.take(socket.recv())
                yield self.drive(self.previewed(asked.spec, asked.blocks, asked.outcomes))

    def live(self, following: bool = True) -> Iterator[dict[str, Any]]:
        """Yield what is new of the room as it comes: its stage at first and after every change, and its members.

        It is acknowledged where the server asks for that; ``following``: whether the stage is what is looked at.
        """
        with refusals_told(self._http.base_url), self._socket(LIVE) as socket:
            for message in socket:
                told = json.loads(message)
                if (answer := acknowledgement(told, following)) is not None:
                    socket.send(answer)
                yield told

    def lead(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Change the stage of the room, and return it: fields such as ``view`` and ``cursor``. For the teacher."""
        led = Led(change)
        with refusals_told(self._http.base_url), self._socket(LIVE) as socket:
            while led.stage is None:
                if (said := led.take(socket.recv())) is not None:
                    socket.send(said)
        return led.stage

    def drive(self, call: Call[T]) -> T:
        """Send the requests of a route and return what it makes of the answers."""
        try:
            request = next(call)
            while True:
                request = call.send(self._answer(request))
        except StopIteration as end:
            return end.value

    def _socket(self, path: str) -> ClientConnection:
        address = socket_url(self._http.base_url, path)
        return connect(address, additional_headers=self.headers, max_size=None)

    def _answer(self, request: Request) -> httpx.Response:
        attempts = Attempts(self.url, request, self.patience)
        while True:
            try:
                answer = self._http.request(
                    request.method, request.path, timeout=request.within(self._http.timeout), **request.arguments
                )
                wait = attempts.after_answer(answer)
                if wait is None:
                    return answer
            except (httpx.RequestError, httpx.InvalidURL) as error:
                wait = attempts.after_error(error)
            time.sleep(wait)

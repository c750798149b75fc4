"""The client whose methods are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import connect

from slalom.progress import progress_bar
from slalom.results.cells import MapResult
from slalom.results.runs import SimulationResult
from slalom.results.spec import Spec

from .answers import ExperimentAnswer, Owner
from .blocking import PATIENCE
from .experiments import ExperimentRoutes
from .following import LOST, Position, StreamPart, Watcher, total_of
from .library import LibraryRoutes
from .refusal import Attempts
from .room import RoomRoutes
from .route import Call, Request, T


class AsyncClient(ExperimentRoutes, LibraryRoutes, RoomRoutes):
    """A connection to a running server, with the methods of ``Client``, each to be awaited.

    async with AsyncClient("http://127.0.0.1:8000") as slalom:
        runs = await slalom.simulate({"problem": {"kind": "parabola"}, "runs": [{}]})
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 60.0,
        patience: float = PATIENCE,
    ) -> None:
        """``token``: that of the server, or the secret of a visitor."""
        self.url: str = url
        self.patience: float = patience
        self.headers: dict[str, str] = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=self.headers, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def list(self, search: str | None = None, owner: Owner = "all") -> AsyncIterator[ExperimentAnswer]:
        """Yield every experiment, newest first; ``search``: words that each must have.

        ``owner="me"`` only one's own, ``"shared"`` only shared ones.
        """
        after: str | None = None
        while True:
            page = await self.page(after, 200, search, owner)
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    async def follow(self, id: str, after: int = 0, detail: str = "full") -> AsyncIterator[StreamPart]:
        """Yield what happens from chunk ``after`` on, until it has ended: blocks of entries, and messages as dicts.

        A lost connection is made again: nothing is missed, and nothing comes twice.
        """
        position = Position(self._http.base_url, id, after, detail)
        while not position.ended:
            error = None
            try:
                async with connect(position.address, additional_headers=self.headers, max_size=None) as socket:
                    async for message in socket:
                        for part in position.take(message):
                            yield part
            except LOST as lost:
                error = lost
            if not position.ended:
                await asyncio.sleep(position.lost(error))

    async def run(
        self,
        spec: Spec,
        *,
        progress: bool | None = None,
        on_event: Callable[[dict[str, Any]], object] | None = None,
    ) -> SimulationResult | MapResult:
        """Store an experiment, follow it to its end, and return what came of it.

        A bar is drawn where ``progress`` is true, or is None and standard error is a terminal. ``on_event`` is called
        with what happens on the way. Ctrl-C, or the end of the task, cancels the experiment; what it computed stays in
        the library.
        """
        record = await self.create(spec)
        try:
            with progress_bar(record["name"], total_of(record), progress) as tell:
                watcher = Watcher(record, tell, on_event)
                async for part in self.follow(record["id"]):
                    watcher.take(part)
        except (KeyboardInterrupt, asyncio.CancelledError):
            await asyncio.shield(self.cancel(record["id"]))
            raise
        return await self.result(record["id"])

    async def drive_async(self, call: Call[T]) -> T:
        """Send the requests of a route and return what it makes of the answers."""
        try:
            request = next(call)
            while True:
                request = call.send(await self._answer(request))
        except StopIteration as end:
            return end.value

    async def _answer(self, request: Request) -> httpx.Response:
        attempts = Attempts(self.url, request, self.patience)
        while True:
            try:
                answer = await self._http.request(
                    request.method, request.path, params=request.parameters, **request.arguments
                )
                wait = attempts.after_answer(answer)
                if wait is None:
                    return answer
            except httpx.TransportError as error:
                wait = attempts.after_error(error)
            await asyncio.sleep(wait)

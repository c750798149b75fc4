"""What arrives on a WebSocket: text, of limited size and read at a limited pace, until the other side leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from slalom.errors import SlalomError
from slalom.settings import Limits
from slalom.web.http.problem_details import reason

TOO_BIG, POLICY = 1009, 1008
"""Close codes of RFC 6455."""


class RateLimit:
    """So many a second, and as many at once after a pause."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second: int = per_second
        self.clock: Callable[[], float] = clock
        self.left, self.then = float(per_second), clock()

    def delay(self, count: int = 1) -> float:
        """Count some more, and return how many seconds to wait before the next."""
        now = self.clock()
        self.left: float = min(float(self.per_second), self.left + (now - self.then) * self.per_second) - count
        self.then: float = now
        return max(0.0, -self.left / self.per_second)


class MessageReader:
    """The messages of one socket; iterating ends when it is closed, by either side.

    Whoever sends faster than the pace is read more slowly, and nothing of it is lost.
    """

    def __init__(self, socket: WebSocket, limits: Limits, size: str, pace: str) -> None:
        self.socket = socket
        self.most: int = getattr(limits, size)
        self.pace: RateLimit = RateLimit(getattr(limits, pace))

    async def __aiter__(self) -> AsyncIterator[str]:
        while (message := await self.socket.receive())["type"] != "websocket.disconnect":
            text, data = message.get("text"), message.get("bytes") or b""
            if refusal := self._refusal(data if text is None else text.encode(), text is None):
                await close(self.socket, *refusal)
                return
            yield text or ""
            if delay := self.pace.delay():
                await asyncio.sleep(delay)

    def _refusal(self, data: bytes, binary: bool) -> tuple[int, str] | None:
        """Return the code and the sentence to close with, None where a message is in order."""
        if len(data) > self.most:
            return TOO_BIG, f"A message here has at most {self.most:,} bytes."
        return (POLICY, "Send text: JSON.") if binary else None


async def close(socket: WebSocket, code: int, why: str) -> None:
    """Close a socket, unless either side has done so."""
    if socket.application_state == WebSocketState.CONNECTED and socket.client_state == WebSocketState.CONNECTED:
        try:
            await socket.close(code, why)
        except WebSocketDisconnect:
            return


class ClosingEndpoint:
    """An endpoint that says why it closes: 4000 + status and a sentence, after it has accepted.

    It is an ASGI application of its own, so that nothing stands between a frame and its socket.
    """

    def __init__(self, endpoint: Callable[[WebSocket], Awaitable[None]]) -> None:
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        socket = WebSocket(scope, receive, send)
        try:
            await self.endpoint(socket)
        except WebSocketDisconnect:
            return
        except SlalomError as error:
            await close(socket, *reason(error))

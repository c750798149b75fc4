"""One WebSocket of somebody in the room: what is to be sent, of every kind the newest only."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from slalom.web.http.visitors import Visitor


class Seat:
    """Where somebody is connected: how far they follow, and what they have not been sent yet.

    What is sent are states, not a log: who reads slowly gets the newest, and misses what came between.
    """

    def __init__(self, socket: WebSocket, visitor: Visitor) -> None:
        self.socket, self.visitor = socket, visitor
        self.following = True
        self.seen = -1
        """The last revision of the stage that was acknowledged."""
        self.lag = 0.0
        """Seconds from the sending of that revision to its acknowledgement."""
        self._next: dict[str, str] = {}
        self._news = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def leads(self) -> bool:
        """Whether it is the teacher's."""
        return self.visitor.runs_it

    def post(self, kind: str, text: str) -> None:
        """Send a message as soon as it can be taken, in place of one of the same kind that was not taken yet."""
        self._next[kind] = text
        self._news.set()

    def close(self, code: int, why: str) -> None:
        """Close the socket after what is to be sent."""
        self._closing = code, why
        self._news.set()

    async def pump(self) -> None:
        """Send what there is, until the socket is closed."""
        try:
            while self._next or self._closing is None:
                if self._next:
                    kind = next(iter(self._next))
                    await self.socket.send({"type": "websocket.send", "text": self._next.pop(kind)})
                else:
                    self._news.clear()
                    await self._news.wait()
            await self.socket.close(*self._closing)
        except WebSocketDisconnect:
            return

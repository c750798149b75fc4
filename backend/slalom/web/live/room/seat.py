"""One WebSocket of somebody in the room: what is to be sent, of every kind the newest only."""

from __future__ import annotations

import asyncio
import time

from starlette.websockets import WebSocket, WebSocketDisconnect

from slalom.web.http.visitors import Visitor


class Seat:
    """Where somebody is connected: how far they follow, and what they have not been sent yet.

    What is sent are states, not a log: who reads slowly gets the newest, and misses what came between.
    """

    def __init__(self, socket: WebSocket, visitor: Visitor) -> None:
        self.socket: WebSocket = socket
        self.visitor: Visitor = visitor
        self.following = True
        self.seen = self.asked = -1
        """The last revisions of the stage that were acknowledged, and that were to be."""
        self._since = 0.0
        self._lag = 0.0
        self._next: dict[str, str] = {}
        self._news = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def leads(self) -> bool:
        """Whether it is the teacher's."""
        return self.visitor.runs_it

    @property
    def behind(self) -> bool:
        """Whether an acknowledgement is awaited."""
        return self.seen < self.asked

    @property
    def lag(self) -> float:
        """Seconds from the sending of a revision to its acknowledgement: the last one, or more if it is awaited."""
        return time.monotonic() - self._since if self.behind else self._lag

    def ask(self, revision: int) -> None:
        """Await an acknowledgement, from now on if none is awaited."""
        if not self.behind:
            self._since = time.monotonic()
        self.asked: int = max(self.asked, revision)

    def acknowledge(self, revision: int, following: bool) -> None:
        """Note what was drawn, and whether the page follows."""
        if self.behind and revision >= self.asked:
            self._lag = time.monotonic() - self._since
        self.seen, self.following = max(self.seen, revision), following

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

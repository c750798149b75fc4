"""uvicorn's WebSocket, with bounds on what a peer can make the server do: it is slowed, never cut off for its haste.

Frames are taken at a limited pace and a little at a time, so that a flood of empty ones neither holds the event loop
nor fills the memory; what is not taken yet waits in the peer's own buffers. Who does not read gets no more pongs.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from .socket import TOO_BIG, RateLimit

FRAMES = 250
"""Frames a second that are taken from one socket, pings and parts of messages included."""
SLICE = 2048
"""Bytes that are taken apart at a time: some hundreds of the smallest frames."""
MOST_FRAGMENTS = 64
"""Frames of one message, at most."""
UNREAD_PONGS = 64 * 1024
"""Bytes on their way to a peer beyond which its pings are not answered: it does not read."""
NOT_TEXT = 1007
"""Close code of RFC 6455 for text that is not UTF-8."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection; give it to uvicorn as ``ws``."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pace = RateLimit(FRAMES)
        self._unread = b""
        self._rest: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take what arrived as far as the pace allows."""
        self._unread += data
        self._take()

    async def receive(self) -> Any:
        """Return the next message, and take what waited behind it."""
        message = await super().receive()
        self._take()
        return message

    async def send(self, message: Any) -> None:
        """Send a message as soon as the peer has room; raises ClientDisconnected where the socket was closed."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers before it wait to be read."""
        pong = b"".join(self.conn.data_to_send())
        if self.transport.get_write_buffer_size() <= UNREAD_PONGS:
            self.transport.write(pong)

    def keepalive_timeout(self) -> None:
        """Close a socket whose peer is gone; an answer may also stand behind what is not taken yet."""
        if self._unread or self.read_paused:
            self.pong_timer = self.loop.call_later(self.ping_timeout or 0.0, self.keepalive_timeout)
        else:
            super().keepalive_timeout()
            if self.transport.get_write_buffer_size():
                # To be closed in good order, a peer would have to read what is on its way to it.
                self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """Take another part of a message; close the socket where there are too many."""
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self._refuse(TOO_BIG, f"A message here has at most {MOST_FRAGMENTS} frames.")

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on; close the socket where its text is none."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._refuse(NOT_TEXT, "Send text as UTF-8.")
                return
        super().send_receive_event_to_app()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop what was not taken."""
        self._unread = b""
        if self._rest is not None:
            self._rest.cancel()
        super().connection_lost(exc)

    def _refuse(self, code: int, why: str) -> None:
        self.frames = []
        if self.conn.close_sent is None:  # The peer's own close may stand behind what is refused.
            self.conn.send_close(code, why)
        self.handle_parser_exception()

    def _take(self) -> None:
        """Take apart what arrived, until the application has a message to look at or the pace is exceeded."""
        while self._unread and not (self.read_paused or self._rest or self.transport.is_closing()):
            piece, self._unread = self._unread[:SLICE], self._unread[SLICE:]
            self.conn.receive_data(piece)
            self._count(len(self.conn.events))
            if self.conn.parser_exc is not None:
                self.handle_parser_exception()
                return
            self.handle_events()
        self._listen()

    def _count(self, frames: int) -> None:
        delay = self._pace.delay(frames)
        if delay > 0:
            self._rest = self.loop.call_later(delay, self._go_on)

    def _go_on(self) -> None:
        self._rest = None
        self._take()

    def _listen(self) -> None:
        """Read from the peer only where nothing waits here."""
        waits = bool(self._unread or self._rest or self.read_paused)
        if waits and self.transport.is_reading():
            self.transport.pause_reading()
        elif not (waits or self.transport.is_closing() or self.transport.is_reading()):
            self.transport.resume_reading()

"""HTTP connections, bounded in number, in what they hold and in how long they wait for their clients.

A connection that waits for its client gives way to a new one where there are as many as there may be; who does not
send the rest of a request, or does not read its answer, is not waited for. uvicorn bounds neither.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import OrderedDict
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slalom.errors import Busy, LimitExceeded, SlalomError
from slalom.settings import Settings, variable_of
from slalom.web.http.problem_details import MEDIA_TYPE, explain_error
from slalom.web.live.websocket import WebSocketProtocol

PING, PONG = 10.0, 20.0
"""Seconds between two pings of a WebSocket, and seconds to wait for an answer."""
GRACE = 3
"""Seconds that open connections have to end when the server stops."""
BEFORE_HEADERS = 8 * 1024
"""Bytes of a request's first line besides its query, at most."""
OVERHEAD = 16
"""Bytes beside every byte of a body that is sent in chunks, at most, besides as many as headers may have."""
LOOKS_IN_TIME = 2
"""How often it is looked at a client within the time that it has."""


class Connections:
    """The HTTP connections of one server, and which of them wait for their clients, the longest first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open: set[HttpConnection] = set()
        self.waiting: OrderedDict[HttpConnection, None] = OrderedDict()

    def come(self, connection: HttpConnection) -> None:
        """Take a new one; where there are too many, the one that has waited longest goes, or else the new one."""
        self.open.add(connection)
        if len(self.open) > self.settings.connections:
            if self.waiting:
                oldest, _ = self.waiting.popitem(last=False)
                oldest.leave()
            else:
                connection.refuse(Busy("Too many requests are being answered. Try again in a few seconds."))
                return
        self.wait(connection)

    def wait(self, connection: HttpConnection) -> None:
        """Note that a connection waits for its client from now on."""
        if connection in self.open:
            self.waiting[connection] = None
            self.waiting.move_to_end(connection)

    def work(self, connection: HttpConnection) -> None:
        """Note that something is done for its client."""
        self.waiting.pop(connection, None)

    def go(self, connection: HttpConnection) -> None:
        """Forget a connection."""
        self.open.discard(connection)
        self.work(connection)


class HttpConnection(HttpToolsProtocol):
    """One HTTP connection; give it to uvicorn as ``http``, with the ``house`` of all of them."""

    def __init__(self, *given: Any, house: Connections, **named: Any) -> None:
        super().__init__(*given, **named)
        self._house = house
        self._in_head, self._head, self._beside = True, 0, 0
        """Whether the end of the headers is awaited; bytes of them so far; bytes that were neither these nor a body."""
        self._ended = False
        """Whether a request ended in what arrived last: the bytes before its end are not of the next one's headers."""
        self._since = self._heard = self._read_at = self.loop.time()
        """When the present request began, and when the client was last seen to send and to read."""
        self._unread = 0
        """Bytes that the client had not read at the last look."""
        self._watch: asyncio.TimerHandle | None = None

    @property
    def _patience(self) -> float:
        return float(self._house.settings.client_seconds)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place among the connections."""
        super().connection_made(transport)
        self._look_later()
        self._house.come(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._forget()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Become a WebSocket, which has bounds of its own."""
        self._forget()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what arrived, unless it is more than a request may have around its body."""
        if self.transport.is_closing():
            return
        self._heard = self.loop.time()
        self._beside += len(data)
        self._ended = False
        super().data_received(data)
        if self.parser is None or self.transport.is_closing():
            return
        if self._in_head:
            self._head += 0 if self._ended else len(data)
            self._beside = 0
        limits = self._house.settings
        if self._head > limits.header_bytes + limits.query_bytes + BEFORE_HEADERS or self._beside > limits.header_bytes:
            value = max(self._head, self._beside)
            advice = f"Send less, or start Slalom with a larger {variable_of('header_bytes')}."
            sentence = f"The headers have more than {limits.header_bytes:,} bytes. {advice}"
            about = {"limit": limits.header_bytes, "value": value, "setting": variable_of("header_bytes")}
            self.refuse(LimitExceeded(sentence, **about, status=413))

    def on_message_begin(self) -> None:
        """Expect headers."""
        self._expect_headers()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Answer the request, whose body may still be on its way."""
        self._in_head, self._head, self._beside = False, 0, 0
        self._house.work(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take some of the body."""
        self._beside -= (1 + OVERHEAD) * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for the next request, where this one was answered before all of it had come."""
        super().on_message_complete()
        self._ended = True
        if self.cycle is not None and self.cycle.response_complete:
            self._expect_headers()

    def on_response_complete(self) -> None:
        """Wait for the next request, which comes after the rest of this one."""
        if not self.pipeline:
            if self.cycle is None or not self.cycle.more_body:
                self._expect_headers()
            self._house.wait(self)
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Go on sending: the client has read."""
        self._read_at = self.loop.time()
        super().resume_writing()

    def leave(self) -> None:
        """End a connection that waits for its client."""
        self._forget()
        self._end()

    def refuse(self, error: SlalomError) -> None:
        """Say why, unless an answer has begun, and end the connection."""
        body = explain_error(error)
        self._forget()
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_written(body))
        self._end()

    def _end(self) -> None:
        """Close the connection; what the client does not read by then is thrown away."""
        self.transport.close()
        self.loop.call_later(self._patience, self.transport.abort)

    def _expect_headers(self) -> None:
        self._in_head, self._head, self._beside, self._since = True, 0, 0, self.loop.time()

    def _forget(self) -> None:
        self._house.go(self)
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look_later(self) -> None:
        self._watch = self.loop.call_later(self._patience / LOOKS_IN_TIME, self._look)

    def _look(self) -> None:
        """End a connection whose client has neither sent nor read anything that was waited for."""
        self._look_later()
        now, unread = self.loop.time(), self.transport.get_write_buffer_size()
        if unread == 0 or unread != self._unread:
            self._unread, self._read_at = unread, now
        if unread and now - self._read_at > self._patience:
            self._forget()
            self.transport.abort()
        elif (since := self._waits_since) is not None and now - since > self._patience:
            self.leave()

    @property
    def _waits_since(self) -> float | None:
        """When the wait for the client began: for all of the headers, or for more of a body; None where it is over."""
        if self.cycle is None or self.cycle.response_complete:
            return self._since if self._in_head else self._heard
        return self._heard if self.cycle.more_body and not self.flow.read_paused else None


def _written(body: dict[str, Any]) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {body['status']} {body['title']}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(text)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + text


class SlalomServer(uvicorn.Server):
    """uvicorn's server, which first answers whoever waits for something when it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in good order: nobody's answer waits for what will not come any more."""
        app: FastAPI = self.config.app  # type: ignore[assignment]
        try:
            if (server := getattr(app.state, "server", None)) is not None:
                await server.leave_off()
        finally:
            await super().shutdown(sockets)


def configured(app: FastAPI, settings: Settings, **more: Any) -> uvicorn.Config:
    """Return how an application is served: every connection within its bounds."""
    return uvicorn.Config(
        app,
        http=partial(HttpConnection, house=Connections(settings)),  # type: ignore[arg-type]
        ws=WebSocketProtocol,
        ws_per_message_deflate=False,
        ws_max_size=max(settings.preview_message_bytes, settings.stream_message_bytes, settings.room_message_bytes),
        ws_ping_interval=PING,
        ws_ping_timeout=PONG,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        proxy_headers=False,  # Heard in slalom.web.http.proxies, from declared proxies only.
        access_log=False,
        log_level="warning",
        **more,
    )

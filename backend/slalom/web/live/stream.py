"""An experiment as it happens: stored chunks to every viewer at the viewer's own pace, none skipped unannounced."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.websockets import WebSocket, WebSocketDisconnect

from slalom.catalogue.experiments import EXPERIMENTS_BY_KIND
from slalom.errors import Busy, SlalomError, SpecError
from slalom.logs import as_event
from slalom.web.http.dependencies import Server, server_of
from slalom.web.http.problem_details import parse_body, reason
from slalom.web.http.stored import experiment_of, spec_as_json, stored_spec_of
from slalom.wire.container import to_json

from .overview import screen_frame
from .socket import MessageReader, close
from .tail import RETRY, Log, LogEntry

CHUNKS_AT_ONCE = 12
"""Chunks that a viewer reads from the store at a time, at most."""
HELD_BYTES = 256 << 10
"""Bytes that a viewer holds of what it will send next, unless one chunk has more: somebody may never read them."""


class StreamQuery(BaseModel):
    """What a viewer asks for in the address."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    after: int = Field(0, ge=0, le=2**53)
    """The last chunk that the viewer has; the next frame begins with the one after it."""
    detail: Literal["full", "screen"] = "full"
    """Every entry, or at most 32 per run and frame."""
    ack: bool = True
    """Whether the viewer says which frames it has drawn."""


class Ack(BaseModel):
    """What a viewer says after drawing."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    ack: int = Field(ge=0, le=2**53)
    """The number ``seq`` of the last frame that was drawn."""


ACK = TypeAdapter(Ack)
WISH = TypeAdapter(StreamQuery)

logger = logging.getLogger(__name__)


async def stream(socket: WebSocket) -> None:
    """Send an experiment's frames and events from chunk ``after`` on, until it has ended."""
    server = server_of(socket)
    await socket.accept()
    wish = parse_body(WISH, to_json(dict(socket.query_params)), strict=False)
    viewer = Viewer(socket, server, wish)
    log = await server.tail.follow(experiment_of(socket.path_params["id"]), viewer.wake)
    log.screens += wish.detail == "screen"
    server.viewers[viewer] = log
    pump: asyncio.Task[None] | None = None
    try:
        await viewer.greet(log)
        pump = asyncio.create_task(viewer.pump(log))
        await viewer.listen()
    finally:
        server.tail.leave(log, viewer.wake)
        log.screens -= wish.detail == "screen"
        server.viewers.pop(viewer, None)
        if pump is not None:
            pump.cancel()
            await asyncio.wait([pump])


class Viewer:
    """One socket: where it is, and which frames it has not acknowledged."""

    __slots__ = ("cursor", "flying", "news", "server", "size", "socket", "whole", "wish")

    def __init__(self, socket: WebSocket, server: Server, wish: StreamQuery) -> None:
        self.socket: WebSocket = socket
        self.server: Server = server
        self.wish: StreamQuery = wish
        self.cursor = wish.after
        self.size = HELD_BYTES
        """Bytes of the last chunk, as what the next ones may have."""
        self.whole = False
        """Whether frames cannot be thinned out, because they are no entries of runs."""
        self.flying: deque[int] = deque()
        """Frames sent and not acknowledged."""
        self.news: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Go on: something was written, or acknowledged."""
        if self.news is not None and not self.news.done():
            self.news.set_result(None)

    async def greet(self, log: Log) -> None:
        """Say what is followed; raises where the viewer claims chunks that there are not."""
        record = await asyncio.to_thread(self.server.store.experiments.get, log.id)
        if self.cursor and not await log.read(self.cursor - 1, 1):
            raise SpecError(f"There is no frame {self.cursor} yet. Ask with after=0, or with a seq that you received.")
        self.whole: bool = "trace" not in EXPERIMENTS_BY_KIND[record.kind].offers
        hello = {"type": "hello", "id": log.id, "status": log.status, "after": self.cursor}
        await self.say(hello, spec=json.dumps(spec_as_json(record, stored_spec_of(record))))

    async def listen(self) -> None:
        """Take acknowledgements until the socket is closed."""
        inbox = MessageReader(self.socket, self.server.settings, "stream_message_bytes", "stream_messages_per_second")
        async for text in inbox:
            drawn = parse_body(ACK, text.encode()).ack
            while self.flying and self.flying[0] <= drawn:
                self.flying.popleft()
            self.wake()

    async def pump(self, log: Log) -> None:
        """Send all there is, wait for more, and close the socket after the last."""
        try:
            await self._send_all(log)
            done = {"type": "done", "status": log.status, "error": log.error}
            await self.say(done, outcomes=log.outcomes)
            await self.socket.close(1000)
        except WebSocketDisconnect:
            return
        except Exception as error:
            if not isinstance(error, SlalomError):
                logger.exception("A stream failed.", extra=as_event("stream_failed"))
            await close(self.socket, *reason(error))

    async def _send_all(self, log: Log) -> None:
        step = self._full if self.wish.detail == "full" or self.whole else self._screen
        while True:
            self.news = asyncio.get_running_loop().create_future()
            may_have_more = self.cursor != log.head or log.ended
            try:
                if may_have_more and self._room() > 0 and await step(log):
                    continue
                if log.ended and not await log.read(self.cursor, 1):
                    return
                await self.news
            except Busy:
                await asyncio.sleep(RETRY)

    def _room(self) -> int:
        """Return how many more frames may be on their way."""
        return self.server.settings.frames_in_flight - len(self.flying) if self.wish.ack else CHUNKS_AT_ONCE

    async def _full(self, log: Log) -> bool:
        """Send some of what is next, every chunk as it is stored; return whether there was anything."""
        entries = await self._next(log, self._room())
        for entry in entries:
            await self._send(entry.chunk.payload, entry.chunk.seq, (entry.chunk.events,), entry.read_at)
        return bool(entries)

    async def _screen(self, log: Log) -> bool:
        """Send some of what is next, thinned out; in one frame where the viewer is far behind."""
        if await log.last() - self.cursor > self.server.settings.frames_in_flight:
            glance = await log.overview(self.cursor)
            if glance.seq == self.cursor:
                return False
            await self._send(glance.frame, glance.seq, glance.events)
            return True
        entries = await self._next(log, self._room())
        for entry in entries:
            if entry.screen is None:
                entry.screen = await asyncio.to_thread(screen_frame, entry.chunk)
            await self._send(entry.screen, entry.chunk.seq, (entry.chunk.events,), entry.read_at)
        return bool(entries)

    async def _next(self, log: Log, limit: int) -> Sequence[LogEntry]:
        limit = max(1, min(limit, HELD_BYTES // self.size))
        entries = log.after(self.cursor, limit)
        if not entries and (entries is None or log.ended):
            # Not in memory, or the last word: what is stored decides.
            chunks = await log.read(self.cursor, limit)
            if not chunks:
                log.begin(self.cursor)
            entries = [LogEntry(chunk) for chunk in chunks]
        if entries:
            self.size: int = max(1, len(entries[-1].chunk.payload))
        return entries

    async def _send(self, frame: bytes, seq: int, events: Sequence[str], read_at: float | None = None) -> None:
        await self.socket.send({"type": "websocket.send", "bytes": frame})
        self.cursor: int = seq
        if self.wish.ack:
            self.flying.append(seq)
        metrics = self.server.metrics
        metrics.frames.inc()
        if read_at is not None:
            metrics.lag_seconds.observe(time.monotonic() - read_at)
        for some in events:
            if some != "[]":
                for event in json.loads(some):
                    await self.say({"type": "event", **event})

    async def say(self, body: dict[str, object], **stored: str | None) -> None:
        """Send a text message, which needs no acknowledgement; what is stored as JSON is not read again for it."""
        text = to_json(body).decode()[:-1] + "".join(f',"{name}":{value or "null"}' for name, value in stored.items())
        await self.socket.send({"type": "websocket.send", "text": text + "}"})

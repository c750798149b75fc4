"""Students of a room as a bench needs them: requests and WebSockets that cost this process as little as possible."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .server import Server


class Answer(NamedTuple):
    """What came back of a request."""

    status: int
    head: str
    body: bytes


class Http:
    """A connection on which one request follows another."""

    def __init__(self, server: Server) -> None:
        self.port = server.port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None, head: str = "") -> Answer:
        """Return the answer to a request."""
        reader, writer = self._ends = self._ends or await asyncio.open_connection("127.0.0.1", self.port)
        content = b"" if body is None else json.dumps(body).encode()
        lines = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Encoding: gzip\r\n"
        lines += f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(lines.encode() + content)
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = re.search(r"(?i)content-length: (\d+)", text)
        return Answer(int(text.split()[1]), text, await reader.readexactly(int(size[1])) if size else b"")

    def close(self) -> None:
        """Hang up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


async def ask(server: Server, method: str, path: str, body: Any = None, head: str = "") -> Answer:
    """Return the answer to a request on a connection of its own."""
    http = Http(server)
    try:
        return await http.ask(method, path, body, head)
    finally:
        http.close()


class Socket(asyncio.Protocol):
    """A WebSocket client: hands on texts, and of binary messages that they came."""

    def __init__(self, path: str, head: str, on_text: Callable[[Socket, bytes], None]) -> None:
        self._request, self._on_text = f"GET {path} HTTP/1.1\r\n{head}", on_text
        self._data, self._open = bytearray(), False
        self.opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Becomes the status of the handshake."""
        self.lost = False

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.write(
            f"{self._request}Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_result(0)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._open:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            self._open = True
            self.opened.set_result(int(self._data.split(b" ", 2)[1]))
            del self._data[: end + 4]
        while (frame := self._take()) is not None:
            kind, start, end = frame
            if kind == 1:
                self._on_text(self, bytes(self._data[start:end]))
            elif kind == 9:
                self._send(10, bytes(self._data[start:end]))
            del self._data[:end]

    def _take(self) -> tuple[int, int, int] | None:
        """Return (opcode, start, end) of the next whole message, None where more bytes are needed."""
        data = self._data
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        return (data[0] & 15, start, start + size) if len(data) >= max(start, start + size) else None

    def say(self, message: Any) -> None:
        """Send a message as JSON."""
        self._send(1, json.dumps(message).encode())

    def _send(self, kind: int, body: bytes) -> None:
        size = bytes((0x80 | len(body),)) if len(body) < 126 else bytes((0xFE,)) + len(body).to_bytes(2, "big")
        self.transport.write(bytes((0x80 | kind,)) + size + b"\0\0\0\0" + body)

    def close(self) -> None:
        """Go away without a word, as a phone does."""
        self.transport.abort()


async def connected(server: Server, path: str, head: str, on_text: Callable[[Socket, bytes], None]) -> Socket:
    """Return a WebSocket that is open; raises ConnectionError where it is refused."""
    loop = asyncio.get_running_loop()
    full = f"Host: 127.0.0.1:{server.port}\r\n{head}"
    _, socket = await loop.create_connection(lambda: Socket(path, full, on_text), "127.0.0.1", server.port)
    if (status := await socket.opened) != 101:
        raise ConnectionError(f"{path}: {status}")
    return socket


class Student:
    """Somebody in the room: follows the stage, acknowledges it, previews and votes."""

    def __init__(self, server: Server, on_step: Callable[[int], None]) -> None:
        self.server, self.on_step = server, on_step
        self.head, self.http = "", Http(server)
        self.staged: asyncio.Event = asyncio.Event()
        self.step = -1
        self.refused = 0
        self.waited = 0
        """How often it was told that it waits."""
        self._done: asyncio.Future[None] | None = None
        self._count = 0

    async def join(self, code: str) -> None:
        """Come in by the code."""
        answer = await self.http.ask("POST", "/api/room/join", {"code": code})
        if answer.status != 200:
            raise ConnectionError(answer.body.decode())
        cookie = answer.head.lower().partition("set-cookie: ")[0]
        start = len(cookie) + len("set-cookie: ")
        self.head = f"Cookie: {answer.head[start:].partition(';')[0]}\r\nSec-Fetch-Site: same-origin\r\n"

    async def load(self, files: list[str]) -> None:
        """Load the page and what its first picture needs."""
        for path in files:
            await self.http.ask("GET", path, head=self.head)
        self.http.close()

    async def follow(self) -> None:
        """Connect to the room, and return when the stage is there."""
        self.staged.clear()
        self.room = await connected(self.server, "/api/room/live", self.head, self._hear)
        await self.staged.wait()

    async def open_preview(self) -> None:
        """Connect to where specs are computed."""
        self.drafts = await connected(self.server, "/api/preview", self.head, self._answered)

    async def preview(self, spec: Any) -> float:
        """Return the seconds until a spec was computed and all of it received."""
        begin, self._done = time.monotonic(), asyncio.get_running_loop().create_future()
        self._count += 1
        self.drafts.say({"id": self._count, "spec": spec})
        await self._done
        return time.monotonic() - begin

    async def drag(self, specs: Callable[[int], Any], until: float, pause: float) -> list[float]:
        """Preview one spec after another until a moment, as a hand on a slider does; return how long each took."""
        taken = []
        while time.monotonic() < until:
            taken.append(await self.preview(specs(len(taken))))
            await asyncio.sleep(max(0.0, pause - taken[-1]))
        return taken

    async def vote(self, poll: str, value: int) -> int:
        """Vote, and return the status."""
        body = {"round": 1, "value": value}
        return (await ask(self.server, "PUT", f"/api/room/polls/{poll}/vote", body, self.head)).status

    def leave(self) -> None:
        """Lose every connection."""
        for name in ("room", "drafts"):
            with contextlib.suppress(AttributeError):
                getattr(self, name).close()

    def _hear(self, socket: Socket, text: bytes) -> None:
        if text.startswith(b'{"type":"stage"'):
            step = int(text.partition(b'"step":')[2].partition(b",")[0])
            if step != self.step:
                self.step = step
                self.on_step(step)
            self.staged.set()
            if text.startswith(b'{"type":"stage","ack":true'):
                revision = int(text.partition(b'"revision":')[2].partition(b",")[0])
                socket.say({"type": "ack", "revision": revision, "following": True})

    def _answered(self, socket: Socket, text: bytes) -> None:
        said = json.loads(text)
        self.waited += said["type"] == "waiting"
        self.refused += said["type"] == "problem"
        if said["type"] in ("done", "problem") and self._done is not None and not self._done.done():
            self._done.set_result(None)

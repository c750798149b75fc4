"""Sends hostile bodies to a running server, over every route and all sockets, and counts what comes of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

from .nasty import Request, Schemas, body, damaged, request

AT_ONCE = 6
PATIENCE = 60.0
"""Seconds after which a request counts as never answered."""
SLOW = 2.0
"""Seconds after which an answer counts as slow."""
SOCKETS = 0.25
"""Share of what is sent over sockets."""
HONEST = {"503", "507"}
"""Server errors that are no fault: too many wait, the disk is full."""
LARGEST = 256 * 1024
"""Bytes of a body or a message: who sends more is refused unread, and may hear of it or not."""
PREVIEW, ROOM = "/api/preview", "/api/room/live"
WISHES = ("after=0", "after=-1", f"after={'9' * 400}", f"after={'9' * 4000}", "detail=x", "ack=%ff", "detail=screen")
"""What viewers ask for in the address of a stream."""


@dataclass
class Tally:
    """What came of everything that was sent."""

    sent: int = 0
    frames: int = 0
    """Frames said on sockets."""
    slow: list[str] = field(default_factory=list)
    """Every request that took longer than SLOW to be answered."""
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    """How sockets were closed."""
    errors: list[str] = field(default_factory=list)
    """Every answer that says that the server is at fault."""
    dropped: list[str] = field(default_factory=list)
    """Every socket that ended without a code, and every request that nobody answered."""
    ids: list[str] = field(default_factory=list)
    """Some of what was stored."""


async def bombard(
    port: int, count: int, seed: int, sockets: float = SOCKETS, member: dict[str, str] | None = None
) -> Tally:
    """Send so many bodies, some at a time and a share of them over sockets, and return what came of them.

    ``member`` are the headers of somebody in the server's room: then sockets are the room's, and nothing else is sent.
    """
    openapi = json.loads(await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/openapi.json", member))
    schemas, tally = Schemas(openapi), Tally()

    async def some(rng: random.Random) -> None:
        while tally.sent < count:
            tally.sent += 1
            if member is not None or rng.random() < sockets:
                await talk(port, schemas, tally, rng, member)
            else:
                await ask(port, request(openapi, schemas, tally.ids, rng), tally, rng)

    await asyncio.gather(*(some(random.Random(f"{seed} {i}")) for i in range(AT_ONCE)))
    return tally


def fetched(url: str, headers: dict[str, str] | None = None) -> bytes:
    """Return what an address answers."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=PATIENCE) as answer:
        return answer.read()


def head(port: int, method: str, path: str, headers: dict[str, str]) -> bytes:
    """Return the first lines of a request."""
    lines = [f"{name}: {value}" for name, value in ({"Host": f"127.0.0.1:{port}"} | headers).items()]
    return ("\r\n".join((f"{method} {path} HTTP/1.1", *lines)) + "\r\n\r\n").encode()


async def ask(port: int, what: Request, tally: Tally, rng: random.Random) -> None:
    """Send one request, now and then only a part of it, and note the status."""
    headers = {"Connection": "close", "Content-Length": str(len(what.body)), **what.headers}
    data = head(port, what.method, what.path, headers) + what.body
    hang_up = rng.random() < 0.03
    begin = time.monotonic()
    answer = await exchanged(port, data[: rng.randrange(len(data))] if hang_up else data, hang_up)
    if hang_up:
        return
    if (seconds := time.monotonic() - begin) > SLOW:
        tally.slow.append(f"{seconds:.1f} s: {what.method} {what.path[:80]} {what.body[:300]!r}")
    status = answer[9:12].decode("latin-1") or "none"
    tally.statuses[status] += 1
    about = f"{status}: {what.method} {what.path[:200]} {what.body[:300]!r} -> {answer[-300:]!r}"
    if status == "none" and len(what.body) <= LARGEST:
        tally.dropped.append(about)
    elif status.startswith("5") and status not in HONEST:
        tally.errors.append(about)
    if status == "201":
        await remember(port, answer.partition(b"\r\n\r\n")[2], tally, rng)


async def exchanged(port: int, data: bytes, hang_up: bool = False) -> bytes:
    """Send bytes and return all that is answered; b"" where nothing is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    answer = b""
    try:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            while not hang_up and (part := await reader.read(2**16)):
                answer += part
    except OSError:  # Also TimeoutError. Who is refused unread may hear a reset instead of the rest.
        pass
    finally:
        writer.close()
    return answer


async def remember(port: int, made: bytes, tally: Tally, rng: random.Random) -> None:
    """Keep the name of what was created for other requests, and stop what would be computed for nobody."""
    with contextlib.suppress(ValueError, KeyError):
        id = json.loads(made)["id"]
        tally.ids = [*tally.ids[-20:], id]
        data = id.startswith("d")
        path = f"/api/datasets/{id}" if data else f"/api/experiments/{id}"
        method, path = ("DELETE", path) if data or rng.random() < 0.5 else ("POST", f"{path}/cancel")
        if not data or rng.random() < 0.9:
            await exchanged(port, head(port, method, path, {"Connection": "close", "Content-Length": "0"}))


# Sockets


def frame(opcode: int, data: bytes, rng: random.Random, first: int = 0x80) -> bytes:
    """Return a masked WebSocket frame; ``first`` holds the bits before the opcode."""
    size = len(data)
    if size < 126:
        front = bytes((first | opcode, 0x80 | size))
    else:
        front = bytes((first | opcode, 0x80 | (126 if size < 2**16 else 127))) + size.to_bytes(2 if size < 2**16 else 8)
    mask = rng.randbytes(4)
    key = int.from_bytes((mask * (size // 4 + 1))[:size])
    return front + mask + (int.from_bytes(data) ^ key).to_bytes(size)


CHANGES: tuple[dict[str, object], ...] = (
    {"view": {"page": "lesson", "lesson": "01-how-big-a-step", "part": "question"}},
    {"view": {"page": "workbench", "state": "v1.x", "experiment": "0" * 12}},
    {"cursor": {"step": 7, "playing": True, "speed": 2.0}},
    {"axes": {"loss": [0, 1]}, "highlight": "loss", "presented": None},
    {"poll": "0" * 12, "challenge": "0" * 12},
)
"""What a teacher does to the stage."""


def message(schemas: Schemas, path: str, rng: random.Random) -> bytes:
    """Return the text of a message for a socket: an acknowledgement, a change of the stage or a spec.

    It is as it should be, bent or damaged.
    """
    if path == ROOM:
        shown = {"type": "ack", "revision": rng.choice((0, 1, 2**53)), "following": rng.random() < 0.5}
        moved = {"type": "stage", "revision": rng.choice((0, 1, 2, -1)), "change": rng.choice(CHANGES)}
        return body(schemas, {"const": rng.choice((shown, moved))}, rng)
    if path != PREVIEW:
        data = json.dumps({"ack": rng.choice((0, 1, 2**53))}).encode()
        return data if rng.random() < 0.5 else body(schemas, {"const": {"ack": 1}}, rng)[:8192]
    kinds = [{"$ref": f"#/components/schemas/{kind}"} for kind in ("Comparison", "RangeTest", "Map")]
    data = b'{"id": %d, "spec": %b}' % (rng.randrange(100), body(schemas, {"oneOf": kinds}, rng))
    return data if rng.random() < 0.9 else damaged(data, rng)


def frames(schemas: Schemas, path: str, rng: random.Random) -> tuple[bytes, bool]:
    """Return what is sent at once, mostly a text message, and whether the protocol allows it."""
    text = message(schemas, path, rng)
    allowed = len(text) <= LARGEST and text.decode(errors="ignore").encode() == text
    if rng.random() < 0.8:
        return frame(1, text, rng), allowed
    if rng.random() < 0.4:
        parts = frame(1, text[:50], rng, first=0) + frame(0, text[50:], rng)
        return rng.choice((frame(9, b"x" * 125, rng) * 3, parts)), allowed
    broken = (
        frame(1, b"\xff\xfe" + text, rng),
        frame(2, text, rng),
        frame(1, text, rng, first=0) * 2,
        frame(3, text[:100], rng),
        frame(1, text[:100], rng, first=0xF0),
        frame(8, b"\x03\xe8", rng),
        frame(8, b"\x00\x01" + b"\xff" * 20, rng),
        bytes((0x81, 4)) + b"null",
        bytes((0x81, 0xFF)) + (2**62).to_bytes(8) + b"mask",
        frame(9, b"x" * 200, rng),
        rng.randbytes(50),
    )
    return rng.choice(broken), False


def socket_path(tally: Tally, rng: random.Random) -> str:
    """Return the address of a preview, or of a stream."""
    if rng.random() < 0.7:
        return PREVIEW
    id = rng.choice(tally.ids) if tally.ids and rng.random() < 0.7 else "0" * 12
    return f"/api/experiments/{id}/stream?{rng.choice(WISHES)}"


async def talk(
    port: int, schemas: Schemas, tally: Tally, rng: random.Random, member: dict[str, str] | None = None
) -> None:
    """Open a socket, say something, and close it in order or hang up; note how the server closes it."""
    path = ROOM if member is not None else socket_path(tally, rng)
    said = [frames(schemas, path, rng) for _ in range(rng.choice((1, 1, 2, 5)))]
    allowed = all(allowed for _, allowed in said)
    half = said[0][0][: rng.randrange(len(said[0][0]))] if rng.random() < 0.2 else b""
    patience = 1 if half or not allowed else PATIENCE
    code = await conversation(port, path, [data for data, _ in said], half, patience, rng, member or {})
    tally.codes[str(code)] += 1
    tally.frames += len(said)
    # Whoever broke the protocol may have hidden the close in a frame without end, or be hung up on before it reads.
    if isinstance(code, str) and allowed and not half:
        tally.dropped.append(f"{code}: {path[:200]} {said!r}")
    elif isinstance(code, int) and (code == 1011 or (code >= 4500 and str(code - 4000) not in HONEST)):
        tally.errors.append(f"closed with {code}: {path[:200]} {said!r}")


async def conversation(
    port: int, path: str, said: list[bytes], half: bytes, patience: float, rng: random.Random, headers: dict[str, str]
) -> int | str:
    """Say something on a socket, hang up after half a frame or close it, and return how the server closed it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        key = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
        writer.write(head(port, "GET", path, headers | upgrade | key))
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
        if answer[9:12] != b"101":
            return int(answer[9:12])
        closing = asyncio.create_task(closed_with(reader))
        for data in said:
            writer.write(data)
        await asyncio.sleep(rng.choice((0, 0.002, 0.05)))
        if half:
            writer.write(half)
            closing.cancel()
            return "hung up"
        writer.write(frame(8, b"\x03\xe8", rng))
        async with asyncio.timeout(patience):
            return await closing
    except (OSError, asyncio.IncompleteReadError) as error:
        return type(error).__name__
    finally:
        writer.close()


async def closed_with(reader: asyncio.StreamReader) -> int | str:
    """Return the code of the server's close frame, or how the connection ended without one."""
    try:
        while True:
            first, size = await reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
            data = await reader.readexactly(size)
            if first & 15 == 8:
                return int.from_bytes(data[:2]) if len(data) >= 2 else 1005
    except (OSError, asyncio.IncompleteReadError) as error:
        return type(error).__name__

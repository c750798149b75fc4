"""Hostile input by the thousand, over every route and both sockets of a real server: ``HOSTILE_BODIES``, 20 000."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import re
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from .measure import Row, percentile
from .nasty import Request, Schemas, bent, body, damaged, nasty, request
from .server import serving

BODIES = int(os.environ.get("HOSTILE_BODIES", "20000"))
SEED = int(os.environ.get("HOSTILE_SEED", "0"))
AT_ONCE = 6
WARM_UP = 400
"""Bodies after which memory is compared: what is imported and cached once is no growth."""
PATIENCE = 60.0
"""Seconds after which a request counts as never answered."""
SOCKETS = 0.25
"""Share of what is sent over sockets."""
HONEST = {"503", "507"}
"""Server errors that are no fault: too many wait, the disk is full."""
SPEC = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 20}


@dataclass
class Tally:
    """What came of everything that was sent."""

    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    """How sockets were closed."""
    faults: list[str] = field(default_factory=list)
    """Every answer, or want of an answer, that is a fault of the server."""
    sent: int = 0
    ids: list[str] = field(default_factory=list)


def rows() -> list[Row]:
    """Send bodies, and look at the server's answers, its health, its memory and its log meanwhile."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log") as server, pinging(server.port) as ping:
        process = psutil.Process(server.pid)
        asyncio.run(bombard(server.port, WARM_UP, SEED + 1))
        ping(), time.sleep(2)
        before, begin = process.memory_info().rss, time.monotonic()
        tally = asyncio.run(bombard(server.port, BODIES, SEED))
        seconds, ages = time.monotonic() - begin, ping()
        time.sleep(2)
        grown = (process.memory_info().rss - before) / 1e6
        log = (Path(folder) / "log").read_text(errors="replace")
        Path("/tmp/hostile.log").write_text(log)
    for fault in tally.faults[:20]:
        print("   ", fault[:300])
    for line, count in Counter(re.findall(r"\n(?:\w+\.)*\w+(?:Error|State|Disconnected?|Exception)\b.*", log)).most_common(9):
        print("   ", count, "x", line.strip()[:300])
    return report(tally, ages, grown, log.count("Traceback (most recent"), seconds)


def report(tally: Tally, ages: list[float], grown: float, traces: int, seconds: float) -> list[Row]:
    """Return the lines of the report."""
    worst = Counter(text.partition(":")[0] for text in tally.faults)
    server, dropped = worst["5xx"], worst["dropped"] + worst["unanswered"]
    kinds = ", ".join(f"{status} x {count:,}" for status, count in sorted(tally.statuses.items()))
    codes = ", ".join(f"{code} x {count:,}" for code, count in sorted(tally.codes.items()))
    slowest, p99 = 1e3 * max(ages), 1e3 * percentile(ages, 0.99)
    return [
        Row(f"{tally.sent:,} hostile bodies in {seconds:.0f} s: server errors", f"{server}", "0", server == 0),
        Row("  dropped without a code, or never answered", f"{dropped}", "0", dropped == 0),
        Row("  slowest /healthz meanwhile", f"{slowest:.0f} ms (p99 {p99:.0f} ms)", "< 100 ms", slowest < 100),
        Row("  memory of the web process, growth", f"{grown:.1f} MB", "< 50 MB", grown < 50),
        Row("  tracebacks in the log", f"{traces}", "0", traces == 0),
        Row(f"  answers: {kinds}", "", "", None),
        Row(f"  sockets: {codes}", "", "", None),
    ]


# What is sent


async def bombard(port: int, count: int, seed: int) -> Tally:
    """Send so many bodies, some at a time, and return what came of them."""
    openapi = json.loads(await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/openapi.json"))
    schemas, tally = Schemas(openapi), Tally()

    async def some(rng: random.Random) -> None:
        while tally.sent < count:
            tally.sent += 1
            if rng.random() < SOCKETS:
                await talk(port, schemas, tally, rng)
            else:
                await ask(port, request(openapi, schemas, tally.ids, rng), tally, rng)

    await asyncio.gather(*(some(random.Random(f"{seed} {i}")) for i in range(AT_ONCE)))
    return tally


def fetched(url: str) -> bytes:
    """Return what an address answers."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


async def ask(port: int, what: Request, tally: Tally, rng: random.Random) -> None:
    """Send one request, now and then only a part of it, and note the status."""
    headers = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(what.body))}
    lines = [f"{what.method} {what.path} HTTP/1.1", *(f"{name}: {value}" for name, value in (headers | what.headers).items())]
    data = ("\r\n".join(lines) + "\r\n\r\n").encode() + what.body
    hang_up = rng.random() < 0.03
    answer = await exchanged(port, data[: rng.randrange(len(data))] if hang_up else data, hang_up)
    if hang_up:
        return
    status = answer[9:12].decode("latin-1") or "none"
    tally.statuses[status] += 1
    about = f"{what.method} {what.path[:200]} {what.body[:300]!r} -> {answer[-300:]!r}"
    if status == "none":
        tally.faults.append(f"unanswered: {about}")
    elif status >= "500" and status not in HONEST:
        tally.faults.append(f"5xx: {about}")
    if status == "201":
        await remember(port, answer.partition(b"\r\n\r\n")[2], tally, rng)


async def exchanged(port: int, data: bytes, hang_up: bool) -> bytes:
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
        if not id.startswith("d") or rng.random() < 0.9:
            path = f"/api/datasets/{id}" if id.startswith("d") else f"/api/experiments/{id}"
            method = "DELETE" if rng.random() < 0.5 else "POST"
            target = path if method == "DELETE" else f"{path}/cancel"
            head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            await exchanged(port, head.encode(), hang_up=False)


# Sockets


def frame(opcode: int, data: bytes, rng: random.Random, first: int = 0x80) -> bytes:
    """Return a masked WebSocket frame; ``first`` holds the bits before the opcode."""
    size = len(data)
    if size < 126:
        head = bytes((first | opcode, 0x80 | size))
    else:
        head = bytes((first | opcode, 0x80 | (126 if size < 2**16 else 127))) + size.to_bytes(2 if size < 2**16 else 8)
    mask = rng.randbytes(4)
    key = int.from_bytes((mask * (size // 4 + 1))[:size])
    return head + mask + (int.from_bytes(data) ^ key).to_bytes(size)


def message(schemas: Schemas, preview: bool, rng: random.Random) -> bytes:
    """Return the text of a message: an acknowledgement or a spec, as it should be, bent or damaged."""
    if not preview:
        data = json.dumps({"ack": rng.choice((0, 1, 2**53))}).encode()
        return data if rng.random() < 0.5 else body(schemas, {"const": {"ack": 1}}, rng)
    kinds = [{"$ref": f"#/components/schemas/{kind}"} for kind in ("Comparison", "RangeTest", "Map")]
    spec = body(schemas, {"oneOf": kinds}, rng)
    data = b'{"id": %d, "spec": %b}' % (rng.randrange(100), spec)
    return data if rng.random() < 0.9 else damaged(data, rng)


def frames(schemas: Schemas, preview: bool, rng: random.Random) -> bytes:
    """Return what is sent at once: mostly a text message, else what the protocol does not allow."""
    text = message(schemas, preview, rng)
    whole = frame(1, text, rng)
    if rng.random() < 0.75:
        return whole
    return rng.choice(
        (
            frame(1, b"\xff\xfe" + text, rng),
            frame(2, text, rng),
            frame(9, b"x" * 125, rng) * 3,
            frame(1, text[:50], rng, first=0) + frame(0, text[50:], rng),
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
    )


async def talk(port: int, schemas: Schemas, tally: Tally, rng: random.Random) -> None:
    """Open a socket, say something, and close it in order or hang up; note how the server closes it."""
    preview = rng.random() < 0.7
    id = rng.choice(tally.ids) if tally.ids and rng.random() < 0.7 else "0" * 12
    odd = rng.choice(("after=0", "after=-1", f"after={'9' * 400}", f"after={'9' * 4400}", "detail=x", "ack=%ff", "detail=screen"))
    path = "/api/preview" if preview else f"/api/experiments/{id}/stream?{odd[:3900]}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        lines = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
        head = (f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, "Sec-WebSocket-Version: 13")
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        if answer[9:12] != b"101":
            tally.statuses[answer[9:12].decode("latin-1")] += 1
            return
        closing = asyncio.create_task(closed_with(reader))
        said = [frames(schemas, preview, rng) for _ in range(rng.choice((1, 1, 2, 5)))]
        for data in said:
            writer.write(data)
        if rng.random() < 0.2:  # Half a frame, and away.
            writer.write(said[0][: rng.randrange(len(said[0]))])
            return
        await asyncio.sleep(rng.choice((0, 0.002, 0.05)))
        with contextlib.suppress(OSError):
            writer.write(frame(8, b"\x03\xe8", rng))
        code = await asyncio.wait_for(closing, PATIENCE)
        tally.codes[str(code)] += 1
        if isinstance(code, str):
            tally.faults.append(f"dropped: {code} {path[:200]} {[len(one) for one in said]} {said!r}")
        elif 4500 <= code < 4600 and str(code - 4000) not in HONEST or code == 1011:
            tally.faults.append(f"5xx: closed with {code}: {path[:200]} {said!r}")
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        tally.faults.append(f"unanswered: {path[:200]}: {error!r}")
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
    except ConnectionResetError:
        return "reset"
    except (OSError, asyncio.IncompleteReadError) as error:
        return type(error).__name__


# Is it well meanwhile?


@contextlib.contextmanager
def pinging(port: int) -> Any:
    """Ask /healthz all the time from a process of its own; yields what returns the seconds it took since last asked."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=ping_on, args=(port, theirs), daemon=True)
    process.start()

    def taken() -> list[float]:
        ours.send_bytes(b"?")
        return json.loads(ours.recv_bytes())

    try:
        yield taken
    finally:
        process.terminate()
        process.join()


def ping_on(port: int, answers: Connection) -> None:
    """Ask /healthz every 20 ms, and say how many seconds it took when asked."""
    ages: list[float] = []
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    while True:
        begin = time.perf_counter()
        line.request("GET", "/healthz")
        line.getresponse().read()
        ages.append(time.perf_counter() - begin)
        if answers.poll(0.02):
            answers.recv_bytes()
            answers.send_bytes(json.dumps(ages).encode())
            ages = []

"""Every route with every Host and every Origin: nobody is let in wrongly, and nobody refused wrongly."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from slalom.settings import Settings
from slalom.web.app import create_app

from ..app_routes import routes_of
from ..bench.measure import Row
from ..bench.server import serving
from ..foreign_pages import HOSTS, origins

SAFE = ("GET", "HEAD")
AT_ONCE = 8
PATIENCE = 30.0
HANDSHAKE = (
    *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)
MALFORMED = (0, 400, 403)
"""What is answered to a Host that is none of ours, or none at all: nothing, or a refusal."""


class Trial(NamedTuple):
    """One request, and whether it is to be let in."""

    method: str
    path: str
    hosts: list[str]
    origin: list[str]
    admitted: bool

    @property
    def bytes(self) -> bytes:
        """The request as it goes over the wire."""
        lines = [f"{self.method.replace('SOCKET', 'GET')} {self.path} HTTP/1.1"]
        lines += [f"Host: {host}" for host in self.hosts] + [f"Origin: {one}" for one in self.origin]
        lines += HANDSHAKE if self.method == "SOCKET" else ("Connection: close", "Content-Length: 0")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def rows(seconds: float) -> Iterator[Row]:
    """Try all of them, as far as time allows: every host with our own page, every origin with every good host."""
    with serving(SLALOM_ALLOWED_HOSTS="friend.example", SLALOM_BUNDLE="false") as server:
        trials, begin = list(trials_at(server.port)), time.monotonic()
        found = asyncio.run(tried(server.port, trials, begin + seconds))
    wrong = [(trial, status) for trial, status in found if (status not in MALFORMED) != trial.admitted]
    inside = [one for one in wrong if not one[0].admitted]
    for trial, status in wrong[:20]:
        print("   ", status, trial)
    count, rate = len(found), len(found) / (time.monotonic() - begin)
    yield Row(f"{count:,} of {len(trials):,} ({rate:.0f} a second): let in wrongly", f"{len(inside)}", "0", not inside)
    refused = len(wrong) - len(inside)
    yield Row("  refused wrongly", f"{refused}", "0", refused == 0)
    statuses = sorted(Counter(status for _, status in found).items())
    yield Row(f"  answers: {', '.join(f'{status} x {n:,}' for status, n in statuses)}", "", "", None)


def trials_at(port: int) -> Iterator[Trial]:
    """Yield every request; the server's page may change things, others may read what needs no secret."""
    here = [f"127.0.0.1:{port}"]
    named = [*HOSTS, (here, True)]
    for (method, path), (hosts, ours) in itertools.product(routes(), named):
        for origin in ([], *origins(port), *([own(hosts[0])] if len(hosts) == 1 else ())):
            same = origin in ([], own(hosts[0]) if hosts else None)
            yield Trial(method, path, hosts, origin, ours and (method in SAFE or same))


def own(host: str) -> list[str]:
    """Return the origin of the page that a browser shows at an address: in lower case, without the usual port."""
    return [f"http://{host.lower().removesuffix(':80')}"]


def routes() -> list[tuple[str, str]]:
    """Return the method and the path of everything that is answered."""
    app = create_app(Settings())
    known = [(method, route.path) for route in routes_of(app, APIRoute) for method in sorted(route.methods)]
    known += [("SOCKET", route.path) for route in routes_of(app, WebSocketRoute)]
    filled = {"{id}": "000000000000", "{slug}": "nope", "{n}": "0", "{kind}": "plane", "{sid}": "0"}
    for name, value in filled.items():
        known = [(method, path.replace(name, value)) for method, path in known]
    return known


async def tried(port: int, trials: list[Trial], deadline: float) -> list[tuple[Trial, int]]:
    """Return the status that every request was answered with, 0 where the connection was closed."""
    waiting, found = iter(trials), list[tuple[Trial, int]]()

    async def some() -> None:
        for trial in waiting:
            if time.monotonic() > deadline:
                return
            found.append((trial, await status_of(port, trial)))

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return found


async def status_of(port: int, trial: Trial) -> int:
    """Return the status of the answer to one request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(trial.bytes)
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
        return int(line[9:12]) if line else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()

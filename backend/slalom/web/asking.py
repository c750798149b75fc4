"""Computing for somebody: who that is, and only for as long as they listen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import HTTPConnection, Request

from slalom.errors import SlalomError
from slalom.jobs.line import Asker

T = TypeVar("T")


class Gone(SlalomError):
    """Whoever asked has hung up; nobody reads this."""

    status = 499
    title = "Nobody listens"


def asker_of(connection: HTTPConnection) -> Asker:
    """Return who asks: an address, and a port of it for every connection."""
    return Asker(*(connection.client or ()))


async def while_listening(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` does; cancel it, and raise Gone, as soon as the client hangs up.

    For a request whose body has been read.
    """
    doing, leaving = asyncio.create_task(work), asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Gone("The client hung up before there was an answer.")
        return doing.result()
    finally:
        leaving.cancel()
        if doing.cancel():
            await asyncio.wait((doing,))


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue

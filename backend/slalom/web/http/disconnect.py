"""Computing for somebody: who that is, and only for as long as they listen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from anyio import CancelScope
from starlette.requests import HTTPConnection, Request

from slalom.errors import SlalomError
from slalom.jobs.fair_queue import Asker

from .visitors import visitor_of

_T = TypeVar("_T")


class Gone(SlalomError):
    """Whoever asked has hung up; nobody reads this."""

    status = 499
    title = "Nobody listens"


def asker_of(connection: HTTPConnection) -> Asker:
    """Return who asks: a visitor, and a port for every connection of theirs."""
    return Asker(visitor_of(connection.scope).id, connection.client and connection.client.port)


async def while_listening(request: Request, work: Awaitable[_T]) -> _T:
    """Return what ``work`` does; cancel it, and raise Gone, as soon as the client hangs up.

    For a request whose body has been read.
    """
    with CancelScope() as scope:
        watch = asyncio.create_task(_cancel_when_gone(request, scope))
        try:
            return await work
        finally:
            watch.cancel()
    raise Gone("The client hung up before there was an answer.")


async def _cancel_when_gone(request: Request, scope: CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
    scope.cancel()

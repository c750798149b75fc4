"""Whose turn it is: what takes much memory or time is done for a few at once, and for nobody who has hung up."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import BinaryIO, TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from slalom.errors import StoreFull

from .disconnect import while_listening

PART = 1 << 18
"""Bytes that are read and sent at a time."""

_T = TypeVar("_T")


async def in_turn(request: Request, turns: CapacityLimiter, work: Callable[[], _T]) -> _T:
    """Do something in a thread as soon as it is its turn; raise :class:`~.asking.Gone` once whoever asked is gone.

    Work that takes long calls :func:`still_wanted` now and then.
    """
    try:
        return await while_listening(request, to_thread.run_sync(work, limiter=turns))
    except OSError as error:
        raise StoreFull(str(error)) from error


def still_wanted() -> None:
    """Break off, within :func:`in_turn`, what nobody waits for any more."""
    from_thread.check_cancelled()


def while_wanted(items: Iterable[_T]) -> Iterator[_T]:
    """Yield items as long as somebody waits for what is made of them."""
    for item in items:
        still_wanted()
        yield item


class Parts(StreamingResponse):
    """An answer that is made part by part, the parts of a few answers at a time."""

    def __init__(
        self,
        parts: Iterator[bytes],
        turns: CapacityLimiter,
        media_type: str,
        headers: dict[str, str] | None = None,
        files: ExitStack | None = None,
    ) -> None:
        """``files`` are closed when it has ended, however it ends."""
        self._files = files or ExitStack()

        async def each() -> AsyncIterator[bytes]:
            while (part := await to_thread.run_sync(next, parts, None, limiter=turns)) is not None:
                yield part

        super().__init__(each(), headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._files:
            await super().__call__(scope, receive, send)


def whole_file(
    file: BinaryIO, turns: CapacityLimiter, media_type: str, headers: dict[str, str], files: ExitStack
) -> Parts:
    """Return all of a file as an answer whose length is known."""
    length = {"Content-Length": str(file.seek(0, os.SEEK_END))}
    return Parts(parts_of(file), turns, media_type, headers | length, files)


def parts_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield all of a file, from its start."""
    file.seek(0)
    while part := file.read(PART):
        yield part

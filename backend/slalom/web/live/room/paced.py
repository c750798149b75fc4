"""Something that is done soon after it is asked for, and no more often than so many times a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Paced:
    """Does some work when it is asked to: at once after a pause, else when the pause is over, once for all who asked.

    For one event loop. Work that fails is told to the log, and done when it is asked for again.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], pause: float) -> None:
        self._work, self._pause = work, pause
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Let the work be done after what is known now."""
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Do at once what was asked for and not done, and nothing afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._wanted:
            await self._try()

    async def _run(self) -> None:
        try:
            while self._wanted:
                await asyncio.shield(self._try())
                await asyncio.sleep(self._pause)
        finally:
            self._task = None

    async def _try(self) -> None:
        self._wanted = False
        try:
            await self._work()
        except Exception:
            log.exception("The room could not be told what is new.")

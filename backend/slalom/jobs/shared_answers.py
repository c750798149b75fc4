"""What is asked for by many is computed once: equal requests share one computation, while it runs and afterwards.

The answers of a request depend on nothing but the request, so that whoever asks for the same gets the same bytes,
with the number of their own message in them. Everybody who waits stands in line themselves: the first whose turn it is
begins the computation for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from slalom.errors import SlalomError
from slalom.wire.container import read_container, write_container
from slalom.wire.envelope import DONE, FINAL, FRAME

from .fair_queue import Asker
from .worker_pool import LONG, NOBODY, PreviewPool, WarmWorker, waited_enough

WAITING = b"W"
"""How a message to somebody who waits begins; their place in line follows, and it is no answer yet."""
FIRST_TOLD, TOLD_AGAIN = 0.25, 1.0
"""Seconds in line before a place is told, and until it is told again."""
SHAREABLE = {"spec", "cell", "updates"}
"""The kinds of requests whose answers depend on nothing else."""
LARGEST_SHARE = 4
"""An answer is kept where it takes no more than this part of all that may be kept: 4 is a quarter."""

log = logging.getLogger(__name__)


class Answer:
    """What a process says to one request, for all who asked for it."""

    def __init__(self, message: bytes, seconds: float) -> None:
        self.message: bytes = message
        self.seconds: float = seconds
        self.said: list[bytes] = []
        self.size: int = len(message)
        """Bytes that it takes."""
        self.listeners = 0
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent = self.ended = False
        self.error: Exception | None = None
        self.task: asyncio.Task[None] | None = None
        self.news: asyncio.Event = asyncio.Event()

    def add(self, message: bytes) -> None:
        """Take what the process says next."""
        self.said.append(message)
        self.size += len(message)
        self.tell()

    def tell(self) -> None:
        """Wake everybody who listens."""
        self.news.set()
        self.news.clear()

    async def hear(self) -> AsyncGenerator[bytes, None]:
        """Yield all that was said, and what follows; raises what went wrong."""
        heard = 0
        while True:
            while heard < len(self.said):
                heard += 1
                yield self.said[heard - 1]
            if self.ended:
                break
            await self.news.wait()
        if self.error is not None:
            raise self.error


class SharedAnswers:
    """A pool of warm processes whose answers are shared and, up to ``most`` bytes of them, kept.

    Where ``most`` is 0, only what is asked for at the same time is computed once.
    """

    def __init__(self, pool: PreviewPool, most: int = 0) -> None:
        self.pool = pool
        self.shared: int = 0
        """Requests that were answered without a computation of their own."""
        self._most = most
        self._running: dict[bytes, Answer] = {}
        self._kept: dict[bytes, Answer] = {}
        """What was asked for last stands last."""
        self._bytes = 0

    @property
    def waiting(self) -> int:
        """How many callers wait for a free process."""
        return self.pool.waiting

    @property
    def processes(self) -> list[int]:
        """The process ids of those that are there."""
        return self.pool.processes

    def request(
        self,
        kind: str,
        spec: bytes = b"",
        number: int = 0,
        *,
        options: Mapping[str, Any] | None = None,
        asker: Asker = NOBODY,
        seconds: float = 0.0,
        patient: bool = False,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the answers to a request as :meth:`~slalom.jobs.worker_pool.PreviewPool.request` does.

        Who is ``patient`` waits for as long as it takes, and is told their place: a message that begins with
        :data:`WAITING` comes before all others and now and then again.
        """
        if kind in SHAREABLE:
            message = self.pool.written(kind, spec, 0, options)
            return self._shared(message, number, asker, seconds, patient)
        return self.pool.request(kind, spec, number, options=options, asker=asker, seconds=seconds)

    async def _shared(
        self, message: bytes, number: int, asker: Asker, seconds: float, patient: bool
    ) -> AsyncGenerator[bytes, None]:
        answer = self._answer_to(message, seconds)
        answer.listeners += 1
        try:
            if not answer.begun.done():
                async with aclosing(self._in_line(answer, asker, patient)) as places:
                    async for place in places:
                        yield WAITING + str(place).encode()
            async with aclosing(answer.hear()) as messages:
                async for one in messages:
                    yield numbered(one, number)
        finally:
            answer.listeners -= 1
            if not answer.listeners:
                self._forget(answer)

    def _answer_to(self, message: bytes, seconds: float) -> Answer:
        """Return what is computed or kept for a request, or a new answer, which nobody has begun."""
        if (kept := self._kept.pop(message, None)) is not None:
            self._kept[message] = kept
        found = kept or self._running.get(message)
        if found is None:
            found = self._running[message] = Answer(message, seconds)
        else:
            self.shared += 1
        return found

    async def _in_line(self, answer: Answer, asker: Asker, patient: bool) -> AsyncGenerator[int, None]:
        """Begin an answer as soon as it is somebody's turn, unless another began it; yield places on the way."""
        if (worker := self.pool.take(answer.seconds > LONG)) is not None:
            self._begin(answer, worker)
            return
        turn, took = self.pool.join(asker, answer.seconds > LONG), False
        pause = FIRST_TOLD if patient else self.pool.patience
        try:
            while not answer.begun.done():
                await asyncio.wait({turn.given, answer.begun}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if answer.begun.done():
                    break
                if turn.given.done():
                    worker, took = turn.given.result(), True
                    self._begin(answer, worker)
                elif patient:
                    yield self.pool.place(turn)
                    pause = TOLD_AGAIN
                else:
                    raise waited_enough(pause or 0.0, self.pool.place(turn))
        finally:
            if not took:
                self.pool.give_up(turn)

    def _begin(self, answer: Answer, worker: WarmWorker) -> None:
        def release(task: asyncio.Task[None]) -> None:
            if not answer.sent:  # Cancelled before it ran.
                self.pool.give_back(worker)

        answer.task = asyncio.create_task(self._compute(answer, worker))
        answer.task.add_done_callback(release)
        answer.begun.set_result(None)

    async def _compute(self, answer: Answer, worker: WarmWorker) -> None:
        answer.sent = True
        try:
            async with aclosing(self.pool.answers(worker, answer.message, answer.seconds)) as messages:
                async for message in messages:
                    answer.add(message)
        except SlalomError as error:
            answer.error = error
        except Exception as error:
            log.exception("A computation failed.")
            answer.error = error
        finally:
            answer.ended = True
            self._forget(answer)
            if answer.said and answer.said[-1][:1] == DONE:
                self._keep(answer)
            answer.tell()

    def _forget(self, answer: Answer) -> None:
        """Let nobody else join what has ended, or what nobody waits for any more, and stop that."""
        if self._running.get(answer.message) is answer:
            del self._running[answer.message]
        if answer.task is not None and not answer.ended:
            answer.task.cancel()

    def _keep(self, answer: Answer) -> None:
        if answer.size * LARGEST_SHARE > self._most:
            return
        if (former := self._kept.pop(answer.message, None)) is not None:
            self._bytes -= former.size
        self._kept[answer.message] = answer
        self._bytes += answer.size
        while self._bytes > self._most:
            self._bytes -= self._kept.pop(next(iter(self._kept))).size

    async def close(self) -> None:
        """End the processes, and answer those who wait with :class:`Busy`."""
        await self.pool.close()
        for answer in [*self._running.values()]:
            if answer.task is not None:
                with suppress(asyncio.CancelledError):
                    await answer.task


def numbered(message: bytes, number: int) -> bytes:
    """Return an answer to message 0 as one to message ``number``, as if a process had been told that number."""
    if number == 0:
        return message
    if message[:1] == FRAME:
        header, body = read_container(memory := message[1:])
        return FRAME + write_container(header | {"request": number}, memory[body:])
    if message[:1] in FINAL:
        return message.replace(b'{"request":0', b'{"request":%d' % number, 1)
    return message

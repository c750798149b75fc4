"""Processes kept ready for what must answer at once: simulations and previews."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any

from slalom.errors import Busy, SlalomError, TookTooLong
from slalom.logs import as_event
from slalom.wire.envelope import FINAL, STOP, WorkerRequest, write_request

from .deaths import note_death
from .fair_queue import Asker, FairQueue, Turn
from .worker_main import READY, end, launch, serve_forks

PREVIEW_ENTRY = "slalom.engine.preview_worker:serve_previews"
LONG = 0.2
"""Seconds beyond which a request is long: one process is always kept free of such, so that others need not wait."""
OVERDUE, SLACK = 10, 30.0
"""A request may take so many times what was estimated, and so many seconds: what it needs may be imported first."""
STOP_SECONDS = 1.0
"""Seconds that a worker has to stop before it is killed."""
SMALL_WORK = 32 * 1024
"""Bytes that a pipe takes at once, even where its reader is stuck."""
LONGEST_RETRY = 30
"""Seconds after which somebody who waited in vain is asked to come back, at most."""
LONGEST_RESTART_PAUSE = 8.0
"""Seconds to wait at most before the next try where workers die before they are ready."""

NOBODY = Asker()
"""The server itself."""

log = logging.getLogger(__name__)


class PreviewPool:
    """A few processes that answer one request at a time, each with ``entry(connection)``.

    Belongs to the event loop on which :meth:`start` is called. At most ``waiting`` callers wait for a free process, of
    one client at most ``waiting_each``, and take turns. One process is kept free of long requests; where there is only
    one, it takes them as it takes others, and who asks for something short may wait for the end of one.
    """

    def __init__(
        self,
        size: int = 2,
        *,
        entry: str = PREVIEW_ENTRY,
        waiting: int = 32,
        waiting_each: int | None = None,
        patience: float | None = None,
        store: str = "",
        address_space: int | None = None,
    ) -> None:
        """``store`` is the URL of the store from which the processes read snapshots and users' data.

        ``patience`` is how many seconds somebody waits for a process, unless they are told their place meanwhile.
        ``address_space`` limits each process's memory, in bytes.
        """
        self.entry: str = entry
        self.address_space: int | None = address_space
        self.patience: float | None = patience
        self._store = store
        self._size, self._most_long = size, max(1, size - 1)
        self._workers: set[WarmWorker] = set()
        self._idle: deque[WarmWorker] = deque()
        self._line = FairQueue(waiting, waiting_each)
        self._draining: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._closed = False

    def start(self) -> None:
        """Start the processes in the background; requests wait until one is ready."""
        for _ in range(self._size):
            self._workers.add(WarmWorker(self, delay=0.0))

    async def close(self) -> None:
        """End the processes, and answer those who wait with :class:`Busy`."""
        self._closed = True
        self._line.refuse("The server is stopping. Try again when it is back.")
        for task in self._draining:
            task.cancel()
        await asyncio.gather(*(asyncio.to_thread(worker.close) for worker in self._workers))

    async def request(
        self,
        kind: str,
        spec: bytes = b"",
        number: int = 0,
        *,
        options: Mapping[str, Any] | None = None,
        asker: Asker = NOBODY,
        seconds: float = 0.0,
    ) -> AsyncGenerator[bytes, None]:
        """Send a request to a free process and yield its answers, as :mod:`slalom.wire.envelope` has them.

        ``kind`` is one of those that the processes know, ``spec`` JSON, and ``options`` what that kind takes besides;
        ``number`` comes back in every answer. ``asker`` takes turns with others, and ``seconds`` says about how long it
        will take. Close the generator (``contextlib.aclosing``) to stop the process.

        Raises :class:`Busy` where too many wait already, where the process dies, and after some patience;
        :class:`TookTooLong` where it is stopped because it computes far longer than was estimated.
        """
        message = self.written(kind, spec, number, options)
        answers = self.answers(await self._acquire(asker, seconds > LONG), message, seconds)
        async with aclosing(answers):
            async for answer in answers:
                yield answer

    def written(self, kind: str, spec: bytes, number: int, options: Mapping[str, Any] | None) -> bytes:
        """Return a request as a process reads it."""
        return write_request(WorkerRequest(kind, spec, number, self._store, options or {}))

    async def answers(self, worker: WarmWorker, message: bytes, seconds: float) -> AsyncGenerator[bytes, None]:
        """Send a request to a process that was taken and yield its answers; the process is free again afterwards."""
        sent = finished = False
        try:
            worker.expect(SLACK + OVERDUE * seconds)
            await worker.send(message)
            sent = True
            while not finished:
                answer = await worker.messages.get()
                if answer is None:
                    raise worker.why_dead
                finished = answer[:1] in FINAL
                yield answer
        finally:
            self._release(worker, sent, finished)

    @property
    def waiting(self) -> int:
        """How many callers wait for a free process."""
        return len(self._line)

    @property
    def processes(self) -> list[int]:
        """The process ids of those that are there."""
        return sorted(worker.pid for worker in self._workers if worker.pid is not None and not worker.dead)

    def take(self, long: bool) -> WarmWorker | None:
        """Return a process that is free for something short or ``long``; None where one must be waited for."""
        return self._taken(long) if self._idle and (self._may_be_long or not long) else None

    def join(self, asker: Asker, long: bool) -> Turn:
        """Wait in line: ``given`` becomes a process. Raises :class:`Busy` where too many wait already."""
        if self._closed:
            raise Busy("The server is stopping. Try again when it is back.")
        return self._line.join(asker, long)

    def give_back(self, worker: WarmWorker) -> None:
        """Let others have a process that was taken and not used."""
        self._give(worker)

    def place(self, turn: Turn) -> int:
        """Return the place in line: 1 is next, 0 waits no longer."""
        return self._line.place(turn)

    def give_up(self, turn: Turn) -> None:
        """Leave the line; a process that was given is free again."""
        self._line.leave(turn)
        if not turn.given.done():
            turn.given.cancel()
        elif not turn.given.cancelled() and turn.given.exception() is None:
            self._give(turn.given.result())

    async def _acquire(self, asker: Asker, long: bool) -> WarmWorker:
        if (worker := self.take(long)) is not None:
            return worker
        turn = self.join(asker, long)
        try:
            async with asyncio.timeout(self.patience):
                return await turn.given
        except (asyncio.CancelledError, TimeoutError) as stopped:
            place = self.place(turn)
            self.give_up(turn)
            if isinstance(stopped, TimeoutError) and self.patience is not None:
                raise waited_enough(self.patience, place) from None
            raise

    @property
    def _may_be_long(self) -> bool:
        return sum(worker.long for worker in self._workers) < self._most_long

    def _taken(self, long: bool) -> WarmWorker:
        """Return an idle process: the last one that answered, for what it needs is imported and in the cache."""
        worker = self._idle.pop()
        worker.long = long
        return worker

    def _release(self, worker: WarmWorker, sent: bool, finished: bool) -> None:
        if finished:
            self._give(worker)
        elif sent and not worker.dead:
            task = asyncio.get_running_loop().create_task(self._drain(worker))
            self._draining.add(task)
            task.add_done_callback(self._draining.discard)
        else:
            # Half a message may be in the pipe: nothing that is sent now would be understood.
            worker.kill()

    async def _drain(self, worker: WarmWorker) -> None:
        await worker.send(STOP)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                answer = await worker.messages.get()
                while answer is not None and answer[:1] not in FINAL:
                    answer = await worker.messages.get()
        except TimeoutError:
            worker.kill()
        else:
            self._give(worker)

    def _give(self, worker: WarmWorker) -> None:
        worker.long = False
        if not worker.dead and not self._closed:
            self._idle.append(worker)
        self._serve()

    def _serve(self) -> None:
        """Give idle processes to those who wait, as far as they may have them."""
        while self._idle and (turn := self._line.next(self._may_be_long)):
            if not turn.given.done():
                turn.given.set_result(self._taken(turn.long))

    def became_ready(self, worker: WarmWorker) -> None:
        """Take a worker into use; called on the event loop."""
        self._failures = 0
        self._give(worker)

    def died(self, worker: WarmWorker) -> None:
        """Put another worker in its place; called on the event loop."""
        self._workers.discard(worker)  # And with it what it counted for, if it was long.
        if worker in self._idle:
            self._idle.remove(worker)
        if self._closed:
            return
        worker.note_death()
        if not worker.ready:
            self._failures += 1
            log.error(
                "A process for simulations died before it was ready, %d times in a row.",
                self._failures,
                extra=as_event("no_worker"),
            )
            if not any(other.ready for other in self._workers):
                self._line.refuse("The processes for simulations cannot start; the server's log says why.")
        delay = min(0.25 * 2**self._failures, LONGEST_RESTART_PAUSE) if self._failures else 0.0
        self._workers.add(WarmWorker(self, delay))
        self._serve()


def waited_enough(seconds: float, place: int) -> Busy:
    """Return what somebody is told who has waited so long, and is at this place in line."""
    sentence = (
        f"After {seconds:.0f} s in line there was no free process for this simulation; {place - 1} would be computed "
        "before it. Ask again in a few seconds."
    )
    return Busy(sentence, max(2, min(place, LONGEST_RETRY)), place)


class WarmWorker:
    """One process, and the thread that starts it and reads from it; everything else happens on the event loop."""

    def __init__(self, pool: PreviewPool, delay: float) -> None:
        self._pool, self._delay = pool, delay
        self._loop = asyncio.get_running_loop()
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        """What the process says; None once it is dead."""
        self.ready = self.dead = self.long = False
        self._alarm: asyncio.TimerHandle | None = None
        self._killed = False
        self._late: float | None = None
        """Seconds after which it was killed because it had not answered."""
        self._closing = threading.Event()
        context = multiprocessing.get_context("spawn")
        self._connection, self._theirs = context.Pipe()
        given = (pool.entry, self._theirs, pool.address_space)
        self._process = context.Process(target=serve_forks, args=given, name="slalom warm worker")
        self._thread = threading.Thread(target=self._live, name="slalom warm worker", daemon=True)
        self._thread.start()

    async def send(self, message: bytes) -> None:
        """Write to the process; in a thread where the pipe could fill up and the write would wait."""
        try:
            if len(message) <= SMALL_WORK:
                self._connection.send_bytes(message)
            else:
                await asyncio.to_thread(self._connection.send_bytes, message)
        except OSError:
            self.kill()

    def expect(self, seconds: float) -> None:
        """Kill the process if it has not said its last word in so many seconds."""
        self._alarm = self._loop.call_later(seconds, self._be_late, seconds)

    def _be_late(self, seconds: float) -> None:
        log.error(
            "A simulation took longer than %.0f s and was stopped.", seconds, extra=as_event("simulation_stopped")
        )
        self._late = seconds
        self.kill()

    @property
    def why_dead(self) -> SlalomError:
        """What its asker is told."""
        if self._late is None:
            return Busy("The process that computed this died. Try again; the server's log says why.")
        return TookTooLong(self._late)

    @property
    def pid(self) -> int | None:
        """Its process id, None before there is a process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process at once; its thread notices and says so."""
        self._killed = True
        if self._process.pid is not None:
            self._process.kill()

    def note_death(self) -> None:
        """Write to the log of what the process has died, unless it was killed here."""
        if not self._killed and self._process.pid is not None:
            note_death("simulations", self._process)

    def close(self) -> None:
        """End the process and wait for it."""
        self._closing.set()
        self.kill()
        self._thread.join()

    def _live(self) -> None:
        if not self._closing.wait(self._delay):
            launch(self._process)
        self._theirs.close()
        try:
            while not self._closing.is_set():
                self._post(self._hear, self._connection.recv_bytes())
        except (EOFError, OSError):
            log.debug("A warm worker ended.")
        self._connection.close()
        if self._process.pid is not None:
            end(self._process, STOP_SECONDS)
        self._post(self._hear, None)

    def _post(self, call: Callable[[bytes | None], None], message: bytes | None) -> None:
        try:
            self._loop.call_soon_threadsafe(call, message)
        except RuntimeError:
            log.debug("The event loop ended before a warm worker.")

    def _hear(self, message: bytes | None) -> None:
        if self._alarm is not None and (message is None or message[:1] in FINAL):
            self._alarm.cancel()
        if message is None:
            self.dead: bool = True
            self.messages.put_nowait(None)
            self._pool.died(self)
        elif self.ready:
            self.messages.put_nowait(message)
        elif message == READY:
            self.ready: bool = True
            self._pool.became_ready(self)

"""Processes kept ready for what must answer at once: simulations and previews."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any

from slalom.errors import Busy
from slalom.jobs.trampoline import READY, end, launch, serve

ENTRY = "slalom.engine.interactive:serve"
STOP = b""
"""Sent to a worker whose request is no longer wanted; a worker that is idle ignores it."""
FINAL = (b"D", b"S", b"E")
"""How the last message of a request begins: done, superseded, error. Frames begin with b"F"."""
OBEY = 1.0
"""Seconds that a worker has to stop before it is killed."""
SMALL = 32 * 1024
"""Bytes that a pipe takes at once, even where its reader is stuck."""
LONGEST_PAUSE = 8.0
"""Seconds to wait at most before the next try where workers die before they are ready."""

log = logging.getLogger(__name__)


class WarmPool:
    """A few processes that answer one request at a time, each with ``entry(connection)``.

    Belongs to the event loop on which :meth:`start` is called. At most ``waiting`` callers wait for a free process.
    """

    def __init__(self, size: int = 2, *, entry: str = ENTRY, waiting: int = 32, store: str = "") -> None:
        """``store`` is the URL of the store from which the processes read snapshots and users' data."""
        self.entry, self._store = entry, json.dumps(store).encode()
        self._size, self._most_waiting = size, waiting
        self._workers: set[_Worker] = set()
        self._idle: deque[_Worker] = deque()
        self._waiting: deque[asyncio.Future[_Worker]] = deque()
        self._draining: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._closed = False

    def start(self) -> None:
        """Start the processes in the background; requests wait until one is ready."""
        for _ in range(self._size):
            self._workers.add(_Worker(self, delay=0.0))

    async def close(self) -> None:
        """End the processes, and answer those who wait with :class:`Busy`."""
        self._closed = True
        self._refuse("The server is stopping. Try again when it is back.")
        for task in self._draining:
            task.cancel()
        await asyncio.gather(*(asyncio.to_thread(worker.close) for worker in self._workers))

    def run(self, spec: bytes | dict[str, Any], request: int = 0) -> AsyncGenerator[bytes, None]:
        """Send a spec to a free process and yield its answers: b"F" + frame, and at last one of :data:`FINAL` + JSON.

        ``request`` comes back in every answer. Close the generator (``contextlib.aclosing``) to stop the process.
        Raises :class:`Busy` where too many wait already, and where the process dies.
        """
        return self._ask(b"spec", spec, request)

    def view(self, wish: dict[str, Any], request: int = 0) -> AsyncGenerator[bytes, None]:
        """Send the wish for a view, as :meth:`run` sends a spec; its answers are one b"F" + bundle, and a last one."""
        return self._ask(b"view", wish, request)

    def cell(self, order: dict[str, Any], request: int = 0) -> AsyncGenerator[bytes, None]:
        """Send a map and the number of a cell, ``{"map": spec, "cell": n}``: its run comes back as from :meth:`run`."""
        return self._ask(b"cell", order, request)

    def closely(self, wish: dict[str, Any], request: int = 0) -> AsyncGenerator[bytes, None]:
        """Send the wish to look at some updates of a run, as :meth:`run` sends a spec; there is one answer."""
        return self._ask(b"closely", wish, request)

    async def _ask(self, what: bytes, order: bytes | dict[str, Any], request: int) -> AsyncGenerator[bytes, None]:
        text = order if isinstance(order, bytes) else json.dumps(order, separators=(",", ":")).encode()
        worker = await self._acquire()
        sent = finished = False
        try:
            await worker.send(b'{"request":%d,"store":%b,"%b":%b}' % (request, self._store, what, text))
            sent = True
            while not finished:
                answer = await worker.messages.get()
                if answer is None:
                    raise Busy("The process that computed this died. Try again; the server's log says why.")
                finished = answer[:1] in FINAL
                yield answer
        finally:
            self._release(worker, sent, finished)

    @property
    def waiting(self) -> int:
        """How many callers wait for a free process."""
        return len(self._waiting)

    async def _acquire(self) -> _Worker:
        if self._idle:
            return self._idle.pop()  # The last one that answered: what it needs is imported and in the cache.
        if self._closed or len(self._waiting) >= self._most_waiting:
            raise Busy(f"{len(self._waiting)} simulations wait already. Try again in a few seconds.")
        turn: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            elif turn.exception() is None:
                self._give(turn.result())
            raise

    def _release(self, worker: _Worker, sent: bool, finished: bool) -> None:
        if finished:
            self._give(worker)
        elif sent and not worker.dead:
            task = asyncio.get_running_loop().create_task(self._drain(worker))
            self._draining.add(task)
            task.add_done_callback(self._draining.discard)
        else:
            # Half a message may be in the pipe: nothing that is sent now would be understood.
            worker.kill()

    async def _drain(self, worker: _Worker) -> None:
        await worker.send(STOP)
        try:
            async with asyncio.timeout(OBEY):
                answer = await worker.messages.get()
                while answer is not None and answer[:1] not in FINAL:
                    answer = await worker.messages.get()
        except TimeoutError:
            worker.kill()
        else:
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        if worker.dead or self._closed:
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def became_ready(self, worker: _Worker) -> None:
        """Take a worker into use; called on the event loop."""
        self._failures = 0
        self._give(worker)

    def died(self, worker: _Worker) -> None:
        """Put another worker in its place; called on the event loop."""
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if self._closed:
            return
        if not worker.ready:
            self._failures += 1
            log.error("A process for simulations died before it was ready, %d times in a row.", self._failures)
            if not any(other.ready for other in self._workers):
                self._refuse("The processes for simulations cannot start; the server's log says why.")
        delay = min(0.25 * 2**self._failures, LONGEST_PAUSE) if self._failures else 0.0
        self._workers.add(_Worker(self, delay))

    def _refuse(self, reason: str) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(Busy(reason))


class _Worker:
    """One process, and the thread that starts it and reads from it; everything else happens on the event loop."""

    def __init__(self, pool: WarmPool, delay: float) -> None:
        self._pool, self._delay = pool, delay
        self._loop = asyncio.get_running_loop()
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        """What the process says; None once it is dead."""
        self.ready = self.dead = False
        self._closing = threading.Event()
        context = multiprocessing.get_context("spawn")
        self._connection, self._theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(pool.entry, self._theirs), name="slalom warm worker")
        self._thread = threading.Thread(target=self._live, name="slalom warm worker", daemon=True)
        self._thread.start()

    async def send(self, message: bytes) -> None:
        """Write to the process; in a thread where the pipe could fill up and the write would wait."""
        try:
            if len(message) <= SMALL:
                self._connection.send_bytes(message)
            else:
                await asyncio.to_thread(self._connection.send_bytes, message)
        except OSError:
            self.kill()

    def kill(self) -> None:
        """End the process at once; its thread notices and says so."""
        if self._process.pid is not None:
            self._process.kill()

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
            end(self._process, OBEY)
        self._post(self._hear, None)

    def _post(self, call: Callable[[bytes | None], None], message: bytes | None) -> None:
        try:
            self._loop.call_soon_threadsafe(call, message)
        except RuntimeError:
            log.debug("The event loop ended before a warm worker.")

    def _hear(self, message: bytes | None) -> None:
        if message is None:
            self.dead = True
            self.messages.put_nowait(None)
            self._pool.died(self)
        elif self.ready:
            self.messages.put_nowait(message)
        elif message == READY:
            self.ready = True
            self._pool.became_ready(self)

"""Several processes that compute the tiles of one map: forked from its worker, and gone as soon as it is.

The worker hands out numbers of tasks, one more to whoever has finished, and appends what comes back: one process
writes, so chunks are numbered without gaps. What a task is, the forked processes know already.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import numpy as np

from slalom.errors import SlalomError
from slalom.unexpected import unexpected_error_message

WAIT_SECONDS = 0.05
"""Seconds between two signs of life."""
KILLED = (
    "A process that computed a part of the map was killed, perhaps because memory ran out. "
    "What is done is kept; ask for fewer cells or for fewer steps."
)

Compute = Callable[[int], np.ndarray]
"""Returns what a task gives, from its number."""

log = logging.getLogger(__name__)


class ProcessPoolError(SlalomError):
    """A process that computed tasks died, or its task failed."""


def available_cores() -> int:
    """Return how many processes can compute at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_processes(
    count: int, compute: Compute, alive: Callable[[], object], processes: int | None = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield number and result of every task as they are done, in about their order.

    ``alive`` is called about twenty times a second, and may end it by raising. Where one process is wanted, or forking
    is impossible (Windows), it is this one.

    Raises ProcessPoolError where a process dies, and with what a task said was wrong.
    """
    wanted = min(count, available_cores() if processes is None else processes)
    if wanted <= 1 or not hasattr(os, "fork"):
        for number in range(count):
            alive()
            yield number, compute(number)
        return
    with _crew(wanted, compute) as members:
        yield from _share(count, members, alive)


def _share(count: int, members: list[Connection], alive: Callable[[], object]) -> Iterator[tuple[int, np.ndarray]]:
    waiting = iter(range(count))
    busy: dict[Connection, int] = {}
    for member in members:
        _hand_out(member, waiting, busy)
    while busy:
        alive()
        for ready in wait([*busy], WAIT_SECONDS):
            member: Connection = ready  # type: ignore[assignment]
            try:
                found = member.recv()
            except (EOFError, OSError):
                raise ProcessPoolError(KILLED) from None
            if isinstance(found, Exception):
                raise found
            number = busy.pop(member)
            _hand_out(member, waiting, busy)
            yield number, found


def _hand_out(member: Connection, waiting: Iterator[int], busy: dict[Connection, int]) -> None:
    number = next(waiting, None)
    if number is None:
        return
    try:
        member.send(number)
    except OSError:
        raise ProcessPoolError(KILLED) from None
    busy[member] = number


@contextmanager
def _crew(size: int, compute: Compute) -> Iterator[list[Connection]]:
    """Fork so many processes, and end them at once in the end."""
    context = multiprocessing.get_context("fork")
    members: list[tuple[BaseProcess, Connection]] = []
    try:
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, [ours, *(one for _, one in members)], compute))
            with warnings.catch_warnings():
                # The other threads of a worker wait for its server to end, and beat: who is forked needs neither.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            theirs.close()
            members.append((process, ours))
        yield [connection for _, connection in members]
    finally:
        for process, connection in members:
            process.kill()
            connection.close()
        for process, _ in members:
            process.join()


def _serve(inbox: Connection, not_mine: list[Connection], compute: Compute) -> None:
    """Compute tasks until nobody asks for more."""
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    for connection in not_mine:
        connection.close()
    while True:
        try:
            number = inbox.recv()
        except (EOFError, OSError):
            os._exit(0)
        inbox.send(_answer(compute, number))


def _answer(compute: Compute, number: int) -> np.ndarray | Exception:
    try:
        return compute(number)
    except MemoryError:
        return MemoryError()
    except SlalomError as error:
        return ProcessPoolError(str(error))
    except Exception as error:
        log.exception("A part of a map failed.")
        return ProcessPoolError(unexpected_error_message(error))


def _end_with_the_worker() -> None:
    worker = parent_process()
    assert worker is not None
    wait([worker.sentinel])
    os._exit(0)

"""What is said can't fail what was computed: where it can't be made, the log is told, and a sentence says so."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)


class Cancelled(BaseException):
    """Nobody waits for it any more. No Exception, as in asyncio: what catches faults has to let it pass."""


_Thing = TypeVar("_Thing")
_Answer = TypeVar("_Answer")

_told: set[tuple[str, int, str]] = set()
"""The places that have failed: file, line, kind of error."""


def attempt(what: str, make: Callable[[], _Answer], instead: Callable[[str], _Answer]) -> _Answer:
    """Return what ``make`` returns; where it raises, what ``instead`` makes of the sentence that says so.

    ``what`` begins that sentence. The traceback is logged, once for every place that fails: a request that can be
    repeated must not fill the log. Memory that ran out is not caught, nor whatever is no Exception: interrupts, exits,
    and the cancellation of what nobody waits for any more.
    """
    try:
        return make()
    except Exception as error:
        if is_out_of_memory(error):
            raise
        _log(what, error)
        name = type(error).__name__
        return instead(f"{what} could not be determined: a fault of Slalom, whose log says more ({name}).")


def _log(what: str, error: Exception) -> None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = type(error).__name__
    place = ("", 0, name) if trace is None else (trace.tb_frame.f_code.co_filename, trace.tb_lineno, name)
    if place not in _told:
        _told.add(place)
        log.error("%s could not be determined. Later failures of this kind are not logged again.", what, exc_info=error)


class Judged(Generic[_Thing]):
    """Something that follows a computation and is asked about it.

    Once it has failed, what it remembers can't be trusted: it is asked nothing any more.
    """

    def __init__(self, what: str, make: Callable[[], _Thing]) -> None:
        """``what`` begins the sentence that says that it failed; ``make`` makes it when it is first asked."""
        self._what, self._make, self._lost = what, make, ""
        self._made: list[_Thing] = []

    def ask(self, question: Callable[[_Thing], _Answer], instead: Callable[[str], _Answer]) -> _Answer:
        """Return the answer to a question, or what ``instead`` makes of the sentence that there is none."""
        if self._lost:
            return instead(self._lost)
        return attempt(self._what, lambda: question(self._thing()), lambda why: self._lose(why, instead))

    def _thing(self) -> _Thing:
        self._made = self._made or [self._make()]
        return self._made[0]

    def _lose(self, why: str, instead: Callable[[str], _Answer]) -> _Answer:
        self._lost = why
        return instead(why)


NO_MEMORY = (
    "There was not enough memory for this (out of memory). Ask for fewer runs, fewer steps or a smaller network."
)
"""What somebody is told whose experiment needs more memory than there is."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out; PyTorch raises RuntimeError for that, the system OSError.

    >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"))
    True
    """
    if isinstance(error, MemoryError):
        return True
    told = str(error) if isinstance(error, RuntimeError | OSError) else ""
    return re.search("allocate memory|out of memory", told) is not None


_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (
        ArithmeticError,
        "A number became too large to be computed with, or was divided by zero. Take a smaller learning rate, or start "
        "somewhere else.",
    ),
    (OSError, "The worker lost its connection to the server. Start it again; what is stored stays."),
)


def unexpected_error_message(error: Exception) -> str:
    """Return a sentence for the person who asked, and where the rest is told.

    >>> unexpected_error_message(MemoryError())
    'There was not enough memory for this (out of memory). Ask for fewer runs, fewer steps or a smaller network.'
    >>> unexpected_error_message(KeyError("momentum_buffer"))
    "This is a fault of Slalom, not yours (KeyError). The server's log says more; other settings may still work."
    """
    if is_out_of_memory(error):
        return NO_MEMORY
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    name = type(error).__name__
    return f"This is a fault of Slalom, not yours ({name}). The server's log says more; other settings may still work."

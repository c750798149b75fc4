"""How a process ended that nobody had asked to end: in words, and in the log."""

from __future__ import annotations

import logging
import signal
from multiprocessing.process import BaseProcess

from slalom.logs import as_event

log = logging.getLogger(__name__)


def describe_death(code: int) -> str:
    """Return how a process ended, from its exit code.

    >>> describe_death(-9)
    'was killed by signal 9 (SIGKILL)'
    """
    if code >= 0:
        return f"ended with exit code {code}"
    if code == -getattr(signal, "SIGXCPU", 0):
        return "used more processor time than this installation allows for one experiment"
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:
        name = ""
    return f"was killed by signal {-code}{name}"


def note_death(task: str, process: BaseProcess, experiment: str | None = None) -> None:
    """Log that a process for ``task`` has died, and of what; one that has ended well is not worth a line."""
    if code := process.exitcode:
        of = {"signal": -code} if code < 0 else {"exit_code": code}
        event = as_event("worker_died", experiment=experiment, pid=process.pid, **of)
        log.warning("A process for %s %s.", task, describe_death(code), extra=event)

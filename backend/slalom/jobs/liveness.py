"""Does a worker live? Judged by its beats in the store, and by the CPU time that its processes use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

QUIET = 2.0
"""Seconds without a beat after which CPU time is asked for: a worker that computes beats about once a second."""
IDLE_CPU = 0.03
"""CPU seconds that are no sign of life: a process that only waits uses as many in minutes."""
OBSESSED = 12
"""Times its patience in CPU seconds that a worker may compute without a beat, by default a minute.

A thread of the worker beats while others compute, so without beats one of them holds the interpreter: a loop in C that
may not end. Seconds of CPU, for they pass no faster where many share a processor.
"""

PROCESSES = Path("/proc")
GROUP, USED, RESIDENT = 2, slice(11, 15), 21
"""Where ``/proc/*/stat`` has the process group, the CPU time of a process and its ended children, and its pages."""


class ProcessUsage(NamedTuple):
    """What a process group uses."""

    seconds: float
    """CPU time so far."""
    bytes: int
    """Memory that is resident; pages that its processes share count for each."""


def usage_of(groups: Collection[int]) -> dict[int, ProcessUsage]:
    """Return what process groups use, as far as the system tells.

    A worker leads a group, in which are the processes that it forks.
    """
    ticks, pages = dict.fromkeys(groups, 0), dict.fromkeys(groups, 0)
    if not groups or not (PROCESSES / "self/stat").exists():
        return {}
    for fields in _stats():
        if (group := int(fields[GROUP])) in ticks:
            ticks[group] += sum(map(int, fields[USED]))
            pages[group] += int(fields[RESIDENT])
    second, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return {group: ProcessUsage(ticks[group] / second, pages[group] * page) for group in groups}


def seconds_of(group: int) -> float | None:
    """Return the CPU seconds that a process group has used, None where the system does not tell."""
    used = usage_of([group])
    return used[group].seconds if used else None


def _stats() -> Iterator[list[str]]:
    """Yield what the system tells of every process: the fields behind its name, which may contain anything."""
    for place in PROCESSES.iterdir():
        if place.name.isdigit():
            try:
                yield (place / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # It has just ended.


@dataclass
class Liveness:
    """The life of one worker, seen on this process's own clock: those of other processes differ and jump.

    Without a beat, and without using CPU time, it hangs after ``patience`` seconds; with it, see :data:`OBSESSED`.
    """

    patience: float
    beat: float | None = None
    beaten: float = field(default_factory=time.monotonic)
    """When its last beat was seen."""
    stirred: float = field(default_factory=time.monotonic)
    """When it was last seen to beat or to compute."""
    used: float | None = None
    """CPU seconds when it last stirred."""
    before: float | None = None
    """CPU seconds when they were first asked for after its last beat."""

    def feel(self, beat: float, used: Callable[[], float | None]) -> None:
        """Take note of a beat, if it is another one than the last; else of ``used``, which is asked only if need be."""
        if beat != self.beat:
            self.beat = beat
            self.rest()
        elif time.monotonic() - self.beaten > min(QUIET, self.patience / 2):
            self._strain(used())

    def rest(self) -> None:
        """Count silence from now on only: no beat was expected, or nobody could have heard one."""
        self.beaten = self.stirred = time.monotonic()
        self.used = self.before = None

    def _strain(self, used: float | None) -> None:
        if used is None:
            self.used = self.before = None
        elif self.used is None:
            self.used = self.before = used
            # One look shows no work. Where it comes late, a second one half its patience later decides.
            self.stirred = max(self.stirred, time.monotonic() - self.patience / 2)
        elif used - self.used > IDLE_CPU:
            self.used, self.stirred = used, time.monotonic()

    @property
    def why_hung(self) -> str | None:
        """Why it counts as hung, in words; None where it lives."""
        if time.monotonic() - self.stirred > self.patience:
            return f"The worker gave no sign of life for {self.patience:g} s (timeout)"
        most = OBSESSED * self.patience
        if self.used is not None and self.before is not None and self.used - self.before > most:
            return f"The worker gave no sign of life, though it was computing, for {most:g} s (timeout)"
        return None

"""Who wants to know of jobs: told by the supervisor when an experiment is queued, begins and ends."""

from __future__ import annotations

import logging
import time

from slalom.logs import as_event

log = logging.getLogger(__name__)


class JobListener:
    """Is told what becomes of experiments, from any thread, and does nothing about it."""

    def queued(self, id: str, kind: str) -> None:
        """Hear that an experiment of a kind waits for a process."""

    def began(self, id: str) -> None:
        """Hear that it has one."""

    def ended(self, id: str, status: str, steps: int, error: str | None) -> None:
        """Hear that its process has ended: its final status, the updates it made, and what went wrong.

        The status is ``lost`` where another process goes on with it.
        """


class JobListeners(JobListener):
    """Several, of which each is told everything."""

    def __init__(self, *listeners: JobListener) -> None:
        self.listeners = listeners

    def queued(self, id: str, kind: str) -> None:
        """Tell that an experiment waits."""
        for listener in self.listeners:
            listener.queued(id, kind)

    def began(self, id: str) -> None:
        """Tell that it has a process."""
        for listener in self.listeners:
            listener.began(id)

    def ended(self, id: str, status: str, steps: int, error: str | None) -> None:
        """Tell that its process has ended."""
        for listener in self.listeners:
            listener.ended(id, status, steps, error)


class JobLog(JobListener):
    """Writes to the log what becomes of experiments; one that failed is a warning."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def queued(self, id: str, kind: str) -> None:
        """Write that an experiment waits; the log adds who asked for it."""
        log.info("An experiment waits.", extra=as_event("experiment_queued", experiment=id, kind=kind))

    def began(self, id: str) -> None:
        """Write that it has a process."""
        self._began[id] = time.monotonic()
        log.info("An experiment has a process.", extra=as_event("experiment_started", experiment=id))

    def ended(self, id: str, status: str, steps: int, error: str | None) -> None:
        """Write how it ended, after how many seconds and updates."""
        began = self._began.pop(id, None)
        seconds = None if began is None else round(time.monotonic() - began, 3)
        about = as_event("experiment_ended", experiment=id, status=status, seconds=seconds, steps=steps)
        level = logging.WARNING if status in ("failed", "lost") else logging.INFO
        log.log(level, error or "An experiment has ended.", extra=about)

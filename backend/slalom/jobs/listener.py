"""Who wants to know of jobs: told by the supervisor when an experiment is queued, begins and ends."""

from __future__ import annotations


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

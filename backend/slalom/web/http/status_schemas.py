"""The shapes of answers about a server: what waits, what computes, what is stored, and what went wrong."""

from __future__ import annotations

from typing import Literal

from .answer import AnswerModel


class QueueStatus(AnswerModel):
    """What waits to be computed, of all servers on the store."""

    queued: int
    running: int
    paused: int
    most: int
    """How many may be queued, running or paused."""
    oldest_wait: float | None
    """Seconds that the first of those that are queued has waited; null where none is."""
    simulations_waiting: int
    """Simulations and previews that wait for a process of this server."""


class WorkerStatus(AnswerModel):
    """A process of this server that computes, or waits to."""

    task: Literal["experiment", "simulations"]
    """An experiment of the store, or what is answered at once."""
    experiment: str | None
    name: str | None
    """What the experiment is called."""
    pid: int | None
    """null as long as the process is not ready, and where it is on another machine."""
    cpu_seconds: float | None
    """CPU time that it and the processes it forked have used; null where the system does not tell."""
    memory_bytes: int | None
    """Memory that they hold; what they share counts for each."""


class StoreBounds(AnswerModel):
    """The limits that hold; null is none."""

    store_bytes: int | None
    """Of everything together."""
    store_bytes_per_client: int | None
    """Of what one visitor stored."""
    free_bytes: int | None
    """What the disk of a SQLite store keeps free."""


class StoreStatus(AnswerModel):
    """How much is stored, and how much may be."""

    kind: Literal["sqlite", "postgresql"]
    experiments: int
    """How many there are, those that were deleted within the hour included."""
    taken_bytes: int
    """Bytes that experiments and uploaded files take or may yet take."""
    file_bytes: int
    """Bytes of the database itself."""
    free_bytes: int | None
    """Bytes that the disk of a SQLite store has left; null for others."""
    bounds: StoreBounds
    unread_seconds: float
    """Seconds since the store could be read for streams; 0 where all is well."""


class ViewerStatus(AnswerModel):
    """Who watches streams of this server."""

    count: int
    behind_frames: int
    """Frames that the slowest of them has yet to be sent."""
    behind_seconds: float
    """How long ago the first of those frames was read, as far as that is remembered."""
    sockets: int
    """Open WebSockets."""
    most_sockets: int
    """How many may be open."""


class OwnerStatus(AnswerModel):
    """A server that has experiments on the store which have not ended."""

    owner: str
    """``host:pid:start``."""
    this: bool
    """Whether it is the one that answers."""
    experiments: int
    heartbeat_age: float
    """Seconds since the last sign of life of one of them; clocks of other machines may differ."""


class LoggedEvent(AnswerModel):
    """A warning or an error of this server's log; it may say more about itself."""

    time: str
    """UTC, ISO 8601."""
    level: str
    event: str
    message: str


class ServerStatus(AnswerModel):
    """What one server does at the moment, for who runs it."""

    version: str
    python: str
    mode: Literal["local", "class", "public"]
    server: str
    """``host:pid:start``."""
    uptime: float
    """Seconds since the start."""
    event_loop_lag: float
    """Seconds that the event loop came late at most, within the last minute."""
    queue: QueueStatus
    workers: list[WorkerStatus]
    store: StoreStatus
    viewers: ViewerStatus
    servers: list[OwnerStatus]
    errors: list[LoggedEvent]
    """The last warnings and errors, the latest first."""


STATUS_ANSWERS = (
    ServerStatus,
    QueueStatus,
    WorkerStatus,
    StoreBounds,
    StoreStatus,
    ViewerStatus,
    OwnerStatus,
    LoggedEvent,
)

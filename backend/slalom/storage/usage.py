"""How full a store is, what waits in it, and which servers have something in it: for who runs them."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, text

from .connection import Database
from .quota import ALIVE, Quota, free_bytes
from .tables import STATUSES, experiment


class QueueUsage(NamedTuple):
    """How many experiments of the store are queued, running and paused."""

    queued: int
    running: int
    paused: int
    oldest_wait: float | None
    """Seconds since the first of those that are queued was created; None where none is."""


class StoreUsage(NamedTuple):
    """How much is stored."""

    kind: str
    """``sqlite`` or ``postgresql``."""
    experiments: int
    taken_bytes: int
    """Bytes that are taken, or set aside."""
    file_bytes: int
    """Bytes of the database itself."""
    free_bytes: int | None
    """Bytes that the disk of a SQLite file has left."""


class ServerUsage(NamedTuple):
    """What a server has in the store that has not ended."""

    owner: str
    experiments: int
    heartbeat_age: float
    """Seconds since the last sign of life of any of it, by this machine's clock."""


class Usage:
    """Asks a store about itself; nothing of it is kept."""

    def __init__(self, database: Database, quota: Quota) -> None:
        self._database, self._quota = database, quota

    def queue(self) -> QueueUsage:
        """Return what waits."""
        query = select(experiment.c.status, func.count(), func.min(experiment.c.created))
        with self._database.read() as connection:
            rows = connection.execute(query.where(ALIVE).group_by(experiment.c.status)).all()
        counts = {status: count for status, count, _ in rows}
        first = next((created for status, _, created in rows if status == "queued"), None)
        waited = None if first is None else max(0.0, time.time() - datetime.fromisoformat(first).timestamp())
        queued, running, paused = (counts.get(status, 0) for status in STATUSES[:3])
        return QueueUsage(queued, running, paused, waited)

    def store(self) -> StoreUsage:
        """Return how much is stored."""
        taken, kind = self._quota.taken(), self._database.writer.dialect.name
        with self._database.read() as connection:
            experiments = connection.execute(select(func.count()).select_from(experiment)).scalar_one()
            if not self._database.is_sqlite:
                size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
                return StoreUsage(kind, experiments, taken, size, None)
            ask = connection.exec_driver_sql
            size = ask("PRAGMA page_count").scalar_one() * ask("PRAGMA page_size").scalar_one()
        folder = Path(self._database.writer.url.database or "").absolute().parent
        return StoreUsage(kind, experiments, taken, size, free_bytes(folder))

    def servers(self) -> list[ServerUsage]:
        """Return the servers that have experiments which have not ended."""
        query = select(experiment.c.owner, func.count(), func.max(experiment.c.heartbeat))
        now = time.time()
        with self._database.read() as connection:
            rows = connection.execute(query.where(ALIVE).group_by(experiment.c.owner).order_by(experiment.c.owner))
            return [ServerUsage(owner, count, max(0.0, now - beat)) for owner, count, beat in rows]

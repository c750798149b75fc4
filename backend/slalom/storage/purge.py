"""What was deleted: hidden for an hour, then removed for good, or sooner where somebody asks or the room is needed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, case, delete, func, or_, select, update

from .clock import surely_ago
from .connection import Database, iso
from .quota import ALIVE, NoRoom
from .tables import chunk, experiment, keep

KEPT_AFTER_DELETE = 3600.0
"""Seconds during which a deleted experiment can be restored, unless its room is needed."""
UNLISTED_SECONDS = 3600.0
"""Seconds after which an experiment that is not listed goes."""
FOR_GOOD = 0.0
"""When something was deleted that is not to be restored: longer ago than anything."""
PURGED_AT_ONCE = 200
"""Payloads removed per transaction, at most."""
PURGED_BYTES = 4 * 2**20
"""Bytes of payloads removed per transaction, unless one alone has more: a purge never holds up a worker."""

ENDING = {
    "wanted": case((ALIVE, "cancel"), else_=experiment.c.wanted),
    "status": case((experiment.c.status == "queued", "cancelled"), else_=experiment.c.status),
    "room": case((experiment.c.status == "queued", experiment.c.bytes), else_=experiment.c.room),
}
"""What is changed about an experiment so that it ends where it has not."""

_T = TypeVar("_T")


class Doomed(NamedTuple):
    """An experiment that goes, or would."""

    id: str
    kind: str
    created: str
    """UTC, ISO 8601."""
    name: str
    bytes: int


def _old(seconds: float) -> ColumnElement[bool]:
    """Return the condition that an experiment has ended, is not shared, and was created so many seconds ago."""
    kept = or_(ALIVE, experiment.c.deleted.is_not(None), experiment.c.shared == 1)
    return and_(~kept, experiment.c.created <= iso(surely_ago(seconds)))


class Purge:
    """Removes for good what was deleted; what it removes it removes bit by bit, so that nobody waits for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, before: float | None = None) -> int:
        """Remove for good what was deleted before that Unix time (an hour ago); return how many experiments.

        Experiments that are not listed, and are older than that, go with them.
        """
        limit = surely_ago(KEPT_AFTER_DELETE) if before is None else before
        self._let_unlisted_go(surely_ago(UNLISTED_SECONDS) if before is None else before)
        return sum(self._remove(id, limit) for id in self._deleted(experiment.c.deleted <= limit))

    def expired(self, seconds: float) -> list[Doomed]:
        """Return what has ended, is not shared and was created so many seconds ago or earlier, the oldest first."""
        return self._doomed(_old(seconds))

    def hidden(self) -> list[Doomed]:
        """Return what was deleted and is still there, as far as it has ended."""
        return self._doomed(and_(experiment.c.deleted.is_not(None), ~ALIVE))

    def _doomed(self, which: ColumnElement[bool]) -> list[Doomed]:
        query = select(*(experiment.c[name] for name in Doomed._fields)).where(which).order_by(experiment.c.id)
        with self._database.read() as connection:
            return [Doomed(*row) for row in connection.execute(query)]

    def expire(self, seconds: float) -> int:
        """Delete what :meth:`expired` names, as its owner might: within the hour it can be restored."""
        with self._database.read() as connection:
            if not connection.execute(select(experiment.c.id).where(_old(seconds)).limit(1)).all():
                return 0  # Most of the time: nothing is written, and nobody waits for a lock.
        with self._database.write() as connection:
            change = update(experiment).where(_old(seconds)).values(deleted=time.time())
            return connection.execute(change).rowcount

    def remove(self, id: str) -> int:
        """Remove for good what was deleted, however lately; return how many experiments: 1, or 0 where it is not so."""
        return self._remove(id, math.inf)

    def making_room(self, act: Callable[[], _T]) -> _T:
        """Do something; where there is no room for it, first remove what was deleted, the oldest first."""
        while True:
            try:
                return act()
            except NoRoom as full:
                mine = experiment.c.deleted.is_not(None)
                if full.client is not None:
                    mine = and_(mine, experiment.c.client == full.client)
                if not any(self._remove(id, math.inf) for id in self._deleted(mine)):
                    raise

    def _let_unlisted_go(self, before: float) -> None:
        old = and_(experiment.c.listed == 0, experiment.c.deleted.is_(None), experiment.c.created <= iso(before))
        with self._database.read() as connection:
            if not connection.execute(select(experiment.c.id).where(old).limit(1)).all():
                return  # Most of the time: nothing is written, and nobody waits for a lock.
        with self._database.write() as connection:
            connection.execute(update(experiment).where(old).values(deleted=FOR_GOOD, **ENDING))

    def _deleted(self, which: ColumnElement[bool]) -> list[str]:
        """Return what has ended and was deleted, the oldest deletion first."""
        query = select(experiment.c.id).where(experiment.c.deleted.is_not(None), which, ~ALIVE)
        with self._database.read() as connection:
            return [*connection.execute(query.order_by(experiment.c.deleted)).scalars()]

    def _remove(self, id: str, before: float) -> int:
        """Remove an experiment bit by bit, unless it was restored meanwhile; return how many were removed: 1 or 0."""
        ours = update(experiment).where(experiment.c.id == id, experiment.c.deleted <= before, ~ALIVE)
        with self._database.write() as connection:
            # From now on it cannot be restored: some of it may be gone.
            if connection.execute(ours.values(deleted=FOR_GOOD)).rowcount == 0:
                return 0
        while True:
            with self._database.write() as connection:
                if not (_remove_some(connection, chunk, id) or _remove_some(connection, keep, id)):
                    return connection.execute(delete(experiment).where(experiment.c.id == id)).rowcount


def _remove_some(connection: Connection, table: Table, id: str) -> int:
    """Remove some of the payloads of an experiment; return how many."""
    mine = table.c.experiment == id
    keys = [column for column in table.primary_key if column is not table.c.experiment]
    sizes = select(*keys, func.length(table.c.payload)).where(mine).limit(PURGED_AT_ONCE)
    doomed, total = [], 0
    for *key, size in connection.execute(sizes):
        total += size
        if doomed and total > PURGED_BYTES:
            break
        doomed.append(and_(*(column == value for column, value in zip(keys, key, strict=True))))
    if doomed:
        connection.execute(delete(table).where(mine, or_(*doomed)))
    return len(doomed)

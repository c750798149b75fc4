"""How much room there is: what everything, and what one client's things, may take, and what the disk must keep free.

What an experiment may come to (its ``room``) is set aside when it is accepted, so that what was accepted can run;
``bytes`` is what it takes so far. One that needs more than was set aside gets it as long as there is any. When it has
ended, its room is what it takes.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Connection, case, func, insert, select, text, update

from slalom.errors import LimitExceeded
from slalom.settings import Limits, variable_of

from .connection import Database
from .schema import errors
from .tables import STATUSES, bound, dataset, experiment

ROW = 256
"""Bytes that every payload takes besides its own: keys, and what stays empty of its pages; measured, 100 to 1 700."""
BYTES_SET_ASIDE = 2**20
"""Bytes that are set aside at a time for an experiment that needs more than was expected."""
PAGES = 128
"""Pages of a SQLite file that are given back per transaction: about a millisecond."""

ALIVE = experiment.c.status.in_(STATUSES[:3])
ROOM_COLUMNS = (experiment.c.wanted, experiment.c.bytes, experiment.c.room, experiment.c.client)
"""What is asked of an experiment that grew."""
DELETE_ADVICE = "Delete something for good (DELETE /api/experiments/{id}?purge=true)"
WAIT = "Wait until some have ended, or cancel them."
SOON = 1
"""Seconds after which a place in the queue may be free."""


class Bounds(NamedTuple):
    """What may be stored, by the names of the settings; None is no bound."""

    store_bytes: int | None = None
    experiment_bytes: int | None = None
    store_bytes_per_client: int | None = None
    free_bytes: int | None = None
    queue: int | None = None
    queue_per_client: int | None = None
    datasets: int | None = None


class NoRoom(LimitExceeded):
    """Something does not fit, unless what was deleted is removed: what ``client`` deleted, or anybody if None."""

    title = "No room left"

    def __init__(self, message: str, name: str, limit: int, value: int, client: str | None = None) -> None:
        status = 507 if client is None else 429
        super().__init__(message, limit=limit, value=value, setting=variable_of(name), status=status)
        self.client = client


class Quota:
    """The bounds of a store, and how much of them is taken."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        """``limits`` become the bounds of the store, for its workers too; without them it has those that it had."""
        self._database = database
        self._bounds: Bounds | None = None
        if limits is not None:
            self._bind(Bounds(*(getattr(limits, name) for name in Bounds._fields)))

    def taken(self, client: str | None = None) -> int:
        """Return the bytes that experiments and datasets take or may yet take, of one client or altogether."""
        with self._database.read() as connection:
            return _taken(connection, client)

    def give_back(self, pause: Callable[[float], object] = time.sleep) -> int:
        """Give what a SQLite file does not use back to the disk, and return how many pages.

        It goes in small steps: after each, ``pause`` is called with the seconds it took, and others may write.
        """
        given = 0
        while self._database.is_sqlite and (pages := self._give_back_some(pause)):
            given += pages
        if given:
            self._truncate_log()
        return given

    def scratch(self, size: int) -> BinaryIO:
        """Return a nameless file beside a SQLite file, or else among the temporary ones, for so many bytes.

        Raises :class:`NoRoom` where no disk has room for it.
        """
        beside = [Path(self._database.writer.url.database or "").absolute().parent] if self._database.is_sqlite else []
        floor = 0 if self._bounds is None else self._bounds.free_bytes or 0
        full: NoRoom | None = None
        for folder in (*beside, Path(tempfile.gettempdir())):
            found = _too_full(floor, free_bytes(folder) - size)
            if found is None:
                return tempfile.TemporaryFile(dir=folder, buffering=0)  # type: ignore[return-value]
            full = full or found
        assert full is not None
        raise full

    def full(self) -> str | None:
        """Return in words that the disk of a SQLite file has no room for anything new; None where it has."""
        with self._database.read() as connection:
            found = self._disk_full(connection, 0)
        return None if found is None else str(found)

    # What may be stored

    def _bind(self, bounds: Bounds) -> None:
        values = [{"name": name, "value": value} for name, value in bounds._asdict().items() if value is not None]
        with self._database.write() as connection:
            self._take_turns(connection)
            connection.execute(bound.delete())
            connection.execute(insert(bound), values)
        self._bounds = bounds

    def _allowed(self, connection: Connection) -> Bounds:
        if self._bounds is None:
            stored = {name: value for name, value in connection.execute(select(bound.c.name, bound.c.value))}
            self._bounds = Bounds(**{name: stored.get(name) for name in Bounds._fields})
        return self._bounds

    def _take_turns(self, connection: Connection) -> None:
        """Let nobody else count until this transaction has ended; on SQLite only one writes at a time anyway."""
        if not self._database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('slalom room'))"))

    def admit_experiment(self, connection: Connection, client: str, room: int) -> None:
        """Raise :class:`LimitExceeded` where an experiment may not take so many bytes, or there is no room for it."""
        self._one(connection, room)
        self.admit(connection, client, room)

    def _one(self, connection: Connection, size: int, advice: str = "") -> None:
        most = self._allowed(connection).experiment_bytes
        if most is not None and size > most:
            setting = variable_of("experiment_bytes")
            message = (
                f"The experiment would take {size:,} bytes, but at most {most:,} are allowed for one. {advice}Ask for "
                f"fewer steps or runs, or start Slalom with a larger {setting}."
            )
            raise LimitExceeded(message, limit=most, value=size, setting=setting)

    def admit(self, connection: Connection, client: str, size: int) -> None:
        """Raise :class:`NoRoom` where so many bytes more do not fit; add them in the same transaction."""
        self._take_turns(connection)
        if (full := self._full(connection, client, size)) is not None:
            raise full

    def _full(self, connection: Connection, client: str, size: int) -> NoRoom | None:
        allowed = self._allowed(connection)
        for name, whose, what in (
            ("store_bytes", None, "All experiments and files together"),
            ("store_bytes_per_client", client, "Your experiments and files"),
        ):
            limit = getattr(allowed, name)
            if limit is not None and (value := _taken(connection, whose) + size) > limit:
                message = (
                    f"{what} would take {value:,} bytes, but at most {limit:,} are allowed here. "
                    f"{DELETE_ADVICE}, or start Slalom with a larger {variable_of(name)}."
                )
                return NoRoom(message, name, limit, value, whose)
        if allowed.free_bytes is None:
            return None
        return self._disk_full(connection, size + _awaited(connection))

    def _disk_full(self, connection: Connection, size: int) -> NoRoom | None:
        """Return what to say where the disk of a SQLite file, once it has written so many bytes, is too full."""
        floor = self._allowed(connection).free_bytes
        if floor is None or not self._database.is_sqlite:
            return None
        left = free_bytes(Path(self._database.writer.url.database or "").absolute().parent) - size
        return _too_full(floor, left if left >= floor else left + _unused(connection))

    def admit_to_queue(self, connection: Connection, client: str) -> None:
        """Raise :class:`LimitExceeded` where too many wait or run; queue one more in the same transaction."""
        self._take_turns(connection)
        allowed, mine = self._allowed(connection), case((experiment.c.client == client, 1))
        counts = connection.execute(select(func.count(), func.count(mine)).where(ALIVE)).one()
        _refuse("queue", counts[0] + 1, allowed.queue, "The number of experiments in the queue", WAIT, SOON)
        _refuse("queue_per_client", counts[1] + 1, allowed.queue_per_client, "Your share of the queue", WAIT, SOON)

    def admit_dataset(self, connection: Connection, client: str, size: int) -> None:
        """Raise :class:`LimitExceeded` where there are too many datasets, or there is no room for another."""
        self.admit(connection, client, size)
        kept = connection.execute(select(func.count()).select_from(dataset)).scalar_one()
        advice = "Remove one that is not needed, with DELETE /api/datasets/{id}."
        _refuse("datasets", kept + 1, self._allowed(connection).datasets, "The number of uploaded files", advice)

    def grown(self, connection: Connection, id: str, size: int, now: Any) -> None:
        """Check that an experiment which is now ``(wanted, bytes, room, client)`` may be ``size`` larger than it was.

        Raises :class:`NoRoom` or :class:`LimitExceeded` where it may not; what was written in this transaction is then
        undone.
        """
        self._one(connection, now.bytes, "Everything up to here is kept. ")
        if (full := self._disk_full(connection, size)) is not None:
            raise full
        missing = now.bytes - now.room
        if missing > 0:
            self._take_turns(connection)
            more = (
                missing if self._full(connection, now.client, missing + BYTES_SET_ASIDE) else missing + BYTES_SET_ASIDE
            )
            self.admit(connection, now.client, more)
            connection.execute(update(experiment).where(experiment.c.id == id).values(room=now.room + more))

    # SQLite's file

    def _give_back_some(self, pause: Callable[[float], object]) -> int:
        began = time.perf_counter()
        with errors(), closing(self._database.writer.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            (before,) = driver.execute("PRAGMA freelist_count").fetchone()
            # A script runs to its end; of a statement without columns only the first step would be made, one page.
            driver.executescript(f"PRAGMA incremental_vacuum({PAGES})")
            (after,) = driver.execute("PRAGMA freelist_count").fetchone()
        pause(time.perf_counter() - began)
        return before - after

    def _truncate_log(self) -> None:
        """Shorten the write-ahead log, and the file with it, unless somebody is busy with it: then it comes later."""
        connection = self._database.writer.raw_connection()
        driver: Any = connection.driver_connection
        try:
            (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            driver.execute(f"PRAGMA busy_timeout = {patience}")
        except sqlite3.OperationalError:
            # Its next user gets a new connection, which is patient again.
            connection.invalidate()
        finally:
            connection.close()


def free_bytes(folder: Path) -> int:
    """Return how many bytes the disk of a folder has left."""
    return shutil.disk_usage(folder).free


def _too_full(floor: int, left: int) -> NoRoom | None:
    if left >= floor:
        return None
    message = (
        f"The disk of the store would have {max(0, left):,} bytes left, but {floor:,} are to stay free. "
        f"Make room on the disk, or start Slalom with a smaller {variable_of('free_bytes')}."
    )
    return NoRoom(message, "free_bytes", floor, max(0, left))


def _refuse(name: str, value: int, limit: int | None, what: str, advice: str, retry_after: int | None = None) -> None:
    if limit is not None and value > limit:
        message = f"{what} is {value:,}, but at most {limit:,} is allowed here. {advice}"
        about = {"limit": limit, "value": value, "setting": variable_of(name)}
        raise LimitExceeded(message, **about, status=429, retry_after=retry_after)


def _taken(connection: Connection, client: str | None) -> int:
    rooms, files = select(func.sum(experiment.c.room)), select(func.sum(dataset.c.bytes))
    if client is not None:
        rooms, files = rooms.where(experiment.c.client == client), files.where(dataset.c.client == client)
    return sum(int(connection.execute(query).scalar() or 0) for query in (rooms, files))


def _awaited(connection: Connection) -> int:
    """Return the bytes that were set aside and are not written yet."""
    query = select(func.sum(experiment.c.room - experiment.c.bytes)).where(ALIVE)
    return int(connection.execute(query).scalar() or 0)


def _unused(connection: Connection) -> int:
    """Return the bytes of a SQLite file that hold nothing and are written to first."""
    ask = connection.exec_driver_sql
    return ask("PRAGMA freelist_count").scalar_one() * ask("PRAGMA page_size").scalar_one()

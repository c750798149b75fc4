"""What every part of the store is given: its database, read and written in transactions, and ids for what is new."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Table, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from .presence import Presence
from .schema import CHANNEL, connect, errors

ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Database:
    """The database of an open store: one connection that writes, and some that can only read."""

    def __init__(self, url: str) -> None:
        """Open a store; raises as :func:`slalom.storage.schema.connect` does."""
        self.url: str = url
        self.writer: Engine
        self.reader: Engine
        self.writer, self.reader = connect(url)
        self.is_sqlite: bool = self.writer.dialect.name == "sqlite"
        self.file: Presence | None = Presence(Path(self.writer.url.database or "")) if self.is_sqlite else None

    def close(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that can only read; raises what :func:`slalom.storage.schema.errors` makes of errors."""
        with errors(writing=False), self.reader.connect() as connection:
            yield connection

    @contextmanager
    def driver_errors(self) -> Iterator[None]:
        """Translate what a driver raises where it is asked without SQLAlchemy between."""
        driver: Any = self.reader.dialect.loaded_dbapi
        try:
            yield
        except driver.Error as error:
            raise DBAPIError(None, None, error) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, committed at the end; where this raises, nothing was written."""
        if self.file is not None:
            self.file.check()
        with errors(), self.writer.begin() as connection:
            yield connection
            if not self.is_sqlite:
                connection.execute(text(f"NOTIFY {CHANNEL}"))


def iso(seconds: float) -> str:
    """Return a Unix time as UTC, ISO 8601, with milliseconds.

    >>> iso(0)
    '1970-01-01T00:00:00.000Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id(newest: str | None) -> str:
    """Return nine digits of time, always later than the newest even when the clock went back, and seven of chance."""
    moment = int(time.time() * 1000)
    if newest is not None:
        moment = max(moment, int(newest[:9], 36) + 1)
    return _base36(moment, 9) + _base36(secrets.randbelow(36**7), 7)


def _base36(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, last = divmod(number, 36)
        digits = ID_CHARACTERS[last] + digits
    return digits


class Holder(NamedTuple):
    """Whose a thing is."""

    client: str
    shared: bool
    """Whether everybody who may come in may read it."""


def holder_of(connection: Connection, table: Table, id: str) -> Holder | None:
    """Return whose the row of a table with that id is, None where there is none."""
    row = connection.execute(select(table.c.client, table.c.shared).where(table.c.id == id)).one_or_none()
    return None if row is None else Holder(row.client, bool(row.shared))


def visible(table: Table, seen_by: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a row is that client's own or shared; none where everything is seen."""
    return [] if seen_by is None else [or_(table.c.client == seen_by, table.c.shared == 1)]


def put(
    connection: Connection,
    table: Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    new: Mapping[str, Any] | None = None,
) -> None:
    """Insert a row, with what only a ``new`` one is given; the row that has the key is given other values instead."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(table).values(**key, **values, **(new or {}))
    connection.execute(row.on_conflict_do_update(index_elements=[*key], set_=dict(values)))

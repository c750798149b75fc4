"""Whether anything was written to the store, by any process, without asking for what."""

from __future__ import annotations

from threading import Lock
from typing import Any

from sqlalchemy import text

from .connection import Database
from .schema import CHANNEL, errors


class Watch:
    """Looks for changes of a store, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watch: Any = None
        self._seen: int | None = None
        self._watching = Lock()

    def changed(self) -> bool:
        """Return whether anything was written since the last call, by any process; True at the first call.

        Costs a few microseconds on SQLite. One reader: two that call it would hide changes from each other.
        """
        with self._watching, errors(writing=False), self._database.driver_errors():
            first = self._watch is None
            if first:
                self._watch = self._database.reader.connect()
                if not self._database.is_sqlite:
                    self._watch.execute(text(f"LISTEN {CHANNEL}"))
            driver = self._watch.connection.driver_connection
            if not self._database.is_sqlite:
                return bool(list(driver.notifies(timeout=0))) or first
            before, (self._seen,) = self._seen, driver.execute("PRAGMA data_version").fetchone()
            return first or before != self._seen

    def close(self) -> None:
        """Let go of the connection by which :meth:`changed` looks, which may be broken; the next look opens another."""
        with self._watching:
            watch, self._watch = self._watch, None
            if watch is not None:
                watch.invalidate()
                watch.close()

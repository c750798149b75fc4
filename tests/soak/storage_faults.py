"""Every n-th statement that a store makes fails, for all n: nothing is half written, and whatever is stored is read."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import event

from slalom.errors import SlalomError
from slalom.storage.store import Store

from ..bench.measure import Row

MOST = 2000
"""Up to which statement one fails."""
CHUNKS = 12


def rows(seconds: float) -> Iterator[Row]:
    """Let statement 1, 2, 3, ... fail in a history of one experiment, until it is longer than that history."""
    until, tried = time.monotonic() + seconds, 0
    found = Faults()
    began = time.monotonic()
    while time.monotonic() < until and tried < MOST:
        tried += 1
        found.history(1 + (tried - 1) % max(1, found.longest or MOST))
    rate = tried / (time.monotonic() - began)
    yield Row(f"{tried:,} failures of {MOST:,}: damaged files", f"{found.damaged}", "0", found.damaged == 0)
    yield Row("  reads that failed", f"{found.unread}", "0", found.unread == 0)
    yield Row("  half of a chunk, or a number that is wrong", f"{found.halves}", "0", found.halves == 0)
    yield Row("  statements in a history", f"{found.longest} ({rate:.1f} histories/s)", "", None)


class Faults:
    """Counts of what must not be."""

    def __init__(self) -> None:
        self.damaged = self.unread = self.halves = self.longest = 0

    def history(self, nth: int) -> None:
        """Write, and read, what one experiment does, with its n-th written statement failing once."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "slalom.db"
            store = Store.open(f"sqlite:///{path}")
            count = 0

            def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
                nonlocal count
                count += 1
                if count == nth:
                    error = sqlite3.OperationalError("disk I/O error")
                    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE  # type: ignore[attr-defined]
                    raise error

            event.listen(store.database.writer, "before_cursor_execute", fail)
            self._live(store)
            if count < nth:
                self.longest = count
            store.close()
            with sqlite3.connect(path) as db:
                self.damaged += db.execute("PRAGMA integrity_check").fetchone() != ("ok",)
                self.halves += not self._agrees(db)

    def _live(self, store: Store) -> None:
        given = {"kind": "comparison", "name": "n", "spec": "{}", "owner": "here"}
        id = self._insist(store, lambda: store.experiments.create(**given).id)
        self._insist(store, lambda: store.experiments.claim(id, "worker"))
        for seq in range(1, CHUNKS + 1):
            if store.chunks.last(id) < seq:
                self._insist(store, lambda seq=seq: store.chunks.append(id, seq, b"x" * 300, "[]", seq))
        self._insist(store, lambda: store.artifacts.keep(id, 0, "state", b"y" * 100))
        self._insist(store, lambda: store.experiments.finish(id, "done", "[]"))
        self._insist(store, lambda: store.experiments.delete(id, for_good=True))
        self._insist(store, store.purge.run)

    def _insist(self, store: Store, write: Callable[[], object]) -> object:
        """Write again where it failed, and read everything in between."""
        while True:
            try:
                return write()
            except (SlalomError, sqlite3.Error):
                try:
                    for record in store.experiments.list()[0]:
                        store.experiments.get(record.id)
                        store.chunks.read(record.id)
                except Exception:
                    self.unread += 1

    @staticmethod
    def _agrees(db: sqlite3.Connection) -> bool:
        """Return whether chunks have no gaps and no owner is missing."""
        rows = db.execute("SELECT experiment, COUNT(*), MAX(seq) FROM chunk GROUP BY experiment").fetchall()
        known = {id for (id,) in db.execute("SELECT id FROM experiment")}
        return all(count == last and id in known for id, count, last in rows)

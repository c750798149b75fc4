"""What the workers append to their experiments, in chunks: each has a frame and the events of the same steps.

The store is also the stream: a worker appends, and whoever shows the experiment asks for the news.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from slalom.errors import Conflict

from .connection import Database
from .purge import Purge
from .quota import ROOM_COLUMNS, ROW, Quota
from .records import AT_WORK
from .tables import chunk, experiment


class Chunk(NamedTuple):
    """One appended piece of a trace: ``payload`` is a frame, ``events`` a JSON list."""

    seq: int
    payload: bytes
    events: str


CHUNK_COLUMNS = [chunk.c[name] for name in Chunk._fields]
# Written once: putting it together anew for every chunk would take as long as all the rest.
GROW = (
    update(experiment)
    .where(experiment.c.id == bindparam("which"), AT_WORK)
    .values(heartbeat=bindparam("beat"), steps_done=bindparam("done"), bytes=experiment.c.bytes + bindparam("size"))
    .returning(*ROOM_COLUMNS)
)
GROW_MINE = GROW.where(experiment.c.worker == bindparam("by"))


class Chunks:
    """The chunks of every experiment."""

    def __init__(self, database: Database, quota: Quota, purge: Purge) -> None:
        self._database, self._quota, self._purge = database, quota, purge

    def append(self, id: str, seq: int, payload: bytes, events: str, steps_done: int, worker: str | None = None) -> str:
        """Append chunk ``seq`` (1, 2, 3, ... without gaps) and return what is wanted: ``run``, ``pause``, ``cancel``.

        One that is there already, byte for byte, is a repetition because an answer was lost, and changes nothing.
        Raises :class:`Conflict` where the experiment has ended, is not that ``worker``'s any more, or the chunk was
        written by another one, :class:`NoRoom` where the store has no room for it, and :class:`StoreFull` where the
        disk is full; nothing of the chunk is then stored.
        """
        try:
            return self._purge.making_room(lambda: self._append(id, seq, payload, events, steps_done, worker))
        except Conflict:
            if self.read(id, seq - 1, 1) != [Chunk(seq, payload, events)]:
                raise
        with self._database.read() as connection:
            return connection.execute(select(experiment.c.wanted).where(experiment.c.id == id)).scalar_one()

    def _append(self, id: str, seq: int, payload: bytes, events: str, steps_done: int, worker: str | None) -> str:
        size = len(payload) + len(events) + ROW
        grown = {"which": id, "beat": time.time(), "done": steps_done, "size": size}
        grow, mine = (GROW, {}) if worker is None else (GROW_MINE, {"by": worker})
        with self._database.write() as connection:
            now = connection.execute(grow, grown | mine).one_or_none()
            if now is None:
                raise Conflict(f"The experiment {id} has ended; chunk {seq} comes too late.")
            self._quota.grown(connection, id, size, now)
            try:
                row = {"experiment": id, "seq": seq, "payload": payload, "events": events}
                connection.execute(insert(chunk), row)
            except IntegrityError as error:
                raise Conflict(f"Chunk {seq} of {id} exists: another worker writes to this experiment.") from error
        return now.wanted

    def read(self, id: str, after: int = 0, limit: int = 100) -> list[Chunk]:
        """Return at most ``limit`` chunks of one experiment with ``seq > after``, in order."""
        query = (
            select(*CHUNK_COLUMNS)
            .where(chunk.c.experiment == id, chunk.c.seq > after)
            .order_by(chunk.c.seq)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Chunk(*row) for row in connection.execute(query)]

    def last(self, id: str) -> int:
        """Return the ``seq`` of an experiment's last chunk, 0 where there is none."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(chunk.c.seq)).where(chunk.c.experiment == id)).scalar() or 0

    def sample(self, id: str, most: int) -> Iterator[Chunk]:
        """Yield at most ``most`` (at least 2) chunks of an experiment, evenly spread, the first and last included.

        They are read one by one: all of them may be hundreds of megabytes.
        """
        last = self.last(id)
        seen = 0
        for seq in sorted({1 + (last - 1) * i // (most - 1) for i in range(most)} if last else ()):
            if seq > seen:  # One chunk may stand for several, where a trace was thinned out.
                for chunk in self.read(id, seq - 1, 1):
                    seen = chunk.seq
                    yield chunk

    def news(self, cursors: Mapping[str, int], limit: int = 64) -> dict[str, list[Chunk]]:
        """Return, in one query, the chunks after each cursor: at most ``limit`` of every experiment, in order."""
        if not cursors:
            return {}
        wanted = [
            and_(chunk.c.experiment == id, chunk.c.seq > after, chunk.c.seq <= after + limit)
            for id, after in cursors.items()
        ]
        query = select(chunk.c.experiment, *CHUNK_COLUMNS).where(or_(*wanted))
        found: dict[str, list[Chunk]] = {}
        with self._database.read() as connection:
            for id, *row in connection.execute(query):
                found.setdefault(id, []).append(Chunk(*row))
        return {id: sorted(chunks) for id, chunks in found.items()}

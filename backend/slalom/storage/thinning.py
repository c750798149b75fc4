"""Long traces made short on request: of an ended experiment about one of sixteen entries stays, and it is noted.

The chunks of a stretch become one frame for every set of runs, whose numbers ``first`` to ``seq`` cover those of the
stretch, so that nothing seems to be missing between two frames. Events stay all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select, update

from slalom.catalogue.experiments import EXPERIMENTS_BY_KIND
from slalom.errors import Conflict, NotFound, StoreError
from slalom.wire.frames import Block, decode, encode, with_steps
from slalom.wire.thinning import thin_out

from .chunks import Chunk, Chunks
from .connection import Database
from .quota import ALIVE, ROW
from .records import THINNED
from .tables import chunk, experiment, keep

STRETCH_CHUNKS = 64
"""Chunks that are thinned out together, at most."""
STRETCH_BYTES = 8 * 2**20
"""Bytes of them, unless one alone has more: nobody who writes waits long."""


def has_entries(kind: str) -> bool:
    """Return whether experiments of a kind keep entries of runs, which can be thinned out."""
    return "trace" in EXPERIMENTS_BY_KIND[kind].offers


class ThinnedTrace(NamedTuple):
    """What thinning did to an experiment."""

    entries: int
    """Of the run with most of them, the entries that are kept."""
    of: int
    """And those that there were."""
    freed: int
    """Bytes that were given back."""


class Thinning:
    """Thins out the traces of experiments that have ended."""

    def __init__(self, database: Database, chunks: Chunks) -> None:
        self._database, self._chunks = database, chunks

    def run(self, id: str) -> ThinnedTrace:
        """Thin out an experiment; what is thinned out already stays as it is.

        Raises :class:`NotFound` where there is none, :class:`Conflict` where it has not ended or keeps no entries.
        """
        with self._database.read() as connection:
            row = connection.execute(_ABOUT.where(experiment.c.id == id)).one_or_none()
        if row is None:
            raise NotFound("experiment", id)
        if row.alive or not has_entries(row.kind):
            raise Conflict(f"The experiment {id} has not ended, or keeps no entries. It is not thinned out.")
        kept, before = Counter[int](), Counter[int]()
        written: dict[str, int] | None = None
        for stretch in self._stretches(id):
            blocks = [_read(one) for one in stretch]
            frames = _thin(blocks, stretch)
            for block in blocks:
                before.update(dict.fromkeys(block.runs, block.n))
            for block in frames:
                kept.update(dict.fromkeys(block.runs, block.n))
            if sum(block.data.size for block in frames) < sum(block.data.size for block in blocks):
                written = {"entries": max(kept.values()), "of": _of(row.mark, before)}
                self._replace(id, stretch, frames, written)
        whole = {"entries": max(kept.values(), default=0), "of": _of(row.mark, before)}
        if written not in (None, whole):  # The last stretches stayed as they were.
            with self._database.write() as connection:
                _grow(connection, id, _mark(connection, id, whole))
        return ThinnedTrace(whole["entries"], whole["of"], row.bytes - self._bytes(id))

    def _stretches(self, id: str) -> Iterator[list[Chunk]]:
        after, limit = 0, 1
        while stretch := self._chunks.read(id, after, limit):
            after = stretch[-1].seq
            yield stretch
            largest = max(len(one.payload) for one in stretch)
            limit = max(1, min(STRETCH_CHUNKS, STRETCH_BYTES // max(1, largest)))

    def _bytes(self, id: str) -> int:
        with self._database.read() as connection:
            return connection.execute(select(experiment.c.bytes).where(experiment.c.id == id)).scalar() or 0

    def _replace(self, id: str, stretch: list[Chunk], frames: list[Block], mark: dict[str, int]) -> None:
        """Put frames in the place of chunks, in one transaction."""
        last, first = stretch[-1].seq, stretch[0].seq
        events = [event for one in stretch for event in json.loads(one.events)]
        rows = []
        for place, block in enumerate(frames, 1):
            seq = last - len(frames) + place
            told = json.dumps(events) if seq == last else "[]"
            rows.append({"experiment": id, "seq": seq, "payload": encode(block, seq, first), "events": told})
            first = seq + 1
        gone = (chunk.c.experiment == id, chunk.c.seq >= stretch[0].seq, chunk.c.seq <= last)
        sizes = select(func.sum(func.length(chunk.c.payload) + func.length(chunk.c.events) + ROW)).where(*gone)
        with self._database.write() as connection:
            was = int(connection.execute(sizes).scalar() or 0)
            connection.execute(delete(chunk).where(*gone))
            connection.execute(insert(chunk), rows)
            size = sum(len(row["payload"]) + len(row["events"]) + ROW for row in rows)
            _grow(connection, id, size - was + _mark(connection, id, mark))


def _mark(connection: Connection, id: str, mark: dict[str, int]) -> int:
    """Note how much an experiment was thinned out; return by how many bytes it has grown."""
    marked = (keep.c.experiment == id, keep.c.kind == THINNED, keep.c.step == 0)
    written = json.dumps(mark).encode()
    was = connection.execute(select(func.sum(func.length(keep.c.payload) + ROW)).where(*marked)).scalar() or 0
    connection.execute(delete(keep).where(*marked))
    connection.execute(insert(keep).values(experiment=id, kind=THINNED, step=0, payload=written))
    return len(written) + ROW - int(was)


def _grow(connection: Connection, id: str, size: int) -> None:
    grown = experiment.c.bytes + size
    connection.execute(update(experiment).where(experiment.c.id == id).values(bytes=grown, room=grown))


_MARK = select(keep.c.payload).where(keep.c.experiment == experiment.c.id, keep.c.kind == THINNED, keep.c.step == 0)
_ABOUT: Any = select(experiment.c.kind, experiment.c.bytes, ALIVE.label("alive"), _MARK.scalar_subquery().label("mark"))


def _of(mark: bytes | None, before: Counter[int]) -> int:
    """Return how many entries there were of the longest run, before it was thinned out for the first time."""
    return max(json.loads(mark)["of"] if mark else 0, max(before.values(), default=0))


def _read(one: Chunk) -> Block:
    try:
        return decode(one.payload)
    except (ValueError, KeyError, TypeError) as error:
        name = type(error).__name__
        raise StoreError(
            f"Chunk {one.seq} of the trace is damaged ({name}), so it is not thinned out. Put a copy from a backup in "
            "its place."
        ) from error


def _thin(blocks: list[Block], stretch: list[Chunk]) -> list[Block]:
    """Return a block for every set of runs, in the order of their first steps; what is thin already stays as it is."""
    if any(block.stride == 0 for block in blocks):
        return blocks
    told = {(event["run"], event["step"]) for one in stretch for event in json.loads(one.events)}
    together: dict[Any, list[Block]] = {}
    for block in blocks:
        together.setdefault((block.runs, block.columns), []).append(block)
    return [thin_out(_joined(parts), told) for parts in together.values()]


def _joined(parts: list[Block]) -> Block:
    if len(parts) == 1:
        return parts[0]
    whole = [with_steps(part) for part in parts]
    return whole[0]._replace(data=np.concatenate([part.data for part in whole], axis=2))

"""A comparison of stored experiments: their chunks with other numbers of runs, and no update made."""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from pydantic import TypeAdapter

from slalom.catalogue.experiments import STORED_SPEC
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.side_by_side import side_by_side
from slalom.storage.records import THINNED
from slalom.wire.frames import Block, decode

from .descent import Artifact, Tick
from .heartbeat import RetryingStore
from .lockstep.checkpoints import join_checkpoints
from .lockstep.interfaces import Event
from .runner import Alive, Result, unwatched

CHUNKS_READ = 8
"""Chunks of one experiment that are read at a time."""
_OUTCOMES = TypeAdapter(list[Outcome])

OF_ALL = ("device", "data", "plane", "resumed")
"""Events that are told of a whole experiment, as of its run 0. The plane through other runs is not that of these."""

Places = Sequence[int | None]
"""For every run of an experiment its number in the comparison, None for one that is left out."""


class JoinedRunner:
    """Stored experiments side by side, in the order of their steps: every number of a run is the stored one."""

    def __init__(self, store: RetryingStore, ids: Sequence[str]) -> None:
        """Raise NotFound where one of them is gone, and SpecError where they cannot be compared."""
        self._store, self._ids = store, ids
        records = [store.experiments.get(id) for id in ids]
        self._spec, self._places = side_by_side([STORED_SPEC.validate_json(record.spec) for record in records])
        found: dict[int, Outcome] = {}
        for record, places in zip(records, self._places, strict=True):
            stored = _OUTCOMES.validate_json(record.outcomes or "[]")
            found |= {place: one for place, one in zip(places, stored, strict=True) if place is not None}
        self.outcomes: list[Outcome] = [found[run] for run in sorted(found)]
        """What came of every run."""

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield the states of networks, then every chunk."""
        yield from self._thinned()
        yield from self._states()
        told = [OF_ALL[:2], *[()] * (len(self._ids) - 1)]
        sources = map(self._chunks, self._ids, self._places, told)
        for tick in heapq.merge(*sources, key=lambda tick: tick.blocks[0].step):
            yield tick
            alive()

    def result(self, alive: Alive = unwatched) -> Result:
        """Return the stored outcomes."""
        return Result(self.outcomes)

    def _thinned(self) -> Iterator[Tick]:
        """Yield that the trace is thinned out, where that of one of the experiments is."""
        marks = [json.loads(mark) for id in self._ids if (mark := self._store.experiments.get(id).thinned)]
        if marks:
            whole = {name: max(mark[name] for mark in marks) for name in ("entries", "of")}
            whole["entries"] = max(whole["of"] if len(marks) < len(self._ids) else 0, whole["entries"])
            yield Tick([], [], 0, [Artifact(0, json.dumps(whole).encode(), THINNED)])

    def _states(self) -> Iterator[Tick]:
        """Yield the entries at which the states of all networks are kept."""
        artifacts = self._store.artifacts
        common = set.intersection(*(set(artifacts.steps(id, "state")) for id in self._ids))
        for step in sorted(common):
            states = [artifacts.load(id, "state", step) for id in self._ids]
            yield Tick([], [], 0, [Artifact(step, join_checkpoints(states, self._places))])

    def _chunks(self, id: str, places: Places, told: Sequence[str]) -> Iterator[Tick]:
        """Yield the chunks of one experiment, as far as they are of runs that are shown; ``told``: of all of it."""
        after = 0
        while chunks := self._store.chunks.read(id, after, CHUNKS_READ):
            after = chunks[-1].seq
            for chunk in chunks:
                block = decode(chunk.payload)
                shown = [(i, place) for i, run in enumerate(block.runs) if (place := places[run]) is not None]
                if not shown:
                    continue
                rows, runs = zip(*shown, strict=True)
                part = block._replace(runs=runs, data=block.data[:, list(rows)])
                yield Tick(
                    [_widened(part, self._spec.recorded_columns)], _moved(chunk.events, places, told), block.last
                )


def _widened(block: Block, columns: tuple[str, ...]) -> Block:
    """Return a block with all columns; what was not recorded of its runs, such as an average, is NaN."""
    columns = ("step", *columns) if block.stride == 0 else columns
    if block.columns == columns:
        return block
    data = np.full((len(columns), *block.data.shape[1:]), np.nan, block.data.dtype)
    data[[columns.index(name) for name in block.columns]] = block.data
    return block._replace(columns=columns, data=data)


def _moved(events: str, places: Places, told: Sequence[str]) -> list[Event]:
    """Return the events of a chunk as those of the comparison; of a whole experiment only the kinds ``told``."""
    found = (Event(**one) for one in json.loads(events))
    wanted = (one for one in found if one.kind not in OF_ALL or one.kind in told)
    return [one._replace(run=place) for one in wanted if (place := places[one.run]) is not None]

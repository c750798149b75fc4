"""Maps on their way: tiles computed by all cores, coarse picture first; and the run of one cell, computed again."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.map import CELL_COLUMNS, Map
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.problems.networks import Learned
from slalom.engine.descent import Descent, Tick
from slalom.engine.lockstep.sharing import WorkSharing
from slalom.engine.runner import Alive, Result, unwatched
from slalom.wire.frames import Block

from .process_pool import map_in_processes
from .surface_tiles import TileTask, settle_surfaces, tile_tasks

TILE_ENTRY = "slalom.engine.map.tile_worker:compute_tile"
"""What computes one tile, by name: a process that was not forked from this one imports it."""


class MapRunner:
    """A map on its way."""

    outcomes = None
    """How runs end is in the frames, cell by cell."""

    def __init__(
        self, spec: Map, uploads: Uploads = no_uploads, share: WorkSharing | None = None, processes: int | None = None
    ) -> None:
        """``share`` has it computed elsewhere; else so many ``processes``, as there are cores, if not given."""
        self._spec, self._uploads, self._share, self._processes = spec, uploads, share, processes

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield every tile as a block, in their order: ``runs`` are its cells; each has one entry, its end.

        ``alive`` is called some twenty times a second; where it raises, nothing more is computed. Tiles whose cells
        are all ``known`` are left out.
        """
        spec = self._spec
        tiles = tile_tasks(spec)
        todo = [i for i, tile in enumerate(tiles) if not all(cell in known for cell in tile.cells.tolist())]
        finished: dict[int, np.ndarray] = {}
        turn, done = 0, len(known)
        for number, found in self._tiles(tiles, todo, alive):
            finished[number] = found
            while turn in finished:
                tile = tiles[todo[turn]]
                cells = tuple(tile.cells.tolist())
                block = Block(spec.steps, cells, CELL_COLUMNS, finished.pop(turn)[:, :, None], tile.apart)
                turn, done = turn + 1, done + len(cells)
                yield Tick([block], [], done)

    def result(self, alive: Alive = unwatched) -> Result:
        """Return nothing more than the frames said."""
        return Result(None)

    def _tiles(self, tiles: list[TileTask], todo: list[int], alive: Alive) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the place in ``todo`` and the columns of every tile that is listed there, as they are done."""
        spec, uploads = self._spec, self._uploads
        if self._share is not None:
            return self._share.tiles(TILE_ENTRY, spec.model_dump_json(by_alias=True), todo)
        if isinstance(spec.problem, Learned):
            spec.problem.examples(uploads)  # Forked processes have no use for the store's connections: read it now.

        def compute(place: int) -> np.ndarray:
            return settle_surfaces(spec, tiles[todo[place]].cells, uploads)

        return map_in_processes(len(todo), compute, alive, self._processes)


class CellRunner:
    """The very run of a cell, recorded, as if it were computed alone.

    A network is computed in the tile that it was in: the others go with it.
    """

    def __init__(self, spec: Map, cell: int, uploads: Uploads = no_uploads) -> None:
        self._place = 0
        if not spec.problem.is_network:
            self._descent = Descent(spec.alone(cell), uploads=uploads)
            return
        from .network_tiles import descent_of

        task = next(task for task in tile_tasks(spec) if cell in task.cells)
        self._descent = descent_of(spec, task.cells, uploads)
        self._place = int(np.flatnonzero(task.cells == cell)[0])

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of the run."""
        return [self._descent.outcomes[self._place]]

    def frames(self, alive: Alive = unwatched, known: Collection[int] = ()) -> Iterator[Tick]:
        """Yield the entries of the run, as run 0."""
        for tick in self._descent:
            events = [event._replace(run=0) for event in tick.events if event.run == self._place]
            yield Tick([self._alone(block) for block in tick.blocks if self._place in block.runs], events, tick.done)

    def result(self, alive: Alive = unwatched) -> Result:
        """Return what came of the run."""
        return Result(self.outcomes)

    def _alone(self, block: Block) -> Block:
        place = block.runs.index(self._place)
        return block._replace(runs=(0,), data=block.data[:, place : place + 1])

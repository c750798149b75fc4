"""A map on its way: tiles computed by all cores, handed over as blocks, coarse picture first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.map import CELL_COLUMNS, Map
from slalom.catalogue.problems.networks import Learned
from slalom.engine.descent import Descent
from slalom.wire.frames import Block

from .process_pool import map_in_processes
from .surface_tiles import settle_surfaces, tile_tasks


def compute_map(
    spec: Map,
    go_on: Callable[[], bool] = lambda: True,
    uploads: Uploads = no_uploads,
    processes: int | None = None,
) -> Iterator[Block]:
    """Yield every tile of a map as a block, in their order: ``runs`` are its cells; each has one entry, its end.

    ``go_on`` is asked some twenty times a second; as soon as it says no, nothing more is computed.
    """
    todo = tile_tasks(spec)

    def compute(number: int) -> np.ndarray:
        return settle_surfaces(spec, todo[number].cells, uploads)

    if isinstance(spec.problem, Learned):
        spec.problem.examples(uploads)  # Forked processes have no use for the store's connections: read the data now.
    done: dict[int, np.ndarray] = {}
    turn = 0
    for number, found in map_in_processes(len(todo), compute, go_on, processes):
        done[number] = found
        while turn in done:
            cells = tuple(todo[turn].cells.tolist())
            yield Block(spec.steps, cells, CELL_COLUMNS, done.pop(turn)[:, :, None], todo[turn].apart)
            turn += 1


def replay_cell(spec: Map, cell: int, uploads: Uploads = no_uploads) -> tuple[Descent, int]:
    """Return the very run of a cell, recorded, and its place in the descent that has it.

    A network is computed in the tile that it was in: the others go with it.
    """
    if not spec.problem.is_network:
        return Descent(spec.alone(cell), uploads=uploads), 0
    from .network_tiles import tile_of

    task = next(task for task in tile_tasks(spec) if cell in task.cells)
    descent = Descent(tile_of(spec, task.cells), uploads=uploads)
    return descent, int(np.flatnonzero(task.cells == cell)[0])

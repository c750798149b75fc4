"""The tiles of large experiments, computed by tasks on all nodes: Ray places them, and repeats what dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from slalom.errors import SlalomError
from slalom.jobs.worker_main import load
from slalom.unexpected import unexpected_error_message

from .bounds import ProcessBounds
from .nodes import Nodes

SIGN_SECONDS = 0.05
"""Seconds between two signs of life."""
TILES_AHEAD = 2
"""Tiles that are handed to Ray for every one that can be computed at the same time: the next one is there at once."""
LOST_TILE = (
    "A tile could not be computed, though it was tried several times: its processes or their nodes died, perhaps "
    "because memory ran out. What is done is kept; ask for fewer cells or for fewer steps."
)


def share_tiles(
    store_url: str,
    cpus: float,
    bounds: ProcessBounds,
    entry: str,
    given: str,
    todo: Sequence[int],
    alive: Callable[[], object],
) -> Iterator[tuple[int, Any]]:
    """Yield the place in ``todo`` and the result of every tile as they are done, in about their order.

    ``entry`` names the function that computes one, from the store's URL, what is ``given``, and its number in ``todo``.
    ``alive`` is called about twenty times a second, and may end it by raising.

    Raises SlalomError with what a tile said was wrong, and where tiles die again and again.
    """
    compute, nodes = _tile.options(num_cpus=cpus), Nodes()
    common = ray.put((bounds, entry, store_url, given))
    waiting = enumerate(todo)
    busy: dict[ray.ObjectRef, int] = {}
    try:
        while True:
            room = TILES_AHEAD * max(1, int(nodes.cpus() / cpus)) - len(busy)
            busy |= {compute.remote(common, number): place for place, number in islice(waiting, max(0, room))}
            if not busy:
                return
            alive()
            ready, _ = ray.wait([*busy], timeout=SIGN_SECONDS)
            for one in ready:
                yield busy.pop(one), _got(one)
    finally:
        for one in busy:
            ray.cancel(one)


@ray.remote(max_retries=5, scheduling_strategy="SPREAD")
def _tile(common: tuple[ProcessBounds, str, str, str], number: int) -> Any:
    bounds, entry, store_url, given = common
    bounds.keep_memory()
    bounds.keep_time()
    return load(entry)(store_url, given, number)


def _got(tile: ray.ObjectRef) -> Any:
    try:
        return answer_of(tile)
    except RayError as error:
        raise SlalomError(LOST_TILE) from error


def answer_of(asked: ray.ObjectRef) -> Any:
    """Return what another process answers; raise what it says was wrong, as the experiment's own process would.

    Raises RayError where it was lost.
    """
    try:
        return ray.get(asked)
    except RayTaskError as error:
        cause = error.cause
        if isinstance(cause, MemoryError):
            raise MemoryError from error
        raise SlalomError(str(cause) if isinstance(cause, SlalomError) else unexpected_error_message(cause)) from error

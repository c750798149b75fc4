"""What an experiment on the cluster may have done by other processes on all nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .bounds import ProcessBounds
from .tiles import share_tiles
from .walkers import ActorWalkers


@dataclass(frozen=True)
class NodeSharing:
    """Has work done by tasks and actors that declare so many ``cpus`` each, and read the same store."""

    store_url: str
    cpus: float
    bounds: ProcessBounds
    """Of each of them."""
    alive: Callable[[], object]
    """Called about twenty times a second while they are waited for; it may end that by raising."""

    def tiles(self, entry: str, given: str, todo: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """Yield the place in ``todo`` and the result of every tile, as they are done, in about their order."""
        return share_tiles(self.store_url, self.cpus, self.bounds, entry, given, todo, self.alive)

    def walkers(self, entry: str, given: str, order: Sequence[int]) -> ActorWalkers:
        """Return as many actors as there is room for, among which the runs are dealt out in this ``order``."""
        return ActorWalkers(self.store_url, self.cpus, self.bounds, entry, given, order, self.alive)

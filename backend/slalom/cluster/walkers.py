"""Actors that train the runs of one experiment together: Ray finds places for all of them at once, or for none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from slalom.errors import ProcessLost
from slalom.jobs.worker_main import load

from .bounds import ProcessBounds
from .nodes import Nodes
from .tiles import SIGN_SECONDS, answer_of

RESERVE_SECONDS = 5.0
"""Seconds after which one place has to do: what was free may be scattered, taken meanwhile, or lost with its node."""


class ActorWalkers:
    """Actors on the nodes, each with some of an experiment's runs; they end with the process that made them.

    ``alive`` is called about twenty times a second while they are waited for, and may end that by raising.
    """

    def __init__(
        self,
        store_url: str,
        cpus: float,
        bounds: ProcessBounds,
        entry: str,
        given: str,
        order: Sequence[int],
        alive: Callable[[], object],
    ) -> None:
        self._alive = alive
        self._places = self._reserved(cpus, len(order))
        count = self._places.bundle_count
        self.runs: list[Sequence[int]] = [order[i::count] for i in range(count)]
        actor_class: Any = _Walker
        self._actors = [
            actor_class.options(
                num_cpus=cpus, scheduling_strategy=PlacementGroupSchedulingStrategy(self._places, i)
            ).remote(bounds, entry, store_url, given, runs)
            for i, runs in enumerate(self.runs)
        ]

    def walk(self, n: int) -> list[Any]:
        """Let each make n updates; return what each returns. Raises ProcessLost where one died."""
        asked = [actor.walk.remote(n) for actor in self._actors]
        waiting = asked
        while waiting:
            self._alive()
            _, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=SIGN_SECONDS)
        try:
            return [answer_of(one) for one in asked]
        except RayError as error:
            remove_placement_group(self._places)
            raise ProcessLost("A process that trained some of its runs, or its node, was lost") from error

    def _reserved(self, cpus: float, most: int) -> PlacementGroup:
        """Reserve as many places as are free; where they cannot be had, wait for one, as any experiment does."""
        count = min(most, Nodes.free_places(cpus))
        if count > 1 and (several := self._asked(cpus, count, RESERVE_SECONDS)) is not None:
            return several
        while (one := self._asked(cpus, 1, RESERVE_SECONDS)) is None:
            pass  # It is asked for anew: Ray may have given it on a node that has been lost since.
        return one

    def _asked(self, cpus: float, count: int, seconds: float) -> PlacementGroup | None:
        """Reserve so many places, or return None where that takes too long."""
        places = placement_group([{"CPU": cpus}] * count, strategy="SPREAD")
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                self._alive()
                if places.wait(SIGN_SECONDS):
                    return places
        except BaseException:
            remove_placement_group(places)
            raise
        remove_placement_group(places)
        return None


@ray.remote(max_restarts=0)
class _Walker:
    """Some runs of an experiment, on a node."""

    def __init__(self, bounds: ProcessBounds, entry: str, *given: Any) -> None:
        bounds.keep_memory()
        bounds.keep_time()
        # Made ready when it is first asked: what is wrong with that is an answer, here it would be a death.
        self._make, self._given = partial(load, entry), given
        self._walk: Callable[[int], Any] | None = None

    def walk(self, n: int) -> Any:
        """Make n updates."""
        walk = self._walk or self._make()(*self._given)
        self._walk = walk
        return walk(n)

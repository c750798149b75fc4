"""Actors that train the runs of one experiment together: Ray finds places for all of them at once, or for none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from slalom.errors import ProcessLost
from slalom.jobs.worker_main import load

from .nodes import Nodes
from .tiles import SIGN_SECONDS, answer_of

RESERVE_SECONDS = 5.0
"""Seconds after which it is asked for fewer places, or for more: others may have come or gone."""


class ActorWalkers:
    """Actors on the nodes, each with some of an experiment's runs; they end with the process that made them.

    ``alive`` is called about twenty times a second while they are waited for, and may end that by raising.
    """

    def __init__(
        self,
        store_url: str,
        cpus: float,
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
            ).remote(entry, store_url, given, runs)
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
        """Wait for as many places as are free, at least one, and reserve them."""
        failed = 0
        while True:
            # Free CPUs may be scattered: where there is no room for so many, it is asked for half of them.
            count = max(1, min(most, Nodes.free_places(cpus)) >> failed)
            places = placement_group([{"CPU": cpus}] * count, strategy="SPREAD")
            try:
                for _ in range(int(RESERVE_SECONDS / SIGN_SECONDS)):
                    self._alive()
                    if places.wait(SIGN_SECONDS):
                        return places
            except BaseException:
                remove_placement_group(places)
                raise
            remove_placement_group(places)
            failed = 0 if count == 1 else failed + 1


@ray.remote(max_restarts=0)
class _Walker:
    """Some runs of an experiment, on a node."""

    def __init__(self, entry: str, *given: Any) -> None:
        # Made ready when it is first asked: what is wrong with that is an answer, here it would be a death.
        self._make, self._given = partial(load, entry), given
        self._walk: Callable[[int], Any] | None = None

    def walk(self, n: int) -> Any:
        """Make n updates."""
        walk = self._walk or self._make()(*self._given)
        self._walk = walk
        return walk(n)

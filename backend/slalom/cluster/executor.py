"""Experiments as detached actors of a Ray cluster: they outlive the server that started them, and are found by name."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.exceptions import RayError

from slalom import __version__
from slalom.catalogue.cost import is_shared
from slalom.catalogue.experiments import STORED_SPEC, AnyStored
from slalom.catalogue.experiments.map import Map
from slalom.errors import SettingsError, SlalomError
from slalom.jobs.executor import GRACE_SECONDS, WORKER_ENTRY
from slalom.storage.records import ExperimentRecord
from slalom.storage.store import Store

from .bounds import UNBOUND, ProcessBounds
from .driver import CLUSTER_PATIENCE
from .job import Job
from .joining import NAMESPACE
from .nodes import Nodes

ONLY_WAITS = 0.0
"""CPUs of an experiment whose tiles or runs are computed by others: any more, and there would be no room for these on a
node of one CPU."""
ON_THIS_MACHINE = 0.001
"""How much of the resource ``node:address`` ties an actor to a machine: every node has 1 of its own."""
KILLED_WITHIN = 5.0
"""Seconds that Ray has to end a process."""
STOPPED = -9
"""The exit code of what was killed because it did not obey."""


@dataclass
class _Running:
    """An experiment with an actor."""

    actor: Any
    over: ray.ObjectRef
    """Answered when it has been run; an error once its actor is dead."""
    place: ray.ObjectRef | None
    """Its node, answered once it has begun; None from then on."""
    node: str | None = None
    stopped: bool = False


class RayExecutor:
    """Runs every experiment in an actor of its own; Ray decides where, and when there is room.

    ``cpus`` are declared for every experiment and for every tile, ``gpus`` for experiments with networks that may use
    one; both may be fractions. This process must have joined the cluster (:func:`slalom.cluster.joining.join_cluster`).
    """

    patience = CLUSTER_PATIENCE

    def __init__(
        self,
        store: Store,
        cpus: float = 1.0,
        gpus: float = 0.0,
        entry: str = WORKER_ENTRY,
        bounds: ProcessBounds = UNBOUND,
    ) -> None:
        """Raise SettingsError where other machines of the cluster would not find the store.

        ``entry`` names the function that runs an experiment, from the store's URL, its id, and who does parts of it;
        ``bounds`` are those of every process.
        """
        self._store, self._cpus, self._gpus, self._entry = store, cpus, gpus, entry
        self._bounds = bounds
        self._nodes = Nodes()
        self.address: str = ray.get_runtime_context().gcs_address
        """Where the head of the cluster is."""
        self._running: dict[str, _Running] = {}
        self._here = ray.util.get_node_ip_address()
        if store.database.is_sqlite and (others := self._nodes.elsewhere(self._here)):
            raise SettingsError(
                f"The store is a file on this machine, and the Ray cluster has other machines ({', '.join(others)}), "
                "which would not find it. Use Postgres: SLALOM_STORE=postgresql://user:password@host/database."
            )

    @property
    def slots(self) -> int:
        """How many experiments suit the cluster at the same time, and one more that waits for the next place."""
        return int(self._nodes.cpus() / self._cpus) + 1

    def start(self, id: str) -> None:
        """Create the actor of an experiment, or watch the one that there is; it begins when a node has room."""
        options: dict[str, Any] = {"name": id, "namespace": NAMESPACE, "lifetime": "detached", "get_if_exists": True}
        if self._store.database.is_sqlite:
            options["resources"] = {f"node:{self._here}": ON_THIS_MACHINE}
        actor_class: Any = Job
        record = self._store.experiments.get(id)
        spec = STORED_SPEC.validate_json(record.spec)
        shared = self._is_shared(record, spec)
        needs = self._needs(spec, shared)
        bounds = replace(self._bounds, address_space=None) if needs.get("num_gpus") else self._bounds
        made = actor_class.options(**options, **needs)
        url, cpus = self._store.database.url, self._cpus if shared else None
        self._watch(id, made.remote(self._entry, url, id, __version__, bounds, cpus))

    def adopt(self, id: str) -> bool:
        """Watch an experiment that another server started, and return True; False where nobody computes it."""
        try:
            self._watch(id, ray.get_actor(id, NAMESPACE))
        except ValueError:
            return False
        return True

    def stop(self, id: str, kill_after: float = GRACE_SECONDS) -> None:
        """Kill an experiment's process, wherever it is: that it should end it has read in the store."""
        if (running := self._running.get(id)) is not None and not running.stopped:
            running.stopped = True
            ray.kill(running.actor)

    def kill(self, id: str) -> None:
        """Kill the process of an experiment that is not watched, if there is one, and wait until its name is free."""
        until = time.monotonic() + KILLED_WITHIN
        with suppress(ValueError):
            while time.monotonic() < until:
                ray.kill(ray.get_actor(id, NAMESPACE))
                time.sleep(0.05)

    def alive(self) -> dict[str, int | None]:
        """Return the experiments that were started and have not ended; their processes belong to other machines."""
        return dict.fromkeys(self._running)

    @property
    def trouble(self) -> str | None:
        """None: who asks this is part of the cluster."""
        return None

    def used(self, id: str) -> float | None:
        """Return None: what a process on another machine uses is told by its beats alone."""
        return None

    def exited(self) -> list[tuple[str, int | str]]:
        """Return what ended since the last call: an exit code, or how it was lost, a sentence without a full stop."""
        if not self._running:
            return []
        by_ref = {running.over: id for id, running in self._running.items()}
        places = {running.place: running for running in self._running.values() if running.place is not None}
        everything = [*by_ref, *places]
        ready, _ = ray.wait(everything, num_returns=len(everything), timeout=0, fetch_local=False)
        for ref in ready:
            if ref in places:
                self._note_place(places[ref], ref)
        return [(id, self._ending(self._running.pop(id))) for ref in ready if (id := by_ref.get(ref)) is not None]

    def close(self) -> None:
        """Leave the cluster; experiments go on, and :meth:`alive` still names them."""
        ray.shutdown()

    def _needs(self, spec: AnyStored, shared: bool) -> dict[str, float]:
        """Return what an experiment declares."""
        if shared:
            return {"num_cpus": ONLY_WAITS}
        return {"num_cpus": self._cpus, "num_gpus": self._gpus if _may_use_gpu(spec) else 0.0}

    def _is_shared(self, record: ExperimentRecord, spec: AnyStored) -> bool:
        """Return whether other processes do most of the work of an experiment.

        One that goes on from another, or repeats stored ones, is computed by one process.
        """
        if record.parent is not None or record.source is not None or (self._gpus and _may_use_gpu(spec)):
            return False
        try:
            return isinstance(spec, Map) or is_shared(spec, self._store.datasets.file)
        except SlalomError:
            return False  # Its data are gone, or do not suit it: that is for the experiment to say.

    def _watch(self, id: str, actor: Any) -> None:
        self._running[id] = _Running(actor, actor.over.remote(), actor.place.remote())

    def _note_place(self, running: _Running, place: ray.ObjectRef) -> None:
        try:
            running.node = ray.get(place)
        except RayError:
            running.node = None
        running.place = None

    def _ending(self, running: _Running) -> int | str:
        try:
            fault = ray.get(running.over)
        except RayError as error:
            return STOPPED if running.stopped else self._why_lost(running, str(error))
        return 0 if fault is None else fault

    def _why_lost(self, running: _Running, said: str) -> str:
        if running.node is None:
            return "Its process was lost before it said where it is"
        name = self._nodes.name(running.node)
        if not self._nodes.lives(running.node):
            return f"The node {name}, on which it ran, was lost"
        if "low on memory" in said:
            return f"Its process on the node {name} was killed because memory ran out there"
        return f"Its process on the node {name} died"


def _may_use_gpu(spec: AnyStored) -> bool:
    return spec.problem.is_network and spec.device != "cpu" and not isinstance(spec, Map)

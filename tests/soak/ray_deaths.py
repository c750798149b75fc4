"""Actors and nodes of a Ray cluster killed at random times: nothing stored is lost, and all experiments end rightly."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from tests.bench.measure import Row
from tests.ray_nodes import RayCluster

from slalom.jobs.supervisor import Supervisor
from slalom.storage.store import Store
from slalom.wire.frames import decode

ACTORS, NODES = 100, 20
NAMES = ("left", "right")
SPEC = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam"}}], "steps": 20_000}
PATIENCE = 120.0
"""Seconds after which an experiment counts as one that never ends."""


def rows(seconds: float) -> Iterator[Row]:
    """Kill actors, then nodes, as often as the goal says or the time allows."""
    sys.path.append(str(Path(__file__).parents[1] / "cluster"))  # For the stand-ins, here and on the nodes.
    cluster = RayCluster()
    try:
        for name in NAMES:
            cluster.start(name)
        os.environ.update(cluster.environ)
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(cluster, f"sqlite:///{folder}/slalom.db")
            yield from trial.rows("actor", ACTORS, trial.kill_actor, seconds / 2)
            yield from trial.rows("node", NODES, trial.kill_node, seconds / 2)
            trial.close()
    finally:
        cluster.close()
    yield Row("processes left when the cluster is gone", str(len(cluster.processes())), "0", not cluster.processes())


class Trial:
    """One server on the cluster, whose experiments lose their processes."""

    def __init__(self, cluster: RayCluster, url: str) -> None:
        from slalom.cluster.joining import join_cluster

        join_cluster(cluster.address)
        from slalom.cluster.executor import RayExecutor

        self._cluster, self._store, self._chance = cluster, Store.open(url), random.Random(0)
        self._supervisor = Supervisor(
            self._store, RayExecutor(self._store, entry="cluster_standins:paced"), on_change=lambda: None
        )
        self._supervisor.start()
        self._whole = self._trace(self._computed(lambda id: None))

    def rows(self, what: str, goal: int, kill: Callable[[str], None], seconds: float) -> Iterator[Row]:
        """Kill during one experiment after the other; tell what was lost."""
        deadline, tried, lost, wrong = time.monotonic() + seconds, 0, 0, 0
        while tried < goal and time.monotonic() < deadline:
            id = self._computed(kill)
            tried += 1
            wrong += self._store.experiments.get(id).status != "done"
            lost += self._trace(id) != self._whole
        yield Row(f"{what} kills", str(tried), str(goal), tried >= goal or None)
        yield Row(f"{what} kills: traces with a byte lost or changed", str(lost), "0", lost == 0)
        yield Row(f"{what} kills: experiments not done", str(wrong), "0", wrong == 0)

    def kill_actor(self, id: str) -> None:
        """Kill the process of an experiment."""
        if (process := self._process(id)) is not None:
            os.kill(process, signal.SIGKILL)

    def kill_node(self, id: str) -> None:
        """Kill the node of an experiment, and start it again at once."""
        if (process := self._process(id)) is not None:
            name = self._cluster.node_of(process)
            self._cluster.kill(name)
            self._cluster.start(name)

    def close(self) -> None:
        """Stop the server."""
        self._supervisor.stop()
        self._store.close()

    def _process(self, id: str) -> int | None:
        worker = self._store.experiments.get(id).worker
        pid = int(worker.rpartition(":")[2]) if worker else None
        return pid if pid is not None and psutil.pid_exists(pid) else None

    def _computed(self, kill: Callable[[str], None]) -> str:
        id = self._supervisor.submit(json.dumps(SPEC), kind="comparison", name="killed").id
        self._until(lambda: self._store.chunks.last(id) > 0)
        time.sleep(self._chance.uniform(0, 0.3))
        kill(id)
        self._until(lambda: self._store.experiments.get(id).status in ("done", "failed", "interrupted", "cancelled"))
        return id

    def _until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _trace(self, id: str) -> bytes:
        chunks = self._store.chunks.read(id, limit=10**6)
        assert [chunk.seq for chunk in chunks] == [*range(1, len(chunks) + 1)]
        columns = [decode(chunk.payload).data[:, 0] for chunk in chunks]
        return b"".join(bytes(column) for part in zip(*columns, strict=True) for column in part)

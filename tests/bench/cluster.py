"""Maps on a Ray cluster: what a second node of one core brings, and that not a byte changes."""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

from tests.ray_nodes import RayCluster

from slalom.catalogue.experiments.map import Map
from slalom.engine.map.runner import MapRunner
from slalom.engine.runner import unwatched
from slalom.storage.store import Store

from .map import map_of
from .measure import Row

SIDE = int(os.environ.get("BENCH_SIDE", "512"))
"""Cells across and upwards."""


def rows() -> list[Row]:
    """Measure a map of small networks on one node, on two, and by one process of this machine."""
    cluster = RayCluster()
    try:
        cluster.start("left")
        os.environ.update(cluster.environ)
        from slalom.cluster.joining import join_cluster

        join_cluster(cluster.address)
        return _compared(cluster)
    finally:
        import ray

        ray.shutdown()
        cluster.close()


def networks(n: int) -> Map:
    """Return a map of learning rate and momentum of small networks."""
    problem: dict[str, Any] = {"kind": "network", "data": {"kind": "moons", "n": 64}, "hidden": [8]}
    return map_of(problem, ("optimizer.lr", 1e-2, 10.0, "log"), ("optimizer.momentum", 0, 0.99), n, 20)


def _compared(cluster: RayCluster) -> list[Row]:
    from slalom.cluster.bounds import UNBOUND
    from slalom.cluster.sharing import NodeSharing

    spec = networks(SIDE)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/slalom.db")
        share = NodeSharing(store.database.url, 1.0, UNBOUND, unwatched)
        _timed(networks(32), share)  # Who computes tiles imports PyTorch first.
        one, by_one = _timed(spec, share)
        cluster.start("right")
        _timed(networks(64), share)
        two, by_two = _timed(spec, share)
        store.close()
    cells = SIDE * SIDE
    what = f"{SIDE} x {SIDE} map of networks of 33 parameters, 20 steps"
    return [
        Row(f"{what}: one node", f"{one:.1f} s, {cells / one:,.0f} cells/s", "", None),
        Row(f"{what}: two nodes", f"{two:.1f} s, {cells / two:,.0f} cells/s", "", None),
        Row("two nodes against one", f"{two / one:.2f} of the time", "<= 0.6", two / one <= 0.6),
        Row("their bytes", "equal" if by_one == by_two else "DIFFERENT", "equal", by_one == by_two),
    ]


def _timed(spec: Map, share: Any) -> tuple[float, bytes]:
    began = time.perf_counter()
    blocks = [block for tick in MapRunner(spec, share=share).frames() for block in tick.blocks]
    taken = time.perf_counter() - began
    return taken, b"".join(block.data.tobytes() for block in blocks)

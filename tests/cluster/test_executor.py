"""Experiments on a real cluster of two nodes: what they compute, how they end, and what survives whose death."""

import json
import os
import signal
import time

import numpy as np
import psutil
import pytest
from ray_nodes import until, until_it_ends

from slalom.engine.worker import work
from slalom.jobs.supervisor import Supervisor
from slalom.wire.frames import decode

SPEC = '{"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam"}}, {}], "steps": 30000}'


def trace(store, id):
    """Return what is stored of every run, and check that no chunk is missing or there twice."""
    chunks = store.chunks.read(id, limit=10**6)
    assert [chunk.seq for chunk in chunks] == [*range(1, len(chunks) + 1)]
    blocks = [decode(chunk.payload) for chunk in chunks]
    runs = {}
    for block in blocks:
        for place, run in enumerate(block.runs):
            runs.setdefault(run, []).append(block.data[:, place])
    return {run: np.concatenate(parts, axis=1).tobytes() for run, parts in runs.items()}


def pid(store, id):
    """Return the process that computes an experiment."""
    worker = store.experiments.get(id).worker
    return int(worker.rpartition(":")[2]) if worker else None


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return what the experiment comes to on this machine alone: its trace and its outcomes."""
    from slalom.storage.store import Store

    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('alone')}/slalom.db")
    id = store.experiments.create(kind="comparison", name="alone", spec=SPEC, owner="here").id
    work(store.database.url, id)
    yield trace(store, id), store.experiments.get(id).outcomes
    store.close()


@pytest.fixture
def serve(joined, store):
    """Return a function that starts a supervisor on the cluster, as a server has one; all are stopped at the end."""
    del joined
    started = []

    from slalom.cluster.executor import RayExecutor  # Not above: Ray reads its environment when it is imported.

    def serve(entry="cluster_standins:paced"):
        executor = RayExecutor(store, entry=entry)
        executor.close = lambda: None  # The cluster is left when all tests are done.
        supervisor = Supervisor(store, executor)
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield serve
    for supervisor in started:
        supervisor.stop()


def submit(supervisor, spec=SPEC):
    return supervisor.submit(spec, kind="comparison", name="on the cluster").id


def under_way(store, id, more_than=0):
    """Return the process that computes an experiment, once it has written something new."""
    return until(lambda: store.chunks.last(id) > more_than and pid(store, id))


def is_status(store, id, status):
    return until(lambda: store.experiments.states([id])[id].status == status)


def is_done(store, id):
    assert until_it_ends(store, id) == "done"


def test_it_computes_what_one_machine_does_and_leaves_nothing(serve, store, alone):
    import ray

    supervisor = serve("slalom.engine.worker:work")
    id = submit(supervisor)
    process = psutil.Process(under_way(store, id))
    is_done(store, id)
    assert (trace(store, id), store.experiments.get(id).outcomes) == alone
    until(lambda: not process.is_running())
    until(lambda: supervisor.running == 0)
    assert ray.util.list_named_actors(all_namespaces=True) == []


def test_a_map_leaves_all_room_to_its_tiles(serve, store, free):
    supervisor = serve("cluster_standins:tiling")
    axes = [{"field": f"run.optimizer.{name}", "from": 0.1, "to": 0.9, "n": 8} for name in ("lr", "momentum")]
    spec = json.dumps({"kind": "map", "problem": {"kind": "bowl"}, "vary": axes, "steps": 8})
    id = supervisor.submit(spec, kind="map", name="on both nodes of one CPU each").id
    is_done(store, id)
    processes = json.loads(store.artifacts.load(id, "processes", 0))
    assert {free.node_of(one) for one in {*processes}} == {"left", "right"}


def test_who_asks_how_it_ended_before_it_has_begun_hears_how_it_ended(joined):
    from slalom.cluster.job import Once  # Not above: Ray reads its environment when it is imported.

    computed = []
    once = Once(lambda: computed.append(1) or "what went wrong")
    assert [once.fault(), once.fault()] == ["what went wrong"] * 2
    assert computed == [1]


def test_a_killed_process_and_a_killed_node_cost_nothing(serve, store, nodes, alone):
    supervisor = serve()
    id = submit(supervisor)
    os.kill(first := under_way(store, id), signal.SIGKILL)
    seen = store.chunks.last(id)
    second = until(lambda: (now := under_way(store, id, seen)) != first and now)
    node = nodes.node_of(second)
    nodes.kill(node)
    try:
        is_done(store, id)
        assert (trace(store, id), store.experiments.get(id).outcomes) == alone
    finally:
        nodes.start(node)


def test_what_dies_again_and_again_is_failed_and_says_where(serve, store, nodes):
    id, seen, process = submit(serve()), 0, None
    for _ in range(4):
        process = until(lambda: (now := under_way(store, id, seen)) != process and now)  # noqa: B023
        node, seen = nodes.node_of(process), store.chunks.last(id)
        os.kill(process, signal.SIGKILL)
    is_status(store, id, "failed")
    said = store.experiments.get(id).error
    assert said.startswith(f"Its process on the node {node} died at step ")
    assert "taken up again 3 times" in said


def test_what_is_cancelled_ends_itself_and_a_stuck_process_is_killed(serve, store):
    id = submit(serve())
    under_way(store, id)
    process, began = psutil.Process(pid(store, id)), time.monotonic()
    store.experiments.want(id, "cancel")
    is_status(store, id, "cancelled")
    print(f"cancelled after {time.monotonic() - began:.2f} s")
    assert store.experiments.get(id).steps_done < json.loads(SPEC)["steps"]
    until(lambda: not process.is_running())
    supervisor = serve("cluster_standins:stuck")
    stuck = submit(supervisor)
    is_status(store, stuck, "running")
    supervisor.cancel(stuck)
    is_status(store, stuck, "cancelled")


def test_what_waits_for_room_is_cancelled_without_having_begun(serve, store):
    supervisor = serve()
    ids = [submit(supervisor) for _ in range(3)]
    for id in ids[:2]:
        under_way(store, id)
    supervisor.cancel(ids[2])
    is_status(store, ids[2], "cancelled")
    assert store.chunks.last(ids[2]) == 0
    for id in ids[:2]:
        supervisor.cancel(id)
        is_status(store, id, "cancelled")


def test_it_goes_on_while_no_server_is_there_and_is_watched_by_the_next(serve, store, alone):
    first = serve()
    id = submit(first)
    process = under_way(store, id)
    first.stop()
    assert store.experiments.states([id])[id].status == "running"
    seen = store.chunks.last(id)
    assert until(lambda: store.chunks.last(id) > seen)
    second = serve()
    until(lambda: second.running == 1)
    assert store.experiments.get(id).owner == second.owner
    assert pid(store, id) == process
    is_done(store, id)
    assert (trace(store, id), store.experiments.get(id).outcomes) == alone

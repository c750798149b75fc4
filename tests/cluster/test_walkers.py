"""Networks that are trained by actors on several nodes: what one machine computes, whoever dies meanwhile."""

import json
import os
import signal
import time
from contextlib import closing

import numpy as np
import psutil
import pytest
from ray_nodes import until, until_it_ends

from slalom.engine.worker import work
from slalom.errors import ProcessLost, SlalomError
from slalom.jobs.supervisor import Supervisor
from slalom.storage.store import Store
from slalom.unexpected import Cancelled
from slalom.wire.frames import decode


def always():
    """Let it go on."""


def walkers(runs=5, alive=always, **given):
    from slalom.cluster.bounds import UNBOUND  # Not above: Ray reads its environment when it is imported.
    from slalom.cluster.walkers import ActorWalkers

    return ActorWalkers("sqlite://", 1.0, UNBOUND, "cluster_standins:Counter", json.dumps(given), range(runs), alive)


@pytest.fixture
def team(free):
    """Return a function that starts walkers; none survives."""
    del free
    from ray.util.placement_group import remove_placement_group

    started = []

    def start(*given, **named):
        started.append(walkers(*given, **named))
        return started[-1]

    yield start
    for one in started:
        remove_placement_group(one._places)


def test_runs_are_dealt_out_among_both_nodes_and_go_on_where_they_are(team, joined):
    found = team()
    assert [[*runs] for runs in found.runs] == [[0, 2, 4], [1, 3]]
    first, second = found.walk(3), found.walk(4)
    assert [made for _, made, _ in second] == [7, 7]
    assert [runs for _, _, runs in second] == [[0, 2, 4], [1, 3]]
    assert [pid for pid, _, _ in first] == [pid for pid, _, _ in second]
    assert {joined.node_of(pid) for pid, _, _ in first} == {"left", "right"}


def test_where_one_dies_the_others_end_and_it_is_said(team):
    found = team()
    (one, _, _), (other, _, _) = found.walk(1)
    os.kill(one, signal.SIGKILL)
    with pytest.raises(ProcessLost, match="or its node, was lost"):
        until(lambda: not found.walk(1))
    until(lambda: not psutil.pid_exists(other))


def test_who_comes_second_takes_what_is_left_or_waits(team):
    team(1)
    assert len(team(4).runs) == 1
    asked = []

    def alive():
        asked.append(1)
        if len(asked) > 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        walkers(4, alive)


def test_what_one_says_is_wrong_is_said(team):
    with pytest.raises(SlalomError, match="These runs cannot be trained"):
        team(refused=True).walk(1)


def test_whoever_is_cancelled_waits_for_nobody(team):
    asked = []

    def alive():
        asked.append(time.monotonic())
        if len(asked) > 8:
            raise Cancelled

    found = team(2, alive, seconds=30)
    with pytest.raises(Cancelled):
        found.walk(1)


SWEEP = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [16]},
    "runs": [{"optimizer": {"kind": "adam"}, "batch_size": 32}],
    "vary": [{"field": "run.optimizer.lr", "from": 0.001, "to": 0.1, "n": 6, "scale": "log"}],
    "steps": 400,
}


def stored(store, id):
    """Return what is stored of an experiment: every run's entries, the planes, and the outcomes."""
    parts = {}
    for chunk in store.chunks.read(id, limit=10**6):
        block = decode(chunk.payload)
        for place, run in enumerate(block.runs):
            parts.setdefault(run, []).append(block.data[:, place])
    trace = {run: np.concatenate(found, axis=1).tobytes() for run, found in sorted(parts.items())}
    planes = [store.artifacts.load(id, "plane", step) for step in store.artifacts.steps(id, "plane")]
    return trace, planes, store.artifacts.steps(id, "state"), store.experiments.get(id).outcomes


@pytest.fixture
def alone(tmp_path):
    """Return what is stored of the sweep where one process computes it, in a store of its own."""
    with closing(Store.open(f"sqlite:///{tmp_path}/alone.db")) as store:
        id = store.experiments.create(kind="comparison", name="sweep", spec=json.dumps(SWEEP), owner="here").id
        work(store.database.url, id)
        return stored(store, id)


def test_a_sweep_is_that_of_one_machine_though_a_process_of_it_dies(free, store, alone, monkeypatch):
    from slalom.cluster import executor as module

    monkeypatch.setattr(module, "is_shared", lambda spec, uploads: True)
    executor = module.RayExecutor(store, entry="cluster_standins:paced")
    supervisor = Supervisor(store, executor)
    monkeypatch.setattr(executor, "close", lambda: None)
    supervisor.start()
    try:
        id = supervisor.submit(json.dumps(SWEEP), kind="comparison", name="sweep").id
        until(lambda: store.chunks.last(id) > 0)
        helpers = until(lambda: [one for one in free.processes() if "_Walker" in " ".join(one.cmdline())])
        assert {free.node_of(one.pid) for one in helpers} == {"left", "right"}
        helpers[0].kill()
        until_it_ends(store, id)
        assert store.experiments.get(id).error is None
    finally:
        supervisor.stop()
    events = [one["kind"] for chunk in store.chunks.read(id, limit=10**6) for one in json.loads(chunk.events)]
    assert "resumed" in events
    assert stored(store, id) == alone

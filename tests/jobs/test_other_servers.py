"""Servers on one store: each leaves the others' experiments alone, and goes on with those of one that is gone."""

import time
from types import SimpleNamespace

import pytest
from standins import payload, until
from watching import FOREVER, has_steps, is_status, server, whole

from slalom.jobs.other_servers import ABSENT, OtherServers
from slalom.jobs.owner import identity
from slalom.jobs.supervisor import Supervisor
from slalom.storage.servers import MOST_RESUMED


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves on: ``clock[0]``."""
    now = [100.0]
    monkeypatch.setattr("slalom.jobs.silence.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_who_is_silent_for_too_long_is_gone(clock):
    others = OtherServers("me", 15.0)
    assert others.gone({"me": 1.0, "silent": 1.0, "far": 1.0}) == []
    for beat in range(2, 9):
        clock[0] += 2.0
        assert others.gone({"me": 1.0, "silent": 1.0, "far": float(beat)}) == []
    clock[0] += 1.5
    assert others.gone({"silent": 1.0, "far": 9.0}) == ["silent"]
    assert others.living == ["far"]


def test_nobody_is_blamed_for_silence_that_nobody_could_hear(clock):
    others = OtherServers("me", 15.0)
    others.gone({"far": 1.0})
    clock[0] += 20.0
    others.rest()
    assert others.gone({"far": 1.0}) == []


def test_the_heir_is_a_server_that_was_heard_of_lately(clock):
    others = OtherServers("me", 15.0)
    others.gone({"lost long ago": 1.0, "far": 1.0, "near": 1.0})
    assert others.heir() is None, "each may have been lost long ago"
    clock[0] += 2.0
    others.gone({"lost long ago": 1.0, "far": 2.0, "near": 1.0})
    clock[0] += 2.0
    others.gone({"lost long ago": 1.0, "far": 2.0, "near": 2.0})
    assert others.heir() == "near"
    clock[0] += ABSENT
    assert others.heir() is None


def test_the_experiments_of_a_second_live_server_are_left_alone(store, url, supervise):
    with server(url, FOREVER) as (_, ids):
        has_steps(store, ids[0])
        supervisor = supervise()
        until(lambda: supervisor._others.living)
        assert store.experiments.get(ids[0]).status == "running"


def test_a_server_elsewhere_counts_as_gone_once_it_is_silent(store, supervise):
    silent, alive = (
        store.experiments.create(kind="k", name="", spec='{"chunks": 3}', owner=f"{host}:1:0").id
        for host in ("far", "away")
    )
    for id in (silent, alive):
        store.experiments.claim(id, "worker")
    store.chunks.append(silent, 1, payload(1), "[]", 10)
    supervisor = supervise(gone_after=0.2)

    def silent_is_done():
        store.experiments.beat(alive)
        return store.experiments.get(silent).status == "done"

    until(silent_is_done)
    assert whole(store, silent) == 3
    assert store.experiments.get(silent).owner == supervisor.owner
    assert store.experiments.get(alive).status == "running"


def test_what_a_killed_server_was_computing_goes_on_at_the_other_one(store, url, supervise):
    supervisor = supervise(workers=3)
    with server(url, FOREVER, FOREVER, {"chunks": 40, "pause": 0.05}, {"chunks": 3}) as (process, ids):
        assert all(has_steps(store, id, 100) for id in ids[:2])
        store.experiments.want(ids[1], "pause")
        is_status(store, ids[1], "paused")
        until(lambda: process.pid and len(supervisor._others.living) == 1)
        seen = [store.chunks.last(id) for id in ids]
        process.kill()
        process.wait()
    until(lambda: all(store.experiments.get(id).owner == supervisor.owner for id in ids))
    has_steps(store, ids[0], 10 * seen[0] + 100)
    is_status(store, ids[2], "done")
    is_status(store, ids[3], "done")
    is_status(store, ids[1], "paused")
    steps = store.experiments.get(ids[1]).steps_done
    supervisor.resume(ids[1])
    has_steps(store, ids[1], steps + 100)
    for id in ids[:2]:
        supervisor.cancel(id)
        is_status(store, id, "cancelled")
    assert all(whole(store, id) >= n for id, n in zip(ids, seen, strict=True))
    assert [whole(store, id) for id in ids[2:]] == [40, 3]


def test_a_server_that_stops_hands_over_to_the_other_one(store, url, supervise):
    supervisor = supervise(workers=3)
    with server(url, FOREVER, FOREVER, {"chunks": 3}) as (process, ids):
        assert all(has_steps(store, id) for id in ids[:2])
        until(lambda: store.servers.beats().keys() >= {supervisor.owner, identity(process.pid)})
        time.sleep(2.5)  # It has to have heard twice of the other one.
        seen = [store.chunks.last(id) for id in ids]
        process.terminate()
        assert process.wait(5) == 0
    for id, n in zip(ids[:2], seen, strict=False):
        has_steps(store, id, 10 * n + 100)
        assert store.experiments.get(id).owner == supervisor.owner
        supervisor.cancel(id)
        is_status(store, id, "cancelled")
        whole(store, id)
    is_status(store, ids[2], "done")
    assert whole(store, ids[2]) == 3


def test_a_loop_that_runs_elsewhere_outlives_every_server(store, executor):
    id = store.experiments.create(kind="recorded", name="", spec="{}", owner="", running=True).id
    for _ in range(2):
        supervisor = Supervisor(store, executor)
        store.experiments._change(id, True, owner=supervisor.owner)
        supervisor.start()
        supervisor.stop()
        assert store.experiments.get(id).status == "running"


def test_a_clock_that_is_set_declares_nobody_dead(store, executor, monkeypatch):
    id = store.experiments.create(kind="recorded", name="", spec="{}", owner="", running=True).id
    supervisor = Supervisor(store, executor)
    monkeypatch.setattr("slalom.jobs.supervisor.ROUND", 0.05)
    supervisor.start()
    real = time.time
    for by in (86_400.0, -86_400.0):
        monkeypatch.setattr("time.time", lambda by=by: real() + by)
        seen = store.servers.beats()
        until(lambda seen=seen: store.servers.beats() != seen)
        assert store.experiments.get(id).status == "running"
    monkeypatch.setattr("slalom.jobs.supervisor.SILENT_SECONDS", 0.2)
    is_status(store, id, "interrupted")
    supervisor.stop()


LOST = "Its process on the node left-2 was lost"


class Cluster:
    """An executor whose processes run elsewhere, and are lost or adopted as a test says."""

    patience, slots, trouble = 60.0, 2, None

    def __init__(self):
        self.started, self.going_on, self.ended = [], set(), []

    def start(self, id):
        self.started.append(id)

    def stop(self, id, kill_after=0.0):
        self.ended.append((id, -15))

    def alive(self):
        return dict.fromkeys(self.going_on)

    def used(self, id):
        return None

    def adopt(self, id):
        return id in self.going_on

    def exited(self):
        ended, self.ended = self.ended, []
        return ended

    def close(self):
        return None


@pytest.fixture
def cluster():
    return Cluster()


def begun(store, cluster, supervisor):
    """Return an experiment that a process of the cluster has claimed."""
    id = supervisor.submit("{}", kind="comparison", name="").id
    until(lambda: id in cluster.started)
    assert store.experiments.claim(id, "actor 1")
    store.chunks.append(id, 1, payload(1), "[]", 10, "actor 1")
    return id


def test_what_was_lost_with_its_machine_is_started_again(store, cluster):
    supervisor = Supervisor(store, cluster)
    supervisor.start()
    id = begun(store, cluster, supervisor)
    for n in range(1, MOST_RESUMED + 1):
        cluster.ended.append((id, LOST))
        until(lambda n=n: cluster.started == [id] * (n + 1))
        assert store.experiments.claim(id, f"actor {n + 1}")
    cluster.ended.append((id, LOST))
    is_status(store, id, "failed")
    assert store.experiments.get(id).error.startswith(f"{LOST} at step 10, after it had")
    cancelled = begun(store, cluster, supervisor)
    store.experiments.want(cancelled, "cancel")
    cluster.ended.append((cancelled, LOST))
    is_status(store, cancelled, "cancelled")
    supervisor.stop()


def test_a_process_that_lives_on_without_its_server_is_adopted_by_the_next(store, cluster, monkeypatch):
    first = Supervisor(store, cluster)
    first.start()
    id = begun(store, cluster, first)
    cluster.going_on.add(id)
    first.stop()
    assert store.experiments.get(id).status == "running"
    monkeypatch.setattr("slalom.jobs.supervisor.identity", lambda: f"{identity()}1")
    monkeypatch.setattr("slalom.jobs.other_servers.is_gone", lambda owner: owner == first.owner)
    second = Supervisor(store, cluster)
    second.start()
    assert store.experiments.get(id).owner == second.owner
    assert store.chunks.append(id, 2, payload(2), "[]", 20, "actor 1") == "run"
    assert store.experiments.finish(id, "done", worker="actor 1")
    cluster.ended.append((id, 0))
    until(lambda: not second.running)
    assert (whole(store, id), cluster.started) == (2, [id])
    second.stop()

"""A worker beats while it computes and only then, and waits for a store that another program holds."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from slalom.engine import heartbeat as module
from slalom.engine.heartbeat import RetryingStore, heartbeat
from slalom.engine.worker import work
from slalom.errors import Busy
from slalom.storage.artifacts import Artifacts
from slalom.storage.chunks import Chunks
from slalom.storage.experiments import Experiments
from slalom.storage.schema import LOCK_SECONDS
from slalom.storage.store import Store
from slalom.wire.frames import decode

STEPS = 100_000
SPEC = '{"problem": {"kind": "bowl"}, "runs": [{}], "steps": 100000}'


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(f"sqlite:///{tmp_path}/slalom.db")) as opened:
        yield RetryingStore(opened)


def running(store):
    id = store.experiments.create(kind="comparison", name="", spec=SPEC, owner="test").id
    assert store.experiments.claim(id, "worker")
    return id


def beats(store, id, seconds, meanwhile):
    """Return how often the sign of life changed while something was done for so long."""
    seen, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        meanwhile()
        seen.add(store.experiments.states([id])[id].heartbeat)
    return len(seen) - 1


def compute():
    sum(range(100_000))


def test_it_beats_while_it_computes(store, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.05)
    id = running(store)
    with heartbeat(store, id):
        assert beats(store, id, 1.0, compute) >= 3


def test_it_does_not_beat_while_it_only_waits(store, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.1)
    monkeypatch.setattr(module, "SHORT_OF_CPU", 0.05)
    id = running(store)
    with heartbeat(store, id):
        time.sleep(0.5)
        before = store.experiments.states([id])[id].heartbeat
        time.sleep(1.0)
        assert store.experiments.states([id])[id].heartbeat == before


def test_it_does_not_beat_where_something_was_written_just_now(store, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.05)
    id, beaten = running(store), []
    monkeypatch.setattr(store, "beat_if_possible", lambda *_: beaten.append(1))
    store.written = float("inf")
    with heartbeat(store, id):
        beats(store, id, 0.5, compute)
    assert beaten == []


def held(path, seconds):
    """Hold the lock for writing for some seconds, as another program; return the thread that lets go of it."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    def let_go():
        time.sleep(seconds)
        other.execute("COMMIT")
        other.close()

    thread = threading.Thread(target=let_go)
    thread.start()
    return thread


@pytest.mark.parametrize("claimed_before", [False, True])
def test_it_waits_for_a_store_that_another_program_holds_longer_than_a_write_waits(store, tmp_path, claimed_before):
    id = store.experiments.create(kind="comparison", name="", spec=SPEC, owner="test").id
    worker = threading.Thread(target=work, args=(f"sqlite:///{tmp_path}/slalom.db", id))
    if claimed_before:
        worker.start()
        while not store.chunks.read(id, 0, 1):
            time.sleep(0.001)
    other = held(tmp_path / "slalom.db", LOCK_SECONDS + 1)
    if not claimed_before:
        worker.start()
    other.join()
    worker.join()
    record = store.experiments.get(id)
    assert (record.status, record.error) == ("done", None)
    blocks = [decode(chunk.payload) for chunk in store.chunks.read(id, 0, 10_000)]
    assert sum(block.n for block in blocks) == 100_001


@pytest.mark.parametrize("wanted", ["claim", "append", "keep", "finish", "get"])
def test_what_was_done_although_the_answer_was_lost_is_done_once(store, tmp_path, monkeypatch, wanted):
    part = {"append": Chunks, "keep": Artifacts}.get(wanted, Experiments)
    act, lost = getattr(part, wanted), []

    def act_and_lose_the_answer(*given, **named):
        answer = act(*given, **named)
        if len(lost) < 3:
            lost.append(answer)
            raise Busy("The database server does not answer.")
        return answer

    spec = SPEC.replace('"bowl"', '"network", "data": {"kind": "moons", "n": 40}, "hidden": [2]').replace(
        "100000", "200"
    )
    id = store.experiments.create(kind="comparison", name="", spec=spec, owner="test").id
    monkeypatch.setattr(part, wanted, act_and_lose_the_answer)
    work(f"sqlite:///{tmp_path}/slalom.db", id)
    record = store.experiments.get(id)
    assert len(lost) == 3
    assert (record.status, record.error, record.steps_done) == ("done", None, 200)
    assert sum(decode(chunk.payload).n for chunk in store.chunks.read(id, 0, 10_000)) == 201


def test_a_postgres_that_is_away_for_a_while_costs_an_experiment_no_step(postgres):
    url = postgres.fresh()
    with closing(Store.open(url)) as store:
        first, second = (
            store.experiments.create(kind="comparison", name="", spec=SPEC, owner="test").id for _ in range(2)
        )
        workers = [threading.Thread(target=work, args=(url, id)) for id in (first, second)]
        workers[0].start()
        while not store.chunks.read(first, 0, 1):
            time.sleep(0.001)
        postgres.stop()
        workers[1].start()  # It finds nobody there.
        time.sleep(1.0)
        postgres.start()
        for worker in workers:
            worker.join()
        for id in (first, second):
            record = store.experiments.get(id)
            assert (record.status, record.error) == ("done", None)
            blocks = [decode(chunk.payload) for chunk in store.chunks.read(id, 0, 10_000)]
            assert sum(block.n for block in blocks) == STEPS + 1

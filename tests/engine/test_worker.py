"""A worker on a real store: what it appends, how it obeys, how it ends."""

import json
import threading
import time

import pytest
from traces import header_of

from slalom.engine.descent import Descent
from slalom.engine.worker import SPEC, work
from slalom.storage.store import Store
from slalom.wire.frames import decode

FIGURE_5_8 = {
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1.5}}, {"optimizer": {"kind": "sgd", "lr": 0.1}}],
    "steps": 600,
}
LONG = FIGURE_5_8 | {"runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.2)], "steps": 1_000_000}


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/slalom.db")
    yield store
    store.close()


def create(store, spec, parent=None):
    text = spec if isinstance(spec, str) else json.dumps(spec)
    parent = None if parent is None else json.dumps(parent)
    return store.experiments.create(kind="comparison", name="", spec=text, owner="test", parent=parent).id


def start(store, id):
    thread = threading.Thread(target=work, args=(store.database.url, id))
    thread.start()
    return thread


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_appends_every_entry_and_finishes(store, traces_of):
    id = create(store, FIGURE_5_8)
    work(store.database.url, id)
    record = store.experiments.get(id)
    assert (record.status, record.steps_done, record.error) == ("done", 600, None)
    outcomes = json.loads(record.outcomes)
    assert [outcome["kind"] for outcome in outcomes] == ["diverged", "converged"]
    chunks = store.chunks.read(id, 0, 1000)
    assert [chunk.seq for chunk in chunks] == list(range(1, len(chunks) + 1))
    assert [header_of(chunk.payload)["seq"] for chunk in chunks] == [chunk.seq for chunk in chunks]
    blocks = [decode(chunk.payload) for chunk in chunks]
    assert sum(block.n for block in blocks if 0 in block.runs) == 511
    assert sum(block.n for block in blocks if 1 in block.runs) == 601
    events = [event for chunk in chunks for event in json.loads(chunk.events)]
    expected = [
        event._asdict() for trace in traces_of(Descent(SPEC.validate_json(record.spec))) for event in trace.events
    ]
    assert sorted(events, key=str) == sorted(expected, key=str)


def test_it_leaves_what_another_worker_has_alone(store):
    id = create(store, FIGURE_5_8)
    assert store.experiments.claim(id, "another")
    work(store.database.url, id)
    assert store.experiments.get(id).status == "running"
    assert store.chunks.read(id, 0, 10) == []


def test_cancelling_keeps_the_outcomes_so_far(store):
    id = create(store, LONG)
    thread = start(store, id)
    wait_for(lambda: store.chunks.read(id, 0, 3))
    store.experiments.want(id, "cancel")
    thread.join(20)
    record = store.experiments.get(id)
    assert record.status == "cancelled"
    assert record.steps_done < 1_000_000
    assert len(json.loads(record.outcomes)) == 2


def test_pausing_holds_it_until_it_is_resumed(store):
    id = create(store, LONG)
    thread = start(store, id)
    wait_for(lambda: store.chunks.read(id, 0, 1))
    store.experiments.want(id, "pause")
    time.sleep(0.2)
    held = store.experiments.get(id)
    time.sleep(0.2)
    assert store.experiments.get(id).steps_done == held.steps_done
    assert held.status == "paused"
    store.experiments.want(id, "run")
    wait_for(lambda: store.experiments.get(id).steps_done > held.steps_done)
    store.experiments.want(id, "pause")
    store.experiments.want(id, "cancel")
    thread.join(20)
    assert store.experiments.get(id).status == "cancelled"


def test_it_stops_where_the_experiment_was_ended_by_another(store):
    id = create(store, LONG)
    thread = start(store, id)
    wait_for(lambda: store.chunks.read(id, 0, 1))
    store.experiments.finish(id, "interrupted")
    thread.join(20)
    assert not thread.is_alive()
    assert store.experiments.get(id).status == "interrupted"


def test_a_fork_goes_on_from_its_parents_entry(store):
    parent = create(store, FIGURE_5_8)
    work(store.database.url, parent)
    child = create(store, FIGURE_5_8 | {"steps": 20}, {"id": parent, "run": 1, "step": 30})
    work(store.database.url, child)
    grandchild = create(store, FIGURE_5_8 | {"steps": 5}, {"id": child, "run": 0, "step": 2})
    work(store.database.url, grandchild)
    before = [decode(chunk.payload) for chunk in store.chunks.read(parent, 0, 100)]
    after = decode(store.chunks.read(child, 0, 100)[0].payload)
    later = decode(store.chunks.read(grandchild, 0, 100)[0].payload)
    place = after.columns.index("p0")
    block = next(block for block in before if block.step <= 30 <= block.last)
    assert after.data[place, 0, 0] == after.data[place, 1, 0] == block.data[place, block.runs.index(1), 30 - block.step]
    assert later.data[place, 0, 0] == after.data[place, 0, 2]


@pytest.mark.parametrize(
    ("spec", "parent", "sentence"),
    [
        (FIGURE_5_8, {"id": "gone00000000", "run": 0, "step": 1}, "There is no experiment 'gone00000000'"),
        ('{"kind": "unheard of"}', None, "fault of Slalom"),
    ],
)
def test_what_cannot_be_run_fails_with_a_sentence(store, spec, parent, sentence):
    id = create(store, spec, parent)
    work(store.database.url, id)
    record = store.experiments.get(id)
    assert record.status == "failed"
    assert sentence in record.error

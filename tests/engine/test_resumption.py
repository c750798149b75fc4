"""An experiment that broke anywhere goes on to the very numbers, events and outcomes of one that did not."""

import json
from collections import Counter
from contextlib import closing
from functools import partial

import numpy as np
import pytest
from traces import gather

from slalom.engine import descent as descents
from slalom.engine.descent import Artifact, Event, Tick
from slalom.engine.heartbeat import RetryingStore
from slalom.engine.resumption import OtherArithmetic, Stored
from slalom.engine.worker import work
from slalom.storage.store import Store
from slalom.wire.frames import Block, decode, encode

HERE = "here:1:0"
NETWORK = {"kind": "network", "data": {"kind": "moons", "n": 60}, "hidden": [4]}
SPECS = {
    "comparison": {
        "problem": {"kind": "rosenbrock"},
        "runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (1e-3, 2e-3, 1.0)],
        "steps": 3000,
    },
    "noise": {"problem": {"kind": "bowl"}, "runs": [{"noise": 0.1}], "seeds": 3, "steps": 500},
    "network": {"problem": NETWORK, "runs": [{"batch_size": 8}, {"optimizer": {"kind": "adam"}}], "steps": 40},
    "sweep": {
        "problem": {"kind": "bowl"},
        "runs": [{}],
        "vary": [{"field": "run.optimizer.lr", "from": 0.001, "to": 3, "n": 40, "scale": "log"}],
        "steps": 200,
    },
    "range_test": {"kind": "range_test", "problem": {"kind": "bowl"}, "run": {}, "steps": 200},
    "map": {
        "kind": "map",
        "problem": {"kind": "bowl"},
        "run": {},
        "vary": [
            {"field": "run.optimizer.lr", "from": 0.001, "to": 3, "n": 64, "scale": "log"},
            {"field": "run.start.0", "from": -1, "to": 1, "n": 64},
        ],
        "steps": 100,
    },
}

SLOW = ("network", "map")
"""What is broken once only."""


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(f"sqlite:///{tmp_path}/slalom.db")) as opened:
        opened.servers.beat(HERE)
        yield opened


@pytest.fixture(autouse=True)
def many_chunks(monkeypatch):
    """Have several chunks, however fast the machine is."""
    monkeypatch.setattr(descents, "TICK_NUMBERS", 2**8)


def make(store, spec, **given):
    kind = spec.get("kind", "comparison")
    return store.experiments.create(kind=kind, name="", spec=json.dumps(spec), owner=HERE, **given).id


def chunks_of(store, id):
    return store.chunks.read(id, 0, 100_000)


def broken(store, whole, count):
    """Return a copy of an experiment as it was when its process was lost after so many chunks."""
    then = store.experiments.get(whole)
    about = {name: getattr(then, name) for name in ("kind", "spec", "parent", "source")}
    id = store.experiments.create(name="", owner=HERE, **about).id
    assert store.experiments.claim(id, "lost")
    cells = 0
    for chunk in chunks_of(store, whole)[:count]:
        block = decode(chunk.payload)
        last, cells = block.last, cells + len(block.runs)
        store.chunks.append(id, *chunk, cells if then.kind == "map" else last, "lost")
        for step in store.artifacts.steps(whole, "state"):
            if step <= last:
                store.artifacts.keep(id, step, "state", store.artifacts.load(whole, "state", step))
    assert store.servers.resume(id, HERE, "It was lost")
    return id


def runs_of(store, id):
    """Return every run's columns, having seen that no entry is missing or double, and the chunks are numbered."""
    chunks = chunks_of(store, id)
    assert [chunk.seq for chunk in chunks] == list(range(1, len(chunks) + 1))
    blocks = [decode(chunk.payload) for chunk in chunks]
    steps = {}
    for block in blocks:
        for run in block.runs:
            steps.setdefault(run, []).extend(range(block.step, block.step + block.n * block.stride, block.stride))
    for own in steps.values():
        assert own == list(range(own[0], own[0] + len(own)))
    return {run: gather(blocks, run)[1].tobytes() for run in steps}


def events_of(store, id):
    told = [event for chunk in chunks_of(store, id) for event in json.loads(chunk.events)]
    # How long a step takes is another number every time.
    return Counter((one["run"], one["kind"], one["step"], one["kind"] == "timing" or one["sentence"]) for one in told)


def kept_of(store, id):
    kinds = ("state", "plane", "range_test")
    return {
        (kind, step): store.artifacts.load(id, kind, step) for kind in kinds for step in store.artifacts.steps(id, kind)
    }


def assert_same(store, id, whole):
    record, then = store.experiments.get(id), store.experiments.get(whole)
    assert (record.status, record.error, record.outcomes) == (then.status, then.error, then.outcomes)
    assert record.steps_done == then.steps_done
    assert runs_of(store, id) == runs_of(store, whole)
    assert kept_of(store, id) == kept_of(store, whole)


def resumed(store, whole, count):
    """Break an experiment after so many chunks, let another process go on with it, and return what it told of that."""
    id = broken(store, whole, count)
    before = chunks_of(store, id)
    work(store.database.url, id)
    assert chunks_of(store, id)[:count] == before
    assert_same(store, id, whole)
    more = events_of(store, id) - events_of(store, whole)
    assert not events_of(store, whole) - events_of(store, id)
    return more


@pytest.mark.parametrize("kind", SPECS)
def test_it_goes_on_wherever_it_broke(store, kind):
    whole = make(store, SPECS[kind])
    work(store.database.url, whole)
    assert store.experiments.get(whole).status == "done"
    count = len(chunks_of(store, whole))
    assert count > 1
    for cut in [count // 2] if kind in SLOW else {1, count // 2, count - 1, count}:
        more = resumed(store, whole, cut)
        assert [kind for _, kind, _, _ in more] == ["resumed"] * (cut < count)


def test_it_goes_on_where_an_entry_is_stored_of_some_runs_only(store, monkeypatch):
    monkeypatch.setattr(descents, "pieces", partial(descents.pieces, most=400))
    whole = make(store, SPECS["comparison"] | {"steps": 12, "runs": SPECS["comparison"]["runs"] * 4})
    work(store.database.url, whole)
    blocks = [decode(chunk.payload) for chunk in chunks_of(store, whole)]
    assert len({block.runs for block in blocks}) > 1
    for cut in range(1, len(blocks), 11):
        resumed(store, whole, cut)


def test_what_goes_on_may_be_cut_in_other_places(store, monkeypatch):
    whole = make(store, SPECS["comparison"])
    work(store.database.url, whole)
    monkeypatch.setattr(descents, "TICK_NUMBERS", 2**6)
    monkeypatch.setattr(descents, "JUDGED", 1)
    id = broken(store, whole, 2)
    work(store.database.url, id)
    assert len(chunks_of(store, id)) > len(chunks_of(store, whole)) + 5
    assert_same(store, id, whole)


def test_a_fork_and_a_comparison_of_stored_runs_go_on(store):
    spec = SPECS["comparison"]
    parents = [make(store, spec | {"runs": [run]}) for run in spec["runs"][:2]]
    for parent in parents:
        work(store.database.url, parent)
    fork = make(store, spec | {"runs": spec["runs"][:1]}, parent=json.dumps({"id": parents[0], "run": 0, "step": 40}))
    joined = make(store, spec | {"runs": spec["runs"][:2]}, source=json.dumps({"joined": parents}))
    for whole in (fork, joined):
        work(store.database.url, whole)
        assert store.experiments.get(whole).status == "done"
        resumed(store, whole, 1)


def test_it_may_break_more_than_once(store):
    whole = make(store, SPECS["comparison"])
    work(store.database.url, whole)
    second = broken(store, whole, 1)
    work(store.database.url, second)
    # Of a tick that has several chunks, as where a run ends within it, the last one tells the events.
    third = broken(store, second, next(chunk.seq for chunk in chunks_of(store, second) if "resumed" in chunk.events))
    work(store.database.url, third)
    assert_same(store, third, whole)
    told = [step for _, kind, step, _ in events_of(store, third).elements() if kind == "resumed"]
    assert len(told) == 2


def test_only_tiles_of_a_map_that_are_not_stored_are_computed(store, monkeypatch):
    whole = make(store, SPECS["map"])
    work(store.database.url, whole)
    chunks, computed = chunks_of(store, whole), []

    def in_this_process(count, compute, alive, processes):
        computed.append(count)
        yield from ((number, compute(number)) for number in range(count))

    monkeypatch.setattr("slalom.engine.map.runner.map_in_processes", in_this_process)
    resumed(store, whole, len(chunks) - 1)
    assert computed == [1]


def test_another_arithmetic_is_noticed(store):
    whole = make(store, SPECS["comparison"])
    work(store.database.url, whole)
    id = broken(store, whole, 1)
    first = decode(chunks_of(store, id)[0].payload)
    data = first.data.copy()
    data[0, 0, -1] = np.nextafter(data[0, 0, -1], 1)
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE chunk SET payload = ? WHERE experiment = ?", (encode(first._replace(data=data), 1), id)
        )
    work(store.database.url, id)
    record = store.experiments.get(id)
    assert record.status == "failed"
    assert record.error.startswith(f"Its process was lost at step {first.last:,}, and what another one computed again")
    assert len(chunks_of(store, id)) == 1


def block(step, runs, values):
    return Block(step, runs, ("loss",), np.array(values, float)[None])


@pytest.fixture
def stored(store):
    """What is stored: entries 0 and 1 of runs 0, 1 and 2, then entry 2 of run 1 only, which is not finite."""
    id = make(store, SPECS["comparison"])
    store.experiments.claim(id, "lost")
    event = [Event(0, "first_rise", 1, "It rose.")._asdict()]
    for seq, one in enumerate((block(0, (0, 1, 2), [[0, 1], [10, 11], [20, 21]]), block(2, (1,), [[np.nan]])), 1):
        store.chunks.append(id, seq, encode(one, seq), json.dumps(event if seq == 1 else []), one.last, "lost")
    store.artifacts.keep(id, 1, "state", b"kept")
    return Stored(RetryingStore(store), id, 2)


def test_of_every_run_the_entries_beyond_its_last_are_new(stored):
    again = block(0, (0, 1, 2), [[0, 1, 2, 3], [10, 11, np.nan, 13], [20, 21, 22, 23]])
    later = block(4, (0, 2, 5), [[4], [24], [54]])
    events = [Event(0, "first_rise", 1, "It rose."), Event(2, "converged", 3, "It is there.")]
    tick = stored.rest(Tick([again, later], events, 4, [Artifact(1, b"kept"), Artifact(2, b"new")]))
    assert [(one.step, one.runs, one.data.tolist()) for one in tick.blocks] == [
        (2, (0, 2), [[[2, 3], [22, 23]]]),
        (3, (1,), [[[13]]]),
        (4, (0, 2, 5), [[[4], [24], [54]]]),
    ]
    assert [event.kind for event in tick.events] == ["resumed", "converged"]
    assert (tick.done, tick.kept) == (4, [Artifact(2, b"new")])
    assert (stored.seq, stored.known) == (2, {0, 1, 2})


def test_events_wait_for_the_next_entries(stored):
    tick = stored.rest(Tick([block(0, (0, 1, 2), [[0], [10], [20]])], [Event(2, "converged", 1, "There.")], 0))
    assert (tick.blocks, tick.events, tick.done) == ([], [], 2)
    tick = stored.rest(Tick([block(3, (0, 1, 2), [[3], [13], [23]])], [], 3))
    assert [event.kind for event in tick.events] == ["resumed", "converged"]
    assert stored.rest(Tick([], [], 3)).events == []


def test_what_differs_at_the_end_of_any_run_is_refused(stored):
    with pytest.raises(OtherArithmetic):
        stored.rest(Tick([block(0, (0, 1, 2), [[0, 1, 2], [10, 11, 12], [20, 21, 22]])], [], 2))

"""What is old goes or is thinned out, where somebody wants it; what is thinned out keeps what matters, and says so."""

import json
import time

import numpy as np
import pytest
from commanding import slalom
from sqlalchemy import update
from storing import LONG, ended, long_trace, make, recount, running

from slalom.catalogue.problems.surfaces import Parabola
from slalom.errors import Conflict, NotFound
from slalom.jobs.purger import Purger
from slalom.storage.connection import iso
from slalom.storage.store import Store
from slalom.storage.tables import experiment
from slalom.storage.thinning import STRETCH_CHUNKS
from slalom.wire.frames import Block, decode, encode, steps_of, without_steps
from slalom.wire.thinning import thin_out

COLUMNS = Parabola().columns
DAY = 86_400


def aged(store, seconds, **given):
    """Return an ended experiment that was created so many seconds ago."""
    id = ended(store, "done") if not given else make(store, **given).id
    with store.database.write() as connection:
        connection.execute(update(experiment).where(experiment.c.id == id).values(created=iso(time.time() - seconds)))
    return id


# Going


@pytest.mark.parametrize(("age", "goes"), [(DAY - 60, False), (DAY, True), (DAY + 60, True)])
def test_so_old_and_no_older(store, age, goes):
    id = aged(store, age)
    assert [one.id for one in store.purge.expired(DAY)] == ([id] if goes else [])
    assert store.purge.expire(DAY) == goes


def test_what_is_shared_or_has_not_ended_stays(store):
    old, shared, queued = aged(store, 2 * DAY), aged(store, 2 * DAY), aged(store, 2 * DAY, name="waits")
    store.experiments.share(shared, True)
    assert store.purge.expire(DAY) == 1
    with pytest.raises(NotFound):
        store.experiments.get(old)
    assert {store.experiments.get(id).id for id in (shared, queued)} == {shared, queued}
    assert store.experiments.restore(old).id == old, "within the hour, as what was deleted by hand"


def test_the_caretaker_keeps_for_so_long(store):
    old, young = aged(store, 2 * DAY), aged(store, 0)
    caretaker = Purger(store, seconds=0.01, keep=DAY)
    caretaker.start()
    deadline = time.monotonic() + 20
    while store.purge.expired(DAY) and time.monotonic() < deadline:
        time.sleep(0.01)
    caretaker.stop()
    assert [one.id for one in store.purge.hidden()] == [old]
    assert store.experiments.get(young).deleted is None


def test_the_command_says_what_goes_and_removes_it(tmp_path):
    path = tmp_path / "slalom.db"
    store = Store.open(f"sqlite:///{path}")
    old, young, deleted = aged(store, 40 * DAY), aged(store, DAY), aged(store, DAY)
    store.experiments.delete(deleted)
    store.close()
    said = slalom("db", "prune", "--keep", "30 days", "--dry-run", "--store", path)
    assert said.code == 0
    assert "Would be removed, as deleted: 1 experiments" in said.out
    assert f"  {old}  " in said.out
    assert young not in said.out
    done = slalom("db", "prune", "--keep", "30 days", "--store", path)
    assert done.out.splitlines()[-1].startswith("Done: ")
    store = Store.open(f"sqlite:///{path}")
    assert [*store.experiments.states([old, young, deleted])] == [young]
    store.close()
    assert slalom("db", "prune", "--keep", "soon", "--store", path).code == 2
    assert slalom("db", "prune", "--thin", "--store", path).code == 2


# Thinning out


def test_a_block_keeps_its_ends_extremes_and_events_and_where_a_number_ceases_to_be():
    random = np.random.default_rng(1)
    data = random.normal(size=(3, 4, 1000))
    data[1, 2, 400:500], data[2, 3, 77] = np.nan, -np.inf
    whole = Block(50, (0, 3, 5, 6), ("loss", "lr", "limit"), data)
    thin = thin_out(whole, {(3, 123), (5, 50), (9, 60)})
    steps, values = steps_of(thin), without_steps(thin).data
    assert (thin.stride, thin.columns[0]) == (0, "step")
    assert thin.n < 100
    assert (np.diff(steps) > 0).all()
    assert (steps[:, 0] == 50).all()
    assert (steps[:, -1] == 1049).all()
    assert 123 in steps[1]
    assert {449, 450, 549, 550} <= {*steps[2]}
    assert {126, 127, 128} <= {*steps[3]}
    for run in range(4):
        np.testing.assert_array_equal(values[:, run], data[:, run, steps[run] - 50])
        for column in range(3):
            known = data[column, run][np.isfinite(data[column, run])]
            kept = values[column, run][np.isfinite(values[column, run])]
            assert (kept.min(), kept.max()) == (known.min(), known.max())


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_block_of_which_nearly_all_would_stay_is_left_alone(n):
    block = Block(0, (0,), ("loss",), np.arange(n, dtype=float)[None, None])
    assert thin_out(block) is block


def test_a_thinned_trace_is_smaller_covers_the_same_and_is_thinned_once(store):
    id, blocks = long_trace(store)
    before = store.experiments.get(id)
    done = store.thinning.run(id)
    after = store.experiments.get(id)
    assert before.thinned is None
    assert json.loads(after.thinned) == {"entries": done.entries, "of": 10_001}
    assert done.entries < 10_001 / 8
    assert before.bytes - after.bytes == done.freed > before.bytes * 0.8
    assert recount(store)[id] == after.bytes
    chunks = store.chunks.read(id)
    frames = [decode(one.payload) for one in chunks]
    assert chunks[-1].seq == len(blocks)
    assert {frame.step for frame in frames} >= {0}
    assert [event for one in chunks for event in json.loads(one.events)] == [
        {"run": 1, "kind": "first_rise", "step": step, "sentence": "It rises."} for step in (507, 2007)
    ]
    again = store.thinning.run(id)
    assert (again.entries, again.of, again.freed) == (done.entries, 10_001, 0)
    assert store.chunks.read(id) == chunks


def test_what_is_noted_counts_what_stayed_as_it_was(store):
    """The last chunk, of one entry, is not thinned out; the note of what was is written before it."""
    id, _ = long_trace(store, chunks=STRETCH_CHUNKS + 1, n=40)
    done = store.thinning.run(id)
    after = store.experiments.get(id)
    assert json.loads(after.thinned) == {"entries": done.entries, "of": done.of}
    assert done.of == 40 * (STRETCH_CHUNKS + 1) + 1
    assert recount(store)[id] == after.bytes


def test_what_runs_or_keeps_no_entries_is_not_thinned_out(store):
    with pytest.raises(Conflict):
        store.thinning.run(running(store))
    of_a_map = make(store, kind="map")
    store.experiments.want(of_a_map.id, "cancel")
    with pytest.raises(Conflict):
        store.thinning.run(of_a_map.id)
    with pytest.raises(NotFound):
        store.thinning.run("0123456789abcdef")


def test_runs_side_by_side_in_many_chunks_stay_in_order(store):
    """As of a large sweep: every chunk has few entries of some runs."""
    id, random = running(store, spec=LONG), np.random.default_rng(2)
    seq = 0
    for i in range(40):
        for runs in ((0,), (1,)):
            seq += 1
            data = random.normal(size=(len(COLUMNS), 1, 14))
            store.chunks.append(id, seq, encode(Block(14 * i, runs, COLUMNS, data), seq), "[]", 14 * i + 13)
    store.experiments.finish(id, "done", "[]")
    store.thinning.run(id)
    frames = [decode(one.payload) for one in store.chunks.read(id)]
    assert [frame.step for frame in frames] == sorted(frame.step for frame in frames)
    for run in (0, 1):
        steps = np.concatenate([steps_of(frame)[0] for frame in frames if frame.runs == (run,)])
        assert (np.diff(steps) > 0).all()
        assert (steps[0], steps[-1]) == (0, 559)
        assert len(steps) < 300

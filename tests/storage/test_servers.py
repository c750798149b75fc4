"""Servers that share a store: who lives, and what becomes of the experiments of one that is gone."""

import pytest
from storing import make, recount, running

from slalom.storage.servers import MOST_RESUMED


def states(store, *ids):
    return [store.experiments.states([id])[id] for id in ids]


def statuses(store, *ids):
    return [state.status for state in states(store, *ids)]


def owners(store, *ids):
    return [state.owner for state in states(store, *ids)]


@pytest.fixture
def things(store):
    """One experiment of server "a" in every state, a loop that somebody else sends, and one of server "b"."""
    ids = {name: make(store, owner="a").id for name in ("running", "paused", "cancelled", "done", "queued")}
    ids |= {"loop": make(store, owner="a", kind="recorded", running=True).id, "other": make(store, owner="b").id}
    for name in ("running", "paused", "cancelled", "done", "other"):
        store.experiments.claim(ids[name], "worker")
    store.chunks.append(ids["running"], 1, b"x", "[]", 34)
    store.experiments.want(ids["paused"], "pause")
    store.experiments.want(ids["cancelled"], "cancel")
    store.experiments.finish(ids["done"], "done")
    return ids


def test_what_was_computed_is_interrupted_and_the_rest_is_inherited(store, things):
    assert set(store.servers.beats()) == {"a", "b"}
    computed = [things[name] for name in ("running", "paused", "cancelled")]
    assert sorted(store.servers.interrupt("a", heir="c")) == sorted(computed)
    assert store.experiments.get(things["running"]).error.startswith("The server stopped at step 34. Start it again")
    assert statuses(store, *things.values()) == [*["interrupted"] * 3, "done", "queued", "running", "running"]
    assert owners(store, things["queued"], things["loop"], things["other"], things["done"]) == ["c", "c", "b", "a"]
    assert set(store.servers.beats()) == {"b", "c"}
    for id in computed:
        assert store.experiments.get(id).bytes == recount(store)[id]


def test_without_an_heir_only_what_was_computed_ends(store, things):
    store.servers.interrupt("a", spared=[things["paused"]])
    assert statuses(store, *things.values()) == [
        *("interrupted", "paused", "interrupted", "done", "queued", "running", "running")
    ]
    assert set(owners(store, things["paused"], things["queued"], things["loop"])) == {"a"}


def test_everything_is_given_to_a_server_that_is_there(store, things):
    assert not store.servers.inherit("a", "c"), "no server of that name has said that it lives"
    assert set(owners(store, *things.values())) == {"a", "b"}
    store.servers.beat("c")
    assert store.servers.inherit("a", "c")
    assert set(store.servers.beats()) == {"b", "c"}
    assert owners(store, *things.values()) == ["c", "c", "c", "a", "c", "c", "b"]
    assert statuses(store, *things.values()) == [
        *("running", "paused", "running", "done", "queued", "running", "running")
    ]
    assert store.servers.computed("c") == sorted(things[name] for name in ("running", "paused", "cancelled"))


def test_what_is_resumed_waits_for_a_worker_as_it_was_wanted(store, things):
    for name in ("running", "paused", "cancelled"):
        assert store.servers.resume(things[name], "a", "It was lost")
    for name in ("done", "queued", "loop", "other"):
        assert not store.servers.resume(things[name], "a", "It was lost")
    assert statuses(store, *things.values()) == [
        *("queued", "queued", "cancelled", "done", "queued", "running", "running")
    ]
    assert [chunk.payload for chunk in store.chunks.read(things["running"])] == [b"x"]
    assert states(store, things["running"])[0].steps_done == 34
    for name, status in (("running", "running"), ("paused", "paused")):
        assert store.experiments.get(things[name]).worker is None
        assert store.experiments.claim(things[name], "another")
        assert statuses(store, things[name]) == [status]


@pytest.mark.parametrize("by_server", [False, True])
def test_what_is_lost_again_and_again_fails_in_the_end(store, by_server):
    id, owner = running(store, owner="server 0"), "server 0"
    for n in range(1, MOST_RESUMED + 2):
        if by_server:
            store.servers.beat(f"server {n}")
            assert store.servers.inherit(owner, f"server {n}")
            owner = f"server {n}"
        assert store.servers.resume(id, owner, "Its server was lost", lost=not by_server)
        assert statuses(store, id) == ["queued" if n <= MOST_RESUMED else "failed"]
        store.experiments.claim(id, f"worker {n}")
    record = store.experiments.get(id)
    assert record.error.startswith("Its server was lost at step 0, after it had been taken up again 3 times.")
    assert record.bytes == recount(store)[id]


def test_handing_over_does_not_count(store):
    id = running(store, owner="server 0")
    for n in range(1, MOST_RESUMED + 3):
        store.servers.beat(f"server {n}")
        assert store.servers.inherit(f"server {n - 1}", f"server {n}", lost=False)
        assert store.servers.resume(id, f"server {n}", "Its server was lost", lost=False)
        assert store.experiments.claim(id, f"worker {n}")


def test_signs_of_life_change_what_is_known_of_a_server(store):
    id = make(store, owner="a").id
    before = store.servers.beats()["a"]
    store.servers.beat("a")
    assert store.servers.beats()["a"] != before
    store.experiments.claim(id, "worker")
    before = states(store, id)[0].heartbeat
    store.experiments.beat(id)
    assert states(store, id)[0].heartbeat != before
    store.servers.leave("a")
    assert set(store.servers.beats()) == {"a"}, "it has an experiment that has not ended"
    store.experiments.finish(id, "done")
    assert store.servers.beats() == {}


def test_a_server_whose_workers_live_on_without_it_is_silent(store):
    id = running(store, owner="a")
    store.servers.beat("a")
    before = store.servers.beats()
    store.experiments.beat(id)
    assert store.servers.beats() == before


def test_what_somebody_else_writes_ends_when_it_is_silent(store, things):
    beats = store.servers.elsewhere()
    assert set(beats) == {things["loop"]}
    store.experiments.beat(things["loop"])
    assert store.servers.interrupt_silent(beats, "Nothing was heard.") == 0
    assert store.servers.interrupt_silent(store.servers.elsewhere(), "Nothing was heard.") == 1
    assert store.experiments.get(things["loop"]).status == "interrupted"
    assert statuses(store, things["running"], things["paused"]) == ["running", "paused"]


def test_a_loop_has_its_time_again_when_its_server_was_replaced(store, things):
    beats = store.servers.elsewhere()
    store.servers.interrupt("a", heir="c")
    assert store.servers.interrupt_silent(beats, "Nothing was heard.") == 0
    assert statuses(store, things["loop"]) == ["running"]

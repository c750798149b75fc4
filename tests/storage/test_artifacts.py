"""What a store keeps by step, and the data that users bring: written, listed, read, and gone with its experiment."""

import json
import time

import pytest
from storing import ended, make, running

from slalom.errors import Conflict, NotFound, SpecError
from slalom.storage.datasets import StoredDataset
from slalom.storage.store import Store


def test_what_is_kept_comes_back_by_its_step(store):
    id, other = running(store), running(store)
    for step in (64, 0, 8):
        store.artifacts.keep(id, step, "state", bytes([step]) * 1000)
    store.artifacts.keep(id, 8, "plane", b"plane")
    store.artifacts.keep(other, 9, "state", b"x")
    assert store.artifacts.steps(id, "state") == [0, 8, 64]
    assert store.artifacts.steps(id, "state", after=0) == [8, 64]
    assert (
        store.artifacts.steps(id, "state", after=64)
        == store.artifacts.steps(id, "nothing")
        == store.artifacts.steps("nothing", "state")
        == []
    )
    assert store.artifacts.load(id, "state", 64) == b"@" * 1000
    assert store.artifacts.load(id, "plane", 8) == b"plane"


def test_the_last_one_up_to_an_entry(store):
    id = running(store)
    assert store.artifacts.last(id, "state") is None
    for step in (0, 8, 64):
        store.artifacts.keep(id, step, "state", b"%d" % step)
    assert store.artifacts.last(id, "state") == (64, b"64")
    found = {upto: store.artifacts.last(id, "state", upto) for upto in (0, 7, 8, 63, 64, 10**9)}
    assert [step for step, _ in found.values()] == [0, 0, 8, 8, 64, 64]
    assert store.artifacts.last(id, "state", -1) is None


def test_what_is_kept_twice_is_replaced(store):
    id = running(store)
    store.artifacts.keep(id, 1, "plane", b"first")
    store.artifacts.keep(id, 1, "plane", b"second")
    assert store.artifacts.load(id, "plane", 1) == b"second"
    assert store.artifacts.steps(id, "plane") == [1]


def test_a_step_and_a_payload_may_be_large(store):
    id = running(store)
    payload = bytes(range(256)) * 8192
    store.artifacts.keep(id, 2**40, "state", payload)
    assert store.artifacts.last(id, "state") == (2**40, payload)


def test_nothing_is_kept_of_what_is_not_there(store):
    with pytest.raises(Conflict, match="The experiment nothing is gone"):
        store.artifacts.keep("nothing", 0, "state", b"x")
    id = make(store).id
    with pytest.raises(NotFound, match=f"The experiment {id} keeps no state of entry 3"):
        store.artifacts.load(id, "state", 3)


def test_what_is_kept_is_seen_by_other_processes(store, open_store):
    other = open_store()
    id = running(store)
    store.artifacts.keep(id, 0, "state", b"x")
    assert other.artifacts.load(id, "state", 0) == b"x"


def test_a_purge_removes_what_was_kept_in_small_steps(store, monkeypatch):
    monkeypatch.setattr("slalom.storage.purge.PURGED_AT_ONCE", 2)
    old, other = ended(store, "done"), ended(store, "done")
    for step in range(8):
        store.artifacts.keep(old, step, "state" if step % 2 else "plane", b"x")
    store.artifacts.keep(other, 0, "state", b"x")
    store.experiments.delete(old)
    assert store.purge.run(before=time.time()) == 1
    assert store.artifacts.steps(old, "state") == store.artifacts.steps(old, "plane") == store.chunks.read(old) == []
    assert store.artifacts.steps(other, "state") == [0]


# Data that users bring


def test_a_dataset_is_stored_listed_and_read(store):
    ids = [store.datasets.add(f"n{i} ä", "csv", '{"rows": 3}', b"a,b\n1,2\n\xff" * i) for i in range(3)]
    assert len(set(ids)) == 3
    assert all(id[0] == "d" and len(id) == 17 and id.isalnum() and id.islower() for id in ids)
    assert [one.id for one in store.datasets.list()] == ids[::-1]
    found = store.datasets.get(ids[1])
    assert found == StoredDataset(ids[1], "n1 ä", "csv", '{"rows": 3}', found.created, "", False, None)
    assert found.created.endswith("Z")
    assert store.datasets.file(ids[1]).text == b"a,b\n1,2\n\xff"
    assert store.datasets.file(ids[0]).text == b""


def test_datasets_keep_their_order_when_the_clock_goes_back(store, monkeypatch):
    first = store.datasets.add("a", "csv", "{}", b"")
    monkeypatch.setattr("slalom.storage.connection.time.time", lambda: 1.0)
    second = store.datasets.add("b", "csv", "{}", b"")
    assert [one.id for one in store.datasets.list()] == [second, first]


def test_a_dataset_that_is_not_there(store):
    for act in (store.datasets.get, store.datasets.delete):
        with pytest.raises(NotFound, match=r"There is no dataset 'dnothing'\. List them with GET /api/datasets\."):
            act("dnothing")
    with pytest.raises(SpecError, match="There is no dataset 'dnothing'; upload it with POST") as refused:
        store.datasets.file("dnothing")
    assert refused.value.loc == ("problem", "data", "id")


def using(id, **fields):
    return json.dumps({"problem": {"kind": "network", "data": {"kind": "csv", "id": id}}, **fields})


def test_a_dataset_in_use_is_not_removed(store):
    id = store.datasets.add("mine", "csv", "{}", b"x")
    user = make(store, name="my run", spec=using(id)).id
    with pytest.raises(Conflict, match=rf"The dataset {id} is used by the experiment {user} \(my run\). Delete that"):
        store.datasets.delete(id)
    assert store.datasets.file(id).text == b"x"
    store.experiments.delete(user)
    store.datasets.delete(id)
    assert store.datasets.list() == []
    with pytest.raises(NotFound):
        store.datasets.delete(id)


def test_a_dataset_that_is_only_mentioned_is_removed(store):
    id, other = (store.datasets.add(name, "csv", "{}", b"x") for name in "ab")
    make(store, name=id, spec=using(other, runs=[{"label": id}]))
    make(store, spec=json.dumps({"problem": {"kind": "bowl"}, "label": id}))
    store.datasets.delete(id)
    assert [one.id for one in store.datasets.list()] == [other]


def test_an_older_store_gains_the_new_tables_and_keeps_what_it_had(tmp_path):
    from sqlalchemy import create_engine

    from slalom.storage import schema

    url = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        schema.migrate(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO experiment"
            " (id, kind, status, wanted, created, steps_done, heartbeat, owner, client, name, spec)"
            " VALUES ('e', 'comparison', 'done', 'run', '', 0, 0, '', '', 'old', '{}')"
        )
    engine.dispose()
    store = Store.open(url)
    assert store.experiments.get("e").name == "old"
    store.artifacts.keep("e", 0, "state", b"x")
    assert store.artifacts.steps("e", "state") == [0]
    assert store.datasets.add("a", "csv", "{}", b"")
    store.close()

"""What a store keeps by step, and the data that users bring: written, listed, read, and gone with its experiment."""

import json
import time

import pytest
from storing import ended, make, running

from slalom.errors import Conflict, NotFound, SpecError
from slalom.storage.artifacts import StoredDataset
from slalom.storage.experiments import Store


def test_what_is_kept_comes_back_by_its_step(store):
    id, other = running(store), running(store)
    for step in (64, 0, 8):
        store.keep(id, step, "state", bytes([step]) * 1000)
    store.keep(id, 8, "plane", b"plane")
    store.keep(other, 9, "state", b"x")
    assert store.kept(id, "state") == [0, 8, 64]
    assert store.kept(id, "state", after=0) == [8, 64]
    assert store.kept(id, "state", after=64) == store.kept(id, "nothing") == store.kept("nothing", "state") == []
    assert store.load(id, "state", 64) == b"@" * 1000
    assert store.load(id, "plane", 8) == b"plane"


def test_the_last_one_up_to_an_entry(store):
    id = running(store)
    assert store.last_kept(id, "state") is None
    for step in (0, 8, 64):
        store.keep(id, step, "state", b"%d" % step)
    assert store.last_kept(id, "state") == (64, b"64")
    found = {upto: store.last_kept(id, "state", upto) for upto in (0, 7, 8, 63, 64, 10**9)}
    assert [step for step, _ in found.values()] == [0, 0, 8, 8, 64, 64]
    assert store.last_kept(id, "state", -1) is None


def test_what_is_kept_twice_is_replaced(store):
    id = running(store)
    store.keep(id, 1, "plane", b"first")
    store.keep(id, 1, "plane", b"second")
    assert store.load(id, "plane", 1) == b"second"
    assert store.kept(id, "plane") == [1]


def test_a_step_and_a_payload_may_be_large(store):
    id = running(store)
    payload = bytes(range(256)) * 8192
    store.keep(id, 2**40, "state", payload)
    assert store.last_kept(id, "state") == (2**40, payload)


def test_nothing_is_kept_of_what_is_not_there(store):
    with pytest.raises(Conflict, match="The experiment nothing is gone"):
        store.keep("nothing", 0, "state", b"x")
    id = make(store).id
    with pytest.raises(NotFound, match=f"The experiment {id} keeps no state of entry 3"):
        store.load(id, "state", 3)


def test_what_is_kept_is_seen_by_other_processes(store, open_store):
    other = open_store()
    id = running(store)
    store.keep(id, 0, "state", b"x")
    assert other.load(id, "state", 0) == b"x"


def test_a_purge_removes_what_was_kept_in_small_steps(store, monkeypatch):
    monkeypatch.setattr("slalom.storage.purge.PURGED_AT_ONCE", 2)
    old, other = ended(store, "done"), ended(store, "done")
    for step in range(8):
        store.keep(old, step, "state" if step % 2 else "plane", b"x")
    store.keep(other, 0, "state", b"x")
    store.delete(old)
    assert store.purge(before=time.time()) == 1
    assert store.kept(old, "state") == store.kept(old, "plane") == store.chunks(old) == []
    assert store.kept(other, "state") == [0]


# Data that users bring


def test_a_dataset_is_stored_listed_and_read(store):
    ids = [store.add_dataset(f"n{i} ä", "csv", '{"rows": 3}', b"a,b\n1,2\n\xff" * i) for i in range(3)]
    assert len(set(ids)) == 3
    assert all(id[0] == "d" and len(id) == 17 and id.isalnum() and id.islower() for id in ids)
    assert [one.id for one in store.datasets()] == ids[::-1]
    found = store.dataset(ids[1])
    assert found == StoredDataset(ids[1], "n1 ä", "csv", '{"rows": 3}', found.created)
    assert found.created.endswith("Z")
    assert store.text_of(ids[1]) == b"a,b\n1,2\n\xff"
    assert store.text_of(ids[0]) == b""


def test_datasets_keep_their_order_when_the_clock_goes_back(store, monkeypatch):
    first = store.add_dataset("a", "csv", "{}", b"")
    monkeypatch.setattr("slalom.storage.connection.time.time", lambda: 1.0)
    second = store.add_dataset("b", "csv", "{}", b"")
    assert [one.id for one in store.datasets()] == [second, first]


def test_a_dataset_that_is_not_there(store):
    for act in (store.dataset, store.delete_dataset):
        with pytest.raises(NotFound, match=r"There is no dataset 'dnothing'\. List them with GET /api/datasets\."):
            act("dnothing")
    with pytest.raises(SpecError, match="There is no dataset 'dnothing'; upload it with POST") as refused:
        store.text_of("dnothing")
    assert refused.value.loc == ("problem", "data", "id")


def using(id, **fields):
    return json.dumps({"problem": {"kind": "network", "data": {"kind": "csv", "id": id}}, **fields})


def test_a_dataset_in_use_is_not_removed(store):
    id = store.add_dataset("mine", "csv", "{}", b"x")
    user = make(store, name="my run", spec=using(id)).id
    with pytest.raises(Conflict, match=rf"The dataset {id} is used by the experiment {user} \(my run\). Delete that"):
        store.delete_dataset(id)
    assert store.text_of(id) == b"x"
    store.delete(user)
    store.delete_dataset(id)
    assert store.datasets() == []
    with pytest.raises(NotFound):
        store.delete_dataset(id)


def test_a_dataset_that_is_only_mentioned_is_removed(store):
    id, other = (store.add_dataset(name, "csv", "{}", b"x") for name in "ab")
    make(store, name=id, spec=using(other, runs=[{"label": id}]))
    make(store, spec=json.dumps({"problem": {"kind": "bowl"}, "label": id}))
    store.delete_dataset(id)
    assert [one.id for one in store.datasets()] == [other]


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
    assert store.get("e").name == "old"
    store.keep("e", 0, "state", b"x")
    assert store.kept("e", "state") == [0]
    assert store.add_dataset("a", "csv", "{}", b"")
    store.close()

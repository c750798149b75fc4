"""The store has bounds: altogether, per client, and of its disk; what was accepted has its room set aside."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from storing import ended, make, recount, running

from slalom.errors import LimitExceeded
from slalom.settings import Settings
from slalom.storage.quota import BYTES_SET_ASIDE, ROW, NoRoom
from slalom.storage.store import Store
from slalom.storage.tables import dataset, experiment

EMPTY = len("{}") + ROW
"""Bytes of an experiment without anything."""


@pytest.fixture
def bounded(url):
    """Return a function that opens a store with some limits, and one that opens it as a worker does."""
    opened = []

    def bounded(**limits):
        opened.append(Store.open(url, Settings(**limits) if limits else None))
        return opened[-1]

    yield bounded
    for store in opened:
        store.close()


def rooms(store):
    with store.database.read() as connection:
        return {id: (took, room) for id, took, room in connection.execute(select(experiment.c.id, *NOTED))}


NOTED = (experiment.c.bytes, experiment.c.room)


# Counting


def test_what_is_counted_is_what_is_there(store):
    one, other = running(store, client="a"), running(store, client="b", room=10_000)
    store.chunks.append(one, 1, b"x" * 1000, "[1]", 1)
    store.chunks.append(one, 2, b"x" * 10, "[]", 2)
    store.artifacts.keep(one, 0, "state", b"y" * 500)
    store.artifacts.keep(one, 0, "state", b"y" * 70)
    store.artifacts.keep(one, 3, "plane", b"")
    store.chunks.append(other, 1, b"z", "[]", 1)
    store.datasets.add("a", "csv", "{}", b"1,2\n", client="a")
    assert {id: took for id, (took, _) in rooms(store).items()} == recount(store)
    assert rooms(store)[other] == (2 * ROW + 5, EMPTY + 10_000), "set aside, while it may still grow"
    assert store.quota.taken() == store.quota.taken("a") + store.quota.taken("b")
    assert store.experiments.finish(one, "done", '[{"kind": "converged"}]')
    assert store.experiments.finish(other, "failed", error="why")
    assert {id: (took, took) for id, took in recount(store).items()} == rooms(store), "when it has ended, no more"
    assert store.quota.taken("b") == store.experiments.get(other).bytes


@pytest.mark.parametrize("end", ["cancel", "delete", "interrupt"])
def test_whatever_ends_an_experiment_frees_what_was_set_aside(store, end):
    id = running(store, room=10_000) if end == "interrupt" else make(store, room=10_000).id
    ends = {
        "cancel": lambda: store.experiments.want(id, "cancel"),
        "delete": lambda: store.experiments.delete(id),
        "interrupt": lambda: store.servers.interrupt("here:1:0"),
    }
    assert store.quota.taken() == EMPTY + 10_000
    ends[end]()
    assert store.quota.taken() == EMPTY


# Bounds


@pytest.mark.parametrize("setting", ["store_bytes", "store_bytes_per_client"])
@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_an_experiment_is_accepted_where_there_is_room_for_all_of_it(bounded, setting, spare, fits):
    store = bounded(**{setting: 2 * EMPTY + 5000 + spare})
    make(store, client="a")
    if fits:
        assert make(store, client="a", room=5000).status == "queued"
        return
    with pytest.raises(NoRoom) as refused:
        make(store, client="a", room=5000)
    limit = 2 * EMPTY + 4999
    assert (refused.value.limit, refused.value.value) == (limit, limit + 1)
    assert refused.value.setting == f"SLALOM_{setting.upper()}"
    assert refused.value.status == {"store_bytes": 507, "store_bytes_per_client": 429}[setting]
    assert f"would take {limit + 1:,} bytes, but at most {limit:,} are allowed" in str(refused.value)
    assert "?purge=true" in str(refused.value)
    assert store.experiments.count() == 1


@pytest.mark.parametrize("setting", ["store_bytes", "store_bytes_per_client"])
@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_worker_appends_what_fits_and_not_a_byte_more(bounded, setting, spare, fits):
    """The worker opens the store without limits: it keeps those of its server."""
    server = bounded(**{setting: EMPTY + 7000 + spare})
    id, worker = running(server, client="a"), bounded()
    grow = {
        "append": lambda size: worker.chunks.append(id, 1, b"x" * (size - 2), "[]", 1),
        "keep": lambda size: worker.artifacts.keep(id, 0, "state", b"x" * size),
    }
    for kind, size in (("append", 3000 - ROW), ("keep", 4000 - ROW)):
        if fits or kind == "append":
            grow[kind](size)
        else:
            with pytest.raises(NoRoom):
                grow[kind](size)
    assert rooms(server)[id][0] == EMPTY + (7000 if fits else 3000)
    assert {id: took for id, (took, _) in rooms(server).items()} == recount(server), "nothing is half written"
    assert worker.experiments.finish(id, "failed", error="no room"), "how it ended is always written"


def test_what_grows_beyond_its_room_takes_it_in_steps_as_long_as_there_is_any(bounded):
    store = bounded(store_bytes=EMPTY + BYTES_SET_ASIDE + 10_000)
    id = running(store)
    store.chunks.append(id, 1, b"x" * 1000, "[]", 1)
    assert rooms(store)[id] == (EMPTY + 1002 + ROW, EMPTY + 1002 + ROW + BYTES_SET_ASIDE)
    store.chunks.append(id, 2, b"x" * (BYTES_SET_ASIDE - 10_000), "[]", 2)
    store.chunks.append(id, 3, b"x" * 12_000, "[]", 3)
    assert store.quota.taken() <= EMPTY + BYTES_SET_ASIDE + 10_000
    with pytest.raises(NoRoom):
        store.chunks.append(id, 4, b"x" * 10_000, "[]", 4)
    assert [one.seq for one in store.chunks.read(id)] == [1, 2, 3]


def test_one_client_cannot_take_the_room_of_another(bounded):
    store = bounded(store_bytes_per_client=20_000, store_bytes=60_000)
    greedy, other = running(store, client="a"), running(store, client="b", room=10_000)
    for seq in range(1, 4):
        store.chunks.append(greedy, seq, b"x" * 2000, "[]", seq)
    with pytest.raises(NoRoom, match="Your experiments and files") as full:
        store.chunks.append(greedy, 4, b"x" * 20_000, "[]", 4)
    assert full.value.client == "a"
    with pytest.raises(NoRoom):
        store.datasets.add("mine too", "csv", "{}", b"x" * 20_000, client="a")
    assert store.chunks.append(other, 1, b"x" * 7000, "[]", 1) == "run"
    assert store.datasets.add("theirs", "csv", "{}", b"x" * 1000, client="b")


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_dataset_counts_like_an_experiment(bounded, spare, fits):
    store = bounded(store_bytes=EMPTY + 1000 + ROW + spare)
    make(store)
    if not fits:
        with pytest.raises(NoRoom):
            store.datasets.add("a", "csv", "{}", b"x" * 1000)
        return
    id = store.datasets.add("a", "csv", "{}", b"x" * 1000)
    store.datasets.delete(id)
    assert store.quota.taken() == EMPTY


# The disk, of which only SQLite's can be known


@pytest.fixture
def disk(monkeypatch):
    """Return a disk of which a test says how many bytes are free."""
    disk = {"free": 10**9}
    monkeypatch.setattr("slalom.storage.quota.free_bytes", lambda folder: disk["free"])
    return disk


@pytest.fixture
def floored(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/slalom.db", Settings(free_bytes=50_000))
    yield store
    store.close()


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_so_much_of_the_disk_stays_free(floored, disk, spare, fits):
    awaited = make(floored, room=1000)
    disk["free"] = 50_000 + 1000 + EMPTY + 300 + spare
    if fits:
        assert make(floored, room=300)
        return
    with pytest.raises(NoRoom) as refused:
        make(floored, room=300)
    assert (refused.value.status, refused.value.setting) == (507, "SLALOM_FREE_BYTES")
    assert (refused.value.limit, refused.value.value) == (50_000, 49_999)
    assert floored.experiments.want(awaited.id, "cancel").status == "cancelled"
    assert make(floored, room=300), "what nobody waits for any more is not set aside"


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_worker_leaves_the_disk_its_floor(floored, disk, spare, fits):
    id = running(floored, room=10_000)
    disk["free"] = 50_000 + 700 + ROW + spare
    if fits:
        assert floored.chunks.append(id, 1, b"x" * 698, "[]", 1) == "run"
        return
    with pytest.raises(NoRoom, match="are to stay free") as full:
        floored.chunks.append(id, 1, b"x" * 698, "[]", 1)
    assert full.value.value == 49_999
    assert floored.chunks.read(id) == []
    disk["free"] = 10**9
    assert floored.chunks.append(id, 1, b"x" * 698, "[]", 1) == "run", "as soon as there is room again"


def test_what_the_file_does_not_use_counts_as_free(floored, disk):
    old = ended(floored, "done")
    for _ in range(20):
        floored.artifacts.keep(old, _, "state", b"x" * 5000)
    floored.experiments.delete(old, for_good=True)
    assert floored.purge.run() == 1
    disk["free"] = 50_000
    assert make(floored, room=20_000), "it is written into pages that the file has already"


# What was deleted makes room


def test_what_was_deleted_goes_when_its_room_is_needed_the_oldest_first(bounded):
    store = bounded(store_bytes=4 * EMPTY + 8000 + 3 * ROW)
    deleted = []
    for n in range(3):
        deleted.append(running(store, client="a"))
        store.chunks.append(deleted[-1], 1, b"x" * 1998, "[]", 1)
        store.experiments.finish(deleted[-1], "done")
        store.experiments.delete(deleted[-1])
        time.sleep(0.002)
        assert len(rooms(store)) == n + 1
    kept = make(store, client="b", room=2000).id
    assert set(rooms(store)) == {*deleted, kept}, "there is room for it as it is"
    new = make(store, client="b").id
    assert set(rooms(store)) == {*deleted[1:], kept, new}
    assert store.experiments.restore(deleted[2]).id == deleted[2]


def test_a_clients_share_is_made_room_in_only_by_its_own(bounded):
    store = bounded(store_bytes_per_client=EMPTY + 5000)
    theirs, mine = ended(store, "done"), running(store, client="a")
    store.chunks.append(mine, 1, b"x" * (5000 - ROW - 2), "[]", 1)
    store.experiments.finish(mine, "done")
    for id in (theirs, mine):
        store.experiments.delete(id)
    assert make(store, client="a").status == "queued"
    assert theirs in rooms(store)
    assert mine not in rooms(store)


def test_a_worker_that_needs_room_gets_that_of_what_was_deleted(bounded):
    store = bounded(store_bytes=2 * EMPTY + 9002 + ROW)
    old, id = ended(store, "done"), running(store, room=5000)
    store.experiments.delete(old)
    assert store.chunks.append(id, 1, b"x" * 9000, "[]", 1) == "run"
    assert set(rooms(store)) == {id}


# The queue


@pytest.mark.parametrize("setting", ["queue", "queue_per_client"])
def test_exactly_so_many_are_queued_however_many_ask_at_once(bounded, setting):
    store = bounded(**{setting: 20})

    def ask(_):
        try:
            return make(store, client="a").id
        except LimitExceeded as refused:
            return refused

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(ask, range(64)))
    refusals = [answer for answer in answers if isinstance(answer, LimitExceeded)]
    assert store.experiments.count() == 20
    assert len(refusals) == 44
    assert {(one.limit, one.value, one.status) for one in refusals} == {(20, 21, 429)}
    if setting == "queue_per_client":
        assert make(store, client="b").status == "queued"


def test_exactly_so_many_datasets_are_kept_however_many_ask_at_once(bounded):
    store = bounded(datasets=5)

    def ask(n):
        try:
            return store.datasets.add(f"{n}", "csv", "{}", b"1")
        except LimitExceeded as refused:
            return refused.value

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(16)))
    assert len(store.datasets.list()) == 5
    assert answers.count(6) == 11


def test_bounds_are_those_of_the_last_start(bounded):
    make(bounded(queue=1))
    with pytest.raises(LimitExceeded):
        make(bounded(queue=1))
    assert make(bounded(queue=2)).status == "queued"
    with pytest.raises(LimitExceeded, match="is 3, but at most 2"):
        make(bounded())


def test_many_servers_may_start_at_once(url):
    Store.open(url).close()
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda n: Store.open(url, Settings(queue=7)), range(8)))
    for store in stores:
        store.close()


# Outcomes


def test_a_list_has_the_outcomes_of_few_runs_and_counts_of_many(store):
    few, many = running(store), running(store)
    outcomes = {few: [{"kind": "converged"}] * 32, many: [{"kind": "diverged"}] * 30 + [{"kind": "stalled"}] * 3}
    for id, runs in outcomes.items():
        store.experiments.finish(id, "done", json.dumps(runs))
    listed = {record.id: record for record in store.experiments.list()[0]}
    assert json.loads(listed[few].outcomes) == outcomes[few]
    assert listed[many].outcomes is None
    assert json.loads(listed[many].counts) == {"diverged": 30, "stalled": 3}
    assert json.loads(store.experiments.get(many).outcomes) == outcomes[many]
    assert store.experiments.states([many])[many].outcomes == store.experiments.get(many).outcomes


def test_a_page_ends_sooner_where_specs_are_long(store, monkeypatch):
    monkeypatch.setattr("slalom.storage.experiments.PAGE_BYTES", 1000)
    ids = [make(store, spec=json.dumps("x" * length)).id for length in (2000, 398, 598, 399)][::-1]
    pages, after = [], None
    while not pages or after:
        records, after = store.experiments.list(after)
        pages.append([record.id for record in records])
    assert pages == [[ids[0]], [ids[1], ids[2]], [ids[3]]]


def test_the_bytes_of_a_dataset_are_noted(store):
    id = store.datasets.add("a", "csv", "{}", b"x" * 10, client="a")
    with store.database.read() as connection:
        assert connection.execute(select(dataset.c.client, dataset.c.bytes)).one() == ("a", 10 + ROW)
    assert store.datasets.get(id).name == "a"

"""The laws of experiments and their chunks: order, fences and last words, in every kind of store."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from storing import ended, make, running

from slalom.errors import Conflict, NotFound
from slalom.storage import clock, schema
from slalom.storage.chunks import Chunk
from slalom.storage.purge import KEPT_AFTER_DELETE
from slalom.storage.schema import VERSION_TABLE
from slalom.storage.store import Store
from slalom.storage.tables import STATUSES, TERMINAL

# Creating and listing


def test_what_is_created_is_queued_and_comes_back_as_it_was(store):
    record = make(store, name="Größe ∇f 🙂 ǆ", spec='{"a": "ä"}', client="10.0.0.1", parent='{"id": "x"}')
    assert store.experiments.get(record.id) == record
    assert (record.status, record.wanted, record.steps_done, record.error) == ("queued", "run", 0, None)
    assert (record.name, record.spec, record.parent) == ("Größe ∇f 🙂 ǆ", '{"a": "ä"}', '{"id": "x"}')
    assert record.created.endswith("Z")
    assert len(record.id) == 16
    assert record.id.isalnum()
    assert record.id.islower()


def test_pages_go_from_the_newest_to_the_oldest_and_miss_nothing(store):
    ids = [make(store).id for _ in range(7)]
    seen, after, pages = [], None, 0
    while pages == 0 or after:
        records, after = store.experiments.list(after, limit=3)
        seen += [record.id for record in records]
        pages += 1
    assert (seen, pages) == (ids[::-1], 3)


def test_the_order_is_that_of_creation_even_when_the_clock_goes_back(store, monkeypatch):
    first = make(store).id
    monkeypatch.setattr("slalom.storage.experiments.time.time", lambda: 1.0)
    second, third = make(store).id, make(store).id
    assert [record.id for record in store.experiments.list()[0]] == [third, second, first]


def test_a_page_that_ends_with_the_last_one_says_so(store):
    make(store)
    assert store.experiments.list(limit=1)[1] is None


def test_what_has_just_begun_has_no_outcomes_whatever_others_have(store):
    for _ in range(2):
        id = running(store)
        store.experiments.finish(id, "done", '[{"kind": "converged"}]')
    begun = store.experiments.create(kind="comparison", name="n", spec="{}", owner="s")
    assert (begun.outcomes, begun.counts, begun.status) == (None, None, "queued")
    assert store.experiments.get(id).outcomes == '[{"kind": "converged"}]'
    assert store.experiments.rename(begun.id, "m").outcomes is None
    assert store.experiments.want(begun.id, "cancel").outcomes is None


def test_a_new_name_is_kept(store):
    id = make(store).id
    assert store.experiments.rename(id, "другое").name == store.experiments.get(id).name == "другое"


@pytest.mark.parametrize("act", ["get", "delete", "restore"])
def test_an_unknown_id_is_not_found(store, act):
    with pytest.raises(NotFound, match="There is no experiment 'nothing'"):
        getattr(store.experiments, act)("nothing")


def test_every_answer_has_the_outcomes_of_its_own_experiment(store):
    ids = []
    for kind in ("converged", "diverged"):
        ids.append(running(store))
        store.experiments.finish(ids[-1], "done", f'[{{"kind": "{kind}"}}]')
    first, second = ids
    assert make(store).outcomes is None
    assert "converged" in (store.experiments.rename(first, "a").outcomes or "")
    assert "diverged" in (store.experiments.rename(second, "b").outcomes or "")
    assert store.experiments.want(second, "cancel").counts == '{"diverged": 1}'
    store.experiments.delete(first)
    assert store.experiments.restore(first).counts == '{"converged": 1}'
    assert store.experiments.want(running(store), "pause").outcomes is None


# Deleting


def test_what_is_deleted_is_hidden_until_it_is_restored(store):
    id = ended(store, "done")
    store.experiments.delete(id)
    assert store.experiments.list() == ([], None)
    with pytest.raises(NotFound):
        store.experiments.get(id)
    assert store.experiments.restore(id).status == "done"
    assert store.experiments.get(id).deleted is None


def test_after_an_hour_it_is_gone_for_good(store, monkeypatch):
    kept, gone = ended(store, "done"), ended(store, "done")
    store.experiments.delete(gone)
    late, elapsed = time.time() + KEPT_AFTER_DELETE + 1, clock._elapsed() + KEPT_AFTER_DELETE + 1
    monkeypatch.setattr("slalom.storage.clock.time.time", lambda: late)
    monkeypatch.setattr(clock, "_elapsed", lambda: elapsed)
    with pytest.raises(NotFound):
        store.experiments.restore(gone)
    assert store.purge.run() == 1
    assert store.chunks.read(gone) == []
    assert store.experiments.states([gone]) == {}
    assert store.chunks.read(kept) != []


def test_a_purge_takes_many_chunks_and_spares_what_was_deleted_lately(store, monkeypatch):
    monkeypatch.setattr("slalom.storage.purge.PURGED_AT_ONCE", 3)
    old, recent = running(store), ended(store, "done")
    for seq in range(1, 9):
        store.chunks.append(old, seq, b"x", "[]", seq)
    store.experiments.delete(old)
    moment = time.time()
    store.experiments.delete(recent)
    assert store.purge.run(before=moment) == 0, "it is still running"
    store.experiments.finish(old, "done")
    assert store.purge.run(before=moment) == 1
    assert store.experiments.restore(recent).id == recent


# Claiming, appending, finishing


def test_only_one_worker_gets_an_experiment(store, open_store):
    id = make(store).id
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda n: store.experiments.claim(id, f"worker {n}"), range(8)))
    assert sum(won) == 1
    assert store.experiments.get(id).worker == f"worker {won.index(True)}"
    assert store.experiments.get(id).owner == "here:1:0"


def test_chunks_come_back_in_order_after_any_cursor(store):
    id = running(store)
    frames = [os.urandom(50 * n) for n in range(6)]
    for seq, frame in enumerate(frames, 1):
        assert store.chunks.append(id, seq, frame, f"[{seq}]", 10 * seq) == "run"
    assert store.chunks.read(id) == [Chunk(seq, frame, f"[{seq}]") for seq, frame in enumerate(frames, 1)]
    assert [chunk.seq for chunk in store.chunks.read(id, after=2, limit=3)] == [3, 4, 5]
    assert store.experiments.get(id).steps_done == 60


def test_news_of_many_experiments_come_at_once_and_none_starves_another(store):
    ids = [running(store) for _ in range(3)]
    for seq in range(1, 8):
        for id in ids:
            store.chunks.append(id, seq, b"%d" % seq, "[]", seq)
    news = store.chunks.news({ids[0]: 0, ids[1]: 5, ids[2]: 7, "nothing": 0}, limit=4)
    assert {id: [chunk.seq for chunk in chunks] for id, chunks in news.items()} == {
        ids[0]: [1, 2, 3, 4],
        ids[1]: [6, 7],
    }
    assert store.chunks.news({}) == {}


def test_a_second_writer_is_fenced_off(store, open_store):
    id, other = running(store), open_store()
    store.chunks.append(id, 1, b"first", "[]", 10)
    with pytest.raises(Conflict, match=r"Chunk 1 of .* another worker"):
        other.chunks.append(id, 1, b"second", "[]", 99)
    assert store.chunks.read(id) == [Chunk(1, b"first", "[]")]
    assert store.experiments.get(id).steps_done == 10


def test_a_chunk_that_is_there_already_is_a_repetition(store):
    id = running(store)
    store.chunks.append(id, 1, b"first", "[1]", 10)
    size = store.experiments.get(id).bytes
    assert store.chunks.append(id, 1, b"first", "[1]", 10) == "run"
    assert store.experiments.get(id).bytes == size
    store.experiments.want(id, "cancel")
    assert store.chunks.append(id, 1, b"first", "[1]", 10) == "cancel"
    for payload, events in ((b"other", "[1]"), (b"first", "[2]")):
        with pytest.raises(Conflict):
            store.chunks.append(id, 1, payload, events, 10)
    assert store.chunks.read(id) == [Chunk(1, b"first", "[1]")]


def test_a_worker_that_lost_its_experiment_can_change_nothing_of_it(store):
    id = running(store)
    store.chunks.append(id, 1, b"mine", "[]", 10, "worker")
    assert store.servers.resume(id, "here:1:0", "It was lost")
    assert store.experiments.claim(id, "heir")
    with pytest.raises(Conflict):
        store.chunks.append(id, 2, b"mine", "[]", 20, "worker")
    assert store.experiments.beat(id, worker="worker") == "cancel"
    assert not store.experiments.finish(id, "failed", worker="worker")
    assert not store.experiments.finish(id, "failed", owner="there:1:0")
    assert store.chunks.append(id, 2, b"its", "[]", 20, "heir") == "run"
    assert store.experiments.beat(id, worker="heir") == "run"
    assert store.experiments.finish(id, "done", worker="heir")


@pytest.mark.parametrize("status", TERMINAL)
def test_what_has_ended_never_changes(store, status):
    id = ended(store, status)
    before = store.experiments.get(id)
    assert not store.experiments.claim(id, "another")
    assert not any(store.experiments.finish(id, other, "{}", "other") for other in TERMINAL)
    assert store.experiments.beat(id) == "cancel"
    assert store.experiments.want(id, "cancel") == before
    for wanted in ("run", "pause"):
        with pytest.raises(Conflict, match=f"is {status} and cannot be"):
            store.experiments.want(id, wanted)
    with pytest.raises(Conflict, match="has ended"):
        store.chunks.append(id, 2, b"late", "[]", 99)
    store.servers.interrupt("here:1:0", heir="there:2:0")
    assert store.experiments.get(id) == before
    assert len(store.chunks.read(id)) == 1


def test_a_wrong_word_is_a_mistake_of_the_caller(store):
    id = make(store).id
    with pytest.raises(ValueError, match="status must be one of done"):
        store.experiments.finish(id, "running")
    with pytest.raises(ValueError, match="wanted must be one of run"):
        store.experiments.want(id, "stop")


def test_a_failure_at_any_statement_leaves_all_of_a_chunk_or_nothing(store):
    id, failures = running(store), 0
    for at in range(1, 10):
        seq = len(store.chunks.read(id)) + 1
        statements = iter(range(1, 100))

        def fail(*_, at=at, statements=statements):
            if next(statements) == at:
                raise OSError("no more")

        schema.event.listen(store.database.writer, "before_cursor_execute", fail)
        try:
            store.chunks.append(id, seq, b"x", "[]", seq)
        except OSError:
            failures += 1
        finally:
            schema.event.remove(store.database.writer, "before_cursor_execute", fail)
        assert store.experiments.get(id).steps_done == len(store.chunks.read(id))
    assert 0 < failures < 9


# Wanting


def test_what_is_queued_is_cancelled_at_once(store):
    id = make(store).id
    assert store.experiments.want(id, "cancel").status == "cancelled"
    assert not store.experiments.claim(id, "worker")


def test_a_worker_learns_what_is_wanted_when_it_appends(store):
    id = running(store)
    assert store.experiments.want(id, "pause").status == "paused"
    assert store.chunks.append(id, 1, b"a", "[]", 1) == "pause"
    assert store.experiments.want(id, "run").status == "running"
    assert store.experiments.beat(id) == "run"
    assert store.experiments.want(id, "cancel").status == "running"
    assert store.chunks.append(id, 2, b"b", "[]", 2) == "cancel"
    with pytest.raises(Conflict, match="is being cancelled and cannot be resumed"):
        store.experiments.want(id, "run")


def test_what_is_paused_before_it_starts_starts_paused(store):
    id = make(store).id
    assert store.experiments.want(id, "pause").status == "queued"
    assert store.experiments.claim(id, "worker")
    assert store.experiments.get(id).status == "paused"


def test_wants_and_endings_from_many_threads_leave_one_last_word(store):
    for _ in range(5):
        id = running(store)

        def act(n, id=id):
            if n % 3:
                return store.experiments.finish(id, TERMINAL[n % 4])
            try:
                store.experiments.want(id, ("pause", "run", "cancel")[n % 9 // 3])
            except Conflict:
                return False

        with ThreadPoolExecutor(8) as threads:
            words = [n for n, last in enumerate(threads.map(act, range(24))) if last]
        assert len(words) == 1
        assert store.experiments.get(id).status == TERMINAL[words[0] % 4]


# What the supervisor needs


def test_the_queue_is_oldest_first_and_each_server_has_its_own(store):
    mine = [make(store, owner="a:1:0").id for _ in range(3)]
    theirs = make(store, owner="b:2:0").id
    store.experiments.claim(mine[0], "worker")
    assert store.experiments.queued("a:1:0") == mine[1:]
    assert store.experiments.queued() == [*mine[1:], theirs]
    assert store.experiments.queued(limit=1) == mine[1:2]


def test_what_has_not_ended_is_counted_by_client(store):
    for client in ("a", "a", "b"):
        make(store, client=client)
    store.experiments.want(store.experiments.queued()[0], "cancel")
    assert (
        store.experiments.count(),
        store.experiments.count("a"),
        store.experiments.count("b"),
        store.experiments.count("c"),
    ) == (2, 1, 1, 0)
    assert store.experiments.count(statuses=STATUSES) == 3


# Noticing


def test_every_commit_is_noticed_once_whoever_made_it(store, open_store):
    id, other = running(store), open_store()
    assert store.watch.changed(), "the first call"
    assert not store.watch.changed()
    store.chunks.append(id, 1, b"a", "[]", 1)
    assert is_noticed(store)
    other.chunks.append(id, 2, b"b", "[]", 2)
    assert is_noticed(store)
    store.experiments.get(id)
    assert not store.watch.changed()


def is_noticed(store):
    """Wait for a change: Postgres announces it a moment after the commit."""
    deadline = time.monotonic() + 10
    while not (changed := store.watch.changed()) and time.monotonic() < deadline:
        time.sleep(0.001)
    return changed


def test_readers_cannot_write(url):
    writer, reader = schema.connect(url)
    with pytest.raises(DBAPIError, match=r"read-?only"), reader.connect() as connection:
        connection.execute(text("DELETE FROM experiment"))
    reader.dispose()
    writer.dispose()


# Opening


def test_many_may_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: Store.open(url), range(8)))
    assert make(stores[0]).id == stores[7].experiments.list()[0][0].id
    for store in stores:
        store.close()


def test_an_older_store_is_migrated_when_it_is_opened(url):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    engine.dispose()
    store = Store.open(url)
    assert store.experiments.get(make(store).id).status == "queued"
    store.close()

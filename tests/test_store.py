"""The store keeps what it promised: order, fences, last words, and files that are not its own."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

import slalom
from slalom import store_schema
from slalom.errors import Busy, Conflict, NotFound, StoreError, StoreFull
from slalom.store import KEPT_AFTER_DELETE, Chunk, Store
from slalom.store_schema import STATUSES, TERMINAL, VERSION, VERSION_TABLE, VERSIONS, metadata

POSTGRES = os.environ.get("SLALOM_TEST_POSTGRES")
KINDS = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    """The address of an empty store; on Postgres too where SLALOM_TEST_POSTGRES is the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/slalom.db"
    engine = create_engine(POSTGRES.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
    engine.dispose()
    return POSTGRES


@pytest.fixture
def open_store(url):
    """Return a function that opens the same store again, as another process would."""
    opened = []

    def open_store():
        opened.append(Store.open(url))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "slalom.db"


def make(store, **given):
    return store.create(**({"kind": "comparison", "name": "n", "spec": "{}", "owner": "here:1:0"} | given))


def running(store, **given):
    id = make(store, **given).id
    assert store.claim(id, "worker")
    return id


def ended(store, status):
    id = running(store)
    store.append(id, 1, b"a", "[]", 1)
    store.finish(id, status, "[]", "why")
    return id


# Creating and listing


def test_what_is_created_is_queued_and_comes_back_as_it_was(store):
    record = make(store, name="Größe ∇f 🙂 ǆ", spec='{"a": "ä"}', client="10.0.0.1", parent='{"id": "x"}')
    assert store.get(record.id) == record
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
        records, after = store.list(after, limit=3)
        seen += [record.id for record in records]
        pages += 1
    assert (seen, pages) == (ids[::-1], 3)


def test_the_order_is_that_of_creation_even_when_the_clock_goes_back(store, monkeypatch):
    first = make(store).id
    monkeypatch.setattr("slalom.store.time.time", lambda: 1.0)
    second, third = make(store).id, make(store).id
    assert [record.id for record in store.list()[0]] == [third, second, first]


def test_a_page_that_ends_with_the_last_one_says_so(store):
    make(store)
    assert store.list(limit=1)[1] is None


def test_a_new_name_is_kept(store):
    id = make(store).id
    assert store.rename(id, "другое").name == store.get(id).name == "другое"


@pytest.mark.parametrize("act", ["get", "delete", "restore"])
def test_an_unknown_id_is_not_found(store, act):
    with pytest.raises(NotFound, match="There is no experiment 'nothing'"):
        getattr(store, act)("nothing")


# Deleting


def test_what_is_deleted_is_hidden_until_it_is_restored(store):
    id = ended(store, "done")
    store.delete(id)
    assert store.list() == ([], None)
    with pytest.raises(NotFound):
        store.get(id)
    assert store.restore(id).status == "done"
    assert store.get(id).deleted is None


def test_after_an_hour_it_is_gone_for_good(store, monkeypatch):
    kept, gone = ended(store, "done"), ended(store, "done")
    store.delete(gone)
    late = time.time() + KEPT_AFTER_DELETE + 1
    monkeypatch.setattr("slalom.store.time.time", lambda: late)
    with pytest.raises(NotFound):
        store.restore(gone)
    assert store.purge() == 1
    assert store.chunks(gone) == []
    assert store.states([gone]) == {}
    assert store.chunks(kept) != []


def test_a_purge_takes_many_chunks_and_spares_what_was_deleted_lately(store, monkeypatch):
    monkeypatch.setattr("slalom.store.PURGED_AT_ONCE", 3)
    old, recent = running(store), ended(store, "done")
    for seq in range(1, 9):
        store.append(old, seq, b"x", "[]", seq)
    store.delete(old)
    moment = time.time()
    store.delete(recent)
    assert store.purge(before=moment) == 0, "it is still running"
    store.finish(old, "done")
    assert store.purge(before=moment) == 1
    assert store.restore(recent).id == recent


# Claiming, appending, finishing


def test_only_one_worker_gets_an_experiment(store, open_store):
    id = make(store).id
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda n: store.claim(id, f"worker {n}"), range(8)))
    assert sum(won) == 1
    assert store.get(id).worker == f"worker {won.index(True)}"
    assert store.get(id).owner == "here:1:0"


def test_chunks_come_back_in_order_after_any_cursor(store):
    id = running(store)
    frames = [os.urandom(50 * n) for n in range(6)]
    for seq, frame in enumerate(frames, 1):
        assert store.append(id, seq, frame, f"[{seq}]", 10 * seq) == "run"
    assert store.chunks(id) == [Chunk(seq, frame, f"[{seq}]") for seq, frame in enumerate(frames, 1)]
    assert [chunk.seq for chunk in store.chunks(id, after=2, limit=3)] == [3, 4, 5]
    assert store.get(id).steps_done == 60


def test_news_of_many_experiments_come_at_once_and_none_starves_another(store):
    ids = [running(store) for _ in range(3)]
    for seq in range(1, 8):
        for id in ids:
            store.append(id, seq, b"%d" % seq, "[]", seq)
    news = store.news({ids[0]: 0, ids[1]: 5, ids[2]: 7, "nothing": 0}, limit=4)
    assert {id: [chunk.seq for chunk in chunks] for id, chunks in news.items()} == {
        ids[0]: [1, 2, 3, 4],
        ids[1]: [6, 7],
    }
    assert store.news({}) == {}


def test_a_second_writer_is_fenced_off(store, open_store):
    id, other = running(store), open_store()
    store.append(id, 1, b"first", "[]", 10)
    with pytest.raises(Conflict, match=r"Chunk 1 of .* another worker"):
        other.append(id, 1, b"second", "[]", 99)
    assert store.chunks(id) == [Chunk(1, b"first", "[]")]
    assert store.get(id).steps_done == 10


@pytest.mark.parametrize("status", TERMINAL)
def test_what_has_ended_never_changes(store, status):
    id = ended(store, status)
    before = store.get(id)
    assert not store.claim(id, "another")
    assert not any(store.finish(id, other, "{}", "other") for other in TERMINAL)
    assert store.beat(id) == "cancel"
    assert store.want(id, "cancel") == before
    for wanted in ("run", "pause"):
        with pytest.raises(Conflict, match=f"is {status} and cannot be"):
            store.want(id, wanted)
    with pytest.raises(Conflict, match="has ended"):
        store.append(id, 2, b"late", "[]", 99)
    store.interrupt_orphans("here:1:0", heir="there:2:0")
    assert store.get(id) == before
    assert len(store.chunks(id)) == 1


def test_a_wrong_word_is_a_mistake_of_the_caller(store):
    id = make(store).id
    with pytest.raises(ValueError, match="status must be one of done"):
        store.finish(id, "running")
    with pytest.raises(ValueError, match="wanted must be one of run"):
        store.want(id, "stop")


# Wanting


def test_what_is_queued_is_cancelled_at_once(store):
    id = make(store).id
    assert store.want(id, "cancel").status == "cancelled"
    assert not store.claim(id, "worker")


def test_a_worker_learns_what_is_wanted_when_it_appends(store):
    id = running(store)
    assert store.want(id, "pause").status == "paused"
    assert store.append(id, 1, b"a", "[]", 1) == "pause"
    assert store.want(id, "run").status == "running"
    assert store.beat(id) == "run"
    assert store.want(id, "cancel").status == "running"
    assert store.append(id, 2, b"b", "[]", 2) == "cancel"
    with pytest.raises(Conflict, match="is being cancelled and cannot be resumed"):
        store.want(id, "run")


def test_what_is_paused_before_it_starts_starts_paused(store):
    id = make(store).id
    assert store.want(id, "pause").status == "queued"
    assert store.claim(id, "worker")
    assert store.get(id).status == "paused"


def test_wants_and_endings_from_many_threads_leave_one_last_word(store):
    for _ in range(5):
        id = running(store)

        def act(n, id=id):
            if n % 3:
                return store.finish(id, TERMINAL[n % 4])
            try:
                store.want(id, ("pause", "run", "cancel")[n % 9 // 3])
            except Conflict:
                return False

        with ThreadPoolExecutor(8) as threads:
            words = [n for n, last in enumerate(threads.map(act, range(24))) if last]
        assert len(words) == 1
        assert store.get(id).status == TERMINAL[words[0] % 4]


# What the supervisor needs


def test_the_queue_is_oldest_first_and_each_server_has_its_own(store):
    mine = [make(store, owner="a:1:0").id for _ in range(3)]
    theirs = make(store, owner="b:2:0").id
    store.claim(mine[0], "worker")
    assert store.queued("a:1:0") == mine[1:]
    assert store.queued() == [*mine[1:], theirs]
    assert store.queued(limit=1) == mine[1:2]


def test_what_has_not_ended_is_counted_by_client(store):
    for client in ("a", "a", "b"):
        make(store, client=client)
    store.want(store.queued()[0], "cancel")
    assert (store.count(), store.count("a"), store.count("b"), store.count("c")) == (2, 1, 1, 0)
    assert store.count(statuses=STATUSES) == 3


def test_orphans_are_interrupted_and_their_queue_is_inherited(store):
    lost, paused, waiting, other = (make(store, owner=o).id for o in ("a", "a", "a", "b"))
    for id in (lost, paused, other):
        store.claim(id, "worker")
    store.append(lost, 1, b"x", "[]", 34)
    store.want(paused, "pause")
    assert set(store.owners()) == {"a", "b"}
    assert sorted(store.interrupt_orphans("a", heir="c")) == sorted([lost, paused])
    assert store.get(lost).error.startswith("The server stopped at step 34. Start it again")
    assert [store.get(id).status for id in (lost, paused, waiting, other)] == [
        "interrupted",
        "interrupted",
        "queued",
        "running",
    ]
    assert store.get(waiting).owner == "c"
    assert set(store.owners()) == {"b", "c"}


def test_signs_of_life_change_what_is_known_of_a_server(store):
    id = make(store, owner="a").id
    before = store.owners()["a"]
    store.beat_waiting("a")
    assert store.owners()["a"] != before
    store.claim(id, "worker")
    before = store.states([id])[id].heartbeat
    store.beat(id)
    assert store.states([id])[id].heartbeat != before


# Noticing


def test_every_commit_is_noticed_once_whoever_made_it(store, open_store):
    id, other = running(store), open_store()
    assert store.changed(), "the first call"
    assert not store.changed()
    store.append(id, 1, b"a", "[]", 1)
    assert store.changed()
    other.append(id, 2, b"b", "[]", 2)
    assert store.changed()
    store.get(id)
    assert not store.changed()


def test_readers_cannot_write(url):
    writer, reader = store_schema.connect(url)
    with pytest.raises(DBAPIError, match=r"read-?only"), reader.connect() as connection:
        connection.execute(text("DELETE FROM experiment"))
    reader.dispose()
    writer.dispose()


# Faults


def test_a_full_disk_says_so_keeps_what_is_there_and_recovers(path):
    store = Store.open(f"sqlite:///{path}")
    id = running(store)
    store.append(id, 1, b"a" * 5000, "[]", 1)
    limit_pages(store, 20)
    with pytest.raises(StoreFull, match="make room on the disk") as full:
        append_until_it_fails(store, id, 2)
    assert full.value.status == 507
    kept = store.chunks(id)
    assert [chunk.seq for chunk in kept] == list(range(1, len(kept) + 1))
    assert store.get(id).steps_done == len(kept)
    limit_pages(store, 10_000)
    assert store.append(id, len(kept) + 1, b"c", "[]", 99) == "run"
    store.close()


def append_until_it_fails(store, id, seq):
    while True:
        store.append(id, seq, b"b" * 5000, "[]", seq)
        seq += 1


def limit_pages(store, pages):
    with store._writer.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_failure_at_any_statement_leaves_all_of_a_chunk_or_nothing(store):
    id, failures = running(store), 0
    for at in range(1, 10):
        seq = len(store.chunks(id)) + 1
        statements = iter(range(1, 100))

        def fail(*_, at=at, statements=statements):
            if next(statements) == at:
                raise OSError("no more")

        store_schema.event.listen(store._writer, "before_cursor_execute", fail)
        try:
            store.append(id, seq, b"x", "[]", seq)
        except OSError:
            failures += 1
        finally:
            store_schema.event.remove(store._writer, "before_cursor_execute", fail)
        assert store.get(id).steps_done == len(store.chunks(id))
    assert 0 < failures < 9


def test_another_program_that_holds_the_lock_stops_writes_and_not_reads(path, monkeypatch):
    monkeypatch.setattr(store_schema, "PATIENCE", 0.05)
    store = Store.open(f"sqlite:///{path}")
    id = running(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.get(id).id == id
    with pytest.raises(Busy, match="another program holds it"):
        store.append(id, 1, b"x", "[]", 1)
    other.execute("ROLLBACK")
    assert store.append(id, 1, b"x", "[]", 1) == "run"
    other.close()
    store.close()


def test_what_a_killed_process_had_appended_is_there(path, tmp_path):
    code = (
        "import sys; from slalom.store import Store; s = Store.open(sys.argv[1])\n"
        "id = s.create(kind='comparison', name='', spec='{}', owner='').id; s.claim(id, 'w'); n = 0\n"
        "while True: n += 1; s.append(id, n, b'x' * 5000, '[]', n); print(n, flush=True)"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{path}"], stdout=subprocess.PIPE) as writer:
            said = [writer.stdout.readline() for _ in range(random.randint(5, 60))]
            writer.kill()
            said += writer.stdout.readlines()
        acknowledged = int([line for line in said if line.endswith(b"\n")][-1])
        store = Store.open(f"sqlite:///{path}")
        newest = store.list()[0][0]
        kept = [chunk.seq for chunk in store.chunks(newest.id, limit=10_000)]
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) >= acknowledged
        assert newest.steps_done == len(kept)
        store.close()


# Files


def refused(path):
    """Open a file that must be refused; return the sentence, having seen that nothing was written."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as error:
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before
    return str(error.value)


def filled(path):
    """Make a store of several pages whose every byte is in the one file."""
    store = Store.open(f"sqlite:///{path}")
    for _ in range(30):
        ended(store, "done")
    store.close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()


def test_a_file_that_is_no_database_is_refused(path):
    path.write_text("my thesis\n" * 1000)
    assert "is not a Slalom store" in refused(path)


def test_a_database_of_another_program_is_refused(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE contacts (name)")
    db.execute("CREATE TABLE alembic_version (version_num)")
    db.commit()
    db.close()
    assert "belongs to another program (it has the tables alembic_version, contacts)" in refused(path)


@pytest.mark.parametrize("version", ["0002", "9999", "later", "0000"])
def test_a_database_of_a_newer_slalom_is_refused(path, version):
    filled(path)
    db = sqlite3.connect(path)
    db.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", [version])
    db.commit()
    db.close()
    assert f"newer Slalom: version '{version}'" in refused(path)


def test_a_truncated_database_is_refused(path):
    filled(path)
    data = path.read_bytes()
    for length in (17, 100, 4096, len(data) // 2, len(data) - 4096):
        path.write_bytes(data[:length])
        assert "is damaged" in refused(path)


def test_flipped_bits_are_refused_or_harmless(path):
    filled(path)
    data, flips = path.read_bytes(), random.Random(0)
    refusals = 0
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(20):
            damaged[flips.randrange(len(data))] ^= 1 << flips.randrange(8)
        path.write_bytes(damaged)
        try:
            read_everything(path)
        except StoreError:
            refusals += 1
    assert refusals > 20


def read_everything(path):
    with closing(Store.open(f"sqlite:///{path}")) as store:
        for record in store.list(limit=200)[0]:
            store.chunks(record.id)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql+nothing://x/y", "not a url", "nodb:///x"])
def test_an_address_that_cannot_be_a_store_is_refused(url):
    with pytest.raises(StoreError, match=r"Give sqlite:///path/to/slalom\.db"):
        Store.open(url)


def test_a_password_is_not_repeated():
    with pytest.raises(StoreError, match="nodb://host/x") as error:
        Store.open("nodb://me:secret@host/x")
    assert "secret" not in str(error.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{tmp_path}")


def test_the_folder_is_made_and_any_name_will_do(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/neu ë/1/slalom.db")
    make(store)
    store.close()
    assert (tmp_path / "neu ë/1/slalom.db").exists()
    again = Store.open(f"sqlite:///{tmp_path}/neu ë/1/slalom.db")
    assert len(again.list()[0]) == 1
    again.close()


def test_many_may_open_a_new_store_at_once(url):
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: Store.open(url), range(8)))
    assert make(stores[0]).id == stores[7].list()[0][0].id
    for store in stores:
        store.close()


# Migrations


def schema_of(engine):
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%version%'"))
        return sorted((kind, name, " ".join((sql or "").split())) for kind, name, sql in rows)


def test_a_new_store_equals_a_migrated_one(tmp_path):
    created, migrated = (create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("created", "migrated"))
    with created.begin() as connection:
        store_schema.create(connection)
    with migrated.begin() as connection:
        store_schema.migrate(connection)
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}), metadata
        )
        assert differences == []
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == VERSION
    assert schema_of(created) == schema_of(migrated)
    created.dispose()
    migrated.dispose()


def test_an_older_store_is_migrated_when_it_is_opened(url):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    engine.dispose()
    store = Store.open(url)
    assert store.get(make(store).id).status == "queued"
    store.close()


def test_the_store_knows_every_migration():
    config = Config()
    config.set_main_option("script_location", str(Path(slalom.__file__).with_name("migrations")))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(revisions[::-1]) == VERSIONS


def test_alembic_is_not_imported_for_a_store_that_is_up_to_date(path):
    code = "import sys; from slalom.store import Store; Store.open(sys.argv[1]); sys.exit('alembic' in sys.modules)"
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", code, f"sqlite:///{path}"]).returncode == 0

"""What is removed for good gives its room back: to the store at once, to the disk in small steps."""

import os
import sqlite3
import threading
import time
from pathlib import Path
from tempfile import gettempdir

import pytest
from sqlalchemy import create_engine
from storing import ended, make, running

from slalom.errors import NotFound, StoreError
from slalom.jobs.purger import Purger
from slalom.settings import Settings
from slalom.storage import purge, schema
from slalom.storage.store import Store

MEGABYTE = b"x" * 2**20


@pytest.fixture
def path(tmp_path):
    return tmp_path / "slalom.db"


@pytest.fixture
def file(path):
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


def filled(store, megabytes=8):
    id = running(store)
    for seq in range(1, megabytes + 1):
        store.chunks.append(id, seq, MEGABYTE, "[]", seq)
    store.experiments.finish(id, "done", "[]")
    return id


def size(path):
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))


# For good


def test_what_is_not_listed_goes_by_itself_unless_it_is_restored(store):
    old, kept, at_work = (make(store, listed=False).id for _ in range(3))
    store.experiments.claim(at_work, "worker")
    store.experiments.restore(kept)
    assert store.purge.run() == 0
    assert store.experiments.get(old).status == "queued"
    assert store.purge.run(before=time.time() + 1) == 1
    assert [*store.experiments.states([old, kept, at_work])] == [kept, at_work]
    assert store.experiments.states([at_work])[at_work].wanted == "cancel"
    assert [record.id for record in store.experiments.list()[0]] == [kept]


def test_what_is_deleted_for_good_cannot_be_restored_and_goes_at_once(store):
    id, kept = ended(store, "done"), ended(store, "done")
    store.experiments.delete(kept)
    store.experiments.delete(id, for_good=True)
    with pytest.raises(NotFound):
        store.experiments.restore(id)
    assert store.purge.run() == 1
    assert store.experiments.states([id]) == {}
    assert store.experiments.restore(kept).id == kept


def test_what_is_hidden_can_still_be_removed_for_good(store):
    id = ended(store, "done")
    store.experiments.delete(id)
    store.experiments.delete(id, for_good=True)
    assert store.purge.run() == 1
    with pytest.raises(NotFound):
        store.experiments.delete(id, for_good=True)


def test_what_still_runs_is_cancelled_and_goes_when_it_has_ended(store):
    id = running(store)
    store.experiments.delete(id, for_good=True)
    assert store.purge.run() == 0
    assert store.chunks.append(id, 1, b"x", "[]", 1) == "cancel"
    store.experiments.finish(id, "cancelled")
    assert store.purge.run() == 1


def test_what_is_removed_already_in_part_cannot_be_restored(store, monkeypatch):
    id = filled(store, 2)
    store.experiments.delete(id)
    monkeypatch.setattr(purge, "PURGED_BYTES", 2**20)
    steps = iter([purge._remove_some])

    def broken_off(*given):
        return next(steps)(*given)

    monkeypatch.setattr(purge, "_remove_some", broken_off)
    with pytest.raises(RuntimeError):
        store.purge.run(before=time.time())
    assert len(store.chunks.read(id)) == 1
    with pytest.raises(NotFound):
        store.experiments.restore(id)


def test_no_step_removes_more_than_some_megabytes(file, monkeypatch):
    id, steps = filled(file), []
    real = purge._remove_some
    monkeypatch.setattr(purge, "_remove_some", lambda *given: steps.append(real(*given)) or steps[-1])
    file.experiments.delete(id, for_good=True)
    assert file.purge.run() == 1
    assert steps == [4, 4, 0, 0]


# The file


def test_the_file_and_its_log_shrink_after_a_purge(file, path):
    empty = size(path)
    id = filled(file)
    full = size(path)
    file.experiments.delete(id, for_good=True)
    file.purge.run()
    assert full > 8 * 2**20
    pauses = []
    assert file.quota.give_back(pauses.append) > 2000
    assert size(path) < empty + 200_000
    assert len(pauses) > 10, "in small steps"
    assert file.quota.give_back(pauses.append) == 0, "there is no more"


def test_others_write_while_the_file_shrinks(file, path):
    id = filled(file)
    file.experiments.delete(id, for_good=True)
    file.purge.run()
    other = Store.open(f"sqlite:///{path}")
    mine, waits, stop = running(other), [], threading.Event()

    def write():
        seq = 0
        while not stop.is_set():
            seq, began = seq + 1, time.perf_counter()
            other.chunks.append(mine, seq, b"x" * 1000, "[]", seq)
            waits.append(time.perf_counter() - began)
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    file.quota.give_back()
    stop.set()
    writer.join()
    other.close()
    assert len(waits) > 1
    assert max(waits) < schema.LOCK_SECONDS / 2


def test_an_older_file_is_written_anew_once_so_that_it_can_shrink(path):
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        schema.migrate(connection, "0002")
        connection.exec_driver_sql(
            "INSERT INTO experiment (id, kind, status, wanted, created, steps_done, heartbeat, owner, client, name, "
            "spec, outcomes) VALUES ('e', 'comparison', 'done', 'run', '', 3, 0, '', 'a', 'old', '{}', "
            """'[{"kind": "converged"}, {"kind": "diverged"}, {"kind": "diverged"}]')"""
        )
        connection.exec_driver_sql("INSERT INTO chunk VALUES ('e', 1, x'001122', '[]')")
        connection.exec_driver_sql("INSERT INTO keep VALUES ('e', 'state', 0, x'00')")
        connection.exec_driver_sql("INSERT INTO dataset VALUES ('d', 'n', 'csv', '{}', '', x'0011')")
    engine.dispose()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    store = Store.open(f"sqlite:///{path}")
    record = store.experiments.get("e")
    assert (record.outcomes or "").startswith('[{"kind": "converged"}')
    assert record.counts == '{"converged": 1, "diverged": 2}'
    assert record.bytes == store.quota.taken("a") == sum(n + 256 for n in (len("{}"), 3, 1, len(record.outcomes or "")))
    assert store.quota.taken() == record.bytes + 2 + 256
    store.experiments.delete("e", for_good=True)
    assert store.purge.run() == 1
    store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_a_migration_can_be_taken_back(path):
    from alembic import command
    from alembic.config import Config

    store = Store.open(f"sqlite:///{path}")
    id = ended(store, "done")
    store.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", os.path.join(os.path.dirname(schema.__file__), "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert connection.exec_driver_sql("SELECT id, outcomes FROM experiment").all() == [(id, "[]")]
    engine.dispose()
    store = Store.open(f"sqlite:///{path}")
    assert store.experiments.get(id).outcomes == "[]"
    store.close()


# The caretaker


def test_the_caretaker_removes_and_gives_back_by_itself(file, path):
    id = filled(file)
    file.experiments.delete(id, for_good=True)
    caretaker = Purger(file, seconds=0.01)
    caretaker.start()
    deadline = time.monotonic() + 20
    while (file.experiments.states([id]) or size(path) > 2**20) and time.monotonic() < deadline:
        time.sleep(0.01)
    caretaker.stop()
    assert file.experiments.states([id]) == {}
    assert size(path) < 2**20


def test_the_caretaker_goes_on_after_a_fault(file, monkeypatch, caplog):
    turns = []

    def purge():
        turns.append(1)
        raise RuntimeError if len(turns) == 1 else StoreError("locked")

    monkeypatch.setattr(file.purge, "run", purge)
    caretaker = Purger(file, seconds=0.001)
    caretaker.start()
    deadline = time.monotonic() + 20
    while len(turns) < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    caretaker.stop()
    assert len(turns) >= 4
    assert "The caretaker met a fault" in caplog.text


# Read and not written


@pytest.fixture
def unprivileged():
    """Run as somebody who may not write what others own."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.mark.parametrize("folder", [0o555, 0o777], ids=["its folder neither", "its folder may"])
def test_a_store_that_may_be_read_but_not_written_is_refused_by_a_server(path, folder, request):
    store = Store.open(f"sqlite:///{path}")
    make(store)
    store.close()
    for above in path.parent.parents:
        if above == Path(gettempdir()):
            break
        above.chmod(0o755)
    path.chmod(0o444)
    path.parent.chmod(folder)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StoreError, match=r"may be read but not written \(.*choose another with --store"):
        Store.open(f"sqlite:///{path}", Settings())


def test_a_postgres_that_may_only_be_read_is_refused_by_a_server(postgres):
    url = postgres.fresh()
    Store.open(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER DATABASE test SET default_transaction_read_only = on")
    with pytest.raises(StoreError, match="may be read but not written"):
        Store.open(url, Settings())
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER DATABASE test RESET default_transaction_read_only")
    engine.dispose()

"""The store copied while it is used, put back, brought up to date; and through the command line."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commanding import slalom
from storing import ended, running

from slalom.errors import StoreError
from slalom.storage import backup as module
from slalom.storage.backup import copy_store, look, put_back, upgrade
from slalom.storage.schema import VERSION, VERSION_TABLE, VERSIONS
from slalom.storage.store import Store

STORED = Path(__file__).parents[1] / "data/stored/slalom.db.gz"
"""A store of version 0.1."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "slalom.db"


@pytest.fixture
def filled(path):
    """The address of a store with one experiment that has ended."""
    store = Store.open(f"sqlite:///{path}")
    ended(store, "done")
    store.close()
    return f"sqlite:///{path}"


def experiments(url):
    store = Store.open(url)
    try:
        return [one.status for one in store.experiments.list(limit=50)[0]]
    finally:
        store.close()


def test_a_copy_has_what_is_there_also_while_it_is_written(filled, tmp_path):
    store = Store.open(filled)
    running(store)
    copy = tmp_path / "copies" / "copy.db"
    state = copy_store(filled, copy)
    store.close()
    assert (state.experiments, state.version, state.where) == (2, VERSION, str(copy))
    assert sorted(experiments(f"sqlite:///{copy}")) == ["done", "running"]
    assert [one.name for one in copy.parent.glob("*.part")] == []
    with pytest.raises(StoreError, match="is there already; it was not touched"):
        copy_store(filled, copy)


def test_what_was_there_before_a_copy_is_put_back_is_kept(filled, path, tmp_path):
    copy_store(filled, tmp_path / "copy.db")
    store = Store.open(filled)
    ended(store, "failed")
    store.close()
    kept = put_back(filled, tmp_path / "copy.db")
    assert experiments(filled) == ["done"]
    assert sorted(experiments(f"sqlite:///{kept}")) == ["done", "failed"]
    assert put_back(f"sqlite:///{tmp_path}/new/slalom.db", tmp_path / "copy.db") is None
    assert experiments(f"sqlite:///{tmp_path}/new/slalom.db") == ["done"]


def test_a_store_that_is_open_is_not_replaced(filled, tmp_path):
    copy_store(filled, tmp_path / "copy.db")
    store = Store.open(filled)
    ended(store, "failed")
    with pytest.raises(StoreError, match="Stop the server first"):
        put_back(filled, tmp_path / "copy.db")
    store.close()
    assert sorted(experiments(filled)) == ["done", "failed"]


@pytest.mark.parametrize("content", [b"", b"notes", b"SQLite format 3\0" + bytes(600)])
def test_what_is_no_store_is_neither_copied_nor_put_back(filled, path, tmp_path, content):
    odd = tmp_path / "odd.db"
    odd.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(StoreError):
        put_back(filled, odd)
    with pytest.raises(StoreError):
        copy_store(f"sqlite:///{odd}", tmp_path / "copy.db")
    assert odd.read_bytes() == content
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="is not there, or empty"):
        put_back(filled, tmp_path / "nowhere.db")
    with pytest.raises(StoreError, match="There is no store at"):
        copy_store(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")


def test_a_full_disk_leaves_no_half_of_a_copy(filled, tmp_path, monkeypatch):
    def fail(db, path):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "_finish", fail)
    with pytest.raises(StoreError, match="Choose a place with room"):
        copy_store(filled, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.parametrize("name", ["a copy.db", "copy?.db", "50%41.db", "copy#1.db"])
def test_a_copy_is_called_what_it_should_be(filled, tmp_path, name):
    state = copy_store(filled, tmp_path / name)
    assert (state.where, state.experiments) == (str(tmp_path / name), 1)
    assert (tmp_path / name).stat().st_size == state.bytes


def change_version(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE {VERSION_TABLE} SET version_num = 'later'")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(600)), id="overwritten"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut off"),
        pytest.param(change_version, id="newer"),
    ],
)
def test_a_copy_is_put_in_the_place_of_what_cannot_be_used_which_is_kept(filled, path, tmp_path, spoil):
    copy_store(filled, tmp_path / "copy.db")
    spoil(path)
    with pytest.raises(StoreError):
        look(filled)
    size = path.stat().st_size
    kept = put_back(filled, tmp_path / "copy.db")
    assert experiments(filled) == ["done"]
    assert kept.stat().st_size == size
    assert not list(tmp_path.glob("*.part"))


def test_a_copy_is_put_in_the_place_of_nothing_and_not_of_another_programs_file(filled, path, tmp_path):
    copy_store(filled, tmp_path / "copy.db")
    path.write_bytes(b"")
    assert put_back(filled, tmp_path / "copy.db") is None
    assert experiments(filled) == ["done"]
    path.write_bytes(b"notes")
    with pytest.raises(StoreError, match="is not a Slalom store"):
        put_back(filled, tmp_path / "copy.db")
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE notes (text)")
    with pytest.raises(StoreError, match="belongs to another program"):
        put_back(filled, tmp_path / "copy.db")
    assert sorted(one.name for one in tmp_path.glob("slalom*")) == ["slalom.db"]


def test_an_older_store_is_brought_up_to_date_and_kept_as_it_was(tmp_path):
    path = tmp_path / "slalom.db"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    url = f"sqlite:///{path}"
    before = look(url)
    assert before.version in VERSIONS[:-1]
    version, kept = upgrade(url)
    assert version == before.version
    assert look(f"sqlite:///{kept}")[1:] == before[1:]
    assert (look(url).version, look(url).experiments) == (VERSION, before.experiments)
    assert upgrade(url) == (VERSION, None)
    new = f"sqlite:///{tmp_path}/new.db"
    assert upgrade(new) == (None, None)
    assert look(new).version == VERSION


def test_postgres_is_told_its_own_programs(tmp_path):
    url = "postgresql://me:secret@nowhere.invalid/slalom"
    for program, call in (("pg_dump", copy_store), ("pg_restore", put_back)):
        with pytest.raises(StoreError, match=program) as refused:
            call(url, tmp_path / "copy.db")
        assert "secret" not in str(refused.value)


def test_the_commands(filled, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copied = slalom("db", "backup", "copy.db", "--store", filled)
    assert (copied.code, copied.out.startswith("Copied to copy.db: 1 experiments, ")) == (0, True)
    assert "up to date" in slalom("db", "upgrade", "--store", filled).out
    restored = slalom("db", "restore", "copy.db", "--store", filled)
    assert f"is kept in {path.with_name('slalom.before-1.db')}" in restored.out
    again = slalom("db", "backup", "copy.db", "--store", filled)
    assert (again.code, again.out) == (3, "")
    assert "is there already" in again.err


def test_a_file_without_tables_has_nothing_in_it(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 0")
        db.execute("VACUUM")
    state = look(f"sqlite:///{path}")
    assert (state.version, state.experiments) == (None, 0)

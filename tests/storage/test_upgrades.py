"""A store of every earlier revision, written by the program of then, opens with all that is in it, and goes on."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from commanding import slalom
from earlier import REVISIONS, answers, older
from postgres import programs
from sqlalchemy import MetaData, create_engine, func, select

from slalom.errors import StoreError
from slalom.storage import schema
from slalom.storage.backup import copy_store, look, put_back
from slalom.storage.schema import VERSION, VERSION_TABLE, VERSIONS, store_url
from slalom.storage.store import Store

MOVED = {"experiment": {"outcomes", "bytes", "room"}, "dataset": {"bytes"}}
"""Columns that a migration moves to another table or measures anew."""


def rows(engine):
    """Return all that is stored: of every table its columns, and its rows in order."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            name: [dict(row._mapping) for row in connection.execute(table.select())]
            for name, table in tables.tables.items()
            if name != VERSION_TABLE
        }


def told(stored, table, columns):
    """Return some columns of a table, in an order that does not depend on the database."""
    found = [
        tuple(bytes(row[one]) if isinstance(row[one], memoryview) else row[one] for one in columns)
        for row in stored[table]
    ]
    return sorted(found, key=repr)


def nothing_is_lost(before, after):
    for table, found in before.items():
        columns = sorted(set(found[0] if found else {}) - MOVED.get(table, set()))
        assert told(before, table, columns) == told(after, table, columns), table
        assert len(found) == len(after[table])
    outcomes = {row["id"]: row["outcomes"] for row in before["experiment"] if row.get("outcomes")}
    assert outcomes.items() <= {row["experiment"]: row["outcomes"] for row in after["outcome"]}.items()


def test_there_is_a_store_of_every_revision():
    assert [*VERSIONS[: len(REVISIONS)]] == REVISIONS
    assert set(VERSIONS[:-1]) <= set(REVISIONS)
    kinds = {kind for revision in REVISIONS for kind in answers(revision)["experiments"]}
    assert {"comparison", "network", "own table", "map", "range test", "sweep", "fork", "compared", "imported"} <= kinds


@pytest.mark.parametrize("revision", REVISIONS)
def test_nothing_is_lost_on_the_way(revision, tmp_path):
    path = older(revision, tmp_path)
    engine = create_engine(f"sqlite:///{path}")
    before = rows(engine)
    Store.open(f"sqlite:///{path}").close()
    nothing_is_lost(before, rows(engine))
    engine.dispose()
    assert look(f"sqlite:///{path}").version == VERSION
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_same_on_postgres(revision, tmp_path, postgres):
    source = create_engine(f"sqlite:///{older(revision, tmp_path)}")
    before = rows(source)
    target = create_engine(store_url(postgres.fresh()))
    with target.begin() as connection:
        schema.migrate(connection, revision)
    tables = MetaData()
    tables.reflect(target)
    with target.begin() as connection:
        for table in tables.sorted_tables:
            if before.get(table.name):
                connection.execute(table.insert(), before[table.name])
    with closing(Store.open(target.url.render_as_string(hide_password=False))) as store:
        assert len(store.experiments.list(limit=200)[0]) == len(answers(revision)["list"]) + (revision >= "0007")
    nothing_is_lost(before, rows(target))
    source.dispose()
    target.dispose()


# What cannot be used


def spoiled(path):
    """Every way in which the file of a store cannot be used: what it is, and its bytes."""
    data = path.read_bytes()
    yield "newer Slalom", later(path)
    yield "is no SQLite file", b"my thesis\n" * 1000
    yield "is damaged", data[: len(data) // 2]
    yield "is damaged", data[:100]
    yield "is damaged", data[:4096] + bytes(len(data) - 4096)
    yield "is damaged", data[:100] + bytes(byte ^ 0x55 for byte in data[100:])


def later(path):
    copy = path.with_name("later.db")
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    return copy.read_bytes()


@pytest.mark.parametrize("command", [("db", "upgrade"), ("db", "backup", "copy.db")])
def test_what_cannot_be_used_is_told_with_exit_code_3_and_left_alone(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = older(REVISIONS[-1], tmp_path)
    for why, data in [*spoiled(path)]:
        path.write_bytes(data)
        there = sorted(tmp_path.iterdir())
        answer = slalom(*command, "--store", path)
        assert (answer.code, answer.out) == (3, ""), (command, why)
        assert why in answer.err
        assert path.read_bytes() == data
        assert sorted(tmp_path.iterdir()) == there


def test_no_server_starts_on_a_newer_store_and_it_is_left_alone(tmp_path):
    path = older(REVISIONS[-1], tmp_path)
    path.write_bytes(later(path))
    before = path.read_bytes()
    command = [sys.executable, "-m", "slalom", "serve", "--port", "0", "--store", path]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 3
    assert "was written by a newer Slalom: version '9999'" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["later.db", "slalom.db"]


def test_what_cannot_be_used_on_postgres_is_refused_and_left_alone(postgres):
    url = postgres.fresh()
    engine = create_engine(store_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE contacts (name text)")
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(url)
    assert rows(engine) == {"contacts": []}
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE contacts")
    Store.open(url).close()
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = rows(engine)
    answer = slalom("db", "upgrade", "--store", url)
    assert (answer.code, answer.out) == (3, "")
    assert "newer Slalom: version '9999'" in answer.err
    assert rows(engine) == before
    engine.dispose()


# Backup and restore


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_an_older_store_is_put_back_and_brought_up_to_date(revision, tmp_path):
    path = older(revision, tmp_path)
    copy_store(f"sqlite:///{path}", tmp_path / "copy.db")
    assert look(f"sqlite:///{tmp_path}/copy.db").version == revision
    put_back(f"sqlite:///{tmp_path}/new.db", tmp_path / "copy.db")
    engines = [create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("slalom", "new")]
    assert rows(engines[0]) == rows(engines[1])
    for engine in engines:
        engine.dispose()
    Store.open(f"sqlite:///{tmp_path}/new.db").close()
    assert look(f"sqlite:///{tmp_path}/new.db").version == VERSION


def test_postgres_own_programs_copy_it_and_put_it_back(postgres, tmp_path):
    url = postgres.fresh()
    with closing(Store.open(url)) as store:
        id = store.experiments.create(kind="comparison", name="kept", spec="{}", owner="test").id
    environ = {
        "PATH": f"{programs()}:/usr/bin:/bin",
        "PGHOST": str(postgres.folder),
        "PGUSER": "slalom",
        "PGDATABASE": "test",
    }
    run = {"cwd": tmp_path, "env": environ, "check": True, "shell": True}
    subprocess.run(told_command(url, copy_store), **run)
    with closing(Store.open(url)) as store:
        store.experiments.delete(id, for_good=True)
        store.purge.run()
        assert store.experiments.list()[0] == []
    subprocess.run(told_command(url, put_back).replace("-d slalom", "-d test"), **run)
    with closing(Store.open(url)) as store:
        assert store.experiments.get(id).name == "kept"
        with store.database.read() as connection:
            assert connection.scalar(select(func.count()).select_from(schema.metadata.tables["experiment"])) == 1


def told_command(url, call):
    """Return the command that somebody is told who copies a store of Postgres."""
    with pytest.raises(StoreError) as refused:
        call(url, Path("slalom.dump"))
    return next(part for part in str(refused.value).split(": ") if part.startswith("pg_")).partition(". ")[0]

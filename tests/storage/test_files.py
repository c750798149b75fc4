"""The store as a file: full, locked, damaged, not its own, of another version or in a folder yet to be made."""

import random
import re
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
from sqlalchemy import create_engine, event, text
from storing import ended, make, running

from slalom.errors import Busy, StoreError, StoreFull
from slalom.storage import schema
from slalom.storage.schema import VERSION, VERSION_TABLE, VERSIONS
from slalom.storage.store import Store
from slalom.storage.tables import metadata


@pytest.fixture
def path(tmp_path):
    return tmp_path / "slalom.db"


# Faults

ELSEWHERE = """
import sys
from slalom.storage.store import Store

store = Store.open(sys.argv[1])
print(*store.experiments.queued())
store.close()
"""


def test_one_that_a_process_opens_twice_is_still_that_of_other_processes(path):
    def elsewhere():
        command = [sys.executable, "-c", ELSEWHERE, url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    url = f"sqlite:///{path}"
    with closing(Store.open(url)) as first:
        ids = [make(first).id]
        Store.open(url).close()
        assert sorted(elsewhere()) == ids
        ids.append(make(first).id)
        assert sorted(elsewhere()) == sorted(ids)


def test_a_full_disk_says_so_keeps_what_is_there_and_recovers(path):
    store = Store.open(f"sqlite:///{path}")
    id = running(store)
    store.chunks.append(id, 1, b"a" * 5000, "[]", 1)
    limit_pages(store, 20)
    with pytest.raises(StoreFull, match="make room on the disk") as full:
        append_until_it_fails(store, id, 2)
    assert full.value.status == 507
    kept = store.chunks.read(id)
    assert [chunk.seq for chunk in kept] == list(range(1, len(kept) + 1))
    assert store.experiments.get(id).steps_done == len(kept)
    limit_pages(store, 10_000)
    assert store.chunks.append(id, len(kept) + 1, b"c", "[]", 99) == "run"
    store.close()


def append_until_it_fails(store, id, seq):
    while True:
        store.chunks.append(id, seq, b"b" * 5000, "[]", seq)
        seq += 1


def limit_pages(store, pages):
    with store.database.writer.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_another_program_that_holds_the_lock_stops_writes_and_not_reads(path, monkeypatch):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 0.05)
    store = Store.open(f"sqlite:///{path}")
    id = running(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.experiments.get(id).id == id
    with pytest.raises(Busy, match="another program holds it"):
        store.chunks.append(id, 1, b"x", "[]", 1)
    other.execute("ROLLBACK")
    assert store.chunks.append(id, 1, b"x", "[]", 1) == "run"
    other.close()
    store.close()


def test_whoever_waits_for_the_lock_asks_as_often_however_long_it_has_waited(path, monkeypatch):
    """SQLite itself asks ever more seldom: among many who write, who has waited longest would never get it."""
    monkeypatch.setattr(schema, "LOCK_SECONDS", 60.0)
    store = Store.open(f"sqlite:///{path}")
    id, asked = running(store), []
    event.listen(store.database.writer, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor() as pool:
        other.execute("BEGIN IMMEDIATE")
        appended = pool.submit(store.chunks.append, id, 1, b"x", "[]", 1)
        end = time.monotonic() + 30
        while asked.count("BEGIN IMMEDIATE") < 30 and time.monotonic() < end:
            time.sleep(0.01)
        assert asked == ["BEGIN IMMEDIATE"] * len(asked)
        assert len(asked) >= 30
        other.execute("ROLLBACK")
        assert appended.result() == "run"
    store.close()


def test_a_store_that_is_there_is_opened_and_read_while_another_program_holds_the_lock(path, monkeypatch):
    Store.open(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(schema, "LOCK_SECONDS", 0.05)
        store = Store.open(f"sqlite:///{path}")
        with closing(store.database.writer.raw_connection()) as connection:
            assert connection.driver_connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    store.close()


def test_what_a_killed_process_had_appended_is_there(path, tmp_path):
    code = (
        "import sys; from slalom.storage.store import Store; s = Store.open(sys.argv[1])\n"
        "id = s.experiments.create(kind='comparison', name='', spec='{}', owner='').id\n"
        "s.experiments.claim(id, 'w'); n = 0\n"
        "while True: n += 1; s.chunks.append(id, n, b'x' * 5000, '[]', n); print(n, flush=True)"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{path}"], stdout=subprocess.PIPE) as writer:
            said = [writer.stdout.readline() for _ in range(random.randint(5, 60))]
            writer.kill()
            said += writer.stdout.readlines()
        acknowledged = int([line for line in said if line.endswith(b"\n")][-1])
        store = Store.open(f"sqlite:///{path}")
        newest = store.experiments.list()[0][0]
        kept = [chunk.seq for chunk in store.chunks.read(newest.id, limit=10_000)]
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


@pytest.mark.parametrize("version", ["0099", "9999", "later", "0000"])
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
        for record in store.experiments.list(limit=200)[0]:
            store.chunks.read(record.id)


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
    assert len(again.experiments.list()[0]) == 1
    again.close()


# Migrations


def schema_of(engine):
    """Return everything about the tables but how their statements are written."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%version%'")
        )
        tables = dict(rows.all())
        about = {}
        for table, sql in tables.items():
            facts = {fact: connection.execute(text(f"PRAGMA {fact}({table})")).all() for fact in FACTS}
            indices = [row[1] for row in facts["index_list"]]
            facts["index_list"] = sorted(row[1:] for row in facts["index_list"])
            facts["columns"] = {name: connection.execute(text(f"PRAGMA index_info({name})")).all() for name in indices}
            facts["constraints"] = sorted(re.findall(r"CONSTRAINT (\w+ (?:CHECK|PRIMARY|FOREIGN) .*?\))", sql))
            about[table] = facts
    return about


FACTS = ("table_info", "foreign_key_list", "index_list")


def test_a_new_store_equals_a_migrated_one(tmp_path):
    created, migrated = (create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("created", "migrated"))
    with created.begin() as connection:
        schema.create_tables(connection)
    with migrated.begin() as connection:
        schema.migrate(connection)
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}), metadata
        )
        assert differences == []
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == VERSION
    assert schema_of(created) == schema_of(migrated)
    created.dispose()
    migrated.dispose()


def test_the_store_knows_every_migration():
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(revisions[::-1]) == VERSIONS


def test_alembic_is_not_imported_for_a_store_that_is_up_to_date(path):
    opened = "from slalom.storage.store import Store; Store.open(sys.argv[1])"
    code = f"import sys; {opened}; sys.exit('alembic' in sys.modules)"
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", code, f"sqlite:///{path}"]).returncode == 0

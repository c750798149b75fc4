"""Where experiments are kept: the connections to the tables, and how an older file is brought up to date."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from slalom.errors import Busy, Conflict, NotWritable, StoreError, StoreFull

from .tables import metadata

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""The revisions in ``migrations/versions``, oldest first; Alembic is imported only where a store lacks the newest."""
VERSION = VERSIONS[-1]
VERSION_TABLE = "slalom_version"
"""Its own name, so that a database of another program that uses Alembic is not taken for ours."""
CHANNEL = "slalom"
"""The name under which Postgres announces a commit."""
LOCK_SECONDS = 5.0
"""Seconds to wait for another writer."""
TURN_SECONDS = 0.01
"""Seconds after which whoever waits for another writer begins to wait anew.

SQLite asks ever more seldom, at last ten times a second: where many write, whoever has waited longest would get its
turn last, and might never get it.
"""
SMALLEST_FILE = 512
"""Bytes: no SQLite file that holds anything is shorter."""
MAGIC = b"SQLite format 3\0"
"""What every file of SQLite begins with."""
LARGEST_CHECKED = 32 * 2**20
"""Bytes of a SQLite file up to which every page is checked at opening (about 50 ms); a larger one would delay it."""
LOG = 8 * 2**20
"""Bytes that SQLite's write-ahead log keeps at most when it begins again."""

schema_version: Table = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def connect(url: str) -> tuple[Engine, Engine]:
    """Return two engines, one that writes and one that can only read, on a store that is up to date.

    Raises :class:`StoreError` where there is no such store, or it is damaged, foreign or newer than this program; it
    is then left as it was.
    """
    address = store_url(url)
    with errors(writing=False):
        # A worker's server has inspected the file already, and a worker should not wait for it.
        if address.get_backend_name() == "sqlite" and parent_process() is None:
            inspect_file(Path(address.database or ""))
        writer, reader = _engines(address)
        try:
            if not _is_up_to_date(reader):
                _bring_up_to_date(writer)
        except BaseException:
            writer.dispose()
            reader.dispose()
            raise
    return writer, reader


def store_url(url: str) -> URL:
    """Return the address of a store; raises StoreError where there can be none, or its driver is missing."""
    try:
        address = make_url(url)
        if address.drivername in ("postgres", "postgresql"):
            address = address.set(drivername="postgresql+psycopg")
        address.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        shown = re.sub(r"//.*@", "//", url[:200])
        raise StoreError(
            f"The store {shown!r} cannot be opened ({type(error).__name__}). "
            "Give sqlite:///path/to/slalom.db, or postgresql://user@host/name with slalom[postgres] installed."
        ) from error
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreError("A store in memory cannot be shared with the workers. Give sqlite:///path/to/slalom.db.")
    return address


def inspect_file(path: Path) -> None:
    """Refuse a file that is not ours before anything could write to it.

    One that may be a store is read by SQLite alone: to open it here and close it again would drop all locks that this
    process has on it, and another process that closes it then takes its log away from under this one.
    """
    try:
        size = path.stat().st_size if path.exists() else 0
        if size == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            return
        short = path.read_bytes() if size < SMALLEST_FILE else None
    except OSError as error:
        raise StoreError(f"{path} cannot be used ({error}). Check that it is a file that you may write.") from error
    if short is not None and not short.startswith(MAGIC):
        raise _foreign(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCK_SECONDS)) as db:
            if short is not None:
                # SQLite itself takes so short a file for an empty one.
                raise sqlite3.DatabaseError("it was cut off")
            _inspect_tables(path, db)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            raise _read_only(error) from error
        raise StoreError(f"{path} cannot be read ({error}). Check who may read it and who else uses it.") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise _foreign(path) from error
        raise StoreError(
            f"{path} is damaged ({error}). Put a copy from a backup in its place, or move it away; it was not touched."
        ) from error


def _foreign(path: Path) -> StoreError:
    return StoreError(f"{path} is not a Slalom store: it is no SQLite file. Choose another path; it was not touched.")


def _inspect_tables(path: Path, db: sqlite3.Connection) -> None:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not all(isinstance(name, str) for name in tables):
        raise sqlite3.DatabaseError("the name of a table is no text")
    stored = db.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() if VERSION_TABLE in tables else None
    _check_version(str(path), tables, stored and stored[0])
    if path.stat().st_size <= LARGEST_CHECKED:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)


def _check_version(where: str, tables: set[str], stored: str | None) -> None:
    """Refuse tables of another program, and a version from the future."""
    if stored is None and (foreign := sorted(tables - {VERSION_TABLE})):
        some = ", ".join(foreign[:3])
        raise StoreError(
            f"{where} belongs to another program (it has the tables {some}). Choose another place; it was not touched."
        )
    if stored is not None and stored not in VERSIONS:
        raise StoreError(
            f"{where} was written by a newer Slalom: version {stored[:32]!r} of the tables, and this program knows "
            f"{', '.join(VERSIONS)}. Update Slalom; it was not touched."
        )


def _engines(address: URL) -> tuple[Engine, Engine]:
    if address.get_backend_name() != "sqlite":
        only_read = {"options": "-c default_transaction_read_only=on"}
        writer = create_engine(address, pool_pre_ping=True)
        reader = create_engine(address, pool_pre_ping=True, connect_args=only_read, isolation_level="AUTOCOMMIT")
        return writer, reader
    # Threads of one process take turns at one connection; only other processes are waited for by the file's lock.
    writer = create_engine(address, pool_size=1, max_overflow=0, pool_timeout=LOCK_SECONDS)
    reader = create_engine(address, pool_size=4, max_overflow=60)
    event.listen(writer, "connect", _prepare_writer)
    event.listen(writer, "begin", _begin)
    event.listen(reader, "connect", _prepare_reader)
    return writer, reader


def _prepare_writer(connection: Any, record: object) -> None:
    # A new file gives back what it does not use; see :mod:`slalom.storage.quota`. In one that is there already that
    # would change nothing, but wait for the lock. The log is never long for long.
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    _pragmas(
        connection,
        *([] if pages else ["auto_vacuum = INCREMENTAL"]),
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"journal_size_limit = {LOG}",
    )


def _begin(connection: Connection) -> None:
    """Take the lock of the file, and wait for it as the others do, however long one has waited."""
    driver: Any = connection.connection.driver_connection
    end = time.monotonic() + LOCK_SECONDS
    driver.execute(f"PRAGMA busy_timeout = {TURN_SECONDS * 1000:.0f}")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _is_busy(error.orig) or time.monotonic() > end:
                    raise
    finally:
        driver.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")


def _prepare_reader(connection: Any, record: object) -> None:
    # Many may read at once, and what they read is seldom read again: SQLite would keep 2 MB for each.
    _pragmas(connection, "query_only = ON", "cache_size = -256")


def _pragmas(connection: Any, *settings: str) -> None:
    # Python's own implicit BEGIN comes too late for schema changes and for BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (f"busy_timeout = {LOCK_SECONDS * 1000:.0f}", *settings):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _is_up_to_date(reader: Engine) -> bool:
    """Return whether the newest tables are there, without a lock and without looking at each of them."""
    try:
        with reader.connect() as connection:
            return connection.execute(schema_version.select()).scalar() == VERSION
    except (OperationalError, ProgrammingError):
        return False


def _bring_up_to_date(writer: Engine) -> None:
    with writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('slalom'))"))
        tables = set(inspect(connection).get_table_names())
        stored = connection.execute(schema_version.select()).scalar() if VERSION_TABLE in tables else None
        _check_version(writer.url.render_as_string(), tables, stored)
        if not tables:
            create_tables(connection)
        elif stored != VERSION:
            migrate(connection)
    if tables and writer.dialect.name == "sqlite":
        _let_it_shrink(writer)


def _let_it_shrink(writer: Engine) -> None:
    """Write an older file anew, so that from now on it gives back what it does not use: a small one, that is quick."""
    if Path(writer.url.database or "").stat().st_size > LARGEST_CHECKED:
        return
    with writer.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with suppress(sqlite3.OperationalError):
            driver.execute("PRAGMA auto_vacuum = INCREMENTAL")
            driver.execute("VACUUM")


def create_tables(connection: Connection) -> None:
    """Make the newest tables in an empty database; a test holds this equal to running every migration."""
    metadata.create_all(connection)
    schema_version.create(connection)
    connection.execute(schema_version.insert().values(version_num=VERSION))


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations that this database has not had, up to a revision, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


@contextmanager
def errors(writing: bool = True) -> Iterator[None]:
    """Say what a driver's error means for the user.

    Raises :class:`StoreFull` where the disk is, :class:`Busy` where another process holds the lock too long or a
    database server does not answer, :class:`Conflict` where the key is taken, :class:`StoreError` where the file is
    damaged.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Busy("The store is busy: too many requests write at once. Try again in a few seconds.") from error
    except DBAPIError as error:
        raise _meaning(error.orig, writing) from error
    except sqlite3.Error as error:
        # Some pragmas are asked of the driver itself.
        raise _meaning(error, writing) from error
    except UnicodeDecodeError as error:
        raise StoreError(f"The store is damaged ({error}). Put a copy from a backup in its place.") from error


def _meaning(cause: BaseException | None, writing: bool) -> Exception:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    state = getattr(cause, "sqlstate", "") or ""
    if code == sqlite3.SQLITE_FULL or (writing and code == sqlite3.SQLITE_IOERR) or state == "53100":
        return StoreFull(str(cause))
    if _is_busy(cause) or state in ("55P03", "40P01", "40001"):
        return Busy("The store is busy: another program holds it. Try again in a few seconds.")
    if hasattr(cause, "sqlstate") and (not state or state.startswith(("08", "57P"))):
        return Busy(f"The database server does not answer ({_first_line(cause)}). Try again when it is back.")
    if code == sqlite3.SQLITE_CONSTRAINT or state.startswith("23"):
        return Conflict(f"The store refused to write that ({cause}).")
    if code == sqlite3.SQLITE_READONLY or state == "25006":
        return _read_only(cause)
    return StoreError(f"The store cannot be used ({cause}). Check that it is there, undamaged, and yours to write.")


def _is_busy(cause: BaseException | None) -> bool:
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _first_line(cause: object) -> str:
    return str(cause).strip().partition("\n")[0][:200]


def _read_only(cause: object) -> StoreError:
    return NotWritable(
        f"The store may be read but not written ({cause}). Let the user who runs Slalom write the file and its "
        "folder, or choose another with --store."
    )

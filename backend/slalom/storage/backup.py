"""A store copied while it is used, put back, brought up to date, and looked at without a change. SQLite only."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from slalom.errors import StoreError

from .schema import LOCK_SECONDS, MAGIC, VERSION, VERSION_TABLE, connect, inspect_file, store_url

_PAGES = 1000
"""Copied at a time: others may write between."""


class StoreState(NamedTuple):
    """What is known of a store from outside."""

    where: str
    """Its file, or its address without a password."""
    version: str | None
    """Of its tables; None where there is no store yet."""
    bytes: int
    experiments: int

    @property
    def is_up_to_date(self) -> bool:
        """Whether this program need not change its tables."""
        return self.version in (None, VERSION)


def look(url: str) -> StoreState:
    """Return what is known of a store, which is left as it is.

    Raises StoreError where it cannot be used, and for Postgres where the database does not answer.
    """
    address = store_url(url)
    if address.get_backend_name() != "sqlite":
        return _look_at_server(url)
    return _look_at_file(store_file(url))


def _look_at_file(path: Path) -> StoreState:
    if not _is_there(path):
        return StoreState(str(path), None, 0, 0)
    inspect_file(path)
    with closing(_read_only(path)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone():
            return StoreState(str(path), None, path.stat().st_size, 0)
        (version,) = db.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        (experiments,) = db.execute("SELECT count(*) FROM experiment").fetchone()
    return StoreState(str(path), version, path.stat().st_size, experiments)


def copy_store(url: str, target: Path) -> StoreState:
    """Copy a store to a new file while it may be used, and return what is known of the copy.

    Raises StoreError where the store is not a file or is not there, and where there is a file of that name.
    """
    path = _existing(url, "pg_dump", "-Fc -f slalom.dump")
    if target.exists():
        raise StoreError(f"{target} is there already; it was not touched. Choose another name.")
    try:
        _copy_file(path, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} could not be copied to {target} ({error}). Choose a place with room.") from error
    return _look_at_file(target)


def put_back(url: str, source: Path) -> Path | None:
    """Put a copy in the place of a store, and return where what was there before is kept; None if there was nothing.

    What was there may also be damaged, or of a newer Slalom. Raises StoreError where the copy is no store, where
    what was there is another program's, and while a server has the store open.
    """
    path = _file_or_refuse(url, "pg_restore", "--clean -d slalom slalom.dump")
    if not source.is_file() or not _is_there(source):
        raise StoreError(f"{source} is not there, or empty. Give a file that slalom db backup wrote.")
    inspect_file(source)
    try:
        kept = _keep(path) if _is_there(path) else None
        _copy_file(source, path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{source} could not be put in the place of {path} ({error}).") from error
    return kept


def upgrade(url: str) -> tuple[str | None, Path | None]:
    """Bring a store up to date; return which version it had, and where a copy of it as it was is kept.

    Of a server's database no copy is made. Raises StoreError where it cannot be used.
    """
    state = look(url)
    if state.is_up_to_date and state.version is not None:
        return state.version, None
    kept = None
    if state.version is not None and store_url(url).get_backend_name() == "sqlite":
        kept = _kept_name(store_file(url))
        copy_store(url, kept)
    for engine in connect(url):
        engine.dispose()
    return state.version, kept


def store_file(url: str) -> Path:
    """Return the file of a store."""
    return Path(store_url(url).database or "")


def _file_or_refuse(url: str, program: str, options: str) -> Path:
    address = store_url(url)
    if address.get_backend_name() != "sqlite":
        raise StoreError(
            f"This store is a Postgres database, which has a program for this of its own: {program} {options}. "
            "It may run while Slalom does."
        )
    return store_file(url)


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _copy_file(path: Path, target: Path) -> None:
    """Let a file hold what a store does, once all of it is copied; raises OSError or sqlite3.Error."""
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(_read_only(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy, pages=_PAGES, sleep=0.01)
            _finish(copy, part)
        for ending in ("-wal", "-shm"):
            Path(f"{target}{ending}").unlink(missing_ok=True)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _keep(path: Path) -> Path:
    """Copy a store that will be replaced to a file beside it, and return that; what is damaged stays as it is."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            inspect_file(path)
    kept = _kept_name(path)
    try:
        _refuse_if_open(path)
        with closing(_read_only(path)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION_TABLE not in tables:
            inspect_file(path)
        _copy_file(path, kept)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:  # It is damaged.
        for ending in ("", "-wal"):
            if Path(f"{path}{ending}").exists():
                shutil.copyfile(f"{path}{ending}", f"{kept}{ending}")
    return kept


def _existing(url: str, program: str, options: str) -> Path:
    path = _file_or_refuse(url, program, options)
    if not _is_there(path):
        raise StoreError(f"There is no store at {path} yet. Name the one you mean with --store.")
    inspect_file(path)
    return path


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCK_SECONDS)


def _finish(db: sqlite3.Connection, path: Path) -> None:
    """Let a copy be one file without a log beside it, and see that it is whole."""
    db.execute("PRAGMA journal_mode = DELETE")
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"{path} would be damaged: {found}")


def _kept_name(path: Path) -> Path:
    """Return a name beside a store that is still free."""
    for number in range(1, 10_000):
        name = path.with_name(f"{path.stem}.before-{number}{path.suffix}")
        if not name.exists():
            return name
    raise StoreError(f"There are too many copies beside {path}. Move some away.")


def _refuse_if_open(path: Path) -> None:
    """Raise StoreError while another program has a store open: every connection keeps a lock that shuts others out."""
    with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise StoreError(f"{path} is in use ({error}). Stop the server first, and try again.") from error


def _look_at_server(url: str) -> StoreState:
    from sqlalchemy import create_engine, inspect, text

    from .schema import errors

    address = store_url(url)
    where = address.render_as_string(hide_password=True)
    with errors(writing=False):
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                if VERSION_TABLE not in inspect(connection).get_table_names():
                    return StoreState(where, None, 0, 0)
                version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
                experiments = connection.execute(text("SELECT count(*) FROM experiment")).scalar()
                size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar()
        finally:
            engine.dispose()
    return StoreState(where, version, int(size or 0), int(experiments or 0))

"""Where the store cannot be written, that is said, whatever is stored can be read, and it passes without a restart."""

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

import httpx
import pytest
from sqlalchemy import event

from slalom.errors import StoreFull
from slalom.storage import quota, schema

SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 10}


@pytest.fixture
def house(quiet, monkeypatch):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 0.3)
    house = quiet(queue_per_client=1000)
    house.id = house.create(chunks=5)
    return house


def post(house):
    return httpx.post(f"{house.http}/api/experiments", json=SPEC, timeout=30)


def read(house):
    """Return the statuses of all that can be read."""
    here = f"/api/experiments/{house.id}"
    paths = (
        "/api/experiments",
        here,
        f"{here}/trace?every=100",
        f"{here}/trace?format=csv",
        f"{here}/thumbnail",
        f"{here}/sweep",
    )
    return {path: httpx.get(house.http + path, timeout=30).status_code for path in paths}


def file_of(house):
    return house.store.database.writer.url.database


@contextmanager
def held(house):
    with closing(sqlite3.connect(file_of(house), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def pragma(house, text):
    with closing(house.store.database.writer.raw_connection()) as connection:
        return connection.driver_connection.execute(f"PRAGMA {text}").fetchone()


@contextmanager
def full(house):
    (pages,) = pragma(house, "page_count")
    pragma(house, f"max_page_count = {pages}")
    for length in (3000, 300, 3):  # What is larger leaves room for what is smaller.
        with suppress(StoreFull):
            while True:
                house.store.experiments.create(
                    kind="comparison", name="n", spec=json.dumps(SPEC) + " " * length, owner=""
                )
    yield
    pragma(house, "max_page_count = 1000000")


@contextmanager
def only_read(house):
    """As where the disk was mounted anew, and may not be written."""
    pragma(house, "query_only = ON")
    yield
    pragma(house, "query_only = OFF")


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (held, 503, "another program holds it. Try again"),
        (full, 507, "make room on the disk, and new experiments can start again without a restart"),
        (only_read, 503, "may be read but not written"),
    ],
)
def test_what_cannot_be_written_is_said_and_passes(house, fault, status, words):
    with fault(house):
        refused = post(house)
        assert (refused.status_code, words in refused.json()["detail"]) == (status, True), refused.text
        assert "Retry-After" in refused.headers or fault is not held
        assert set(read(house).values()) == {200}
        assert httpx.get(f"{house.http}/healthz").status_code == 200
    assert post(house).status_code == 201


def test_a_lock_of_some_seconds_is_waited_for(house, monkeypatch):
    monkeypatch.setattr(schema, "LOCK_SECONDS", 60.0)
    with ThreadPoolExecutor() as pool:
        with held(house):
            asked = pool.submit(post, house)
            time.sleep(2)
            assert not asked.done()
        assert asked.result().status_code == 201


def test_whichever_statement_fails_nothing_else_does(house):
    """The n-th statement that is written fails, for every n of a request; the next request does as it always did."""
    failing = [0]

    def fail(*_):
        failing[0] -= 1
        if failing[0] == 0:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise error

    event.listen(house.store.database.writer, "before_cursor_execute", fail)
    statuses = []
    while not statuses or failing[0] <= 0:
        failing[0] = len(statuses) + 1
        statuses.append(post(house).status_code)
        assert httpx.get(f"{house.http}/api/experiments/{house.id}").status_code == 200
    assert set(statuses[:-1]) == {507}
    assert statuses[-1] == 201
    assert len(statuses) > 4
    with closing(sqlite3.connect(file_of(house))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT COUNT(*) FROM experiment").fetchone() == (2,)


def test_as_long_as_the_disk_is_full_healthz_tells(house, monkeypatch):
    """From the supervisor, which writes every other second; who only reads would not notice."""
    full = [True]

    def fail(*_):
        if full[0]:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    def health(status):
        deadline = time.monotonic() + 60
        while (answer := httpx.get(f"{house.http}/healthz")).status_code != status:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return answer.json()

    house.supervisor.start()
    try:
        health(200)
        monkeypatch.setattr(quota, "free_bytes", lambda _: 0)
        assert "are to stay free. Make room on the disk" in health(503)["detail"]
        monkeypatch.undo()
        health(200)
        event.listen(house.store.database.writer, "before_cursor_execute", fail)
        said = health(503)
        assert said["status"] == "failing"
        assert "(database or disk is full)" in said["detail"]
        assert "make room on the disk" in said["detail"]
        assert set(read(house).values()) == {200}
        full[0] = False
        assert health(200)["status"] == "ok"
    finally:
        full[0] = False
        house.supervisor.stop()

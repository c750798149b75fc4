"""A store on Postgres whose server is stopped and started under it, or whose connections break."""

import time

import psycopg
import pytest
from storing import running

from slalom.errors import Busy, Conflict
from slalom.storage.store import Store


@pytest.fixture
def store(postgres):
    store = Store.open(postgres.fresh())
    yield store
    store.close()


def test_it_is_back_as_soon_as_its_server_is(postgres, store):
    id = running(store)
    store.chunks.append(id, 1, b"before", "[]", 1)
    postgres.stop()
    with pytest.raises(Busy, match="does not answer"):
        store.chunks.append(id, 2, b"meanwhile", "[]", 2)
    with pytest.raises(Busy, match="does not answer"):
        store.experiments.get(id)
    postgres.start()
    assert store.chunks.append(id, 2, b"after", "[]", 2) == "run"
    assert [chunk.payload for chunk in store.chunks.read(id)] == [b"before", b"after"]


def heard(store, patience=10.0):
    """Return whether a commit is announced, a moment after it."""
    deadline = time.monotonic() + patience
    while not (changed := store.watch.changed()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return changed


def listen_to_the_end(store):
    """Return when nothing more is announced."""
    while heard(store, 0.2):
        pass


def test_who_listens_hears_of_commits_and_not_of_what_was_rolled_back(postgres, store):
    assert store.watch.changed(), "the first look"
    id = running(store)
    listen_to_the_end(store)
    store.chunks.append(id, 1, b"one", "[]", 1)
    assert heard(store)
    with pytest.raises(Conflict):
        store.chunks.append(id, 1, b"another", "[]", 1)
    assert not heard(store, 0.2)
    with psycopg.connect(postgres.url("test")) as other:
        other.execute("NOTIFY slalom")
    assert heard(store)
    store.experiments.beat(id)
    assert heard(store)


def cut(postgres):
    """End the connection of whoever listens."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        ).fetchall()
    assert len(ended) == 1


@pytest.mark.parametrize("how", [cut, lambda postgres: postgres.restart()], ids=["cut", "restart"])
def test_who_listens_is_told_that_its_connection_broke_and_listens_anew(postgres, store, how):
    id = running(store)
    listen_to_the_end(store)
    how(postgres)
    with pytest.raises(Busy, match="does not answer"):
        heard(store)
    store.watch.close()
    assert store.watch.changed(), "something may have been missed meanwhile"
    listen_to_the_end(store)
    store.experiments.beat(id)
    assert heard(store)

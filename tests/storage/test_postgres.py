"""A store on Postgres whose server is stopped and started under it."""

import pytest
from storing import running

from slalom.errors import Busy
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

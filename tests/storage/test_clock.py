"""The clock of dates is set by a day, forward or back, while a store is open: nothing goes that nobody let go."""

import time

import pytest
from storing import ended, make

from slalom.errors import NotFound
from slalom.storage import clock
from slalom.storage.purge import KEPT_AFTER_DELETE

DAY = 86_400.0


@pytest.fixture(params=[DAY, -DAY], ids=["a day forward", "a day back"])
def jump(request, monkeypatch):
    """Return a function that sets the clock of dates."""
    real, by = time.time, request.param

    def jump():
        monkeypatch.setattr("time.time", lambda: real() + by)

    return jump


def there(store, *ids):
    """Return which of some experiments are still in the store, hidden or not."""
    return [id for id in ids if id in store.experiments.states(ids)]


def test_nothing_that_was_deleted_lately_is_gone_and_it_can_be_restored(store, jump):
    before, unlisted = ended(store, "done"), make(store, listed=False).id
    store.experiments.delete(before)
    jump()
    after = ended(store, "done")
    store.experiments.delete(after)
    store.purge.expire(KEPT_AFTER_DELETE)
    store.purge.run()
    assert there(store, before, unlisted, after) == [before, unlisted, after]
    assert [store.experiments.restore(id).id for id in (before, after)] == [before, after]
    assert store.purge.expired(KEPT_AFTER_DELETE) == []


def test_what_was_deleted_long_ago_goes_however_the_clock_was_set(store, monkeypatch):
    id = ended(store, "done")
    store.experiments.delete(id)
    elapsed, now = clock._elapsed(), time.time()
    monkeypatch.setattr(clock, "_elapsed", lambda: elapsed + 2 * DAY)
    monkeypatch.setattr("time.time", lambda: now + 2 * DAY)
    with pytest.raises(NotFound):
        store.experiments.restore(id)
    assert store.purge.run() == 1
    assert there(store, id) == []

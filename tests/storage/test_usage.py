"""What a store says of itself: what waits, how much is stored, and which servers have something in it."""

import time

from slalom.storage.tables import experiment


def create(store, owner="here:1:0", **given):
    return store.experiments.create(kind="comparison", name="x", spec="{}", owner=owner, **given).id


def test_the_queue_is_counted_by_status_and_the_oldest_waits_longest(store):
    assert store.usage.queue() == (0, 0, 0, None)
    first, second = create(store), create(store)
    assert store.experiments.claim(second, "w")
    with store.database.write() as connection:
        connection.execute(
            experiment.update().where(experiment.c.id == first).values(created="2020-01-01T00:00:00.000Z")
        )
    create(store)
    queue = store.usage.queue()
    assert queue[:3] == (2, 1, 0)
    assert abs(queue.oldest_wait - (time.time() - 1_577_836_800)) < 60
    store.experiments.want(second, "cancel")
    store.experiments.finish(second, "cancelled")
    assert store.usage.queue()[:3] == (2, 0, 0)


def test_what_is_stored_is_told_and_grows(store):
    before = store.usage.store()
    assert (before.experiments, before.taken_bytes) == (0, 0)
    create(store, room=5_000_000)
    after = store.usage.store()
    assert after.experiments == 1
    assert after.taken_bytes > 5_000_000
    assert after.file_bytes >= before.file_bytes > 10_000
    sqlite = after.kind == "sqlite"
    assert (after.free_bytes is not None) == sqlite
    assert after.kind in ("sqlite", "postgresql")


def test_servers_are_those_whose_experiments_have_not_ended(store):
    assert store.usage.servers() == []
    create(store, "a:1:0")
    mine = [create(store, "b:2:0") for _ in range(2)]
    assert store.experiments.claim(mine[0], "w")
    store.experiments.finish(mine[0], "done", "[]")
    found = store.usage.servers()
    assert [(one.owner, one.experiments) for one in found] == [("a:1:0", 1), ("b:2:0", 1)]
    assert all(0 <= one.heartbeat_age < 60 for one in found)

"""SQLite breaks off at any moment: nothing is half written or counted wrongly, and everything can be read."""

import itertools

import pytest
from sqlalchemy import event
from storing import make, recount, running

from slalom.errors import SlalomError
from slalom.storage.store import Store


class Fault:
    """Breaks off whatever SQLite does after so many of its instructions, once."""

    def __init__(self, store):
        self.left, self.happened = -1, False
        event.listen(
            store.database.writer, "checkout", lambda connection, *_: connection.set_progress_handler(self._tick, 5)
        )

    def _tick(self):
        self.left -= 1
        self.happened |= self.left == 0
        return self.left == 0


def an_experiments_life(store, id):
    yield lambda: make(store, room=1000)
    for seq in (1, 2):
        yield lambda seq=seq: store.chunks.append(id, seq, b"x" * 9000, "[]", seq)
    for payload in (b"y" * 7000, b"y" * 20):
        yield lambda payload=payload: store.artifacts.keep(id, 0, "state", payload)
    yield lambda: store.datasets.add("a", "csv", "{}", b"1" * 9000)
    yield lambda: store.experiments.finish(id, "done", '[{"kind": "converged"}]')
    yield lambda: store.experiments.rename(id, "b")


@pytest.mark.parametrize("moment", range(8))
def test_whatever_breaks_off_happened_whole_or_not_at_all(tmp_path, moment):
    store = Store.open(f"sqlite:///{tmp_path}/slalom.db")
    fault = Fault(store)
    for n in itertools.count(1, 3):
        id = running(store)
        steps = list(an_experiments_life(store, id))
        for step in steps[:moment]:
            step()
        fault.left, fault.happened = n, False
        try:
            steps[moment]()
        except SlalomError:
            assert fault.happened
            fault.left = -1
            assert recount(store) == {record.id: record.bytes for record in store.experiments.list(limit=1000)[0]}
            steps[moment]()
        fault.left = -1
        for step in steps[moment + 1 :]:
            step()
        chunks = store.chunks.read(id)
        assert [(chunk.seq, len(chunk.payload)) for chunk in chunks] == [(1, 9000), (2, 9000)]
        assert store.artifacts.load(id, "state", 0) == b"y" * 20
        assert (store.experiments.get(id).status, store.experiments.get(id).name) == ("done", "b")
        if not fault.happened:
            break
    assert n > 3
    assert recount(store) == {record.id: record.bytes for record in store.experiments.list(limit=1000)[0]}
    with store.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    store.close()


def test_a_purge_that_breaks_off_goes_on_where_it_was(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/slalom.db")
    fault, kept = Fault(store), make(store).id
    for n in itertools.count(1, 97):
        id = running(store)
        for seq in range(1, 4):
            store.chunks.append(id, seq, b"x" * 9000, "[]", seq)
        store.experiments.finish(id, "done", "[]")
        store.experiments.delete(id, for_good=True)
        fault.left, fault.happened = n, False
        try:
            store.purge.run()
            store.quota.give_back(lambda seconds: None)
        except SlalomError:
            fault.left = -1
            store.purge.run()
            store.quota.give_back(lambda seconds: None)
        fault.left = -1
        assert [record.id for record in store.experiments.list()[0]] == [kept]
        assert recount(store).keys() == {kept}
        if not fault.happened:
            break
    assert n > 97
    store.close()

"""Experiments for the tests of the store: queued, running or ended; and what they take."""

from sqlalchemy import func, select

from slalom.storage.quota import ROW
from slalom.storage.tables import chunk, experiment, keep, outcome


def make(store, **given):
    return store.experiments.create(**({"kind": "comparison", "name": "n", "spec": "{}", "owner": "here:1:0"} | given))


def running(store, **given):
    id = make(store, **given).id
    assert store.experiments.claim(id, "worker")
    return id


def ended(store, status):
    id = running(store)
    store.chunks.append(id, 1, b"a", "[]", 1)
    store.experiments.finish(id, status, "[]", "why")
    return id


def recount(store):
    """Return what every experiment takes, by looking at all that there is of it."""
    with store.database.read() as connection:
        found = dict(connection.execute(select(experiment.c.id, func.length(experiment.c.spec) + ROW)).all())
        for table, size in (
            (chunk, func.length(chunk.c.payload) + func.length(chunk.c.events)),
            (keep, func.length(keep.c.payload)),
            (outcome, func.length(outcome.c.outcomes)),
        ):
            query = select(table.c.experiment, func.sum(size + ROW)).group_by(table.c.experiment)
            for id, total in connection.execute(query):
                found[id] += int(total)
    return found

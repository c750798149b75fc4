"""Watching experiments from outside: waiting for a status or for steps, and missing no chunk."""

from standins import payload, until

FOREVER = {"chunks": 10**6, "pause": 0.005}
"""What a stand-in that never ends by itself shall do."""


def is_status(store, id, *statuses):
    return until(lambda: store.experiments.states([id])[id].status in statuses)


def has_steps(store, id, steps=1):
    return until(lambda: store.experiments.states([id])[id].steps_done >= steps)


def whole(store, id):
    """Return how many chunks there are, having seen that none is missing or damaged."""
    chunks = store.chunks.read(id, limit=100_000)
    assert [(chunk.seq, chunk.payload) for chunk in chunks] == [(n, payload(n)) for n in range(1, len(chunks) + 1)]
    assert store.experiments.states([id])[id].steps_done == 10 * len(chunks)
    return len(chunks)

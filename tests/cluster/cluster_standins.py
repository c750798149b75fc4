"""Workers of the tests: the real one at a slower pace, and one that is stuck; importable by name on every node."""

import time

from slalom.engine import worker
from slalom.storage.store import Store

PACE = 0.05
"""Seconds after every tick."""


def paced(url, id, share):
    """Run an experiment as the real worker does, a little slower: there is time to kill it."""
    take = worker.StoreSink.take

    def take_slowly(sink, tick):
        take(sink, tick)
        time.sleep(PACE)

    worker.StoreSink.take = take_slowly
    worker.work(url, id, share)


def stuck(url, id, share):
    """Claim an experiment and never come back from one call into C."""
    del share
    store = Store.open(url)
    assert store.experiments.claim(id, "stuck:1")
    sum(range(10**15))

"""Workers of the tests: the real one at a slower pace, one that is stuck, one of tiles; found on every node."""

import json
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


def tiling(url, id, share):
    """Have tiles computed, and keep which processes did it."""
    store = Store.open(url)
    assert store.experiments.claim(id, "tiling:1")
    found = share("test_tiles:square", '{"times": 1}', range(80), lambda: None)
    store.artifacts.keep(id, 0, "processes", json.dumps([int(by) for _, (_, by) in found]).encode())
    store.experiments.finish(id, "done")

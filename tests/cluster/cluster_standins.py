"""Workers of the tests: the real one at a slower pace, one that is stuck, one of tiles, one that counts."""

import json
import os
import resource
import time
from pathlib import Path

from slalom.engine import worker
from slalom.errors import SlalomError
from slalom.storage.records import this_worker
from slalom.storage.store import Store

PACE = 0.05
"""Seconds after every tick."""
PATIENCE = 120.0
"""Seconds that a tile waits for one of another node."""


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
    found = share(lambda: None).tiles("cluster_standins:beside_another_node", "", range(4))
    store.artifacts.keep(id, 0, "processes", json.dumps([by for _, by in found]).encode())
    store.experiments.finish(id, "done")


def beside_another_node(url, given, number):
    """Return this process, as a tile, once two nodes compute tiles at the same time."""
    del given, number
    wait_for_another_node(Path(url.removeprefix("sqlite:///")).parent / "nodes")
    return os.getpid()


def wait_for_another_node(folder):
    """Return once two nodes have called this with that folder, or after two minutes."""
    import ray

    folder.mkdir(exist_ok=True)
    (folder / ray.get_runtime_context().get_node_id()).touch()
    end = time.monotonic() + PATIENCE
    while len([*folder.iterdir()]) < 2 and time.monotonic() < end:
        time.sleep(0.05)


class Counter:
    """What stands in the tests for runs that are trained."""

    def __init__(self, url, given, runs):
        self.runs, self.made, self.given = runs, 0, json.loads(given)
        if self.given.get("refused"):
            raise SlalomError("These runs cannot be trained.")

    def __call__(self, n):
        self.made += n
        time.sleep(self.given.get("seconds", 0))
        return os.getpid(), self.made, list(self.runs)


def noting(url, id, share):
    """Keep what the system and Ray let this process have; then wait until it is cancelled."""
    import ray

    del share
    store = Store.open(url)
    assert store.experiments.claim(id, this_worker())
    bounds = [resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]
    found = {"bounds": bounds, "gpus": ray.get_gpu_ids(), "visible": os.environ.get("CUDA_VISIBLE_DEVICES")}
    store.artifacts.keep(id, 0, "found", json.dumps(found).encode())
    while store.experiments.beat(id) != "cancel":
        time.sleep(0.05)
    store.experiments.finish(id, "cancelled")


def busy(url, id, share):
    """Claim an experiment, and compute without end."""
    del share
    assert Store.open(url).experiments.claim(id, this_worker())
    while True:
        pass


def bounds_of(url, given, number):
    """Return what the system lets this process have, as a tile."""
    del url, given, number
    return [resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]

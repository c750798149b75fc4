"""Workers killed at random moments, 1,000 times on every kind of store: what was stored stays, and the slot is back."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing

from tests.bench.measure import Row
from tests.postgres import KINDS

from slalom.jobs.executor import LocalExecutor
from slalom.jobs.supervisor import Supervisor
from slalom.storage.store import Store

from ._deaths import WORK, chance, is_whole, store_of, undisturbed, until, wrong

KILLS = 1_000
LONGEST = 0.4
"""Seconds after which a worker is killed, at most."""
SLOT_SECONDS = 1.0
AS_SAID = "was killed by signal 9 (SIGKILL)"


def rows(seconds: float) -> Iterator[Row]:
    """Kill workers on every kind of store, in equal parts of the time."""
    undisturbed()
    for kind in KINDS:
        with store_of(kind) as url:
            yield from _killed(kind, url, seconds / len(KINDS))


def _killed(kind: str, url: str, seconds: float) -> Iterator[Row]:
    executor = LocalExecutor(url)
    lost, wrongly, slots, by, began = 0, [], [], chance(kind), time.monotonic()
    with closing(Store.open(url)) as store:
        supervisor = Supervisor(store, executor, workers=1)
        supervisor.start()
        killed: float | None = None
        while len(slots) < KILLS and time.monotonic() - began < seconds:
            id = supervisor.submit(json.dumps(WORK), kind="comparison", name="soak").id
            until(lambda id=id: executor.alive().get(id) and store.chunks.last(id))
            if killed is not None:
                slots.append(time.monotonic() - killed)
            time.sleep(by.uniform(0, LONGEST))
            seen = store.chunks.last(id)
            killed = time.monotonic()
            if pid := executor.alive().get(id):
                os.kill(pid, signal.SIGKILL)
            until(lambda id=id: store.experiments.get(id).status in ("failed", "done", "interrupted", "cancelled"))
            record = store.experiments.get(id)
            lost += store.chunks.last(id) < seen or not is_whole(store, id)
            if record.status != "done" and AS_SAID not in (record.error or ""):
                wrongly.append(wrong(store, id) or "")
            store.experiments.delete(id, for_good=True)
            store.purge.run(time.time())
        supervisor.stop()
    name, rate = f"{kind}: workers killed", len(slots) / max(time.monotonic() - began, 1e-9)
    done = len(slots) >= KILLS
    yield Row(name, f"{len(slots)} at {rate:.2f}/s", f"{KILLS}", done)
    yield Row(f"{kind}: committed chunks lost, or other bytes", f"{lost} of {len(slots)}", "0", not lost)
    yield Row(f"{kind}: wrong final states", f"{len(wrongly)} {wrongly[:1] or ''}", "0", not wrongly)
    longest = max(slots, default=0.0)
    yield Row(f"{kind}: slot back (next first chunk)", f"{longest:.2f} s at most", f"< {SLOT_SECONDS:g} s", longest < 1)

"""Servers killed and stopped at random moments, 200 times each on every kind of store, while another one is there.

What they were computing goes on at the other one, to the very numbers of an undisturbed run; nothing of them stays.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import psutil
from tests.bench.measure import Row
from tests.bench.server import free_port, wait_for
from tests.postgres import KINDS

from slalom.storage.store import Store

from ._deaths import WORK, alive, chance, is_whole, store_of, undisturbed, until, wrong

TIMES = 200
"""Of each signal."""
LONGEST = 1.0
"""Seconds after which a server is ended, at most."""
ORPHAN_SECONDS, EXIT_SECONDS = 2.0, 5.0
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@dataclass
class Count:
    """What was found on one kind of store."""

    ended: dict[signal.Signals, int] = field(default_factory=lambda: dict.fromkeys(SIGNALS, 0))
    lost: int = 0
    wrongly: list[str] = field(default_factory=list)
    orphans: int = 0
    exits: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)


class Server:
    """A process ``slalom serve`` on a store."""

    def __init__(self, url: str) -> None:
        port = free_port()
        environ = os.environ | {"SLALOM_STORE": url, "SLALOM_PORT": str(port), "SLALOM_WORKERS": "2"}
        command = [sys.executable, "-m", "slalom", "serve"]
        environ |= {"SLALOM_WARM_WORKERS": "1"}
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        wait_for(f"{self.address}/healthz", time.perf_counter() + 60)

    def create(self) -> str:
        """Create an experiment and return its id."""
        body, headers = json.dumps(WORK).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/api/experiments", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["id"]


def rows(seconds: float) -> Iterator[Row]:
    """End servers on every kind of store, in equal parts of the time."""
    undisturbed()
    for kind in KINDS:
        with store_of(kind) as url:
            yield from _ended(kind, url, seconds / len(KINDS))


def _ended(kind: str, url: str, seconds: float) -> Iterator[Row]:
    count, by, began, heir = Count(), chance(kind), time.monotonic(), Server(url)
    try:
        with closing(Store.open(url)) as store:
            while sum(count.ended.values()) < TIMES * len(SIGNALS) and time.monotonic() - began < seconds:
                victim = Server(url)
                try:
                    _end_one(store, victim, SIGNALS[sum(count.ended.values()) % 2], by.uniform(0, LONGEST), count)
                finally:
                    victim.process.kill()
    finally:
        heir.process.terminate()
        heir.process.wait(20)
    total, spent = sum(count.ended.values()), time.monotonic() - began
    done = total >= TIMES * len(SIGNALS)
    each = ", ".join(f"{n} {which.name}" for which, n in count.ended.items())
    yield Row(f"{kind}: servers ended", f"{each}, {total / spent:.2f}/s", f"{TIMES} of each", done)
    yield Row(f"{kind}: committed chunks lost, or other bytes", f"{count.lost} of {total}", "0", not count.lost)
    wrongly = count.wrongly
    yield Row(f"{kind}: wrong final states", f"{len(wrongly)} {wrongly[:1] or ''}", "0", not wrongly)
    yield Row(f"{kind}: processes left after {ORPHAN_SECONDS:g} s", f"{count.orphans}", "0", not count.orphans)
    longest = max(count.exits, default=0.0)
    yield Row(
        f"{kind}: exit after SIGTERM", f"{longest:.2f} s at most", f"< {EXIT_SECONDS:g} s", longest < EXIT_SECONDS
    )
    back = max(count.back, default=0.0)
    yield Row(f"{kind}: goes on at the other server", f"after {back:.2f} s at most", "", None)


def _end_one(store: Store, victim: Server, which: signal.Signals, after: float, count: Count) -> None:
    ids = [victim.create() for _ in range(2)]
    until(lambda: store.chunks.last(ids[0]))
    time.sleep(after)
    children = psutil.Process(victim.process.pid).children(recursive=True)
    seen = [store.chunks.last(id) for id in ids]
    ended = time.monotonic()
    victim.process.send_signal(which)
    victim.process.wait(30)
    if which == signal.SIGTERM:
        count.exits.append(time.monotonic() - ended)
    time.sleep(max(0.0, ended + ORPHAN_SECONDS - time.monotonic()))
    count.orphans += len(alive(children))
    open_still = [id for id in ids if store.experiments.get(id).status != "done"]
    before = {id: store.chunks.last(id) for id in open_still}
    for id in open_still:
        until(lambda id=id: store.chunks.last(id) > before[id] or store.experiments.get(id).status == "done")
    if open_still:
        count.back.append(time.monotonic() - ended)
    for id, least in zip(ids, seen, strict=True):
        until(lambda id=id: store.experiments.get(id).status not in ("queued", "running"))
        count.lost += store.chunks.last(id) < least or not is_whole(store, id)
        if how := wrong(store, id, "done"):
            count.wrongly.append(how)
        store.experiments.delete(id, for_good=True)
    store.purge.run(time.time())
    count.ended[which] += 1

"""Watching experiments from outside: waiting for a status or for steps, and missing no chunk."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
from standins import payload, until

SERVER = str(Path(__file__).with_name("a_server.py"))

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


@contextmanager
def server(url, *specs):
    """Run a server in a process of its own; yield it, its experiments and every process of it."""
    with subprocess.Popen([sys.executable, SERVER, url, json.dumps(specs)], stdout=subprocess.PIPE) as process:
        try:
            ids = json.loads(process.stdout.readline())
            yield process, ids
        finally:
            process.kill()


def is_alive(process):
    """Return whether a process still computes; who has ended may wait for its exit code to be read."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(processes):
    return until(lambda: not any(map(is_alive, processes)))

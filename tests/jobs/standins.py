"""Workers that compute nothing: each does one thing that a worker can do, well or badly."""

import json
import os
import signal
import time

from slalom.storage.store import Store
from slalom.wire.envelope import DONE, FRAME, SUPERSEDED, read_request, write_last_answer

LONG = 60.0
"""Seconds after which a test that waits gives up."""


def work(url, id):
    """Append spec["chunks"] chunks, one every spec["pause"] seconds, and obey; misbehave as spec["then"] says.

    Those that are there already stay.
    """
    store, me = Store.open(url), f"{os.getpid()}"
    if not store.experiments.claim(id, me):
        return
    spec = json.loads(store.experiments.get(id).spec)
    if spec.get("then") == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wanted, seq = store.experiments.beat(id), store.chunks.last(id)
    while seq < spec.get("chunks", 1):
        if wanted == "cancel" and spec.get("then") != "deaf":
            store.experiments.finish(id, "cancelled", "[]", worker=me)
            return
        if wanted == "pause":
            time.sleep(0.005)
            wanted = store.experiments.beat(id)
            continue
        seq += 1
        wanted = store.chunks.append(id, seq, payload(seq), "[]", seq * 10, me)
        time.sleep(spec.get("pause", 0.0))
    misbehave(spec.get("then"))
    store.experiments.finish(id, "done", "[]", worker=me)
    store.close()


def payload(seq):
    return seq.to_bytes(4, "little") * 100


def misbehave(how):
    if how == "exit":
        os._exit(3)
    if how == "raise":
        raise SystemExit(1)
    if how == "greedy":
        bytearray(4 * 2**30)
    if how == "hang":
        # One call into C that never lets another thread run.
        sum(range(10**15))
    if how == "sleep":
        time.sleep(LONG)
    if how == "toil":
        compute(3.0)
    if how == "let toil":
        child = os.fork()
        if child == 0:
            compute(3.0)
            os._exit(0)
        os.waitpid(child, 0)


def compute(seconds):
    """Use so many seconds of a processor and write nothing."""
    while time.process_time() < seconds:
        pass


def serve(connection):
    """Answer warm requests: spec["frames"] frames, one every spec["pause"] seconds, and then the process id."""
    while True:
        message = connection.recv_bytes()
        if message:
            request = read_request(message)
            answer(connection, request.number, json.loads(request.spec))


def answer(connection, number, spec):
    if spec.get("greedy"):
        bytearray(4 * 2**30)
    if spec.get("loop"):
        sum(range(10**15))
    for k in range(spec.get("frames", 0)):
        if connection.poll(spec.get("pause", 0.0)) and not spec.get("deaf"):
            assert connection.recv_bytes() == b""
            connection.send_bytes(write_last_answer(SUPERSEDED, number, {}))
            return
        connection.send_bytes(FRAME + k.to_bytes(4, "little") + b"x" * spec.get("size", 0))
    if spec.get("die"):
        os._exit(9)
    done = {"pid": os.getpid(), "length": len(json.dumps(spec))}
    connection.send_bytes(write_last_answer(DONE, number, done))


def stillborn(connection):
    os._exit(1)


def until(condition, seconds=LONG):
    """Return the first true value of a condition that is asked again and again."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{condition} stayed {value!r} for {seconds} s"
        time.sleep(0.005)
    return value

"""The processes that share a map's tiles: all of it is done once, and none of them outlives whoever asked."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from slalom.engine.map.process_pool import ProcessPoolError, available_cores, map_in_processes
from slalom.errors import SpecError
from slalom.unexpected import Cancelled

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Without os.fork, as on Windows, one process does all.")

MAP = """
import os
from slalom.catalogue.experiments.map import Map
from slalom.engine.map.runner import MapRunner
axes = [{"field": f"run.optimizer.{name}", "from": 0.01, "to": 0.9, "n": 1000} for name in ("lr", "momentum")]
spec = Map.model_validate({"problem": {"kind": "rosenbrock"}, "vary": axes, "steps": 5000})
for tick in MapRunner(spec, processes=2).frames():
    print(tick.done, flush=True)
"""


def always():
    """Let it go on."""


def square(number):
    return np.array([number**2])


def slow(number):
    time.sleep(0.02)
    return square(number)


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def until(question, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not question() and time.monotonic() < deadline:
        time.sleep(0.01)
    return question()


@pytest.mark.parametrize("processes", [1, 2, 3, None])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_task_is_done_once_by_any_number_of_processes(count, processes):
    found = {number: int(answer[0]) for number, answer in map_in_processes(count, square, always, processes)}
    assert found == {number: number**2 for number in range(count)}
    assert not multiprocessing.active_children()


def test_as_many_processes_compute_as_there_are_cores():
    def who(number):
        time.sleep(0.05)
        return np.array([os.getpid()])

    pids = {int(pid[0]) for _, pid in map_in_processes(4 * available_cores(), who, always)}
    assert len(pids) == available_cores()
    assert (os.getpid() in pids) == (available_cores() == 1)


def test_nothing_more_is_computed_once_nobody_waits():
    calls, seen = iter(range(3)), []

    def alive():
        if next(calls, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        seen += (number for number, _ in map_in_processes(1000, slow, alive, 2))
    assert len(seen) <= 6
    assert not multiprocessing.active_children()


def test_whoever_stops_listening_leaves_no_process_behind():
    answers = map_in_processes(1000, slow, always, 2)
    next(answers)
    assert len(multiprocessing.active_children()) == 2
    answers.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("which", [0, 1])
def test_a_killed_process_is_told_in_words_and_takes_the_others_with_it(which):
    answers = map_in_processes(1000, slow, always, 2)
    next(answers)
    os.kill(multiprocessing.active_children()[which].pid, signal.SIGKILL)
    with pytest.raises(ProcessPoolError, match="was killed, perhaps because memory ran out"):
        list(answers)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (SpecError("The rate is odd. Give another."), ProcessPoolError, "The rate is odd. Give another."),
        (MemoryError(), MemoryError, "^$"),
        (KeyError("velocity"), ProcessPoolError, r"a fault of Slalom, not yours \(KeyError\)"),
    ],
)
def test_what_a_task_says_is_passed_on(fault, kind, words):
    def fail(number):
        raise fault

    with pytest.raises(kind, match=words):
        list(map_in_processes(4, fail, always, 2))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_processes_end_with_the_worker_that_forked_them(how):
    with subprocess.Popen([sys.executable, "-c", MAP], stdout=subprocess.PIPE) as worker:
        assert worker.stdout.readline()
        members = psutil.Process(worker.pid).children(recursive=True)
        assert len(members) == 2
        worker.send_signal(how)
        worker.wait(5)
        assert until(lambda: all(map(is_gone, members)))

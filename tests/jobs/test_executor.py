"""One process per experiment, one idle one in reserve, and none that stays behind."""

import json
import os
import signal

import psutil
import pytest
from standins import until

from slalom.jobs.executor import LocalExecutor
from slalom.jobs.worker_main import NICENESS


def queue(store, **spec):
    return store.experiments.create(kind="comparison", name="", spec=json.dumps(spec), owner="").id


def exit_codes(executor, *ids):
    """Return how these experiments ended, as soon as all of them have."""
    ended = {}

    def look():
        ended.update(executor.exited())
        return ended.keys() >= set(ids)

    until(look)
    return [ended[id] for id in ids]


def test_an_experiment_runs_in_a_process_of_its_own(store, executor):
    first, second = queue(store, chunks=3), queue(store, chunks=3)
    for id in (first, second):
        executor.start(id)
    assert executor.alive().keys() == {first, second}
    assert exit_codes(executor, first, second) == [0, 0]
    workers = {store.experiments.get(id).worker for id in (first, second)}
    assert len(workers) == 2
    assert str(os.getpid()) not in workers
    assert executor.alive() == {}


def test_there_is_always_one_idle_process_even_after_it_was_killed(store, executor):
    idle = until(executor.idle)
    os.kill(idle, signal.SIGKILL)
    assert until(lambda: (executor.exited(), executor.idle())[1] not in (idle, None))
    id = queue(store)
    executor.start(id)
    assert until(executor.idle)
    assert exit_codes(executor, id) == [0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has priorities of another kind")
def test_what_computes_gives_way_to_the_server(store, executor):
    idle, usual = psutil.Process(until(executor.idle)), psutil.Process().nice()
    until(lambda: idle.nice() == min(19, usual + NICENESS))


def test_an_experiment_given_to_a_process_that_has_just_died_goes_to_the_next_one(store, executor):
    id, idle = queue(store), until(executor.idle)
    os.kill(idle, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(idle))
    executor.start(id)
    assert exit_codes(executor, id) in ([0], [-9])
    assert executor.alive() == {}


@pytest.mark.parametrize(("spec", "code"), [({"then": "exit"}, 3), ({"then": "raise"}, 1), ({"then": "hang"}, -15)])
def test_exit_codes_tell_how_a_process_ended(store, executor, spec, code):
    id = queue(store, **spec)
    executor.start(id)
    until(lambda: store.experiments.get(id).steps_done)
    if spec["then"] == "hang":
        executor.stop(id)
    assert exit_codes(executor, id) == [code]


def test_what_ignores_a_request_to_end_is_killed(store, executor):
    id = queue(store, chunks=10**6, pause=0.01, then="stubborn")
    executor.start(id)
    until(lambda: store.experiments.get(id).steps_done)
    executor.stop(id, kill_after=0.05)
    assert exit_codes(executor, id) == [-9]


def test_what_has_no_process_yet_can_be_stopped(store, executor):
    ids = [queue(store, chunks=10**6, pause=0.01) for _ in range(4)]
    for id in ids:
        executor.start(id)
    for id in ids:
        executor.stop(id, kill_after=0.1)
    assert set(exit_codes(executor, *ids)) <= {0, -15, -9}
    assert executor.alive() == {}


def test_ctrl_c_is_for_the_server_alone(store, executor):
    id = queue(store, chunks=30, pause=0.01)
    executor.start(id)
    until(lambda: store.experiments.get(id).steps_done)
    os.kill(executor.alive()[id], signal.SIGINT)
    assert exit_codes(executor, id) == [0]
    assert store.experiments.get(id).status == "done"


def test_an_engine_that_cannot_be_found_fails_what_was_started_and_the_next_tries_are_slower(store, url):
    executor = LocalExecutor(url, entry="standins:absent")
    id = queue(store)
    executor.start(id)
    assert exit_codes(executor, id) == [1]
    tried = set()

    def try_often():
        executor.exited()
        tried.add(executor.idle())
        return executor._pause > 0.3

    until(try_often)
    executor.close()
    assert len(tried - {None}) <= 4


def test_closing_leaves_no_process(store, url):
    executor = LocalExecutor(url, entry="standins:work")
    ids = [queue(store, chunks=10**6, pause=0.01) for _ in range(2)]
    for id in ids:
        executor.start(id)
    until(lambda: all(store.experiments.get(id).steps_done for id in ids) and executor.idle())
    pids = [*executor.alive().values(), executor.idle()]
    executor.close()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]

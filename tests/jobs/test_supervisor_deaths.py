"""Every experiment gets a last word, whatever happens to its process or to the server."""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from standins import until
from watching import FOREVER, all_gone, has_steps, is_status, server, whole

from slalom.errors import StoreFull
from slalom.jobs.deaths import describe_death
from slalom.jobs.executor import LocalExecutor
from slalom.jobs.owner import identity, is_gone
from slalom.jobs.supervisor import Supervisor

# Workers that end badly


def test_killing_workers_loses_nothing_and_touches_nobody_else(store, supervise, submit, executor):
    supervisor = supervise(workers=2)
    other, chance = submit(supervisor, **FOREVER), random.Random(0)
    has_steps(store, other)
    for _ in range(20):
        id = submit(supervisor, **FOREVER)
        has_steps(store, id, chance.randrange(1, 100))
        seen = len(store.chunks.read(id, limit=1000))
        os.kill(executor.alive()[id], signal.SIGKILL)
        is_status(store, id, "failed")
        kept = whole(store, id)
        assert kept >= seen
        assert store.experiments.get(id).error == (
            f"The worker was killed by signal 9 (SIGKILL) at step {10 * kept}. "
            "Start it again; everything streamed so far is kept."
        )
    assert store.experiments.states([other])[other].status == "running"
    supervisor.cancel(other)
    is_status(store, other, "cancelled")
    whole(store, other)


@pytest.mark.parametrize(("how", "code"), [("exit", 3), ("raise", 1)])
def test_a_worker_that_gives_up_is_failed_with_its_exit_code(store, supervise, submit, how, code):
    id = submit(supervise(), chunks=2, then=how)
    is_status(store, id, "failed")
    assert store.experiments.get(id).error.startswith(f"The worker ended with exit code {code} at step 20.")


def test_a_worker_that_only_waits_is_stopped(store, supervise, submit):
    id = submit(supervise(hung_after=0.3), chunks=2, then="sleep")
    is_status(store, id, "failed")
    assert store.experiments.get(id).error.startswith(
        "The worker gave no sign of life for 0.3 s (timeout) and was stopped at step 20."
    )


def test_a_worker_that_was_halted_is_stopped(store, supervise, submit, executor):
    id = submit(supervise(hung_after=0.3), **FOREVER)
    has_steps(store, id)
    os.kill(executor.alive()[id], signal.SIGSTOP)
    is_status(store, id, "failed")
    assert "gave no sign of life for 0.3 s (timeout)" in store.experiments.get(id).error
    whole(store, id)


def test_a_loop_in_c_that_never_ends_is_stopped_in_the_end(store, supervise, submit, monkeypatch):
    monkeypatch.setattr("slalom.jobs.liveness.OBSESSED", 2)
    id = submit(supervise(hung_after=1.0), chunks=2, then="hang")
    is_status(store, id, "failed")
    assert store.experiments.get(id).error.startswith(
        "The worker gave no sign of life, though it was computing, for 2 s (timeout) and was stopped at step 20."
    )


@pytest.mark.parametrize("how", ["toil", "let toil"])
def test_a_worker_that_computes_is_not_stopped_however_long_it_says_nothing(store, supervise, submit, how):
    id = submit(supervise(hung_after=1.0), chunks=2, then=how)
    is_status(store, id, "done", "failed")
    assert store.experiments.get(id).status == "done", store.experiments.get(id).error


def test_nobody_is_blamed_for_silence_while_the_supervisor_was_held_up(store, supervise, submit, monkeypatch):
    monkeypatch.setattr("slalom.jobs.supervisor.HELD_UP", 0.4)
    supervisor = supervise(hung_after=0.6)
    beat = store.servers.beat

    def held_up(owner):
        time.sleep(1.0)  # As where another program holds the store.
        beat(owner)

    monkeypatch.setattr(store.servers, "beat", held_up)
    monkeypatch.setattr("slalom.jobs.supervisor.ROUND", 0.0)
    id = submit(supervisor, chunks=3, pause=1.5)
    is_status(store, id, "done", "failed")
    assert store.experiments.get(id).status == "done", store.experiments.get(id).error


def test_a_worker_that_is_paused_does_not_hang(store, supervise, submit):
    supervisor = supervise(hung_after=1.0)
    id = submit(supervisor, **FOREVER)
    has_steps(store, id)
    supervisor.pause(id)
    other = submit(supervisor, chunks=300, pause=0.005)
    is_status(store, other, "done")
    assert store.experiments.get(id).status == "paused"


def test_an_experiment_may_take_only_so_long(store, supervise, submit):
    id = submit(supervise(seconds=0.1), **FOREVER)
    is_status(store, id, "failed")
    assert "longer than the 0.1 s that this installation allows" in store.experiments.get(id).error


@pytest.mark.parametrize(("ran", "stops"), [(9, False), (10, False), (11, True)])
def test_it_may_run_as_long_as_the_setting_says(store, executor, ran, stops, monkeypatch):
    id = store.experiments.create(
        kind="k", name="", spec="{}", owner=(one := Supervisor(store, executor, seconds=10)).owner
    ).id
    store.experiments.claim(id, "worker")
    one._watch(id)
    state, began = store.experiments.states([id])[id], time.monotonic()
    for seconds in (0, ran):
        monkeypatch.setattr("slalom.jobs.supervisor.time.monotonic", lambda seconds=seconds: began + seconds)
        one._blame_nobody()
        one._observe(id, one._watched[id], state)
    reason = one._why_stop(one._watched[id], state)
    assert (reason is not None) is stops
    assert not stops or "longer than the 10 s that this installation allows" in reason


def test_a_last_word_that_cannot_be_written_is_written_later(store, supervise, submit, executor, monkeypatch):
    supervisor = supervise()
    id = submit(supervisor, **FOREVER)
    has_steps(store, id)
    finish, tries = store.experiments.finish, []

    def full(*given, **mine):
        tries.append(given)
        if len(tries) < 3:
            raise StoreFull("database or disk is full")
        return finish(*given, **mine)

    monkeypatch.setattr(store.experiments, "finish", full)
    os.kill(executor.alive()[id], signal.SIGKILL)
    is_status(store, id, "failed")
    assert len(tries) == 3


def test_a_fault_of_the_supervisor_does_not_end_the_queue(store, supervise, submit, executor, monkeypatch):
    supervisor, exited, faults = supervise(), executor.exited, []

    def fail_once():
        faults.append(1)
        return exited() if len(faults) > 1 else [][0]

    monkeypatch.setattr(executor, "exited", fail_once)
    id = submit(supervisor, chunks=1)
    is_status(store, id, "done")
    assert len(faults) > 1


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with exit code 0"), (-11, "was killed by signal 11 (SIGSEGV)"), (-200, "was killed by signal 200")],
)
def test_exit_codes_are_put_into_words(code, words):
    assert describe_death(code) == words


# Servers that end


def test_stopping_interrupts_what_runs_and_leaves_the_queue(store, executor, submit):
    supervisor = Supervisor(store, executor, workers=1)
    supervisor.start()
    running, waiting = submit(supervisor, **FOREVER), submit(supervisor, chunks=1)
    has_steps(store, running)
    pid = executor.alive()[running]
    supervisor.stop()
    assert not psutil.pid_exists(pid)
    assert store.experiments.get(running).status == "interrupted"
    assert store.experiments.get(running).error.startswith("The server stopped at step ")
    assert store.experiments.get(waiting).status == "queued"
    whole(store, running)


def test_a_killed_server_leaves_no_orphan_and_the_next_one_says_what_was_interrupted(store, url):
    for _ in range(4):
        executor = LocalExecutor(url, entry="standins:work", preload=())
        with server(url, FOREVER, FOREVER, {"chunks": 3}) as (process, ids):
            has_steps(store, ids[0], 100)
            has_steps(store, ids[1], 100)
            seen = [len(store.chunks.read(id, limit=10_000)) for id in ids]
            children = psutil.Process(process.pid).children(recursive=True)
            assert len(children) >= 4, "a fork server, two workers, one idle one"
            process.kill()
            process.wait()
        assert all_gone(children)
        assert store.experiments.get(ids[0]).status == "running"
        supervisor = Supervisor(store, executor, workers=1)
        supervisor.start()
        assert [store.experiments.get(id).status for id in ids[:2]] == ["interrupted", "interrupted"]
        is_status(store, ids[2], "done")
        assert all(whole(store, id) >= n for id, n in zip(ids, seen, strict=True))
        assert store.experiments.get(ids[2]).owner == supervisor.owner
        supervisor.stop()


def test_a_server_asked_to_stop_stops_with_all_its_processes(store, url):
    with server(url, FOREVER, FOREVER) as (process, ids):
        assert all(has_steps(store, id) for id in ids)
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(5) == 0
        assert all_gone(children)
    assert [store.experiments.get(id).status for id in ids] == ["interrupted", "interrupted"]


IMPORTING = """
from slalom.jobs.executor import LocalExecutor, end_fork_server

executor = LocalExecutor("sqlite:///never.db", preload=("takes_long",))
input()
executor.close()
end_fork_server()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_a_server_that_ends_while_its_modules_are_being_imported_leaves_no_process(tmp_path, killed):
    begun = tmp_path / "begun"
    (tmp_path / "takes_long.py").write_text(f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)\n")
    path = os.pathsep.join((str(tmp_path), *sys.path))
    command, environ = [sys.executable, "-c", IMPORTING], os.environ | {"PYTHONPATH": path}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, env=environ) as process,
    ):
        until(begun.exists)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        if killed:
            process.kill()
        process.communicate(b"\n")
    assert (process.returncode, (tmp_path / "log").read_text()) == (-signal.SIGKILL if killed else 0, "")
    assert all_gone(children)


def test_only_what_has_surely_ended_is_gone():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        name = identity(other.pid)
        assert not is_gone(name)
        other.kill()
        until(lambda: is_gone(name))
    assert is_gone(name)
    assert not is_gone(identity())
    host, pid, start = identity().split(":")
    assert is_gone(f"{host}:{pid}:{start}1"), "a process id used again"
    for owner in ("elsewhere:1:0", "bench:0:0", "", "::", f"{host}:x:0", f"{host}:{2**70}:0"):
        assert not is_gone(owner) or owner.startswith(host)


UNDER_WAY = """
from slalom.jobs.executor import LocalExecutor

executor = LocalExecutor("sqlite:///never.db", entry="standins:work", preload=("is_slow_to_end",))
while not executor.idle():
    pass
print(flush=True)
input()
"""


def test_what_workers_are_forked_from_ends_at_once_with_a_server_that_is_killed(tmp_path):
    (tmp_path / "is_slow_to_end.py").write_text("import atexit, time\natexit.register(time.sleep, 600)\n")
    path = os.pathsep.join((str(tmp_path), *sys.path))
    command, environ = [sys.executable, "-c", UNDER_WAY], os.environ | {"PYTHONPATH": path}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, **pipes) as process:
        process.stdout.readline()
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2, "a fork server and an idle worker"
        process.kill()
        process.wait()
    assert all_gone(children)

"""The first code of a worker: it finds the engine by name, and keeps to its memory."""

import json
import mmap
import multiprocessing
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from standins import until

from slalom.jobs.deaths import describe_death
from slalom.jobs.executor import LocalExecutor
from slalom.jobs.worker_main import configure_process, load
from slalom.storage.store import Store


def test_an_entry_is_a_module_and_a_function():
    assert load("json:dumps") is json.dumps
    with pytest.raises(ModuleNotFoundError):
        load("slalom.nothing:work")
    with pytest.raises(AttributeError):
        load("json:nothing")


def test_a_worker_gets_no_more_memory_than_it_is_given(store, url):
    executor = LocalExecutor(url, entry="standins:work", address_space=2 * 2**30)
    id = store.experiments.create(kind="k", name="", spec='{"then": "greedy"}', owner="").id
    executor.start(id)
    ended = []
    until(lambda: ended.extend(executor.exited()) or ended)
    executor.close()
    assert ended == [(id, 1)]


def _takes(pages, answer):
    """Take so many pages more than a worker has left."""
    configure_process(_taken() + 2**28)
    room = resource.getrlimit(resource.RLIMIT_AS)[0] - _taken()
    try:
        mmap.mmap(-1, room + pages * mmap.PAGESIZE).close()
    except OSError:
        answer.send(False)
    else:
        answer.send(True)


def _taken():
    """Return the bytes of address space that this process takes."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE


@pytest.mark.parametrize(("pages", "gets"), [(-1, True), (0, True), (1, False)])
def test_memory_may_be_taken_up_to_the_last_page(pages, gets):
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_takes, args=(pages, theirs))
    process.start()
    assert ours.recv() is gets
    process.join()


@pytest.mark.parametrize(("seconds", "ends"), [(2, False), (1, False), (0, True)])
def test_a_worker_may_compute_as_long_as_the_setting_says(seconds, ends):
    """It computes for half a second beyond what it had used, in whole seconds, when it was bound."""
    code = (
        "import resource, sys, time\n"
        "from slalom.jobs.worker_main import bound_cpu\n"
        "bound_cpu(seconds := int(sys.argv[1]))\n"
        "used = resource.getrlimit(resource.RLIMIT_CPU)[0] - seconds\n"
        "while time.process_time() < used + 0.5: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(seconds)])
    assert done.returncode == (-signal.SIGXCPU if ends else 0)


def test_a_worker_computes_no_longer_than_it_is_given(tmp_path):
    """The stand-in would compute for three seconds."""
    url = f"sqlite:///{tmp_path}/slalom.db"
    store, executor = Store.open(url), LocalExecutor(url, entry="standins:work", cpu_seconds=1)
    id = store.experiments.create(kind="k", name="", spec='{"then": "toil"}', owner="").id
    executor.start(id)
    ended = []
    until(lambda: ended.extend(executor.exited()) or ended)
    executor.close()
    store.close()
    assert ended == [(id, -signal.SIGXCPU)]
    assert "used more processor time" in describe_death(-signal.SIGXCPU)


def test_a_store_that_cannot_be_used_does_not_kill_the_idle_worker(tmp_path):
    (tmp_path / "broken.db").write_text("no database" * 100)
    executor = LocalExecutor(f"sqlite:///{tmp_path}/broken.db", entry="standins:work")
    idle = until(executor.idle)
    executor.exited()
    assert executor.idle() == idle
    executor.close()


def test_a_warm_worker_imports_neither_the_store_nor_torch():
    code = "import sys, slalom.jobs.worker_main; sys.exit(bool({'sqlalchemy', 'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


TRAINING = """
import sys
from importlib import import_module
from slalom.jobs.executor import PRELOAD
for name in PRELOAD:
    import_module(name)
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
before = set(sys.modules)
digits = {"kind": "network", "data": {"kind": "digits"}, "hidden": [4]}
for _ in Descent(Comparison.model_validate({"problem": digits, "runs": [{"batch_size": 32}], "steps": 40})):
    pass
print(*sorted(name for name in set(sys.modules) - before if name.startswith(("slalom", "numpy", "torch"))))
"""


def test_a_process_that_trains_finds_everything_imported():
    said = subprocess.run([sys.executable, "-c", TRAINING], capture_output=True, text=True, check=True).stdout
    assert said.split() == []

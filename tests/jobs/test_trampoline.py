"""The first code of a worker: it finds the engine by name, and keeps to its memory."""

import json
import subprocess
import sys

import pytest
from standins import until

from slalom.jobs.local import LocalExecutor
from slalom.jobs.trampoline import load


def test_an_entry_is_a_module_and_a_function():
    assert load("json:dumps") is json.dumps
    with pytest.raises(ModuleNotFoundError):
        load("slalom.nothing:work")
    with pytest.raises(AttributeError):
        load("json:nothing")


def test_a_worker_gets_no_more_memory_than_it_is_given(store, url):
    executor = LocalExecutor(url, entry="standins:work", address_space=2 * 2**30)
    id = store.create(kind="k", name="", spec='{"then": "greedy"}', owner="").id
    executor.start(id)
    ended = []
    until(lambda: ended.extend(executor.exited()) or ended)
    executor.close()
    assert ended == [(id, 1)]


def test_a_store_that_cannot_be_used_does_not_kill_the_idle_worker(tmp_path):
    (tmp_path / "broken.db").write_text("no database" * 100)
    executor = LocalExecutor(f"sqlite:///{tmp_path}/broken.db", entry="standins:work")
    idle = until(executor.idle)
    executor.exited()
    assert executor.idle() == idle
    executor.close()


def test_a_warm_worker_imports_neither_the_store_nor_torch():
    code = "import sys, slalom.jobs.trampoline; sys.exit(bool({'sqlalchemy', 'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

"""Fixtures of the tests of processes; the stand-in workers are importable by name, in child processes too."""

import json
import sys
from pathlib import Path

import pytest

from slalom.jobs.executor import LocalExecutor
from slalom.jobs.supervisor import Supervisor

sys.path.append(str(Path(__file__).parent))

PRELOAD = ("slalom.storage.store", "numpy")


@pytest.fixture
def executor(url):
    executor = LocalExecutor(url, entry="standins:work", preload=PRELOAD)
    yield executor
    executor.close()


@pytest.fixture
def supervise(store, executor):
    """Return a function that starts a supervisor; all of them are stopped at the end."""
    started = []

    def supervise(**settings):
        supervisor = Supervisor(store, executor, **settings)
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield supervise
    for supervisor in started:
        supervisor.stop()


@pytest.fixture
def submit():
    """Return a function that submits what a stand-in shall do and returns the id."""

    def submit(supervisor, **spec):
        return supervisor.submit(json.dumps(spec), kind="comparison", name="stand-in").id

    return submit

"""Fixtures that several parts of the suite share: a real server, as a user starts it, and its client."""

import os
import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import httpx
import pytest
from xdist.scheduler import LoadFileScheduling

from slalom.storage.store import Store

sys.path.append(str(Path(__file__).parent))  # The helpers beside this file are importable by name.

from both_stores import client_of
from postgres import KINDS, POSTGRES, Postgres

START = 60.0
"""Seconds that a server on a busy machine may take to start, with its processes for simulations."""
# Requests of tests that name no limit of time wait as long as a busy machine may take, and not httpx' five seconds.
for phase in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, phase, START)
ROOT = Path(__file__).parents[1]
BROWSER = "tests/browser/"
"""Where the tests of the page are."""
CLUSTER = "tests/cluster/"
"""Where those are that need a Ray cluster."""
SECOND = tuple(
    f"{BROWSER}{name}"
    for name in ("lessons/", "test_export", "test_first_visit", "test_library", "test_re", "test_sizes", "test_ta")
)
"""Those that a second browser looks at meanwhile: much of their time is waiting, and together they take about half."""
FIRST = (BROWSER, "tests/web/test_schema.py", "tests/engine/", "tests/web/")
"""What takes longest, in this order."""
NTH = int(os.environ.get("EVERY_NTH_CASE", "1"))
"""One of how many cases that are alike is tried; .ci/run says 8."""
SHARE = int(os.environ.get("NTH_CASE", "0")) % NTH
"""Which of them: make test-machines gives each machine another one."""
NTH_FILE = int(os.environ.get("EVERY_NTH_FILE", "1"))
"""One of how many files of the folders below is run; .ci/run says 4."""
MANY = tuple(f"tests/{folder}/" for folder in ("analysis", "browser", "catalogue", "commands", "engine", "web"))
"""Folders with more tests than two cores can run in the time of .ci/run."""


def pytest_configure():
    """Where everything must be tested, a missing Postgres is a fault of the machine."""
    if POSTGRES is None and os.environ.get("CI"):
        raise pytest.UsageError("There is no Postgres on this machine (initdb). Install Debian's package postgresql.")


def pytest_report_header():
    """Say on which stores the tests run, and how many of cases that are alike."""
    store = f"SQLite and the Postgres of {POSTGRES}" if POSTGRES else "SQLite only; no Postgres was found"
    cases = [f"cases: one of {NTH} of those that are alike"] if NTH > 1 else []
    files = [f"files: one of {NTH_FILE} of {', '.join(MANY)}"] if NTH_FILE > 1 else []
    return [f"store: {store}", *cases, *files]


def turn(nodeid):
    """Return when a test is run: those of the page first, then the longest files, so that none waits at the end."""
    return next((i for i, path in enumerate(FIRST) if nodeid.startswith(path)), len(FIRST))


def pytest_collection_modifyitems(config, items):
    """Begin with what takes longest, and leave out what needs a Postgres where there is none, and what is alike."""
    items.sort(key=lambda item: turn(item.nodeid))
    left_out = [item for item in items if POSTGRES is None and "postgres" in item.fixturenames]
    left_out += alike(items)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        left_out = set(left_out)
        items[:] = [item for item in items if item not in left_out]


def alike(items):
    """Return the cases that this run leaves out: all but one of n, by their names, and but the first of each test."""
    seen, found = set(), []
    for item in items:
        if NTH > 1 and hasattr(item, "callspec"):
            test = item.nodeid.partition("[")[0]
            found += [item] if test in seen and zlib.crc32(item.nodeid.encode()) % NTH != SHARE else []
            seen.add(test)
    return found


def pytest_ignore_collect(collection_path):
    """Leave out all but one of n files of the largest folders, by their paths."""
    path = collection_path.relative_to(ROOT).as_posix()
    return (path.endswith(".py") and path.startswith(MANY) and zlib.crc32(path.encode()) % NTH_FILE > 0) or None


@pytest.fixture(autouse=True)
def precision():
    """Give PyTorch its precision back: a program that a test executes may have set another one."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_default_dtype(sys.modules["torch"].float32)


class ByFile(LoadFileScheduling):
    """Tests are shared between processes by file; those with a browser stay together, so that two run at a time.

    So do those of the cluster, of which there is one.
    """

    def _split_scope(self, nodeid):
        if nodeid.startswith(BROWSER):
            return f"{BROWSER} {nodeid.startswith(SECOND)}"
        if nodeid.startswith(CLUSTER):
            return CLUSTER
        return super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Return how tests are shared between cores."""
    return ByFile(config, log)


def start_server(store, *arguments, before=None, **environ):
    """Start ``slalom serve`` on a free port, after ``before`` in its process; return the process and its address."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SLALOM_")}
    command = [sys.executable, "-m", "slalom", "serve", "--port", "0", "--store", str(store), *arguments]
    process = subprocess.Popen(command, env=clean | environ, stdout=subprocess.PIPE, text=True, preexec_fn=before)
    said = process.stdout.readline()
    return process, re.search(r"http://\S+?:\d+", said)[0]


def stop_server(process):
    """Ask a server to stop, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(20)
    finally:
        process.kill()
        process.stdout.close()


def wait_until_warm(address):
    """Return as soon as a server's processes for simulations have answered once."""
    deadline = time.monotonic() + START
    while httpx.get(f"{address}/healthz", timeout=START).json()["workers"] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Serving:
    """Starting and stopping, for tests that need a server of their own."""

    start, stop, warm = staticmethod(start_server), staticmethod(stop_server), staticmethod(wait_until_warm)


@pytest.fixture(scope="session")
def serving():
    """Return how to start and stop a server."""
    return Serving


@pytest.fixture(scope="session")
def served(tmp_path_factory, request):
    """Yield a function that returns the address of a real server on a store of a kind; they end with the session."""
    settings = {"SLALOM_QUEUE_PER_CLIENT": "1000", "SLALOM_FRAME_ANCESTORS": "http://localhost:*"}
    found = {}

    def served(kind):
        if kind not in found:
            path = tmp_path_factory.mktemp("server") / "slalom.db"
            store = path if kind == "sqlite" else request.getfixturevalue("postgres").fresh("served")
            found[kind] = start_server(store, **settings)
            wait_until_warm(found[kind][1])
        return found[kind][1]

    yield served
    for process, _ in found.values():
        assert stop_server(process) == 0


@pytest.fixture(scope="session")
def server(served):
    """Return the address of a real server with an empty store, which ends with the session."""
    return served("sqlite")


@pytest.fixture(scope="session")
def api(server):
    """Yield an HTTP client of the real server."""
    with client_of(server) as client:
        yield client


@pytest.fixture(scope="session")
def postgres():
    """Yield a real Postgres server that a test may also stop and start; it ends with the session."""
    server = Postgres(POSTGRES)
    yield server
    server.close()


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    """The address of an empty store; of SQLite, and of Postgres too where it is installed."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/slalom.db"
    return request.getfixturevalue("postgres").fresh()


@pytest.fixture
def open_store(url):
    """Return a function that opens the same store again, as another process would."""
    opened = []

    def open_store():
        opened.append(Store.open(url))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()

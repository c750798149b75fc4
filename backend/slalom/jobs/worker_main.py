"""The first code of a worker process: it outlives nothing and nobody, and imports the engine by name."""

from __future__ import annotations

import gc
import json
import logging
import math
import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import import_module
from multiprocessing import parent_process, process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from slalom.errors import Conflict, SlalomError
from slalom.logs import VARIABLE, write_logs

READY = b"R"
"""The first message of a warm worker: everything is imported."""
ORPHANED = 75
"""Exit code of a process whose server is gone."""
NICENESS = 5
"""What is added to a worker's: where the processors are all busy, a server's answers and frames come first."""

log = logging.getLogger(__name__)


def work_once(
    entry: str, store_url: str, inbox: Connection, address_space: int | None = None, cpu_seconds: int | None = None
) -> None:
    """Wait for one experiment, ``{"store": url, "id": id}`` as JSON, run it with ``entry`` and end with it.

    What was imported stays: looking for garbage in it would take a pause of several frames now and then.
    """
    configure_process(address_space)
    work = load(entry)
    warm_up(store_url)
    load(entry.partition(":")[0] + ":warm_up_worker", int)()
    gc.freeze()
    try:
        order = json.loads(inbox.recv_bytes())
    except EOFError:
        return
    if cpu_seconds is not None:
        bound_cpu(cpu_seconds)
    work(order["store"], order["id"])


def serve_forks(entry: str, connection: Connection, address_space: int | None = None) -> None:
    """Say that everything is imported, then answer requests with ``entry`` until the connection is closed."""
    configure_process(address_space)
    answer = load(entry)
    gc.freeze()
    connection.send_bytes(READY)
    answer(connection)


def configure_process(address_space: int | None = None) -> None:
    """Make this process leave Ctrl+C to the server, end with it, give way to it, keep its bounds and log as it does."""
    write_logs(os.environ.get(VARIABLE, "text"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
        _give_way()
    if address_space is not None and os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _give_way() -> None:
    """Lower the priority of this process, and of its session, which Linux on a desktop weighs as a whole."""
    os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def bound_cpu(seconds: int, for_good: bool = True) -> None:
    """Let this process compute for so many seconds more, on all processors together; then SIGXCPU ends it.

    A bound that is not ``for_good`` can be set anew for what it computes next.
    """
    if os.name == "posix":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = math.ceil(used.ru_utime + used.ru_stime) + seconds
        # The hard bound, beyond which SIGKILL comes, is for who has turned SIGXCPU off.
        hard = most + 1 if for_good else resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def warm_up(store_url: str) -> None:
    """Do with the store what a worker does, to an experiment that does not exist and while nobody waits.

    In a forked process the first time takes longest: 2 ms instead of 13 to open the store, measured.
    """

    from slalom.storage.store import Store

    try:
        with closing(Store.open(store_url)) as store:
            store.experiments.claim("", "")
            store.experiments.states([""])
            store.chunks.append("", 1, b"", "[]", 0)
    except Conflict:
        log.debug("The store has been rehearsed.")
    except SlalomError as error:
        log.warning("A worker could not use the store: %s", error)


def _end_with_the_server() -> None:
    # Under a fork server this is still the sentinel of the process that asked for the fork.
    server = parent_process()
    assert server is not None
    wait([server.sentinel])
    os._exit(ORPHANED)


def load(entry: str, *otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that ``"package.module:function"`` names, or ``otherwise`` where the module has none."""
    module, function = entry.split(":")
    return getattr(import_module(module), function, *otherwise)


def launch(worker: BaseProcess) -> None:
    """Start a process that only its launcher polls.

    Left in multiprocessing's list of children, it would also be polled by whichever thread starts the next process, and
    of two polls at the same moment one reads the exit code and the other stores 255 in its place.
    """
    worker.start()
    vars(process)["_children"].discard(worker)


def end(worker: BaseProcess, patience: float) -> None:
    """Wait so many seconds for a process to end, then kill it."""
    worker.join(patience)
    if worker.exitcode is None:
        worker.kill()
        worker.join()

"""The process of a server that is part of the cluster: it is asked by its server, one question after the other."""

from __future__ import annotations

import json
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from slalom.errors import SlalomError
from slalom.jobs.worker_main import configure_process
from slalom.storage.store import Store
from slalom.unexpected import unexpected_error_message

from .bounds import ProcessBounds
from .joining import join_cluster

CLUSTER_PATIENCE = 60.0
"""Seconds without a sign of life after which an experiment hangs: Ray notices within some that a node is lost."""


def drive(server: Connection, address: str, store_url: str, cpus: float, gpus: float, bounds: ProcessBounds) -> None:
    """Join a cluster, say where it is or why that is impossible, and answer until the server says no more."""
    configure_process()
    try:
        join_cluster(address)
        from .executor import RayExecutor  # Not above: only now is it known that Ray is installed.

        executor = RayExecutor(Store.open(store_url), cpus, gpus, bounds=bounds)
    except SlalomError as error:
        _say(server, error=str(error))
        return
    _say(server, ok=executor.address)
    with suppress(EOFError, OSError):  # The server is gone.
        while True:
            what, given = json.loads(server.recv_bytes())
            try:
                _say(server, ok=_asked(executor, what, given))
            except SlalomError as error:
                _say(server, error=str(error))
            except Exception as error:
                _say(server, error=unexpected_error_message(error))
            if what == "close":
                return


def _asked(executor: Any, what: str, given: list[Any]) -> Any:
    answer = getattr(executor, what)
    return answer(*given) if callable(answer) else answer


def _say(server: Connection, **answer: Any) -> None:
    server.send_bytes(json.dumps(answer).encode())

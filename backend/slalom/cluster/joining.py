"""Joining a Ray cluster, as a driver that computes nothing; and all that may keep one from it, in words."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import util

from slalom.errors import SettingsError

NAMESPACE = "slalom"
"""Where the actors of experiments have their names."""
REACHED_WITHIN = 10
"""Seconds that a cluster has to answer."""
HANDLED = (signal.SIGINT, signal.SIGTERM)
DEFAULTS = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_gcs_server_request_timeout_seconds": str(REACHED_WITHIN),
}
"""What Ray reads when it is imported: who has no token does not come in, and nobody is told of it."""


def cluster_address(given: str, environ: Mapping[str, str]) -> str:
    """Return where the cluster is: as given, or else as Ray itself is told, or a cluster on this machine."""
    return given or environ.get("RAY_ADDRESS", "") or "auto"


def join_cluster(given: str) -> None:
    """Join the cluster at an address, such as ``head:6379``, with the token that Ray finds.

    Raises SettingsError where Ray is not installed, nobody answers, the token is wrong, versions differ, or this
    machine is no node.
    """
    if util.find_spec("ray") is None:
        raise SettingsError('SLALOM_EXECUTOR is ray, but Ray is not installed. Try: pip install "slalom[ray]".')
    address = cluster_address(given, os.environ)
    if address != "auto":
        _check_reached(address)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    import ray
    from ray.exceptions import AuthenticationError

    try:
        with _same_handlers():
            ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    except (AuthenticationError, RuntimeError, ConnectionError, ValueError) as error:
        raise SettingsError(_why_not(address, str(error), str(error.__cause__))) from error


def reach(address: str, seconds: float) -> None:
    """Raise OSError where nobody takes connections at an address within so many seconds."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), seconds).close()


def _check_reached(address: str) -> None:
    try:
        reach(address, REACHED_WITHIN)
    except OSError as error:
        port = address.rpartition(":")[2]
        raise SettingsError(
            f"No Ray cluster answers at {address} ({error.strerror or error}). "
            f"Start one there, with ray start --head --port={port}, or set SLALOM_RAY_ADDRESS to where it is."
        ) from error


def _why_not(address: str, said: str, cause: str = "") -> str:
    """Return in words what Ray said, and what it said first."""
    if "AUTH_TOKEN" in said + cause:
        return (
            f"The Ray cluster at {address} does not accept this server's token, or it has none. Give all nodes and "
            "this server the same one, as RAY_AUTH_TOKEN or in the file RAY_AUTH_TOKEN_PATH, with RAY_AUTH_MODE=token."
        )
    if "ersion mismatch" in said:
        return (
            f"The Ray cluster at {address} has other versions than this server. {' '.join(said.split())} "
            "Install the same Ray and Python on all nodes."
        )
    if "node" in said:
        return (
            f"This machine is no node of the Ray cluster at {address}. Let it be one that computes nothing, with "
            f"ray start --address={address} --num-cpus=0, before the server starts. (Ray says: {_first(said)})"
        )
    return f"The Ray cluster at {address} cannot be joined: {_first(said)}"


def _first(said: str) -> str:
    return said.strip().partition("\n")[0]


@contextmanager
def _same_handlers() -> Iterator[None]:
    """Give this process its signal handlers back: Ray would let SIGTERM end a server in the middle of a request."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in HANDLED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""A real Ray cluster on this machine that the tests bring up themselves: every node has a folder, and none survives."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

START = 90.0
"""Seconds that a node on a busy machine may take to start."""
SMALLEST_OBJECT_STORE = 80_000_000
NODE = (
    f"--object-store-memory={SMALLEST_OBJECT_STORE}",
    "--include-log-monitor=false",
    "--disable-usage-stats",
    "--dashboard-agent-listen-port=0",
    "--block",
)
PATH = os.pathsep.join(str(Path(__file__).parents[1] / part) for part in ("backend", "tests/cluster"))
"""Where the processes of a node find Slalom and the stand-ins."""
QUICK = {
    "RAY_health_check_initial_delay_ms": "500",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
"""A node that is lost is noticed within two seconds instead of a quarter of a minute."""
# It stops as soon as its standard input closes, so that it never outlives the tests, even where they are killed.
TOGETHER = '"$@" & read -r _; kill -TERM $!; wait'


class RayCluster:
    """A head that computes nothing, and as many nodes as a test starts; each can be killed.

    ``environ`` is what a driver needs to join.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="slalom-ray-"))
        self.port = free_port()
        self.environ = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(16),
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self._nodes = {}
        self._start("head", 0, "--head", f"--port={self.port}", "--include-dashboard=false")

    @property
    def address(self):
        """Where it is, as SLALOM_RAY_ADDRESS takes it."""
        return f"127.0.0.1:{self.port}"

    def start(self, name, cpus=1):
        """Start a node, and return when it is part of the cluster."""
        self._start(name, cpus, f"--address={self.address}")

    def kill(self, name):
        """Kill a node as a power cut would: all its processes at once, without a word."""
        process = self._nodes.pop(name)
        found = [process, *psutil.Process(process.pid).children(recursive=True)]
        for one in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        process.stdin.close()
        psutil.wait_procs(found[1:], START)

    def node_of(self, pid):
        """Return the name of the node that a process belongs to."""
        ancestors = {one.pid for one in psutil.Process(pid).parents()}
        return next(name for name, process in self._nodes.items() if process.pid in ancestors)

    def processes(self):
        """Return all processes of this cluster that still run."""
        return [one for one in psutil.process_iter(["cmdline"]) if str(self.folder) in " ".join(one.info["cmdline"] or ())]

    def close(self):
        """Stop every node; raise AssertionError where a process is left."""
        for process in [*self._nodes.values()][::-1]:
            process.stdin.close()
        for process in self._nodes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        left = self.processes()
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not left, left

    def _start(self, name, cpus, *options):
        ray = Path(sys.executable).with_name("ray")
        command = [ray, "start", *options, f"--num-cpus={cpus}", f"--node-name={name}", *NODE]
        if "--head" in options:
            command.append(f"--temp-dir={self.folder}")
        log = (self.folder / f"{name}.log").open("wb")
        with log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", TOGETHER, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environ | QUICK | {"OMP_NUM_THREADS": "1", "PYTHONPATH": PATH},
                start_new_session=True,
            )
        self._nodes[name] = process
        deadline = time.monotonic() + START
        while "Ray runtime started" not in (said := (self.folder / f"{name}.log").read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

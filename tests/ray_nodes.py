"""A real Ray cluster on this machine that the tests bring up themselves: every node has a folder, and none survives."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

START = 60.0
"""Seconds that a node on a busy machine may take to start."""
PATIENCE = 3 * START
"""Seconds until something that never happens is given up: three processes may start for it, one after the other."""
SMALLEST_OBJECT_STORE = 80_000_000
NODE = (
    f"--object-store-memory={SMALLEST_OBJECT_STORE}",
    "--include-log-monitor=false",
    "--disable-usage-stats",
    "--dashboard-agent-listen-port=0",
    "--node-ip-address=127.0.0.1",
    "--block",
)
PATH = [str(Path(__file__).parents[1] / part) for part in ("backend", "tests/cluster")]
"""Where the processes of a node find Slalom and the stand-ins."""
NODE_ENVIRON = {
    "OMP_NUM_THREADS": "1",
    "RAY_raylet_start_wait_time_s": "40",
    "RAY_worker_niceness": "0",
    "RAY_health_check_initial_delay_ms": "500",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
"""On a busy machine, nodes have time to start, and what they run gets its share; that one is lost is noticed within
seconds, not a quarter of a minute."""
# A node stops as soon as its standard input closes, so that it never outlives the tests, even where they are killed.
TOGETHER = 'exec 3<&0; "$@" </dev/null & node=$!; { read -r _ <&3; kill -TERM $node; } & wait $node'
TRIES = 3
"""Ray gives what runs beside a node 15 seconds to start, which may be too few on a busy machine."""


def until(condition, seconds=PATIENCE):
    """Return the first answer of a condition that is true; raise AssertionError where none is for so long."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{condition} stayed {value!r} for {seconds} s"
        time.sleep(0.05)
    return value


def until_it_ends(store, id):
    """Wait until an experiment has ended, for as long as it goes on; return its status."""
    seen = None

    def news():
        status = store.experiments.states([id])[id].status
        now = status, store.chunks.last(id)
        return now if now != seen or status not in ("queued", "running") else None

    while (found := until(news))[0] in ("queued", "running"):
        seen = found
    return found[0]


def wait_for_ends(processes, seconds):
    """Wait until processes have ended, or for so long; return those that have not.

    One that nobody has asked for its end yet, which nobody but its parent can, has ended.
    """
    end = time.monotonic() + seconds
    while (left := [*filter(_is_running, processes)]) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _is_running(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


class RayCluster:
    """A head that computes nothing, and as many nodes as a test starts; each can be killed.

    ``environ`` is what a driver needs to join, and with ``path`` as PYTHONPATH it starts sooner.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="slalom-ray-"))
        self.port = free_port()
        self.path = os.pathsep.join([*PATH, str(self.folder)])
        self.environ = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(16),
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self._nodes = {}
        self._client_port = free_port()
        # Every process of Ray imports jsonschema, and that a grammar of addresses which takes two seconds to read.
        (self.folder / "rfc3987_syntax.py").write_text("raise ImportError")
        self.start_head()

    def start_head(self):
        """Start the head, at the same address as before."""
        here = [
            "--head",
            f"--port={self.port}",
            f"--temp-dir={self.folder}",
            "--include-dashboard=false",
            "--no-monitor",
        ]
        if find_spec("grpc"):  # Else Ray has no server for clients, and takes no port of one.
            here.append(f"--ray-client-server-port={self._client_port}")
        self._start("head", 0, *here)

    @property
    def address(self):
        """Where it is, as SLALOM_RAY_ADDRESS takes it."""
        return f"127.0.0.1:{self.port}"

    def start(self, name, cpus=1, gpus=0):
        """Start a node, and return when it is part of the cluster; Ray believes what it says of its GPUs."""
        self._start(name, cpus, f"--address={self.address}", f"--num-gpus={gpus}")

    def kill(self, name):
        """Kill a node as a power cut would: all its processes at once, without a word."""
        process = self._nodes.pop(name)
        found = [process, *psutil.Process(process.pid).children(recursive=True)]
        for one in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        process.stdin.close()
        wait_for_ends(found[1:], START)

    def node_of(self, pid):
        """Return the name of the node that a process belongs to."""
        ancestors = {one.pid for one in psutil.Process(pid).parents()}
        return next(name for name, process in self._nodes.items() if process.pid in ancestors)

    def processes(self):
        """Return all processes of this cluster that still run: they write their logs into its folder."""
        return [one for one in psutil.process_iter() if one.pid != os.getpid() and self._is_of(one)]

    def _is_of(self, process):
        try:
            return any(file.path.startswith(str(self.folder)) for file in process.open_files())
        except psutil.Error:
            return False

    def close(self):
        """Stop every node; raise AssertionError where a process is left."""
        for process in [*self._nodes.values()][::-1]:
            process.stdin.close()
        for name, process in [*self._nodes.items()]:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:  # It waits for a head that is gone.
                self.kill(name)
        # Processes of a node see by themselves that it has ended, which takes a moment on a busy machine.
        left = wait_for_ends(self.processes(), START)
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not left, left

    def _start(self, name, cpus, *options):
        for _ in range(TRIES):
            process, said = self._try(name, cpus, *options)
            if process.poll() is None:
                self._nodes[name] = process
                return
        raise AssertionError(said)

    def _try(self, name, cpus, *options):
        """Start a node; return its process, which has ended where it could not start, and what it said."""
        log = self.folder / f"{name}.log"
        command = [Path(sys.executable).with_name("ray"), "start", *options, *NODE]
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["/bin/sh", "-c", TOGETHER, "sh", *command, f"--num-cpus={cpus}", f"--node-name={name}"],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environ | NODE_ENVIRON | {"PYTHONPATH": self.path},
                start_new_session=True,
            )
        deadline = time.monotonic() + START
        while "Ray runtime started" not in (said := log.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                process.communicate()
                break
            time.sleep(0.1)
        return process, said


def drive(server, address, *more):
    """Answer every question of a server, as a process does that has joined; it does where a head takes connections."""
    del more
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), START).close()
    except OSError as error:
        server.send_bytes(json.dumps({"error": f"{error}."}).encode())
        return
    server.send_bytes(json.dumps({"ok": address}).encode())
    with contextlib.suppress(EOFError, OSError):  # The server is gone.
        while True:
            what, _ = json.loads(server.recv_bytes())
            server.send_bytes(json.dumps({"ok": [] if what == "exited" else True}).encode())


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

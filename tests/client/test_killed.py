"""A server that is killed in the middle of a run and started again: the client goes on, and nothing is missing."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
from prefix_proxy import START, free_port

from slalom import simulate
from slalom.client import Client

CADDY = shutil.which("caddy")
PROXIES = (Path(__file__).parents[2] / "docs/proxies.md").read_text()
SPEC = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "adam", "lr": 1e-4}, "noise": 0.1}],
    "steps": 60_000,
    "seed": 3,
}
"""So many steps that it is on its way for a while on any machine, and none that is lost could be missed."""
KILLED = 500
"""Once the client has so many entries."""


class Mortal:
    """A server that is killed once, as soon as somebody has seen enough of a run, and started again where it was."""

    def __init__(self, serving, store, *options):
        self.serving, self.store, self.options = serving, store, options
        self.process, self.address = serving.start(store, *options)
        self.port = httpx.URL(self.address).port
        self.killed_at = None

    def kill_once(self, block):
        """Take what the client is handed while it follows a run."""
        if self.killed_at is None and block.last >= KILLED:
            self.killed_at = block.last
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(START)
            self.process.stdout.close()
            self.process, again = self.serving.start(self.store, *self.options, "--port", str(self.port))
            assert again == self.address

    def stop(self):
        return self.serving.stop(self.process)


@pytest.fixture
def mortal(serving, tmp_path):
    made = []

    def start(*options):
        made.append(Mortal(serving, tmp_path / "slalom.db", *options))
        return made[-1]

    yield start
    assert [one.stop() for one in made] == [0]


@pytest.fixture
def caddy(tmp_path):
    """Return a function that has Caddy pass on to a server, as docs/proxies.md says; it returns the address there."""
    if CADDY is None:
        assert "CI" not in os.environ, "There is no Caddy on this machine. Install Debian's package caddy."
        pytest.skip("There is no Caddy on this machine.")
    with ExitStack() as stack:

        def start(server):
            address = f"http://127.0.0.1:{free_port()}"
            (shown,) = re.findall(r"```caddyfile\n(.*?)```", PROXIES, re.S)
            site = shown.replace("class.example", address).replace("127.0.0.1:8000", server.removeprefix("http://"))
            assert (address in site, server.removeprefix("http://") in site) == (True, True)
            (tmp_path / "Caddyfile").write_text("{\nadmin off\nauto_https off\n}\n" + site)
            homes = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
            command = [CADDY, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
            log = stack.enter_context((tmp_path / "caddy.log").open("w"))
            process = subprocess.Popen(command, env=os.environ | homes, stdout=log, stderr=log)
            stack.callback(process.wait, START)
            stack.callback(process.terminate)
            deadline = time.monotonic() + START
            while True:
                with suppress(httpx.TransportError):
                    assert httpx.get(f"{address}/slalom/healthz").json()["status"] == "ok"
                    return f"{address}/slalom/"
                assert process.poll() is None, (tmp_path / "caddy.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)

        yield start


def followed(server, address):
    """Run the spec by a server that dies meanwhile; see that nothing of it is missing, twice there, or other."""
    told, entries = [], []

    def take(block):
        entries.append((block.step, block.last))
        server.kill_once(block)

    with Client(address) as client:
        there = client.run(SPEC, progress=False, on_block=take, on_event=told.append)
        stored = client.trace(there.provenance.experiment, every=1000)
    assert KILLED <= server.killed_at < SPEC["steps"]
    assert entries[0][0] == 0
    assert all(after[0] == before[1] + 1 for before, after in pairwise(entries))
    here = simulate(SPEC)
    assert there[0].columns.keys() == here[0].columns.keys()
    for name, column in here[0].columns.items():
        assert np.array_equal(there[0][name], column, equal_nan=True), name
    assert np.array_equal(there[0].params, here[0].params)
    assert there[0].outcome == here[0].outcome
    assert np.array_equal(stored[0].loss, here[0].loss[::1000])
    seen = [(event["run"], event["kind"], event["step"]) for event in told if event["type"] == "event"]
    assert len(seen) == len(set(seen))


def test_the_client_goes_on_where_its_server_was_killed(mortal):
    server = mortal()
    followed(server, server.address)


def test_the_client_goes_on_below_a_path_of_caddy(mortal, caddy):
    server = mortal()
    followed(server, caddy(server.address))

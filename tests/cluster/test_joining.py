"""Whoever may not, or cannot, join a cluster is told why in a sentence, and what to do."""

import os
import signal
import subprocess
import sys

import pytest
from ray_nodes import free_port

from slalom.cluster import joining
from slalom.cluster.joining import cluster_address, join_cluster
from slalom.errors import SettingsError
from slalom.settings import Settings

JOIN = "import sys; from slalom.cluster.joining import join_cluster; join_cluster(sys.argv[1])"


@pytest.mark.parametrize("token", [None, "not-the-token-of-this-cluster"])
def test_without_its_token_nobody_joins(nodes, token, tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environ |= {"HOME": str(tmp_path), "PYTHONPATH": nodes.path}
    environ |= {} if token is None else {"RAY_AUTH_TOKEN": token}
    done = subprocess.run([sys.executable, "-c", JOIN, nodes.address], env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"The Ray cluster at {nodes.address} does not accept this server's token, or it has none." in done.stderr


def test_where_nobody_answers_it_says_so():
    port = free_port()
    with pytest.raises(
        SettingsError, match=f"No Ray cluster answers at 127.0.0.1:{port} .*ray start --head --port={port}"
    ):
        join_cluster(f"127.0.0.1:{port}")


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(joining.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pip install "slalom\[ray\]"'):
        join_cluster("head:6379")


def test_joining_leaves_the_signals_to_the_server():
    before = signal.getsignal(signal.SIGTERM)
    with joining._same_handlers():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_ray_says_becomes_a_sentence():
    versions = "Version mismatch: The cluster was started with:\n    Ray: 2.59.0\n    Python: 3.12.1"
    assert "has other versions than this server" in joining._why_not("head:6379", versions)
    lost = "No node info found matching attributes: '' when trying to resolve node to connect to."
    assert "ray start --address=head:6379 --num-cpus=0" in joining._why_not("head:6379", lost)


def test_the_address_is_that_of_slalom_then_that_of_ray_then_this_machine():
    assert cluster_address("head:6379", {"RAY_ADDRESS": "other:1"}) == "head:6379"
    assert cluster_address("", {"RAY_ADDRESS": "other:1"}) == "other:1"
    assert cluster_address("", {}) == "auto"


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:0", "head:65536", "http://head:6379", "head:x"])
def test_other_addresses_are_refused(address):
    with pytest.raises(ValueError, match="head:6379"):
        Settings(ray_address=address)


@pytest.mark.parametrize("address", ["head:1", "10.0.0.7:65535", "[::1]:6379", "Head-1.example:6379", ""])
def test_addresses_of_a_head_are_taken(address):
    assert Settings(ray_address=address).ray_address == address


def test_a_file_on_this_machine_is_no_store_for_others(joined, store, monkeypatch):
    from slalom.cluster.executor import RayExecutor
    from slalom.cluster.nodes import Nodes

    RayExecutor(store)
    monkeypatch.setattr(Nodes, "elsewhere", lambda self, here: ["far-1"])
    with pytest.raises(SettingsError, match=r"other machines \(far-1\).*Use Postgres"):
        RayExecutor(store)

"""Fixtures of the tests of the cluster: one real Ray cluster, with two nodes of one core each, for all of them."""

import os

import pytest
from ray_nodes import RayCluster, until

from slalom.cluster.joining import join_cluster
from slalom.storage.store import Store


@pytest.fixture(scope="session")
def nodes():
    """Yield a cluster of a head, which computes nothing, and the nodes left and right; nothing of it survives."""
    cluster = RayCluster()
    try:
        for name in ("left", "right"):
            cluster.start(name)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def joined(nodes):
    """Let this process be part of the cluster; return the cluster."""
    before = dict(os.environ)
    os.environ.update(nodes.environ)
    join_cluster(nodes.address)
    yield nodes
    import ray

    ray.shutdown()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def free(joined):
    """Return the cluster once whoever came before has left both nodes."""
    import ray

    until(lambda: ray.available_resources().get("CPU") == 2)
    return joined


@pytest.fixture
def url(tmp_path):
    """The address of an empty store."""
    return f"sqlite:///{tmp_path}/slalom.db"


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()

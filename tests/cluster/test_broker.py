"""Who speaks with the cluster, and who leads it: whichever is missed first, what was lost is said."""

import socket

import pytest
from ray_nodes import drive, until

from slalom.cluster import broker
from slalom.cluster.bounds import UNBOUND
from slalom.cluster.broker import LOST_HEAD, Broker, ClusterPlace


@pytest.fixture
def head():
    """A head that does nothing but take connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def joined(head, monkeypatch):
    monkeypatch.setattr(broker, "drive", drive)
    found = Broker(ClusterPlace(f"127.0.0.1:{head.getsockname()[1]}", "sqlite://", 1.0, 0.0, UNBOUND))
    yield found
    found.close()


def test_a_head_that_is_missed_after_its_process_is_lost_all_the_same(joined, head):
    joined.start("one")
    assert joined.exited() == []
    head.close()
    joined._process.kill()
    joined._process.join()
    assert until(joined.exited) == [("one", LOST_HEAD)]
    assert "its head was lost" in joined.trouble
    assert not joined.alive()


def test_another_process_goes_on_with_what_was_running(joined):
    joined.start("one")
    joined._process.kill()
    until(lambda: joined.exited() == [] and joined.trouble)
    until(lambda: joined.exited() == [] and joined.trouble is None)
    assert [*joined.alive()] == ["one"]

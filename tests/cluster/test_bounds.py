"""What a process on a node may use is bounded as on one machine: memory, processor time, and shares of a GPU."""

import json
import resource

import pytest
from largest_specs import network, varied
from ray_nodes import START, until

from slalom.jobs.supervisor import Supervisor

SPEC = '{"problem": {"kind": "bowl"}, "runs": [{}], "steps": 100}'
NETWORK = json.dumps(network([4]) | {"steps": 5})
ON_CPU = json.dumps(network([4]) | {"steps": 5, "device": "cpu"})
PARTS = 2**20


@pytest.fixture
def serve(joined, store):
    """Return a function that starts a supervisor on the cluster, whose processes have bounds."""
    del joined
    started = []

    from slalom.cluster.bounds import ProcessBounds
    from slalom.cluster.executor import RayExecutor  # Not above: Ray reads its environment when it is imported.

    def serve(entry, cpus=1.0, gpus=0.0, **bounds):
        executor = RayExecutor(store, cpus, gpus, f"cluster_standins:{entry}", ProcessBounds(**bounds))
        executor.close = lambda: None  # The cluster is left when all tests are done.
        started.append(Supervisor(store, executor))
        started[-1].start()
        return started[-1]

    yield serve
    for supervisor in started:
        supervisor.stop()


def found(store, id):
    """Return what a process has noted, once it has."""
    until(lambda: 0 in store.artifacts.steps(id, "found"))
    return json.loads(store.artifacts.load(id, "found", 0))


def ended(store, id):
    """Return how an experiment ended, and what was said."""
    until(lambda: store.experiments.get(id).status not in ("queued", "running"))
    record = store.experiments.get(id)
    return record.status, record.error


def test_an_experiment_has_the_bounds_of_its_server(serve, store):
    id = (server := serve("noting", address_space=2**31, cpu_seconds=50)).submit(SPEC, kind="comparison", name="").id
    memory, seconds = found(store, id)["bounds"]
    assert 2**31 < memory != resource.RLIM_INFINITY
    assert 50 < seconds < 50 + START
    server.cancel(id)
    assert ended(store, id) == ("cancelled", None)
    server.stop()  # Else it might take up what the next one is given, before that has given a sign of life.
    id = (server := serve("noting")).submit(SPEC, kind="comparison", name="").id
    assert found(store, id)["bounds"] == [resource.RLIM_INFINITY] * 2
    server.cancel(id)


def test_what_runs_out_of_memory_says_so_and_is_not_tried_again(serve, store):
    spec = varied(network([1024, 1024], n=500), 40) | {"steps": 2, "device": "cpu"}
    id = serve("paced", address_space=900 * PARTS).submit(json.dumps(spec), kind="comparison", name="").id
    status, error = ended(store, id)
    assert (status, error[:32]) == ("failed", "There was not enough memory for ")
    assert store.experiments.get(id).worker is not None


def test_what_uses_all_of_its_processor_time_ends_and_says_so(serve, store):
    id = serve("busy", cpu_seconds=1).submit(SPEC, kind="comparison", name="").id
    status, error = ended(store, id)
    assert (status, error.partition(" at step ")[0]) == (
        "failed",
        "The worker used more processor time than this installation allows for one experiment",
    )


def test_tiles_have_the_same_bounds_however_many_a_process_computes(joined):
    from slalom.cluster.bounds import ProcessBounds
    from slalom.cluster.tiles import share_tiles

    bounds = ProcessBounds(address_space=2**31, cpu_seconds=50)
    tiles = share_tiles("sqlite://", 1.0, bounds, "cluster_standins:bounds_of", "", range(12), lambda: None)
    memory = {memory for _, (memory, _) in tiles}
    assert resource.RLIM_INFINITY not in memory
    assert 1 <= len(memory) <= 4, "a process has one bound, whatever it maps meanwhile"


def test_two_halves_of_a_gpu_are_one(serve, store, nodes):
    """A node says that it has a GPU; who wants half of it shares it with one other, and who wants none goes ahead."""
    nodes.start("card", gpus=1)
    try:
        server = serve("noting", cpus=0.25, gpus=0.5, address_space=2**31)
        first, second, third = (server.submit(NETWORK, kind="comparison", name="").id for _ in range(3))
        surface, on_cpu = (server.submit(spec, kind="comparison", name="").id for spec in (SPEC, ON_CPU))
        for id in (surface, on_cpu):
            assert found(store, id)["gpus"] == []
            assert found(store, id)["bounds"][0] != resource.RLIM_INFINITY
        for id in (first, second):
            about = found(store, id)
            assert (about["gpus"], about["visible"]) == ([0], "0")
            assert about["bounds"][0] == resource.RLIM_INFINITY, "CUDA maps more than there is"
        assert store.experiments.get(third).status == "queued"
        server.cancel(first)
        assert found(store, third)["gpus"] == [0]
        for id in (second, third, surface, on_cpu):
            server.cancel(id)
            assert ended(store, id) == ("cancelled", None)
    finally:
        nodes.kill("card")

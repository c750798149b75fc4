"""A real server on a real cluster and a real Postgres: it is killed and started again, and no step is lost."""

import httpx
import pytest
from ray_nodes import START, until

SPEC = {
    "kind": "comparison",
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "adam", "lr": 1e-5}}],
    "steps": 1_000_000,
}


@pytest.fixture
def serve(nodes, postgres, serving):
    """Return a function that starts a server on the cluster, always on the same store; none survives."""
    settings = nodes.environ | {"SLALOM_EXECUTOR": "ray", "SLALOM_RAY_ADDRESS": nodes.address}
    settings["PYTHONPATH"] = nodes.path
    store, started = postgres.fresh("cluster"), []

    def serve():
        process, address = serving.start(store, SLALOM_WARM_WORKERS="1", **settings)
        started.append(process)
        until(lambda: _answers(address))
        return process, httpx.Client(base_url=f"{address}/api", timeout=START)

    yield serve
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_server_that_is_killed_finds_its_experiments_again(serve, serving):
    process, api = serve()
    with api:
        id = api.post("/experiments", json=SPEC).json()["id"]
        until(lambda: api.get(f"/experiments/{id}").json()["steps_done"] > 0)
    process.kill()
    process, api = serve()
    with api:
        found = api.get(f"/experiments/{id}").json()
        assert (found["status"], found["error"]) == ("running", None)
        assert until(lambda: api.get(f"/experiments/{id}").json()["steps_done"] > found["steps_done"])
        api.post(f"/experiments/{id}/cancel")
        until(lambda: api.get(f"/experiments/{id}").json()["status"] == "cancelled")
    assert serving.stop(process) == 0


def _answers(address):
    try:
        return httpx.get(f"{address}/healthz", timeout=START).is_success
    except httpx.TransportError:
        return False

"""A real server on a real cluster and a real Postgres: it is killed and started again, and no step is lost."""

import time

import httpx
from ray_nodes import START

SPEC = {
    "kind": "comparison",
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "adam", "lr": 1e-5}}],
    "steps": 1_000_000,
}


def until(condition):
    deadline = time.monotonic() + START
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return value


def test_a_server_that_is_killed_finds_its_experiments_again(nodes, postgres, serving):
    settings = nodes.environ | {"SLALOM_EXECUTOR": "ray", "SLALOM_RAY_ADDRESS": nodes.address}
    settings |= {"SLALOM_WARM_WORKERS": "1"}
    store = postgres.fresh("cluster")
    process, address = serving.start(store, **settings)

    def experiment():
        return httpx.get(f"{address}/api/experiments/{id}", timeout=START).json()

    until(lambda: _answers(address))
    id = httpx.post(f"{address}/api/experiments", json={"spec": SPEC}, timeout=START).json()["id"]
    until(lambda: experiment()["steps_done"] > 0)
    process.kill()
    process.wait()
    process.stdout.close()
    process, address = serving.start(store, **settings)
    until(lambda: _answers(address))
    found = experiment()
    assert (found["status"], found["error"]) == ("running", None)
    assert until(lambda: experiment()["steps_done"] > found["steps_done"])
    httpx.post(f"{address}/api/experiments/{id}/cancel", timeout=START)
    until(lambda: experiment()["status"] == "cancelled")
    assert serving.stop(process) == 0


def _answers(address):
    try:
        return httpx.get(f"{address}/healthz", timeout=START).is_success
    except httpx.TransportError:
        return False

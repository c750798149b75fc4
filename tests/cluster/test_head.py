"""The head of the cluster dies and comes back: the server lives, says so in words, and computes again."""

import time
from contextlib import closing, suppress

import httpx
import psutil
import pytest
from ray_nodes import START, RayCluster, until

from slalom.storage.store import Store

SPEC = {
    "kind": "comparison",
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "adam", "lr": 1e-5}}],
    "steps": 1_000_000,
}


def driver_of(server, port):
    """Return the process of a server that is part of the cluster, None where there is none."""
    for child in psutil.Process(server.pid).children():
        with suppress(psutil.Error):
            if any(one.raddr and one.raddr.port == port for one in child.net_connections("tcp")):
                return child
    return None


def worker_of(folder, id):
    with closing(Store.open(f"sqlite:///{folder}/slalom.db")) as store:
        return store.experiments.get(id).worker


@pytest.fixture
def own():
    """Yield a cluster of one node that no other test uses."""
    cluster = RayCluster()
    try:
        cluster.start("left", cpus=2)
        yield cluster
    finally:
        cluster.close()


def test_a_server_outlives_the_head_and_goes_on_with_the_next_one(own, serving, tmp_path, capfd):
    settings = own.environ | {"SLALOM_EXECUTOR": "ray", "SLALOM_RAY_ADDRESS": own.address, "PYTHONPATH": own.path}
    process, address = serving.start(tmp_path / "slalom.db", SLALOM_WARM_WORKERS="1", **settings)
    try:
        gone_for_now = (
            f"The Ray cluster at {own.address} does not answer: its head was lost. Experiments wait until it is "
            "there again; start it, and then its nodes, with ray start."
        )
        with httpx.Client(base_url=address, timeout=START) as server:
            run = server.post("/api/experiments", json=SPEC).raise_for_status().json()["id"]

            def about(id):
                return server.get(f"/api/experiments/{id}").raise_for_status().json()

            until(lambda: about(run)["steps_done"] > 0)
            worker = worker_of(tmp_path, run)
            (driver := until(lambda: driver_of(process, own.port))).kill()
            until(lambda: (found := driver_of(process, own.port)) is not None and found != driver)
            until(lambda: server.get("/healthz").status_code == 200)
            done = about(run)["steps_done"]
            until(lambda: about(run)["steps_done"] > done)
            assert worker_of(tmp_path, run) == worker, "it goes on as if nothing had happened"
            own.kill("head")
            lost = time.monotonic()
            # The process that speaks with it dies with the head, and may be missed first.
            until(lambda: (said := server.get("/healthz")).status_code == 503 and said.json()["detail"] == gone_for_now)
            print(f"said {time.monotonic() - lost:.1f} s after the head was lost")
            until(lambda: about(run)["status"] == "queued")
            waits = server.post("/api/experiments", json=SPEC).raise_for_status().json()["id"]
            gone = server.post("/api/experiments", json=SPEC).raise_for_status().json()["id"]
            server.post(f"/api/experiments/{gone}/cancel").raise_for_status()
            own.kill("left")
            done = about(run)["steps_done"]
            assert done > 0
            assert [about(id)["status"] for id in (waits, gone)] == ["queued", "cancelled"]
            own.start_head()
            own.start("left", cpus=2)
            back = time.monotonic()
            until(lambda: server.get("/healthz").status_code == 200)
            print(f"joined again {time.monotonic() - back:.1f} s after it was back")
            until(lambda: about(run)["status"] == "running" and about(run)["steps_done"] > done)
            for id in (run, waits):
                server.post(f"/api/experiments/{id}/cancel").raise_for_status()
                until(lambda: about(id)["status"] == "cancelled")  # noqa: B023
        assert serving.stop(process) == 0
    finally:
        process.kill()
        process.wait()
    said = capfd.readouterr().err
    assert "its head was lost" in said
    assert "Traceback" not in said

"""The character model on a user's 32 000 names, for long: nothing grows, and everything can be done to it."""

import os
import time

import pytest
from long_names import Scale, many_names, spec, watch

from slalom.client import Client

STEPS = int(os.environ.get("SOAK_STEPS", "4000"))
"""Updates; the whole soak, run by hand, makes 200 000."""
ROOM = 24 * 2**20
"""Bytes that the workers may vary by, whatever the number of updates."""
PER_ENTRY = 120
"""Bytes that one entry of a run may take in the store: its columns, and no more."""
KEPT = 128 * 2**20 + 2**24
"""Bytes that snapshots of parameters may take, and planes and the list itself beside them."""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Yield a client of a server with two workers, and a scale for it."""
    from conftest import Serving, wait_until_warm

    store = tmp_path_factory.mktemp("soak") / "slalom.db"
    process, address = Serving.start(store, SLALOM_WORKERS="2")
    wait_until_warm(address)
    with Client(address) as client:
        yield client, Scale(process.pid, store)
    assert Serving.stop(process) == 0


@pytest.fixture(scope="module")
def dataset(house):
    client, _ = house
    made = client.upload(many_names())
    assert (made["kind"], made["rows"]) == ("names", 32_000)
    return made["id"]


def wait_for(client, id, status):
    deadline = time.monotonic() + 60
    while (found := client.get(id))["status"] != status:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_it_trains_for_long_streaming_live_and_grows_nowhere(house, dataset):
    client, scale = house
    made = client.create(spec(dataset, STEPS))
    watched = list(watch(client, made["id"], scale, STEPS, weighings=20))
    seen, weights = watched[-1][0], [weight for _, weight in watched]
    assert (seen.status, seen.steps) == ("done", STEPS)
    assert seen.frames > 20
    assert seen.loss[-500:].mean() < seen.loss[:50].mean() - 0.5
    assert {"data", "device", "timing", "plane"} <= set(seen.events)
    early, late = (
        [weight.workers for weight in weights if (weight.step > STEPS // 2) is half] for half in (False, True)
    )
    assert max(late) - max(early) < ROOM  # Processes that wait, warm, start beside the first steps.
    assert weights[-1].stored < PER_ENTRY * STEPS + KEPT
    for weight in weights[:: max(len(weights) // 8, 1)]:
        print(weight)


def test_it_pauses_resumes_forks_and_is_cancelled(house, dataset):
    client, scale = house
    made = client.create(spec(dataset, 1_000_000))
    watched = watch(client, made["id"], scale, 20_000, weighings=20)
    while next(watched)[0].steps < 1000:
        pass
    client.pause(made["id"])
    wait_for(client, made["id"], "paused")
    time.sleep(0.2)
    still = client.get(made["id"])["steps_done"]
    time.sleep(0.4)
    assert client.get(made["id"])["steps_done"] == still
    client.resume(made["id"])
    while next(watched)[0].steps < still + 500:
        pass
    rate = [{**spec(dataset, 1)["runs"][0], "optimizer": {"kind": "sgd", "lr": 0.02}, "schedule": {"kind": "constant"}}]
    fork = client.fork(made["id"], 0, 700, rate)
    forked = watch(client, fork["id"], scale, 20_000, weighings=20)
    while (new := next(forked)[0]).steps < 300:
        pass
    assert new.loss[0] == client.trace(made["id"], every=100)[0]["loss"][7]
    for id, viewer in ((fork["id"], forked), (made["id"], watched)):
        client.cancel(id)
        *_, (last, _) = viewer
        assert last.status == "cancelled"
        assert client.get(id)["status"] == "cancelled"

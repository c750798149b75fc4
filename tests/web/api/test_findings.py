"""Range tests over REST: they stream like any experiment, and their findings wait for the end."""

import httpx
import pytest

from slalom.client import Client, ClientError

SPEC = {
    "kind": "range_test",
    "problem": {"kind": "regression", "data": "thermometer", "scaling": "tenth"},
    "steps": 100,
    "seeds": 2,
}


@pytest.fixture
def client(server):
    with Client(server) as connected:
        yield connected


def test_a_range_test_streams_and_its_findings_are_those_of_a_simulation(client):
    made = client.create(SPEC)
    assert (made["kind"], made["spec"]["lr_to"]) == ("range_test", 1.0)
    assert client.get(made["id"], wait=90)["status"] == "done"
    findings = client.findings(made["id"])
    assert findings["recommended"]["lr"] < 0.03298
    traces = client.trace(made["id"])
    assert len(traces) == 2
    assert traces[0].lr[:2].tolist() == [1e-5, pytest.approx(1e-5 * 10 ** (5 / 99))]
    at_once = client.simulate(SPEC)
    assert dict(at_once.findings) == dict(findings)
    assert [run.loss.tolist() for run in at_once] == [run.loss.tolist() for run in traces]


def test_a_fork_of_a_range_test_climbs_on(client):
    id = client.create(SPEC)["id"]
    client.get(id, wait=90)
    fork = client.fork(id, run=1, step=40)
    assert fork["kind"] == "comparison"
    assert client.get(fork["id"], wait=90)["status"] == "done"
    assert client.trace(fork["id"])[0].loss.tolist() == client.trace(id)[1].loss[40:].tolist()


def test_what_is_no_range_test_has_no_findings(client):
    id = client.create({"problem": {"kind": "bowl"}, "runs": [{}]})["id"]
    with pytest.raises(ClientError, match="is a comparison, which has no range") as refused:
        client.findings(id)
    assert refused.value.status == 404
    with pytest.raises(ClientError, match="There is no experiment"):
        client.findings("0" * 16)


@pytest.mark.parametrize(("status", "says"), [("running", "?wait=30"), ("cancelled", "Start another one")])
def test_without_findings_a_range_test_says_how_far_it_came(quiet, status, says):
    house = quiet()
    spec = '{"kind": "range_test", "problem": {"kind": "bowl"}, "steps": 700}'
    id = house.store.experiments.create(kind="range_test", name="", spec=spec, owner="test").id
    house.store.experiments.claim(id, "test")
    if status != "running":
        house.finish(id, status)
    answer = httpx.get(f"{house.http}/api/experiments/{id}/range")
    assert answer.status_code == 409
    assert "0 of 700 updates" in answer.json()["detail"]
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"lr_to": 1e-6}, ["lr_to"]),
        ({"steps": 1}, ["steps"]),
        ({"lr_from": 0}, ["lr_from"]),
        ({"runs": [{}]}, ["runs"]),
        ({"run": {"schedule": {"kind": "cosine"}}}, ["run", "schedule"]),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(client, change, loc):
    with pytest.raises(ClientError) as refused:
        client.create(SPEC | change)
    assert refused.value.status == 422
    assert [error["loc"] for error in refused.value.problem["errors"]] == [loc]

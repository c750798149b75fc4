"""Sweeps over REST: the numbers of the lessons, the U-shape, every field, and what is refused."""

import httpx
import pytest
from conftest import START

from slalom.client import Client

NG = [0.001, 0.003, 0.006, 0.01, 0.03, 0.06, 0.1, 0.3, 1]
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [8]}


@pytest.fixture(scope="module")
def client(server):
    with Client(server, timeout=START) as client:
        yield client


def swept(client, spec, field="run.optimizer.lr", values=NG, target=None):
    """Return the summary of a sweep that has ended."""
    record = client.create({"runs": [{}]} | spec | {"vary": [{"field": field, "values": values}]})
    assert client.get(record["id"], wait=60)["status"] == "done"
    summary = client.sweep(record["id"], target)
    assert (summary["id"], summary["status"], summary["field"]) == (record["id"], "done", field)
    return summary


def column(summary, name):
    return {one["value"]: one[name] for one in summary["values"]}


def test_on_the_thermometer_the_series_is_a_u_that_ends_at_the_limit(client):
    problem = {"kind": "regression", "data": "thermometer", "scaling": "tenth"}
    told = swept(client, {"problem": problem, "steps": 500, "dtype": "float64"})
    finals, diverged = column(told, "final"), column(told, "diverged")
    assert told["limits"] == [pytest.approx(0.03298, rel=1e-3)]
    assert [lr for lr, count in diverged.items() if count] == [lr for lr in NG if lr > 0.03298]
    stable = [finals[lr] for lr in NG if lr < 0.03298]
    assert stable == sorted(stable, reverse=True)
    assert finals[0.03] == pytest.approx(3.09, rel=2e-3)
    assert told["best"]["value"] == 0.03
    assert "From 0.06 on runs diverge; the stability limit is 0.033." in told["best"]["because"]


@pytest.mark.parametrize(
    ("b", "steps"),
    [
        (10, {0.01: 411, 0.05: 79, 0.0909: 43, 0.095: 77, 0.1: None, 0.102: None}),
        (100, {0.001: 4143, 0.005: 826, 0.0095: 433, 2 / 202: 465}),
    ],
)
def test_ravines_take_the_steps_of_the_lesson(client, b, steps):
    spec = {"problem": {"kind": "formula", "text": f"x**2+{b}*y**2"}, "runs": [{"start": [-4, 1]}], "steps": 4200}
    told = swept(client, spec, values=list(steps), target=1e-6)
    assert column(told, "to_target") == steps
    assert told["best"]["value"] == min((lr for lr in steps if steps[lr]), key=lambda lr: steps[lr])
    assert told["limits"] == [pytest.approx(1 / b)]


def test_momentum_takes_the_steps_of_the_lesson(client):
    run = {"start": [-4, 1], "optimizer": {"kind": "sgd", "lr": 0.005}}
    spec = {"problem": {"kind": "formula", "text": "x**2+100*y**2"}, "runs": [run], "steps": 1500}
    told = swept(client, spec, "run.optimizer.momentum", [0, 0.5, 0.9, 0.99], target=1e-6)
    assert column(told, "to_target") == {0: 826, 0.5: 403, 0.9: 164, 0.99: 1425}
    assert told["best"]["because"].startswith(
        "momentum = 0.9 is best of 4 values: it reaches a loss of 10⁻⁶ after 164 steps"
    )


def test_smaller_batches_end_higher_after_as_many_updates(client):
    spec = {"problem": MOONS, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.5}}], "steps": 200}
    told = swept(client, spec, "run.batch_size", [1, 4, 64, None])
    finals = column(told, "final")
    assert finals[1] > finals[4] > finals[64]
    assert finals[64] == pytest.approx(finals[None], rel=0.1)
    assert "90 % of the way" in told["target_because"]
    assert all(one["outcome"]["kind"] for one in told["runs"])


def test_a_tiny_beginning_learns_late(client):
    run = {"optimizer": {"kind": "sgd", "lr": 0.5}, "batch_size": 16}
    spec = {"problem": MOONS, "runs": [run], "steps": 100, "seeds": 2}
    told = swept(client, spec, "problem.init_scale", [0.01, 1, 3])
    finals = column(told, "final")
    assert finals[0.01] > finals[1] > finals[3]
    assert [one["runs"] for one in told["values"]] == [[0, 1], [2, 3], [4, 5]]
    assert all(one["final_low"] <= one["final"] <= one["final_high"] for one in told["values"])


@pytest.mark.parametrize(
    ("problem", "run", "field", "values"),
    [
        ({"kind": "bowl"}, {}, "run.optimizer", [{"kind": "sgd", "lr": 0.1}, {"kind": "adam", "lr": 0.1}]),
        ({"kind": "bowl"}, {}, "run.schedule", [{"kind": "constant"}, {"kind": "cosine"}, {"kind": "linear"}]),
        ({"kind": "bowl"}, {}, "run.noise", [None, 0, 0.1]),
        ({"kind": "bowl"}, {"noise": 0.1}, "seed", [0, 1, 5]),
        ({"kind": "bowl"}, {}, "run.start.0", [1, 2]),
        ({"kind": "bowl"}, {}, "problem.kappa", [1, 100]),
        (MOONS, {"batch_size": 8}, "run.clip_norm", [0.1, None]),
        (MOONS, {"batch_size": 8}, "run.optimizer", [{"kind": "sgd", "lr": 0.1}, {"kind": "lion"}]),
        (MOONS, {"batch_size": 8}, "run.schedule", [{"kind": "constant"}, {"kind": "one_cycle"}]),
        (MOONS, {"batch_size": 8}, "problem.init_seed", [0, 1]),
        (MOONS, {"batch_size": 8}, "seed", [0, 1]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_field_is_swept_on_surfaces_and_networks(client, problem, run, field, values):
    told = swept(client, {"problem": problem, "runs": [run], "steps": 20}, field, values)
    assert [one["value"] for one in told["values"]] == [
        value if not isinstance(value, dict) else told["values"][i]["value"] for i, value in enumerate(values)
    ]
    finals = [one["final"] for one in told["values"]]
    assert all(isinstance(final, float) for final in finals)
    assert len(set(finals)) == len(values) - (field == "run.noise")


@pytest.mark.parametrize(
    ("problem", "field", "values", "words"),
    [
        ({"kind": "bowl"}, "run.batch_size", [4], "has no examples to batch"),
        ({"kind": "bowl"}, "problem.init_scale", [1], "There is no field 'problem.init_scale'"),
        ({"kind": "bowl"}, "run.optimizer.kind", ["adam"], "Vary run.optimizer instead"),
        ({"kind": "bowl"}, "steps", [4], "Give a path such as run.optimizer.lr"),
        ({"kind": "bowl"}, "seed", [0.5], "give a whole number from 0 to 4294967295"),
        ({"kind": "bowl"}, "run.optimizer.lr", ["0.1"], "run.optimizer.lr = '0.1' does not fit"),
        (MOONS, "run.start.0", [1], "parameters that are drawn"),
        (MOONS, "run.batch_size", [1000], "batch_size is 1,000, but there are"),
        (MOONS, "problem.hidden.0", [4], "makes another network"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_words(api, problem, field, values, words):
    spec = {"problem": problem, "runs": [{}], "vary": [{"field": field, "values": values}]}
    answer = api.post("/api/experiments", json=spec)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert answer.json()["errors"][0]["loc"][:2] == ["vary", 0]


def test_what_is_no_sweep_is_not_there(api, client):
    assert api.get("/api/experiments/0000000000000/sweep").status_code == 404
    told = swept(client, {"problem": {"kind": "bowl"}}, values=[0.1])
    for target in ("nan", "inf", "much"):
        answer = api.get(f"/api/experiments/{told['id']}/sweep", params={"target": target})
        assert answer.status_code == 422
        assert "target" in answer.json()["detail"]
    assert api.get(f"/api/experiments/{told['id']}/sweep", params={"target": 3}).json()["target"] == 3


def test_a_sweep_is_summed_up_while_it_is_computed(tmp_path, quiet_server):
    with quiet_server(tmp_path) as house:
        id = house.create(chunks=2)
        told = httpx.get(f"{house.http}/api/experiments/{id}/sweep").json()
        assert (told["status"], told["steps_done"], told["field"]) == ("running", 8, None)
        assert [run["entries"] for run in told["runs"]] == [8, 8]
        assert [run["outcome"] for run in told["runs"]] == [None, None]
        house.finish(id, "cancelled")
        assert httpx.get(f"{house.http}/api/experiments/{id}/sweep").json()["status"] == "cancelled"

"""Stored runs side by side: every number is the stored one, networks can be looked into, what differs is told."""

import pytest

BOWL = {"problem": {"kind": "bowl"}, "steps": 300}
MOONS = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [3]},
    "steps": 60,
}


def finished(api, spec, *rates, **more):
    runs = [{"optimizer": {"kind": "sgd", "lr": rate, **more}} for rate in rates]
    id = api.post("/api/experiments", json=spec | {"runs": runs}).json()["id"]
    return api.get(f"/api/experiments/{id}", params={"wait": 60}).json()


def compare(api, *records):
    return api.post("/api/experiments/compare", json={"experiments": [record["id"] for record in records]})


def trace(api, record):
    return api.get(f"/api/experiments/{record['id']}/trace").json()["runs"]


def ended(api, answer):
    assert answer.status_code == 201, answer.text
    return api.get(f"/api/experiments/{answer.json()['id']}", params={"wait": 60}).json()


@pytest.mark.parametrize("spec", [BOWL, MOONS], ids=["surface", "network"])
def test_every_number_is_the_stored_one(api, spec):
    one, other = finished(api, spec, 0.1, 1e200), finished(api, spec, 0.1, 0.03, momentum=0.5)
    both = ended(api, compare(api, one, other))
    assert (both["status"], both["error"]) == ("done", None)
    assert both["source"] == {"joined": [one["id"], other["id"]], "imported": None} or both["source"] == {
        "joined": [one["id"], other["id"]]
    }
    assert [run["optimizer"]["lr"] for run in both["spec"]["runs"]] == [0.1, 1e200, 0.1, 0.03]
    expected = [*trace(api, one), *trace(api, other)]
    found = trace(api, both)
    assert [run | {"index": None} for run in found] == [run | {"index": None} for run in expected]
    assert both["outcomes"] == one["outcomes"] + other["outcomes"]


def test_an_equal_run_is_shown_once(api):
    one, other = finished(api, BOWL, 0.1), finished(api, BOWL, 0.02, 0.1)
    both = ended(api, compare(api, one, other))
    assert [run["optimizer"]["lr"] for run in both["spec"]["runs"]] == [0.1, 0.02]
    assert [run["loss"] for run in trace(api, both)] == [trace(api, one)[0]["loss"], trace(api, other)[0]["loss"]]


def test_networks_are_looked_into_and_gone_on_from(api):
    one, other = finished(api, MOONS, 0.1), finished(api, MOONS, 0.5, momentum=0.9)
    both = ended(api, compare(api, one, other))
    view = {"frames": 5}
    alone = api.get(f"/api/experiments/{other['id']}/views/boundary", params=view)
    beside = api.get(f"/api/experiments/{both['id']}/views/boundary", params=view | {"run": 1})
    assert (alone.status_code, beside.status_code) == (200, 200), (alone.text[-400:], beside.text[-400:])
    assert beside.content[-4000:] == alone.content[-4000:]
    assert api.get(f"/api/experiments/{both['id']}/views/plane", params=view).status_code == 200
    fork = api.post(f"/api/experiments/{both['id']}/fork", json={"run": 1, "step": 30})
    forked = ended(api, fork)
    assert trace(api, forked)[0]["loss"] == trace(api, other)[0]["loss"][30:]


@pytest.mark.parametrize("spec", [BOWL, MOONS], ids=["surface", "network"])
def test_a_run_whose_average_is_kept_stands_beside_one_without(api, spec):
    plain = finished(api, spec, 0.1)
    run = {"optimizer": {"kind": "sgd", "lr": 0.05}, "averaging": {"kind": "ema", "decay": 0.5}}
    id = api.post("/api/experiments", json=spec | {"runs": [run]}).json()["id"]
    averaged = api.get(f"/api/experiments/{id}", params={"wait": 60}).json()
    both = ended(api, compare(api, plain, averaged))
    assert (both["status"], both["error"]) == ("done", None)
    without, beside = trace(api, both)
    assert set(without["average_loss"]) == {"nan"}
    assert (without["loss"], beside["average_loss"]) == (
        trace(api, plain)[0]["loss"],
        trace(api, averaged)[0]["average_loss"],
    )
    forked = ended(api, api.post(f"/api/experiments/{both['id']}/fork", json={"run": 1, "step": 30}))
    assert trace(api, forked)[0]["average_loss"][-1] == trace(api, averaged)[0]["average_loss"][-1]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"steps": 299}, "differ in steps: 300 and 299"),
        ({"seed": 3}, "differ in seed: 0 and 3"),
        ({"dtype": "float32"}, "differ in dtype"),
        ({"problem": {"kind": "parabola"}}, "problems differ: bowl and parabola"),
        ({"problem": {"kind": "bowl", "kappa": 3}}, "settings of bowl differ"),
        ({"seeds": 2}, "repeated seeds cannot be compared yet"),
        ({"vary": [{"field": "run.optimizer.lr", "values": [0.1, 0.2]}]}, "Sweeps, maps, range tests"),
        (MOONS, "problems differ: bowl and network"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_difference(api, other, words):
    answer = compare(api, finished(api, BOWL, 0.1), finished(api, BOWL | other, 0.1))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_forks_missing_ones_and_doubles_are_refused(api):
    one = finished(api, BOWL, 0.1)
    fork = ended(api, api.post(f"/api/experiments/{one['id']}/fork", json={"run": 0, "step": 10}))
    for answer, status, words in (
        (compare(api, one, fork), 422, "can only be opened alone"),
        (compare(api, one, one), 422, "listed twice"),
        (compare(api, one), 422, "experiments"),
        (compare(api, one, {"id": "000000000000"}), 404, ""),
        (compare(api, one, {"id": "../../x"}), 404, ""),
    ):
        assert answer.status_code == status
        assert words in answer.json()["detail"]

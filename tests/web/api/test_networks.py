"""Networks over REST: what is refused and where, forks, downloads of their columns, and the user's own data."""

import csv
import io
import json
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.wire.frames import Block, encode

MOONS = {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]}
SPEC = {"problem": MOONS, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.5}, "batch_size": 8}], "steps": 9}
COLUMNS = Comparison.model_validate_json(json.dumps(SPEC)).problem.columns
ROUTES = ["/api/experiments", "/api/simulate"]


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    """A server without workers, whose limits are low."""
    limits = {"network_parameters": 1000, "training_numbers": 5000, "simulate_work": 10**9, "queue_per_client": 100}
    with quiet_server(tmp_path_factory.mktemp("house"), **limits) as running:
        yield running


def ask(house, route, **changes):
    return httpx.post(f"{house.http}{route}", json=SPEC | changes)


@pytest.mark.parametrize(
    ("changes", "loc", "words"),
    [
        ({"runs": [{"batch_size": 41}]}, ["runs", 0, "batch_size"], "batch_size is 41, but there are 40 examples"),
        ({"problem": MOONS | {"loss": "logistic", "data": {"kind": "spirals"}}}, ["problem", "loss"], "have 3"),
        (
            {"problem": MOONS | {"data": {"kind": "csv", "id": "d0123456789abcdef"}}},
            ["problem", "data", "id"],
            "There is no dataset 'd0123456789abcdef'; upload it with POST /api/datasets.",
        ),
        ({"problem": MOONS | {"hidden": [4, 0]}}, ["problem", "hidden", 1], "must be at least 1, but is 0"),
        (
            {"problem": MOONS | {"data": {"kind": "moons", "n": "40"}}},
            ["problem", "data", "n"],
            "must be a whole number, but is text",
        ),
        ({"problem": MOONS | {"data": {"kind": "suns"}}}, ["problem", "data"], "'moons'"),
        ({"problem": MOONS | {"width": 3}}, ["problem", "width"], "is not a setting here"),
        (
            {"runs": [{"start": [1, 2]}]},
            ["runs", 0, "start"],
            "2 numbers, but this network has 22 parameters",
        ),
        ({"vary": [{"field": "problem.hidden.0", "values": [5]}]}, ["vary", 0, "values"], "makes another network"),
        ({"device": "tpu"}, ["device"], "'cuda'"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("route", ROUTES)
def test_what_does_not_fit_is_named_by_its_place(house, route, changes, loc, words):
    answer = ask(house, route, **changes)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["loc"] == loc
    assert words in error["msg"]
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "setting", "value"),
    [
        ({"problem": MOONS | {"hidden": [200]}}, "SLALOM_NETWORK_PARAMETERS", 1002),
        ({"seeds": 228}, "SLALOM_TRAINING_NUMBERS", 228 * 22),
    ],
)
@pytest.mark.parametrize("route", ROUTES)
def test_what_is_too_large_is_told_what_to_do(house, route, changes, setting, value):
    body = ask(house, route, **changes).json()
    assert (body["status"], body["setting"], body["value"]) == (422, setting, value)
    assert setting in body["detail"]


def test_what_takes_too_long_to_be_answered_at_once_may_be_stored(house):
    body = ask(house, "/api/simulate", steps=5000).json()
    assert (body["status"], body["setting"]) == (422, "SLALOM_SIMULATE_WORK")
    assert "POST /api/experiments" in body["detail"]
    assert ask(house, "/api/experiments", steps=5000).status_code == 201


def test_an_experiment_says_what_was_filled_in(house):
    record = ask(house, "/api/experiments").json()
    spec = record["spec"]
    assert record["name"] == "Moons, Gradient descent, lr 0.5"
    assert (spec["dtype"], spec["device"], spec["runs"][0]["batches"]) == ("float32", "auto", "shuffled")
    assert spec["problem"]["data"] == {"kind": "moons", "n": 40, "noise": 0.2, "seed": 0, "scaling": "raw"}
    assert ask(house, "/api/experiments", **spec).status_code == 201


def test_a_table_of_the_user_is_found(house):
    id = house.store.datasets.add("mine", "csv", "{}", b"1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,0,a\n")
    problem = MOONS | {"data": {"kind": "csv", "id": id}}
    assert ask(house, "/api/experiments", problem=problem, runs=[{}]).status_code == 201
    assert ask(house, "/api/experiments", problem=problem, runs=[{"batch_size": 6}]).status_code == 201
    moons = MOONS | {"data": {"kind": "moons", "n": 4}}
    too_many = ask(house, "/api/experiments", problem=moons, runs=[{"batch_size": 5}]).json()
    assert "batch_size is 5, but there are 4 examples" in too_many["detail"]


def fork(house, spec, **wish):
    id = house.create(spec=Comparison.model_validate_json(json.dumps(spec)).model_dump_json(by_alias=True))
    return httpx.post(f"{house.http}/api/experiments/{id}/fork", json=wish)


def test_a_fork_keeps_the_network_and_may_have_another_batch_and_rule(house):
    vary = [{"field": "problem.init_scale", "values": [1.0, 3.0]}]
    spec = SPEC | {"vary": vary, "device": "cpu", "dtype": "float64", "seed": 5, "seeds": 2}
    runs = [{"optimizer": {"kind": "adam", "lr": 0.01}, "batch_size": 16, "batches": "drawn"}]
    answer = fork(house, spec, run=3, step=4, runs=runs)
    assert answer.status_code == 201, answer.text
    made = answer.json()["spec"]
    assert made["problem"] == Comparison.model_validate_json(json.dumps(spec)).lanes()[3].problem.model_dump(
        mode="json"
    )
    assert made["problem"]["init_scale"] == 3.0
    assert (made["device"], made["dtype"], made["seed"], made["steps"]) == ("cpu", "float64", 6, 5)
    assert [(run["batch_size"], run["batches"]) for run in made["runs"]] == [(16, "drawn")]


def test_a_fork_is_checked_like_any_experiment(house):
    body = fork(house, SPEC, run=0, step=4, runs=[{"batch_size": 41}]).json()
    assert body["errors"][0]["loc"] == ["runs", 0, "batch_size"]
    assert fork(house, SPEC, run=0, step=4, runs=[{"start": [0.0]}]).status_code == 422
    assert fork(house, SPEC, run=0, step=10).json()["errors"][0]["loc"] == ["step"]


# Downloads


@contextmanager
def stored(house, n=10):
    """Yield the id and the columns of an experiment written by hand: (columns, 1, n) float32, some not finite."""
    data = np.random.default_rng(1).normal(size=(len(COLUMNS), 1, n)).astype(np.float32)
    data[COLUMNS.index("snr")] = np.inf
    data[COLUMNS.index("val_accuracy")] = np.nan
    full = Comparison.model_validate_json(json.dumps(SPEC)).model_dump_json(by_alias=True)
    id = house.create(spec=full)
    house.store.chunks.append(id, 1, encode(Block(0, (0,), COLUMNS, data), 1), "[]", n)
    yield f"{house.http}/api/experiments/{id}/trace", data[:, 0].astype(float)
    house.finish(id)


def test_json_has_the_columns_of_networks_and_no_parameters(house):
    with stored(house) as (url, data):
        (run,) = httpx.get(url).json()["runs"]
        (some,) = httpx.get(url, params={"every": 3}).json()["runs"]
    assert run.keys() == {*COLUMNS, "label", "index", "value", "seed", "outcome"}
    assert "params" not in run
    assert run["train_loss"] == data[COLUMNS.index("train_loss")].tolist()
    assert (run["snr"], run["val_accuracy"]) == (["inf"] * 10, ["nan"] * 10)
    assert some["ratio1"] == run["ratio1"][::3]
    assert some["step"] == [0, 3, 6, 9]


def test_csv_and_npz_have_the_same_columns(house):
    with stored(house) as (url, data):
        rows = list(csv.DictReader(io.StringIO(httpx.get(url, params={"format": "csv"}).text)))
        archive = np.load(io.BytesIO(httpx.get(url, params={"format": "npz"}).content))
    assert list(rows[0]) == ["run", "step", *COLUMNS]
    assert set(archive) == {*COLUMNS, "length"}
    for place, name in enumerate(COLUMNS):
        np.testing.assert_array_equal([float(row[name]) for row in rows], data[place])
        np.testing.assert_array_equal(archive[name], data[place][None])


# With workers


@pytest.mark.parametrize("problem", [MOONS, {"kind": "character", "hidden": [8]}], ids=["network", "character"])
def test_a_simulation_learns(api, problem):
    spec = SPEC | {"problem": problem, "runs": [{"optimizer": {"kind": "adam", "lr": 0.05}, "batch_size": 32}]}
    answer = api.post("/api/simulate", json=spec | {"steps": 60})
    assert answer.status_code == 200, answer.text
    (run,) = answer.json()["runs"]
    assert len(run["loss"]) == 61
    assert run["train_loss"][-1] < run["train_loss"][0]
    assert "params" not in run
    assert "saturated0" in run
    assert api.post("/api/simulate", json=spec | {"steps": 60}).json() == answer.json()


def test_a_stored_experiment_is_the_same_computation(api):
    id = api.post("/api/experiments", json=SPEC).json()["id"]
    record = api.get(f"/api/experiments/{id}", params={"wait": 60}).json()
    assert record["status"] == "done", record["error"]
    (trace,) = api.get(f"/api/experiments/{id}/trace").json()["runs"]
    (run,) = api.post("/api/simulate", json=SPEC).json()["runs"]
    assert trace["loss"] == run["loss"]
    assert trace["val_loss"] == run["val_loss"]


def test_a_fork_of_a_network_goes_on_where_it_was(api):
    parent = api.post("/api/experiments", json=SPEC).json()["id"]
    api.get(f"/api/experiments/{parent}", params={"wait": 60})
    made = api.post(f"/api/experiments/{parent}/fork", json={"run": 0, "step": 4}).json()["id"]
    assert api.get(f"/api/experiments/{made}", params={"wait": 60}).json()["status"] == "done"
    before, after = (api.get(f"/api/experiments/{id}/trace").json()["runs"][0]["loss"] for id in (parent, made))
    assert after == before[4:]

"""Experiments over REST: from the first request to the last download, with the quotas on the way."""

import csv
import io
import json
import math

import httpx
import numpy as np
import pytest

SPEC = {
    "problem": {"kind": "bowl"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.3)],
    "steps": 30,
}
LONG = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "adam"}}], "steps": 1_000_000}
FIELDS = {"id", "status", "kind", "name", "created", "spec", "steps_done", "error", "outcomes"}


def create(api, spec=SPEC):
    answer = api.post("/api/experiments", json=spec)
    assert answer.status_code == 201, answer.text
    return answer.json()


def finished(api, spec=SPEC):
    record = api.get(f"/api/experiments/{create(api, spec)['id']}", params={"wait": 60}).json()
    assert record["status"] == "done", record
    return record


def test_an_experiment_is_created_computed_and_read(api):
    record = create(api)
    assert record.keys() >= FIELDS
    assert record["spec"]["problem"] == {"kind": "bowl", "kappa": 12.0}
    assert record["spec"]["steps"] == 30
    ended = api.get(f"/api/experiments/{record['id']}", params={"wait": 60}).json()
    assert (ended["status"], ended["steps_done"], ended["error"]) == ("done", 30, None)
    assert [outcome["kind"] for outcome in ended["outcomes"]] == ["unfinished", "diverged"]
    assert api.post("/api/experiments", json=record["spec"]).status_code == 201


def test_a_record_has_the_runs_that_values_and_seeds_make_of_those_listed(api):
    assert create(api)["lanes"] is None
    record = create(api, SPEC | {"vary": [{"field": "problem.kappa", "values": [5.0, 20.0]}], "seeds": 2})
    labels = [lane["label"] for lane in record["lanes"]]
    assert labels == 2 * ["kappa 5, seed 0", "kappa 5, seed 1", "kappa 20, seed 0", "kappa 20, seed 1"]
    assert [lane["index"] for lane in record["lanes"]] == 4 * [0] + 4 * [1]
    assert [lane["run"]["optimizer"]["lr"] for lane in record["lanes"]] == 4 * [0.1] + 4 * [0.3]
    listed = {one["id"]: one for one in api.get("/api/experiments").json()["items"]}
    assert listed[record["id"]]["lanes"] is None
    many = create(api, SPEC | {"seeds": 40})
    assert len(many["lanes"]) == 32


def test_a_trace_is_what_a_simulation_answers(api):
    record = finished(api)
    trace = api.get(f"/api/experiments/{record['id']}/trace").json()
    assert trace == api.post("/api/simulate", json=SPEC).json()
    some = api.get(f"/api/experiments/{record['id']}/trace", params={"every": 7}).json()
    assert some == api.post("/api/simulate", json=SPEC, params={"every": 7}).json()


def test_csv_has_one_row_per_run_and_entry(api):
    spec = SPEC | {"runs": [{"optimizer": {"kind": "sgd", "lr": 1e200}}, {"optimizer": {"kind": "lion"}}]}
    record = finished(api, spec)
    answer = api.get(f"/api/experiments/{record['id']}/trace", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert record["id"] in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == ["run", "step", "loss", "lr", "grad_norm", "step_norm", "sharpness", "limit", "p0", "p1"]
    runs = api.get(f"/api/experiments/{record['id']}/trace").json()["runs"]
    assert len(rows) == sum(len(run["loss"]) for run in runs)
    for row in rows:
        run, step = runs[int(row["run"])], int(row["step"])
        for name in ("loss", "limit", "step_norm"):
            assert str(float(row[name])) == str(float(run[name][step]))
        assert str(float(row["p1"])) == str(float(run["params"][step][1]))
    assert {row["limit"] for row in rows if row["run"] == "1"} == {"nan"}


def test_npz_has_padded_columns_and_lengths(api):
    spec = SPEC | {"runs": [{"optimizer": {"kind": "sgd", "lr": 1e200}}, {}]}
    record = finished(api, spec)
    for every in (1, 4):
        query = {"format": "npz", "every": every}
        archive = np.load(io.BytesIO(api.get(f"/api/experiments/{record['id']}/trace", params=query).content))
        runs = api.get(f"/api/experiments/{record['id']}/trace", params={"every": every}).json()["runs"]
        assert archive["length"].tolist() == [len(run["loss"]) for run in runs]
        assert archive["loss"].shape == archive["p1"].shape == (2, math.floor(30 / every) + 1)
        assert np.isnan(archive["loss"][0, archive["length"][0] :]).all()
        assert archive["loss"][1].tolist() == runs[1]["loss"]


def test_the_list_is_paged_newest_first(quiet):
    house = quiet()
    ids = [house.create() for _ in range(5)]
    seen, after = [], {}
    while True:
        page = httpx.get(f"{house.http}/api/experiments", params={"limit": 2, **after}).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ids[::-1]


def test_waiting_ends_with_the_experiment_or_with_the_patience(quiet):
    house = quiet()
    id = house.create(chunks=1)
    url = f"{house.http}/api/experiments/{id}"
    assert httpx.get(url, params={"wait": 0.05}).json()["status"] == "running"
    house.finish(id)
    assert httpx.get(url, params={"wait": 60}, timeout=30).json()["status"] == "done"
    assert httpx.get(f"{house.http}/api/experiments/000000000000", params={"wait": 60}).status_code == 404


def test_a_long_experiment_is_paused_resumed_and_cancelled(api):
    url = f"/api/experiments/{create(api, LONG)['id']}"
    assert api.post(f"{url}/pause").json()["status"] in ("queued", "paused")
    assert api.post(f"{url}/resume").status_code == 200
    assert api.post(f"{url}/cancel").status_code == 200
    ended = api.get(url, params={"wait": 60}).json()
    assert ended["status"] == "cancelled"
    again = api.post(f"{url}/cancel")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    for change in ("pause", "resume"):
        answer = api.post(f"{url}/{change}")
        assert (answer.status_code, answer.json()["title"]) == (409, "Not possible now")


def test_what_is_deleted_is_gone_until_it_is_restored(api):
    url = f"/api/experiments/{create(api)['id']}"
    deleted = api.delete(url)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (api.get(url), api.delete(url), api.get(f"{url}/trace"), api.patch(url, json={"name": "x"})):
        assert answer.status_code == 404
    assert api.post(f"{url}/restore").status_code == 200
    assert api.get(url).status_code == 200


def test_what_is_not_listed_is_found_by_its_id_and_in_no_list_until_it_is_restored(api):
    def listed():
        return [item["id"] for item in api.get("/api/experiments").json()["items"]]

    id = api.post("/api/experiments", params={"listed": False}, json=SPEC).json()["id"]
    assert id not in listed()
    assert api.get(f"/api/experiments/{id}").status_code == 200
    assert api.post(f"/api/experiments/{id}/restore").status_code == 200
    assert id in listed()


def test_a_fork_goes_on_where_the_run_was(api):
    parent = finished(api)
    fork = api.post(f"/api/experiments/{parent['id']}/fork", json={"run": 0, "step": 10})
    assert fork.status_code == 201
    assert fork.json()["parent"] == {"id": parent["id"], "run": 0, "step": 10}
    assert fork.json()["spec"]["steps"] == 20
    assert api.get(f"/api/experiments/{fork.json()['id']}", params={"wait": 60}).json()["status"] == "done"
    before = api.get(f"/api/experiments/{parent['id']}/trace").json()["runs"][0]
    after = api.get(f"/api/experiments/{fork.json()['id']}/trace").json()["runs"][0]
    assert after["loss"] == before["loss"][10:]
    other = {"run": 1, "step": 0, "runs": [{"optimizer": {"kind": "adam", "lr": 0.2}}], "steps": 5}
    assert api.post(f"/api/experiments/{parent['id']}/fork", json=other).json()["spec"]["steps"] == 5


@pytest.mark.parametrize(
    ("wish", "loc"),
    [({"run": 2, "step": 0}, ["run"]), ({"run": 0, "step": 31}, ["step"]), ({"run": -1, "step": 0}, ["run"])],
)
def test_a_fork_begins_at_an_entry_that_exists(api, wish, loc):
    answer = api.post(f"/api/experiments/{finished(api)['id']}/fork", json=wish)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == loc


def test_a_run_that_ended_early_is_not_continued_from_its_end(api):
    parent = finished(api, SPEC | {"runs": [{"optimizer": {"kind": "sgd", "lr": 1e200}}]})
    end = parent["outcomes"][0]["nonfinite"]
    for step, status in ((end, 422), (end - 1, 201)):
        wish = {"run": 0, "step": step}
        assert api.post(f"/api/experiments/{parent['id']}/fork", json=wish).status_code == status


@pytest.mark.parametrize(("setting", "limit"), [("queue", 3), ("queue_per_client", 2)])
def test_so_many_wait_and_no_more(quiet, setting, limit):
    house = quiet(**{setting: limit})
    url = f"{house.http}/api/experiments"
    made = [httpx.post(url, json=SPEC).status_code for _ in range(limit)]
    assert made == [201] * limit
    refused = httpx.post(url, json=SPEC)
    assert refused.status_code == 429
    body = refused.json()
    assert (body["limit"], body["value"], body["setting"]) == (limit, limit + 1, f"SLALOM_{setting.upper()}")
    first = httpx.get(url).json()["items"][-1]["id"]
    httpx.post(f"{url}/{first}/cancel")
    assert httpx.post(url, json=SPEC).status_code == 201


def test_a_trace_may_be_as_large_as_the_limit(quiet):
    spec = json.dumps({"problem": {"kind": "parabola"}, "runs": [{}, {}], "steps": 9})
    for limit, status in ((139, 422), (140, 200), (141, 200)):
        house = quiet(trace_numbers=limit)
        id = house.create(chunks=2, n=5, spec=spec)
        url = f"{house.http}/api/experiments/{id}/trace"
        assert httpx.get(url).status_code == httpx.get(url, params={"format": "npz"}).status_code == status
        assert httpx.get(url, params={"format": "csv"}).status_code == 200


def test_an_experiment_beyond_the_limits_is_not_stored(quiet):
    house = quiet(steps=10)
    answer = httpx.post(f"{house.http}/api/experiments", json=SPEC)
    assert (answer.status_code, answer.json()["setting"]) == (422, "SLALOM_STEPS")
    assert httpx.get(f"{house.http}/api/experiments").json() == {"items": [], "next": None}

"""Exported traces brought back: the numbers of the file, what cannot be a trace, and how large one may be."""

import io
import json
import zipfile

import httpx
import numpy as np
import pytest

SPEC = {
    "problem": {"kind": "bowl"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}, {"optimizer": {"kind": "sgd", "lr": 1e200}}],
    "steps": 30,
}
MOONS = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [3]},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}],
    "steps": 20,
}
TYPES = {"json": "application/json", "npz": "application/octet-stream"}


def finished(api, spec):
    id = api.post("/api/experiments", json=spec).json()["id"]
    return api.get(f"/api/experiments/{id}", params={"wait": 60}).json()


def exported(api, record, format):
    query = {"format": format, "spec": "true"}
    return api.get(f"/api/experiments/{record['id']}/trace", params=query).content


def send(api, body, format="json", **query):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post("/api/experiments/import", content=content, headers={"Content-Type": TYPES[format]}, params=query)


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    """A server without workers: nothing that it shows can have been computed."""
    with quiet_server(tmp_path_factory.mktemp("house")) as running, httpx.Client(base_url=running.http) as client:
        yield client


@pytest.mark.parametrize("format", TYPES)
@pytest.mark.parametrize("spec", [SPEC, MOONS], ids=["surface", "network"])
def test_a_file_becomes_an_experiment_with_its_numbers(api, house, spec, format):
    made = finished(api, spec)
    answer = send(house, exported(api, made, format), format, name="runs.file")
    assert answer.status_code == 201, answer.text
    record = answer.json()
    assert (record["status"], record["source"]["imported"]) == ("done", "runs.file")
    same = ("name", "spec", "outcomes", "kind")
    assert {name: record[name] for name in same} == {name: made[name] for name in same}
    url = f"/api/experiments/{record['id']}/trace"
    assert house.get(url).json() == api.get(f"/api/experiments/{made['id']}/trace").json()
    assert house.get(url, params={"format": "csv"}).text


def test_what_was_changed_in_the_file_is_what_is_shown(house, api):
    file = json.loads(exported(api, finished(api, SPEC), "json"))
    file["runs"][0]["loss"][7] = 1234.5
    record = send(house, file).json()
    assert house.get(f"/api/experiments/{record['id']}/trace").json()["runs"][0]["loss"][7] == 1234.5


def test_what_was_imported_is_not_gone_on_from_nor_looked_into(api):
    record = send(api, exported(api, finished(api, MOONS), "json")).json()
    url = f"/api/experiments/{record['id']}"
    fork = api.post(f"{url}/fork", json={"run": 0, "step": 5})
    for answer in (fork, api.get(f"{url}/views/boundary"), api.get(f"{url}/parameters")):
        assert answer.status_code == 404
        assert "imported" in answer.json()["detail"]


def test_beside_others_it_still_counts_as_imported(api):
    one = finished(api, SPEC)
    other = send(api, exported(api, finished(api, SPEC | {"runs": [{}]}), "json"), name="theirs.json").json()
    answer = api.post("/api/experiments/compare", json={"experiments": [one["id"], other["id"]]})
    assert answer.json()["source"] == {"joined": [one["id"], other["id"]], "imported": "theirs.json"}


@pytest.fixture(scope="module")
def file(api):
    """A function that returns an exported file, changed."""
    text = exported(api, finished(api, SPEC), "json")

    def file(change):
        whole = json.loads(text)
        change(whole, whole["runs"])
        return whole

    return file


FAULTS = {
    "has 2 runs and 1 outcomes": lambda whole, runs: whole["outcomes"].pop(),
    "The file has 1 runs, its spec 2": lambda whole, runs: (runs.pop(), whole["outcomes"].pop()),
    "Run 0 has no grad_norm": lambda whole, runs: runs[0].pop("grad_norm"),
    "Run 0 has no p0": lambda whole, runs: runs[0].pop("params"),
    "Run 0 has no loss": lambda whole, runs: runs[0].pop("loss"),
    "30 entries of lr": lambda whole, runs: runs[0]["lr"].pop(),
    "leaves out steps": lambda whole, runs: runs[0].update(step=[*range(0, 62, 2)]),
    "is not finite at entry 4 and goes on": lambda whole, runs: runs[0]["loss"].__setitem__(4, "nan"),
    "numbers, and": lambda whole, runs: runs[0]["loss"].__setitem__(4, True),
    'or "nan"': lambda whole, runs: runs[0]["loss"].__setitem__(4, "NaN?"),
    "equally many coordinates": lambda whole, runs: runs[0]["params"].__setitem__(4, [1.0]),
    "no trace that Slalom": lambda whole, runs: whole.update(slalom=2),
    "cannot be imported: it is more than": lambda whole, runs: whole.update(
        spec={"kind": "range_test", "problem": {"kind": "bowl"}, "run": {}}
    ),
    "steps": lambda whole, runs: whole["spec"].update(steps=-3),
    "31 entries, but 1 to 30 are possible": lambda whole, runs: whole["spec"].update(steps=29),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_file_that_cannot_be_a_trace_is_refused_and_leaves_nothing(house, file, words):
    before = len(house.get("/api/experiments", params={"limit": 200}).json()["items"])
    answer = send(house, file(FAULTS[words]))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert len(house.get("/api/experiments", params={"limit": 200}).json()["items"]) == before


def test_a_run_that_stops_early_with_finite_numbers_is_refused_beside_a_longer_one(house, file):
    def shorten(whole, runs):
        whole["spec"]["runs"][1] = whole["spec"]["runs"][0]
        runs[1].update({name: values for name, values in runs[0].items() if isinstance(values, list)})
        runs[0].update({name: values[:20] for name, values in runs[0].items() if isinstance(values, list)})

    answer = send(house, file(shorten))
    assert (answer.status_code, "ends at entry 19 with finite numbers" in answer.json()["detail"]) == (422, True)


def test_runs_that_were_cut_short_together_are_those_of_a_cancelled_experiment(house, file):
    def shorten(whole, runs):
        runs[0].update({name: values[:20] for name, values in runs[0].items() if isinstance(values, list)})

    record = send(house, file(shorten)).json()
    assert (record["status"], record["steps_done"]) == ("cancelled", 19)


def array(values):
    file = io.BytesIO()
    np.save(file, values, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html>",
        b"[1, 2]",
        b"PK\x03\x04 and no more",
        b'{"runs": ' + b"[" * 100_000,
        {"length.npy": array(np.array([3])), "loss.npy": array(np.array([{}]))},
        {"length.npy": array(np.array([9])), "loss.npy": array(np.zeros((1, 3)))},
        {"length.npy": array(np.array([-1])), "loss.npy": array(np.zeros((1, 3)))},
        {"length.npy": array(np.array([3])), "loss.npy": array(np.zeros((1, 3)))[:-8]},
        {"length.npy": array(np.array([3])), "loss.npy": array(np.zeros((1, 3))).replace(b"(1, 3)", b"(9**9,3)"[:6])},
    ],
    ids=range(10),
)
def test_what_is_no_file_of_slalom_is_refused(house, broken):
    if isinstance(broken, dict):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = json.dumps({"slalom": 1, "spec": SPEC}).encode()
            for name, data in broken.items():
                archive.writestr(name, data)
        broken = file.getvalue()
    for kind in TYPES:
        answer = send(house, broken, kind)
        assert (answer.status_code, answer.json()["title"]) == (422, "The request does not fit")


def test_a_trace_that_leaves_out_steps_is_refused_in_either_form(api, house):
    made = finished(api, SPEC)
    for format in TYPES:
        query = {"format": format, "spec": "true", "every": 2}
        part = api.get(f"/api/experiments/{made['id']}/trace", params=query).content
        assert "leaves out steps" in send(house, part, format).json()["detail"]


def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger(quiet, file):
    text = json.dumps(file(lambda whole, runs: None)).encode()
    for spare, status in ((1, 201), (0, 201), (-1, 413)):
        with httpx.Client(base_url=quiet(import_bytes=len(text) + spare).http) as small:
            answer = send(small, text)
            assert answer.status_code == status
    assert answer.json()["setting"] == "SLALOM_IMPORT_BYTES"


def test_an_archive_is_measured_as_it_is_unpacked(quiet):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loss.npy", bytes(100_000))
    with httpx.Client(base_url=quiet(import_bytes=50_000).http) as small:
        answer = send(small, file.getvalue(), "npz")
    assert (answer.status_code, answer.json()["value"]) == (413, 100_000)


def test_where_there_is_no_room_nothing_of_it_stays(quiet, file):
    text = json.dumps(file(lambda whole, runs: None)).encode()
    with httpx.Client(base_url=quiet(store_bytes=3_000).http) as full:
        assert send(full, text).status_code == 507
        assert full.get("/api/experiments").json()["items"] == []

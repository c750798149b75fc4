"""The shape of a problem: a frame whose values are those of the function."""

import json

import httpx
import numpy as np
import pytest

from slalom.catalogue.problems import PROBLEMS
from slalom.web.api.catalogue import example

HEADER = {
    "kind",
    "title",
    "help",
    "dim",
    "variables",
    "domain",
    "shape",
    "start",
    "first_runs",
    "minima",
    "best",
    "mathml",
    "signature",
    "text",
    "dtype",
}


def ask(api, **wish):
    answer = api.post("/api/landscape", json=wish)
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    assert (length + 4) % 8 == 0
    header = json.loads(answer.content[4 : 4 + length])
    return header, np.frombuffer(answer.content, "<f4", offset=4 + length).reshape(header["shape"])


@pytest.mark.parametrize(
    "kind", [kind for kind in PROBLEMS if not kind.is_network], ids=lambda kind: kind.model_fields["kind"].default
)
def test_every_surface_has_a_landscape(api, kind):
    problem = example(kind)
    header, z = ask(api, problem=problem.model_dump(mode="json", by_alias=True), shape=[7, 5])
    assert header.keys() >= HEADER
    assert header["dim"] == problem.dimension
    assert header["shape"] == ([7] if problem.dimension == 1 else [5, 7])
    assert header["domain"] == [list(interval) for interval in problem.domain[:2]]
    assert not np.isnan(z).any()


def test_rows_are_the_second_variable_and_the_domain_may_be_chosen(api):
    _, z = ask(api, problem={"kind": "formula", "text": "x + 10*y"}, domain=[[0, 2], [0, 1]], shape=[3, 2])
    assert z.tolist() == [[0, 1, 2], [10, 11, 12]]


def test_a_formula_as_people_write_it_is_answered_in_plain_text_with_its_first_runs(api):
    header, z = ask(api, problem={"kind": "formula", "text": "f(x) = ½x² - 3|x|"}, shape=[5])
    assert header["text"] == "1/2*x**2 - 3*abs(x)"
    assert "<mfrac>" in header["mathml"]
    (low, high), first = header["domain"][0], header["first_runs"]
    assert z[0] == pytest.approx(low**2 / 2 - 3 * abs(low), rel=1e-6)
    assert low < first["start"][0] < high
    assert first["rates"][0] < first["rates"][1]
    assert first["stride"] > 0


def test_beyond_two_variables_the_others_stay_at_the_start(api):
    header, z = ask(api, problem={"kind": "quadratic", "eigenvalues": [2, 2, 6]}, domain=[[0, 1], [0, 1]], shape=[2, 2])
    assert header["dim"] == 3
    assert z.tolist() == [[3, 4], [4, 5]]


def test_what_overflows_is_infinite(api):
    _, z = ask(api, problem={"kind": "formula", "text": "exp(1000*x)"}, domain=[[-1, 1]], shape=[3])
    assert z.tolist() == [0, 1, np.inf]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"domain": [[1, 0]]}, "give the lower end first"),
        ({"domain": [[0, 1], [2, 2]]}, "give the lower end first"),
        ({"domain": [[-1e308, 1e308]]}, "too wide"),
        ({"domain": []}, "needs at least 1 value"),
        ({"shape": [1]}, "at least 2"),
        ({"shape": [2, 2, 2]}, "at most 2 values"),
        ({"problem": {"kind": "bowl"}, "domain": [[0, 1]]}, "2 variables are drawn"),
    ],
)
def test_a_box_that_is_none_is_refused(api, change, words):
    answer = api.post("/api/landscape", json={"problem": {"kind": "parabola"}, **change})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_bad_formula_says_where(api):
    body = api.post("/api/landscape", json={"problem": {"kind": "formula", "text": "x + + )"}}).json()
    assert body["status"] == 422
    assert body["errors"][0]["position"] == 6
    assert body["errors"][0]["loc"] == ["problem", "text"]


@pytest.mark.parametrize("kind", ["network", "character"])
def test_a_network_has_no_landscape_of_its_own(api, kind):
    answer = api.post("/api/landscape", json={"problem": {"kind": kind}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["problem", "kind"]
    assert f"A {kind} is a function of all its parameters" in answer.json()["detail"]
    assert "/views/plane" in answer.json()["detail"]


@pytest.mark.parametrize(("points", "status"), [(24, 422), (25, 200), (26, 200)])
def test_a_landscape_may_have_as_many_points_as_the_limit(quiet, points, status):
    house = quiet(landscape_points=points)
    wish = {"problem": {"kind": "bowl"}, "shape": [5]}
    assert httpx.post(f"{house.http}/api/landscape", json=wish).status_code == status


@pytest.mark.parametrize(
    ("problem", "names"),
    [
        ({"kind": "regression"}, ["w", "b"]),
        ({"kind": "formula", "text": "y**2"}, ["x", "y"]),
        ({"kind": "formula", "text": "x1*x3"}, ["x1", "x2", "x3"]),
        ({"kind": "bowl"}, ["x", "y"]),
        ({"kind": "quadratic", "eigenvalues": [1, 2]}, ["x1", "x2"]),
    ],
)
def test_variables_have_the_names_of_their_problem(api, problem, names):
    header, _ = ask(api, problem=problem, shape=[3, 3])
    assert header["variables"] == names

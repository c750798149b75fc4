"""Lessons over HTTP: their texts, what their runs gave, answers graded by running them, drafts and codes."""

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from slalom.errors import SpecError
from slalom.lessons import LESSONS, lesson_in, lessons_in
from slalom.lessons.terms import glossary
from slalom.web.api.qr import get_qr

PARABOLA = {
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": lr}, "start": [-4]} for lr in (0.1, 0.3)],
    "steps": 20,
}
QUIZ = "/api/lessons/how-big-a-step/quiz/0"


def test_the_list_is_in_order_and_short(api):
    items = api.get("/api/lessons").json()["items"]
    assert [item["slug"] for item in items] == [lesson.slug for lesson in lessons_in(LESSONS)]
    assert all(set(item) == {"slug", "title", "question", "terms"} for item in items)


def test_a_lesson_is_whole_and_its_specs_can_be_simulated(api):
    lesson = api.get("/api/lessons/how-big-a-step").json()
    assert lesson == lesson_in(LESSONS / "01-how-big-a-step.toml").model_dump(mode="json", by_alias=True)
    assert api.post("/api/simulate", json=lesson["presets"][0]["spec"]).status_code == 200
    missing = api.get("/api/lessons/nowhere")
    assert (missing.status_code, missing.json()["detail"][:29]) == (404, "There is no lesson 'nowhere'.")


def test_values_are_those_that_the_runs_give(api):
    values = api.get("/api/lessons/how-big-a-step/values").json()["values"]
    text = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")
    assert set(values) == set(re.findall(r"\{([^{}= ][^{}=]*)\}", text))
    assert values["run.1.reaches.1e-6"] == 38
    assert values["half the digits: run.0.outcome.nonfinite"] == 451
    (run, *_) = api.post(
        "/api/simulate", json=api.get("/api/lessons/how-big-a-step").json()["presets"][0]["spec"]
    ).json()["runs"][5:]
    assert values["run.5.params.40.0"] == run["params"][40][0]


def test_the_number_that_is_predicted_is_among_the_values(api):
    lesson = api.get("/api/lessons/ravines").json()
    assert api.get("/api/lessons/ravines/values").json()["values"][lesson["prediction"]["truth"]] == 43


@pytest.mark.parametrize("lr", [0.45, 0.5, 0.61, 0.39])
def test_an_answer_that_nobody_foresaw_passes_because_it_runs(api, lr):
    answer = api.post(QUIZ, json={"values": {"runs.0.optimizer.lr": lr}}).json()
    assert answer["passed"] is True
    assert answer["run"]["outcome"]["kind"] == "converged"
    assert re.search(r"The first step with a loss below 10⁻⁶: \d, as asked\.$", answer["said"])


def test_an_answer_that_fails_is_told_what_its_run_did(api):
    answer = api.post(QUIZ, json={"values": {"runs.0.optimizer.lr": 0.1}}).json()
    assert answer["passed"] is False
    assert answer["said"].endswith("The first step with a loss below 10⁻⁶: 38, and asked was below 10.")
    blown = api.post(QUIZ, json={"values": {"runs.0.optimizer.lr": 1.5}}).json()
    assert (blown["passed"], blown["run"]["outcome"]["kind"]) == (False, "diverged")
    assert blown["said"].startswith(blown["run"]["outcome"]["because"])
    assert "none, and asked was below 10" in blown["said"]


@pytest.mark.parametrize(
    ("values", "loc", "words"),
    [
        ({"runs.0.optimizer.lr": -1}, ["values", "runs.0.optimizer.lr"], "must be at least 0, but is -1"),
        ({"runs.0.optimizer.lr": "fast"}, ["values", "runs.0.optimizer.lr"], "must be a number"),
        ({"runs.0.optimizer.lr": [[0.1]]}, ["values", "runs.0.optimizer.lr"], "must be a number"),
        ({"runs.0.optimizer.lr": None}, ["values", "runs.0.optimizer.lr"], "must be a number"),
        ({}, ["values", "runs.0.optimizer.lr"], "is missing"),
        ({"runs.0.optimizer.lr": 0.1, "steps": 9}, ["values", "steps"], "steps is not asked for"),
        ({"runs.0.optimizer.lr.x": 0.1}, ["values", "runs.0.optimizer.lr"], "is missing"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(api, values, loc, words):
    answer = api.post(QUIZ, json={"values": values})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == loc
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("number", ["NaN", "1e400", "-Infinity", "1" * 5000, "[" * 3000 + "]" * 3000])
def test_a_value_that_is_no_number_is_refused(api, number):
    body = f'{{"values": {{"runs.0.optimizer.lr": {number}}}}}'
    answer = api.post(QUIZ, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text


def test_a_question_may_ask_for_several_settings(api):
    def graded(lr, momentum):
        values = {"runs.0.optimizer.lr": lr, "runs.0.optimizer.momentum": momentum}
        return api.post("/api/lessons/momentum/quiz/2", json={"values": values})

    assert graded(0.0075, 0.8).json()["passed"] is True
    told = graded(0.0055, 0.9).json()
    assert (told["passed"], told["run"]["outcome"]["kind"]) == (False, "converged")
    assert (
        "The learning rate at step 0: 0.0055, as asked. What becomes of it: converged, and asked was diverged."
        in told["said"]
    )
    assert graded(0.009, "much").json()["errors"][0]["loc"] == ["values", "runs.0.optimizer.momentum"]


def test_questions_that_are_not_run_say_so(api):
    answer = {"values": {"runs.0.optimizer.lr": 0.1}}
    assert api.post("/api/lessons/how-big-a-step/quiz/1", json=answer).status_code == 422
    assert api.post("/api/lessons/how-big-a-step/quiz/9", json=answer).status_code == 404
    assert api.post("/api/lessons/nowhere/quiz/0", json=answer).status_code == 404


def test_grading_stores_nothing(api):
    before = api.get("/api/experiments").json()["items"]
    api.post(QUIZ, json={"values": {"runs.0.optimizer.lr": 0.3}})
    assert api.get("/api/experiments").json()["items"] == before


def test_every_term_says_where_it_appears(api):
    items = api.get("/api/glossary").json()["items"]
    assert [item["name"] for item in items] == [term.name for term in glossary()]
    lessons = {lesson.slug: lesson.terms for lesson in lessons_in(LESSONS)}
    for item in items:
        assert item["lessons"] == [slug for slug, terms in lessons.items() if item["name"] in terms], item["name"]


def test_set_ups_name_their_kind_as_the_description_demands(api):
    terms = api.get("/api/glossary").json()["items"]
    slugs = [lesson.slug for lesson in lessons_in(LESSONS)]
    presets = [one for slug in slugs for one in api.get(f"/api/lessons/{slug}").json()["presets"]]
    specs = [term["example"] for term in terms if term["example"]] + [preset["spec"] for preset in presets]
    assert len(specs) > len(slugs)
    assert {spec.get("kind") for spec in specs} == {"comparison"}


DRAFTS = {
    "two runs": PARABOLA,
    "one run": PARABOLA | {"runs": [{"start": [1]}]},
    "names with quotes": PARABOLA | {"runs": [{"label": 'a "b" \\ c'}, {"label": "größer 🙂"}]},
    "nulls and lists": PARABOLA
    | {"runs": [{"start": None, "clip_norm": None, "schedule": {"kind": "step", "step_size": 5}}, {}]},
    "seeds and single precision": PARABOLA | {"seeds": 2, "dtype": "float32", "seed": 3},
    "one field varies": PARABOLA | {"vary": [{"field": "run.optimizer.lr", "from": 0.1, "to": 0.9, "n": 3}]},
    "a formula": PARABOLA | {"problem": {"kind": "formula", "text": "x^2 + 3*y^2"}, "runs": [{"start": [1, 2]}] * 2},
    "a network": {
        "problem": {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]},
        "runs": [{"optimizer": {"kind": "adam", "lr": 0.02}, "batch_size": 10}, {"batch_size": None}],
        "steps": 5,
    },
}


@pytest.mark.parametrize("spec", DRAFTS.values(), ids=DRAFTS)
def test_a_draft_is_a_lesson_that_shows_the_same_runs(api, tmp_path, spec):
    answer = api.post("/api/lessons/draft", json={"title": 'A "new" lesson\n\x7f', "spec": spec})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    (tmp_path / "draft.toml").write_text(answer.text, "utf-8")
    lesson = lesson_in(tmp_path / "draft.toml")
    assert lesson.title == 'A "new" lesson\n\x7f'
    (preset,) = lesson.presets
    assert preset.spec == type(preset.spec).model_validate_json(json.dumps(spec))
    runs = api.post("/api/simulate", json=spec).json()["runs"]
    assert [claim.equals for claim in preset.claims] == [run["outcome"]["kind"] for run in runs]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"title": "", "spec": PARABOLA}, ["title"]),
        ({"title": "x", "spec": PARABOLA | {"steps": 0}}, ["spec", "steps"]),
        ({"title": "x", "spec": {"kind": "map"}}, ["spec", "kind"]),
    ],
)
def test_a_draft_of_nothing_is_refused(api, body, loc):
    answer = api.post("/api/lessons/draft", json=body)
    assert answer.status_code == 422
    assert loc in [place["loc"] for place in answer.json()["errors"]]


def modules(svg):
    """Return the dark modules of a code's picture, margin included, as its one path of strokes draws them."""
    root = ET.fromstring(svg)
    size = int(root.get("viewBox").split()[2])
    grid = np.zeros((size, size), bool)
    (path,) = [one for one in root.iter() if one.get("class") == "qrline"]
    x, y = 0.0, 0.0
    for letter, numbers in re.findall(r"([Mmh])([-\d. ]+)", path.get("d")):
        values = [float(one) for one in numbers.split()]
        if letter == "h":
            grid[int(y), int(x) : int(x + values[0])] = True
            x += values[0]
        else:
            x, y = values if letter == "M" else (x + values[0], y + values[1])
    return grid


def test_a_qr_code_is_rows_of_modules_for_a_program_that_draws_it(api):
    answer = api.get("/api/qr", params={"text": "http://localhost:8000/", "format": "txt"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    rows = answer.text.split()
    assert {len(row) for row in rows} == {len(rows)}
    assert set(answer.text) == {"0", "1", "\n"}
    assert rows[4][4:11] == "1111111"  # The upper edge of the first finder, within the margin.
    assert set(rows[3]) == {"0"}


def test_a_code_has_the_marks_that_a_reader_looks_for(api):
    answer = api.get("/api/qr", params={"text": "http://localhost:8000/lessons/ravines"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    grid = modules(answer.text)
    assert not grid[:4].any()
    assert not grid[:, :4].any()
    finder = np.ones((7, 7), bool)
    finder[1:6, 1:6] = False
    finder[2:5, 2:5] = True
    for corner in (grid[4:11, 4:11], grid[4:11, -11:-4], grid[-11:-4, 4:11]):
        np.testing.assert_array_equal(corner, finder)


@pytest.mark.parametrize(("text", "status"), [("", 422), ("a" * 2000, 200), ("a" * 2001, 422)])
def test_what_a_code_can_carry(api, text, status):
    assert api.get("/api/qr", params={"text": text}).status_code == status


def test_a_text_of_too_many_bytes_is_refused():
    with pytest.raises(SpecError, match="more bytes"):
        get_qr("🙂" * 1000)

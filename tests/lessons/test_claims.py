"""Every figure that a lesson claims, and every value in its texts, is that of its runs."""

import asyncio
from functools import cache

import numpy as np
import pytest
from traces import gather

from slalom.catalogue.admission import check_interactive, fits
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.errors import SpecError
from slalom.lessons import LESSONS, Claim, held, lesson_in, lessons_in, said, value_of
from slalom.lessons.checking import checked
from slalom.lessons.lesson import SettingQuestion
from slalom.settings import BY_MODE, Settings

FOUND = lessons_in(LESSONS)


def named(lesson):
    return lesson.slug


@cache
def simulated(spec):
    """Return what POST /api/simulate answers, given JSON."""
    descent = Descent(Comparison.model_validate_json(spec), paced=False)
    blocks = [block for tick in descent for block in tick.blocks]
    runs = []
    for place, (lane, outcome) in enumerate(zip(descent.lanes, descent.outcomes, strict=True)):
        names, columns = gather(blocks, place)
        run = dict(zip(names, columns, strict=True))
        params = [run.pop(name) for name in names if name[0] == "p" and name[1:].isdigit()]
        told = outcome.model_dump(mode="json")
        runs.append({"index": lane.index, **run, "params": np.transpose(params), "outcome": told})
    return {"runs": runs}


async def run(spec):
    return simulated(spec.model_dump_json(by_alias=True))


@pytest.mark.parametrize("lesson", FOUND, ids=named)
def test_everything_that_a_lesson_says_is_so(lesson):
    report = asyncio.run(checked(lesson, run))
    assert [fault.said for fault in report.faults] == [], lesson.slug
    assert report.claims >= len(lesson.presets)


@pytest.mark.parametrize("mode", BY_MODE)
def test_every_server_can_show_every_lesson_at_once(mode):
    settings = Settings(mode=mode, auth=False)
    for lesson in FOUND:
        specs = [part.spec for part in (*lesson.presets, *lesson.quiz) if hasattr(part, "spec")]
        for spec in specs:
            check_interactive(spec, settings)
            fits(spec, settings, interactive=True)


def test_a_wrong_figure_is_told_with_its_lesson_and_the_figure(tmp_path):
    text = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")
    (tmp_path / "wrong.toml").write_text(text.replace("equals = 38\n", "equals = 39\n", 1), "utf-8")
    (fault,) = asyncio.run(checked(lesson_in(tmp_path / "wrong.toml"), run)).faults
    assert fault.loc == ("presets", 0, "claims", 1)
    assert fault.said == "six rates: run.1.reaches.1e-6: 38; it should be 39, within 10⁻⁴ %."


WRONG = {
    "a value that is nowhere": ("{run.5.params.40.0}", "{run.5.parms.40.0}", "nothing called 'run.5.parms.40.0'"),
    "a value that never comes": ("{run.5.params.40.0}", "{run.1.outcome.nonfinite}", "has no value"),
    "an example that fails": ('"runs.0.optimizer.lr" = 0.45', '"runs.0.optimizer.lr" = 0.01', "does not pass"),
    "a question that is answered": ("lr = 0.05 }, start = [-4] }]", "lr = 0.5 }, start = [-4] }]", "passes already"),
    "a term that nobody knows": ('"overshoot", "osc', '"overshot", "osc', "no term 'overshot'"),
}


@pytest.mark.parametrize(("old", "new", "words"), WRONG.values(), ids=WRONG)
def test_what_else_is_not_so_is_told(tmp_path, old, new, words):
    text = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "wrong.toml").write_text(text.replace(old, new), "utf-8")
    (fault,) = asyncio.run(checked(lesson_in(tmp_path / "wrong.toml"), run)).faults
    assert words in fault.said


@pytest.mark.parametrize("lesson", FOUND, ids=named)
def test_answers_to_choose_from_each_have_their_reason(lesson):
    questions = [lesson.notice, *(one for one in lesson.quiz if not isinstance(one, SettingQuestion))]
    assert [one.text for one in questions if len(one.because) != len(one.answers)] == []


RESULT = {
    "runs": [
        {
            "index": 0,
            "loss": [4.0, 2.0, 3.0],
            "lr": [0.1, 0.2, 0.3],
            "params": [[2.0], [1.0], [1.5]],
            "outcome": {"kind": "stalled", "step": 2, "notes": [{"kind": "burst", "values": {"peak": 4.0}}]},
        },
        {
            "index": 0,
            "loss": [4.0, "inf"],
            "params": [[2.0], ["nan"]],
            "outcome": {"kind": "diverged", "step": None, "notes": []},
        },
    ]
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("run.0.loss.last", 3.0),
        ("run.0.loss.least", 2.0),
        ("run.0.loss.most", 4.0),
        ("run.0.loss.settled", 3.0),
        ("run.0.note.burst.peak", 4.0),
        ("run.0.trench", 0.2),
        ("run.1.note.burst.peak", None),
        ("run.0.loss.3", None),
        ("run.0.rises", 1.0),
        ("run.0.reaches.2.5", 1.0),
        ("run.0.reaches.1e-6", None),
        ("run.0.params.1.0", 1.0),
        ("run.0.moved.2.0", -0.5),
        ("run.0.moved.last.0", -0.5),
        ("run.0.moved.3.0", None),
        ("run.0.outcome.kind", "stalled"),
        ("run.1.outcome.step", None),
        ("run.1.loss.last", np.inf),
        ("runs.0.mean.loss.0", 4.0),
        ("runs.0.mean.loss.2", None),
        ("runs.0.mean.loss.last", np.inf),
    ],
)
def test_values_by_their_names(path, value):
    assert value_of(RESULT, path) == value


@pytest.mark.parametrize(
    "path", ["run.7.loss.last", "run.0.lost.last", "run.0.loss", "run.0.loss.next", "run.0.params.0.9"]
)
def test_a_name_of_nothing_is_refused(path):
    with pytest.raises(SpecError, match="nothing called"):
        value_of(RESULT, path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"theory": "2 +"}, "the theory is no arithmetic"),
        ({"theory": "1 / t"}, "the theory 1 / t is no number"),
        ({"theory": "3", "equals": 3}, "and not both"),
    ],
)
def test_a_theory_that_gives_no_number_is_refused(more, words):
    with pytest.raises(ValueError, match=words):
        Claim.model_validate({"value": "run.0.loss.last", **more})


@pytest.mark.parametrize(
    ("claim", "exact", "words"),
    [
        (
            {"value": "run.0.loss.last", "below": 1},
            "run.0.loss.last: 3; it should be below 1.",
            "The loss at the end: 3, and asked was below 1.",
        ),
        ({"value": "run.0.loss.last", "above": 1, "below": 4}, "", "The loss at the end: 3, as asked."),
        (
            {"value": "run.0.reaches.1e-6", "below": 10},
            "run.0.reaches.1e-6: absent; it should be below 10.",
            "The first step with a loss below 10⁻⁶: none, and asked was below 10.",
        ),
        (
            {"value": "run.0.outcome.kind", "equals": "diverged"},
            "run.0.outcome.kind: stalled; it should be diverged.",
            "What becomes of it: stalled, and asked was diverged.",
        ),
        ({"value": "run.0.reaches.1e-6", "absent": True}, "", "The first step with a loss below 10⁻⁶: none, as asked."),
        (
            {"ascending": ["run.0.loss.0", "run.0.loss.1"]},
            "run.0.loss.0, run.0.loss.1: 4, 2; it should be each larger than the one before.",
            "The loss at step 0 and the loss at step 1: 4, 2, and asked was each larger than the one before.",
        ),
        (
            {"value": "run.0.loss.last", "over": "run.0.loss.1", "equals": 1.5},
            "",
            "The loss at the end divided by the loss at step 1: 1.5, as asked.",
        ),
        (
            {"value": "run.0.loss.last", "theory": "4 * (1 - 2 * 0.25)^2", "within": 0.1},
            "run.0.loss.last: 3; it should be 1, within 10 %.",
            "The loss at the end: 3, and asked was 1, within 10 %.",
        ),
        (
            {"value": "run.1.params.1.0", "above": 0},
            "run.1.params.1.0: nan; it should be above 0.",
            "Parameter 1 at step 1: NaN, and asked was above 0.",
        ),
    ],
)
def test_a_claim_in_words(claim, exact, words):
    claim = Claim.model_validate(claim)
    assert (held(claim, RESULT), said(claim, RESULT)) == (exact, words)

"""Every figure that a lesson claims is that of its runs."""

import json
from functools import cache

import numpy as np
import pytest
from traces import gather

from slalom.engine.descent import Descent
from slalom.lessons import LESSONS, held, lessons_in, value_of

FOUND = lessons_in(LESSONS)
PRESETS = [(lesson, preset) for lesson in FOUND for preset in lesson.presets]
SETTINGS = [(lesson, question) for lesson in FOUND for question in lesson.quiz if question.kind == "setting"]


def named(part):
    return str(getattr(part, "slug", None) or getattr(part, "name", None) or part.kind).replace(" ", "-")


@cache
def simulated(spec):
    """Return what POST /api/simulate answers."""
    from slalom.catalogue.experiments.comparison import Comparison

    descent = Descent(Comparison.model_validate_json(spec), paced=False)
    blocks = [block for tick in descent for block in tick.blocks]
    runs = []
    for place, (lane, outcome) in enumerate(zip(descent.lanes, descent.outcomes, strict=True)):
        names, columns = gather(blocks, place)
        run = dict(zip(names, columns.tolist(), strict=True))
        params = [run.pop(name) for name in names if name[0] == "p" and name[1:].isdigit()]
        told = outcome.model_dump(mode="json")
        runs.append({"index": lane.index, **run, "params": np.transpose(params).tolist(), "outcome": told})
    return {"runs": runs}


def result_of(spec):
    return simulated(spec.model_dump_json(exclude_unset=True))


@pytest.mark.parametrize(("lesson", "preset"), PRESETS, ids=named)
def test_runs_do_what_is_claimed_of_them(lesson, preset):
    result = result_of(preset.spec)
    wrong = [said for claim in preset.claims if (said := held(claim, result))]
    assert not wrong, f"{lesson.slug}, {preset.name}: {json.dumps(wrong, indent=1)}"


@pytest.mark.parametrize("lesson", FOUND, ids=named)
def test_every_value_in_the_prose_is_there(lesson):
    specs = {preset.name: preset.spec for preset in lesson.presets}
    for name, path in lesson.placeholders():
        assert value_of(result_of(specs[name]), path) is not None, (name, path)


@pytest.mark.parametrize(("lesson", "question"), SETTINGS, ids=named)
def test_a_setting_passes_by_what_its_run_does(lesson, question):
    def fails(value):
        spec = json.loads(question.spec.model_dump_json(exclude_unset=True))
        *way, last = question.field.split(".")
        part = spec
        for key in way:
            part = part[int(key)] if key.isdigit() else part[key]
        part[last] = value
        result = simulated(json.dumps(spec))
        return [said for claim in question.passes if (said := held(claim, result))]

    assert fails(question.example) == []
    assert [said for claim in question.passes if (said := held(claim, result_of(question.spec)))]

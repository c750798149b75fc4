"""What does not fit in a spec is said in the same words here, by a server and by commands."""

import json
import math

import numpy as np
import pytest
from commanding import slalom

from slalom import simulate
from slalom.errors import SpecError

HILL = {"kind": "parabola"}


def changed(**fields):
    return {"problem": HILL, "runs": [{}]} | fields


def with_rule(**rule):
    return changed(runs=[{"optimizer": rule}])


MISFITS = [
    (changed(problem={"kind": "rosenbrok"}), "problem names no such kind; did you mean 'rosenbrock'? There are: 'par"),
    (with_rule(kind="adm"), "runs.0.optimizer names no such kind; did you mean 'adam'? There are: 'sgd'"),
    (with_rule(kind="zzzz"), "runs.0.optimizer names no such kind; there are: 'sgd'"),
    (with_rule(kind="adam", lrr=1), "runs.0.optimizer.lrr is not a setting here; check its spelling, or leave it out."),
    (with_rule(kind="sgd", lr=math.nan), "runs.0.optimizer.lr must be a finite number."),
    (with_rule(kind="sgd", lr="0.1"), "runs.0.optimizer.lr must be a number, but is text."),
    (changed(stepz=3), "stepz is not a setting here"),
    (changed(steps=0), "steps must be at least 1, but is 0."),
    (changed(steps="many"), "steps must be a whole number, but is text."),
    (changed(runs=[]), "runs needs at least 1 value, but has none."),
    ({"problem": HILL}, "runs is missing."),
    (changed(kind="mapp"), "The spec names no such kind; did you mean 'map'?"),
]


@pytest.mark.parametrize(("spec", "sentence"), MISFITS)
def test_a_spec_is_refused_here_as_by_a_server(spec, sentence, api):
    with pytest.raises(SpecError) as refused:
        simulate(spec)
    assert str(refused.value).startswith(sentence)
    content = json.dumps(spec).replace("NaN", '"nan"')
    answer = api.post("/api/simulate", content=content, headers={"Content-Type": "application/json"}).json()
    assert answer["detail"] == str(refused.value)[:600].replace("The spec", "The request")
    assert tuple(answer["errors"][0]["loc"]) == refused.value.loc


@pytest.mark.parametrize(("spec", "sentence"), [one for one in MISFITS[:-1] if one[0].get("runs")])
def test_a_command_says_the_same(spec, sentence, tmp_path):
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    answer = slalom("run", tmp_path / "spec.json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(sentence)


def test_arrays_and_numbers_of_numpy_are_read():
    spec = {
        "problem": {"kind": "bowl"},
        "runs": [{"optimizer": {"kind": "sgd", "lr": np.float32(0.125)}, "start": np.array([1, 2])}],
        "steps": np.int64(3),
    }
    plain = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.125}, "start": [1, 2]}]}
    assert np.array_equal(simulate(spec)[0].loss, simulate(plain | {"steps": 3})[0].loss)

"""Specs: what is filled in, what varies, and what is refused with a reason."""

import json

import pytest
from pydantic import ValidationError

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import Evidence, Outcome
from slalom.errors import SpecError

PARABOLA = {"problem": {"kind": "parabola"}, "runs": [{}]}


def spec(**changes):
    return Comparison.model_validate(PARABOLA | changes)


def refusal(**changes):
    """Return the reason why a spec is refused."""
    with pytest.raises((ValidationError, SpecError)) as caught:
        Comparison.model_validate_json(json.dumps(PARABOLA | changes)).check_varied()
    if isinstance(caught.value, SpecError):
        return caught.value
    (error,) = caught.value.errors()
    return error.get("ctx", {}).get("error", error["msg"])


def test_a_spec_is_filled_in():
    lane = spec().lanes()[0]
    assert (spec().kind, spec().dtype, spec().seed, spec().seeds, spec().steps) == ("comparison", "float64", 0, 1, 100)
    assert (lane.run.optimizer.kind, lane.run.schedule.kind) == ("sgd", "constant")
    assert lane.start == (-4.0,)
    assert lane.value is None


def test_a_spec_survives_json():
    full = spec(vary=[{"field": "run.optimizer.lr", "from": 1e-3, "to": 1.0, "scale": "log", "n": 3}], seeds=2)
    assert Comparison.model_validate_json(full.model_dump_json(by_alias=True)) == full


def test_lanes_are_runs_by_values_by_seeds():
    full = spec(
        runs=[{"label": "a"}, {"label": "b"}],
        vary=[{"field": "run.optimizer.lr", "values": [0.1, 0.2]}],
        seeds=2,
        seed=2**32 - 1,
    )
    lanes = full.lanes()
    assert full.lane_count == len(lanes) == 8
    assert [(lane.run.label, lane.value, lane.seed) for lane in lanes[:5]] == [
        ("a", 0.1, 2**32 - 1),
        ("a", 0.1, 0),
        ("a", 0.2, 2**32 - 1),
        ("a", 0.2, 0),
        ("b", 0.1, 2**32 - 1),
    ]
    assert [lane.run.optimizer.lr for lane in lanes[:4]] == [0.1, 0.1, 0.2, 0.2]
    assert [lane.index for lane in lanes] == [0] * 4 + [1] * 4


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("run.optimizer.lr", 0.5, lambda lane: lane.run.optimizer.lr),
        ("run.optimizer.momentum", 0.5, lambda lane: lane.run.optimizer.momentum),
        ("run.start.0", 0.5, lambda lane: lane.start[0]),
        ("run.start", [0.5, 1.0], lambda lane: [*lane.start]),
        ("run.schedule.warmup", 5, lambda lane: lane.run.schedule.warmup),
        ("run.schedule", {"kind": "cosine"}, lambda lane: {"kind": lane.run.schedule.kind}),
        ("run.optimizer", {"kind": "adam"}, lambda lane: {"kind": lane.run.optimizer.kind}),
        ("run.clip_norm", 2.0, lambda lane: lane.run.clip_norm),
        ("run.label", "x", lambda lane: lane.run.label),
        ("problem.kappa", 3.0, lambda lane: lane.problem.kappa),
        ("problem", {"kind": "bowl", "kappa": 2.0}, None),
    ],
)
def test_any_field_can_vary(field, value, read):
    vary = [{"field": field, "values": [value]}]
    if read is None:
        assert "no field that can vary" in str(refusal(vary=vary))
        return
    (lane,) = spec(problem={"kind": "bowl"}, vary=vary).lanes()
    assert read(lane) == value


def test_a_typed_formula_and_where_it_is_drawn_can_vary():
    formula = {"kind": "formula", "text": "x**2", "domain": [[-1, 1]]}
    (other,) = spec(problem=formula, vary=[{"field": "problem.text", "values": ["x**4"]}]).lanes()
    (wider,) = spec(problem=formula, vary=[{"field": "problem.domain.0.1", "values": [3.0]}]).lanes()
    assert (other.problem.text, other.problem.domain) == ("x**4", ((-1, 1),))
    assert wider.problem.domain == ((-1, 3),)


def test_one_coordinate_of_the_default_start_can_vary():
    (lane,) = spec(problem={"kind": "bowl"}, vary=[{"field": "run.start.1", "values": [7.0]}]).lanes()
    assert lane.start == (-4.2, 7.0)


@pytest.mark.parametrize(
    ("vary", "reason"),
    [
        ({"field": "run.optimizer.foo", "values": [1]}, "There is no field 'run.optimizer.foo'; what can be chosen"),
        ({"field": "run.start.1", "values": [1]}, "There is no field 'run.start.1'; what can be chosen there: 0."),
        ({"field": "run.optimizer.lr.x", "values": [1]}, "what can be chosen there: nothing."),
        ({"field": "run.optimizer.lr", "values": [-1]}, "run.optimizer.lr = -1 does not fit"),
        ({"field": "run.optimizer.lr", "values": ["1"]}, "run.optimizer.lr = '1' does not fit"),
        ({"field": "run.optimizer.lr", "values": [True]}, "run.optimizer.lr = True does not fit"),
        ({"field": "run.start", "values": [[1.0, 2.0]]}, "start has 2 numbers, but parabola has 1 variables"),
        ({"field": "run.optimizer.lr"}, 'give either "values" or all of "from", "to" and "n"'),
        ({"field": "run.optimizer.lr", "from": 1, "to": 2}, 'give either "values" or all of'),
        ({"field": "run.optimizer.lr", "from": 1, "to": 2, "n": 3, "values": [1]}, 'give either "values" or all of'),
        ({"field": "run.optimizer.lr", "from": 0, "to": 2, "n": 3, "scale": "log"}, "a log scale needs positive ends"),
        ({"field": "run.start.0", "from": -1.7e308, "to": 1.7e308, "n": 3}, "is too wide to be divided"),
        ({"field": "run.label", "values": [10**400]}, "00… does not fit: Input should be a valid string"),
    ],
)
def test_what_cannot_vary_is_refused_with_a_reason(vary, reason):
    assert reason in str(refusal(vary=[vary]))


def test_the_number_of_variables_cannot_vary():
    reason = refusal(
        problem={"kind": "formula", "text": "x**2"}, vary=[{"field": "problem.text", "values": ["x**2", "x*y"]}]
    )
    assert "makes a problem of 2 variables, the experiment has 1" in str(reason)


@pytest.mark.parametrize(
    ("run", "reason", "loc"),
    [
        ({"start": [1.0, 2.0]}, "Give 1 numbers, such as [-4.0]", ("runs", 0, "start")),
        ({"batch_size": 4}, "a parabola has no examples to batch", ("runs", 0, "batch_size")),
    ],
)
def test_parts_that_do_not_fit_are_named(run, reason, loc):
    error = refusal(runs=[run])
    assert isinstance(error, SpecError)
    assert reason in str(error)
    assert error.loc == loc


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 0},
        {"steps": 1.5},
        {"seed": -1},
        {"seed": 2**32},
        {"seeds": 0},
        {"dtype": "float16"},
        {"runs": []},
        {"unknown": 1},
        {"steps": True},
        {"runs": [{"optimizer": {"kind": "sgd", "lr": "0.1"}}]},
        {"runs": [{"noise": -1}]},
        {"runs": [{"clip_norm": 0}]},
        {"runs": [{"start": [float("inf")]}]},
        {"kind": "map"},
    ],
)
def test_other_numbers_and_names_are_refused(changes):
    assert refusal(**changes)


def test_scales_are_even_steps_or_even_ratios():
    linear, log = (
        spec(vary=[{"field": "run.optimizer.lr", "from": 1.0, "to": 100.0, "scale": scale, "n": 3}]).vary[0].points()
        for scale in ("linear", "log")
    )
    assert linear == pytest.approx([1, 50.5, 100])
    assert log == pytest.approx([1, 10, 100])


def test_no_value_of_a_range_lies_beyond_its_ends():
    for low, high in ((2000.0, 2000.0), (0.3, 0.3), (1e-3, 1e3), (1e3, 1e-3), (1e-300, 1.7e308)):
        axis = {"field": "run.optimizer.momentum", "from": low, "to": high, "scale": "log", "n": 9}
        points = spec(vary=[axis]).vary[0].points()
        assert (points[0], points[-1]) == (low, high)
        assert all(min(low, high) <= point <= max(low, high) for point in points)


def test_values_are_not_made_to_find_out_whether_a_spec_is_one():
    huge = spec(vary=[{"field": "run.optimizer.lr", "from": -1, "to": 1, "n": 2**53}])
    assert huge.lane_count == 2**53


def test_an_outcome_has_every_key_and_no_bare_infinity():
    outcome = Outcome(kind="diverged", evidence=Evidence(limit=float("inf"), sharpness=float("nan")))
    assert json.loads(outcome.model_dump_json()) == {
        "kind": "diverged",
        "step": None,
        "first_rise": None,
        "exploded": None,
        "nonfinite": None,
        "because": "",
        "notes": [],
        "evidence": {
            "sharpness": "nan",
            "limit": "inf",
            "lr": None,
            "predicted_growth": None,
            "measured_growth": None,
            "safe_lr": None,
        },
    }


@pytest.mark.parametrize("problem", [{"kind": "parabola"}, {"kind": "network"}], ids=lambda one: one["kind"])
def test_the_seed_can_vary_and_every_value_is_repeated_with_the_next_ones(problem):
    lanes = spec(problem=problem, vary=[{"field": "seed", "values": [7, 0, 2**32 - 1]}], seeds=2).lanes()
    assert [(lane.value, lane.seed) for lane in lanes] == [
        *((7, 7), (7, 8), (0, 0), (0, 1)),
        *((2**32 - 1, 2**32 - 1), (2**32 - 1, 0)),
    ]
    whole = spec(vary=[{"field": "seed", "from": 0, "to": 3, "n": 4}]).lanes()
    assert [(lane.value, lane.seed) for lane in whole] == [(0, 0), (1, 1), (2, 2), (3, 3)]


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, True, "1", None])
def test_a_seed_that_is_none_is_refused(value):
    reason = refusal(vary=[{"field": "seed", "values": [value]}])
    assert f"seed = {value!r} does not fit: give a whole number from 0 to 4294967295." in str(reason)


@pytest.mark.parametrize("field", ["steps", "runs.0.optimizer.lr", "problem", "run", "seed.0", "run.optimizer.lr "])
def test_what_is_no_path_is_told_what_a_path_is(field):
    reason = str(refusal(vary=[{"field": field, "values": [1]}]))
    assert f"is {field!r}, which is no field that can vary. Give a path such as run.optimizer.lr" in reason


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("run.optimizer.kind", "Vary run.optimizer instead, with values such as"),
        ("run.schedule.kind", "Vary run.schedule instead, with values such as"),
        ("problem.kind", "Create one experiment for each."),
    ],
)
def test_a_kind_varies_with_its_settings(field, words):
    error = refusal(vary=[{"field": field, "values": ["adam"]}])
    assert error.loc == ("vary", 0, "field")
    assert words in str(error)


def told(most=32, **changes):
    varied = spec(**changes).varied_runs(most)
    return [(one.index, one.run.optimizer.lr, one.label) for one in varied or ()]


def test_where_nothing_varies_the_runs_are_the_listed_ones():
    assert spec(runs=[{}, {}]).varied_runs(32) is None


def test_a_varied_setting_of_the_optimizer_is_in_every_run_and_needs_no_label():
    vary = [{"field": "run.optimizer.lr", "values": [1.0, 2.0]}]
    assert told(runs=[{}, {}], vary=vary) == [(0, 1, ""), (0, 2, ""), (1, 1, ""), (1, 2, "")]


def test_other_values_and_seeds_are_told_in_the_order_of_the_results():
    vary = [{"field": "run.noise", "values": [None, 0.1]}]
    labels = [label for *_, label in told(seed=3, seeds=2, vary=vary)]
    assert labels == ["noise none, seed 3", "noise none, seed 4", "noise 0.1, seed 3", "noise 0.1, seed 4"]
    assert [label for *_, label in told(vary=[{"field": "seed", "values": [7, 9]}])] == ["seed 7", "seed 9"]


def test_of_many_runs_only_the_first_are_made():
    vary = [{"field": "run.optimizer.lr", "from": 0.1, "to": 1, "n": 10**6}]
    assert len(told(most=5, vary=vary)) == 5


RATE = {"optimizer": {"kind": "sgd", "lr": 0.1}}
RATES = [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 1, 3)]
MOMENTUM, ADAM = {"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9}}, {"optimizer": {"kind": "adam"}}
VARIED = [{"field": "run.optimizer.lr", "values": [1, 2, 3]}]


@pytest.mark.parametrize(
    ("problem", "runs", "vary", "title"),
    [
        ({"kind": "bowl"}, [RATE], [], "Bowl, Gradient descent, lr 0.1"),
        ({"kind": "network", "data": {"kind": "digits"}}, RATES, [], "Digits, 3 rates"),
        ({"kind": "rosenbrock"}, [RATE, MOMENTUM, ADAM], [], "Rosenbrock, Gradient descent, Momentum, Adam"),
        ({"kind": "formula", "text": "x^2 + 10*y^2"}, [RATE | {"label": "mine"}], [], "x^2 + 10*y^2, mine"),
        ({"kind": "bowl"}, [RATE], VARIED, "Bowl, Gradient descent: lr, 3 values"),
    ],
)
def test_an_experiment_is_called_what_people_would_call_it(problem, runs, vary, title):
    assert Comparison.model_validate({"problem": problem, "runs": runs, "vary": vary}).title == title

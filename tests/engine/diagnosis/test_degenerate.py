"""What is said of settings and ground where formulas divide by nothing: all of it is made, and none of it is nan."""

import itertools
import json
import math

import numpy as np
import pytest
from diagnosing import diagnose, sgd

from slalom import unexpected
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.quadratic_model import local_quadratic

NEARLY_ONE = 1 - 2**-53
RATES = (0.0, 1e-320, 0.1, 1.0, 2.05, 1e6, 1e300)
RULES = [
    *(
        {"kind": "sgd", "momentum": m, "dampening": d}
        for m in (0.5, NEARLY_ONE, 1.0, 1.5)
        for d in (0.0, NEARLY_ONE, 1.0)
    ),
    {"kind": "sgd", "momentum": 1.0, "nesterov": True},
    *(
        {"kind": "adam", "beta1": b1, "beta2": b2, "eps": eps}
        for b1 in (0.0, NEARLY_ONE)
        for b2 in (0.0, NEARLY_ONE)
        for eps in (0.0, 1.0)
    ),
    *({"kind": kind} for kind in ("sgd", "newton", "rprop", "nadam", "adamax", "lion", "rmsprop")),
    {"kind": "newton", "damping": 1.0},
]
GROUND = [
    *("0*x", "x", "-x^2", "(x+y)^2", "0.5*(x*y-1)^2", "x^2+0*y", "1e300*x^2", "x^2*1e-320", "1e308*x^2", "x^4", "x^x"),
    *("1/(1+exp(-x))", "abs(x)+y^2", "log(x)", "cosh(x)", "x*y*z", "exp(x*y)"),
]
PROBLEMS = [
    *({"kind": "formula", "text": text} for text in GROUND),
    *({"kind": "quadratic", "eigenvalues": e} for e in ([0.0], [2.0] * 64, [-1.0, 0.0, 1.0], [1e-300, 1e300])),
    {"kind": "regression", "x": [1.0, 1.0, 1.0], "y": [1.0, 2.0, 3.0]},
    *({"kind": kind} for kind in ("absolute_value", "plateau", "monkey_saddle", "ackley")),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda one: one.get("text", one["kind"]))
def test_every_explanation_of_degenerate_runs_is_made(problem, monkeypatch):
    monkeypatch.setattr(unexpected, "_told", set())
    runs = [{"optimizer": rule | {"lr": lr}} for rule, lr in itertools.product(RULES, RATES)]
    for steps, dtype in ((1, "float64"), (25, "float32")):
        descent = Descent(Comparison.model_validate({"problem": problem, "runs": runs, "steps": steps, "dtype": dtype}))
        for _ in descent:
            pass
        for run, outcome in zip(runs, descent.outcomes, strict=True):
            assert "could not be determined" not in outcome.because, run
            assert "nan" not in outcome.because.split(), run
            json.dumps(outcome.model_dump(mode="json"), allow_nan=False)
    assert unexpected._told == set()


@pytest.mark.parametrize("beta", [1.0, 1.5])
def test_momentum_of_one_has_no_noise_floor(beta):
    assert math.isnan(theory.noise_floor_height(0.1, 1.0, beta, np.array([2.0])))


def floor(curvatures, slopes):
    return theory.settled_value(5.0, np.array(curvatures, float), np.array(slopes, float))


def test_the_floor_of_a_quadratic_needs_no_inverse():
    assert floor([2, 8], [2, 4]) == pytest.approx(5 - 1 - 1)
    assert floor([0, 8], [0, 4]) == pytest.approx(5 - 1)
    assert floor([0, 8], [1e-12, 4]) == pytest.approx(5 - 1)
    assert math.isnan(floor([0, 8], [1, 4]))
    assert math.isnan(floor([-1, 8], [0, 4]))
    assert floor([0, 0], [0, 0]) == 5


def test_ground_that_is_singular_but_for_rounding_has_a_flat_direction_and_a_floor():
    problem = Comparison.model_validate({"problem": {"kind": "formula", "text": "0.5*(x*y-1)^2"}, "runs": [{}]}).problem
    found = local_quadratic(problem, np.array([3.0, 1 / 3]), 0.0, 0.0)
    assert found.low == 0
    assert found.high == pytest.approx(9 + 1 / 9)
    assert found.bottom == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize(
    ("text", "start", "lr"),
    [
        ("log(x)", 1.0, 0.1),
        ("sqrt(x)", 1.0, 0.1),
        ("asin(x)", 0.3, 0.5),
        ("x^0.5", 2.0, 0.05),
        ("x^3*log(x)-1/x", 2, 1),
    ],
)
def test_where_the_loss_falls_to_the_edge_of_its_domain_no_smaller_rate_is_advised(text, start, lr):
    found = diagnose(text, sgd(lr), 400, start=[start])
    assert found.outcome["nonfinite"] is not None
    smaller = diagnose(text, sgd(lr / 10), 4000, start=[start])
    ends_too = smaller.outcome["nonfinite"] is not None
    assert found.says("falls all the way to the edge") == ends_too
    assert bool(found.advice) != ends_too


@pytest.mark.parametrize(("text", "start", "lr"), [("x - log(x)", 3.0, 5.0), ("1/x + x - sqrt(x)", 2.0, 8.0)])
def test_where_the_loss_rises_to_the_edge_a_smaller_rate_stays_inside(text, start, lr):
    found = diagnose(text, sgd(lr), 60, start=[start])
    assert found.outcome["nonfinite"] is not None
    (advice,) = found.advice
    assert diagnose(text, sgd(advice["value"]), 400, start=[start]).kind == "converged"


@pytest.mark.parametrize(
    ("problem", "optimizer", "start"),
    [("relu(x)", sgd(0.1), [3.0]), ("monkey_saddle", sgd(0.01), [0.0, 0.0]), ("max(x^2, 1)", sgd(0.1), [3.0])],
)
def test_level_ground_is_said_where_nothing_curves(problem, optimizer, start):
    found = diagnose(problem, optimizer, 100, start=start)
    assert found.kind == "converged"
    assert found.says("level there .λ = 0.: it may be a plateau")


def test_a_valley_of_least_squares_is_no_local_minimum():
    x = [2000.0 + i for i in range(20)]
    problem = {"kind": "regression", "x": x, "y": [1e6 + 5e4 * i for i in range(20)], "scaling": "raw"}
    found = diagnose(problem, sgd(1e-7), 1000)
    assert not found.says("local minimum")
    assert found.says("valley")
    assert found.advised("problem.scaling") == ["standard"] or found.says("scaling 'standard'")
    assert diagnose(problem | {"scaling": "standard"}, sgd(0.1), 200).kind == "converged"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("exp(-x^2-y^2)", [6.0, 6.0]),
        ("-exp(-x^2-y^2)", [6.0, 6.0]),
        ("-exp(-x^2-y^2)", [4.2, 0.0]),
        ("-1/(1+x^2+y^2)", [200.0, 100.0]),
        ("1/(1+exp(-x))", [20.0]),
        ("-cos(x)*cos(y)*exp(-((x-pi)^2+(y-pi)^2))", [-2.0, -2.0]),
    ],
)
def test_the_tail_of_a_hill_or_a_well_is_level_ground_and_no_saddle(text, start):
    found = diagnose(text, sgd(0.1), 100, start=start)
    assert found.kind == "stalled"
    assert found.note_kinds == ["plateau"]
    assert found.says("all but level")
    assert not found.says("saddle|maximum|leads down|noise")
    assert not found.advice


@pytest.mark.parametrize(
    ("text", "lr"),
    [
        ("x^2 - y^2", 0.05),
        ("x^2 + y^4/4 - y^2/2", 0.05),
        ("x^3 - 3*x*y^2 + 1e-3*(x^2 - y^2)", 0.2),
        ("1e3*(x^2 - y^2)", 1e-4),
    ],
)
def test_what_has_a_critical_point_near_is_a_saddle(text, lr):
    found = diagnose(text, sgd(lr), 20_000, start=[0.5, 0.0])
    assert found.kind == "stalled"
    assert found.note_kinds == ["saddle"]


def test_the_way_down_a_round_hill_is_no_ridge():
    found = diagnose("exp(-x^2-y^2)", sgd(0.1), 300, start=[0.5, 0.5])
    assert found.kind == "unfinished"
    assert not found.says("ridge")
    assert diagnose("saddle", sgd(0.1), 10, start=[1.0, 0.0]).says("ridge")

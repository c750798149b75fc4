"""Forecasts of runs on a quadratic, against the runs themselves."""

import math

import numpy as np
import pytest
from diagnosing import changed, diagnose, diagnosis_of, rule, sgd

from slalom.engine.diagnosis.forecast import LOOKED_AFTER, iterated

FORMULA = "x^2 + 3*y^2 + x*y - 4*x + 7"
LINE = {"kind": "regression", "data": "thermometer", "scaling": "tenth"}
RUNS = [
    ("bowl", sgd(0.01), 50),
    ("bowl", sgd(0.16), 20),
    ("booth", sgd(0.005, momentum=0.9), 40),
    ("bowl", sgd(0.001, momentum=0.9, nesterov=True), 50),
    ("bowl", sgd(0.001, momentum=0.5, dampening=0.4), 50),
    ("bowl", rule("newton", 0.05), 50),
    ("bowl", rule("newton", 0.05, damping=2.0), 50),
    ({"kind": "quadratic", "eigenvalues": [0.02, 0.02, 7.0]}, sgd(0.1, momentum=0.8), 10),
    (LINE, sgd(0.001, momentum=0.9), 100),
    (FORMULA, sgd(0.01), 30),
    (FORMULA, sgd(0.01, momentum=0.7, nesterov=True), 30),
    ("(x + y)^2 + 5", sgd(0.001), 60),
]
STARTS = {FORMULA: [3.0, -2.0], "(x + y)^2 + 5": [1.0, 2.0]}


def told(problem, optimizer, steps, **rest):
    start = {"start": STARTS[problem]} if isinstance(problem, str) and problem in STARTS else {}
    return diagnose(problem, optimizer, steps, **start, **rest)


def test_powers_of_the_recursion_are_the_recursion():
    random = np.random.default_rng(3)
    b, c, now, before = random.uniform(-1, 1, (4, 5, 1))
    row, expected = [before, now], []
    for _ in range(40):
        row = [row[1], b * row[1] - c * row[0]]
        expected.append(row[1])
    found = iterated(b, c, now, before, np.arange(1, 41))
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), rtol=1e-9, atol=1e-12)


def test_equal_roots_are_no_exception():
    """z² - 2rz + r²: x[k] = (1 + k) rᵏ from x[0] = 1, x[1] = 2r."""
    r, times = 0.9, np.array([1, 2, 10, 100])
    found = iterated(np.array(2 * r), np.array(r * r), np.array(1.0), np.array(0.0), times)
    np.testing.assert_allclose(found, (1 + times) * r**times, rtol=1e-9)


def test_times_are_whole_and_leave_out_none_of_the_first():
    assert LOOKED_AFTER[:30].tolist() == list(range(1, 31))
    assert (np.diff(LOOKED_AFTER) > 0).all()
    assert (LOOKED_AFTER[1:] / LOOKED_AFTER[:-1])[100:].max() < 1.025


@pytest.mark.parametrize(("problem", "optimizer", "steps"), RUNS)
def test_as_many_steps_are_left_as_are_said(problem, optimizer, steps):
    found = told(problem, optimizer, steps)
    assert found.kind == "unfinished"
    said = found.values["more_steps"]
    end = diagnosis_of(found.spec | {"steps": int(steps + 1.2 * said + 10)})
    assert end.kind == "converged"
    assert end.step - steps == pytest.approx(said, rel=0.03, abs=1)


@pytest.mark.parametrize(("problem", "optimizer", "steps"), RUNS)
def test_a_rate_that_arrives_does_and_a_smaller_one_does_not(problem, optimizer, steps):
    found = told(problem, optimizer, steps)
    arriving = found.values.get("arriving_lr")
    if arriving is None:
        return
    assert diagnosis_of(changed(found.spec, "run.optimizer.lr", arriving)).kind == "converged"
    smaller = diagnosis_of(changed(found.spec, "run.optimizer.lr", 0.99 * arriving))
    assert smaller.kind == "unfinished" or optimizer.get("momentum", 0.0) > 0


def test_rates_that_arrive_are_found_at_all():
    arriving = [told(*run).values.get("arriving_lr") for run in RUNS]
    assert sum(rate is not None for rate in arriving) >= 4


@pytest.mark.parametrize(("decay", "arrives"), [(1e-9, True), (1e-4, False), (0.1, False)])
def test_weight_decay_moves_the_floor_and_a_run_may_never_get_there(decay, arrives):
    """x² + 3y² - 4x is (x - 2)² + ...: decay w pulls x from 2 to 4/(2 + w)."""
    found = diagnose("(x - 2)^2 + 3*y^2", sgd(0.01, weight_decay=decay), 60, start=[3.0, 1.0])
    end = diagnosis_of(found.spec | {"steps": 20_000})
    settles = 4 / (2 + decay)
    assert end.points[-1] == pytest.approx([settles, 0], abs=1e-6)
    said = found.values.get("more_steps")
    assert (end.kind == "converged") == arrives
    assert said == (pytest.approx(end.step - 60, rel=0.03) if arrives else None)


def test_more_than_a_million_steps_are_not_counted():
    found = diagnose("parabola", sgd(1e-9), 50)
    assert "far more than a million" in found.because
    assert "more_steps" not in found.values
    assert not found.advised("steps")


def test_the_end_on_ground_that_is_nearly_a_quadratic_is_counted_too():
    found = diagnose("double_well", sgd(0.001), 600)
    end = diagnosis_of(found.spec | {"steps": 5000})
    assert end.step - 600 == pytest.approx(found.values["more_steps"], rel=0.05)
    assert "arriving_lr" not in found.values


def test_steps_of_one_length_are_counted_by_distance_over_rate():
    found = diagnose("matyas", rule("sign_sgd", 0.01), 300)
    end = diagnosis_of(found.spec | {"steps": 5000})
    far = abs(found.points[-1]).max() / 0.01
    assert found.values["least_steps"] <= far
    assert found.values["least_steps"] == pytest.approx(far, rel=0.2)
    assert math.isclose(end.loss[-1], 0, abs_tol=1e-3)

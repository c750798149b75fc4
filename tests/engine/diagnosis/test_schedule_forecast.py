"""Forecasts along schedules, against the runs themselves."""

import pytest
from diagnosing import diagnose, diagnosis_of, rule, sgd

STRETCHED = ({"kind": "cosine"}, {"kind": "step"}, {"kind": "one_cycle"}, {"kind": "exponential"})
FIXED = (
    {"kind": "constant", "warmup": 20},
    {"kind": "multistep", "milestones": [30, 5000], "gamma": 0.5},
    {"kind": "step", "step_size": 40, "gamma": 0.9},
    {"kind": "linear", "total_iters": 5},
    {"kind": "constant", "factor": 0.5, "total_iters": 10},
)


@pytest.mark.parametrize("schedule", STRETCHED, ids=lambda one: one["kind"])
@pytest.mark.parametrize("optimizer", [sgd(0.05), rule("newton", 0.1)], ids=lambda one: one["kind"])
def test_a_run_as_long_as_said_converges_and_a_shorter_one_does_not(schedule, optimizer):
    found = diagnose("bowl", optimizer, 60, schedule=schedule)
    assert found.kind == "unfinished"
    whole = found.values["steps_in_all"]
    assert diagnosis_of(found.spec | {"steps": int(whole)}).kind == "converged"
    assert diagnosis_of(found.spec | {"steps": int(0.9 * whole)}).kind == "unfinished"


@pytest.mark.parametrize("schedule", FIXED, ids=lambda one: one["kind"])
def test_as_many_steps_are_left_as_are_said(schedule):
    found = diagnose("bowl", sgd(0.02), 60, schedule=schedule)
    assert found.kind == "unfinished"
    more = found.values["more_steps"]
    end = diagnosis_of(found.spec | {"steps": int(60 + 1.2 * more + 10)})
    assert end.kind == "converged"
    assert end.step - 60 == pytest.approx(more, rel=0.03, abs=1)


def test_a_rate_that_falls_too_fast_is_told():
    found = diagnose("bowl", sgd(0.02), 60, schedule={"kind": "exponential", "gamma": 0.9})
    assert found.says("falls too fast")
    assert diagnosis_of(found.spec | {"steps": 20_000}).kind != "converged"


def test_nothing_is_said_where_the_loss_decides_the_rate():
    found = diagnose("bowl", sgd(0.02), 60, schedule={"kind": "plateau"})
    assert "steps_in_all" not in found.values

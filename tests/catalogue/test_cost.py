"""Estimates follow what is computed: counted operations, more of everything costs more, and nothing is forgotten."""

import json

import numpy as np
import pytest

from slalom.catalogue.cost import CALL_WORK, on_surface, seconds
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.formula import parse
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS

SURFACES = [kind for kind in PROBLEMS if not kind.is_network]
EIGHT = " + ".join(f"x{i}**4" for i in range(1, 9))


class Counted(np.ndarray):
    """Numbers that count how many array functions are called with them."""

    calls = 0

    def __array_ufunc__(self, function, method, *inputs, out=None, **given):
        Counted.calls += 1
        bare = [value.view(np.ndarray) if isinstance(value, Counted) else value for value in inputs]
        if out is not None:
            given["out"] = tuple(value.view(np.ndarray) for value in out)
        return np.asarray(getattr(function, method)(*bare, **given)).view(Counted)


def counted(call, *given):
    Counted.calls = 0
    with np.errstate(all="ignore"):
        result = call(*given)
    return result, Counted.calls


@pytest.mark.parametrize("kind", [kind for kind in OPTIMIZERS if not kind.uses_hessian], ids=lambda k: k.__name__)
def test_a_rule_says_how_many_operations_it_takes(kind):
    rule, p = kind.model_validate({}), np.ones((2, 1)).view(Counted)
    state = rule.init(p, np)
    for _ in range(3):
        (_, state), calls = counted(rule.step, p, p, state, np.full(1, 0.1), np)
    assert calls <= rule.operations <= 2 * calls + 3


@pytest.mark.parametrize("kind", SURFACES, ids=lambda k: k.__name__)
def test_a_problem_says_how_many_operations_it_takes(kind):
    problem = kind.model_validate({})
    p = np.array(problem.start, float)[:, None].view(Counted)
    _, calls = counted(problem.functions(np).slope, p)
    assert 0.5 * calls - 3 <= problem.effort.calls <= 2 * calls + 8


def test_slow_functions_count_as_many():
    fast, slow = parse("x*x").effort, parse("sin(x)").effort
    assert slow.calls == fast.calls
    assert slow.numbers == 10 * fast.numbers


def work(**fields):
    spec = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 100} | fields
    return on_surface(SPEC.validate_json(json.dumps(spec)))


def rule(kind, **settings):
    return [{"optimizer": {"kind": kind, **settings}}]


def test_more_of_everything_costs_more():
    growing = [
        work(),
        work(runs=rule("adam")),
        work(runs=rule("newton")),
        work(problem={"kind": "formula", "text": EIGHT}, runs=rule("newton")),
        work(problem={"kind": "quadratic", "eigenvalues": [1.0] * 64}, runs=rule("newton")),
    ]
    assert growing == sorted(set(growing))
    assert work() < work(runs=[{"noise": 0.1}]) < work(runs=[{"noise": 0.1, "schedule": {"kind": "plateau"}}])
    few, many = ({"kind": "regression", "x": [*range(n)], "y": [*range(n)]} for n in (10, 5000))
    assert work(problem=many) > 2 * work(problem=few)


def test_steps_and_runs_are_paid_for_but_runs_together_cost_less_than_alone():
    assert work(steps=100_000) == pytest.approx(1000 * work(), rel=0.5)
    assert 1.01 * work() < work(seeds=64) < 64 * work()
    apart = [{"field": "problem.kappa", "from": 1.0, "to": 2.0, "n": 64}]
    assert work(seeds=64) + 50 * 100 * CALL_WORK < work(vary=apart)


def test_runs_of_one_kind_are_stepped_together_and_others_are_not():
    alike = work(runs=[{"optimizer": {"kind": "adam", "lr": lr}} for lr in (0.1, 0.2)])
    unlike = work(runs=rule("adam") + rule("adamax"))
    assert alike < work(runs=rule("adam", beta1=0.0) + rule("adam"))
    assert alike < unlike


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"steps": 40}, 0, 0.01),
        ({"steps": 100_000}, 0.5, 3),
        ({"steps": 1000, "runs": rule("newton"), "problem": {"kind": "formula", "text": EIGHT}}, 0.05, 0.6),
        ({"steps": 30, "seeds": 4096}, 0.8, 5),
    ],
)
def test_estimates_are_of_the_right_size(fields, low, high):
    assert low < seconds(work(**fields)) < high

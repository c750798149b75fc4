"""A range test is one run whose rate climbs, and a spec like any other."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from slalom.catalogue.admission import check, check_interactive, fits
from slalom.catalogue.cost import of_networks
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.range_test import TRIED, VERIFIED, RangeTest
from slalom.errors import LimitExceeded, SpecError
from slalom.settings import Settings

RANGE = {"kind": "range_test", "problem": {"kind": "regression", "data": "thermometer", "scaling": "tenth"}}


def spec(**changes):
    return SPEC.validate_json(json.dumps(RANGE | changes))


def refusal(**changes):
    with pytest.raises(ValidationError) as caught:
        spec(**changes)
    (error,) = caught.value.errors()
    return error["ctx"]["error"]


def test_a_spec_is_a_comparison_unless_it_says_what_it_is():
    assert SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [{}]}).kind == "comparison"
    assert isinstance(spec(), RangeTest)
    with pytest.raises(ValidationError, match="'comparison', 'range_test'"):
        spec(kind="ranch_test")


def test_a_range_test_is_filled_in_and_survives_json():
    full = spec(run={"optimizer": {"kind": "sgd", "lr": 5.0, "momentum": 0.9}}, seeds=3, seed=2**32 - 2)
    assert (full.lr_from, full.lr_to, full.steps, full.dtype) == (1e-5, 1.0, 1000, "float64")
    assert SPEC.validate_json(full.model_dump_json(by_alias=True)) == full
    lanes = full.lanes()
    assert full.lane_count == len(lanes) == 3
    assert [lane.seed for lane in lanes] == [2**32 - 2, 2**32 - 1, 0]
    assert {lane.run.optimizer.lr for lane in lanes} == {1e-5}
    assert lanes[0].run.optimizer.momentum == 0.9
    assert spec(problem={"kind": "network", "data": {"kind": "moons"}}).dtype == "float32"


@pytest.mark.parametrize(("low", "high", "n"), [(1e-5, 1.0, 1000), (1e-5, 1.0, 100), (3e-4, 7.0, 65), (0.1, 0.2, 2)])
def test_the_rate_of_every_update_is_numpys_grid(low, high, n):
    (lane,) = spec(lr_from=low, lr_to=high, steps=n).lanes()
    rates = lane.run.schedule.rates(lane.run.optimizer.lr, 0, n, n)
    assert rates[1:-1].tolist() == (10 ** np.linspace(np.log10(low), np.log10(high), n))[1:-1].tolist()
    assert (rates[0], rates[-1]) == (low, high)


def test_a_range_that_does_not_climb_is_refused():
    assert spec(lr_from=0.1, lr_to=0.1001).steps == 1000
    for lr_from in (0.1, 0.2):
        error = refusal(lr_from=lr_from, lr_to=0.1)
        assert isinstance(error, SpecError)
        assert error.loc == ("lr_to",)
        assert "has to climb" in str(error)


def test_a_schedule_of_its_own_is_refused():
    assert spec(run={"schedule": {"kind": "constant"}}).run.schedule.kind == "constant"
    assert refusal(run={"schedule": {"kind": "cosine"}}).loc == ("run", "schedule")
    assert refusal(run={"schedule": {"kind": "constant", "warmup": 3}}).loc == ("run", "schedule")


def test_the_run_must_suit_the_problem():
    assert refusal(run={"start": [1.0]}).loc == ("run", "start")
    assert refusal(run={"batch_size": 4}).loc == ("run", "batch_size")


CASES = [
    ("steps", 50, lambda n: spec(steps=n)),
    ("lanes", 6, lambda n: spec(seeds=n)),
    ("experiment_numbers", 8 * 21, lambda n: spec(steps=n // 8 - 1)),
]


@pytest.mark.parametrize(("name", "limit", "make"), CASES, ids=[case[0] for case in CASES])
def test_a_range_test_may_be_as_large_as_the_limit(name, limit, make):
    settings = Settings.model_validate({name: limit})
    step = 8 if "numbers" in name else 1
    check(make(limit - step), settings)
    check(make(limit), settings)
    with pytest.raises(LimitExceeded) as refused:
        check(make(limit + step), settings)
    assert (refused.value.value, refused.value.setting) == (limit + step, f"SLALOM_{name.upper()}")


def test_a_range_test_at_once_has_a_budget():
    verified = TRIED * VERIFIED * 2  # with both seeds
    settings = Settings(simulate_run_steps=80 + verified)
    for steps in (39, 40):
        check_interactive(spec(steps=steps, seeds=2), settings)
    with pytest.raises(LimitExceeded, match="POST /api/experiments"):
        check_interactive(spec(steps=41, seeds=2), settings)


def test_of_a_network_what_verifies_the_suggestions_counts_as_well():
    test = spec(problem={"kind": "network", "data": {"kind": "moons", "n": 100}}, steps=40, seeds=9)
    blueprint, n = test.problem.blueprint(test.problem.examples()), len(test.problem.examples().inputs)
    verification = test.verification([1.0] * TRIED)
    assert (verification.lane_count, verification.steps) == (22 * 8, 300)
    needed = of_networks(test, blueprint, [n] * 9, n) + of_networks(verification, blueprint, [n] * 22 * 8, n)
    for limit in (needed + 1, needed):
        fits(test, Settings(simulate_work=limit), interactive=True)
    with pytest.raises(LimitExceeded, match="POST /api/experiments"):
        fits(test, Settings(simulate_work=needed - 1), interactive=True)


def test_a_batch_larger_than_the_data_is_refused_where_the_spec_has_it():
    data = {"kind": "network", "data": {"kind": "moons", "n": 100}}
    n = len(spec(problem=data).problem.examples().inputs)
    fits(spec(problem=data, run={"batch_size": n}), Settings())
    with pytest.raises(SpecError) as refused:
        fits(spec(problem=data, run={"batch_size": n + 1}), Settings())
    assert refused.value.loc == ("run", "batch_size")

"""Every limit lets pass what is at it, and refuses what is above it with the numbers and the setting."""

import pytest

from slalom.catalogue.experiment import Comparison
from slalom.catalogue.limits import check, check_interactive, numbers, table
from slalom.errors import LimitExceeded
from slalom.settings import Limits, Settings


def spec(runs=1, **fields):
    return Comparison.model_validate_json(
        Comparison.model_validate({"problem": {"kind": "parabola"}, "runs": [{}] * runs, **fields}).model_dump_json(
            by_alias=True
        )
    )


CASES = [
    ("runs", 3, lambda n: spec(runs=n)),
    ("steps", 50, lambda n: spec(steps=n)),
    ("lanes", 6, lambda n: spec(seeds=n)),
    ("experiment_numbers", 7 * 21, lambda n: spec(steps=n // 7 - 1)),
]
ONCE = [
    ("simulate_run_steps", 40, lambda n: spec(steps=n)),
    ("simulate_numbers", 7 * 21, lambda n: spec(steps=n // 7 - 1)),
]


@pytest.mark.parametrize(("name", "limit", "make"), CASES, ids=[case[0] for case in CASES])
def test_an_experiment_may_be_as_large_as_the_limit(name, limit, make):
    settings = Settings.model_validate({name: limit})
    step = 7 if "numbers" in name else 1
    check(make(limit - step), settings)
    check(make(limit), settings)
    with pytest.raises(LimitExceeded) as refused:
        check(make(limit + step), settings)
    error = refused.value
    assert (error.limit, error.value, error.setting) == (limit, limit + step, f"SLALOM_{name.upper()}")
    assert f"{limit + step:,}" in str(error)


@pytest.mark.parametrize(("name", "limit", "make"), ONCE, ids=[case[0] for case in ONCE])
def test_a_simulation_may_be_as_large_as_the_limit(name, limit, make):
    settings = Settings.model_validate({name: limit})
    step = 7 if "numbers" in name else 1
    check_interactive(make(limit - step), settings)
    check_interactive(make(limit), settings)
    with pytest.raises(LimitExceeded, match="POST /api/experiments") as refused:
        check_interactive(make(limit + step), settings)
    assert refused.value.value == limit + step


def test_the_budget_is_two_million_steps_and_one_million_numbers():
    assert (Settings().simulate_run_steps, Settings().simulate_numbers) == (2_000_000, 1_000_000)


def test_every_mth_entry_makes_the_answer_smaller_but_not_the_work():
    large = spec(steps=200_000)
    with pytest.raises(LimitExceeded, match=r"\?every=m"):
        check_interactive(large, Settings())
    check_interactive(large, Settings(), every=2)
    assert numbers(large, 2) == 100_001 * 8
    with pytest.raises(LimitExceeded):
        check_interactive(large, Settings(simulate_run_steps=199_999), every=1000)


def test_variation_is_counted_before_anything_is_expanded():
    vary = [{"field": "run.optimizer.lr", "from": 0.1, "to": 1.0, "n": 10**15}]
    huge = Comparison.model_validate({"problem": {"kind": "parabola"}, "runs": [{}], "vary": vary})
    with pytest.raises(LimitExceeded) as refused:
        check(huge, Settings())
    assert refused.value.value == 10**15


def test_every_limit_is_listed_with_its_environment_variable():
    listed = table(Settings(steps=5))
    assert listed.keys() == Limits.model_fields.keys()
    assert listed["steps"] == {"value": 5, "setting": "SLALOM_STEPS"}

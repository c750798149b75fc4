"""Every limit lets pass what is at it, and refuses what is above it with the numbers and the setting."""

import json

import pytest

from slalom.catalogue.admission import check, check_cell, check_interactive, fits
from slalom.catalogue.cost import CORE_SHARED, RATE, estimate, on_surface
from slalom.catalogue.datasets.base import UserFile
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.range_test import TRIED
from slalom.catalogue.optimizers import Newton
from slalom.errors import LimitExceeded, SpecError
from slalom.settings import Limits, Settings, limits_table

NEWTON = Newton()


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
    assert large.recorded_numbers(2) == 100_001 * 8
    with pytest.raises(LimitExceeded):
        check_interactive(large, Settings(simulate_run_steps=199_999), every=1000)


PARTS = [
    spec(steps=100),
    spec(steps=30, runs=3, problem={"kind": "quadratic"}, seeds=2),
    SPEC.validate_python({"kind": "range_test", "problem": {"kind": "bowl"}, "steps": 50}),
]


@pytest.mark.parametrize("asked", PARTS, ids=lambda asked: asked.kind)
def test_a_surface_to_be_answered_at_once_may_take_as_much_work_as_the_limit(asked):
    work = check_interactive(asked, Settings())
    parts = [asked, asked.verification([0.1] * TRIED)] if asked.kind == "range_test" else [asked]
    assert work == sum(map(on_surface, parts))
    for limit in (work + 1, work):
        assert check_interactive(asked, Settings(simulate_surface_work=limit)) == work
    with pytest.raises(LimitExceeded, match="POST /api/experiments") as refused:
        check_interactive(asked, Settings(simulate_surface_work=work - 1))
    error = refused.value
    assert (error.value, error.limit, error.setting) == (work, work - 1, "SLALOM_SIMULATE_SURFACE_WORK")


def test_simple_runs_may_take_all_the_steps_that_a_simulation_may():
    for kind in ("parabola", "bowl", "rosenbrock"):
        most = spec(problem={"kind": kind}, runs=2, steps=1_000_000)
        assert check_interactive(most, Settings(), every=1000) <= Settings().simulate_surface_work


def test_newton_on_many_variables_is_refused_however_few_numbers_are_wanted():
    text = " + ".join(f"x{i}**4" for i in range(1, 9))
    large = spec(problem={"kind": "formula", "text": text}, runs=2, steps=1_000_000)
    large = large.model_copy(update={"runs": [run.model_copy(update={"optimizer": NEWTON}) for run in large.runs]})
    with pytest.raises(LimitExceeded, match="POST /api/experiments") as refused:
        check_interactive(large, Settings(), every=1000)
    assert refused.value.setting == "SLALOM_SIMULATE_SURFACE_WORK"
    assert refused.value.value > 2 * refused.value.limit


def test_a_cell_may_take_as_much_work_as_a_simulation():
    kinds = (({"kind": "bowl"}, 1, "simulate_surface_work"), (NETWORK["problem"], 4, "simulate_work"))
    for problem, tile, name in kinds:
        vary = [{"field": f"run.optimizer.{name}", "values": [0.1, 0.2]} for name in ("lr", "momentum")]
        chart = SPEC.validate_python({"kind": "map", "problem": problem, "vary": vary, "steps": 50})
        work = check_cell(chart, 1, Settings())
        alone = chart.alone(1)
        once = fits(alone, Settings(), interactive=True) if alone.problem.is_network else on_surface(alone)
        assert once <= work <= tile * once  # A tile of networks shares its calls.
        assert check_cell(chart, 1, Settings(**{name: work})) == work
        with pytest.raises(LimitExceeded, match="POST /api/experiments"):
            check_cell(chart, 1, Settings(**{name: work - 1}))


def test_variation_is_counted_before_anything_is_expanded():
    vary = [{"field": "run.optimizer.lr", "from": 0.1, "to": 1.0, "n": 10**15}]
    huge = Comparison.model_validate({"problem": {"kind": "parabola"}, "runs": [{}], "vary": vary})
    with pytest.raises(LimitExceeded) as refused:
        check(huge, Settings())
    assert refused.value.value == 10**15


def test_every_limit_is_listed_with_its_environment_variable():
    listed = limits_table(Settings(steps=5))
    assert listed.keys() == Limits.model_fields.keys()
    assert listed["steps"] == {"value": 5, "setting": "SLALOM_STEPS"}


# Networks

NETWORK = {"problem": {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]}, "runs": [{}], "steps": 10}
D = 2 * 4 + 4 + 4 * 2 + 2


def training(**fields):
    return Comparison.model_validate_json(json.dumps(NETWORK | fields))


def test_a_surface_always_fits():
    fits(spec(), Settings(network_parameters=1, training_numbers=1, simulate_work=1), interactive=True)


@pytest.mark.parametrize("size", [1, 39, 40])
@pytest.mark.parametrize("batches", ["shuffled", "drawn"])
def test_a_batch_may_have_all_examples(size, batches):
    fits(training(runs=[{"batch_size": size, "batches": batches}]), Settings())


def test_a_batch_of_more_examples_than_there_are_is_refused():
    with pytest.raises(SpecError, match="batch_size is 41, but there are 40 examples to train on") as refused:
        fits(training(runs=[{"batch_size": 40}, {"batch_size": 41}]), Settings())
    assert refused.value.loc == ("runs", 1, "batch_size")
    with pytest.raises(SpecError, match="batch_size is 41") as refused:
        fits(training(vary=[{"field": "run.batch_size", "values": [8, 41]}]), Settings())
    assert refused.value.loc == ("vary", 0, "values")


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("network_parameters", D, {"seeds": 9}),
        ("training_numbers", 6 * D, {"seeds": 3, "runs": [{}, {}]}),
    ],
)
def test_a_network_may_be_as_large_as_the_limit(name, value, fields):
    asked = training(**fields)
    for limit in (value + 1, value):
        fits(asked, Settings.model_validate({name: limit}))
    with pytest.raises(LimitExceeded, match=f"SLALOM_{name.upper()}") as refused:
        fits(asked, Settings.model_validate({name: value - 1}))
    assert (refused.value.value, refused.value.limit) == (value, value - 1)


def test_a_network_to_be_answered_at_once_may_take_as_much_work_as_the_limit():
    asked = training(runs=[{}, {"batch_size": 8}], seeds=2)
    blueprint = asked.problem.blueprint(asked.problem.examples())
    groups = [estimate(blueprint, asked.dtype, 2, size, 40, 40) for size in (40, 8)]
    looks = 4  # after 1, 2, 4 and 8 updates
    whole = sum(10 * one.step + looks * (one.losses + one.sharpness) for one in groups)
    needed = fits(asked, Settings(), interactive=True)
    assert needed == pytest.approx(RATE * CORE_SHARED * whole)
    for limit in (needed + 1, needed):
        fits(asked, Settings(simulate_work=limit), interactive=True)
    fits(asked, Settings(simulate_work=1))
    with pytest.raises(LimitExceeded, match="POST /api/experiments") as refused:
        fits(asked, Settings(simulate_work=needed - 1), interactive=True)
    assert refused.value.value == needed


def test_what_is_asked_of_a_preview_and_what_is_not():
    fits(training(steps=1000), Settings(), interactive=True)
    character = {"kind": "character"}
    fits(training(problem=character, runs=[{"batch_size": 32}], steps=1000), Settings(), interactive=True)
    with pytest.raises(LimitExceeded):
        fits(training(problem=character, steps=100), Settings(), interactive=True)


def test_the_numbers_of_a_trace_count_the_columns_of_networks():
    assert training(steps=9).recorded_numbers() == 10 * len(training().problem.columns) == 10 * 18


TABLE = b"1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,0,a\n"


def test_data_that_are_missing_or_do_not_suit_are_refused():
    limits_table = {"kind": "network", "data": {"kind": "csv", "id": "d1"}}
    with pytest.raises(SpecError, match="There is no data"):
        fits(training(problem=limits_table), Settings())
    fits(training(problem=limits_table), Settings(), lambda _: UserFile(TABLE))
    small = limits_table | {"hidden": [3]}
    fits(training(problem=small, runs=[{"batch_size": 16}]), Settings(), lambda _: UserFile(TABLE))
    with pytest.raises(SpecError, match="Choose mse") as refused:
        fits(training(problem={"kind": "network", "data": {"kind": "chebyshev"}, "loss": "softmax"}), Settings())
    assert refused.value.loc == ("problem", "loss")


@pytest.mark.parametrize("count", [21, 22, 23])
def test_a_network_is_given_all_of_its_parameters_or_none(count):
    given = SPEC.validate_python(NETWORK | {"runs": [{}, {"start": [0.5] * count}]})
    if count == 22:
        assert fits(given, Settings()) == 0
        return
    with pytest.raises(SpecError, match=f"start has {count} numbers, but this network has 22 parameters") as refused:
        fits(given, Settings())
    assert refused.value.loc == ("runs", 1, "start")

"""Specs of networks: what is filled in, what may vary between runs, and what is refused with a reason."""

import json

import pytest
from pydantic import ValidationError

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import SpecError

MOONS = {"problem": {"kind": "network"}, "runs": [{}]}
NAMES = {"problem": {"kind": "character"}, "runs": [{}]}


def spec(given=MOONS, **changes):
    return Comparison.model_validate_json(json.dumps(given | changes))


def refusal(given=MOONS, **changes):
    """Return the SpecError with which a spec is refused."""
    with pytest.raises((ValidationError, SpecError)) as caught:
        spec(given, **changes).check_varied()
    if isinstance(caught.value, SpecError):
        return caught.value
    (error,) = caught.value.errors()
    return error["ctx"]["error"]


def varied(field, *values, given=MOONS):
    return spec(given, vary=[{"field": field, "values": list(values)}]).lanes()


@pytest.mark.parametrize("given", [MOONS, NAMES], ids=["network", "character"])
def test_networks_are_single_precision_unless_asked_otherwise(given):
    assert spec(given).dtype == "float32"
    assert spec(given, dtype="float64").dtype == "float64"
    assert spec(problem={"kind": "bowl"}).dtype == "float64"
    as_models = {"problem": spec(given).problem, "runs": spec(given).runs}
    assert Comparison.model_validate(as_models).dtype == "float32"


def test_what_else_is_filled_in():
    run = spec().runs[0]
    assert (spec().device, run.batches, run.batch_size) == ("auto", "shuffled", None)
    for device in ("cpu", "cuda"):
        assert spec(device=device).device == device


def test_a_spec_survives_json():
    full = spec(
        problem={"kind": "network", "data": {"kind": "digits"}, "hidden": [32, 8], "init_seed": 3},
        runs=[{"batch_size": 64, "batches": "drawn"}],
        vary=[{"field": "run.batch_size", "from": 1, "to": 64, "scale": "log", "n": 7}],
        device="cpu",
    )
    assert Comparison.model_validate_json(full.model_dump_json(by_alias=True)) == full


@pytest.mark.parametrize(
    ("field", "values", "read"),
    [
        ("run.batch_size", [8, 64, None], lambda lane: lane.run.batch_size),
        ("run.batches", ["drawn", "shuffled"], lambda lane: lane.run.batches),
        ("problem.init_scale", [0.5, 2.0], lambda lane: lane.problem.init_scale),
        ("problem.init_seed", [0, 7, None], lambda lane: lane.problem.init_seed),
        ("problem.init", ["naive", "kaiming"], lambda lane: lane.problem.init),
        ("run.optimizer.lr", [0.1, 0.2], lambda lane: lane.run.optimizer.lr),
        ("run.optimizer.momentum", [0.0, 0.9], lambda lane: lane.run.optimizer.momentum),
        ("run.schedule.warmup", [0, 5], lambda lane: lane.run.schedule.warmup),
        ("run.clip_norm", [1.0, None], lambda lane: lane.run.clip_norm),
    ],
)
@pytest.mark.parametrize("given", [MOONS, NAMES], ids=["network", "character"])
def test_what_may_vary(given, field, values, read):
    assert [read(lane) for lane in varied(field, *values, given=given)] == values


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        (MOONS, "problem.hidden.0", 17),
        (MOONS, "problem.hidden", [16, 16]),
        (MOONS, "problem.activation", "relu"),
        (MOONS, "problem.loss", "mse"),
        (MOONS, "problem.data.seed", 1),
        (MOONS, "problem.data.n", 999),
        (MOONS, "problem.data", {"kind": "xor"}),
        (NAMES, "problem.context", 4),
        (NAMES, "problem.embedding", 4),
        (NAMES, "problem.data.validation", 0.2),
    ],
)
def test_runs_of_one_experiment_share_their_network_and_their_data(given, field, value):
    error = refusal(given, vary=[{"field": field, "values": [value]}])
    assert error.loc == ("vary", 0, "values")
    assert f"{field} = {value!r} makes another network" in str(error)
    assert "share its layers, its data and its loss. Vary problem.init, problem.init_scale" in str(error)


def test_a_value_that_is_the_present_one_is_no_other_network():
    assert len(varied("problem.hidden.0", 16)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run.batch_size", 0),
        ("run.batch_size", 8.0),
        ("run.batch_size", "8"),
        ("run.batch_size", True),
        ("problem.init_scale", 0),
        ("problem.init_seed", -1),
        ("problem.init_seed", 2**32),
        ("problem.init", "zeros"),
    ],
)
def test_values_that_do_not_fit_are_refused(field, value):
    error = refusal(vary=[{"field": field, "values": [value]}])
    assert f"{field} = {value!r} does not fit" in str(error)


def test_a_range_of_whole_numbers_is_rounded():
    def values(**ends):
        return [(lane.value, lane.run.batch_size) for lane in spec(vary=[{"field": "run.batch_size", **ends}]).lanes()]

    assert values(**{"from": 1, "to": 256, "n": 9, "scale": "log"}) == [(2**i, 2**i) for i in range(9)]
    assert values(**{"from": 10, "to": 11, "n": 3}) == [(10, 10), (10, 10), (11, 11)]
    (lane, _) = spec(vary=[{"field": "run.optimizer.lr", "from": 1, "to": 2, "n": 2}]).lanes()
    assert isinstance(lane.run.optimizer.lr, float)


@pytest.mark.parametrize(
    ("run", "reason", "loc"),
    [
        ({"start": [0.5] * 10_001}, "start has 10,001 numbers; of a network at most 10,000 parameters", "start"),
        ({"optimizer": {"kind": "newton"}}, "The optimizer is newton, which needs the whole Hessian", "optimizer"),
    ],
)
def test_a_run_that_does_not_suit_a_network_is_named(run, reason, loc):
    error = refusal(runs=[{}, run])
    assert isinstance(error, SpecError)
    assert reason in str(error)
    assert error.loc[:3] == ("runs", 1, loc)


def test_a_varied_optimizer_is_checked_like_any_other():
    error = refusal(vary=[{"field": "run.optimizer", "values": [{"kind": "adam"}, {"kind": "newton"}]}])
    assert "needs the whole Hessian" in str(error)


def test_a_surface_is_not_computed_on_a_graphics_card():
    error = refusal(problem={"kind": "bowl"}, device="cuda")
    assert error.loc == ("device",)
    assert spec(problem={"kind": "bowl"}, device="cpu").device == "cpu"


@pytest.mark.parametrize(
    "changes",
    [
        {"device": "gpu"},
        {"device": None},
        {"runs": [{"batch_size": 0}]},
        {"runs": [{"batch_size": 8.5}]},
        {"runs": [{"batches": "all"}]},
        {"problem": {"kind": ["network"]}},
        {"problem": ["network"]},
        {"dtype": None},
    ],
    ids=str,
)
def test_other_numbers_and_names_are_refused(changes):
    with pytest.raises(ValidationError):
        spec(**changes)


def test_a_penalty_on_weights_is_for_networks():
    assert spec(runs=[{"l1": 0.0}, {"l1": 0.1}]).runs[1].l1 == 0.1
    error = refusal(problem={"kind": "bowl"}, runs=[{}, {"l1": 0.1}])
    assert error.loc == ("runs", 1, "l1")
    assert "write + 0.1*abs(x)" in str(error)


def test_a_typed_factor_is_checked_over_the_steps_of_the_run():
    falling = [{"schedule": {"kind": "lambda", "lr_lambda": "1 - t/50"}}]
    assert spec(runs=falling, steps=51).runs[0].schedule.kind == "lambda"
    error = refusal(runs=falling, steps=52)
    assert error.loc == ("runs", 0, "schedule", "lr_lambda")
    assert "At t = 51 the factor is -0.02" in str(error)


@pytest.mark.parametrize("count", [1, 9_999, 10_000])
def test_as_many_parameters_as_are_allowed_can_be_given(count):
    assert len(spec(runs=[{"start": [0.5] * count}]).runs[0].start) == count


def test_one_number_of_a_start_can_vary_where_all_are_given():
    given = {"runs": [{"start": [0.5] * 10_000}], "vary": [{"field": "run.start.9999", "values": [1.0, 2.0]}]}
    assert [lane.run.start[-1] for lane in spec(**given).lanes()] == [1.0, 2.0]
    error = refusal(vary=[{"field": "run.start.0", "values": [1.0]}])
    assert "Give all of them as start" in str(error)

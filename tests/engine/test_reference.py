"""The thermometer (docs/reference.md) and lessons, number by number: what books print and theory demands."""

import numpy as np
import pytest
from thermometer import check, each_row


@each_row
def test_the_thermometer_is_as_the_book_prints_it(descend, scaling, lr, steps, printed, parameters):
    problem = {"kind": "regression", "data": "thermometer", "scaling": scaling}
    (run,) = descend(problem, lr, steps=steps, dtype="float32")
    assert run["loss"].dtype == np.float32
    check(printed, parameters, run["loss"], run.params)


def test_the_thermometer_at_lr_1e_2_says_why_it_blew_up(descend):
    (run,) = descend({"kind": "regression", "data": "thermometer", "scaling": "raw"}, 1e-2, steps=20, dtype="float32")
    outcome, evidence = run.outcome, run.outcome.evidence
    assert (outcome.kind, outcome.nonfinite, outcome.first_rise, outcome.exploded) == ("diverged", 10, 1, 2)
    assert outcome.step == 2
    assert len(run["loss"]) == 11
    assert evidence.sharpness == pytest.approx(5883.421261, rel=1e-9)
    assert evidence.limit == pytest.approx(3.399383e-4, rel=1e-6)
    assert evidence.safe_lr == pytest.approx(3.399383e-4 / 2, rel=1e-6)
    assert evidence.predicted_growth == pytest.approx(3344.7961, rel=1e-7)
    assert evidence.measured_growth == pytest.approx(3344.7961, rel=1e-6)
    for number in ("λ = 5,880", "3.4 × 10⁻⁴", "3,340-fold", "29.4 times"):
        assert number in outcome.because


def test_dtype_decides_when_the_thermometer_overflows(descend):
    problem = {"kind": "regression", "data": "thermometer", "scaling": "raw"}
    (run,) = descend(problem, 1e-2, steps=200)
    assert run.outcome.nonfinite == 87


@pytest.mark.parametrize(
    ("scaling", "lr", "steps", "dtype", "loss", "nonfinite"),
    [
        ("raw", 1e-3, 100, "float32", None, 25),
        ("raw", 3.5e-4, 1000, "float32", None, 686),
        ("raw", 3.4e-4, 2000, "float64", {1999: 7433}, None),
        ("raw", 1e-4, 5000, "float32", {4999: 24.9}, None),
        ("tenth", 3e-2, 500, "float32", {499: 3.09}, None),
        ("tenth", 5e-2, 100, "float32", None, 59),
        ("standard", 0.5, 5, "float32", {1: 2.9276}, None),
        ("standard", 1.05, 1000, "float32", None, 426),
    ],
)
def test_the_thermometer_lesson_tells_the_truth(descend, scaling, lr, steps, dtype, loss, nonfinite):
    problem = {"kind": "regression", "data": "thermometer", "scaling": scaling}
    (run,) = descend(problem, lr, steps=steps, dtype=dtype)
    assert run.outcome.nonfinite == nonfinite
    for entry, value in (loss or {}).items():
        assert run["loss"][entry] == pytest.approx(value, rel=2e-3)


def first_below(run, level):
    below = run["loss"] < level
    return int(below.argmax()) if below.any() else None


@pytest.mark.parametrize(
    ("lr", "steps", "entry", "after_40"),
    [
        (0.001, 5000, 4143, 13.6),
        (0.01, 500, 411, 3.18),
        (0.1, 40, 38, 2.8e-7),
        (0.5, 40, 1, 0),
        (0.9, 40, 38, 2.8e-7),
        (1.0, 200, None, 16),
        (1.05, 200, None, 32774),
    ],
)
def test_how_big_a_step(descend, lr, steps, entry, after_40):
    (run,) = descend("parabola", lr, steps=steps)
    assert first_below(run, 1e-6) == entry
    assert run["loss"][40] == pytest.approx(after_40, rel=0.02, abs=1e-12)


@pytest.mark.parametrize(("b", "rates"), [(10, {0.01: 411, 0.05: 79, 0.0909: 43, 0.095: 77}), (100, {0.005: 826})])
def test_ravines(descend, b, rates):
    problem = {"kind": "formula", "text": f"x**2 + {b}*y**2"}
    runs = descend(problem, *({"optimizer": {"lr": lr, "kind": "sgd"}, "start": [-4, 1]} for lr in rates), steps=900)
    assert [first_below(run, 1e-6) for run in runs] == list(rates.values())


@pytest.mark.parametrize(
    ("settings", "steps", "entry"),
    [
        ({"lr": 0.005}, 900, 826),
        ({"lr": 0.005, "momentum": 0.5}, 500, 403),
        ({"lr": 0.005, "momentum": 0.9}, 200, 164),
        ({"lr": 0.005, "momentum": 0.9, "nesterov": True}, 120, 97),
        ({"lr": 0.005, "momentum": 0.99}, 1500, 1425),
        ({"lr": 4 / 242, "momentum": 81 / 121}, 100, 71),
        ({"lr": 0.0189, "momentum": 0.9}, 200, 162),
        ({"lr": 0.0066, "momentum": 0.9, "nesterov": True}, 200, 135),
        ({"lr": 0.0068, "momentum": 0.9, "nesterov": True}, 200, None),
    ],
)
def test_momentum(descend, rule, settings, steps, entry):
    (run,) = descend(
        {"kind": "formula", "text": "x**2 + 100*y**2"}, rule("sgd", start=[-4, 1], **settings), steps=steps
    )
    assert first_below(run, 1e-6) == entry
    if entry is None:
        assert run["loss"][100] == pytest.approx(688.4, rel=1e-3)


TILTED = {"kind": "formula", "text": "x**4 - 2*x**2 + 0.3*x"}


@pytest.mark.parametrize(
    ("start", "lr", "value"),
    [(2, 0.01, -0.7059), (2, 0.05, -0.7059), (2, 0.1, -1.3054), (2, 0.15, -1.3054), (1.5, 0.05, -0.7059)],
)
def test_a_lucky_step_finds_the_better_well(descend, rule, start, lr, value):
    (run,) = descend(TILTED, rule("sgd", lr=lr, start=[start]), steps=500)
    assert run["loss"][-1] == pytest.approx(value, abs=1e-4)


def test_too_long_a_step_leaves_both_wells(descend, rule):
    (run,) = descend(TILTED, rule("sgd", lr=0.2, start=[2]), steps=50)
    assert run.outcome.nonfinite == 6


@pytest.mark.parametrize(
    ("y0", "run", "entry"),
    [
        (1e-12, {"lr": 0.1}, 291),
        (1e-8, {"lr": 0.1}, 194),
        (1e-4, {"lr": 0.1}, 98),
        (1e-2, {"lr": 0.1}, 49),
        (1e-12, {"lr": 0.1, "momentum": 0.9}, 102),
        (0, {"lr": 0.1}, None),
    ],
)
def test_saddles_are_left_slowly(descend, rule, y0, run, entry):
    problem = {"kind": "formula", "text": "x**2 + y**4/4 - y**2/2"}
    (trace,) = descend(problem, rule("sgd", start=[2, y0], **run), steps=400)
    assert first_below(trace, -0.2) == entry


SHALLOW = "0.1x1² + 2x2²"
PRINTED = [
    ("x²", [10], 10, {"kind": "sgd", "lr": 0.2}, [0.060466]),
    ("x²", [10], 10, {"kind": "sgd", "lr": 0.05}, [3.486784]),
    ("x²", [10], 10, {"kind": "sgd", "lr": 1.1}, [61.917364]),
    ("x cos(0.15πx)", [10], 10, {"kind": "sgd", "lr": 2}, [-1.528166]),
    ("x1² + 2x2²", [-5, -2], 20, {"kind": "sgd", "lr": 0.1}, [-0.057646, -0.000073]),
    ("x cos(0.15πx)", [10], 10, {"kind": "newton", "lr": 1}, [26.834133]),
    ("x cos(0.15πx)", [10], 10, {"kind": "newton", "lr": 0.5}, [7.269860]),
    (SHALLOW, [-5, -2], 20, {"kind": "sgd", "lr": 0.4}, [-0.943467, -0.000073]),
    (SHALLOW, [-5, -2], 20, {"kind": "sgd", "lr": 0.6}, [-0.387814, -1673.365109]),
    (SHALLOW, [-5, -2], 20, {"kind": "sgd", "lr": 0.6, "momentum": 0.5}, [0.007188, 0.002553]),
    (SHALLOW, [-5, -2], 20, {"kind": "sgd", "lr": 0.6, "momentum": 0.25}, [-0.126340, -0.186632]),
    (SHALLOW, [-5, -2], 20, {"kind": "adagrad", "lr": 0.4, "eps": 1e-6}, [-2.382563, -0.158591]),
    (SHALLOW, [-5, -2], 20, {"kind": "adagrad", "lr": 2, "eps": 1e-6}, [-0.002295, 0]),
]


@pytest.mark.parametrize(("text", "start", "steps", "optimizer", "printed"), PRINTED)
def test_the_places_that_dive_into_deep_learning_prints(descend, text, start, steps, optimizer, printed):
    (run,) = descend({"kind": "formula", "text": text}, {"optimizer": optimizer, "start": start}, steps=steps)
    assert run.params[-1] == pytest.approx(printed, abs=1e-6)

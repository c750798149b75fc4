"""What is said of networks: stuck at chance and why, the edge of stability, thrown away, blown up, or learning."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.outcomes.above_limit import above_limit

DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}
NAMES = {"kind": "character", "data": {"kind": "names"}, "hidden": [50]}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 300}, "hidden": [8]}
T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]}


def outcome_of(problem, lr, steps, batch_size=None, kind="sgd", **rest):
    return outcomes_of(problem, {"kind": kind, "lr": lr, **rest}, batch_size, steps=steps)[0]


def outcomes_of(problem, optimizer, batch_size, **rest):
    """Return every run's outcome and its last entry."""
    spec = {"problem": problem, "runs": [{"optimizer": optimizer, "batch_size": batch_size}], **rest}
    descent = Descent(Comparison.model_validate(spec))
    last = {}
    for tick in descent:
        for block in tick.blocks:
            last |= {run: dict(zip(block.columns, data[:, -1], strict=True)) for run, data in by_run(block)}
    return [(outcome, last[run]) for run, outcome in enumerate(descent.outcomes)]


def by_run(block):
    """Yield the runs of a block and their columns (C, n)."""
    return zip(block.runs, block.data.swapaxes(0, 1), strict=True)


def last_digits(n):
    """Return a variation: the same run from initial parameters that differ by a rounding or a few."""
    return [{"field": "problem.init_scale", "values": [1 + k * 2.0**-20 for k in range(n)]}]


def test_too_high_a_rate_leaves_a_network_stuck_at_chance_with_shut_units():
    outcome, last = outcome_of(NAMES, 20.0, 200, batch_size=32)
    assert outcome.kind == "stalled"
    assert outcome.because.startswith("Stuck at chance: after 200 steps the training loss is ")
    assert f"ln 27 = {math.log(27):.3g}" in outcome.because
    assert f"{100 * last['train_accuracy']:.3g} % of the examples are right" in outcome.because
    assert "The learning rate 20 is too high" in outcome.because
    assert f"{100 * last['saturated0']:.3g} % of the outputs of a layer of tanh units are saturated" in outcome.because
    assert "half of the stability limit" in outcome.because


def test_too_small_a_rate_leaves_it_there_as_well_but_is_told_apart():
    outcome, _ = outcome_of(DIGITS, 1e-5, 300, batch_size=32)
    assert outcome.kind == "stalled"
    assert "Stuck at chance" in outcome.because
    assert "The learning rate 10⁻⁵ is too small" in outcome.because
    assert "the parameters have moved by 0.0" in outcome.because


def test_silent_relu_units_are_named():
    relu = DIGITS | {"activation": "relu", "hidden": [32, 32]}
    outcome, last = outcome_of(relu, 3.0, 300, batch_size=32)
    assert outcome.kind == "stalled"
    assert max(last["saturated0"], last["saturated1"]) > 0.9
    assert "relu units of a layer are silent for every example" in outcome.because


def test_a_network_that_learns_something_but_was_thrown_far_is_told_so():
    found = outcomes_of(MOONS, {"kind": "sgd", "lr": 100.0}, None, steps=300, vary=last_digits(16))
    assert np.median([last["train_loss"] for _, last in found]) > 1.5
    for outcome, _ in found:
        assert "The learning rate 100 is too high: the parameters were thrown" in outcome.because
    # 1 in 40 comes down where its guesses are no better than chance.
    kinds = [outcome.kind for outcome, _ in found]
    assert set(kinds) <= {"unfinished", "stalled"}
    assert kinds.count("unfinished") > 8


@pytest.mark.parametrize("lr", [0.1, 0.05])
def test_the_edge_of_stability_is_called_by_its_name_whatever_the_last_digits_are(lr):
    found = outcomes_of(T4, {"kind": "sgd", "lr": lr}, None, steps=6000, vary=last_digits(6))
    assert len({outcome.evidence.sharpness for outcome, _ in found}) == 6
    for outcome, last in found:
        assert outcome.kind == "unfinished"
        assert "at the edge of stability" in outcome.because
        assert 0.85 < lr / outcome.evidence.limit < 1.25
        assert outcome.evidence.limit == pytest.approx(2 / outcome.evidence.sharpness)
        assert outcome.evidence.safe_lr == pytest.approx(outcome.evidence.limit / 2)
        assert last["train_loss"] < 0.2  # from 0.6, perhaps in a burst; the level between bursts is held in the lessons


def test_a_mini_batch_run_is_not_at_the_edge_and_has_no_predicted_growth():
    outcome, _ = outcome_of(MOONS, 0.5, 300, batch_size=16)
    assert outcome.kind == "unfinished"
    assert "edge" not in outcome.because
    assert outcome.evidence.predicted_growth is None
    assert outcome.evidence.limit is not None


def test_blowing_up_is_diverging():
    outcome, _ = outcome_of(T4, 0.5, 100)
    assert outcome.kind == "diverged"
    assert outcome.step == outcome.exploded
    assert "times the stability limit 0.114 of gradient descent" in outcome.because
    assert "curves down" not in outcome.because


def test_a_vanished_gradient_is_convergence():
    linear = {"kind": "network", "data": {"kind": "chebyshev", "degree": 1}, "hidden": []}
    outcome, last = outcome_of(linear, 0.5, 400)
    assert outcome.kind == "converged"
    assert last["grad_norm"] <= 1e-6
    assert "the minimum 0" in outcome.because


def test_learning_says_how_far_it_has_come():
    outcome, last = outcome_of(DIGITS, 0.1, 300, batch_size=32, momentum=0.9)
    assert outcome.kind == "unfinished"
    assert f"{100 * last['train_accuracy']:.3g} % of the examples are right" in outcome.because
    assert "validation" in outcome.because


def test_small_batches_that_keep_a_run_moving_are_named():
    noisy = MOONS | {"data": {"kind": "moons", "n": 300, "noise": 0.8}}
    found = outcomes_of(noisy, {"kind": "sgd", "lr": 0.3}, 4, steps=900, seeds=8)
    assert any("mini-batches of 4 keep it moving" in outcome.because for outcome, _ in found)


def test_rules_without_theory_have_no_limit():
    outcome, _ = outcome_of(MOONS, 0.01, 100, kind="nadam")
    assert outcome.evidence.limit is None
    assert outcome.evidence.sharpness is not None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, True),
        ({"shares": (2.0, 2.0, 1.25)}, False),
        ({"shares": (2.0, 2.0, 1.26)}, True),
        ({"shares": ()}, False),
        ({"falls": 0.99}, False),
        ({"loss": 0.8 * 2.0}, False),
        ({"loss": 0.81 * 2.0}, True),
        ({"limit": None}, False),
        ({"limit": math.inf}, False),
        ({"lr": 1.25 * 0.1}, False),
        ({"lr": 1.26 * 0.1}, True),
    ],
)
def test_a_loss_that_hardly_falls_above_the_limit_is_explained_by_it(other, said):
    given = {"shares": (0.5, 1.5, 2.0, 1.9), "falls": 1.0, "loss": 2.0, "limit": 0.1, "lr": 0.2} | other
    rest = {"start": 2.0, "check": math.nan, "accuracy": math.nan, "check_accuracy": math.nan}
    training = SimpleNamespace(shares=given["shares"], fall=given["falls"], loss=given["loss"], **rest)
    about = {"steps": 100, "batch": None, "scaled": False, "rule": "gradient descent", "curvature": 20.0}
    found = above_limit(
        SimpleNamespace(training=training, loss=given["loss"], limit=given["limit"], lr=given["lr"], **about)
    )
    assert (found is not None) == said
    if other == {}:
        assert "0.2 was 2 times the stability limit 0.1 of gradient descent: its steps overshoot" in found.sentence

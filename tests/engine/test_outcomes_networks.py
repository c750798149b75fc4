"""What is said of networks: stuck at chance and why, the edge of stability, thrown away, blown up, or learning."""

import math

import numpy as np
import pytest

from slalom.catalogue.experiment import Comparison
from slalom.engine.descend import Descent

DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}
NAMES = {"kind": "character", "data": {"kind": "names"}, "hidden": [50]}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 300}, "hidden": [8]}
T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]}


def outcome_of(problem, lr, steps, batch_size=None, kind="sgd", **rest):
    outcomes, columns = outcomes_of(problem, {"kind": kind, "lr": lr, **rest}, batch_size, steps=steps)
    return outcomes[0], columns


def outcomes_of(problem, optimizer, batch_size, **rest):
    """Return the outcomes, and the last entry of the first run."""
    spec = {"problem": problem, "runs": [{"optimizer": optimizer, "batch_size": batch_size}], **rest}
    descent = Descent(Comparison.model_validate(spec))
    columns = {}
    for tick in descent:
        for block in tick.blocks:
            columns |= dict(zip(block.columns, block.data[:, 0, -1], strict=True))
    return descent.outcomes, columns


def test_too_high_a_rate_leaves_a_network_stuck_at_chance_with_shut_units():
    outcome, last = outcome_of(NAMES, 20.0, 200, batch_size=32)
    assert outcome.kind == "stalled"
    assert outcome.because.startswith("Stuck at chance: after 200 steps the training loss is ")
    assert f"ln 27 = {math.log(27):.3f}" in outcome.because
    assert f"{100 * last['train_accuracy']:.3g} % of the examples are right" in outcome.because
    assert "The learning rate 20 is too high" in outcome.because
    assert f"{100 * last['saturated0']:.3g} % of the tanh units of a layer are saturated" in outcome.because
    assert "half of the stability limit" in outcome.because


def test_too_small_a_rate_leaves_it_there_as_well_but_is_told_apart():
    outcome, _ = outcome_of(DIGITS, 1e-5, 300, batch_size=32)
    assert outcome.kind == "stalled"
    assert "Stuck at chance" in outcome.because
    assert "The learning rate 1e-5 is too small" in outcome.because
    assert "the parameters have moved by 0.0" in outcome.because


def test_silent_relu_units_are_named():
    relu = DIGITS | {"activation": "relu", "hidden": [32, 32]}
    outcome, last = outcome_of(relu, 3.0, 300, batch_size=32)
    assert outcome.kind == "stalled"
    assert max(last["saturated0"], last["saturated1"]) > 0.9
    assert "relu units of a layer are silent" in outcome.because


def test_a_network_that_learns_something_but_was_thrown_far_is_told_so():
    outcome, last = outcome_of(MOONS, 100.0, 300)
    assert outcome.kind == "unfinished"
    assert last["train_loss"] > 1.5
    assert "The learning rate 100 is too high: the parameters were thrown" in outcome.because


def test_the_edge_of_stability_is_called_by_its_name_whatever_the_last_digits_are():
    last_digits = [{"field": "problem.init_scale", "values": [1 + k * 2.0**-20 for k in range(4)]}]
    spec = {"problem": T4, "runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.05)]}
    descent = Descent(Comparison.model_validate(spec | {"vary": last_digits, "steps": 6000}))
    losses = np.stack([tick.blocks[-1].data[0, :, -1] for tick in descent])
    for outcome in descent.outcomes:
        assert outcome.kind == "unfinished"
        assert "at the edge of stability" in outcome.because
        evidence = outcome.evidence
        assert evidence.limit == pytest.approx(2 / evidence.sharpness)
        assert 0.85 < evidence.lr / evidence.limit < 1.25
        assert evidence.safe_lr == pytest.approx(evidence.limit / 2)
    # From 0.6, perhaps in a burst; the level between bursts is held in the lessons.
    assert (losses[-1] < 0.05 * losses[0]).all()
    assert len({outcome.evidence.sharpness for outcome in descent.outcomes}) == 8


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
    assert "times the stability limit 0.1138 of gradient descent" in outcome.because
    assert "curves down" not in outcome.because


def test_a_vanished_gradient_is_convergence():
    linear = {"kind": "network", "data": {"kind": "chebyshev", "degree": 1}, "hidden": []}
    outcome, last = outcome_of(linear, 0.5, 400)
    assert outcome.kind == "converged"
    assert last["grad_norm"] <= 1e-6
    assert "the gradient has vanished" in outcome.because


def test_learning_says_how_far_it_has_come():
    outcome, last = outcome_of(DIGITS, 0.1, 300, batch_size=32, momentum=0.9)
    assert outcome.kind == "unfinished"
    assert f"{100 * last['train_accuracy']:.3g} % of the examples are right" in outcome.because
    assert "validation" in outcome.because


def test_small_batches_that_keep_a_run_moving_are_named():
    noisy = MOONS | {"data": {"kind": "moons", "n": 300, "noise": 0.8}}
    found, _ = outcomes_of(noisy, {"kind": "sgd", "lr": 0.3}, 4, steps=900, seeds=8)
    assert any("mini-batches of 4 keep it moving" in outcome.because for outcome in found)


def test_rules_without_theory_have_no_limit():
    outcome, _ = outcome_of(MOONS, 0.01, 100, kind="nadam")
    assert outcome.evidence.limit is None
    assert outcome.evidence.sharpness is not None

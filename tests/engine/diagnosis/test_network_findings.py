"""What is noted beside the outcome of a network: every case is provoked by training, its numbers are computed again."""

import math

import numpy as np
import pytest
from diagnosing import diagnose, followed, rule, sgd
from traces import gather

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.network_history import LATELY

T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 300}, "hidden": [8]}
DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}


def trained(problem, lr, steps, batch_size=None, seed=0):
    runs = [{"optimizer": {"kind": "sgd", "lr": lr}, "batch_size": batch_size}]
    descent = Descent(Comparison.model_validate({"problem": problem, "runs": runs, "steps": steps, "seed": seed}))
    names, columns = gather([block for tick in descent for block in tick.blocks], 0)
    (outcome,) = descent.outcomes
    return outcome, dict(zip(names, columns, strict=True))


def note_of(outcome, kind):
    (found,) = [note for note in outcome.notes if note.kind == kind]
    return found


def test_the_edge_of_stability_says_how_often_the_loss_rose_and_where_the_sharpness_hovers():
    outcome, run = trained(T4, 0.1, 1500)
    note = note_of(outcome, "edge")
    rises = int((np.diff(run["loss"].astype(float)) > 0).sum())
    assert note.values["rises"] == rises
    assert note.values["rising_share"] == pytest.approx(rises / 1500)
    assert note.values["balance"] == pytest.approx(2 / 0.1)
    assert note.values["sharpness"] == pytest.approx(float(run["sharpness"][-1]), rel=1e-6)
    assert f"{100 * rises / 1500:.3g} % of the steps" in note.sentence


def test_a_network_at_chance_is_offered_a_rate_that_learns():
    outcome, run = trained(DIGITS, 1e-5, 300, 32)
    note = note_of(outcome, "chance")
    assert note.values["chance"] == pytest.approx(math.log(10))
    assert note.values["accuracy"] == pytest.approx(float(run["train_accuracy"][-1]))
    (advice, *_) = note.advice
    better, columns = trained(DIGITS, advice.value, 300, 32)
    assert "chance" not in [one.kind for one in better.notes]
    assert columns["train_loss"][-1] < 0.5 * run["train_loss"][-1]


def test_learning_says_in_how_many_steps_the_loss_halves():
    problem = {"kind": "network", "data": {"kind": "blobs"}, "hidden": [8]}
    outcome, run = trained(problem, 0.1, 100)
    values = note_of(outcome, "learning").values
    entries = 1 + np.flatnonzero(np.diff(run["train_loss"]))[-LATELY // 2 :]
    slope, _ = np.polyfit(entries, np.log(run["train_loss"][entries].astype(float)), 1)
    assert values["measured_factor"] == pytest.approx(math.exp(slope), rel=1e-6)
    assert values["halving_steps"] == pytest.approx(math.log(0.5) / slope, rel=1e-3)
    _, longer = trained(problem, 0.1, 100 + round(values["halving_steps"]))
    assert 0.3 <= longer["train_loss"][-1] / run["train_loss"][-1] <= 0.7


def test_a_network_that_has_learnt_little_may_take_a_tenth_of_the_smallest_limit_on_the_way():
    outcome, run = trained(MOONS, 0.02, 300)
    note, lowest = note_of(outcome, "learning"), float(run["limit"].min())
    assert note.values["lr_over_limit"] == pytest.approx(0.02 / lowest, rel=1e-3)
    assert note.advice[0].value == pytest.approx(lowest / 10, rel=1e-2)


def test_no_halving_is_foretold_where_the_loss_has_fallen_for_a_short_while_only():
    outcome, _ = trained(MOONS, 0.1, 300)
    assert "halving_steps" not in note_of(outcome, "learning").values


def test_a_network_that_was_thrown_away_is_offered_a_smaller_rate():
    # One in 40 comes down where its guesses are no better than chance, and is told that; which one is rounding.
    seeds = (trained(MOONS, 100.0, 300, seed=seed) for seed in range(8))
    outcome, run = next((outcome, run) for outcome, run in seeds if outcome.kind == "unfinished")
    note = note_of(outcome, "learning")
    assert note.values["loss_at_start"] == pytest.approx(float(run["train_loss"][0]))
    assert note.values["loss"] > 1.5 * note.values["loss_at_start"]
    assert note.advice[0].value == pytest.approx(float(run["limit"][0]) / 2, rel=1e-2)


def test_without_hidden_units_more_steps_do_not_help():
    problem = {"kind": "network", "data": {"kind": "xor", "n": 80}, "hidden": []}
    found = diagnose(problem, sgd(0.5), 300)
    assert found.says("Without hidden units there is no lower loss: add some")
    assert not found.says("more steps")


def test_weight_decay_that_undoes_training_is_named():
    problem = {"kind": "network", "data": {"kind": "moons", "n": 100}, "hidden": [8]}
    found = diagnose(problem, sgd(0.3, weight_decay=0.5), 300)
    assert found.loss[-1] > found.loss[0]
    (advice,) = found.advice
    assert advice["field"] == "run.optimizer.weight_decay"
    assert followed(found, advice).loss[-1] < found.loss[-1]


@pytest.mark.parametrize("lr", [1.0, 2.0])
def test_an_edge_is_said_to_overshoot_if_and_only_if_the_loss_has_risen(lr):
    problem = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [8]}
    found = diagnose(problem, rule("adadelta", lr), 300)
    rises = int((np.diff(found.loss) > 0).sum())
    assert found.note("edge")["values"]["rises"] == rises
    assert found.says("steps begin to overshoot") == found.says("it rose after") == (rises > 0)
    assert found.says("has not risen once") == (rises == 0)


CIRCLES = {"kind": "network", "data": {"kind": "circles", "n": 100}, "hidden": [8]}


@pytest.mark.parametrize(("kind", "lr"), [("sgd", 1e-8), ("adam", 1e-10)])
def test_a_network_that_has_not_moved_is_told_of_its_rate(kind, lr):
    found = diagnose(CIRCLES, rule(kind, lr), 60)
    assert found.says("is too small: in all these steps the parameters have moved by")
    (advice,) = found.advice
    assert (advice["field"], advice["promise"]) == ("run.optimizer.lr", "faster")
    assert followed(found, advice).loss[-1] < 0.97 * found.loss[-1]


@pytest.mark.parametrize("data", ["circles", "chebyshev"])
def test_a_network_whose_weights_decay_to_zero_is_told_of_the_decay(data):
    problem = {"kind": "network", "data": {"kind": data}, "hidden": [8]}
    found = diagnose(problem, sgd(0.1, weight_decay=1.0), 300)
    assert found.kind == "stalled"
    assert found.says("weight decay 1 has pulled the parameters to 0")
    assert not found.says("thrown|bounces|too high")
    assert found.advised("run.optimizer.weight_decay") == [0.1]


def test_a_network_whose_gradient_is_clipped_far_is_told_of_the_clip():
    found = diagnose(MOONS, sgd(0.3), 60, clip_norm=1e-4)
    assert found.says("is clipped to 10⁻⁴, and so are its steps")
    (advice,) = found.advice
    assert followed(found, advice).loss[-1] < 0.97 * found.loss[-1]
    assert not diagnose(MOONS, sgd(0.3), 60, clip_norm=1.0).says("clipped")

"""The edge of stability is a matter of the last three measured shares and of medians, not of the last few entries."""

import numpy as np
import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.first_steps import FirstSteps
from slalom.engine.diagnosis.last_stretch import LastStretch
from slalom.engine.diagnosis.network_history import NEAR_THE_EDGE
from slalom.engine.diagnosis.outcomes import classify
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.lockstep.observations import TrainingSummary

T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]}


FOUND = {
    "unfinished": np.full(40, 0.1),
    "oscillating": np.tile([0.05, 0.15], 20),
    "growing": np.linspace(0.08, 0.12, 40),
}
"""Losses that are of a kind without a look at the shares; their median is a tenth."""


def note_of(shares, found="unfinished", edge_loss=0.2, noisy=False):
    """Return what a network with these shares of its limit is told to be, by its main note."""
    losses, one = FOUND[found][:, None], np.ones(1)
    first, stretch = FirstSteps(np.zeros(1)), LastStretch(1)
    first.begin(np.array([noisy]), losses, np.ones_like(losses, bool), grad=one, distance=one)
    stretch.add(losses, np.full(losses.shape, found == "oscillating"))
    known = dict.fromkeys(TrainingSummary._fields, 0.0) | {"classes": 0, "activation": "tanh"}
    training = TrainingSummary(**(known | {"shares": shares, "edge_step": 5, "edge_loss": edge_loss}))
    runs = RunSummaries(
        first=first,
        noisy=np.array([noisy]),
        rounding=float(np.finfo(float).eps),
        start_grad=one,
        start_sharpness=one,
        start_curvature=one,
        loss=losses[-1],
        grad=one,
        low=one,
        sharpness=one,
        curvature=2 * one,
        losses=losses,
        stretch=stretch,
        shares=np.full((2, 1), 1.1 if found == "growing" else 0.5),
        unbounded=lambda which: np.zeros(len(which), bool),
        on_a_tail=lambda which: np.zeros(len(which), bool),
        training=[training],
    )
    return classify(runs)[0].note


@pytest.mark.parametrize(("found", "note"), [("unfinished", "learning"), *((kind, kind) for kind in list(FOUND)[1:])])
def test_without_shares_near_one_each_is_what_its_losses_say(found, note):
    assert note_of((0.1, 0.1, 0.1), found) == note


@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize(
    ("shares", "at_the_edge"),
    [
        ((0.1, NEAR_THE_EDGE, 1.0, 1.25), True),
        ((1.0, NEAR_THE_EDGE - 1e-9, 1.0, 1.0), False),
        ((1.0, 1.0, 1.0, 1.25 + 1e-9), False),
        ((1.0, 1.0), False),
        ((1.0, 1.0, 1.0), True),
        ((np.nan, np.nan, np.nan), False),
    ],
)
def test_the_last_three_shares_decide(found, shares, at_the_edge):
    assert (note_of(shares, found) == "edge") == at_the_edge


@pytest.mark.parametrize(("edge_loss", "at_the_edge"), [(0.1, False), (0.1 + 1e-9, True), (np.nan, False)])
def test_the_median_loss_has_to_be_below_that_where_it_came_near(edge_loss, at_the_edge):
    assert (note_of((1.0, 1.0, 1.0), edge_loss=edge_loss) == "edge") == at_the_edge


def test_whose_gradients_are_noisy_or_of_some_examples_is_not_at_the_edge():
    assert note_of((1.0, 1.0, 1.0), noisy=True) != "edge"


@pytest.mark.parametrize("steps", [4137, 4689, 5655])
def test_wherever_a_run_at_the_edge_ends_and_however_it_rounds_it_is_called_so(steps):
    runs = [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.1000001)]
    descent = Descent(Comparison.model_validate({"problem": T4, "runs": runs, "steps": steps}))
    for _ in descent:
        pass
    for outcome in descent.outcomes:
        assert outcome.kind == "unfinished"
        assert "It is at the edge of stability" in outcome.because

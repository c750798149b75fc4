"""The edge of stability is a matter of the last three measured shares and of medians, not of the last few entries."""

import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine import sentences_networks
from slalom.engine.descent import Descent
from slalom.engine.sentences import Trained
from slalom.engine.story import NEAR

T4 = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [50, 50]}


class Case:
    """What the rule looks at."""

    batch = None
    noise = 0.0
    limit = 0.1

    def __init__(self, shares, middle=0.1, edge_loss=0.2):
        known = dict.fromkeys(Trained._fields, 0.0) | {"classes": 0, "activation": "tanh"}
        self.trained = Trained(**(known | {"shares": shares, "edge_step": 5, "edge_loss": edge_loss}))
        self.middle = middle


@pytest.mark.parametrize("found", ["unfinished", "oscillating", "growing"])
@pytest.mark.parametrize(
    ("shares", "at_the_edge"),
    [
        ((0.1, NEAR, 1.0, 1.25), True),
        ((1.0, NEAR - 1e-9, 1.0, 1.0), False),
        ((1.0, 1.0, 1.0, 1.25 + 1e-9), False),
        ((1.0, 1.0), False),
        ((1.0, 1.0, 1.0), True),
    ],
)
def test_the_last_three_shares_decide(found, shares, at_the_edge):
    kind = sentences_networks.kind(found, Case(shares))
    assert (kind == "edge") == at_the_edge


@pytest.mark.parametrize(("middle", "at_the_edge"), [(0.2, False), (0.2 - 1e-9, True), (float("nan"), False)])
def test_the_median_loss_has_to_be_below_that_where_it_came_near(middle, at_the_edge):
    assert (sentences_networks.kind("unfinished", Case((1.0, 1.0, 1.0), middle)) == "edge") == at_the_edge


@pytest.mark.parametrize("change", [{"batch": 32}, {"noise": 0.1}, {"limit": None}])
def test_who_sees_only_some_examples_or_has_no_limit_is_not_at_the_edge(change):
    case = Case((1.0, 1.0, 1.0))
    for name, value in change.items():
        setattr(case, name, value)
    assert sentences_networks.kind("unfinished", case) != "edge"


@pytest.mark.parametrize("steps", [4137, 4689, 5655])
def test_wherever_a_run_at_the_edge_ends_and_however_it_rounds_it_is_called_so(steps):
    runs = [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.1000001)]
    descent = Descent(Comparison.model_validate({"problem": T4, "runs": runs, "steps": steps}))
    for _ in descent:
        pass
    for outcome in descent.outcomes:
        assert outcome.kind == "unfinished"
        assert "It is at the edge of stability" in outcome.because

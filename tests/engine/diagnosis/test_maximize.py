"""A run that maximizes is judged as the descent of minus the loss that it is."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from slalom.catalogue.experiments import SPEC
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.diagnose import CLIMBS

HILL = "5 - x^2 - 10*y^2"
WAVES = "sin(x)*cos(y) - x^2/9"
NET = {"kind": "network", "data": {"kind": "moons"}, "hidden": [6]}


def descended(problem, optimizer, steps=200, **run):
    """Return the outcome of a run, its events in words, and its columns by name."""
    problem = problem if isinstance(problem, dict) else {"kind": "formula", "text": problem}
    start = {} if problem["kind"] == "network" else {"start": [1.5, 0.3]}
    spec = SPEC.validate_python(
        {"problem": problem, "runs": [{"optimizer": optimizer, **start, **run}], "steps": steps}
    )
    descent = Descent(spec)
    ticks = list(descent)
    events = [event.sentence for tick in ticks for event in tick.events]
    blocks = [block for tick in ticks for block in tick.blocks]
    columns = np.concatenate([block.data[:, 0] for block in blocks], axis=1)
    return descent.outcomes[0], events, dict(zip(blocks[0].columns, columns, strict=True))


CLIMBS_AND_FALLS = [
    (HILL, {"kind": "sgd", "lr": 0.04}, "converged"),
    (HILL, {"kind": "sgd", "lr": 0.11}, "diverged"),
    (HILL, {"kind": "sgd", "lr": 0.1001}, "growing"),
    (HILL, {"kind": "sgd", "lr": 1e-4}, "unfinished"),
    (HILL, {"kind": "newton", "lr": 0.5}, "converged"),
    ("x^2 + y^2", {"kind": "sgd", "lr": 0.02}, "growing"),
    ("x^2 + y^2", {"kind": "sgd", "lr": 0.2}, "diverged"),
    ("log(x) - x + y", {"kind": "sgd", "lr": 3.0}, "growing"),
    ("-log(x) - x - y^2", {"kind": "sgd", "lr": 0.5}, "diverged"),
    (WAVES, {"kind": "adam", "lr": 0.05, "weight_decay": 0.1}, "unfinished"),
    (WAVES, {"kind": "sgd", "lr": 0.0}, "stalled"),
]


@pytest.mark.parametrize(("text", "optimizer", "kind"), CLIMBS_AND_FALLS)
def test_what_is_said_is_what_would_be_said_of_the_negative(text, optimizer, kind):
    up, told_up, climbing = descended(text, optimizer | {"maximize": True})
    down, told_down, falling = descended(f"-({text})", optimizer)
    assert (up.kind, up.step, up.exploded, up.evidence) == (kind, down.step, down.exploded, down.evidence)
    assert up.because == f"{CLIMBS} {down.because}"
    assert [one.replace("minus the loss", "the loss") for one in told_up] == told_down
    np.testing.assert_array_equal(climbing.pop("loss"), -falling.pop("loss"))
    for name, column in climbing.items():
        np.testing.assert_array_equal(column, falling[name], name)


def test_a_known_minimum_is_no_goal():
    outcome, _, _ = descended({"kind": "parabola"}, {"kind": "sgd", "lr": 0.1, "maximize": True}, start=[1e-9])
    assert outcome.kind != "converged"


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_a_networks_limit_is_that_of_minus_its_loss(kind):
    def curvatures(**more):
        _, _, columns = descended(NET, {"kind": kind, "lr": 0.0, **more}, steps=1)
        return columns["sharpness"][0], columns["limit"][0]

    (high, _), (turned, limit) = curvatures(), curvatures(maximize=True)
    assert 0 < turned < high
    assert np.isfinite(limit)


def test_a_networks_loss_can_rise_without_end():
    outcome, _, columns = descended(NET, {"kind": "sgd", "lr": 0.1, "maximize": True})
    assert columns["loss"][-1] > 10 * columns["loss"][0]
    assert outcome.kind == "growing"
    assert "down a slope without end" in outcome.because
    bound, _, _ = descended(NET, {"kind": "sgd", "lr": 0.1, "maximize": True, "weight_decay": 0.1})
    assert "without end" not in bound.because


def test_a_range_test_looks_for_a_fall():
    run = {"optimizer": {"kind": "sgd", "maximize": True}}
    with pytest.raises(ValidationError, match="Leave maximize out"):
        SPEC.validate_python({"kind": "range_test", "problem": {"kind": "bowl"}, "run": run})

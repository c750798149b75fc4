"""Runs that explode and come back: they are what they are at their end, and a note says what happened."""

import numpy as np
import pytest

from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.engine.descent import Descent
from slalom.engine.map.surface_tiles import settle_surfaces

SPRINGS = {"kind": "quadratic", "eigenvalues": [35.1]}
CAME_BACK = {
    "Adam from beside the minimum": ("parabola", {"kind": "adam", "lr": 0.1}, {"start": [1e-3]}, 2000, "converged"),
    "damped momentum": (SPRINGS, {"kind": "sgd", "lr": 0.8, "momentum": 0.946, "dampening": 0.864}, {}, 800, None),
    "NAdam": ("rosenbrock", {"kind": "nadam", "lr": 7.5964545103647945}, {}, 400, "unfinished"),
    "a schedule": (
        "tilted_double_well",
        {"kind": "newton", "lr": 6.400835907126269},
        {"schedule": {"kind": "cosine"}},
        150,
        "converged",
    ),
}


@pytest.fixture(params=CAME_BACK)
def came_back(request, descend, spec_of):
    problem, optimizer, rest, steps, kind = CAME_BACK[request.param]
    run = {"optimizer": optimizer, **rest}
    (found,) = descend(problem, run, steps=steps)
    return found, spec_of(problem, run, steps=steps), kind


def test_who_came_back_is_what_it_is_at_its_end_and_told_that_it_exploded(came_back):
    run, _, kind = came_back
    outcome, loss = run.outcome, run["loss"].astype(float)
    bound = 1000 * max(abs(loss[0]), loss[0] - min(0, loss[0]), 1e-8)
    assert (loss[outcome.exploded - 1 : outcome.exploded + 1] - loss[0] > bound - 1e-6 * bound).all()
    assert outcome.kind != "diverged"
    assert kind is None or outcome.kind == kind
    (note,) = [one for one in outcome.notes if one.kind == "exploded"]
    assert note.values == {"exploded": outcome.exploded}
    assert f"exploded at step {outcome.exploded:,}" in outcome.because
    assert "and came back" in outcome.because
    assert [event.step for event in run.events if event.kind == "exploded"] == [outcome.exploded]


def test_its_evidence_is_from_the_explosion_and_its_reasons_from_the_end(came_back):
    run, _, _ = came_back
    outcome = run.outcome
    assert outcome.evidence.lr == pytest.approx(float(run["lr"][outcome.exploded]))
    assert outcome.evidence.sharpness == pytest.approx(float(run["sharpness"][outcome.exploded]))
    if "In the end its learning rate is" in outcome.because:
        share = 100 * float(run["lr"][-1] / run["limit"][-1])
        assert f"is {share:.3g} % of" in outcome.because


def test_before_it_is_back_it_has_diverged(came_back):
    run, spec, _ = came_back
    exploded = run.outcome.exploded
    descent = Descent(spec, paced=False, entries=exploded + 1)
    next(iter(descent))
    (early,) = descent.outcomes
    assert (early.kind, early.step) == ("diverged", exploded)
    assert not any(note.kind == "exploded" for note in early.notes)


def test_who_only_stops_above_its_start_has_not_come_back(descend, rule):
    runs = [rule("sgd", lr=1.2, start=[1.0], schedule={"kind": "step", "step_size": 25, "gamma": g}) for g in GAMMAS]
    stays, falls = descend("parabola", *runs, steps=400)
    assert stays.outcome.exploded == falls.outcome.exploded
    assert stays["loss"][-1] > stays["loss"][0]
    assert (stays.outcome.kind, stays.outcome.step) == ("diverged", stays.outcome.exploded)
    assert falls["loss"][-1] < falls["loss"][0]
    assert falls.outcome.kind == "converged"


GAMMAS = (1e-9, 0.4)
"""What is left of the rate after every 25 steps."""


def test_a_map_says_the_same(came_back):
    run, spec, _ = came_back
    one = spec.runs[0].model_dump()
    lr = one["optimizer"]["lr"]
    axes = [
        {"field": "run.optimizer.lr", "values": [lr / 2, lr, 2 * lr]},
        {"field": "run.start.0", "values": [float(run["p0"][0]), float(run["p0"][0]) * 1.1]},
    ]
    told = Map.model_validate({"problem": spec.problem.model_dump(), "run": one, "vary": axes, "steps": spec.steps})
    found = settle_surfaces(told, np.arange(6))
    assert CELL_KINDS[int(found[0, 1])] == run.outcome.kind
    assert found[CELL_COLUMNS.index("loss"), 1] == run["loss"][-1]

"""Events, each against its definition in plain Python, however the run is cut into ticks."""

import numpy as np
import pytest

from slalom.engine.descent import Descent
from slalom.engine.diagnosis.detector import EVENTS, REGROWN

SETTINGS = [
    {"kind": "sgd", "lr": 0.05},
    {"kind": "sgd", "lr": 0.3, "momentum": 0.9},
    {"kind": "adam", "lr": 0.2},
    {"kind": "sgd", "lr": 5.0},
    {"kind": "lion", "lr": 0.01},
]
PROBLEMS = [
    ("saddle", [2.0, 1e-3]),
    ("monkey_saddle", [1e-2, 1e-2]),
    ("plateau", None),
    ("rosenbrock", None),
    ("parabola", None),
    ({"kind": "formula", "text": "-x^2"}, [1e-3]),
    ({"kind": "formula", "text": "log(x) + x"}, [0.3]),
]


def first(mask):
    """Return the first step at which something holds, None for never."""
    return int(np.argmax(mask)) if len(mask) and mask.any() else None


def saddle_left(loss, grad):
    """Return when |g| has become REGROWN times its lowest value since the loss last failed to fall."""
    lowest = grad[0]
    for k in range(1, len(loss)):
        if not loss[k] < loss[k - 1] or grad[k] < lowest:
            lowest = grad[k]
        elif lowest > 0 and grad[k] >= REGROWN * lowest:
            return k
    return None


def expected(run):
    """Return the steps of a run's events by their definitions."""
    loss, grad = run["loss"].astype(float), run["grad_norm"].astype(float)
    finite = np.isfinite(loss) & np.isfinite(run.params).all(axis=1)
    return {
        "first_rise": first(np.concatenate([[False], loss[1:] > loss[:-1]])),
        "crossing": first(run["lr"] > run["limit"]),
        "saddle": saddle_left(loss, grad),
        "exploded": run.outcome.exploded,
        "nonfinite": first(~finite),
    }


@pytest.mark.parametrize("entries", [1000, 7])
@pytest.mark.parametrize(("problem", "start"), PROBLEMS)
def test_events_are_told_where_they_happen(spec_of, traces_of, problem, start, entries):
    runs = [{"optimizer": one} | ({"start": start} if start else {}) for one in SETTINGS]
    for run in traces_of(Descent(spec_of(problem, *runs, steps=200), paced=False, entries=entries)):
        told = {event.kind: event.step for event in run.events}
        assert set(told) <= set(EVENTS)
        found = {kind: told.get(kind) for kind in expected(run)}
        assert found == expected(run)


def test_leaving_a_saddle_is_told_and_coming_down_a_bowl_is_not(descend, rule):
    (left,) = descend("saddle", rule("sgd", lr=0.1, start=[2, 1e-4]), steps=200)
    (event,) = [event for event in left.events if event.kind == "saddle"]
    assert "left a saddle or a plateau" in event.sentence
    assert abs(left["p1"][event.step]) > abs(left["p1"][0])
    (bowl,) = descend("bowl", 0.05, steps=200)
    assert "saddle" not in [event.kind for event in bowl.events]


def test_crossing_at_the_start_is_told_at_the_start(descend):
    (run,) = descend("parabola", 1.05, steps=5)
    assert ("crossing", 0) in [(event.kind, event.step) for event in run.events]


def test_an_event_that_cannot_be_told_leaves_the_others(descend, monkeypatch):
    from slalom.engine import descent as module

    def fails(found, climbs):
        del climbs
        if found.kind == "first_rise":
            raise RuntimeError
        return "told"

    monkeypatch.setattr(module, "sentence", fails)
    (run,) = descend("parabola", 1.05, steps=50)
    sentences = {event.kind: event.sentence for event in run.events}
    assert sentences["exploded"] == "told"
    assert "could not be determined" in sentences["first_rise"]

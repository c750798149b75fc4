"""The catalogue of outcomes: every class has its words, and what a run is told is the first observation's sentence."""

from typing import get_args

import numpy as np
import pytest

from slalom.catalogue.experiments.outcome import NoteKind, OutcomeKind
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.outcomes import OUTCOMES
from slalom.engine.diagnosis.outcomes.unfinished import Unfinished

RULES = ["sgd", "adam", "rmsprop", "lion", "newton", "nadam"]
PROBLEMS = ["parabola", "bowl", "rosenbrock", "saddle", "tilted_double_well", "plateau", "ackley"]


def test_every_kind_of_outcome_has_a_class_and_the_last_holds_for_all():
    assert {one.kind for one in OUTCOMES} == set(get_args(OutcomeKind))
    assert {one.note for one in OUTCOMES} <= set(get_args(NoteKind))
    assert isinstance(OUTCOMES[-1], Unfinished)
    assert len({type(one) for one in OUTCOMES}) == len(OUTCOMES)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_reason_is_the_sentence_of_the_first_observation(spec_of, problem):
    runs = [{"optimizer": {"kind": kind, "lr": lr}} for kind in RULES for lr in np.geomspace(1e-3, 10, 5).tolist()]
    descent = Descent(spec_of(problem, *runs, steps=60))
    for _ in descent:
        pass
    for run, outcome in zip(runs, descent.outcomes, strict=True):
        assert outcome.notes[0].sentence == outcome.because, run
        assert outcome.notes[0].kind in {one.note for one in OUTCOMES if one.kind == outcome.kind} | {"undefined"}, run


def test_a_network_has_a_first_observation_too(spec_of):
    network = {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]}
    descent = Descent(spec_of(network, 0.1, 100.0, steps=60))
    for _ in descent:
        pass
    for outcome in descent.outcomes:
        assert outcome.notes[0].sentence == outcome.because


def test_a_zigzag_needs_turns_that_were_made(descend):
    (turned,) = descend("parabola", 0.9, steps=20)
    assert "zigzag" in [note.kind for note in turned.outcome.notes]
    (once,) = descend("parabola", 0.9, steps=1)
    assert "zigzag" not in [note.kind for note in once.outcome.notes]

"""A network in training whose learning rate stays above its stability limit: it does not settle."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Note
from slalom.engine.diagnosis.advice import learning_rate, written
from slalom.engine.diagnosis.explosion import SHARPENS
from slalom.engine.diagnosis.phrases import against, beside, distinct
from slalom.engine.diagnosis.reasons import state_of
from slalom.engine.diagnosis.run_summary import RunSummary

LOOKS, OVER = 3, 1.25
"""The last so many times that curvature was measured, the rate was more than so many times its limit."""
HARDLY_FALLEN = 0.8
"""A loss that is still above this share of its start has hardly fallen."""


def above_limit(run: RunSummary) -> Note | None:
    """Say by how much the rate of a network is above its limit, where its loss has hardly fallen and falls no more."""
    one = run.training
    if one is None or one.fall < 1 or not one.loss > HARDLY_FALLEN * one.start > 0:
        return None
    shares = one.shares[-LOOKS:]
    if not shares or min(shares) <= OVER or run.limit is None or run.curvature is None or not 0 < run.limit < math.inf:
        return None
    if not run.lr > OVER * run.limit:  # A schedule has lowered it since.
        return None
    better = learning_rate(run.lr / 10 if run.scaled else min(run.lr / 2, run.limit / SHARPENS))
    times = f"{distinct(run.lr / run.limit, 1)} times the stability limit {beside(run.limit, run.lr)} of {run.rule}"
    why = f"When last measured, the learning rate {number(run.lr)} was {times}: its steps overshoot"
    return Note(
        kind="learning",
        sentence=f"{state_of(run)}. {why}. Try {written(better)}.",
        formula=against(run.lr, run.curvature, run.limit * run.curvature, run.scaled),
        values={"lr_over_limit": run.lr / run.limit, "loss": one.loss},
        advice=(better,),
    )

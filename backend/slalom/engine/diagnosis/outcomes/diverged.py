"""Diverged: it blew up and did not come back, or it left for good."""

from __future__ import annotations

import math

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, NoteKind
from slalom.catalogue.thresholds import EXPLOSION, RUNAWAY
from slalom.engine.diagnosis.advice import learning_rate
from slalom.engine.diagnosis.phrases import capitalized, product, steepness, three
from slalom.engine.diagnosis.run_summaries import RunSummaries
from slalom.engine.diagnosis.run_summary import RunSummary
from slalom.engine.lockstep.observations import NEVER

from .base import Diagnosis

CONSTANT = 0.01
"""Curvatures relatively closer than this are the same."""


class Diverged(Diagnosis):
    """Not finite, or exploded and not back, or parameters far out while the loss falls without bound."""

    kind = "diverged"
    note = "diverged"

    def holds(self, runs: RunSummaries) -> np.ndarray:
        first = runs.first
        exploded = (first.exploded != NEVER) & ~runs.came_back & ~runs.hovers
        return (first.nonfinite != NEVER) | exploded | (first.runaway != NEVER)

    def headline(self, run: RunSummary) -> str:
        """Say when the run blew up, and which inequality it broke."""
        if run.nonfinite == 0:
            what, place = "The loss is not a finite number", ""
            if run.undefined is not None:
                what, place = capitalized(run.undefined.reason), f" ({run.undefined.place})"
            return f"{what} at the start{place}. Choose another start."
        if run.undefined is not None and run.runaway is None:
            reason, step, place = run.undefined
            ended = f"{capitalized(reason)} at step {step:,} ({place}). The run ends there"
            return f"{ended}: try a smaller learning rate than {number(run.lr)}, or another start."
        return f"{_blow_up(run)} {_cause(run)}"

    def observation(self, run: RunSummary) -> NoteKind:
        return "diverged" if run.undefined is None else "undefined"

    def formula(self, run: RunSummary) -> str:
        lr, curvature, limit = run.crossed
        known = _crossed(run) and run.limit is not None and 0 < limit < math.inf
        return f"{product(lr, curvature, run.scaled)} > {three(limit * curvature)}" if known else ""

    def values(self, run: RunSummary) -> dict[str, float]:
        if not self.formula(run):
            return {}
        assert run.crossing is not None
        return {"lr_over_limit": run.crossed.lr / run.crossed.limit, "first_over": float(run.crossing)}

    def advice(self, run: RunSummary) -> tuple[Advice, ...]:
        if run.undefined is not None:
            return (learning_rate(run.lr / 10),) if run.nonfinite and run.lr > 0 else ()
        if self.formula(run):
            return (learning_rate(run.crossed.limit / 2, "stable"),)
        if (run.exploded is None and (run.runaway is not None or run.low < 0)) or run.lr == 0 or run.limit == 0:
            return ()
        smaller = run.lr / 10 if run.limit is None else min(run.lr, run.limit) / 2
        return (learning_rate(smaller, "stable"),)


def _blow_up(run: RunSummary) -> str:
    if run.exploded is not None:
        end = "" if run.nonfinite is None else f"; it is no longer finite at step {run.nonfinite:,}"
        start = f"{EXPLOSION:g} times above its start of {number(run.start)}"
        return f"At step {run.exploded:,} the loss is more than {start}{end}."
    if run.runaway is not None:
        far = f"At step {run.runaway:,} the parameters are {number(RUNAWAY)} times farther out than the start"
        return f"{far}, and the loss falls without bound: at step {run.steps:,} it is {number(run.loss)}."
    return f"At step {run.nonfinite:,} the loss or a parameter is no longer finite."


def _cause(run: RunSummary) -> str:
    lr = number(run.lr)
    if run.training is None and run.low < 0 and run.exploded is None:
        return f"The surface curves down there (λ = {number(run.low)}): every step lengthens the next one."
    if run.runaway is not None and run.exploded is None:
        return "No minimum is there to hold it: a smaller learning rate only takes longer."
    if run.limit is None or run.curvature is None:
        return f"No stability limit is known for {run.rule}. Try a learning rate ten times smaller than {lr}."
    if run.crossing is not None:
        return _crossing(run)
    limit = f"the stability limit {number(run.limit, 4)} of {run.rule}"
    return f"The learning rate {lr} never exceeded {limit}, but the curvature changes within a step. Try a smaller one."


def _crossed(run: RunSummary) -> bool:
    """Return whether an explosion is explained by the rate that was above its limit."""
    return run.crossing is not None and run.exploded is not None and run.curvature is not None


def _crossing(run: RunSummary) -> str:
    """Say where the rate exceeded the limit, what follows from that, and which rate would have held."""
    lr, curvature, limit = run.crossed
    assert run.curvature is not None
    steep = steepness(run, curvature)
    if limit == 0 and math.isinf(curvature):
        return f"At step {run.crossing:,} {steep}: no learning rate holds there. Try another start."
    if limit == 0:
        return f"With this momentum {run.rule} is stable at no learning rate, whatever the curvature: try one below 1."
    what = f"{number(lr / limit, 3)} times the stability limit {number(limit, 4)} of {run.rule} at {steep}"
    held, safe = f"Below {number(limit, 4)} it would have held", f"try {number(limit / 2, 4)}"
    if math.isclose(curvature, run.curvature, rel_tol=CONSTANT):
        return f"The learning rate {number(lr)} is {what}. {_overshoots(run)}{held}: {safe}."
    later = f"by step {run.step:,} that λ has become {number(run.curvature)}"
    return f"At step {run.crossing:,} the learning rate {number(lr)} was {what}; {later}. {held} there: {safe}."


def _overshoots(run: RunSummary) -> str:
    """Say by how much every step overshoots, and how the loss must grow."""
    if run.predicted is None:
        return ""
    far = abs(1 - run.crossed.lr * run.crossed.curvature)
    what = f"Every step lands {three(far)} times as far on the other side" if run.plain else "Every swing is longer"
    measured = "" if run.measured is None else f", and grew {number(run.measured)}-fold as measured"
    return f"{what}, so the loss must grow {number(run.predicted)}-fold per step{measured}. "

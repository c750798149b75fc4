"""The sentence of every event."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number
from slalom.catalogue.thresholds import EXPLOSION

from .detector import REGROWN, Detection
from .phrases import beside, distinct, three


def sentence(found: Detection, climbs: bool = False) -> str:
    """Say what happened at a step; of a run that ``climbs`` what goes down is minus the loss."""
    what_falls, loss = "minus the loss" if climbs else "the loss", three(found.loss)
    match found.kind:
        case "first_rise":
            low, high = distinct(found.before, found.loss), distinct(found.loss, found.before)
            what = f"{what_falls} rises for the first time, from {low} to {high}"
        case "crossing":
            limit = beside(found.limit, found.lr)
            what = f"the learning rate {number(found.lr)} is above the stability limit {limit}"
        case "saddle":
            what = f"it has left a saddle or a plateau: the gradient is {number(REGROWN)} times its lowest value"
        case "exploded":
            what = f"{what_falls} is {loss}, more than {number(EXPLOSION)} times above its start"
        case "nonfinite" if math.isfinite(found.loss):
            what = "a parameter is no longer finite, and the run ends"
        case "nonfinite":
            what = f"{what_falls} is {loss}, and the run ends"
        case _:
            what = f"{what_falls} is {loss} and counts as converged"
    return f"Step {found.step:,}: {what}."

"""Advice that several kinds of outcome give."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice, Promise

from .run_summary import RunSummary

MOMENTUM = 0.9
"""The momentum that is advised where there is none."""
STEPS_OFTEN = 10
"""Not more than so many times as many steps are advised."""


def learning_rate(value: float, promise: Promise | None = None, up: bool = False) -> Advice:
    """Return the advice to take a learning rate, with three digits, rounded down, or ``up`` where less would not do."""
    rounded = float(f"{value:.2e}")
    if (rounded < value) if up else (rounded > value * (1 + 1e-9)):
        digit = 10.0 ** (math.floor(math.log10(value)) - 2)
        rounded = float(f"{rounded + (digit if up else -digit):.2e}")
    return Advice(field="run.optimizer.lr", value=rounded, promise=promise)


def more_steps(run: RunSummary, more: float, promise: Promise | None = None) -> tuple[Advice, ...]:
    """Return the advice to go on for ``more`` steps, rounded up to two digits, where that is not too many."""
    wanted = run.steps + max(more, 1)
    if not math.isfinite(wanted) or wanted > STEPS_OFTEN * max(run.steps, 1):
        return ()
    size = 10 ** max(0, math.floor(math.log10(wanted)) - 1)
    return (Advice(field="steps", value=math.ceil(wanted / size) * size, promise=promise),)


def momentum(value: float, promise: Promise | None = None) -> Advice:
    """Return the advice to take a momentum."""
    return Advice(field="run.optimizer.momentum", value=value, promise=promise)


def schedule(kind: str, promise: Promise | None = None) -> Advice:
    """Return the advice to let the learning rate fall."""
    return Advice(field="run.schedule.kind", value=kind, promise=promise)


def written(advice: Advice) -> str:
    """Return an advised number as sentences carry it."""
    return number(float(advice.value))

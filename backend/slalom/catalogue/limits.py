"""Is a request larger than this installation allows? Checked once, before anything is computed or stored."""

from __future__ import annotations

from typing import Any

from slalom.errors import LimitExceeded
from slalom.settings import Limits, name_of

from .experiment import AnyExperiment

SCALARS = 6
"""Numbers kept of every entry besides the parameters: loss, lr, grad_norm, step_norm, sharpness, limit."""
SHOWN_PARAMETERS = 64
"""Parameters are kept of problems that have at most this many."""


def table(limits: Limits) -> dict[str, dict[str, Any]]:
    """Return every limit: its value, and the environment variable that sets it."""
    return {name: {"value": getattr(limits, name), "setting": name_of(name)} for name in Limits.model_fields}


def refuse(limits: Limits, name: str, value: int, what: str, *, advice: str = "", status: int = 422) -> None:
    """Raise LimitExceeded where ``value`` is more than the limit called ``name``."""
    allowed = getattr(limits, name)
    if allowed is not None and value > allowed:
        advice = advice or f"Ask for less, or start Slalom with a larger {name_of(name)}."
        message = f"{what} is {value:,}, but at most {allowed:,} is allowed here. {advice}"
        raise LimitExceeded(message, limit=allowed, value=value, setting=name_of(name), status=status)


def check(spec: AnyExperiment, limits: Limits) -> None:
    """Raise LimitExceeded where an experiment is larger than this installation allows."""
    refuse(limits, "runs", len(spec.runs), "The number of listed runs")
    refuse(limits, "steps", spec.steps, "The number of steps")
    refuse(limits, "lanes", spec.lane_count, "The number of runs, with everything that varies,")
    refuse(limits, "experiment_numbers", numbers(spec), "The count of numbers to keep")


def check_interactive(spec: AnyExperiment, limits: Limits, every: int = 1) -> None:
    """Raise LimitExceeded where an experiment is too large to be answered at once."""
    check(spec, limits)
    work = spec.lane_count * spec.steps
    advice = "Create an experiment with POST /api/experiments: it may be larger, and streams while it runs."
    refuse(limits, "simulate_run_steps", work, "The number of steps of all runs together", advice=advice)
    advice = "Ask for every m-th entry with ?every=m, or create an experiment with POST /api/experiments."
    refuse(limits, "simulate_numbers", numbers(spec, every), "The count of numbers in the answer", advice=advice)


def numbers(spec: AnyExperiment, every: int = 1) -> int:
    """Return how many numbers the trace of an experiment has at most, if every ``every``-th entry is kept."""
    dimension = spec.problem.dimension
    columns = SCALARS + (dimension if dimension <= SHOWN_PARAMETERS else 0) + (every > 1)
    return spec.lane_count * (spec.steps // every + 1) * columns

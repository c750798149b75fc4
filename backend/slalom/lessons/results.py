"""Values of a run by name, so that prose and claims have what a run gave and never a number that was typed.

A name is a path into an answer of ``POST /api/simulate``: ``run.1.outcome.nonfinite``, ``run.0.loss.last``. Beyond what
an answer holds there are ``least``, ``most``, ``last`` and ``settled`` (the mean of the last fifth) of a column,
``moved.K.I`` (how far parameter I is at entry K from where it began),
``reaches.X`` (the first entry whose loss is below X, or nothing), ``rises`` (how many steps raised the loss),
``note.KIND.NAME`` (a number of what was noticed about the run), ``trench`` (the learning rate at which the running mean
of the loss is lowest, of a run whose rate climbs) and, over all seeds of a listed run,
``runs.I.mean.PATH``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from slalom.errors import SpecError

RunsResult = Mapping[str, Any]
"""What ``POST /api/simulate`` answers, as Python reads it."""
Value = float | str | None
"""A number, a word such as ``converged``, or None where there is none."""
NUMBERS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}

SMOOTHING = 0.98
"""How much of a running mean stays at every entry."""
PARTS_OF_A_RUN = 5
"""A run is said to have settled in the last of so many parts."""


def value_of(result: RunsResult, path: str) -> Value:
    """Return the value that a path names.

    None where there is none, such as an explosion that never came, or an entry after the end of a run.

    Raises SpecError where a result has nothing of that name.
    """
    first, _, rest = path.partition(".")
    try:
        if first == "runs":
            index, _, rest = rest.partition(".mean.")
            lanes = [run for run in result["runs"] if run["index"] == int(index)]
            return _mean([_within(run, rest.split(".")) for run in lanes])
        if first == "run":
            index, _, rest = rest.partition(".")
            return _within(result["runs"][int(index)], rest.split("."))
    except (KeyError, IndexError, ValueError, TypeError):
        pass
    raise SpecError(
        f"A run has nothing called {path!r}. Take a name such as run.0.loss.last or run.1.outcome.nonfinite."
    )


def _within(run: Mapping[str, Any], path: Sequence[str]) -> Value:
    name, *rest = path
    if name == "rises":
        losses = [number_of(value) for value in run["loss"]]
        return float(sum(after > before for before, after in pairwise(losses)))
    if name == "moved":
        now, begun = (_within(run, ["params", entry, rest[1]]) for entry in (rest[0], "0"))
        return now - begun if isinstance(now, float) and isinstance(begun, float) else None
    if name == "reaches":
        below = float(".".join(rest))
        return next((float(k) for k, value in enumerate(run["loss"]) if number_of(value) < below), None)
    if name == "trench":
        return _trench([number_of(value) for value in run["loss"]], run["lr"])
    if name == "note":
        kind, part = rest
        notes = [note["values"] for note in run["outcome"]["notes"] if note["kind"] == kind]
        return number_of(notes[0][part]) if notes else None
    value: Any = run[name]
    if rest and rest[0].isdigit() and int(rest[0]) >= len(value):
        return None  # An entry after the end of the run.
    for part in rest:
        value = _part(value, part)
    if value is None or (isinstance(value, str) and value not in NUMBERS):
        return value
    return number_of(value)


def _trench(loss: Sequence[float], rates: Sequence[float | str]) -> float:
    mean, lowest, at = 0.0, math.inf, 0
    for k, value in enumerate(loss):
        mean += (1 - SMOOTHING) * (value - mean)
        now = mean / (1 - SMOOTHING ** (k + 1))
        if now < lowest:
            lowest, at = now, k
    return number_of(rates[at])


def _part(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value[part]
    match part:
        case "last":
            return value[-1]
        case "least":
            return min(map(number_of, value))
        case "most":
            return max(map(number_of, value))
        case "settled":
            settled = [number_of(one) for one in value[-max(1, len(value) // PARTS_OF_A_RUN) :]]
            return sum(settled) / len(settled)
    return value[int(part)]


def number_of(value: float | str) -> float:
    """Return a number of an answer, where those that are not finite are words."""
    return NUMBERS[value] if isinstance(value, str) else float(value)


def _mean(values: Sequence[Value]) -> float | None:
    found = [value for value in values if isinstance(value, float)]
    return sum(found) / len(found) if found and len(found) == len(values) else None

"""Runs side by side: what is said of them, and what their files hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.results.exported import comment_of
from slalom.wire.container import to_json

from .outputs import Computed
from .screen import OUTCOME_COLORS, Screen
from .sparkline import sparkline

if TYPE_CHECKING:
    from slalom.catalogue.experiments.outcome import Outcome
    from slalom.results import RunResult, SimulationResult

_MOST_SAID = 8
"""Runs of which is said why; of more, a table says what came of each."""


def say_runs(screen: Screen, result: SimulationResult) -> None:
    """Print what came of every run, and why."""
    screen.say(result.spec.title, "bold")
    if len(result) > 1:
        say_table(screen, result)
    for run in result[:_MOST_SAID]:
        screen.say("")
        if len(result) == 1:
            screen.say(f"{sparkline(run.loss)}  loss {number(float(run.loss[-1]), 4)}")
        screen.say(f"{run.label}: {_verdict(run)}", _color(run.outcome))
        if run.outcome is not None:
            screen.say(run.outcome.because)


def say_table(screen: Screen, result: SimulationResult) -> None:
    """Print one row for every run."""
    columns = ("run", "losses", "loss", "outcome", "at step")
    rows = [
        (
            run.label,
            sparkline(run.loss, 16),
            number(float(run.loss[-1]), 4),
            run.outcome.kind if run.outcome else "",
            "" if run.outcome is None or run.outcome.step is None else f"{run.outcome.step:,}",
        )
        for run in result
    ]
    screen.table(columns, rows, [_color(run.outcome) for run in result])


def _verdict(run: RunResult) -> str:
    if run.outcome is None:
        return "not judged"
    if run.outcome.step is None:
        return f"{run.outcome.kind} after {len(run.loss) - 1:,} steps"
    return f"{run.outcome.kind} at step {run.outcome.step:,}"


def _color(outcome: Outcome | None) -> str | None:
    return None if outcome is None else OUTCOME_COLORS[outcome.kind]


def content_of_runs(result: SimulationResult) -> Computed:
    """Return what files of runs hold."""
    from .replay import replay_page

    replays = not result.spec.problem.is_network
    return Computed(
        result.spec.title,
        lambda: result.to_json().encode(),
        lambda: _table(result),
        lambda: _arrays(result),
        lambda names, theme: [result.figure(name, theme) for name in names or _usual(result)],
        result.provenance,
        {run.label: f"{run.label}: {_verdict(run)}" for run in result},
        comment_of(result.exported()) or b"",  # Without it, Import does not take the file.
        (lambda title, theme: replay_page(result, title, theme)) if replays else None,
    )


def _usual(result: SimulationResult) -> Sequence[str]:
    """Return the pictures that are drawn if none is named: the way where there is one to see, and the losses."""
    problem = result.spec.problem
    return ("path", "loss") if not problem.is_network and problem.dimension in (1, 2) else ("loss",)


def _table(result: SimulationResult) -> dict[str, Any]:
    """Return one row for every run and entry, as GET /api/experiments/{id}/trace?format=csv has it."""
    return {name: column for name, column in result.table().items() if name != "label"}


def _arrays(result: SimulationResult) -> dict[str, np.ndarray]:
    """Return one array (runs, entries) for every column, filled up with NaN, and ``length`` (runs,)."""
    lengths = np.array([len(run.loss) for run in result])
    table, longest = result.table(), int(lengths.max())
    inside = np.arange(longest) < lengths[:, None]
    found: dict[str, np.ndarray] = {"length": lengths}
    for name, column in table.items():
        if name not in ("run", "label", "step"):
            found[name] = np.full(inside.shape, np.nan, column.dtype)
            found[name][inside] = column
    return found


def found_as_json(value: dict[str, Any]) -> bytes:
    """Return what was found as JSON, its infinities as words."""
    return to_json({key: one.tolist() if isinstance(one, np.ndarray) else one for key, one in value.items()})

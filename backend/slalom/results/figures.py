"""Figures of runs: losses and other columns over steps, the share of the stability limit, and paths on a surface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.errors import SlalomError

from .scales import Course, Exit, LossScale, exit_of, linear_span, log_span, loss_scale, share_span, spread_by_ratios
from .style import INK, Theme, axis, color_of, dash_of, mixed, styled
from .ways import check_ways, figure_of_ways

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from slalom.catalogue.experiments import AnyStored

    from .runs import RunResult, SimulationResult

FigureName = Literal["loss", "share", "path"] | str
"""What is drawn: one of these three, or a column."""
FAINT = 0.62
"""How far the losses of mini-batches are mixed into the ground."""
MOST_EXITS = 3
"""Runs that have left the picture, and are told in words."""
STEP = "step"


def check_picture(spec: AnyStored, of: FigureName) -> None:
    """Raise SlalomError where runs of a spec have no picture of that name, as far as that is known without them."""
    if of == "path":
        check_ways(spec.problem)
    elif of not in (names := picture_names(spec.recorded_columns)):
        raise SlalomError(f"There is no picture {of!r} of these runs. Choose one of: {', '.join(names)}.")


def picture_names(columns: Iterable[str]) -> list[str]:
    """Return what can be drawn of runs with some columns."""
    return ["share", "path", *columns]


def figure_of(result: SimulationResult, of: FigureName, theme: Theme, log: bool | None) -> Figure:
    """Return a figure of some runs; raises SlalomError where there is none of that name."""
    if of == "loss":
        return _losses(result, theme, True if log is None else log)
    if of == "share":
        return _shares(result, theme)
    if of == "path":
        return figure_of_ways(_empty(), result, theme)
    if of not in result.runs[0].columns:
        names = ", ".join(picture_names(result.runs[0].columns))
        raise SlalomError(f"There is no picture {of!r} of these runs. Choose one of: {names}.")
    return _column(result, of, theme, log)


def _losses(result: SimulationResult, theme: Theme, log: bool) -> Figure:
    network = result.spec.problem.is_network
    scale = loss_scale([Course(run.loss, run.diverged) for run in result], log, None if network else _best(result))
    figure = _empty()
    for i, run in enumerate(result):
        color = color_of(i, theme)
        batches = network and bool(result.spec.runs[run.index].batch_size)
        shown = mixed(color, INK[theme].card, FAINT) if batches else color
        line = {"color": shown, "dash": "solid" if network else dash_of(i), "width": 1 if batches else 2}
        _line(figure, result.step(i), _within(run.loss, scale), run.label, line)
        if network:
            _measured(figure, result, i, batches, {"color": color, "width": 2}, scale)
    _mark_exits(figure, result, scale, theme)
    title = "loss" if scale.shift == 0 else f"loss {'+' if scale.shift < 0 else '−'} {number(abs(scale.shift), 3)}"
    y = axis(title, scale.span, log=scale.log, theme=theme)
    return styled(figure, axis(STEP, theme=theme), y, theme, result.spec.title)


def _measured(
    figure: Figure, result: SimulationResult, i: int, batches: bool, line: dict[str, Any], scale: LossScale
) -> None:
    """Draw the losses of all training and validation examples, where they were measured."""
    shown = {"val_loss": "dash"} | ({"train_loss": "solid"} if batches else {})
    for name, dash in shown.items():
        values = result[i].columns.get(name, np.empty(0))
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            label = (
                f"{result[i].label}, {name.replace('_', ' ').replace('val', 'validation').replace('train', 'training')}"
            )
            _line(figure, result.step(i)[known], values[known] - scale.shift, label, line | {"dash": dash})


def _mark_exits(figure: Figure, result: SimulationResult, scale: LossScale, theme: Theme) -> None:
    """Say where runs left the picture for good: an arrow at the upper edge, and ∞ or NaN below the axis."""
    ink = INK[theme]
    exits = [(i, run, exit_of(run.loss, scale.top)) for i, run in enumerate(result)]
    gone = [(i, run, found, found.off) for i, run, found in exits if found.off is not None]
    for row, (i, run, found, off) in enumerate(gone):
        color = color_of(i, theme)
        place = {"x": off * result.every, "xref": "x", "showarrow": False}
        figure.add_annotation(**place, y=1, yref="paper", text="▲", font={"color": color}, yanchor="top")
        if found.nonfinite is not None:
            mark = {"text": "NaN" if found.what == "NaN" else "∞", "font": {"color": color, "size": 15}}
            figure.add_annotation(
                **place | {"x": found.nonfinite * result.every}, y=-0.03, yref="paper", yanchor="top", **mark
            )
        if row < MOST_EXITS:
            text = {"text": _left(run, found, off, result.every), "font": {"color": ink.text}, "bgcolor": ink.card}
            figure.add_annotation(
                **place, y=1, yref="paper", xanchor="left", yanchor="top", xshift=10, yshift=-16 * row, **text
            )


def _left(run: RunResult, found: Exit, off: int, every: int) -> str:
    ended = "" if found.nonfinite is None else f", {found.what} at step {found.nonfinite * every:,}"
    return f"{run.label}: off scale at step {off * every:,}{ended}"


def _shares(result: SimulationResult, theme: Theme) -> Figure:
    with np.errstate(all="ignore"):
        shares = [run.lr / run.columns["limit"] for run in result]
    if not any(np.isfinite(share).any() for share in shares):
        raise SlalomError(
            "No stability limit is known for these runs: their rules have no theory, or it was not measured."
        )
    span, log = share_span(shares)
    figure = _empty()
    for i, share in enumerate(shares):
        known = np.isfinite(share)
        line = {"color": color_of(i, theme), "dash": dash_of(i), "width": 2}
        _line(figure, result.step(i)[known], share[known], result[i].label, line)
    figure.add_hline(y=1, line={"color": INK[theme].bad, "width": 1.5})
    y = axis("learning rate / stability limit", span, log=log, theme=theme)
    return styled(figure, axis(STEP, theme=theme), y, theme, result.spec.title)


def _column(result: SimulationResult, of: str, theme: Theme, log: bool | None) -> Figure:
    values = [run.columns[of][np.isfinite(run.columns[of])] for run in result]
    every = np.concatenate([np.ones(1), *values]) if not any(map(len, values)) else np.concatenate(values)
    log = spread_by_ratios([float(every.min()), float(every.max())]) if log is None else log
    figure = _empty()
    for i, run in enumerate(result):
        known = np.isfinite(run.columns[of])
        line = {"color": color_of(i, theme), "dash": dash_of(i), "width": 2}
        _line(figure, result.step(i)[known], run.columns[of][known], run.label, line)
    positive = every[every > 0] if log else every
    span = (log_span if log else linear_span)(float(positive.min(initial=np.inf)), float(positive.max(initial=-np.inf)))
    y = axis(of.replace("_", " "), span, log=log, theme=theme)
    return styled(figure, axis(STEP, theme=theme), y, theme, result.spec.title)


def _within(values: np.ndarray, scale: LossScale) -> np.ndarray:
    """Return losses as they are drawn: shifted, a zero on the lower edge of a logarithmic axis, no infinities."""
    drawn = np.where(np.isfinite(values), values, np.nan).astype(float) - scale.shift
    return np.where(drawn <= 0, 10.0 ** scale.span[0], drawn) if scale.log else drawn


def _best(result: SimulationResult) -> float | None:
    return result.spec.problem.best


def _line(figure: Figure, x: np.ndarray, y: np.ndarray, name: str, line: dict[str, Any]) -> None:
    figure.add_scatter(x=x, y=y, name=name, mode="lines", line=line, meta="steps")


def _empty() -> Figure:
    from plotly.graph_objects import Figure  # Not above: it takes as long as all of Slalom.

    return Figure()

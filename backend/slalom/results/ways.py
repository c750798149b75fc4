"""Ways of runs over a surface of one or two variables: the ground, every iterate, and where each run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.errors import SlalomError

from .scales import Span, linear_span, percentile
from .style import INK, Theme, axis, color_of, styled, symbol_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from .runs import SimulationResult

_MESH = {1: 401, 2: 161}
"""Points along each variable of a surface."""
_LEVELS = 20
"""Lines of equal height, at most."""
_FLAT = 0.45
"""Decades above the floor without a line: there the mesh is coarser than the valley."""
_FAR = 1000.0
"""Times the picture: what is farther away is drawn at that distance, in its direction."""
_ENDS = {(0, 1): "up", (1, 1): "ne", (1, 0): "right", (1, -1): "se", (0, -1): "down", (-1, -1): "sw", (-1, 0): "left"}
"""Where an arrow at the edge points, by the signs of across and upwards; the last one is nw."""


def check_ways(problem: Any) -> None:
    """Raise SlalomError where no way is drawn over a problem: it has more than two variables."""
    if problem.is_network or problem.dimension not in _MESH:
        raise SlalomError(
            "A path is drawn on a surface of one or two variables; these runs have another problem. Draw the loss."
        )


def figure_of_ways(figure: Figure, result: SimulationResult, theme: Theme) -> Figure:
    """Draw the ways of runs; raises SlalomError where the problem has more than two variables."""
    problem = result.spec.problem
    check_ways(problem)
    flat = problem.dimension == 1
    spans = _draw_curve(figure, problem, theme) if flat else _draw_ground(figure, problem, theme)
    ways = [np.stack([run.params[:, 0], run.loss if flat else run.params[:, 1]]) for run in result]
    for i, (run, way) in enumerate(zip(result, ways, strict=True)):
        known = np.asarray(np.isfinite(way).all(axis=0))
        # What follows an entry that is not finite is none.
        length = len(known) if known.all() else int(known.argmin())
        _draw_way(figure, way[:, :length], result.step(i)[:length], i, run.label, spans, theme)
    names = (problem.variables[0], f"f({problem.variables[0]})") if flat else problem.variables
    across, upwards = (axis(name, span, theme=theme) for name, span in zip(names, spans, strict=False))
    return styled(figure, across, upwards, theme, result.spec.title)


def _draw_curve(figure: Figure, problem: Any, theme: Theme) -> tuple[Span, Span]:
    (span,) = problem.domain
    x = np.linspace(span[0], span[1], _MESH[1])
    with np.errstate(all="ignore"):
        y = problem.functions(np).value(x[None])
    line = {"color": INK[theme].axis, "width": 2.5}
    y = np.where(np.isfinite(y), y, np.nan)
    figure.add_scatter(x=x, y=y, mode="lines", line=line, showlegend=False, hoverinfo="skip")
    return span, linear_span(float(np.nanmin(y)), float(np.nanmax(y)))


def _draw_ground(figure: Figure, problem: Any, theme: Theme) -> tuple[Span, Span]:
    """Draw lines of equal height, evenly spaced in the logarithm of the height above the lowest point."""
    across, upwards = problem.domain
    x, y = (np.linspace(low, high, _MESH[2]) for low, high in (across, upwards))
    points = np.stack([grid.ravel() for grid in np.meshgrid(x, y)])
    with np.errstate(all="ignore"):
        z = np.broadcast_to(problem.functions(np).value(points), points.shape[1:]).reshape(_MESH[2], _MESH[2])
        known = z[np.isfinite(z)]
        floor = min([float(known.min()), *([] if problem.best is None else [problem.best])]) if len(known) else 0.0
        rises = known - floor if len(known) else np.ones(1)
        little = 1e-2 * percentile(rises, 0.5) or 1e-12
        heights = np.log10(z - floor + little)
    low, high = float(np.log10(little)), float(np.log10(max(2 * little, percentile(rises, 0.995)) + little))
    start = low + min(_FLAT, (high - low) / 2)
    levels = {"start": start, "end": high, "size": (high - start) / _LEVELS}
    ink = INK[theme]
    about = {"showscale": False, "hoverinfo": "skip", "autocontour": False, "zmin": low, "zmax": high}
    scale = [[0, ink.low], [1, ink.high]]
    line = {"color": ink.line, "width": 1}
    drawn = np.where(np.isfinite(heights), heights, np.nan)
    figure.add_contour(x=x, y=y, z=drawn, contours=levels, colorscale=scale, line=line, **about)
    return across, upwards


def _draw_way(
    figure: Figure, way: np.ndarray, steps: np.ndarray, run: int, label: str, spans: tuple[Span, Span], theme: Theme
) -> None:
    low, high = np.array(spans).T
    room = _FAR * (high - low)
    x, y = np.clip(way, (low - room)[:, None], (high + room)[:, None])
    color = color_of(run, theme)
    line, dot = {"color": color, "width": 1.75}, {"size": 4, "color": color}
    about = {"mode": "lines+markers", "line": line, "marker": dot, "customdata": steps, "meta": "path"}
    hover = "step %{customdata}<br>%{x:.4g}, %{y:.4g}"
    figure.add_scatter(x=x, y=y, name=label, hovertemplate=hover, **about)
    if not len(steps):
        return
    end = np.array([x[-1], y[-1]])
    across, upwards = np.sign(end - np.clip(end, low, high)).astype(int).tolist()
    sides = (across, upwards)
    outside = sides != (0, 0)
    symbol = f"triangle-{_ENDS.get(sides, 'nw')}" if outside else symbol_of(run)
    marker = {"size": 13 if outside else 11, "color": color, "symbol": symbol}
    marker["line"] = {"color": INK[theme].card, "width": 1.5}
    place = np.clip(end, low, high)
    about = {"mode": "markers", "marker": marker, "cliponaxis": False, "showlegend": False, "meta": "head"}
    figure.add_scatter(x=place[:1], y=place[1:], hoverinfo="skip", **about)

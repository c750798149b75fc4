"""A Plotly figure drawn on axes of matplotlib: the same lines, colours, spans and marks.

Only what the figures of :mod:`slalom.results` are made of is known here: lines and markers, filled bands, heat maps,
contours, shapes over a part of an axis, and texts. A pixel of the screen is 0.6 points on paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

PIXEL = 0.6
"""Points on paper for a pixel of the screen."""
_BELOW = 1.5
"""Heights of a text below an axis at which a mark stands: under the numbers."""
_DASHES = {"dash": (9.0, 5.0), "dot": (2.0, 4.0), "dashdot": (9.0, 4.0, 2.0, 4.0), "longdash": (15.0, 6.0)}
_RGB = re.compile(r"rgba?\((\d+),\s*(\d+),\s*(\d+)(?:,\s*([\d.]+))?\)")
_SYMBOLS: dict[str, Any] = {
    "circle": "o",
    "square": "s",
    "triangle-up": "^",
    "diamond": "D",
    "x": "X",
    "cross": "P",
    **{
        f"triangle-{side}": (3, 0, -45 * i)
        for i, side in enumerate(("up", "ne", "right", "se", "down", "sw", "left", "nw"))
    },
}


@dataclass
class Trail:
    """A line that grows with the steps of a run."""

    line: Line2D
    x: np.ndarray
    y: np.ndarray
    steps: np.ndarray
    """Of every point the step that it belongs to."""
    head: Line2D | None = None
    """The marker at its end."""

    def show(self, step: int) -> None:
        """Show it as far as it has come at a step."""
        upto = int(np.searchsorted(self.steps, step, side="right"))
        self.line.set_data(self.x[:upto], self.y[:upto])
        if self.head is not None:
            # The last one stays at the edge, where it may be an arrow.
            whole = upto == len(self.steps)
            place = self.end if whole else (self.x[upto - 1 : upto], self.y[upto - 1 : upto])
            self.head.set_data(*place)
            self.head.set_clip_on(not whole)

    def __post_init__(self) -> None:
        self.end: tuple[Any, Any] = ((), ())

    def add_head(self, head: Line2D) -> None:
        """Give it the marker at its end, which is drawn where it stays."""
        self.head, self.end = head, head.get_data()


class DrawnFigure(NamedTuple):
    """What was drawn on axes."""

    trails: list[Trail]
    named: dict[str, Artist]
    """What a legend shows, by its text."""


def draw_on(axes: Axes, figure: Any) -> DrawnFigure:
    """Draw a Plotly figure on empty axes."""
    layout = figure.layout
    _set_axis(axes, "x", layout.xaxis)
    _set_axis(axes, "y", layout.yaxis)
    drawn = DrawnFigure([], {})
    for order, trace in enumerate(figure.data):
        artist = _TRACES[trace.type](axes, trace, order + 2)
        if artist is None:
            continue
        if trace.name and trace.showlegend is not False:
            drawn.named.setdefault(trace.name, artist)
        if trace.type == "scatter" and (steps := _steps(trace)) is not None:
            drawn.trails.append(Trail(artist, _array(trace.x), _array(trace.y), steps))
        elif trace.meta == "head":
            drawn.trails[-1].add_head(artist)
    for shape in layout.shapes:
        _draw_shape(axes, shape)
    for annotation in layout.annotations:
        _draw_text(axes, annotation, layout.font.color)
    return drawn


def keep_inside(axes: Axes) -> None:
    """Shift sentences to the left that end beyond the picture, which has its final size; long ones are broken."""
    box, per_point = axes.get_window_extent(), axes.figure.dpi / 72
    lower = 0.0
    texts: list[Any] = list(axes.texts)
    for text in texts:
        extent = text.get_window_extent()
        if text.get_ha() != "left":
            continue
        height = extent.height
        if extent.width > box.width:
            text.set_text(text.get_text().replace(": ", ":\n", 1))
            extent = text.get_window_extent()
        beyond = max(0.0, extent.x1 - box.x1)
        x, y = text.xyann
        # Below the arrow at the edge, which a shifted one would cover.
        lower += height if beyond and not lower else 0.0
        text.xyann = (x - beyond / per_point, y - lower / per_point)
        lower += extent.height - height


def color(text: str | None) -> Any:
    """Return a colour as matplotlib has it.

    >>> color("rgb(255,0,0)"), color("rgba(0,0,255,0.5)"), color("#0072b2")
    ((1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 0.5), '#0072b2')
    """
    found = _RGB.fullmatch(text or "")
    if found is None:
        return text
    red, green, blue = (int(part) / 255 for part in found.groups()[:3])
    return red, green, blue, float(found[4] or 1)


def _set_axis(axes: Axes, name: str, axis: Any) -> None:
    import matplotlib.ticker as ticker

    drawn = getattr(axes, f"{name}axis")
    getattr(axes, f"set_{name}scale")("log" if axis.type == "log" else "linear")
    if axis.range is not None:
        ends = np.array(axis.range, float)
        getattr(axes, f"set_{name}lim")(*(10**ends if axis.type == "log" else ends))
    getattr(axes, f"set_{name}label")(axis.title.text or "")
    if axis.type == "log":
        drawn.set_major_locator(ticker.LogLocator(numticks=7))
        drawn.set_minor_locator(ticker.NullLocator())
    elif axis.type != "category":
        formatter = ticker.ScalarFormatter(useMathText=True)
        formatter.set_powerlimits((-3, 5))
        drawn.set_major_formatter(formatter)
        drawn.set_major_locator(ticker.MaxNLocator(6))
    drawn.grid(True, color=axis.gridcolor, linewidth=PIXEL)
    axes.set_axisbelow(True)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(axis.linecolor)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)


def _array(values: Any) -> np.ndarray:
    found = np.asarray(values)
    return found.astype(float) if found.dtype == object and all(map(_is_number, found)) else found


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _steps(trace: Any) -> np.ndarray | None:
    """Return the steps that the points of a run's line belong to: its x, or what it says of every point."""
    if trace.meta == "steps":
        return _array(trace.x)
    return _array(trace.customdata) if trace.meta == "path" else None


def _draw_scatter(axes: Axes, trace: Any, order: int) -> Artist | None:
    x, y = _array(trace.x), _array(trace.y)
    if trace.fill == "toself":
        (patch,) = axes.fill(x, y, color=color(trace.fillcolor), linewidth=0, zorder=order)
        return patch
    mode, line, marker = trace.mode or "lines", trace.line, trace.marker
    about: dict[str, Any] = {"color": color(line.color or marker.color), "linestyle": "none", "zorder": order}
    if "lines" in mode:
        width = (line.width or 2) * PIXEL
        about |= {"linewidth": width, "linestyle": _dashed(line.dash, width)}
    if "markers" in mode:
        edge = marker.line.color
        about |= {"marker": _SYMBOLS[marker.symbol or "circle"], "markersize": (marker.size or 6) * PIXEL}
        about |= {"markerfacecolor": color(marker.color), "markeredgecolor": color(edge or marker.color)}
        about |= {"markeredgewidth": (marker.line.width or 0) * PIXEL}
    about |= {"clip_on": trace.cliponaxis is not False, "solid_joinstyle": "round"}
    (drawn,) = axes.plot(x, y, **about)
    return drawn


def _dashed(dash: str | None, width: float) -> Any:
    """Return a dash as matplotlib has it: in widths of its line."""
    if not dash or dash == "solid":
        return "-"
    lengths = _DASHES.get(dash) or tuple(float(part.removesuffix("px")) for part in dash.split(","))
    return (0, [length * PIXEL / width for length in lengths])


def _draw_heatmap(axes: Axes, trace: Any, order: int) -> None:
    from matplotlib.colors import ListedColormap

    colors = [color(one) for _, one in trace.colorscale]
    edges = [
        _edges(_array(values), scale == "log")
        for values, scale in ((trace.x, axes.get_xscale()), (trace.y, axes.get_yscale()))
    ]
    about = {"vmin": trace.zmin - 0.5, "vmax": trace.zmax + 0.5, "zorder": order, "rasterized": True}
    axes.pcolormesh(*edges, np.ma.masked_invalid(_array(trace.z)), cmap=ListedColormap(colors), **about)


def _edges(centres: np.ndarray, log: bool) -> np.ndarray:
    """Return where the cells around some values begin and end."""
    places = np.log10(centres) if log else centres
    half = np.diff(places) / 2 if len(places) > 1 else np.full(1, 0.5)
    ends = np.concatenate([places[:1] - half[:1], places[:-1] + half[: len(places) - 1], places[-1:] + half[-1:]])
    return 10**ends if log else ends


def _draw_contour(axes: Axes, trace: Any, order: int) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    x, y, z = _array(trace.x), _array(trace.y), np.ma.masked_invalid(_array(trace.z))
    at = trace.contours
    levels = np.arange(at.start, at.end + at.size / 2, at.size)
    cmap = LinearSegmentedColormap.from_list("ground", [color(one) for _, one in trace.colorscale])
    span = {"vmin": trace.zmin, "vmax": trace.zmax, "zorder": order}
    axes.contourf(x, y, z, levels=levels, cmap=cmap, extend="both", **span)
    axes.contour(
        x,
        y,
        z,
        levels=levels,
        colors=[color(trace.line.color)],
        linewidths=trace.line.width * PIXEL,
        linestyles="solid",
        zorder=order,
    )


_TRACES: dict[str, Callable[[Axes, Any, int], Any]] = {
    "scatter": _draw_scatter,
    "heatmap": _draw_heatmap,
    "contour": _draw_contour,
}


def _draw_shape(axes: Axes, shape: Any) -> None:
    line = {"color": color(shape.line.color), "linewidth": (shape.line.width or 0) * PIXEL}
    if shape.type == "line" and shape.y0 == shape.y1:
        axes.axhline(shape.y0, zorder=1.5, **line)
    elif shape.type == "line":
        axes.axvline(shape.x0, zorder=1.5, **line)
    else:
        about = {"facecolor": color(shape.fillcolor), "alpha": shape.opacity, "zorder": 1.5, "linewidth": 0}
        axes.axvspan(shape.x0, shape.x1, **about)


def _draw_text(axes: Axes, text: Any, usual: str) -> None:
    """Write a text at a place of the data or of the picture (``paper``), with its shift in pixels."""
    at = {
        ("x", "y"): "data",
        ("x", "paper"): axes.get_xaxis_transform(),
        ("paper", "paper"): "axes fraction",
    }[(text.xref or "x", "paper" if "paper" in str(text.yref) else "y")]
    across = {"left": "left", "right": "right"}.get(text.xanchor or "", "center")
    upwards = {"top": "top", "bottom": "bottom"}.get(text.yanchor or "", "center")
    size = {"fontsize": text.font.size * PIXEL} if text.font.size else {}
    shift = (text.yshift or 0) * PIXEL
    y = text.y
    if y < 0 and "paper" in str(text.yref):
        y, shift = 0, -float(axes.xaxis.label.get_fontsize()) * _BELOW
    ground = {"bbox": {"facecolor": color(text.bgcolor), "edgecolor": "none", "pad": 0.5, "alpha": 0.8}}
    drawn = axes.annotate(
        text.text.replace("<br>", "\n"),
        (text.x, y),
        xycoords=at,
        xytext=((text.xshift or 0) * PIXEL, shift),
        textcoords="offset points",
        ha=across,
        va=upwards,
        color=color(text.font.color or usual),
        zorder=20,
        annotation_clip=False,
        parse_math=False,
        **size,
        **(ground if text.bgcolor else {}),
    )
    drawn.set_in_layout(False)

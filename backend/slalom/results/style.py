"""Colours, dashes and fonts of figures: those of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Theme = Literal["light", "dark"]

COLORS: dict[Theme, tuple[str, ...]] = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000"),
    "dark": ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7"),
}
UNSELECTED: dict[Theme, str] = {"light": "#7d8894", "dark": "#77838f"}
DASHES: tuple[tuple[float, ...], ...] = ((), (9, 5), (2, 4), (9, 4, 2, 4), (15, 6))
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "x")
COLORED = 8
"""Runs that have a colour of their own; from the sixth on with another dash."""
FONT = "system-ui, sans-serif"
PIXELS = (720, 405)
"""Width and height of a figure."""


class Ink(NamedTuple):
    """What is drawn besides runs."""

    card: str
    text: str
    muted: str
    grid: str
    axis: str
    good: str
    bad: str
    low: str
    high: str
    line: str


INK: dict[Theme, Ink] = {
    "light": Ink(
        "#ffffff", "#1c2127", "#57626d", "#e8eae9", "#a5adb4", "#0a7a55", "#c2352b", "#f7f9fb", "#ccd8e2", "#b3c2cf"
    ),
    "dark": Ink(
        "#171c22", "#e8ecef", "#a0abb5", "#262d35", "#55606b", "#4cc79b", "#ff8177", "#12171c", "#2b3b4a", "#3b4d5e"
    ),
}


def color_of(run: int, theme: Theme) -> str:
    """Return the colour of a run by its number."""
    colors = COLORS[theme]
    return colors[run % len(colors)] if run < COLORED else UNSELECTED[theme]


def dash_of(run: int) -> str:
    """Return the dash of a run by its number, as Plotly writes it."""
    return ",".join(f"{length:g}px" for length in DASHES[_shifted(run)]) or "solid"


def symbol_of(run: int) -> str:
    """Return the marker of a run by its number."""
    return SYMBOLS[_shifted(run)]


def _shifted(run: int) -> int:
    """Return which dash and which marker a run has: from the sixth on, other ones with the same colours."""
    return (run + 2 * (run // len(DASHES))) % len(DASHES)


def mixed(color: str, with_color: str, share: float) -> str:
    """Return a colour on its way to another one: ``share`` 0 is the first, 1 the second.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = [(int(color[i : i + 2], 16), int(with_color[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{int(a + (b - a) * share + 0.5):02x}" for a, b in pairs)


def axis(title: str, span: Sequence[float] | None = None, *, log: bool = False, theme: Theme) -> dict[str, Any]:
    """Return an axis as the page draws it; the ``span`` of a logarithmic one is in powers of ten."""
    ink = INK[theme]
    found: dict[str, Any] = {"title": {"text": title}, "gridcolor": ink.grid, "linecolor": ink.axis, "zeroline": False}
    if log:
        found |= {"type": "log", "exponentformat": "power"}
        if span is not None:
            found["dtick"] = max(1, round((span[1] - span[0]) / 8))
    return found | ({"range": list(span)} if span is not None else {})


def styled(figure: Figure, x: dict[str, Any], y: dict[str, Any], theme: Theme, title: str = "") -> Figure:
    """Give a figure its axes, fonts and ground, and return it."""
    ink = INK[theme]
    width, height = PIXELS
    figure.update_layout(
        template="none",
        width=width,
        height=height,
        margin={"l": 72, "r": 24, "t": 48 if title else 24, "b": 56},
        paper_bgcolor=ink.card,
        plot_bgcolor=ink.card,
        font={"family": FONT, "size": 12, "color": ink.text},
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"},
        title={"text": title, "x": 0.02, "font": {"size": 14}} if title else None,
        xaxis=x,
        yaxis=y,
        hovermode="closest",
    )
    return figure

"""Pictures on one sheet, as wide as a column of print: PDF, SVG and PNG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slalom.errors import SlalomError

if TYPE_CHECKING:
    from slalom.results.provenance import Provenance

    from .printed import DrawnFigure

INCH, POINTS = 25.4, 72.0
"""Millimetres and points of an inch."""
_LETTER, _SAMPLE = 0.56, 7
"""How wide a letter is for a text of height 1, on average; and for how many letters the sample of a line takes room."""
_ROW = 1.6
"""How high a row of a legend is for such a text."""
USUAL_WIDTH = 174.0
"""Millimetres, if not said otherwise: two columns of most journals."""
NARROWEST, WIDEST = 50.0, 2000.0
"""Millimetres that a sheet may be wide."""
BESIDE = 120.0
"""Millimetres from which pictures stand beside each other, and text is of the usual size."""
TEXT, SMALL_TEXT = 8.0, 7.0
"""Points."""
SHARP = 300
"""Dots per inch of what is made of dots."""
MOST_DOTS = 100_000_000
"""Of a sheet: a wider one has fewer per inch, since all of them are in memory at once."""
PRINTED_FORMATS = ("pdf", "svg", "png")
_HEIGHTS = {1: 0.62, 2: 0.45, 3: 0.36}
"""Of pictures beside each other by their number: the height for a width of 1."""
_STACKED = 0.68
"""Of a picture below another."""
_FONTS = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "slalom",
    "axes.unicode_minus": True,
}
"""TrueType in PDF, which publishers ask for: every letter is embedded and can be searched. DejaVu comes with
matplotlib, and has Greek letters and signs."""


class PrintedSheet:
    """Plotly figures on one sheet, drawn; :meth:`save` writes it."""

    def __init__(
        self,
        figures: Sequence[Any],
        width: float = USUAL_WIDTH,
        title: str = "",
        captions: Mapping[str, str] | None = None,
    ) -> None:
        """``width`` in millimetres; ``captions`` replace texts of the legend. Raises SlalomError without matplotlib."""
        need_matplotlib()
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        from .printed import keep_inside

        self.width: float = width
        self._beside = width >= BESIDE
        self._text = TEXT if self._beside else SMALL_TEXT
        ink = figures[0].layout
        self._rc: dict[Any, Any] = {
            **_FONTS,
            "font.size": self._text,
            "text.color": ink.font.color,
            "axes.labelcolor": ink.font.color,
        }
        self._rc |= {"axes.facecolor": ink.plot_bgcolor}
        for side in "xy":
            line = ink[f"{side}axis"].linecolor
            self._rc |= {f"{side}tick.color": line, f"{side}tick.labelcolor": ink.font.color}
        inches = width / INCH
        with rc_context(self._rc):
            self.figure = Figure((inches, inches), layout="constrained")
            self.figure.set_facecolor(ink.paper_bgcolor)
            self.drawn: list[DrawnFigure] = self._draw(figures)
            rows = self._legend(captions or {})
            if title:
                about: dict[str, Any] = {"fontsize": self._text + 1, "fontweight": "bold", "parse_math": False}
                self.figure.suptitle(title, x=0.02, ha="left", **about)
                rows += 1
            self.figure.set_figheight(inches * self._height(len(figures)) + rows * _ROW * self._text / POINTS)
            self.figure.draw_without_rendering()
            for axes in self.figure.axes:
                keep_inside(axes)

    def save(self, path: Path, format: str, about: Provenance | None = None) -> None:
        """Write the sheet; a PDF is exactly ``width`` wide. What the pictures show travels with it as metadata."""
        from matplotlib import rc_context

        with rc_context(self._rc):
            dots = dots_within(MOST_DOTS, SHARP, *self.figure.get_size_inches())
            self.figure.savefig(path, format=format, dpi=dots, metadata=_metadata(format, about))

    def _height(self, count: int) -> float:
        return _HEIGHTS[count] if self._beside else _STACKED * count

    def _draw(self, figures: Sequence[Any]) -> list[DrawnFigure]:
        from .printed import draw_on

        shape = (1, len(figures)) if self._beside else (len(figures), 1)
        cells = self.figure.subplots(*shape, squeeze=False).ravel()
        return [draw_on(axes, figure) for axes, figure in zip(cells, figures, strict=True)]

    def _legend(self, captions: Mapping[str, str]) -> int:
        """Put one legend below all pictures, in as many columns as there is room for, and return its rows."""
        named = {name: artist for drawn in self.drawn for name, artist in drawn.named.items()}
        if not named:
            return 0
        texts = [captions.get(name, name) for name in named]
        room = (self.width / INCH * POINTS) / (self._text * _LETTER)
        columns = max(1, min(len(texts), int(room / (max(map(len, texts)) + _SAMPLE))))
        about: dict[str, Any] = {"ncols": columns, "frameon": False, "handlelength": 2.6}
        legend = self.figure.legend(list(named.values()), texts, loc="outside lower left", **about)
        for text in legend.get_texts():
            text.set_parse_math(False)  # A label may have dollar signs, and no formula is between them.
        return -(-len(texts) // columns)


def dots_within(pixels: int, dots: float, width: float, height: float) -> float:
    """Return dots per inch at which a picture of some inches has at most so many pixels: ``dots`` if those fit.

    >>> dots_within(1_000_000, 100, 5, 4), dots_within(1_000_000, 100, 50, 20)
    (100, 31.622776601683793)
    """
    return min(dots, (pixels / (width * height)) ** 0.5)


def need_matplotlib() -> None:
    """Raise SlalomError where matplotlib is not installed."""
    if util.find_spec("matplotlib") is None:
        raise SlalomError(
            'Pictures are drawn by matplotlib, which is not installed. Try: pip install "slalom[figures]".'
        )


def _metadata(format: str, about: Provenance | None) -> dict[str, Any]:
    """Return what is written into a file besides the picture: by whom it was made and of which spec, but not when."""
    from slalom import __version__

    maker, spec = f"Slalom {__version__}", "" if about is None else json.dumps(about.spec)
    if format == "pdf":
        return {"Creator": maker, "Subject": spec, "CreationDate": None}
    if format == "svg":
        return {"Creator": [maker], "Description": spec, "Date": None}
    return {"Software": maker, "Description": spec}

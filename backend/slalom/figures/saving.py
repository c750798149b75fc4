"""Figures as files from Python: ``slalom.save_figure("runs.pdf", result.figure("path"), result.figure())``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from slalom.errors import SlalomError

from .film import FILM_DOTS, save_film
from .sheet import NARROWEST, PRINTED_FORMATS, USUAL_WIDTH, WIDEST, PrintedSheet

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def save_figure(path: str | Path, *figures: Figure, width: float = USUAL_WIDTH, title: str = "") -> None:
    """Write up to three figures beside each other, or one below the other, to a PDF, SVG, PNG, GIF or MP4.

    ``width`` in millimetres is exact; from 120 on figures stand beside each other. Fonts are embedded. Raises
    SlalomError where the name of the file ends otherwise, and without matplotlib, or for MP4 without ffmpeg.
    """
    path = Path(path)
    format = path.suffix[1:].lower()
    if format not in (*PRINTED_FORMATS, *FILM_DOTS):
        known = ", ".join(f".{name}" for name in (*PRINTED_FORMATS, *FILM_DOTS))
        raise SlalomError(f"{path.name} does not end with one of {known}. Choose one of these.")
    if not 1 <= len(figures) <= 3:
        raise SlalomError(f"There are {len(figures)} figures, and a sheet has room for one to three.")
    if not NARROWEST <= width <= WIDEST:
        raise SlalomError(f"width is {width:g}: a picture is from {NARROWEST:g} to {WIDEST:g} mm wide.")
    sheet = PrintedSheet(figures, width, title)
    if format in FILM_DOTS:
        save_film(sheet, path, format)
    else:
        sheet.save(path, format)

"""Runs as they go, in a film: GIF by Pillow, MP4 by ffmpeg where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import Any

import numpy as np

from slalom.errors import SlalomError

from .sheet import Sheet

FRAMES = 100
"""At most; of longer runs, evenly spaced steps are shown."""
PER_SECOND = 15
HELD = 20
"""Frames for which the end stands still."""
DOTS = {"gif": 110, "mp4": 160}
"""Per inch."""


def save_film(sheet: Sheet, path: Path, format: str) -> None:
    """Write a film of a sheet: its runs grow from their start to their end.

    Raises SlalomError where nothing on it moves, and for MP4 where there is no ffmpeg.
    """
    trails = [trail for drawn in sheet.drawn for trail in drawn.trails]
    if not trails:
        raise SlalomError(f"There are no steps to make a film of in this picture. Write a picture instead of {format}.")
    last = max(int(trail.steps[-1]) for trail in trails if len(trail.steps))
    writer = _writer(format)
    sheet.figure.draw_without_rendering()
    sheet.figure.set_layout_engine("none")
    with writer.saving(sheet.figure, str(path), DOTS[format]):
        for step in _steps(last):
            for trail in trails:
                trail.show(step)
            writer.grab_frame()


def _steps(last: int) -> Iterator[int]:
    yield from np.unique(np.linspace(0, last, min(last + 1, FRAMES)).round().astype(int)).tolist()
    yield from [last] * HELD


def _writer(format: str) -> Any:
    from matplotlib import rcParams
    from matplotlib.animation import FFMpegWriter, PillowWriter

    if format == "gif":
        return PillowWriter(fps=PER_SECOND)
    rcParams["animation.ffmpeg_path"] = need_ffmpeg()
    return FFMpegWriter(fps=PER_SECOND, codec="h264", extra_args=["-pix_fmt", "yuv420p"])


def need_ffmpeg() -> str:
    """Return the program that makes MP4; raises SlalomError where there is none."""
    found = shutil.which("ffmpeg")
    if found is None and util.find_spec("imageio_ffmpeg") is not None:
        found = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    if found is None:
        raise SlalomError(
            "MP4 is made by ffmpeg, which is not installed. Install it, or try: pip install imageio-ffmpeg. "
            "A GIF needs neither: --gif."
        )
    return found

"""Runs as they go, in a film: GIF by Pillow, MP4 by ffmpeg: the system's, or that of imageio-ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module, util
from itertools import chain
from pathlib import Path

import numpy as np

from slalom.errors import SlalomError

from .sheet import PrintedSheet, dots_within

_FRAMES = 100
"""At most; of longer runs, evenly spaced steps are shown."""
PER_SECOND = 15
_HELD = 20
"""Frames for which the end stands still."""
FILM_DOTS = {"gif": 110, "mp4": 160}
"""Per inch, of sheets that are no larger than a screen."""
MOST_PIXELS = 1_500_000
"""Of a frame: a GIF's are all in memory before the first one is written."""


def save_film(sheet: PrintedSheet, path: Path, format: str) -> None:
    """Write a film of a sheet: its runs grow from their start to their end.

    Raises SlalomError where nothing on it moves, and for MP4 where there is no ffmpeg.
    """
    frames = _frames(sheet, dots_within(MOST_PIXELS, FILM_DOTS[format], *sheet.figure.get_size_inches()))
    if format == "gif":
        _save_gif(frames, path)
    else:
        _save_mp4(frames, path)


def need_ffmpeg() -> str:
    """Return the program that makes MP4; raises SlalomError where there is none."""
    found = shutil.which("ffmpeg")
    if found is None and util.find_spec("imageio_ffmpeg") is not None:
        found = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    if found is None:
        raise SlalomError(
            "MP4 is made by ffmpeg, which is not installed. Install it, or try: pip install imageio-ffmpeg, which "
            "comes with slalom[figures]. A GIF needs neither: --gif."
        )
    return found


def _frames(sheet: PrintedSheet, dots: float) -> Iterator[np.ndarray]:
    """Yield the frames, uint8 of shape (height, width, 3), both even; what stands still is drawn only once."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    trails = [trail for drawn in sheet.drawn for trail in drawn.trails if len(trail.steps)]
    if not trails:
        raise SlalomError("There are no steps to make a film of in this picture. Write a PNG, SVG or PDF.")
    moving = [artist for trail in trails for artist in (trail.line, trail.head) if artist is not None]
    for artist in moving:
        artist.set_animated(True)
    sheet.figure.set_dpi(dots)
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    still = canvas.copy_from_bbox(sheet.figure.bbox)
    for step in _steps(max(int(trail.steps[-1]) for trail in trails)):
        canvas.restore_region(still)
        for trail in trails:
            trail.show(step)
        for artist in moving:
            sheet.figure.draw_artist(artist)
        pixels = np.array(canvas.buffer_rgba())[..., :3]
        yield pixels[: len(pixels) // 2 * 2, : pixels.shape[1] // 2 * 2]


def _steps(last: int) -> Iterator[int]:
    yield from np.unique(np.linspace(0, last, min(last + 1, _FRAMES)).round().astype(int)).tolist()
    yield from [last] * _HELD


def _save_gif(frames: Iterator[np.ndarray], path: Path) -> None:
    from PIL import Image

    first, *rest = (Image.fromarray(frame).quantize(method=Image.Quantize.FASTOCTREE) for frame in frames)
    first.save(path, save_all=True, append_images=rest, duration=1000 // PER_SECOND, loop=0)


def _save_mp4(frames: Iterator[np.ndarray], path: Path) -> None:
    program, first = need_ffmpeg(), next(frames)
    height, width, _ = first.shape
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(PER_SECOND), "-i", "-"]
    made = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
    command = [program, "-y", "-loglevel", "error", *given, *made]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        with suppress(BrokenPipeError):  # What it says of that is told below.
            for frame in chain([first], frames):
                process.stdin.write(frame.tobytes())
        with suppress(BrokenPipeError):
            process.stdin.close()
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise SlalomError(f"ffmpeg could not make the video: {said or process.returncode}. Try --gif.")

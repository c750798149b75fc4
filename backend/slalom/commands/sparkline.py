"""Losses as one line of eight heights, on a logarithmic scale where they are positive."""

from __future__ import annotations

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"
BROKEN = "×"
"""Where losses are not finite."""
_WIDTH = 32


class Sparkline:
    """A sparkline of losses that come piece by piece: of many, evenly spaced ones are kept."""

    def __init__(self, width: int = _WIDTH) -> None:
        self._width = width
        self._every, self._seen = 1, 0
        self._kept: list[float] = []

    def take(self, losses: np.ndarray) -> None:
        """Take the next losses."""
        first = -self._seen % self._every
        self._kept += losses[first :: self._every].tolist()
        self._seen += len(losses)
        while len(self._kept) > 2 * self._width:
            self._kept, self._every = self._kept[::2], 2 * self._every

    def __str__(self) -> str:
        return sparkline(np.array(self._kept), self._width)


def sparkline(losses: np.ndarray, width: int = _WIDTH) -> str:
    """Return losses as a line of at most ``width`` characters; of each stretch the highest counts, and NaN above all.

    >>> sparkline(np.array([1e3, 1e2, 1e1, 1.0])), sparkline(np.array([1.0, 2.0, np.inf]))
    ('█▆▃▁', '▁█×')
    """
    if not len(losses):
        return ""
    parts = np.array_split(np.where(np.isfinite(losses), losses, np.inf), min(width, len(losses)))
    heights = np.array([part.max() for part in parts])
    finite = heights[np.isfinite(heights)]
    if not len(finite):
        return BROKEN * len(heights)
    if float(finite.min()) > 0:
        with np.errstate(divide="ignore"):
            heights, finite = np.log(heights), np.log(finite)
    low, high = float(finite.min()), float(finite.max())
    share = (heights - low) / ((high - low) or 1.0)
    places = np.rint(np.where(np.isfinite(share), share, 0) * (len(BLOCKS) - 1)).astype(int)
    return "".join(
        BLOCKS[place] if known else BROKEN for place, known in zip(places, np.isfinite(heights), strict=True)
    )

"""The colours of a map: told apart by lightness as well as by hue, so that nobody needs to see colours.

Every kind of outcome has its own band of lightness; within it, faster is lighter.
"""

from __future__ import annotations

import numpy as np

from .map import CELL_COLUMNS, CELL_KINDS

SHADES = 64
"""Steps from slow to fast."""
PALETTE_ENDS = {
    "diverged": ((16, 8, 16), (104, 30, 44)),
    "growing": ((138, 54, 54), (196, 98, 88)),
    "unfinished": ((34, 84, 140), (128, 170, 205)),
    "stalled": ((96, 100, 108), (134, 138, 146)),
    "oscillating": ((168, 104, 50), (206, 148, 88)),
    "converged": ((196, 186, 112), (255, 240, 150)),
}
"""The colours (red, green, blue) of the slowest and the fastest run of every kind."""
UNKNOWN = (0, 0, 0, 0)
"""A cell that has not been computed: red, green, blue, opacity."""


def palette() -> np.ndarray:
    """Return every colour, uint8, (kinds, SHADES, 3)."""
    along = np.linspace(0, 1, SHADES)[:, None]
    ends = [(np.array(PALETTE_ENDS[kind][0]), np.array(PALETTE_ENDS[kind][1])) for kind in CELL_KINDS]
    return np.rint([low + (high - low) * along for low, high in ends]).astype(np.uint8)


def shades(columns: np.ndarray, steps: int) -> np.ndarray:
    """Return how fast every run was, from 0 to 1; ``columns`` has shape (columns, n).

    What converged or diverged is judged by when, on a log scale (a late explosion is nearly none); the others by how
    far the loss was below its start on average.
    """
    kind, step, mean = (columns[CELL_COLUMNS.index(name)] for name in ("kind", "step", "mean"))
    late = np.log1p(np.nan_to_num(step)) / np.log1p(steps)
    rest = 1 - np.clip(np.nan_to_num(mean, nan=1.0, posinf=1.0), 0, 1)
    found = np.where(
        kind == CELL_KINDS.index("converged"), 1 - late, np.where(kind == CELL_KINDS.index("diverged"), late, rest)
    )
    return np.clip(found, 0, 1)


def coloured(columns: np.ndarray, steps: int) -> np.ndarray:
    """Return the colours of cells, uint8, (n, 4); transparent where nothing is known."""
    known = ~np.isnan(columns[0])
    kind = np.where(known, np.nan_to_num(columns[0]), 0).astype(int)
    shade = np.rint(shades(columns, steps) * (SHADES - 1)).astype(int)
    opaque = np.full((len(kind), 1), 255, np.uint8)
    return np.where(known[:, None], np.hstack([palette()[kind, shade], opaque]), np.array(UNKNOWN, np.uint8))

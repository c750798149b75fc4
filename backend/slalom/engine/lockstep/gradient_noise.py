"""Noise that is added to gradients on a surface: one stream of standard normal numbers per seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SKIPPED_AT_ONCE = 2**20
"""Numbers skipped at once (8 MB) where a run enters its stream late."""


class GradientNoise:
    """Standard normal numbers, one stream per seed: every run with a seed sees the same ones, whoever else runs."""

    def __init__(self, sigma: np.ndarray, seeds: Sequence[int], positions: Sequence[int], dimension: int) -> None:
        """``sigma`` are the standard deviations, shape (E,); a run enters its stream at update ``positions[i]``."""
        self.sigma: np.ndarray = sigma
        self.dimension: int = dimension
        streams = dict.fromkeys(zip(seeds, positions, strict=True))
        self._streams = [_stream(seed, position * dimension) for seed, position in streams]
        place_of = {key: i for i, key in enumerate(streams)}
        self._place = np.array([place_of[key] for key in zip(seeds, positions, strict=True)])

    def take(self, n: int) -> np.ndarray:
        """Return the noise of the next n updates, float64, shape (n, dim, E)."""
        drawn = np.stack([stream.standard_normal((n, self.dimension)) for stream in self._streams], axis=-1)
        return drawn[..., self._place] * self.sigma


def _stream(seed: int, skipped: int) -> np.random.Generator:
    """Return the generator of a seed after ``skipped`` numbers."""
    generator = np.random.Generator(np.random.Philox(seed))
    while skipped > 0:
        skipped -= len(generator.standard_normal(min(skipped, SKIPPED_AT_ONCE)))
    return generator

"""Random numbers that are torch's, drawn without torch: the same seed gives the data that a torch script would see."""

from __future__ import annotations

import numpy as np

NORMALS_AT_ONCE = 16
"""torch draws normal numbers in blocks of this many, and one pair after another where there are fewer."""


class Generator:
    """torch's CPU generator: ``Generator(seed)`` continues as ``torch.Generator().manual_seed(seed)`` does.

    The bits are those of the Mersenne twister MT19937, begun by its ``init_genrand(seed mod 2³²)``.

    Source: Matsumoto, Nishimura 1998, doi:10.1145/272991.272995.

    >>> [round(float(u), 4) for u in Generator(0).uniform(3)]
    [0.4963, 0.7682, 0.0885]
    """

    def __init__(self, seed: int) -> None:
        self._twister = np.random.RandomState(seed % 2**32)
        self._spare: float | None = None

    def bits(self, n: int) -> np.ndarray:
        """Return the next n outputs of the twister, shape (n,), uint32."""
        return self._twister.randint(0, 2**32, n, dtype=np.uint32)

    def uniform(self, n: int) -> np.ndarray:
        """Return ``torch.rand(n)``, bit by bit: multiples of 2⁻²⁴ in [0, 1), shape (n,), float32."""
        return (self.bits(n) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2**-24)

    def normal(self, n: int) -> np.ndarray:
        """Return ``torch.randn(n)``, shape (n,), float32; torch's logarithm and cosine differ in the last digits.

        Both are Box and Muller's method, √(-2 ln u)·(cos 2πv, sin 2πv).
        """
        if n < NORMALS_AT_ONCE:
            return np.array([self._one_normal() for _ in range(n)], np.float32)
        uniform = self.uniform(n)
        whole = n - n % NORMALS_AT_ONCE
        values = np.empty(n, np.float32)
        values[:whole] = _blocks(uniform[:whole])
        if whole < n:
            # The last numbers are drawn again, as a whole block that reaches back into the one before.
            values[n - NORMALS_AT_ONCE :] = _blocks(self.uniform(NORMALS_AT_ONCE))
        return values

    def permutation(self, n: int) -> np.ndarray:
        """Return ``torch.randperm(n)``: 0 to n - 1 in random order, shape (n,), int64."""
        order = list(range(n))
        steps = self.bits(max(0, n - 1)) % np.arange(n, 1, -1)
        for i, step in enumerate(steps.tolist()):
            order[i], order[i + step] = order[i + step], order[i]
        return np.array(order, np.int64)

    def _one_normal(self) -> float:
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        high, low = self.bits(4).astype(np.uint64).reshape(2, 2).T
        angle, radius = (((high << np.uint64(32)) | low) & np.uint64(2**53 - 1)) * 2.0**-53
        radius, angle = np.sqrt(-2 * np.log1p(-radius)), 2 * np.pi * angle
        self._spare = float(radius * np.sin(angle))
        return float(radius * np.cos(angle))


def _blocks(uniform: np.ndarray) -> np.ndarray:
    """Return normal numbers for uniform ones, block by block: cosines in the first half, sines in the second."""
    first, second = np.moveaxis(uniform.astype(np.float64).reshape(-1, 2, NORMALS_AT_ONCE // 2), 1, 0)
    radius, angle = np.sqrt(-2 * np.log1p(-first)), 2 * np.pi * second
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1).astype(np.float32)

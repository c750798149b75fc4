"""What stands between a network's gradient and the rule: an L1 penalty, noise, then clipping by norm, and by value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from slalom.engine.lockstep.gradient_transform import CLIP_EPS, GradientTransform

from .arrays import length_of


class TensorGradientTransform:
    """The disturbance of a group of E runs; gradients have shape (E, D).

    Noise is standard normal, one stream per seed: the numbers of an update depend on the seed and on the place in the
    stream alone, so any update can be the next.
    """

    def __init__(
        self, disturbance: GradientTransform, seeds: Sequence[int], places: Sequence[int], like: Tensor
    ) -> None:
        """``places`` are those of the first update in every run's stream; gradients will be ``like`` this tensor."""
        self.acts: bool = disturbance.acts
        self._kind = np.float32 if like.dtype == torch.float32 else np.float64
        self._noise, self._norm, self._value, self._l1 = (_column(part, like) for part in disturbance)
        streams = dict.fromkeys(zip(seeds, places, strict=True))
        self._streams, order = list(streams), {key: i for i, key in enumerate(streams)}
        self._of_run = torch.tensor([order[key] for key in zip(seeds, places, strict=True)], device=like.device)

    def apply(self, g: Tensor, p: Tensor, step: int) -> Tensor:
        """Return the gradient that the rule sees at parameters p at update ``step``, counted from the first."""
        if self._l1 is not None:
            g = g + self._l1 * p.sign()
        if self._noise is not None:
            g = g + self._noise * self._drawn(g, step)
        if self._norm is not None:
            g = g * (self._norm / (length_of(g).to(g.dtype).unsqueeze(1) + CLIP_EPS)).clamp(max=1)
        if self._value is not None:
            g = torch.minimum(torch.maximum(g, -self._value), self._value)
        return g

    def _drawn(self, g: Tensor, step: int) -> Tensor:
        rows = [self._row(seed, place + step, g.shape[1]) for seed, place in self._streams]
        return torch.from_numpy(np.stack(rows)).to(g.device)[self._of_run]

    def _row(self, seed: int, place: int, count: int) -> np.ndarray:
        bits = np.random.Philox(key=seed, counter=place << 128)
        return np.random.Generator(bits).standard_normal(count, dtype=self._kind)


def _column(part: np.ndarray | None, like: Tensor) -> Tensor | None:
    return None if part is None else torch.from_numpy(part).to(like.device, like.dtype).unsqueeze(1)

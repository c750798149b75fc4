"""The runs of a group as matrices: their parameters, what the rule remembers, and the room that updates are made in.

Rules work with NumPy on a processor, where its calls cost a third of PyTorch's, and with PyTorch on a graphics card.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .disturb import Disturb
from .groups import Group
from .network import Batch, Net

BLOCK = 2**17
"""Parameters of all runs, over a stretch of updates, that are kept for its norms: about 0.5 MB, so in the cache."""
LONGEST = 64
"""Updates of a stretch, at most."""
BEFORE = 2
"""Points before the present one that are remembered: the steps between them are the last two."""
ROOM, ROOM_BLOCK = 8, 2**22
"""Updates that there is room for before those points are moved to the front again, if that takes no more parameters."""
ALIGNMENT = 64
"""Bytes: matrix products of the same numbers at other alignments may differ in the last digit."""


class Stretch(NamedTuple):
    """What happened at n successive entries of E runs; arrays of shape (n, E)."""

    losses: np.ndarray
    grads: np.ndarray
    """Lengths of the gradients of the losses, undisturbed."""
    moves: np.ndarray
    """Lengths of the steps that led to the entries."""
    turns: np.ndarray
    """Dot product of the step that led to an entry and the one before; nan where it is not wanted."""
    finite: np.ndarray
    """Whether all parameters were finite (bool)."""
    rates: np.ndarray
    """Learning rates of the updates that follow, float64."""


class Update(NamedTuple):
    """The last update of a stretch; tensors of shape (E, D) unless said."""

    before: Tensor
    """Parameters one entry earlier; at the start the same."""
    point: Tensor
    loss: Tensor
    """Losses there on the examples of the update, (E,)."""
    slope: Tensor
    """Their gradients."""


class Runners:
    """E runs in lock step; a row of every matrix is a run."""

    def __init__(self, group: Group, net: Net, streams: Sequence[tuple[int, int]], size: int) -> None:
        """``streams`` has every run's seed and place in its noise; updates look at ``size`` examples."""
        self._net = net
        self._xp: Any = torch if net.device.type == "cuda" else np
        self.p: Any = self._setting(group.start)
        """Parameters, (E, D)."""
        self._rule = type(group.optimizer).model_construct(
            **{name: self._setting(value) for name, value in group.optimizer}
        )
        self.state: Any = self._rule.init(self.p, self._xp)
        """What the rule remembers."""
        if group.state is not None:
            self.state = type(group.state)(*(self._setting(value) for value in group.state))
        seeds, places = zip(*streams, strict=True)
        self._disturb = Disturb(group.disturbance, seeds, places, self.point)
        dimension, runs = group.start.shape
        self.longest = min(LONGEST, max(1, BLOCK // (runs * dimension)))
        """Updates of a stretch, at most."""
        room = max(self.longest, min(ROOM, ROOM_BLOCK // (runs * dimension)))
        self._trail = _rows(BEFORE + 1 + room, runs, dimension, net)
        self._trail[: BEFORE + 1] = self.point
        self._slopes = _rows(room, runs, dimension, net)
        pairs = zip(self._trail[BEFORE:-1], self._slopes, strict=True)
        self._slope = [net.place(p, g, size) for p, g in pairs]
        self._at = 0
        """The slope that comes next; the present point is so many rows behind those that come before it."""
        self._losses: list[Tensor] = []

    @property
    def point(self) -> Tensor:
        """Parameters, (E, D)."""
        return torch.as_tensor(self.p)

    @property
    def scale(self) -> Tensor:
        """The rule's preconditioner, (E, D)."""
        return torch.as_tensor(self._rule.preconditioner(self.state, self._xp))

    def go(self, batches: Sequence[Batch], rates: Iterable[Any], first: int) -> None:
        """Make an update for every batch; ``first`` is the number of the first one.

        Rates are numbers that all runs share, or float64 tensors (E, 1) or (E, D).
        """
        if self._at + len(batches) > len(self._slopes):
            self._trail[: BEFORE + 1] = self._trail[self._at : self._at + BEFORE + 1].clone()
            self._at = 0
        at, points, slopes = self._at, self._own(self._trail[BEFORE:]), self._own(self._slopes)
        step, state, losses = self._rule.step, self.state, []
        p, g = points[at], None
        with torch.no_grad():
            for i, (batch, rate) in enumerate(zip(batches, rates, strict=True), at):
                losses.append(self._slope[i](batch))
                g = slopes[i]
                if self._disturb.acts:
                    g = self._own(self._disturb.apply(self._slopes[i], first + i - at))
                p, state = step(p, g, state, self._own(rate), self._xp)
                points[i + 1][:] = p
        # A slope that the rule remembers is copied, for the room of slopes is used again.
        self.state = type(state)(*(deepcopy(value) if value is g else value for value in state))
        self.p, self._losses = p, losses
        self._at += len(losses)

    def stretch(self, lr: np.ndarray, turns: bool) -> Stretch:
        """Return what happened at the entries just left; ``lr`` are the rates (n, E); turns are measured if wanted."""
        first, end = self._at - len(lr), self._at
        points, slopes = self._trail[first + 1 : end + BEFORE], self._slopes[first:end]
        steps = points[1:] - points[:-1]
        moves, grads = (torch.linalg.vector_norm(values, dim=2) for values in (steps, slopes))
        found = [values.cpu().numpy() for values in (torch.stack(self._losses), grads, moves)]
        finite = np.isfinite(found[2])
        if not finite.all() or not np.isfinite(found[1]).all():
            finite = points[1:].isfinite().all(2).cpu().numpy()
            found[1:] = [_exact(values, norms) for values, norms in zip((slopes, steps), found[1:], strict=True)]
        turned = np.full(finite.shape, np.nan)
        if turns:
            earlier = self._trail[first + 1] - self._trail[first]
            trail = torch.cat([earlier[None], steps]).double()
            turned = (trail[1:] * trail[:-1]).sum(2).cpu().numpy()
        return Stretch(found[0], found[1], found[2], turned, finite, lr)

    def last(self) -> Update:
        """Return the last update that was made."""
        before, point = self._trail[self._at : self._at + BEFORE].clone()
        return Update(before, point, self._losses[-1], self._slopes[self._at - 1])

    def _own(self, value: Any) -> Any:
        """Return a tensor as rules want it; other values as they are."""
        return value.numpy() if isinstance(value, Tensor) and self._xp is np else value

    def _setting(self, value: Any) -> Any:
        """Return columns as matrices: (E,) as (E, 1) in float64, (D, E) as (E, D); other values as they are."""
        if not isinstance(value, np.ndarray):
            return value
        if value.ndim == 1:
            return self._own(torch.from_numpy(value).to(self._net.device).unsqueeze(1))
        return self._own(torch.from_numpy(np.ascontiguousarray(value.T)).to(self._net.device, self._net.dtype))


def _rows(n: int, runs: int, dimension: int, net: Net) -> Tensor:
    """Return room for n matrices (E, D), each of which begins at a multiple of 64 bytes."""
    unit = ALIGNMENT // net.dtype.itemsize
    length = -(-runs * dimension // unit) * unit
    room = torch.zeros((n, length), dtype=net.dtype, device=net.device)
    return room[:, : runs * dimension].view(n, runs, dimension)


def _exact(values: Tensor, norms: np.ndarray) -> np.ndarray:
    """Return norms (n, E) of vectors (n, E, D), those that overflowed computed again in float64."""
    again = torch.linalg.vector_norm(values, dim=2, dtype=torch.float64).cpu().numpy()
    return np.where(np.isfinite(norms), norms, again)

"""The runs of a group as matrices: their parameters, what the rule remembers, and what every update shows of itself.

Rules work with NumPy on a processor, where its calls cost a third of PyTorch's, and with PyTorch on a graphics card.
An update touches little memory, and the same again and again; what is measured of it is measured while it is cached.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .disturb import Disturb
from .groups import Group
from .network import Batch, Net

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
    """Their gradients; they stand there until the next stretch."""


class Arrival(NamedTuple):
    """The step that led to an entry."""

    origin: Any
    """The point before, (E, D)."""
    step: Any
    """(E, D)."""
    move: Any
    """Its length, (E,)."""
    turn: Any
    """Its dot product with the step before it, (E,), float64; nan where it is not wanted."""
    finite: Any
    """Whether all parameters are finite now, (E,)."""


class Runners:
    """E runs in lock step; a row of every matrix is a run."""

    def __init__(self, group: Group, net: Net, streams: Sequence[tuple[int, int]], size: int) -> None:
        """``streams`` has every run's seed and place in its noise; updates look at ``size`` examples."""
        self._net = net
        self._xp: Any = torch if net.device.type == "cuda" else np
        self.p: Any = self._setting(group.start)
        """Parameters, (E, D); like all that a rule returns, never written to again."""
        self._rule = type(group.optimizer).model_construct(
            **{name: self._setting(value) for name, value in group.optimizer}
        )
        self.state: Any = self._rule.init(self.p, self._xp)
        """What the rule remembers."""
        if group.state is not None:
            self.state = type(group.state)(*(self._setting(value) for value in group.state))
        seeds, places = zip(*streams, strict=True)
        self._disturb = Disturb(group.disturbance, seeds, places, self.point)
        self._here = _room(self.point)
        # Two, in turns: a rule may remember a slope until the next update.
        self._slopes = [_room(self.point) for _ in range(2)]
        self._slope = [net.place(self._here, slope, size) for slope in self._slopes]
        self._all = self._own(torch.ones(len(self.p), dtype=torch.bool, device=net.device))
        self._none = self._own(torch.full((len(self.p),), math.nan, dtype=torch.float64, device=net.device))
        self._arrival = self._arrived(self.p, self.p, None)
        self._update: Update | None = None

    @property
    def point(self) -> Tensor:
        """Parameters, (E, D)."""
        return torch.as_tensor(self.p)

    @property
    def scale(self) -> Tensor:
        """The rule's preconditioner, (E, D)."""
        return torch.as_tensor(self._rule.preconditioner(self.state, self._xp))

    @property
    def last(self) -> Update:
        """The last update that was made."""
        assert self._update is not None
        return self._update

    def go(self, batches: Sequence[Batch], rates: Iterable[Any], lr: np.ndarray, first: int, turns: bool) -> Stretch:
        """Make an update for every batch, and return what happened at the entries that were left.

        ``rates`` are numbers that all runs share, or float64 tensors (E, 1) or (E, D); ``lr`` are those that are noted,
        (n, E). ``first`` is the number of the first update; turns are measured if they are wanted.
        """
        here, slopes = self._own(self._here), [self._own(slope) for slope in self._slopes]
        here[:] = p = self.p
        state, arrival, step = self.state, self._arrival, self._rule.step
        losses, grads, arrivals, g = [], [], [], None
        with torch.no_grad():
            for i, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
                losses.append(self._slope[i % 2](batch))
                g = slopes[i % 2]
                grads.append(self._length(g))
                arrivals.append(arrival)
                if self._disturb.acts:
                    g = self._own(self._disturb.apply(self._slopes[i % 2], first + i))
                new, state = step(p, g, state, self._own(rate), self._xp)
                arrival = self._arrived(p, new, arrival.step if turns else None)
                here[:] = p = new
        # A slope that the rule remembers is copied, for its room is used again.
        self.state = type(state)(*(deepcopy(value) if value is g else value for value in state))
        self.p, self._arrival = p, arrival
        point, origin = torch.as_tensor(arrival.origin), torch.as_tensor(arrivals[-1].origin)
        self._update = Update(origin, point, losses[-1], self._slopes[(len(losses) - 1) % 2])
        _, _, *seen = zip(*arrivals, strict=True)
        moves, turned, finite = map(_column, seen)
        return Stretch(_column(losses), _column(grads), moves, turned, finite, lr)

    def _arrived(self, origin: Any, point: Any, before: Any) -> Arrival:
        """Return what there is to know of a step; ``before`` is the one before it, where turns are wanted."""
        step = point - origin
        move = self._length(step)
        finite, turn = self._all, self._none
        if self._xp is torch or not _are_finite(move):  # A graphics card is not waited for.
            finite = self._xp.isfinite(point).all(1)
        if before is not None:
            turn = (torch.as_tensor(step).double() * torch.as_tensor(before).double()).sum(1)
        return Arrival(origin, step, move, turn, finite)

    def _length(self, values: Any) -> Any:
        """Return |v| of every row, (E,): in double precision where squares overflow, and on a graphics card always."""
        if self._xp is torch:
            return torch.linalg.vector_norm(values, dim=1, dtype=torch.float64)
        lengths = np.sqrt(np.vecdot(values, values))
        if not _are_finite(lengths):
            exact = torch.linalg.vector_norm(torch.from_numpy(values), dim=1, dtype=torch.float64).numpy()
            lengths = np.where(np.isfinite(lengths), lengths, exact)
        return lengths

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


def _room(like: Tensor) -> Tensor:
    """Return room for a matrix that begins at a multiple of 64 bytes."""
    room = torch.zeros_like(like, memory_format=torch.contiguous_format)
    assert room.data_ptr() % ALIGNMENT == 0
    return room


def _are_finite(numbers: Any) -> bool:
    """Return whether all of a few numbers are finite; NumPy's way takes seven times as long."""
    return all(map(math.isfinite, numbers.tolist()))


def _column(values: Sequence[Any]) -> np.ndarray:
    """Return arrays or tensors (E,) of n entries as one array (n, E)."""
    return torch.stack(list(values)).cpu().numpy() if isinstance(values[0], Tensor) else np.stack(values)

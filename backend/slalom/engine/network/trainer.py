"""The runs of a group: their parameters, what the rule remembers, and what every update shows of itself.

Gradients are computed for all runs at once, and rules are applied tile by tile (see :mod:`.optimizer_tiles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slalom.engine.lockstep.averages import Average, Averages
from slalom.engine.lockstep.checkpoints import StatePart
from slalom.engine.lockstep.groups import Group, ready
from slalom.engine.lockstep.interfaces import StepStatistics

from .arrays import library_for, set_apart
from .gradient_transform import TensorGradientTransform
from .metrics import Metrics, UpdateContext
from .model import Batch, Net
from .optimizer_tiles import EVERYTHING, OptimizerTile, UpdateStatistics, slices

Visits = Mapping[int, Callable[[], None]]
"""What is called before which of some updates."""
NOWHERE: Visits = MappingProxyType({})


@dataclass(slots=True)
class NetworkSteps(StepStatistics):
    """Steps of networks; arrays of shape (n, E)."""

    grad_norm: np.ndarray
    """Lengths of the gradients of the losses, undisturbed."""
    step_norm: np.ndarray
    """Lengths of the steps that led to the entries."""
    turn: np.ndarray
    """Dot product of the step that led to an entry and the one before; nan where it is not wanted."""
    finite: np.ndarray
    """Whether all parameters were finite (bool)."""
    metrics: list[Metrics]
    """What was measured, entry by entry."""
    states: list[tuple[int, StatePart]]
    """Entries, and the states there that are to be kept."""


class LockstepTrainer:
    """E runs in lock step."""

    def __init__(
        self, group: Group, net: Net, streams: Sequence[tuple[int, int]], size: int, steps: int, by_layer: bool = False
    ) -> None:
        """``streams`` has every run's seed and place in its noise; updates look at ``size`` examples.

        ``steps``: the updates whose entries are wanted.
        ``by_layer``: layers have rates of their own.
        """
        self._xp = library_for(net.device)
        start = torch.from_numpy(np.ascontiguousarray(group.start.T)).to(net.device, net.dtype)
        self._runs, self._dimension = start.shape
        self._here, self._there = set_apart(start), set_apart(torch.zeros_like(start))
        """Gradients of the losses."""
        self._slope = net.place(self._here, self._there, size)
        seeds, places = zip(*streams, strict=True)
        self._disturb = TensorGradientTransform(group.disturbance, seeds, places, start)
        self._felt = torch.zeros_like(start) if self._disturb.acts else self._there
        """Gradients as the rule is given them."""
        self._averages = None if group.average is None else Averages(self._begun(group.average))
        fields = {name: self._setting(value) for name, value in group.optimizer}
        state = None if group.state is None else [self._setting(value) for value in group.state]
        layers = net.blueprint.layers
        self._tiles, self._layers = list[OptimizerTile](), list[slice]()
        """The tiles, and in which column of the rates of layers theirs are."""
        by_tensor, self._asks = group.optimizer.by_tensor, group.optimizer.uses_closure
        self._by_run, tensors = group.optimizer.by_run, [one.shape for one in net.blueprint.tensors]
        shapes = {one.start: one.shape for one in net.blueprint.tensors} if by_tensor else {}
        cuts = slices(net.blueprint, self._runs, start.element_size(), by_layer, self._xp is np, by_tensor)
        for cut in [EVERYTHING] if self._by_run else cuts:
            here, there, felt = (self._own(cut.of(room)) for room in (self._here, self._there, self._felt))
            rule = type(group.optimizer).model_construct(**{name: cut.of(value) for name, value in fields.items()})
            rule = rule.of_tensor(shapes.get(cut.columns.start or 0, (self._dimension,)))
            rule = ready(rule, tensors, seeds[cut.runs], steps, rows=True)
            memory = state and type(group.state)(*(_whole(cut.of(value)) for value in state))
            self._tiles.append(OptimizerTile(cut, here, there, felt, rule, memory))
            at = next(i for i, layer in enumerate(layers) if layer.stop > (cut.columns.start or 0))
            self._layers.append(slice(at, at + 1) if by_layer else slice(0, 1))
        nothing, unknown = np.zeros((1, self._runs)), np.full((1, self._runs), np.nan)
        self._arrival = nothing, unknown, start.isfinite().all(1).cpu().numpy()[None]
        """Of the entry that is next: the length of the step that led there, its turn, and whether all is finite."""
        self._made = 0
        self._losses, self._seen = list[Tensor](), list[UpdateStatistics]()
        """Of the updates that were not asked for yet: losses, and what every tile saw."""
        self._trail = (self._here.clone(),) * 2
        """Parameters before the last two updates that were kept."""

    @property
    def point(self) -> Tensor:
        """Parameters, (E, D)."""
        return self._here.clone()

    @property
    def scale(self) -> Tensor:
        """The rule's preconditioner, (E, D)."""
        return torch.as_tensor(self._joined([tile.scale() for tile in self._tiles]))

    @property
    def state(self) -> Any:
        """What the rule remembers: its NamedTuple of arrays (E, D) or (E, 1), and numbers that all runs share."""
        states = [tile.state for tile in self._tiles]
        made: dict[int, Any] = {}
        for values in zip(*states, strict=True):
            if id(values[0]) not in made:
                made[id(values[0])] = self._joined(values)
        return type(states[0])(*(made[id(value)] for value in states[0]))

    @property
    def last(self) -> UpdateContext:
        """The last update that was made."""
        before, point = self._trail
        average: Any = None if self._averages is None else self._averages.values
        return UpdateContext(before, point, self._losses[-1], self._there.clone(), lambda: self.scale, average)

    @property
    def average(self) -> Average | None:
        """The average of the parameters before this entry, ``values`` (E, D); None where none is kept."""
        return None if self._averages is None else self._averages.now

    def train(
        self,
        batches: Sequence[Batch],
        rates: list[float] | np.ndarray,
        turns: bool = False,
        ends: int = 0,
        visits: Visits = NOWHERE,
    ) -> None:
        """Make an update for every batch.

        ``rates`` are numbers that all runs share, or float64, (n, E, 1) or (n, E, layers). Turns are measured if they
        are wanted. Of the last ``ends`` updates, at most 2, the parameters before them are kept: ``last`` shows them.
        Before update i of these, ``visits[i]`` is called.
        """
        last = len(batches) - 1
        each: Any = rates
        if isinstance(rates, np.ndarray):
            each = self._own(torch.from_numpy(rates).to(self._here.device))
        tiles = list(zip(self._tiles, self._layers, strict=True))
        with torch.no_grad():
            for i, (batch, rate) in enumerate(zip(batches, each, strict=True)):
                if i in visits:
                    visits[i]()
                if self._averages is not None:
                    self._averages.show(self._here)
                if i > last - ends:
                    self._trail = self._trail[1], self._here.clone()
                self._losses.append(self._slope(batch))
                if self._disturb.acts:
                    self._felt.copy_(self._disturb.apply(self._there, self._here, self._made))
                keep = turns or i == last
                for tile, layer in tiles:
                    own = rate if isinstance(rate, float) else rate[tile.cut.runs, layer]
                    closure = partial(self._evaluate, batch) if self._asks else None
                    self._seen.append(tile.update(own, turns, keep, closure))
                self._made += 1

    def _evaluate(self, batch: Batch, point: Any) -> tuple[Any, Any]:
        """Return losses (E,) at other parameters, (E, D), and gradients with the disturbance of this update."""
        here, there = self._here.clone(), self._there.clone()
        self._here.copy_(torch.as_tensor(point))
        losses = self._slope(batch)
        gradients = self._disturb.apply(self._there, self._here, self._made) if self._disturb.acts else self._there
        found = self._own(losses), self._own(gradients.clone())
        for room, kept in ((self._here, here), (self._there, there)):
            room.copy_(kept)
        return found

    def take_statistics(
        self, lr: np.ndarray, metrics: list[Metrics], states: list[tuple[int, StatePart]]
    ) -> NetworkSteps:
        """Return what happened at the entries that were left since this was last asked, at least one.

        ``lr`` are the rates that are recorded of the updates from there, (n, E); ``metrics`` and ``states`` belong to
        them.
        """
        grads, moves, turned, finite = (self._of_runs(parts) for parts in zip(*self._seen, strict=True))
        after = np.sqrt(moves.sum(axis=1, dtype=np.float64)), turned.sum(axis=1), finite.all(axis=1)
        arrivals = [np.concatenate(pair) for pair in zip(self._arrival, after, strict=True)]
        moves, turned, finite = (column[:-1] for column in arrivals)
        self._arrival = tuple(column[-1:] for column in arrivals)
        lengths = np.sqrt(grads.sum(axis=1, dtype=np.float64))
        found = NetworkSteps(_rows(self._losses), lr, lengths, moves, turned, finite, metrics, states)
        self._losses, self._seen = [], []
        return found

    def _of_runs(self, parts: Sequence[Any]) -> np.ndarray:
        """Return what all tiles measured at n updates as (n, layers, E); where layers are not apart, (n, 1, E)."""
        cat = torch.cat(list(parts)).cpu().numpy() if self._xp is torch else np.concatenate(parts)
        return cat.reshape(len(parts) // len(self._tiles), -1, self._runs)

    def _joined(self, values: Sequence[Any]) -> Any:
        """Return what all tiles have of one thing as a matrix (E, D) or a column (E, 1), or the number that it is."""
        first: Any = values[0]
        if not isinstance(first, np.ndarray | Tensor):
            return first
        if self._by_run:  # There is one tile, which may remember more of a run than its parameters.
            return first.clone() if isinstance(first, Tensor) else first.copy()
        wide = any(tile.p.shape[1] > 1 for tile in self._tiles)
        of_runs = wide and all(value.shape[1] == 1 for value in values)
        shape = self._runs, 1 if of_runs else self._dimension
        whole: Any = first.new_empty(shape) if isinstance(first, Tensor) else np.empty(shape, first.dtype)
        for tile, value in zip(self._tiles, values, strict=True):
            whole[tile.cut.runs, slice(None) if of_runs else tile.cut.columns] = value
        return whole

    def _begun(self, average: Average) -> Average:
        """Return an average with its values as a tensor (E, D)."""
        if average.values is None:
            return average
        values = torch.from_numpy(np.ascontiguousarray(average.values.T))
        return average._replace(values=values.to(self._here.device, self._here.dtype))

    def _own(self, value: Tensor) -> Any:
        """Return a tensor as rules want it."""
        return value if self._xp is torch else value.numpy()

    def _setting(self, value: Any) -> Any:
        """Return columns as matrices: (E,) as (E, 1) in float64, (D, E) as (E, D); other values as they are."""
        if not isinstance(value, np.ndarray):
            return value
        if value.dtype == object:
            return value[:, None]
        if value.ndim == 1:
            return self._own(torch.from_numpy(value).to(self._here.device).unsqueeze(1))
        return self._own(torch.from_numpy(np.ascontiguousarray(value.T)).to(self._here.device, self._here.dtype))


def _whole(value: Any) -> Any:
    """Return a part of a matrix as an array of its own."""
    return value.copy() if isinstance(value, np.ndarray) else value.contiguous() if isinstance(value, Tensor) else value


def _rows(losses: Sequence[Tensor]) -> np.ndarray:
    """Return losses (E,) of n entries, (n, E)."""
    return torch.stack(list(losses)).cpu().numpy()

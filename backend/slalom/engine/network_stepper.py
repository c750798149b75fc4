"""Networks in lock step: one group of runs in training.

All parameters of a group are one tensor (E, D), row e those of run e. The inner loop has no conditions: stretches of
updates, then one set of norms. Stretches end where the spec alone says so (see :mod:`slalom.engine.pace`), or where a
tick does, which changes no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from slalom.catalogue.experiment import Lane
from slalom.catalogue.experiments import AnyExperiment

from .batches import ORDERS, Batches
from .disturb import Disturb
from .groups import Group, Snapshot
from .layer_rates import LayerRates, highest
from .measures import Gauge, Material, Moment, Sight
from .network import Net
from .pace import Course, is_due, next_due
from .rates import Rates, plan_of
from .snapshots import Part
from .verdict import PERIOD

BLOCK = 2**17
"""Parameters of all runs, over a stretch of updates, that are kept for its norms: about 0.5 MB, so in the cache."""
LONGEST = 64
"""Updates of a stretch, at most."""
NEAR_END = PERIOD + 2
"""So many of the last entries have their turns measured."""

Origin = Sequence[Snapshot | None]


class Stretch(NamedTuple):
    """What happened at n successive entries of E runs; arrays of shape (n, E)."""

    losses: np.ndarray
    grads: np.ndarray
    """Lengths of the gradients of the losses, undisturbed."""
    moves: np.ndarray
    """Lengths of the steps that led to the entries."""
    turns: np.ndarray
    """Dot product of the step that led to an entry and the one before; nan but for the last entries."""
    finite: np.ndarray
    """Whether all parameters were finite (bool)."""
    rates: np.ndarray
    """Learning rates of the updates that follow, float64."""


class Walk(NamedTuple):
    """What happened since the last walk."""

    stretches: list[Stretch]
    sights: list[Sight]
    """What was measured, entry by entry."""
    states: list[tuple[int, Part]]
    """Entries, and the states there that are to be kept."""


class NetworkStepper:
    """A group of networks, from its first entry on."""

    stretch = 256
    """Updates between two signs of life, at most."""

    def __init__(
        self,
        group: Group,
        lanes: Sequence[Lane],
        origin: Origin,
        spec: AnyExperiment,
        net: Net,
        material: Material,
        course: Course,
    ) -> None:
        """``lanes`` and ``origin`` are those of the whole experiment."""
        chosen, came = [lanes[i] for i in group.members], [origin[i] for i in group.members]
        self.group, self.net, self._material, self._course = group, net, material, course
        self._places = [0 if one is None else one.place for one in came]
        self._p = self._tensor(group.start)
        self._rule = type(group.optimizer).model_construct(
            **{name: self._setting(value) for name, value in group.optimizer}
        )
        self._state = self._rule.init(self._p, torch)
        if group.state is not None:
            self._state = type(group.state)(*(self._setting(value) for value in group.state))
        plans = [highest(lane, plan_of(lane, one, spec.steps)) for lane, one in zip(chosen, came, strict=True)]
        self.rates = Rates(plans)
        self._layers = None if chosen[0].run.layer_lr is None else LayerRates(chosen, plans, net)
        alike = {(plan.schedule.model_dump_json(), plan.lr, plan.total, plan.offset) for plan in plans}
        self._alike = len(alike) == 1 and (len(plans) == 1 or self.rates.known is None) and self._layers is None
        self._schedules = [plan.schedule.model_dump_json() for plan in plans]
        self._whole, self._batches = _batches_of(chosen, self._places, net, material)
        self._disturb = Disturb(group.disturbance, [lane.seed for lane in chosen], self._places, self._p)
        self._gauge = Gauge(net, material, group, self._rule, course)
        self._longest = min(LONGEST, max(1, BLOCK // self._p.numel()))
        self._before: list[Tensor] = []
        self._dead = torch.zeros(len(self._p), dtype=torch.bool)
        self._kept = 0
        self.seconds, self.made = 0.0, 0

    def walk(self, n: int) -> Walk:
        """Make n updates; return what happened and what was seen."""
        walk = Walk([], [], [])
        while n:
            entry, course = self.rates.step, self._course
            if self._kept < len(course.kept) and entry == course.kept[self._kept]:
                walk.states.append((entry, self.part()))
                self._kept += 1
            due = is_due(entry, course.pace.losses, course.last)
            most = min(n, self._until(entry + 1) - entry, 1 if due else self._longest)
            lr = self._next(most)
            stretch, moment = self._walk(entry, lr)
            walk.stretches.append(stretch)
            if due:
                walk.sights.append(self._gauge.look(moment, self._whole))
            n -= len(lr)
        return walk

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        while n:
            lr = self._next(min(n, self._longest))
            points, _, _ = self._go(lr)
            self._before = [*self._before, *points][-2:]
            n -= len(lr)

    def snapshot(self, run: int) -> Snapshot:
        """Return all that run number ``run`` of the group needs to go on from here."""
        plan = self.rates.plans[run]
        return Snapshot(
            step=plan.offset + self.rates.step,
            params=self._p[run].cpu().numpy().copy(),
            rule=self.group.optimizer.kind,
            state=type(self._state)(*(_row(value, run) for value in self._state)),
            schedule=plan.schedule,
            schedule_state=self.rates.state_of(run),
            drawn=self._places[run] + self.rates.step,
        )

    def part(self) -> Part:
        """Return the state of the whole group."""
        step, runs = self.rates.step, range(len(self._p))
        fresh: dict[int, Any] = {}
        state = [fresh.setdefault(id(value), _as_numpy(value)) for value in self._state]
        return Part(
            members=self.group.members.tolist(),
            rule=self.group.optimizer.kind,
            params=_as_numpy(self._p),
            state=type(self._state)(*state),
            steps=[plan.offset + step for plan in self.rates.plans],
            drawn=[place + step for place in self._places],
            schedules=self._schedules,
            plateaus=[self.rates.state_of(run) for run in runs],
        )

    def _until(self, entry: int) -> int:
        """Return the next entry, not before ``entry``, at which something is looked at, or kept."""
        course = self._course
        due = next_due(entry, course.pace.losses, course.last)
        if entry > course.last:
            due = entry + LONGEST
        return min(due, course.kept[self._kept]) if self._kept < len(course.kept) else due

    def _next(self, most: int) -> np.ndarray:
        """Return the rates of the updates that can be made at once, at most so many, shape (n, E)."""
        known = self.rates.known
        if known is not None:
            if self.rates.reads:
                batch = self._material.sample(self._course.seen.losses)
                assert batch is not None
                self.rates.read(self.net.losses(self._p, batch).cpu().numpy())
            most = min(most, known)
        return self.rates.take(most)

    def _go(self, lr: np.ndarray) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Make an update for every row of rates (n, E); return points and losses before them, and slopes (n, E, D)."""
        slope, step, p, state = self.net.slope, self._rule.step, self._p, self._state
        slopes = p.new_empty((len(lr), *p.shape))
        rates: Any = lr[:, 0].tolist()
        if self._layers is not None:
            rates = self._layers.take(len(lr))
        elif not self._alike:
            rates = torch.from_numpy(lr).to(p.device).unsqueeze(2).unbind()
        first = self.rates.step - len(lr)
        seen = self._disturb.apply if self._disturb.acts else _undisturbed
        points, losses, began = [], [], perf_counter()
        with torch.no_grad():
            for i, (g, batch, rate) in enumerate(zip(slopes.unbind(), self._batches.take(len(lr)), rates, strict=True)):
                points.append(p)
                losses.append(slope(p, batch, g)[0])
                p, state = step(p, seen(g, first + i), state, rate, torch)
        self._p, self._state = p, state
        self.seconds += perf_counter() - began
        self.made += len(lr)
        return points, losses, slopes

    def _walk(self, entry: int, lr: np.ndarray) -> tuple[Stretch, Moment]:
        """Make an update for every row of rates (n, E), and measure what can be measured every time."""
        points, losses, slopes = self._go(lr)
        before = self._before[-1:] or points[:1]
        trail = torch.stack([*before, *points])
        steps = trail[1:] - trail[:-1]
        moves, grads = (torch.linalg.vector_norm(values, dim=2) for values in (steps, slopes))
        moment = Moment(entry, points[0], before[0] if entry else None, losses[0], slopes[0], self._state)
        turns = np.full(lr.shape, np.nan)
        if entry + len(lr) > self._course.last - NEAR_END:
            turns = self._turns(steps)
        self._before = [*self._before, *points][-2:]
        found = [values.cpu().numpy() for values in (torch.stack(losses), grads, moves)]
        finite = np.isfinite(found[2])
        if not finite.all() or not np.isfinite(found[1]).all():
            finite = trail[1:].isfinite().all(2).cpu().numpy()
            found[1:] = [_exact(values, norms) for values, norms in zip((slopes, steps), found[1:], strict=True)]
        return Stretch(found[0], found[1], found[2], turns, finite, lr), moment

    def _turns(self, steps: Tensor) -> np.ndarray:
        """Return the dot product of every step with the one before, (n, E), float64; nan before the second."""
        last = [(self._before[-1] - self._before[-2])[None]] if len(self._before) == 2 else []
        trail = torch.cat([*last, steps]).double()
        dots = (trail[1:] * trail[:-1]).sum(2).cpu().numpy()
        missing = len(steps) - len(dots)
        return np.concatenate([np.full((missing, dots.shape[1]), np.nan), dots])

    def _tensor(self, array: np.ndarray) -> Tensor:
        """Return an array (dim, E) as (E, dim), in the dtype and on the device of the network."""
        return torch.from_numpy(np.ascontiguousarray(array.T)).to(self.net.device, self.net.dtype)

    def _setting(self, value: Any) -> Any:
        """Return columns as tensors: (E,) as (E, 1) in float64, (D, E) as (E, D); other values as they are."""
        if not isinstance(value, np.ndarray):
            return value
        if value.ndim == 1:
            return torch.from_numpy(value).to(self.net.device).unsqueeze(1)
        return self._tensor(value)


def _undisturbed(g: Tensor, step: int) -> Tensor:
    return g


def _exact(values: Tensor, norms: np.ndarray) -> np.ndarray:
    """Return norms (n, E) of vectors (n, E, D), those that overflowed computed again in float64."""
    again = torch.linalg.vector_norm(values, dim=2, dtype=torch.float64).cpu().numpy()
    return np.where(np.isfinite(norms), norms, again)


def _as_numpy(value: Any) -> Any:
    return value.cpu().numpy() if isinstance(value, Tensor) else value


def _row(value: Any, run: int) -> Any:
    """Return one run's part of a rule's memory: (D, 1), (1,), or a number."""
    if not isinstance(value, Tensor):
        return value
    row = value[run].cpu().numpy().copy()
    return row if row.shape == (1,) else row[:, None]


def _batches_of(lanes: Sequence[Lane], places: Sequence[int], net: Net, material: Material) -> tuple[bool, Batches]:
    """Return whether updates look at all examples, and the batches of a group of runs."""
    run = lanes[0].run
    size = run.batch_size or material.count
    if size >= material.count:
        return True, Batches(net, material.inputs, material.targets, None, material.count)
    streams = list(zip([lane.seed for lane in lanes], places, strict=True))
    unique = streams[:1] if len(set(streams)) == 1 else streams
    orders = [ORDERS[run.batches](seed, material.count, size, place) for seed, place in unique]
    return False, Batches(net, material.inputs, material.targets, orders, size)

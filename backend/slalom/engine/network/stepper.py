"""Networks in lock step: one group of runs in training.

Updates are made in stretches, and what is measured of them is put together once a walk. Stretches end where the spec
alone says so (see :mod:`slalom.engine.network.measurement_plan`), or where a tick does, which changes no number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from torch import Tensor

from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.engine.diagnosis.last_stretch import first_needed
from slalom.engine.lockstep.averages import Average
from slalom.engine.lockstep.checkpoints import StatePart
from slalom.engine.lockstep.groups import Checkpoint, Group, Origin
from slalom.engine.lockstep.learning_rates import LayerLearningRates, LearningRates, highest_plan, lr_plan

from .batches import ORDERS, Batches
from .measurement_plan import MeasurementPlan, is_due, next_due
from .metrics import Metrics, MetricsRecorder, TensorData
from .model import Net
from .trainer import NOWHERE, LockstepTrainer, NetworkSteps, Visits

LONGEST_WALK = 256
"""Updates of a stretch, at most."""


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
        material: TensorData,
        course: MeasurementPlan,
    ) -> None:
        """``lanes`` and ``origin`` are those of the whole experiment."""
        chosen, came = [lanes[i] for i in group.members], [origin[i] for i in group.members]
        self.group: Group = group
        self.net: Net = net
        self._material = material
        self._course = course
        self._turning = first_needed(course.last + 1) - 2
        """From here on it is measured whether steps turn back."""
        self._places = [0 if one is None else one.place for one in came]
        plans = [highest_plan(lane, lr_plan(lane, one, spec.steps)) for lane, one in zip(chosen, came, strict=True)]
        self.rates: LearningRates = LearningRates(plans)
        self._layers = None if chosen[0].run.layer_lr is None else LayerLearningRates(chosen, plans)
        alike = {(plan.schedule.model_dump_json(), plan.lr, plan.total, plan.offset) for plan in plans}
        self._alike = len(alike) == 1 and (len(plans) == 1 or self.rates.known is None) and self._layers is None
        self._schedules = [plan.schedule.model_dump_json() for plan in plans]
        self._whole, self._batches = _batches_of(chosen, self._places, net, material)
        self._gauge = MetricsRecorder(net, material, group, course)
        streams = list(zip([lane.seed for lane in chosen], self._places, strict=True))
        size = min(chosen[0].run.batch_size or material.count, material.count)
        self._trainer = LockstepTrainer(group, net, streams, size, spec.steps, by_layer=self._layers is not None)
        self._kept = 0
        self.seconds, self.made = 0.0, 0

    def walk(self, n: int) -> NetworkSteps:
        """Make n updates; return what happened and what was measured."""
        rates: list[np.ndarray] = []
        metrics: list[Metrics] = []
        states: list[tuple[int, StatePart]] = []

        def keep(entry: int) -> None:
            states.append((entry, self.part(entry)))

        while n:
            entry, course = self.rates.step, self._course
            for _ in self._kept_until(entry):
                keep(entry)  # Before a plateau schedule reads the loss here.
            lr = self._next(min(n, self._until(entry) - entry))
            last = entry + len(lr) - 1
            visits = {kept - entry: partial(keep, kept) for kept in self._kept_until(last)}
            due = is_due(last, course.pace.losses, course.last)
            soon = is_due(last + 1, course.pace.losses, course.last)
            self._go(lr, last >= self._turning, 2 if due else int(soon), visits)
            if due:
                metrics.append(self._gauge.look(last, self._trainer.last, self._whole))
            rates.append(lr)
            n -= len(lr)
        return self._trainer.take_statistics(np.concatenate(rates), metrics, states)

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        while n:
            lr = self._next(n)
            self._go(lr)
            self._trainer.take_statistics(lr, [], [])
            n -= len(lr)

    def snapshot(self, run: int) -> Checkpoint:
        """Return all that run number ``run`` of the group needs to go on from here."""
        plan = self.rates.plans[run]
        point, state = self._trainer.point, self._trainer.state
        return Checkpoint(
            step=plan.offset + self.rates.step,
            params=_as_numpy(point[run]).copy(),
            rule=self.group.optimizer.memory_kind,
            state=type(state)(*(_row(value, run) for value in state)),
            schedule=plan.schedule,
            schedule_state=self.rates.state_of(run),
            drawn=self._places[run] + self.rates.step,
            average=_of_run(self._trainer.average, run),
            lr=plan.lr,
        )

    def part(self, step: int) -> StatePart:
        """Return the state of the whole group, which has come to entry ``step``."""
        state, written = self._trainer.state, self.group.optimizer.is_written
        fresh: dict[int, Any] = {}
        fields = [fresh.setdefault(id(value), _as_numpy(value)) if written else None for value in state]
        average = self._trainer.average
        return StatePart(
            members=self.group.members.tolist(),
            rule=self.group.optimizer.kind,
            params=_as_numpy(self._trainer.point),
            state=type(state)(*fields),
            steps=[plan.offset + step for plan in self.rates.plans],
            drawn=[place + step for place in self._places],
            schedules=self._schedules,
            plateaus=[self.rates.state_of(run) for run in range(len(self.rates.plans))],
            average=None if average is None else average._replace(values=_as_numpy(average.values)),
            rates=[plan.lr for plan in self.rates.plans],
        )

    def _kept_until(self, entry: int) -> Sequence[int]:
        """Return the next entries, up to this one, whose state is to be kept."""
        first, self._kept = self._kept, bisect_right(self._course.kept, entry)
        return self._course.kept[first : self._kept]

    def _until(self, entry: int) -> int:
        """Return the entry before which a stretch from ``entry`` ends: after what is looked at."""
        last = self._course.last
        return next_due(entry, self._course.pace.losses, last) + 1 if entry <= last else entry + LONGEST_WALK

    def _next(self, most: int) -> np.ndarray:
        """Return the rates of the updates that can be made at once, at most so many, shape (n, E)."""
        most, known = min(most, LONGEST_WALK), self.rates.known
        if known is not None:
            if self.rates.reads:
                batch = self._material.sample(self._course.seen.read)
                assert batch is not None
                self.rates.read(self.net.losses(self._trainer.point, batch).cpu().numpy())
            most = min(most, known)
        return self.rates.take(most)

    def _go(self, lr: np.ndarray, turns: bool = False, ends: int = 0, visits: Visits = NOWHERE) -> None:
        """Make an update for every row of rates (n, E)."""
        n, began = len(lr), perf_counter()
        rates = lr[:, 0].tolist() if self._alike else lr[:, :, None]
        if self._layers is not None:
            rates = self._layers.take(n)
        self._trainer.train(list(self._batches.take(n)), rates, turns, ends, visits)
        self.seconds += perf_counter() - began
        self.made += n


def _as_numpy(value: Any) -> Any:
    return value.cpu().numpy() if isinstance(value, Tensor) else value


def _of_run(average: Average | None, run: int) -> Average | None:
    if average is None or average.values is None:
        return average
    return average._replace(values=_as_numpy(average.values[run]).copy())


def _row(value: Any, run: int) -> Any:
    """Return one run's part of a rule's memory: (D, 1), (1,), or a number."""
    if not isinstance(value, Tensor | np.ndarray):
        return value
    row = _as_numpy(value[run]).copy()
    return row if row.shape == (1,) else row[:, None]


def _batches_of(lanes: Sequence[Lane], places: Sequence[int], net: Net, material: TensorData) -> tuple[bool, Batches]:
    """Return whether updates look at all examples, and the batches of a group of runs."""
    run = lanes[0].run
    size = run.batch_size or material.count
    if size >= material.count:
        return True, Batches(net, material.inputs, material.targets, None, material.count)
    streams = list(zip([lane.seed for lane in lanes], places, strict=True))
    unique = streams[:1] if len(set(streams)) == 1 else streams
    orders = [ORDERS[run.batches](seed, material.count, size, place) for seed, place in unique]
    return False, Batches(net, material.inputs, material.targets, orders, size)

"""Learning rates of E runs at once, update by update, as their schedules have them; of layers too."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.schedules import AnySchedule, Plateau, PlateauState

from .groups import Checkpoint

LOOKED_UP_AHEAD = 2**20
"""Rates looked up ahead, in numbers (8 MB): a schedule is asked for long stretches, not once per tick."""


class LrPlan(NamedTuple):
    """How one run's learning rate goes: ``schedule`` from ``lr``, entered at update ``offset`` of ``total``."""

    schedule: AnySchedule
    lr: float
    total: int
    offset: int = 0
    state: PlateauState | None = None
    """What a plateau schedule remembers, None at its beginning."""


def lr_plan(lane: Lane, came: Checkpoint | None, steps: int) -> LrPlan:
    """Return how a run's rate goes: on with its parent's schedule where that is the same, else from the beginning.

    What a plateau schedule has come to is kept, but where another learning rate is given, that one is used.
    """
    schedule, lr = lane.run.schedule, lane.run.optimizer.lr
    if came is None or came.schedule != schedule:
        return LrPlan(schedule, lr, steps)
    state = came.schedule_state
    if state is not None and came.lr not in (None, lr):
        state = state._replace(lr=np.asarray(lr, np.float64))
    return LrPlan(schedule, lr, came.step + steps, came.step, state)


class LearningRates:
    """The learning rates of E runs, update by update.

    The rate at a run's last entry is the one its next update would use.
    """

    def __init__(self, plans: Sequence[LrPlan]) -> None:
        self.plans, self.step = list(plans), 0
        shared: dict[Hashable, list[int]] = {}
        for i, plan in enumerate(plans):
            key = (plan.schedule.model_dump_json(), plan.total, plan.offset, plan.state is None)
            shared.setdefault(key, []).append(i)
        strands = [_ScheduleGroup(np.array(runs), [plans[i] for i in runs]) for runs in shared.values()]
        self._fixed = [strand for strand in strands if not isinstance(strand.schedule, Plateau)]
        self._listening = [strand for strand in strands if isinstance(strand.schedule, Plateau)]
        self._table = np.empty((0, len(plans)))
        self._first = 0

    def take(self, n: int) -> np.ndarray:
        """Return the rates of the next n updates, float64, shape (n, E); n must not pass ``known``."""
        if self.step + n > self._first + len(self._table):
            self._look_ahead(n)
        rates = self._table[self.step - self._first :][:n]
        for strand in self._listening:
            rates[:, strand.runs] = strand.rates(self.step, n)
        self.step += n
        return rates

    @property
    def known(self) -> int | None:
        """How many updates there are before a plateau schedule must read a loss; None without such schedules."""
        return min((strand.known(self.step) for strand in self._listening), default=None)

    @property
    def reads(self) -> bool:
        """Whether a plateau schedule reads the loss of the present entry."""
        return any(strand.reads(self.step) for strand in self._listening)

    def read(self, losses: np.ndarray) -> None:
        """Show the losses of the present entry, shape (E,), to the plateau schedules whose turn it is."""
        for strand in self._listening:
            strand.read(self.step, losses[strand.runs])

    def state_of(self, run: int) -> PlateauState | None:
        """Return what a run's schedule remembers, numbers of shape (), None where it remembers nothing."""
        for strand in self._listening:
            if run in strand.runs:
                place = strand.runs.tolist().index(run)
                return PlateauState(*(value[place] for value in strand.state or ()))
        return None

    def _look_ahead(self, n: int) -> None:
        runs = self._table.shape[1]
        left = max(plan.total + 1 - plan.offset for plan in self.plans) - self.step
        rows = max(n, min(left, LOOKED_UP_AHEAD // runs))
        self._first, self._table = self.step, np.empty((rows, runs))
        for strand in self._fixed:
            self._table[:, strand.runs] = strand.rates(self.step, rows)


class _ScheduleGroup:
    """Runs that follow one schedule from the same place on, each from its own learning rate."""

    def __init__(self, runs: np.ndarray, plans: Sequence[LrPlan]) -> None:
        self.runs, self.schedule = runs, plans[0].schedule
        self.total, self.offset = plans[0].total, plans[0].offset
        self.lr = np.array([plan.lr for plan in plans])
        self.state: PlateauState | None = None
        if isinstance(self.schedule, Plateau):
            states = [plan.state for plan in plans if plan.state is not None]
            fields = (np.array(values) for values in zip(*states, strict=True))
            self.state = PlateauState(*fields) if states else self.schedule.init(self.lr)

    def rates(self, step: int, n: int) -> np.ndarray:
        lr = self.lr if self.state is None else self.state.lr
        first = self.offset + step
        return self.schedule.rates(lr, first, first + n, self.total)

    def known(self, step: int) -> int:
        assert isinstance(self.schedule, Plateau)
        after = self.offset + step - self.schedule.warmup
        return self.schedule.every * (max(after, 0) // self.schedule.every + 1) - after

    def reads(self, step: int) -> bool:
        assert isinstance(self.schedule, Plateau)
        return self.schedule.reads(self.offset + step)

    def read(self, step: int, losses: np.ndarray) -> None:
        assert isinstance(self.schedule, Plateau)
        assert self.state is not None
        if self.reads(step):
            self.state = self.schedule.read(self.state, losses)


class LayerLearningRates:
    """The learning rates of all layers of E runs, update by update: the schedule acts on every layer's own rate.

    As torch.optim has them with one group of parameters per layer.
    """

    def __init__(self, lanes: Sequence[Lane], plans: Sequence[LrPlan]) -> None:
        self._runs = len(lanes)
        self._rates = LearningRates(
            [plan._replace(lr=lr) for lane, plan in zip(lanes, plans, strict=True) for lr in lane.run.layer_lr or ()]
        )

    def take(self, n: int) -> np.ndarray:
        """Return the rates of the next n updates, float64, (n, E, layers)."""
        return self._rates.take(n).reshape(n, self._runs, -1)


def highest_plan(lane: Lane, plan: LrPlan) -> LrPlan:
    """Return the plan that is recorded of a run: where layers have their own rates, that of the highest."""
    return plan if lane.run.layer_lr is None else plan._replace(lr=max(lane.run.layer_lr))

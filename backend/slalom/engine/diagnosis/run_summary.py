"""The summary of one run at its end: everything that is looked at to say what came of it and why."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.optimizers import Newton, Radam, Sgd, SignSgd
from slalom.catalogue.problems.base import Minimum
from slalom.catalogue.thresholds import TOLERANCE
from slalom.engine.lockstep.observations import NEVER, TrainingSummary

from .corners import is_corner_between
from .forecast import Forecast
from .last_stretch import stretch
from .quadratic_model import QuadraticModel
from .run_summaries import DIGITS
from .statistics import RunStatistics
from .undefined import UndefinedOperation

CLOSE = 0.01
"""A quadratic is that of a minimum where their values differ by no larger a share of what is left above it."""
PLAIN = "gradient descent"


class Crossing(NamedTuple):
    """Where the rate first exceeded the stability limit."""

    lr: float
    curvature: float
    limit: float


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """The summary of one run; None where undefined."""

    lane: Lane
    exploded: int | None
    nonfinite: int | None
    runaway: int | None
    crossing: int | None
    converged: int | None
    """The step from which it has been converged."""
    came_back: bool
    """Whether it exploded, and is below its starting loss again."""
    hovers: bool
    """Whether it exploded only because it began near 0, and grows no more."""
    step: int
    """The entry that the next five numbers are from: where a run that diverged exploded, else the last finite one."""
    lr: float
    sharpness: float | None
    curvature: float | None
    """Sharpness as the rule feels it."""
    limit: float | None
    """None without theory."""
    predicted: float | None
    """Growth of the loss per update, in theory; None without theory."""
    measured: float | None
    """The same as measured lately."""
    crossed: Crossing
    """Meaningful where ``crossing`` is a step."""
    steps: int
    """Updates made; what follows is from there."""
    point: np.ndarray
    """Parameters, (dim,)."""
    origin: np.ndarray
    """Parameters at entry 0, (dim,)."""
    start: float
    """Loss at entry 0."""
    steep: float
    """Gradient norm at entry 0."""
    start_curvature: float
    """Sharpness as the rule feels it, at entry 0."""
    first_lr: float
    """Learning rate of the first update."""
    loss: float
    average: float | None
    """The loss of the averaged parameters, as last measured; None where none are kept."""
    grad: float
    low: float
    """Smallest Hessian eigenvalue."""
    high: float
    """Largest Hessian eigenvalue, weight decay left out."""
    best: float | None
    nearest: tuple[Minimum, float] | None
    """The best known minimum that is nearest, and how far away it is."""
    highest_lr: float
    """The largest learning rate on the way."""
    decay: float
    """Coupled weight decay."""
    last_two: tuple[float, float]
    """The two latest losses."""
    lately: tuple[float, float]
    """The lowest and the highest loss of its last stretch."""
    recent_fall: float | None
    """Factor per update by which loss - f* (of networks the loss) has changed lately."""
    medians: tuple[float, ...]
    """Of the losses of successive parts of its last stretch."""
    turned: float
    """The share of its last steps that turned back."""
    middle: float
    """Median loss of its last stretch."""
    apart: int
    """Updates between the parts."""
    rounding: float
    """The relative error of one rounding."""
    far: float
    """How far above its start a loss is that has exploded."""
    training: TrainingSummary | None
    """Of a network; None on a surface."""
    undefined: UndefinedOperation | None
    """What could not be computed where it ended; None where it merely overflowed."""
    count: Callable[[], RunStatistics]
    """Returns the statistics: asked only where they are needed."""
    model: Callable[[], QuadraticModel | None]
    """Returns the quadratic model."""
    model_at_start: Callable[[], QuadraticModel | None]

    @cached_property
    def statistics(self) -> RunStatistics:
        return self.count()

    @cached_property
    def quadratic(self) -> QuadraticModel | None:
        """The quadratic model at the last finite point; None for networks, or where it is not finite."""
        return self.model()

    @cached_property
    def first_quadratic(self) -> QuadraticModel | None:
        """The quadratic model at entry 0, which is there when the run has left for infinity."""
        return self.model_at_start()

    @cached_property
    def jumps_a_corner(self) -> bool:
        """Whether its last step went, or its next one would go, over a corner of the surface, there and back."""
        return self.meets_a_corner(1)

    def meets_a_corner(self, steps: float) -> bool:
        """Return whether its last step went over a corner of the surface, or so many more like it would."""
        if self.training is not None or not self.statistics.last_step:
            return False
        step = np.array(self.statistics.last_step)
        ends = (self.point - step, self.point, self.point + steps * step)
        return any(is_corner_between(self.lane.descended, *pair) for pair in pairwise(ends))

    @cached_property
    def forecast(self) -> Forecast | None:
        """What arithmetic says of it; None where the loss is no quadratic with a floor, or the rule no recursion.

        Where only its end is a quadratic, whose floor is the best known loss, or only its end has this rate, nothing is
        known of its beginning.
        """
        model = self.quadratic
        if model is None or not math.isfinite(model.bottom) or not self._is_recursion:
            return None
        if not model.everywhere and not self._is_close(model):
            return None
        step, origin = np.array(self.statistics.last_step), self.origin if model.everywhere and self.steady else None
        return Forecast.on(model, self.optimizer, self.lr, self.decay, step, origin, self.gap, self.goal, self.steps)

    def _is_close(self, model: QuadraticModel) -> bool:
        """Return whether the floor of the quadratic here is the best known loss, as far as can be seen from here."""
        if self.best is None or self.gap is None or model.low <= 0 or not model.steady:
            return False
        return abs(model.bottom - self.best) <= CLOSE * self.gap

    @property
    def _is_recursion(self) -> bool:
        """Whether every update to come has the same rate as the last one, and the whole, true gradient."""
        moves = self.is_sgd or isinstance(self.optimizer, Newton)
        return (self.steady or self.steady_from_now) and not self.noise and self.lr > 0 and self.steps > 0 and moves

    @property
    def goal(self) -> float:
        """A run has converged where loss - f*, or where f* is unknown |g|, is no larger."""
        return TOLERANCE * max(1.0, self.steep if self.best is None else self.start - self.best)

    @property
    def gap(self) -> float | None:
        """Loss - f*, where f* is known."""
        return None if self.best is None else self.loss - self.best

    @property
    def optimizer(self) -> Any:
        return self.lane.run.optimizer

    @property
    def rule(self) -> str:
        """What the rule is called within a sentence."""
        rule = self.optimizer
        if isinstance(rule, Sgd):
            return "Nesterov's momentum" if rule.nesterov else "the heavy ball" if rule.momentum else PLAIN
        return "sign descent" if isinstance(rule, SignSgd) else rule.usual_name

    @property
    def plain(self) -> bool:
        """Whether it is gradient descent, to which ηλ < 1, < 2 and > 2 apply."""
        return self.rule == PLAIN

    @property
    def is_newton(self) -> bool:
        """Whether it is Newton's method without damping, whose limit is 2 whatever the curvature."""
        return self.optimizer.uses_hessian and not self.optimizer.damping

    @property
    def scaled(self) -> bool:
        """Whether λ is the curvature as the rule's preconditioner makes it."""
        return self.optimizer.is_preconditioned

    @property
    def is_sgd(self) -> bool:
        """Whether it is gradient descent, with or without momentum."""
        return isinstance(self.optimizer, Sgd)

    @property
    def normalized(self) -> bool:
        """Whether its last step was about as long as its rate, however large the gradient."""
        return self.optimizer.is_normalized and self.steps > self.undivided_updates

    @cached_property
    def undivided_updates(self) -> float:
        """How many of RAdam's first updates are momentum alone, as ρₜ <= 5: inf for all; 0 of other rules."""
        rule = self.optimizer
        if not isinstance(rule, Radam):
            return 0
        if not 2 / (1 - rule.beta2) - 1 > rule.trusted:
            return math.inf
        return next(t for t in itertools.count(1) if rule.length(t, rule.beta2**t) > rule.trusted) - 1

    @property
    def coasts(self) -> bool:
        """Whether no gradient but the first enters the velocity."""
        return self.is_sgd and self.optimizer.momentum > 0 and self.optimizer.dampening == 1

    @property
    def root_product(self) -> float:
        """The product of the two roots of the rule's recursion: from 1 on nothing is damped; nan without theory."""
        if self.curvature is None or not self.optimizer.has_theory:
            return math.nan
        return float(self.optimizer.recursion(self.lr, self.curvature)[1])

    @property
    def steady(self) -> bool:
        """Whether every update had the same rate and an unclipped gradient, so that theory speaks about it."""
        run = self.lane.run
        return run.schedule.kind == "constant" and not run.schedule.warmup and not (run.clip_norm or run.clip_value)

    @property
    def steady_from_now(self) -> bool:
        """Whether every update to come would have the present rate, after a warm-up, and an unclipped gradient."""
        run = self.lane.run
        if run.schedule.kind != "constant" or run.clip_norm or run.clip_value:
            return False
        return self.steps > run.schedule.warmup + (run.schedule.total_iters if run.schedule.factor != 1 else 0)

    @property
    def fall(self) -> float | None:
        """Factor per update of loss - f* lately; where f* is unknown that of |g|², where it falls."""
        if self.best is not None or self.training is not None:
            return self.recent_fall
        rate = self.statistics.gradient_rate
        return rate * rate if rate < 1 else None

    @property
    def falling(self) -> bool:
        """Whether the loss has been falling lately."""
        return self.trend_per_step < 0 if self.best is None else self.fall is not None and self.fall < 1

    @property
    def bursts(self) -> bool:
        """Whether a burst began within its last stretch, so that the trend of that is not what it does now."""
        onset = self.statistics.onset
        return onset is not None and onset > self.steps - stretch(self.steps + 1)

    @property
    def trend_per_step(self) -> float:
        """What an update adds to the loss, lately: a change that itself grows or shrinks is taken to the last entry."""
        before, after = self.medians[-2:] if len(self.medians) > 1 else self.last_two
        change = after - before
        if abs(change) <= DIGITS * self.rounding * max(abs(after), abs(before)):
            return 0.0
        if len(self.medians) < 2:
            return change
        earlier = self.medians[-2] - self.medians[-3] if len(self.medians) > 2 else change
        ratio = change / earlier if earlier * change > 0 else 1.0
        return change / self.apart * ratio ** (1 - 1 / self.apart)

    @property
    def falls_throughout(self) -> bool:
        """Whether the medians of its last stretch fall one after the other."""
        return len(self.medians) > 1 and all(after < before for before, after in pairwise(self.medians))

    @property
    def smallest_limit(self) -> float | None:
        """The stability limit where the rule felt most curvature on its way; None without theory."""
        return known(self.optimizer.limit(self.statistics.steepest))

    @property
    def noise(self) -> float:
        """Standard deviation of the noise on the gradient."""
        return self.lane.run.noise or 0.0

    @property
    def batch(self) -> int | None:
        """Examples that an update sees; None for all, or where there are none."""
        size, n = self.lane.run.batch_size, self.examples
        if size is None or size < n:
            return size
        return None if self.lane.run.batches == "shuffled" else int(n)

    @property
    def examples(self) -> float:
        """Examples that are trained on; inf where there are none, or their number is not known."""
        return math.inf if self.training is None else self.training.examples


def step_of(mark: Any) -> int | None:
    """Return a first step as a number, None for NEVER."""
    return None if mark == NEVER else int(mark)


def known(value: Any) -> float | None:
    """Return a number, None for nan."""
    return None if math.isnan(value) else float(value)

"""One lock-step group on its way: its ensemble, its learning rates and its noise, moving together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.base import Lane
from slalom.engine.lockstep.averages import Average, Averages
from slalom.engine.lockstep.gradient_noise import GradientNoise
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.lockstep.groups import Checkpoint, Group, Origin, lock_step
from slalom.engine.lockstep.interfaces import Setup, joined_steps
from slalom.engine.lockstep.learning_rates import LearningRates, lr_plan

from .ensemble import Ensemble, SurfaceSteps
from .recorder import SurfaceRecorder


def set_up_surfaces(
    spec: AnyExperiment, lanes: Sequence[Lane], origin: Origin, uploads: Uploads
) -> Setup[SurfaceSteps]:
    """Return the runs of an experiment on a surface, ready to go."""
    groups = lock_step(lanes, origin)
    steppers = [SurfaceStepper(group, lanes, origin, spec.steps, spec.dtype) for group in groups]
    return Setup(
        groups,
        lambda n: [stepper.walk(n) for stepper in steppers],
        SurfaceRecorder(groups, spec.dtype, spec.recorded_columns),
        sum(group.start.size for group in groups),
    )


def set_up_one_surface(
    spec: AnyExperiment, lanes: Sequence[Lane], run: int, origin: Origin, uploads: Uploads
) -> tuple[SurfaceStepper, int]:
    """Return one run of an experiment, alone, ready to go, as a stepper and its place there."""
    alone, before = [lanes[run]], [origin[run]]
    (group,) = lock_step(alone, before)
    return SurfaceStepper(group, alone, before, spec.steps, spec.dtype), 0


class UpdateDetails(NamedTuple):
    """One update of one run, as the rule sees it; vectors have shape (dim,)."""

    point: np.ndarray
    loss: float
    gradient: np.ndarray
    """Of the problem, at the point."""
    seen: np.ndarray
    """The gradient after noise and clipping, turned where the rule maximizes, before weight decay."""
    lr: float
    state: Any
    """What the rule remembers after the update."""
    after: np.ndarray
    """The next point."""


class SurfaceStepper:
    """A group, from its first entry on."""

    stretch = 4096
    """Updates between two signs of life, at most."""

    def __init__(
        self,
        group: Group,
        lanes: Sequence[Lane],
        origin: Origin,
        steps: int,
        dtype: str,
    ) -> None:
        """``lanes`` and ``origin`` are those of the whole experiment; ``steps`` its updates."""
        chosen, snapshots = [lanes[i] for i in group.members], [origin[i] for i in group.members]
        self.group: Group = group
        self.dtype: str = dtype
        self.ensemble: Ensemble = Ensemble(
            group.problem,
            group.optimizer,
            group.start,
            dtype=dtype,
            disturbance=group.disturbance,
            state=group.state,
            seeds=[lane.seed for lane in chosen],
            steps=steps,
        )
        self.rates: LearningRates = LearningRates(
            [lr_plan(lane, came, steps) for lane, came in zip(chosen, snapshots, strict=True)]
        )
        self.averages: Averages | None = None if group.average is None else Averages(group.average)
        self.noise: GradientNoise | None = None
        self._places = [0 if came is None else came.place for came in snapshots]
        if group.disturbance.noise is not None:
            seeds = [lane.seed for lane in chosen]
            self.noise = GradientNoise(group.disturbance.noise, seeds, self._places, len(group.start))

    def walk(self, n: int) -> SurfaceSteps:
        """Make n updates; return what happened."""
        parts = []
        while n:
            part, lr, noise = self._next(n)
            parts.append(self.ensemble.walk(lr, noise))
            n -= part
        steps = joined_steps(parts)
        if self.averages is not None:
            steps.averages = np.stack([self.averages.show(points) for points in steps.points])
        return steps

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        if self.averages is not None and n:
            self.walk(n)
            return
        while n:
            part, lr, noise = self._next(n)
            self.ensemble.advance(lr, noise)
            n -= part

    def look(self) -> UpdateDetails:
        """Make one update of a group of one run, and return all there is to know of it."""
        _, lr, noise = self._next(1)
        walk = self.ensemble.walk(lr, noise)
        gradient = seen = walk.gradients[0]
        if self.group.disturbance.acts:
            parts = (None if part is None else part.astype(self.dtype) for part in self.group.disturbance)
            seen = GradientTransform(*parts).apply(gradient, None if noise is None else noise[0], np)
        if self.group.optimizer.maximize:
            seen = -seen
        return UpdateDetails(
            point=walk.points[0, :, 0],
            loss=float(walk.loss[0, 0]),
            gradient=gradient[:, 0],
            seen=seen[:, 0],
            lr=float(lr[0, 0]),
            state=self.ensemble.rule.told(self.ensemble.state_of(0)),
            after=self.ensemble.points[:, 0],
        )

    def snapshot(self, run: int) -> Checkpoint:
        """Return all that run number ``run`` of the group needs to go on from here."""
        plan = self.rates.plans[run]
        return Checkpoint(
            step=plan.offset + self.rates.step,
            params=self.ensemble.points[:, run].copy(),
            rule=self.group.optimizer.memory_kind,
            state=self.ensemble.state_of(run),
            schedule=plan.schedule,
            schedule_state=self.rates.state_of(run),
            drawn=self._places[run] + self.rates.step,
            average=self._average_of(run),
            lr=plan.lr,
        )

    def _average_of(self, run: int) -> Average | None:
        if self.averages is None:
            return None
        now = self.averages.now
        return now if now.values is None else now._replace(values=now.values[:, run].copy())

    def _next(self, n: int) -> tuple[int, np.ndarray, np.ndarray | None]:
        """Return how many updates can be made at once, at most n, and their rates and noise."""
        known = self.rates.known
        if known is not None:
            self.rates.read(self.ensemble.losses)
            n = min(n, known)
        noise = None if self.noise is None else self.noise.take(n).astype(self.dtype)
        return n, self.rates.take(n), noise

"""From what the inner loops kept to what is stored and judged: norms, curvature and limits, once per tick.

All entries of a tick are treated as so many points side by side, so that a run of one costs as few operations as a run
of a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.functions import Functions
from slalom.engine.lockstep.arrays import norm
from slalom.engine.lockstep.groups import Group
from slalom.engine.lockstep.interfaces import RecordedTick, joined_steps
from slalom.engine.lockstep.observations import NEVER, Observations, first_true

from .curvature import Curvature, curvature
from .ensemble import SurfaceSteps


class SurfaceRecorder:
    """Turns steps into records; remembers the last point and the last step of every run."""

    def __init__(self, groups: Sequence[Group], dtype: str, names: tuple[str, ...]) -> None:
        """``names`` are those of the columns."""
        self.groups, self.dtype, self.names = groups, np.dtype(dtype), names
        self.runs: int = sum(len(group.members) for group in groups)
        dimension = len(groups[0].start)
        self._point: np.ndarray | None = None
        self._step = np.full((dimension, 1, self.runs), np.nan)
        self._decay, self._sign = np.empty((2, self.runs))
        for group in groups:
            self._decay[group.members] = group.optimizer.coupled_decay
            self._sign[group.members] = group.sign
        self._grounds = _grounds(groups)
        self._averaged = [
            (i, group.members, group.descended.functions(np).value)
            for i, group in enumerate(groups)
            if group.average is not None
        ]
        """Which groups keep averages, of which runs, and what their loss is."""

    def take(self, first: int, ends: np.ndarray, walks: Sequence[Sequence[SurfaceSteps]]) -> RecordedTick:
        """Return the record of a tick that begins with entry ``first``.

        ``walks`` has for every group its successive steps; ``ends`` is as in the record before.
        """
        return self._take(first, ends, [joined_steps(parts) for parts in walks])

    def _take(self, first: int, ends: np.ndarray, walks: Sequence[SurfaceSteps]) -> RecordedTick:
        points = self._gather([np.moveaxis(walk.points, 1, 0) for walk in walks])
        gradients = self._gather([np.moveaxis(walk.gradients, 1, 0) for walk in walks])
        loss = self._gather([walk.loss for walk in walks])
        lr = self._gather([walk.lr for walk in walks])
        steps, grad = self._steps(points), norm(gradients, np)
        curved = self._curvature(points, walks)
        finite = np.isfinite(loss) & np.isfinite(points).all(axis=0)
        bad = first_true(~finite)
        ends = np.where(bad == NEVER, ends, np.minimum(ends, first + bad))
        seen = Observations(
            first=first,
            valid=first + np.arange(len(loss))[:, None] <= ends,
            finite=finite,
            loss=self._sign * loss,
            grad=grad.astype(np.float64),
            turn=self._turns(steps),
            distance=norm(points.astype(np.float64), np),
            lr=lr,
            sharpness=curved.sharpness,
            curvature=curved.scaled,
            limit=self._limits(curved.scaled),
            low=curved.low,
            measured=np.broadcast_to(True, loss.shape),
            average=self._averages(walks, loss.shape),
            points=points,
        )
        moved = norm(steps, np)
        if first == 0:
            moved[0] = 0
        known = {"loss": loss, "lr": lr, "grad_norm": grad, "step_norm": moved, "sharpness": seen.sharpness}
        known |= {"limit": seen.limit, "average_loss": self._sign * seen.average}
        known |= {f"p{i}": values for i, values in enumerate(points)}
        columns = np.empty((len(self.names), self.runs, len(loss)), self.dtype)
        for place, name in enumerate(self.names):
            columns[place] = known[name].T
        return RecordedTick(seen, columns, ends)

    def _averages(self, walks: Sequence[SurfaceSteps], shape: tuple[int, ...]) -> np.ndarray:
        """Return the losses of averaged parameters, of what the runs go down, (n, R); nan where none are kept."""
        found = np.full(shape, np.nan)
        for i, members, value in self._averaged:
            averages = walks[i].averages
            assert averages is not None
            found[:, members] = value(np.moveaxis(averages, 1, 0))
        return found

    def _gather(self, pieces: Sequence[np.ndarray]) -> np.ndarray:
        """Return what the groups hold, last axis E, with the runs in the order of the experiment, last axis R."""
        if len(pieces) == 1:
            return pieces[0]
        whole = np.empty((*pieces[0].shape[:-1], self.runs), pieces[0].dtype)
        for group, piece in zip(self.groups, pieces, strict=True):
            whole[..., group.members] = piece
        return whole

    def _steps(self, points: np.ndarray) -> np.ndarray:
        """Return the step that led to every entry, shape (dim, n, R); nan at entry 0."""
        before = np.full_like(points[:, :1], np.nan) if self._point is None else self._point
        self._point = points[:, -1:].copy()
        return np.diff(np.concatenate([before, points], axis=1), axis=1)

    def _turns(self, steps: np.ndarray) -> np.ndarray:
        """Return the dot product of every step with the one before, shape (n, R)."""
        trail = np.concatenate([self._step, steps.astype(np.float64)], axis=1)
        self._step = trail[:, -1:]
        return turns_of(trail)

    def _curvature(self, points: np.ndarray, walks: Sequence[SurfaceSteps]) -> Curvature:
        """Return the curvature at every entry, arrays of shape (n, R)."""
        scales = [None if walk.scales is None else np.moveaxis(walk.scales, 1, 0) for walk in walks]
        if len(self.groups) == 1:
            return self._on_ground(self._grounds[0], points, scales)
        whole = Curvature(*(np.empty(points.shape[1:]) for _ in Curvature._fields))
        for ground in self._grounds:
            part = self._on_ground(ground, points[..., ground.members], scales)
            for target, source in zip(whole, part, strict=True):
                target[:, ground.members] = source
        return whole

    def _on_ground(self, ground: _Ground, points: np.ndarray, scales: Sequence[np.ndarray | None]) -> Curvature:
        dimension, n, _ = points.shape
        scale = None
        if ground.scaled:
            parts = [scales[i] for i in ground.groups]
            scale = np.concatenate([part for part in parts if part is not None], axis=-1).astype(np.float64)
            scale = scale.reshape(dimension, -1)
        decay = np.tile(self._decay[ground.members], n)
        found = curvature(ground.functions, points.reshape(dimension, -1), decay, scale)
        return Curvature(*(values.reshape(points.shape[1:]) for values in found))

    def _limits(self, felt: np.ndarray) -> np.ndarray:
        return self._gather([group.optimizer.limit(felt[:, group.members]) for group in self.groups])


def turns_of(steps: np.ndarray) -> np.ndarray:
    """Return the dot product of every step with the one before: (dim, n, R) -> (n - 1, R)."""
    return sum((step[1:] * step[:-1] for step in steps[1:]), start=steps[0, 1:] * steps[0, :-1])


class _Ground(NamedTuple):
    """One problem, and the runs on it whose rules look at it through a preconditioner, or do not."""

    functions: Functions
    scaled: bool
    groups: list[int]
    members: np.ndarray
    """Shape (L,): the runs of these groups, group by group."""


def _grounds(groups: Sequence[Group]) -> list[_Ground]:
    shared: dict[tuple[str, bool], list[int]] = {}
    for i, group in enumerate(groups):
        shared.setdefault((group.descended.model_dump_json(), group.optimizer.is_preconditioned), []).append(i)
    return [
        _Ground(
            groups[places[0]].descended.functions(np),
            scaled,
            places,
            np.concatenate([groups[i].members for i in places]),
        )
        for (_, scaled), places in shared.items()
    ]

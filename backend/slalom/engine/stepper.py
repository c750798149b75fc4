"""One lock-step group on its way: its ensemble, its learning rates and its noise, moving together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slalom.catalogue.experiment import Lane

from .ensemble import Ensemble, Walk
from .groups import Group, Snapshot
from .rates import Noise, Plan, Rates


class Stepper:
    """A group, from its first entry on."""

    def __init__(
        self,
        group: Group,
        lanes: Sequence[Lane],
        origin: Sequence[Snapshot | None],
        steps: int,
        dtype: str,
        large: bool,
    ) -> None:
        """``lanes`` and ``origin`` are those of the whole experiment; ``steps`` its updates."""
        chosen, snapshots = [lanes[i] for i in group.members], [origin[i] for i in group.members]
        self.group, self.dtype = group, dtype
        self.ensemble = Ensemble(
            group.problem,
            group.optimizer,
            group.start,
            dtype=dtype,
            disturbance=group.disturbance,
            state=group.state,
            large=large,
        )
        self.rates = Rates([_plan(lane, came, steps) for lane, came in zip(chosen, snapshots, strict=True)])
        self.noise = None
        if group.disturbance.noise is not None:
            positions = [0 if came is None else came.step for came in snapshots]
            seeds = [lane.seed for lane in chosen]
            self.noise = Noise(group.disturbance.noise, seeds, positions, len(group.start))

    def walk(self, n: int) -> tuple[Walk, np.ndarray]:
        """Make n updates; return what happened and the rates, shape (n, E)."""
        walks, rates = [], []
        while n:
            part, lr, noise = self._next(n)
            walks.append(self.ensemble.walk(lr, noise))
            rates.append(lr)
            n -= part
        return joined(walks), np.concatenate(rates)

    def advance(self, n: int) -> None:
        """Make n updates and look at nothing."""
        while n:
            part, lr, noise = self._next(n)
            self.ensemble.advance(lr, noise)
            n -= part

    def snapshot(self, run: int) -> Snapshot:
        """Return all that run number ``run`` of the group needs to go on from here."""
        plan = self.rates.plans[run]
        return Snapshot(
            step=plan.offset + self.rates.step,
            params=self.ensemble.points[:, run].copy(),
            rule=self.group.optimizer.kind,
            state=self.ensemble.state_of(run),
            schedule=plan.schedule,
            schedule_state=self.rates.state_of(run),
        )

    def _next(self, n: int) -> tuple[int, np.ndarray, np.ndarray | None]:
        """Return how many updates can be made at once, at most n, and their rates and noise."""
        known = self.rates.known
        if known is not None:
            self.rates.read(self.ensemble.losses)
            n = min(n, known)
        noise = None if self.noise is None else self.noise.take(n).astype(self.dtype)
        return n, self.rates.take(n), noise


def joined(walks: Sequence[Walk]) -> Walk:
    """Return successive walks as one."""
    return walks[0] if len(walks) == 1 else Walk(*(_joined(column) for column in zip(*walks, strict=True)))


def _joined(pieces: Sequence[Any]) -> Any:
    return None if pieces[0] is None else np.concatenate(pieces)


def _plan(lane: Lane, came: Snapshot | None, steps: int) -> Plan:
    """Return how a run's rate goes: on with its parent's schedule where that is the same, else from the beginning."""
    schedule, lr = lane.run.schedule, lane.run.optimizer.lr
    if came is None or came.schedule != schedule:
        return Plan(schedule, lr, steps)
    return Plan(schedule, lr, came.step + steps, came.step, came.schedule_state)

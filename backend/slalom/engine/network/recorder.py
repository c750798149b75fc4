"""From what networks in training kept to what is stored and observed: columns, planes and states, once per tick.

Columns that are measured now and then hold their last value in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.datasets.base import Examples
from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.diagnosis.network_history import NetworkHistory
from slalom.engine.lockstep.checkpoints import StatePart, pack_checkpoints
from slalom.engine.lockstep.groups import Group
from slalom.engine.lockstep.interfaces import Artifact, Event, RecordedTick, joined_steps
from slalom.engine.lockstep.observations import NEVER, Observations, TrainingSummary, first_true
from slalom.unexpected import Judged, attempt

from .metrics import Metrics
from .parameter_plane import Path, Plane, diverged
from .trainer import NetworkSteps

REVISED = 4
"""The plane is revised when a run is so many times as long as at the last revision."""
HIDDEN = ("grad", "low", "curvature", "moved")
"""What is held besides the columns, for the verdict."""


class _Columns(NamedTuple):
    """The arrays of :class:`.trainer.NetworkSteps`, of all runs: (n, R)."""

    loss: np.ndarray
    lr: np.ndarray
    grad_norm: np.ndarray
    step_norm: np.ndarray
    turn: np.ndarray
    finite: np.ndarray


class NetworkRecorder:
    """Turns the steps of all groups into records; remembers what was measured last."""

    def __init__(
        self,
        groups: Sequence[Group],
        blueprint: Architecture,
        examples: Examples,
        spec: AnyExperiment,
        whole: np.ndarray,
    ) -> None:
        """``whole``: whether updates of a run look at all examples, shape (R,)."""
        self._whole, self._last, self._draws = whole, spec.steps, spec.looks_inside
        self.groups, self.dtype = groups, np.dtype(spec.dtype)
        self.names: tuple[str, ...] = spec.recorded_columns
        self.runs: int = sum(len(group.members) for group in groups)
        self._sign = np.empty(self.runs)
        for group in groups:
            self._sign[group.members] = group.sign
        self._measured = (*self.names[4:], *HIDDEN)
        """Rows of what is held: the columns after loss, lr, grad_norm and step_norm, and what the verdict needs."""
        self._held = np.full((len(self._measured), self.runs), np.nan)
        self._path, self._plane, self._next = Path(), None, 0
        self._first: np.ndarray | None = None
        """Losses at the first entry, (R,)."""
        self._each = np.empty(0)
        """The share of every run's squared distance from the origin that lies in the plane, (R,)."""
        self._history = Judged("How the networks fared", lambda: NetworkHistory(blueprint, examples, self.runs))

    def take(self, first: int, ends: np.ndarray, walks: Sequence[Sequence[NetworkSteps]]) -> RecordedTick:
        """Return the record of a tick that begins with entry ``first``.

        ``walks`` has for every group its successive steps; ``ends`` is as in the record before.
        """
        groups = [joined_steps(parts) for parts in walks]
        every = _Columns(*(self._gather([getattr(steps, name) for steps in groups]) for name in _Columns._fields))
        finite = np.isfinite(every.loss) & every.finite
        bad = first_true(~finite)
        ends = np.where(bad == NEVER, ends, np.minimum(ends, first + bad))
        columns = np.empty((len(self.names), self.runs, len(finite)), self.dtype)
        for place, column in enumerate((every.loss, every.lr, every.grad_norm, every.step_norm)):
            columns[place] = column.T
        held, curved, events, kept = self._hold(first, ends, groups, every)
        columns[4:] = np.moveaxis(held[: len(self.names) - 4], 1, 2)
        seen = self._observations(first, ends, every, finite, held, curved)
        kept += [Artifact(step, pack_checkpoints(parts)) for step, parts in _states(groups)]
        return RecordedTick(seen, columns, ends, events, kept)

    def training(self) -> list[TrainingSummary | None]:
        """Return the summary of every run as a network; None for one whose loss is to rise."""
        found = self._history.ask(NetworkHistory.summaries, _lost)
        return [None if self._sign[run] < 0 else one for run, one in enumerate(found)]

    def _gather(self, pieces: Sequence[np.ndarray]) -> np.ndarray:
        """Return what the groups hold, (n, E) each, with the runs in the order of the experiment, (n, R)."""
        if len(pieces) == 1:
            return pieces[0]
        whole = np.empty((len(pieces[0]), self.runs), pieces[0].dtype)
        for group, piece in zip(self.groups, pieces, strict=True):
            whole[:, group.members] = piece
        return whole

    def _hold(
        self, first: int, ends: np.ndarray, groups: Sequence[NetworkSteps], every: _Columns
    ) -> tuple[np.ndarray, np.ndarray, list[Event], list[Artifact]]:
        """Return what is held at every entry, (rows, n, R), where curvature is new, (n, R), what is told and kept."""
        n = len(every.loss)
        held, curved, done = np.empty((len(self._measured), n, self.runs)), np.zeros((n, self.runs), bool), 0
        events: list[Event] = []
        kept: list[Artifact] = []
        for sights in zip(*(steps.metrics for steps in groups), strict=True):
            row = sights[0].entry - first
            held[:, done:row], done = self._held[:, None], row
            self._see(sights)
            revised = self._draw(sights, ends) if self._draws else None
            if revised is not None:
                events.append(_revision(revised, self._each))
                kept.append(Artifact(revised.step, revised.pack(), "plane"))
            curved[row] = sights[0].curved
            self._tell(sights[0], every.lr[row], every.loss[row], ends)
        held[:, done:] = self._held[:, None]
        return held, curved, events, kept

    def _tell(self, sight: Metrics, rates: np.ndarray, losses: np.ndarray, ends: np.ndarray) -> None:
        """Add to the history of the runs what was measured at an entry."""
        now = dict(self._now())
        self._history.ask(
            lambda history: history.add(sight.entry, sight.curved, rates, losses, now, ends), lambda why: None
        )

    def _see(self, sights: Sequence[Metrics]) -> None:
        """Take in what was measured of all groups at one entry."""
        places = {name: i for i, name in enumerate(self._measured)}
        for group, sight in zip(self.groups, sights, strict=True):
            hidden = {name: getattr(sight, name) for name in HIDDEN}
            for name, values in (sight.columns | hidden).items():
                self._held[places[name], group.members] = values

    def _draw(self, sights: Sequence[Metrics], ends: np.ndarray) -> Plane | None:
        """Note where the runs are, on the plane of the time; return the plane where it was revised."""
        entry = sights[0].entry
        points = np.empty((self.runs, sights[0].point.shape[1]), self.dtype)
        for group, sight in zip(self.groups, sights, strict=True):
            points[group.members] = sight.point.cpu().numpy()
        points[ends < entry] = np.nan
        losses = self._held[self._measured.index("train_loss")]
        first = self._first = losses.copy() if self._first is None else self._first
        self._path.add(entry, np.where(diverged(losses, first)[:, None], np.nan, points))
        revised = None
        if self._plane is None or entry >= self._next or entry == self._last:
            self._next = max(1, REVISED * entry)
            revised = self._plane = self._path.plane()
        assert self._plane is not None
        xy, off = self._plane.coordinates(points)
        place = self._measured.index("plane_x")
        self._held[place : place + 3] = xy[:, 0], xy[:, 1], off
        self._each = _shares_of(xy, off)
        return revised

    def _now(self) -> list[tuple[str, np.ndarray]]:
        return list(zip(self._measured, self._held, strict=True))

    def _observations(
        self,
        first: int,
        ends: np.ndarray,
        every: _Columns,
        finite: np.ndarray,
        held: np.ndarray,
        curved: np.ndarray,
    ) -> Observations:
        seen = dict(zip(self._measured, held, strict=True))
        grads = every.grad_norm.astype(np.float64)
        return Observations(
            first=first,
            valid=first + np.arange(len(finite))[:, None] <= ends,
            finite=finite,
            loss=self._sign * every.loss,
            grad=np.where(self._whole, grads, seen["grad"]),
            turn=every.turn,
            distance=np.zeros(finite.shape),
            lr=every.lr,
            sharpness=seen["sharpness"],
            curvature=seen["curvature"],
            limit=seen["limit"],
            low=seen["low"],
            measured=curved,
            average=self._sign * seen.get("average_loss", np.full(finite.shape, np.nan)),
            points=np.empty((0, *finite.shape)),
        )


def _states(groups: Sequence[NetworkSteps]) -> list[tuple[int, list[StatePart]]]:
    """Return the entries whose state is to be kept, and the state of all groups there."""
    states = zip(*(steps.states for steps in groups), strict=True)
    return [(found[0][0], [part for _, part in found]) for found in states]


def _shares_of(xy: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Return which share of squared distances lies in the plane, (R,), at places (R, 2) and distances from it (R,)."""
    length = np.hypot(*xy.T)
    return (length / np.hypot(length, off)) ** 2


def _revision(plane: Plane, each: np.ndarray) -> Event:
    text = attempt("What the plane shows", lambda: _shown(plane, each), str)
    share = float(plane.shares.sum())
    return Event(0, "plane", plane.step, f"Step {plane.step:,}: {text}", None if np.isnan(share) else share)


def _shown(plane: Plane, each: np.ndarray) -> str:
    share = float(plane.shares.sum())
    if not plane.step:
        return "nothing has moved yet; the plane is drawn through the start."
    if np.isnan(share):
        return "nothing has moved yet."
    text = f"the plane through the paths so far shows {number(100 * share, 2)} % of how far they went, squared"
    known = np.nan_to_num(each, nan=np.inf)
    if len(each) < 2 or not np.isfinite(known.min()):
        return f"{text}."
    return f"{text}; of run {int(known.argmin()) + 1} alone, where it is now, {number(100 * known.min(), 2)} %."


def _lost(why: str) -> list[TrainingSummary]:
    raise RuntimeError(why)

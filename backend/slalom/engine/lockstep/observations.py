"""What is observed of runs in lock step, entry by entry, and what is looked up in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from slalom.catalogue.problems.activations import Activation

NEVER = -1
"""Stands for "not yet" wherever a step is kept as an integer."""


class Observations(NamedTuple):
    """Observations of consecutive entries of R runs, of shape (n, R) unless said; meaningless where not valid."""

    first: int
    """Step of the first entry."""
    valid: np.ndarray
    """Whether the run still had this entry (bool)."""
    finite: np.ndarray
    """Whether loss and parameters were finite there (bool)."""
    loss: np.ndarray
    grad: np.ndarray
    """Gradient norm before clipping."""
    turn: np.ndarray
    """Dot product of the steps that led to this entry and to the one before; nan before entry 2."""
    distance: np.ndarray
    """|θ|."""
    lr: np.ndarray
    sharpness: np.ndarray
    curvature: np.ndarray
    """Sharpness as the rule feels it: of the preconditioned Hessian."""
    limit: np.ndarray
    low: np.ndarray
    """Smallest Hessian eigenvalue."""
    measured: np.ndarray
    """Whether curvature was measured at this entry (bool), or is that of an earlier one."""
    average: np.ndarray
    """The loss of the averaged parameters; nan where none are kept, or it was not measured."""
    points: np.ndarray
    """Parameters, shape (dim, n, R); dim is 0 for networks."""

    def rows(self, part: slice) -> Observations:
        """Return some of the entries."""
        *arrays, points = self[1:]
        return Observations._make([self.first + (part.start or 0), *(array[part] for array in arrays), points[:, part]])


def joined(parts: Sequence[Observations]) -> Observations:
    """Return successive observations as one."""
    if len(parts) == 1:
        return parts[0]
    *arrays, points = zip(*(part[1:] for part in parts), strict=True)
    return Observations._make([parts[0].first, *map(np.concatenate, arrays), np.concatenate(points, axis=1)])


class Entry(NamedTuple):
    """One entry of each of R runs, not necessarily the same one: arrays of shape (R,) unless said."""

    step: np.ndarray
    loss: np.ndarray
    grad: np.ndarray
    distance: np.ndarray
    lr: np.ndarray
    sharpness: np.ndarray
    curvature: np.ndarray
    limit: np.ndarray
    low: np.ndarray
    average: np.ndarray
    points: np.ndarray
    """Parameters, shape (dim, R)."""

    def moved(self, new: Entry, which: np.ndarray) -> Entry:
        """Return these entries with those of ``which`` runs, shape (R,), replaced."""
        return Entry(*(np.where(which, b, a) for a, b in zip(self, new, strict=True)))


def entry_at(seen: Observations, rows: np.ndarray) -> Entry:
    """Return the entry of run r at ``rows[r]``, shape (R,), counted from the first of the observations."""
    lanes = np.arange(seen.loss.shape[1])
    names = ("loss", "grad", "distance", "lr", "sharpness", "curvature", "limit", "low", "average")
    values = (getattr(seen, name)[rows, lanes] for name in names)
    return Entry._make([seen.first + rows, *values, seen.points[:, rows, lanes]])


class TrainingSummary(NamedTuple):
    """A summary of the training of one network, from its last measured entry; nan where undefined."""

    entry: int
    """The last measured entry."""
    examples: float
    """How many examples are trained on; inf where that is not known."""
    classes: int
    """How many classes there are; 0 where numbers are predicted."""
    common: float
    """Share of the most common class among the training examples."""
    baseline: float
    """The loss of the best constant output: how common the classes are, or the mean of the targets."""
    crossed: bool
    """Whether the loss is a cross-entropy, in nats, rather than a mean squared error."""
    start: float
    """Training loss at entry 0."""
    loss: float
    """Training loss."""
    check: float
    """Validation loss."""
    accuracy: float
    """Share of training examples guessed right."""
    check_accuracy: float
    """Share of validation examples guessed right."""
    moved: float
    """How far the parameters have moved, as a share of the length they began with."""
    activation: Activation
    saturated: float
    """Share of idle units, of tanh those that are saturated, of relu those that give 0, in the layer with most."""
    limit: float
    """The stability limit at the start."""
    lowest_limit: float
    """The smallest stability limit on the way."""
    fall: float
    """Factor per update by which the training loss has fallen lately; nan where it has not, without interruption."""
    fall_span: int
    """Updates over which that was measured; 0 where there are too few measurements."""
    shares: tuple[float, ...]
    """Learning rate divided by its stability limit, at the last entries where curvature was measured."""
    edge_step: int | None
    """The first entry at which that share was high enough to be at the edge of stability."""
    edge_loss: float
    """The loss there."""


def first_true(mask: np.ndarray) -> np.ndarray:
    """Return the first row with True in every column, NEVER where there is none: (n, R) -> (R,)."""
    return np.where(mask.any(axis=0), mask.argmax(axis=0), NEVER)


def last_true(mask: np.ndarray) -> np.ndarray:
    """Return the last row with True in every column, NEVER where there is none: (n, R) -> (R,)."""
    return np.where(mask.any(axis=0), len(mask) - 1 - mask[::-1].argmax(axis=0), NEVER)


def last_finite(values: np.ndarray, count: int) -> np.ndarray:
    """Return the last ``count`` finite values of every column, nan above where there are fewer: (count, R)."""
    finite = np.isfinite(values)
    if finite[-count:].all():
        return values[-count:]
    rows = np.sort(np.where(finite, np.arange(len(values))[:, None], NEVER), axis=0)[-count:]
    return np.where(rows == NEVER, np.nan, np.take_along_axis(values, rows, axis=0))

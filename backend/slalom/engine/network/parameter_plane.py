"""The parameter plane: thousands of weights drawn in two dimensions, the same two for all runs that are compared.

The axes are the two principal directions of the joint path of all runs, seen from their start: the origin is where the
runs begin (the mean of their starts where they differ), so it never moves while the plane is revised, and the axes span
where the runs went from there. They are orthonormal: one unit in the picture is one unit of Euclidean distance between
parameters. Every revision is turned within its plane so that it lies as close to the one before as it can.

What the plane does not show is said beside it: the share of the squared distances from the origin that lies along each
axis, and the distance |θ - projection| of every point from the plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from slalom.catalogue.thresholds import EXPLOSION, RUNAWAY, SMALLEST_LOSS
from slalom.wire.arrays import pack_arrays, unpack_arrays

PATH_POINTS = 64
"""Places of the path of one run, at most."""
ALL_POINTS = 256
"""Places of all runs together: their scalar products are an (N, N) matrix, decomposed in about 10 ms."""
FEWEST = 8
"""Places of a run, however many runs and parameters there are: then fewer runs shape the plane."""
PATH_BYTES = 64 * 2**20
"""Memory for the path."""
FAR_OFF = 10.0
"""Where all runs diverge, their points are left out that are so many times as far as the parameters are long."""
ROWS_AT_ONCE = 2**16
"""Numbers worked on at a time in float64."""


class Plane(NamedTuple):
    """Two directions in the space of the parameters, and a point that they pass through."""

    step: int
    """The last entry that it was fitted to."""
    origin: np.ndarray
    """Shape (D,), float64."""
    axes: np.ndarray
    """Shape (2, D), orthonormal, float64."""
    shares: np.ndarray
    """Of the squared distances from the origin: the share along each axis, shape (2,); nan where all are 0."""

    def coordinates(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where points (..., D) lie: on the plane (..., 2), and how far from it (...); nan where not finite."""
        flat = params.reshape(-1, params.shape[-1])
        xy, off = np.empty((len(flat), 2)), np.empty(len(flat))
        rows = max(1, ROWS_AT_ONCE // max(1, flat.shape[1]))
        with np.errstate(all="ignore"):
            for i in range(0, len(flat), rows):
                away = flat[i : i + rows] - self.origin
                scale = _largest(away)
                unit = away / scale
                along = unit @ self.axes.T
                unit -= along @ self.axes
                xy[i : i + rows] = along * scale
                off[i : i + rows] = np.sqrt(np.einsum("nd,nd->n", unit, unit)) * scale[:, 0]
        return xy.reshape(*params.shape[:-1], 2), off.reshape(params.shape[:-1])

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the points of the plane at coordinates (..., 2), shape (..., D)."""
        return self.origin + xy @ self.axes

    def pack(self) -> bytes:
        """Return it as bytes, float32."""
        arrays = {"origin": self.origin.astype("f4"), "axes": self.axes.astype("f4"), "shares": self.shares}
        return pack_arrays({"step": self.step}, arrays)

    @classmethod
    def unpack(cls, payload: bytes) -> Plane:
        """Return the plane that ``pack`` wrote."""
        header, arrays = unpack_arrays(payload)
        numbers = (arrays[name].astype(np.float64) for name in ("origin", "axes", "shares"))
        return cls(header["step"], *numbers)


class Path:
    """Where the runs of an experiment have been, thinned, and the plane through it, revised when asked.

    Memory does not grow: once it is full, every second place is dropped, and from then on only every second is taken.
    Where there are so many runs that each would have less than 8 places, some runs, evenly chosen, stand for all.
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._points: list[np.ndarray] = []
        self._runs = np.empty(0, int)
        self._last: np.ndarray | None = None
        self._last_step = -1
        self._offered, self._stride, self._most = 0, 1, PATH_POINTS
        self._origin = np.empty(0)
        self._plane: Plane | None = None

    def add(self, step: int, params: np.ndarray) -> None:
        """Note where the runs are, (R, D), after ``step`` updates; rows of runs that have ended or diverged are nan."""
        if self._last is None:
            self._begin(params)
        self._last, self._last_step = params[self._runs], step
        if self._offered % self._stride == 0:
            if len(self._points) == self._most:
                self._points, self._steps = self._points[::2], self._steps[::2]
                self._stride *= 2
            self._points.append(self._last)
            self._steps.append(step)
        self._offered += 1

    def plane(self) -> Plane:
        """Return the plane through the path so far, turned to lie as the last one did, which it replaces."""
        assert self._last is not None, "A path has to begin before there can be a plane through it."
        missing = [] if self._steps[-1] == self._last_step else [self._last]
        points = np.stack([*self._points, *missing])
        self._plane = fit(points, self._origin, self._last_step, self._plane)
        return self._plane

    def _begin(self, params: np.ndarray) -> None:
        runs, dimension = params.shape
        per_place = max(1, dimension * params.itemsize)
        shown = min(runs, ALL_POINTS // FEWEST, max(1, PATH_BYTES // (FEWEST * per_place)))
        self._runs = np.linspace(0, runs - 1, shown).astype(int)
        room = min(ALL_POINTS // shown, PATH_BYTES // (shown * per_place), PATH_POINTS)
        self._most = max(FEWEST, room) & ~1
        finite = params[np.isfinite(params).all(axis=1)]
        self._origin = _rounded(finite.mean(axis=0, dtype=np.float64) if len(finite) else np.zeros(dimension))


def fit(points: np.ndarray, origin: np.ndarray, step: int, before: Plane | None = None) -> Plane:
    """Return the plane through a path ``points`` of several runs, (places, runs, D), all seen from ``origin``, (D,).

    Runs that diverge (see :func:`near`) are left out; their points are nan from there on. Directions that the points do
    not determine (they are all equal, or on one line) are those of the plane before, or else drawn at random, always
    the same.
    """
    apart = distances(points, origin)
    chosen = near(apart, origin)
    flat, apart = points[chosen], apart[chosen]
    axes = _completed(_principal(flat, origin, apart.max(initial=0)), len(origin), before)
    if before is not None:
        axes = _turned(axes, before.axes)
    elif len(flat):
        axes = axes * np.where((flat[-1] - origin) @ axes.T < 0, -1, 1)[:, None]
    plane = Plane(step, origin, _rounded(axes), np.full(2, np.nan))
    return plane._replace(shares=_shares(plane.coordinates(flat)[0], apart))


def distances(points: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return |θ - origin| of points (..., D), shape (...); nan where a point is not finite."""
    flat = points.reshape(-1, points.shape[-1])
    found = np.empty(len(flat))
    rows = max(1, ROWS_AT_ONCE // max(1, flat.shape[1]))
    with np.errstate(all="ignore"):
        for i in range(0, len(flat), rows):
            away = flat[i : i + rows] - origin
            scale = _largest(away)
            found[i : i + rows] = np.sqrt(np.einsum("nd,nd->n", away / scale, away / scale)) * scale[:, 0]
    found[~np.isfinite(found)] = np.nan
    return found.reshape(points.shape[:-1])


def near(apart: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return which points shape the picture, (places, runs): those of runs that have not diverged, however far they go.

    ``apart`` are their distances from the origin, (places, runs); nan where a run had diverged or ended, and farther
    than :data:`.thresholds.RUNAWAY` allows is diverged, too. If all did, what is shown are their points that are at
    most :data:`FAR_OFF` times as far as |origin|, the length of the initial parameters.
    """
    length = float(np.linalg.norm(origin))
    finite = np.isfinite(apart) & (np.nan_to_num(apart) <= RUNAWAY * (1 + length))
    if finite[-1].any():
        return finite & finite[-1]
    usual = length or float(apart[finite & (apart > 0)].min(initial=np.inf))
    return finite & (np.nan_to_num(apart) <= FAR_OFF * usual)


def diverged(losses: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return where losses are no numbers, or have exploded since the ``first`` ones; shapes are as in broadcasting."""
    with np.errstate(all="ignore"):
        return ~(losses - first <= EXPLOSION * np.maximum(abs(first), SMALLEST_LOSS))


def random_plane(
    step: int, centre: np.ndarray, layout: Sequence[tuple[int, int, tuple[int, ...]]], seed: int
) -> tuple[Plane, np.ndarray]:
    """Return a plane through ``centre`` (D,) along two random directions, and where one unit of each lies, (2,).

    ``layout`` has (start, stop, shape) of every tensor. A direction is normal noise of which every filter, the weights
    into one unit (a row of a matrix) or one symbol's embedding, is scaled to the length of the filter it stands for;
    biases stay where they are (Li et al. 2018, arXiv:1712.09913). Then the two are made orthonormal.
    """
    noise = np.random.Generator(np.random.Philox(seed))
    drawn = np.array([_filter_normalised(noise, centre, layout) for _ in range(2)])
    lengths = np.linalg.norm(drawn, axis=1)
    axes = _completed(_orthonormal(drawn), len(centre), None)
    plane = Plane(step, centre.astype(np.float64), axes, np.full(2, np.nan))
    return plane, np.where(lengths > 0, lengths, 1.0)


def _filter_normalised(
    noise: np.random.Generator, centre: np.ndarray, layout: Sequence[tuple[int, int, tuple[int, ...]]]
) -> np.ndarray:
    direction = np.zeros(len(centre))
    for start, stop, shape in layout:
        if len(shape) < 2:
            continue
        filters = noise.standard_normal((shape[0], (stop - start) // shape[0]))
        wanted = np.linalg.norm(centre[start:stop].astype(np.float64).reshape(filters.shape), axis=1, keepdims=True)
        direction[start:stop] = (filters * (wanted / np.linalg.norm(filters, axis=1, keepdims=True))).ravel()
    return direction


def _principal(points: np.ndarray, origin: np.ndarray, longest: float) -> np.ndarray:
    """Return up to two orthonormal directions of greatest spread of points (N, D) about the origin, largest first.

    ``longest`` is the largest of their distances. From the eigenvectors of the points' scalar products: N is small
    where D is not.
    """
    if longest == 0:
        return np.empty((0, len(origin)))
    width = max(1, ROWS_AT_ONCE // len(points))
    columns = [slice(i, i + width) for i in range(0, len(origin), width)]
    products = np.zeros((len(points), len(points)))
    for part in columns:
        away = (points[:, part] - origin[part]) / longest
        products += away @ away.T
    values, vectors = np.linalg.eigh(products)
    good = values[-2:] > 1e-12 * values[-1]
    weights = vectors[:, -2:][:, good].T[::-1]
    return _orthonormal(np.concatenate([weights @ (points[:, part] - origin[part]) for part in columns], axis=1))


def _orthonormal(directions: np.ndarray) -> np.ndarray:
    """Return directions (k, D) as orthonormal ones, in order; what is left of those that depend on others goes."""
    found: list[np.ndarray] = []
    for direction in directions:
        length = np.linalg.norm(direction)
        for _ in range(2):
            for one in found:
                direction = direction - (direction @ one) * one
        rest = np.linalg.norm(direction)
        if rest > 1e-7 * length:
            found.append(direction / rest)
    return np.array(found).reshape(-1, directions.shape[1])


def _completed(axes: np.ndarray, dimension: int, before: Plane | None) -> np.ndarray:
    """Return two orthonormal axes, of which the first are given."""
    if len(axes) == 2:
        return axes
    others = [] if before is None else [before.axes]
    drawn = np.random.Generator(np.random.Philox(0)).standard_normal((2, dimension))
    found = _orthonormal(np.array([*chain(axes, *others, drawn)]))[:2]
    return np.concatenate([found, np.zeros((2 - len(found), dimension))])


def _turned(axes: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the axes turned, and flipped if need be, within their plane so that they lie closest to those before.

    The orthogonal Procrustes problem: Q = U Vᵀ of the singular vectors of ``before @ axes.T``.
    """
    u, _, vt = np.linalg.svd(before @ axes.T)
    return u @ vt @ axes


def _shares(xy: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Return the share of the squared distances ``apart`` (N,) that lies along each axis, (2,)."""
    longest = apart.max(initial=0)
    if longest == 0:
        return np.full(2, np.nan)
    return ((xy / longest) ** 2).sum(axis=0) / ((apart / longest) ** 2).sum()


def _largest(away: np.ndarray) -> np.ndarray:
    """Return the largest component of every row, (n, 1), 1 where it is 0: to divide by, so that squares stay finite."""
    largest = np.abs(away).max(axis=1, keepdims=True, initial=0)
    largest[largest == 0] = 1
    return largest


def _rounded(numbers: np.ndarray) -> np.ndarray:
    """Return numbers as float32 would hold them: the plane that is stored is the one that was used."""
    return numbers.astype(np.float32).astype(np.float64)

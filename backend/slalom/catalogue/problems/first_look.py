"""What to look at first of a function that nobody has described: a window, a start that moves, and two learning rates.

The window shows where the gradient vanishes: minima, saddles, maxima, and the flat parts around them. Of the rates of
gradient descent one is half the largest stable one where the descent from this start ends, the other a little above it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.functions import Functions

from .base import Interval, Problem

HALF_WIDTH = 5.0
"""Of the window of a function without a scale of its own: most textbook functions live there."""
SCALES = (HALF_WIDTH, 50.0, 500.0, 5000.0)
"""How far from the origin points without slope are looked for; the nearest minimum decides."""
STANDS = 1e-6
"""A start with a smaller gradient counts as converged."""
SAME_POINT = 1e-5
"""So near to each other are the ends of Newton's steps at one point where the function is flat of a higher order."""
ABOVE_LOWEST = 0.02
"""No run starts at the lowest place that was looked at, or within this share of the height of the middle one."""
LONGER_SIDE = 4
"""A side of a window may be so many times longer than the other one."""
POLE = 1e6
"""Between two flat points there is a pole where a function is so many times as large as there."""
ABOVE = 1.05
"""The second rate, in limits."""

_NEWTON_STEPS, _SEEDS, _DESCENT_STEPS = 25, 200, 40
_PREFERRED = (0.2, 0.7, 0.3, 0.8, 0.12, 0.6, 0.4, 0.9)
"""Where in the window a run may begin, in widths from its low end."""


class FirstRuns(NamedTuple):
    """How two runs of gradient descent begin that show what a problem is like."""

    start: tuple[float, ...] | None
    """Where; None for a network, which has initial parameters of its own."""
    rates: tuple[float, float]
    """Learning rates: half of the largest stable one, and a little above it. For networks: two that train."""
    stride: float
    """The rate of a rule that moves every coordinate by about its rate: a fiftieth of the window."""


OF_NETWORKS = FirstRuns(None, (0.1, 0.5), 0.003)
"""Usual rates: the limit of a network is known only when it has trained."""


@lru_cache(maxsize=256)
def first_runs(problem: Problem) -> FirstRuns:
    """Return how the first runs on a problem begin: at its start, or in sight where it is a formula that was typed."""
    if problem.is_network:
        return OF_NETWORKS
    widths = [high - low for low, high in problem.domain]
    rates = first_rates(problem.functions(np), problem.first_start, max(widths))
    return FirstRuns(problem.first_start, rates, _rounded(min(widths) / 50, 1, math.floor))


class FirstLook(NamedTuple):
    """A window, and where in it a run begins."""

    domain: tuple[Interval, ...]
    start: tuple[float, ...]


def first_look(functions: Functions, dim: int, window: tuple[Interval, ...] | None = None) -> FirstLook:
    """Return a window of a function of ``dim`` variables, unless one is given, and a start in it that moves."""
    with np.errstate(all="ignore"):
        domain = window or _window(functions, dim)
        return FirstLook(domain, _start(functions, domain))


def moves(functions: Functions, point: tuple[float, ...]) -> bool:
    """Tell whether descent from a point goes anywhere: value and gradient are finite, and the gradient is not 0."""
    with np.errstate(all="ignore"):
        value, gradient = functions.slope(np.array(point))
        length = float(np.linalg.norm(gradient))
    return bool(np.isfinite(value)) and math.isfinite(length) and length > STANDS


def first_rates(functions: Functions, start: tuple[float, ...], width: float) -> tuple[float, float]:
    """Return learning rates of gradient descent: half of the largest that holds from this start, and one above it.

    It holds where it is below 2/λ, λ the sharpness at the end of a careful descent, and does not climb on the way.
    Where the function bends nowhere upwards there is no limit; then the first step is 1/20 of ``width``.
    """
    with np.errstate(all="ignore"):
        point = np.array(start)
        slope = float(np.linalg.norm(functions.slope(point)[1]))
        reach = width / slope if slope > 0 and math.isfinite(slope) else 1.0
        sharpness = _sharpness(functions, point[:, None])[0]
        largest = 2 * max(reach, 2 / sharpness if sharpness > 0 else 0.0)
        edge, end = _edge(functions, point, largest * 0.5 ** np.arange(40), 2 * width)
        limit = min(4 * reach, 2 / last) if (last := _sharpness(functions, end[:, None])[0]) > 0 else reach / 10
        finer = np.concatenate([[0.98 * limit], edge * np.linspace(2, 1, 21)])
        held, _ = _edge(functions, point, finer[finer <= finer[0]], math.inf)
        limit = limit if held == finer[0] else held
        half, _ = _edge(functions, point, limit / 2 * 0.7 ** np.arange(24), 2 * width)
    return _rounded(half, 2, math.floor), _rounded(max(limit, half) * ABOVE, 3, math.ceil)


def _edge(functions: Functions, point: np.ndarray, rates: np.ndarray, farthest: float) -> tuple[float, np.ndarray]:
    """Return the largest of falling rates that holds, as all smaller do, and the end (dim,) of the best gentle one.

    A rate holds if it ends below the start, not farther away than ``farthest``; it is gentle if the loss never rises.
    """
    p = np.repeat(point[:, None], len(rates), axis=1)
    first, slope = functions.slope(p)
    before, gentle = first, np.isfinite(first)
    for _ in range(_DESCENT_STEPS):
        p = p - rates * slope
        value, slope = functions.slope(p)
        gentle &= value <= before + 1e-12 * np.abs(before)
        before = value
    near = np.abs(p - point[:, None]).max(axis=0) <= farthest
    holds = np.isfinite(before) & (before <= first) & near
    kept = len(rates) - np.cumprod(holds[::-1]).sum()
    ends = np.where(gentle & near, before, np.inf)
    best = int(np.argmin(ends)) if np.isfinite(ends).any() else len(rates) - 1
    return float(rates[min(kept, len(rates) - 1)]), p[:, best]


def _sharpness(functions: Functions, p: np.ndarray) -> np.ndarray:
    """Return the largest Hessian eigenvalue at points (dim, n), nan where the Hessian is not finite."""
    return _eigenvalues(functions.hessian(p))[:, -1]


def _eigenvalues(hessian: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of Hessians (dim, dim, n), rising, shape (n, dim)."""
    h = np.moveaxis(np.asarray(hessian, float), -1, 0)
    usual = np.isfinite(h).all(axis=(1, 2))
    found = np.full(h.shape[:2], np.nan)
    found[usual] = np.linalg.eigvalsh(h[usual])
    return found


def _rounded(value: float, digits: int, way: object) -> float:
    """Return a number with few digits, rounded down or up."""
    if not (0 < value < math.inf):
        return 0.1
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return float(f"{(math.floor if way is math.floor else math.ceil)(value / unit * (1 + 1e-12)) * unit:.{digits}g}")


def _window(functions: Functions, dim: int) -> tuple[Interval, ...]:
    points, reach = _flat_points(functions, dim), HALF_WIDTH
    if dim == 1:
        points, reach = _behind_a_pole(functions, points)
    if points.shape[1] == 0:
        centre, half = np.zeros(dim), np.full(dim, _half_width_of_range(functions, dim))
    elif points.shape[1] == 1:
        centre, half = points[:, 0], np.full(dim, _half_width_of_bend(functions, points[:, 0], reach))
        if dim == 1:
            return _finite_part(functions, (_as_high_on_both_sides(functions, float(centre[0]), float(half[0])),))
        if half[0] >= HALF_WIDTH and np.abs(centre).max() <= 0.4 * half[0]:
            centre = np.zeros(dim)
    else:
        low, high = points.min(axis=1), points.max(axis=1)
        spans = high - low
        centre, half = (low + high) / 2, np.maximum(spans, spans.max() / 2) * (0.8 if points.shape[1] <= 9 else 0.55)
    box = tuple((_short(c - h, h), _short(c + h, h)) for c, h in zip(centre, half, strict=True))
    return _finite_part(functions, box)


def _short(value: float, size: float) -> float:
    """Return a number with the digits that matter beside a size."""
    return float(round(value, 2 - math.floor(math.log10(size)))) + 0.0


def _seeds(dim: int) -> np.ndarray:
    """Return points around the origin on all scales, shape (dim, n)."""
    if dim == 1:
        far = np.geomspace(1e-3, SCALES[-1], _SEEDS // 4)
        return np.concatenate([np.linspace(-HALF_WIDTH, HALF_WIDTH, _SEEDS // 2 + 1), far, -far])[None]
    generator = np.random.default_rng(0)
    spread = np.concatenate([np.full(_SEEDS, HALF_WIDTH), np.repeat([0.05, *SCALES[1:]], _SEEDS // 8)])
    return np.concatenate([generator.uniform(-1, 1, (dim, len(spread))) * spread, np.ones((dim, 1))], axis=1)


def _flat_points(functions: Functions, dim: int) -> np.ndarray:
    """Return the nearest points at which the gradient vanishes, (dim, n), as far out as the first minimum is."""
    p = _seeds(dim)
    usual = _median(np.linalg.norm(functions.slope(p)[1], axis=0))
    typical = _median(np.abs(_eigenvalues(functions.hessian(p))))
    step = previous = p
    for _ in range(_NEWTON_STEPS):
        previous, step = step, _newton_step(functions.slope(p)[1], functions.hessian(p), 1 + np.abs(p).max(axis=0))
        p = p - step
    value, slope = functions.slope(p)
    bends, size = _eigenvalues(functions.hessian(p)), np.abs(p).max(axis=0)
    flat, sharp = np.isfinite(value) & (np.linalg.norm(slope, axis=0) <= 1e-7 * usual), np.abs(bends).max(axis=1)
    rest = np.linalg.norm(step, axis=0)
    settled = flat & (rest <= 1e-6 * (1e-3 + size)) & (sharp > 1e-8 * typical)
    if not settled.any():
        shrinking = (rest <= 0.95 * np.linalg.norm(previous, axis=0)) & (rest <= 1e-2 * np.maximum(1, size))
        slow = flat & shrinking & (sharp > 0)
        return np.median(p[:, slow], axis=1, keepdims=True) if slow.any() else p[:, :0]
    for scale in SCALES:
        near = settled & (size <= scale)
        if (near & (bends[:, 0] > 0)).any():
            return _apart(p[:, near])
    near = settled & (size <= HALF_WIDTH)
    return _apart(p[:, near if near.any() else settled])


def _median(values: np.ndarray) -> float:
    """Return the median of those that are numbers, nan where none is."""
    numbers = values[~np.isnan(values)]
    return float(np.median(numbers)) if len(numbers) else float("nan")


def _newton_step(slope: np.ndarray, hessian: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """Return H⁻¹ g of n points, (dim, n), shortened to a length; 0 where it is not known."""
    dim = len(slope)
    h, g = np.moveaxis(hessian, -1, 0), slope.T[..., None]
    usual = np.asarray(np.isfinite(h).all(axis=(1, 2)) & np.isfinite(g).all(axis=(1, 2)))
    size = np.abs(np.where(usual[:, None, None], h, 0)).max(axis=(1, 2))
    usual &= size > 0
    h = np.where(usual[:, None, None], h / np.where(usual, size, 1)[:, None, None], np.eye(dim))
    g = np.where(usual[:, None, None], g / np.where(usual, size, 1)[:, None, None], 0)
    try:
        step = np.linalg.solve(h + 1e-9 * np.eye(dim), g)[..., 0].T
    except np.linalg.LinAlgError:
        step = g[..., 0].T
    length = np.linalg.norm(step, axis=0)
    return np.where(np.isfinite(length), step * np.minimum(1, longest / np.maximum(length, 1e-300)), 0)


def _apart(points: np.ndarray) -> np.ndarray:
    """Return points (dim, n) without those that are the same but for rounding."""
    apart, kept = max(1e-4 * float(np.abs(points).max()), SAME_POINT), points[:, :1]
    for point in points.T[1:]:
        if np.abs(kept - point[:, None]).max(axis=0).min() > apart:
            kept = np.concatenate([kept, point[:, None]], axis=1)
    return kept


def _half_width_of_bend(functions: Functions, point: np.ndarray, reach: float) -> float:
    """Return how far from its only flat point, but within ``reach``, a function bends otherwise than there."""

    def change(half: float) -> float:
        steps = half * np.concatenate([np.eye(len(point)), -np.eye(len(point))], axis=1)
        around = np.abs(_eigenvalues(functions.hessian(point[:, None] + steps))).max(axis=1)
        here = np.abs(_eigenvalues(functions.hessian(point[:, None]))).max()
        return float(np.nanmax(around / here)) if np.isfinite(around).any() else 1.0

    half = min(HALF_WIDTH, reach)
    if change(half) > 1e6 and _is_power(change(half), change(half / 2), change(half / 4)):
        return half  # It is flat of a higher order. A wall is steeper outside.
    while half > 1e-3 and (change(half) > 20 or (change(half) < 0.3 and change(half / 2) < 0.3)):
        half /= 2
    if half == HALF_WIDTH and 0.3 < change(half) < 3:
        wider = next((half * 2**k for k in range(1, 8) if change(half * 2**k) < 0.3), None)
        return 2 * wider if wider else half
    return half


def _is_power(far: float, near: float, nearer: float) -> bool:
    """Return whether numbers at a distance, half, and a quarter of it are those of a power of it."""
    if not all(map(math.isfinite, (far, near, nearer))):
        return True
    return math.isclose(math.log(far / near), math.log(near / nearer), rel_tol=0.1)


def _as_high_on_both_sides(functions: Functions, point: float, half: float) -> Interval:
    """Return an interval around a minimum of one variable that is no steep wall alone: its lower side is longer."""
    left = right = half

    def height(way: float) -> float:
        return float(functions.value(np.array([point + way])) - functions.value(np.array([point])))

    if half >= HALF_WIDTH:
        if abs(point) <= 0.4 * half:
            point = 0.0
    elif min(height(-half), height(half)) > 0 and math.isfinite(height(-half) + height(half)):
        while height(right) < height(-left) and right < LONGER_SIDE * half:
            right *= 2
        while height(-left) < height(right) and left < LONGER_SIDE * half and right == half:
            left *= 2
    return _short(point - left, left), _short(point + right, right)


def _behind_a_pole(functions: Functions, points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the flat points, (1, n), of one variable that are beyond the last pole between them, and how far it is."""
    ordered = np.sort(points[0])
    for low, high in zip(ordered[-2::-1], ordered[:0:-1], strict=True):
        way = np.linspace(low, high, 65)
        between = np.abs(functions.value(way[None]))
        between[~np.isfinite(between)] = math.inf
        if between.max() > POLE * (1 + between[[0, -1]].max()):
            return points[:, points[0] >= high], 0.9 * float(high - way[np.argmax(between)])
    return points, HALF_WIDTH


def _half_width_of_range(functions: Functions, dim: int) -> float:
    """Return a half width within which the inner half is not lost beside the whole."""

    def spread(half: float) -> float:
        lines = np.linspace(-half, half, 41)[None] * np.concatenate([np.eye(dim), np.ones((1, dim))])[..., None]
        values = functions.value(np.moveaxis(lines, 1, 0).reshape(dim, -1))
        values = values[np.isfinite(values)]
        return float(np.ptp(values)) if values.size else 0.0

    half = HALF_WIDTH
    while half > 1e-3 and spread(half) > 50 * spread(half / 2) > 0:
        half /= 2
    return half


def _finite_part(functions: Functions, box: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Return the part of a box in which the function has values, with a little around it."""
    lines = [np.linspace(low, high, 41) for low, high in box]
    centre = [(low + high) / 2 for low, high in box]
    shown = np.meshgrid(*lines[:2], indexing="ij")
    points = np.stack([*shown, *(np.full(shown[0].shape, c) for c in centre[2:])])
    finite = np.isfinite(functions.value(points))
    if not finite.any():
        return box
    kept = list(box)
    for axis in range(min(2, len(box))):
        seen = lines[axis][finite.any(axis=1 - axis) if finite.ndim == 2 else finite]
        margin = (lines[axis][1] - lines[axis][0]) * (len(seen) < len(lines[axis]))
        low, high = max(seen[0] - margin, box[axis][0]), min(seen[-1] + margin, box[axis][1])
        kept[axis] = (_short(low, high - low), _short(high, high - low)) if low < high else box[axis]
    return tuple(kept)


def _jumps(functions: Functions, points: np.ndarray) -> np.ndarray:
    """Return at which points (dim, n) the value jumps: beside them it differs by what no slope explains."""
    step = 1e-9 * (1 + np.abs(points))
    left, right = functions.value(points - step), functions.value(points + step)
    here, slope = functions.slope(points)
    return np.abs(right - left) > 1e-3 * (1 + np.abs(here)) + 1e3 * (np.abs(slope) * step).sum(axis=0)


def _start(functions: Functions, domain: tuple[Interval, ...]) -> tuple[float, ...]:
    """Return the first of some places in a window from which descent moves well."""
    places = [(a, b) for a, b in product(_PREFERRED, repeat=2) if len(domain) > 1 or b == _PREFERRED[0]]
    places.sort(key=lambda pair: _PREFERRED.index(pair[0]) + (_PREFERRED.index(pair[1]) - 1) % len(_PREFERRED))
    points = np.array([[low + (high - low) * pair[i % 2] for i, (low, high) in enumerate(domain)] for pair in places]).T
    points = np.array([[_short(x, high - low) for x in row] for row, (low, high) in zip(points, domain, strict=True)])
    value, slope = functions.slope(points)
    length = np.linalg.norm(slope, axis=0)
    usual = np.isfinite(value) & np.isfinite(length) & np.isfinite(functions.hessian(points)).all(axis=(0, 1))
    usual &= ~_jumps(functions, points)
    good = usual & (length > max(STANDS, 0.5 * float(np.median(length[usual])) if usual.any() else 0))
    if usual.any():
        lowest, middle = float(value[usual].min()), float(np.median(value[usual]))
        good &= value > lowest + ABOVE_LOWEST * (middle - lowest)
    if not good.any():
        return tuple(map(float, points[:, np.argmax(np.where(usual, length, -1))]))
    return tuple(map(float, points[:, np.argmax(good)]))

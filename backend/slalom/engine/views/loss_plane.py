"""The parameter plane, seen: the paths of all runs, the loss beneath them, and how far the picture can be trusted."""

from __future__ import annotations

import numpy as np

from slalom.catalogue.cost import VIEW_SECONDS
from slalom.engine.network.parameter_plane import Path, Plane, distances, diverged, near, random_plane

from .source import ROWS, ViewResult, ViewSource

GRIDS = ((40, 30), (28, 21), (20, 15), (12, 9))
"""Points of the contour along the first and the second axis; fewer for a network that is large."""
GRID_EXAMPLES = 1024
"""Training examples on which the loss is evaluated, at most."""
FEWEST_EXAMPLES = 32
PADDING = 0.12
"""Free space around the paths, as a share of their width."""
FLATTEST = 0.25
"""The shorter side of the picture is at least this share of the longer one: one unit should look like one unit."""

Box = list[list[float]]


def loss_plane(subject: ViewSource) -> ViewResult:
    """Return the plane with all runs on it; the loss is the same fixed sample's at the dots, below them, and around.

    The domain is made for the runs that do not diverge (see :mod:`~slalom.engine.network.parameter_plane`);
    the others have coordinates all the same.
    """
    steps, points = subject.every_run()
    if subject.wish.directions == "random":
        flat, domain = _random(subject)
    else:
        flat, domain = _stored(subject, steps, points), None
    xy, off = flat.coordinates(points)
    shape, examples = _affordable(subject, 2 * off.size)
    inputs, targets = subject.sample(examples)
    at_dots, below = _losses(subject, flat, points, xy, inputs, targets)
    domain = domain or _domain(flat, points, at_dots)
    header = {
        "steps": steps,
        "domain": domain,
        "shares": flat.shares.tolist(),
        "revision": flat.step,
        "directions": subject.wish.directions,
        "sample": len(inputs),
        "of": len(subject.examples.inputs),
    }
    arrays = {"xy": xy, "off": off, "loss": at_dots, "on_plane": below}
    arrays = {name: values.swapaxes(0, 1) for name, values in arrays.items()}
    arrays["grid"] = _contour(subject, flat, domain, shape, inputs, targets)
    with np.errstate(over="ignore"):
        return header, {name: values.astype("f4") for name, values in arrays.items()}


def _stored(subject: ViewSource, steps: list[int], points: np.ndarray) -> Plane:
    """Return the last plane that the worker kept, or one through what there is."""
    kept = subject.store.artifacts.last(subject.wish.id, "plane")
    if kept is not None:
        return Plane.unpack(kept[1])
    path = Path()
    for step, place in zip(steps, points, strict=True):
        path.add(step, place)
    return path.plane() if steps else _nowhere(subject)


def _nowhere(subject: ViewSource) -> Plane:
    dimension = subject.blueprint.dimension
    return Plane(0, np.zeros(dimension), np.eye(2, dimension), np.full(2, np.nan))


def _random(subject: ViewSource) -> tuple[Plane, Box]:
    """Return a plane along random directions around the last point of the chosen run, one unit of both to all sides."""
    last = subject.last_point()
    if last is None:
        return _nowhere(subject), [[-1.0, 1.0], [-1.0, 1.0]]
    layout = [(one.start, one.stop, one.shape) for one in subject.blueprint.tensors]
    flat, reach = random_plane(*last, layout, subject.wish.seed)
    return flat, [[-float(one), float(one)] for one in reach]


def _domain(flat: Plane, points: np.ndarray, losses: np.ndarray) -> Box:
    """Return the box on the plane, padded, of all points (S, R, D) of runs that have not diverged by their losses."""
    apart = np.where(diverged(losses, losses[:1]), np.nan, distances(points, flat.origin))
    chosen = points[near(apart, flat.origin)] if len(points) else points.reshape(0, 2)
    xy = flat.coordinates(chosen)[0] if len(chosen) else np.zeros((1, 2))
    low, high = xy.min(axis=0), xy.max(axis=0)
    widest = float((high - low).max()) or 0.1 * float(np.linalg.norm(flat.origin)) or 1.0
    half = np.maximum(high - low, FLATTEST * widest) / 2 + PADDING * widest
    middle = (low + high) / 2
    return [[float(m - h), float(m + h)] for m, h in zip(middle, half, strict=True)]


def _affordable(subject: ViewSource, dots: int) -> tuple[tuple[int, int], int]:
    """Return the finest grid that can be evaluated beside so many dots, and on how many examples."""
    whole = VIEW_SECONDS / subject.per_example
    fine = (shape for shape in GRIDS if (dots + shape[0] * shape[1]) * FEWEST_EXAMPLES <= whole)
    shape = next(fine, GRIDS[-1])
    examples = int(whole / (dots + shape[0] * shape[1]))
    return shape, max(FEWEST_EXAMPLES, min(GRID_EXAMPLES, examples))


def _losses(
    subject: ViewSource, flat: Plane, points: np.ndarray, xy: np.ndarray, inputs: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses at points (S, R, D) and at their projections, two arrays (S, R); nan where a run has ended."""
    at_dots, below = np.full((2, *xy.shape[:-1]), np.nan)
    there = np.isfinite(xy).all(axis=-1)
    at_dots[there] = subject.losses(points[there], inputs, targets)
    below[there] = _on_plane(subject, flat, xy[there], inputs, targets)
    return at_dots, below


def _contour(
    subject: ViewSource, flat: Plane, domain: Box, shape: tuple[int, int], inputs: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the loss on a grid over the domain, (ny, nx)."""
    x, y = (np.linspace(low, high, n) for (low, high), n in zip(domain, shape, strict=True))
    places = np.stack(np.meshgrid(x, y), axis=-1)
    return _on_plane(subject, flat, places.reshape(-1, 2), inputs, targets).reshape(places.shape[:2])


def _on_plane(subject: ViewSource, flat: Plane, xy: np.ndarray, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the losses at coordinates (n, 2) of the plane, (n,)."""
    rows = max(1, ROWS // len(flat.origin))
    origin, axes, xy = (numbers.astype(subject.spec.dtype) for numbers in (flat.origin, flat.axes, xy))
    parts = [subject.losses(origin + xy[i : i + rows] @ axes, inputs, targets) for i in range(0, len(xy), rows)]
    return np.concatenate(parts) if parts else np.empty(0)

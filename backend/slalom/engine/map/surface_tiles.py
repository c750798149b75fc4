"""Tiles of a map: runs stepped together, judged on the way, and dropped as soon as nothing can change about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.map import CELL_COLUMNS, TOGETHER, CellColumns, Map
from slalom.catalogue.optimizers import Sgd
from slalom.catalogue.problems.base import Problem
from slalom.catalogue.problems.negative import descended
from slalom.catalogue.schedules import Constant
from slalom.engine.diagnosis.quadratic_model import QuadraticModel, local_quadratic
from slalom.engine.lockstep.gradient_noise import GradientNoise
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.surface.ensemble import Ensemble, SurfaceSteps
from slalom.unexpected import attempt

from .judge import MapJudge

WIDTH = 8192
"""Cells of a tile on a surface: 64 KiB a column, and enough tiles for every core to have its share."""
STRETCH = 32
"""Updates between two judgements; at least as many as a noisy run needs to show where it starts."""
SIGNED = [CELL_COLUMNS.index(name) for name in ("loss", "mean")]
"""Columns that are losses."""
CROWDED = 0.75
"""Runs are dropped once fewer than this share of those that are computed are still going."""


class TileTask(NamedTuple):
    """A tile: cells that one process computes in one go."""

    apart: int
    """The level of the picture: every so many-th cell in both directions."""
    cells: np.ndarray
    """Which cells, (n,)."""


def tile_tasks(spec: Map, width: int | None = None) -> list[TileTask]:
    """Return the tiles of a map, coarse picture first; which tile a cell is in follows from the spec alone."""
    if spec.problem.is_network:
        from .network_tiles import by_batch_size

        width = width or TOGETHER
        levels: Iterator[tuple[int, np.ndarray]] = (
            (apart, by_batch_size(spec, cells)) for apart, cells in spec.levels()
        )
    else:
        width, levels = width or WIDTH, spec.levels()
    return [TileTask(apart, cells[i : i + width]) for apart, cells in levels for i in range(0, len(cells), width)]


def settle_surfaces(spec: Map, cells: np.ndarray, uploads: Uploads = no_uploads) -> np.ndarray:
    """Return what becomes of the runs of these cells, shape (columns, n), float64; NaN where undefined."""
    if spec.problem.is_network:
        from .network_tiles import settle_networks

        return settle_networks(spec, cells, uploads)
    found = np.empty((len(CELL_COLUMNS), len(cells)))
    with np.errstate(all="ignore"):
        for members in spec.groups(cells):
            found[:, members] = _settled(spec, spec.columns(cells[members]))
    return found


def _settled(spec: Map, columns: CellColumns) -> np.ndarray:
    """Return what becomes of runs that are stepped together; only where they end, if they can't be judged."""
    return attempt(
        "What came of some cells", SurfaceTile(spec, columns).run, lambda why: SurfaceTile(spec, columns).ends()
    )


class SurfaceTile:
    """Runs on a surface in lock step, until every one of them is judged."""

    def __init__(self, spec: Map, columns: CellColumns, *, drop: bool = True) -> None:
        self._spec, self._lr, self._drop = spec, columns.lr, drop
        run, runs, rule = spec.run, len(columns.lr), columns.optimizer
        disturbance = GradientTransform(
            *(_filled(value, runs) for value in (run.noise or None, run.clip_norm, run.clip_value))
        )
        about: dict[str, Any] = {"dtype": spec.dtype, "seeds": [spec.seed] * runs, "steps": spec.steps}
        self._ensemble = Ensemble(spec.problem, rule, columns.start, disturbance=disturbance, **about)
        dimension = len(columns.start)
        self._noise = None if not run.noise else GradientNoise(np.array([run.noise]), [spec.seed], [0], dimension)
        self._descended = descended(spec.problem, rule.maximize)
        self._sign = -1.0 if rule.maximize else 1.0
        self._judge = MapJudge(
            self._descended.functions(np), self._descended.minima, rule, spec.steps, bool(run.noise), spec.dtype
        )
        self._rests = type(rule) is Sgd and _is_zero(rule.weight_decay) and not run.noise
        plain = self._rests and _is_zero(getattr(rule, "momentum", 0.0)) and not (run.clip_norm or run.clip_value)
        steady = isinstance(run.schedule, Constant) and not run.schedule.warmup and run.schedule.factor == 1
        self._start = columns.start if plain and steady else None
        self._bowl: QuadraticModel | None = None

    def run(self) -> np.ndarray:
        """Return what became of the runs, shape (columns, E)."""
        found = self._judged()
        found[SIGNED] *= self._sign
        return found

    def _judged(self) -> np.ndarray:
        """Return the same with losses of what the runs go down."""
        if self._start is not None:
            self._bowl = _bowl(self._descended, self._start)
        last, judge = self._spec.steps, self._judge
        walk = None
        for first in range(0, last + 1, STRETCH):
            rates = self._rates(first)
            n = len(rates)
            lost = np.logical_not(np.isfinite(self._ensemble.points).all(axis=0))
            walk = self._walk(first, rates)
            judge.take(first, walk, lost)
            if self._drop and first + n <= last and not self._drop_some(first + n):
                return judge.results
        assert walk is not None
        judge.finish(walk)
        return judge.results

    def ends(self) -> np.ndarray:
        """Return only the last losses, as columns of which nothing else is known: for runs that can't be judged."""
        found = np.full((len(CELL_COLUMNS), len(self._lr)), np.nan)
        for first in range(0, self._spec.steps + 1, STRETCH):
            rates = self._rates(first)
            found[CELL_COLUMNS.index("loss")] = self._ensemble.advance(rates, self._disturbed(len(rates)))[-1]
        return found

    def _rates(self, first: int) -> np.ndarray:
        last = self._spec.steps
        return self._spec.run.schedule.rates(self._lr, first, min(first + STRETCH, last + 1), last)

    def _walk(self, first: int, lr: np.ndarray) -> SurfaceSteps:
        noise = self._disturbed(len(lr))
        if self._judge.needs_points(first, len(lr)):
            walk = self._ensemble.walk(lr, noise)
            return replace(walk, loss=self._sign * walk.loss)
        nothing = np.empty((0, 0, 0))
        return SurfaceSteps(self._sign * self._ensemble.advance(lr, noise), lr, nothing, nothing, None)

    def _disturbed(self, n: int) -> np.ndarray | None:
        """Return the noise of the next updates, the same for all runs, (n, dim, E)."""
        if self._noise is None:
            return None
        return np.repeat(self._noise.take(n).astype(self._spec.dtype), len(self._lr), axis=2)

    def _drop_some(self, entry: int) -> bool:
        """Go on with the runs that may still change, if enough have ended; return whether there are any."""
        judge = self._judge
        if self._rests:
            still = judge.alive & (judge.since > -1) & self._ensemble.still
            if still.any():
                judge.mark_places(still, self._ensemble.points)
                judge.rest(still, entry)
        if self._bowl is not None and judge.exploded.any():
            judge.leave(judge.exploded & (_least_height(self._bowl, self._ensemble.points, self._lr) > judge.reference))
        alive = np.flatnonzero(judge.alive)
        if len(alive) < CROWDED * len(judge.alive):
            if not len(alive):
                return False
            self._ensemble.keep(alive)
            self._lr = self._lr[alive]
            judge.keep(alive, self._ensemble.rule)
        return True


def _bowl(problem: Problem, start: np.ndarray) -> QuadraticModel | None:
    """Return the quadratic with a floor that a surface is; None where it is none. ``start`` has shape (dim, E)."""
    point = start[:, 0].astype(np.float64)
    model = local_quadratic(problem, point, 0.0, float(problem.functions(np).value(point[:, None])[0]))
    return model if model is not None and model.everywhere and np.isfinite(model.bottom) else None


def _least_height(bowl: QuadraticModel, points: np.ndarray, lr: np.ndarray) -> np.ndarray:
    """Return below which loss gradient descent at these rates never comes again: (dim, E), (E,) -> (E,).

    Along an eigenvector the distance from the floor is multiplied by 1 - ηλ at every step: where that is above 1 in
    size, what it has there of the loss only grows.
    """
    felt = bowl.curvatures[:, None]
    with np.errstate(all="ignore"):
        away = (
            bowl.directions.T @ (points.astype(np.float64) - bowl.point[:, None])
            + (bowl.slopes / np.where(bowl.curvatures > 0, bowl.curvatures, np.inf))[:, None]
        )
        return bowl.bottom + (0.5 * felt * away**2 * (lr * felt > 2)).sum(axis=0)


def _filled(value: float | None, runs: int) -> Any:
    return None if value is None else np.full(runs, value)


def _is_zero(setting: Any) -> bool:
    return not np.any(setting)

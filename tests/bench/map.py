"""Maps: how soon the first picture is there and the whole, what a second core and dropping dead runs bring; borders."""

from __future__ import annotations

import statistics
import time
from contextlib import suppress
from threading import Event
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from slalom.catalogue.experiments.map import CELL_KINDS, Map
from slalom.engine.map.runner import MapRunner
from slalom.engine.map.surface_tiles import SurfaceTile, settle_surfaces, tile_tasks
from slalom.unexpected import Cancelled

from .measure import Row, alternate

TIMES = 5


def rows() -> list[Row]:
    """Measure maps on a surface, and check the two borders that are too large for the tests."""
    spec = surface(256, 200)
    timings = [_timed(spec, None) for _ in range(TIMES)]
    first, whole = (statistics.median(column) for column in zip(*timings, strict=True))
    one, two = alternate(
        lambda: [*MapRunner(spec, processes=1).frames()], lambda: [*MapRunner(spec, processes=2).frames()], TIMES
    )
    stop = statistics.median(_cancelled() for _ in range(TIMES))
    dropped, kept = alternate(
        lambda: _tiles(surface(128, 1000), True), lambda: _tiles(surface(128, 1000), False), TIMES
    )
    return [
        Row("256 x 256 map, 200 steps: first picture", f"{1e3 * first:.0f} ms", "<= 150 ms", first <= 0.15),
        Row("256 x 256 map, 200 steps: whole", f"{whole:.2f} s", "<= 1.5 s", whole <= 1.5),
        Row("two processes against one", f"{one / two:.2f} x", ">= 1.5 x", one / two >= 1.5),
        Row("cancelling a map: nothing computes any more", f"{1e3 * stop:.0f} ms", "<= 200 ms", stop <= 0.2),
        Row("dropping runs that have ended, 1000 steps", f"{kept / dropped:.2f} x as fast", "", None),
        _theory(512),
        _zooms(),
    ]


def surface(n: int, steps: int) -> Map:
    """Return a map of learning rate and momentum on a valley."""
    return map_of(
        {"kind": "rosenbrock"}, ("optimizer.lr", 1e-4, 1e-1, "log"), ("optimizer.momentum", 0, 0.99), n, steps
    )


def map_of(
    problem: Any, across: tuple[Any, ...], up: tuple[Any, ...], n: int, steps: int, dtype: str | None = None
) -> Map:
    """Return a square map; axes are (field of the run, from, to, scale)."""
    names = ("field", "from", "to", "scale")
    axes = [{**dict(zip(names, axis, strict=False)), "n": n} for axis in (across, up)]
    vary = [{**axis, "field": f"run.{axis['field']}"} for axis in axes]
    spec = {"problem": problem, "vary": vary, "steps": steps}
    return Map.model_validate(spec if dtype is None else spec | {"dtype": dtype})


def _timed(spec: Map, processes: int | None) -> tuple[float, float]:
    began, first = time.perf_counter(), 0.0
    for _ in MapRunner(spec, processes=processes).frames():
        first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


def _cancelled() -> float:
    """Return how long it takes from the wish to stop until every process is gone."""
    stop = Event()

    def alive() -> None:
        if stop.is_set():
            raise Cancelled

    ticks = MapRunner(surface(1024, 5000)).frames(alive)
    next(ticks)
    began = time.perf_counter()
    stop.set()
    with suppress(Cancelled):
        for _ in ticks:
            pass
    return time.perf_counter() - began


def _tiles(spec: Map, drop: bool) -> None:
    with np.errstate(all="ignore"):
        for task in tile_tasks(spec):
            for part in spec.groups(task.cells):
                SurfaceTile(spec, spec.columns(task.cells[part]), drop=drop).run()


def _theory(n: int) -> Row:
    """Hold the border on a quadratic, by the growth of the last 50 of 2000 steps, to theory."""
    problem = {"kind": "quadratic", "eigenvalues": [1.0, 4.0]}
    spec = map_of(problem, ("optimizer.lr", 0.1, 1.1), ("optimizer.momentum", 0.01, 0.95), n, 2000)
    growth = np.empty(n * n)
    for task in tile_tasks(spec):
        growth[task.cells] = settle_surfaces(spec, task.cells)[4]
    growing = (growth > 1).reshape(n, n)
    found = n - np.argmin(growing[:, ::-1], axis=1)
    off = int(np.abs(found - np.searchsorted(spec.values(0), [x for x, _ in spec.border()])).max())
    return Row(f"border on a quadratic, {n} x {n}, against theory", f"off by {off} pixels", "<= 1", off <= 1)


def _zooms(n: int = 64, zooms: int = 4) -> Row:
    """Zoom four times into the border of trainability of networks (width 16, 200 steps); measure how ragged it is.

    As in Sohl-Dickstein 2024, arXiv:2402.06184: random inputs of 16 numbers, random targets, one hidden layer of 16
    tanh units, full batches, the learning rates of the two layers across and upwards, float64.
    """
    random = np.random.default_rng(0)
    table = "\n".join(",".join(f"{value:.6f}" for value in row) for row in random.standard_normal((64, 17))).encode()
    data = {"kind": "csv", "id": "0" * 32, "target": "numbers", "validation": 0.0}
    problem = {"kind": "network", "data": data, "hidden": [16]}
    (a, b), (c, d), scale, found = (3.0, 30.0), (0.25, 0.7), "log", []
    for _ in range(zooms + 1):
        spec = map_of(problem, ("layer_lr.0", a, b, scale), ("layer_lr.1", c, d, scale), n, 200, dtype="float64")
        diverged = np.empty(n * n, bool)
        for tick in MapRunner(spec, lambda _: table).frames():
            (block,) = tick.blocks
            diverged[list(block.runs)] = block.data[0, :, 0] == CELL_KINDS.index("diverged")
        picture = diverged.reshape(n, n)
        found.append(dimension(picture))
        x, y = most_ragged(picture, n // 4)
        xs, ys, scale = spec.values(0), spec.values(1), "linear"
        (a, b), (c, d) = (xs[x], xs[x + n // 4 - 1]), (ys[y], ys[y + n // 4 - 1])
    said = ", ".join(f"{value:.2f}" for value in found)
    return Row("border of networks, box-counting dimension in zooms", said, "> 1.1", min(found) > 1.1)


def edges(picture: np.ndarray) -> np.ndarray:
    """Return the cells that have a neighbour of the other kind, to the right or above."""
    found = np.zeros(picture.shape, bool)
    found[:, :-1] |= picture[:, :-1] != picture[:, 1:]
    found[:-1] |= picture[:-1] != picture[1:]
    return found


def dimension(picture: np.ndarray) -> float:
    """Return the box-counting dimension of the border: the slope of log(boxes) against log(1/size)."""
    border, sizes = edges(picture), [1, 2, 4, 8, 16]
    n = len(picture)
    counts = [border.reshape(n // s, s, n // s, s).any(axis=(1, 3)).sum() for s in sizes]
    return float(np.polyfit(np.log(1 / np.array(sizes)), np.log(np.maximum(counts, 1)), 1)[0])


def most_ragged(picture: np.ndarray, size: int) -> tuple[int, int]:
    """Return the left lower corner of the window, ``size`` cells wide, with the most border in it."""
    sums = sliding_window_view(edges(picture), (size, size)).sum(axis=(2, 3))
    y, x = np.unravel_index(sums.argmax(), sums.shape)
    return int(x), int(y)

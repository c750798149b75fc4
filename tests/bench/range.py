"""Recommended rates of range tests on random problems, each against the best of a sweep of twelve rates."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.range_test import SWEPT, VERIFIED, RangeTest
from slalom.engine.descent import Descent, smallest_loss
from slalom.engine.range_test.runner import RangeTestRunner

from .measure import Row

PROBLEMS = 24
SEED = int(os.environ.get("BENCH_SEED", "0"))
WITHIN = 2.0
CONVERGED = 1e-6
"""Of the fall: what is left below that is nothing."""
SURFACES = (
    {"kind": "bowl", "kappa": 30.0},
    {"kind": "rosenbrock"},
    {"kind": "beale"},
    {"kind": "himmelblau"},
    {"kind": "regression", "data": "thermometer", "scaling": "tenth"},
    {"kind": "formula", "text": "x^2-10"},
    {"kind": "formula", "text": "exp(x)-2*x+(y-x)^2"},
    {"kind": "formula", "text": "log(cosh(x))+y^4+1000"},
)
DATA = ("moons", "circles", "spirals", "blobs", "xor", "chebyshev", "chebyshev", "digits")
RULES: tuple[dict[str, Any], ...] = (
    {"kind": "sgd"},
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "sgd", "momentum": 0.9, "nesterov": True},
    {"kind": "adam"},
    {"kind": "adam"},
    {"kind": "rmsprop"},
    {"kind": "adagrad"},
)
RANGES = ((1e-5, 1.0), (1e-4, 10.0))


def rows() -> Iterator[Row]:
    """Compare every recommended rate with a sweep; ``BENCH_SEED`` chooses other problems."""
    torch.set_num_threads(1)
    near = 0
    for spec in random_range_tests(PROBLEMS, SEED):
        chosen, ratio = against_sweep(spec)
        near += ratio <= WITHIN
        yield Row(title(spec), f"{chosen} {ratio:.3g} x the best of {SWEPT}", f"<= {WITHIN:g} x", ratio <= WITHIN)
    yield Row(f"recommended rates within {WITHIN:g} x of a sweep", f"{near} of {PROBLEMS}", "all", near == PROBLEMS)


def random_range_tests(n: int, seed: int) -> list[RangeTest]:
    """Return range tests of random problems: two networks for every surface."""
    draw = np.random.default_rng(seed)
    return [SPEC.validate_python(_random(draw, surface=i % 3 == 2)) for i in range(n)]  # pyright: ignore[reportReturnType]


def _random(draw: np.random.Generator, surface: bool) -> dict[str, Any]:
    low, high = RANGES[draw.integers(len(RANGES))]
    run: dict[str, Any] = {"optimizer": RULES[draw.integers(len(RULES))]}
    if surface:
        problem = SURFACES[draw.integers(len(SURFACES))]
        run |= {"noise": 0.3} if draw.random() < 0.3 else {}
    else:
        hidden = [int(draw.choice([4, 8, 16]))] * int(draw.integers(1, 3))
        data = str(draw.choice(DATA))
        problem = {"kind": "network", "data": {"kind": data}, "hidden": hidden}
        run |= {} if data == "chebyshev" and draw.random() < 0.5 else {"batch_size": int(draw.choice([8, 16]))}
    steps, seeds = int(draw.choice([100, 200, 400])), int(draw.choice([1, 1, 2, 3]))
    climb = {"lr_from": low, "lr_to": high, "steps": steps, "seeds": seeds, "seed": int(draw.integers(1000))}
    return {"kind": "range_test", "problem": problem, "run": run, **climb}


def title(spec: RangeTest) -> str:
    """Return what is minimised, and how."""
    problem = spec.problem.model_dump()
    what = problem.get("text") or (f"{problem['data']['kind']} {problem['hidden']}" if spec.problem.is_network else "")
    batch = f", batch {spec.run.batch_size}" if spec.run.batch_size else ""
    return f"{what or problem['kind']}, {spec.run.optimizer.kind}{batch}"


def against_sweep(spec: RangeTest) -> tuple[str, float]:
    """Return the recommended rate in words, and how many times the loss it leaves is that of the best of a sweep."""
    runner = RangeTestRunner(spec)
    for _ in runner.frames():
        pass
    found = runner.result().findings
    assert found is not None
    chosen = found["recommended"]
    best, start = best_of_sweep(spec)
    if chosen["lr"] is None:
        return "none,", 1.0 if best is None else math.inf
    proof = next(row for row in found["rules"] if row["name"] == chosen["rule"])["verification"]
    final = float(proof["final"])
    if best is None:
        return f"{chosen['lr']:.3g},", 0.0
    lowest = smallest_loss(spec.problem)
    lowest = min(best, final) if math.isnan(lowest) else lowest
    least = CONVERGED * (start - lowest)
    return f"{chosen['lr']:.3g} ({chosen['rule']}),", max(final - lowest, least) / max(best - lowest, least)


def best_of_sweep(spec: RangeTest) -> tuple[float | None, float]:
    """Return the lowest final loss of a sweep over the range, the median over seeds, and the loss at the start."""
    vary = [{"field": "run.optimizer.lr", "from": spec.lr_from, "to": spec.lr_to, "scale": "log", "n": SWEPT}]
    about = {name: getattr(spec, name) for name in ("problem", "seed", "seeds", "dtype")}
    sweep = Comparison.model_validate({**about, "runs": [spec.run], "steps": VERIFIED, "vary": vary})
    descent = Descent(sweep)
    names = sweep.problem.columns
    column = names.index("train_loss" if "train_loss" in names else "loss")
    starts, finals = np.full(sweep.lane_count, np.nan), np.full(sweep.lane_count, np.nan)
    for tick in descent:
        for block in tick.blocks:
            runs = np.array(block.runs)
            if block.step == 0:
                starts[runs] = block.data[column, :, 0]
            finals[runs] = block.data[column, :, -1]
    gone = np.array([one.kind in ("diverged", "growing") for one in descent.outcomes])
    finals = np.where(gone | ~np.isfinite(finals), np.inf, finals).reshape(SWEPT, spec.seeds)
    best = float(np.sort(finals, axis=1)[:, (spec.seeds - 1) // 2].min())
    start = float(np.median(starts))
    return (best if best < start else None), start

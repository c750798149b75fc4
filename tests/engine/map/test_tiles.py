"""Maps on surfaces: every cell is the run that it stands for, and borders lie where theory has them."""

import numpy as np
import pytest

from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.engine.descent import Descent
from slalom.engine.map.surface_tiles import STRETCH, SurfaceTile, settle_surfaces, tile_tasks


def axis(field, low, high, n, scale="linear"):
    return {"field": field, "from": low, "to": high, "n": n, "scale": scale}


LR = axis("run.optimizer.lr", 1e-4, 3, 24, "log")
MOMENTUM = axis("run.optimizer.momentum", 0, 0.99, 16)


def starts(problem, n=20):
    (a, b), (c, d) = problem
    return [axis("run.start.0", a, b, n), axis("run.start.1", c, d, n)]


def spec_of(problem, across, up, steps=200, rule="sgd", **rest):
    run = {"optimizer": {"kind": rule}, **rest.pop("run", {})}
    return Map.model_validate({"problem": problem, "run": run, "vary": [across, up], "steps": steps, **rest})


FORMULA = {"kind": "formula"}
CASES = {
    "momentum on a valley": spec_of({"kind": "rosenbrock"}, LR, MOMENTUM),
    "momentum on a bowl, to the last digit": spec_of({"kind": "bowl"}, LR, MOMENTUM, 1500),
    "explosions for good": spec_of({"kind": "bowl"}, LR, axis("run.start.0", -3, 3, 9), 1000),
    "explosions beside a floor below 0": spec_of(
        FORMULA | {"text": "x**2 + x + 3*y**2 - 5"}, LR, axis("run.start.0", -1, 1, 9), 500
    ),
    "Nesterov": spec_of(
        {"kind": "bowl"},
        LR,
        axis("run.optimizer.momentum", 0.1, 0.99, 9),
        run={"optimizer": {"kind": "sgd", "nesterov": True, "momentum": 0.5}},
    ),
    "the tails of a well": spec_of(
        FORMULA | {"text": "-exp(-x**2-y**2)"},
        *starts([(-6, 6), (-6, 6)], 8),
        60,
        run={"optimizer": {"kind": "sgd", "lr": 0.1}},
    ),
    "decay beside a minimum": spec_of({"kind": "bowl"}, LR, axis("run.optimizer.weight_decay", 0, 2, 9)),
    "basins": spec_of(
        {"kind": "himmelblau"}, *starts([(-6, 6), (-6, 6)]), run={"optimizer": {"kind": "sgd", "lr": 0.01}}
    ),
    "Adam's bursts": spec_of({"kind": "bowl"}, LR, axis("run.optimizer.beta1", 0, 0.99, 12), 600, "adam"),
    "a saddle": spec_of(
        FORMULA | {"text": "x**2 - y**2 + y**4/4"},
        *starts([(-2, 2), (0, 1e-9)]),
        run={"optimizer": {"kind": "sgd", "lr": 0.1}},
    ),
    "no floor": spec_of(FORMULA | {"text": "x**3 + y**2"}, LR, axis("run.start.0", -1, 1, 12), 400),
    "falls without bound": spec_of(
        FORMULA | {"text": "-x - y**2"}, axis("run.optimizer.lr", 1, 1e5, 24, "log"), MOMENTUM, 300
    ),
    "leaves the finite parameters alone": spec_of(
        FORMULA | {"text": "atan(x)**2 + y**2*1e-8"},
        axis("run.optimizer.lr", 1e300, 1e308, 12, "log"),
        axis("run.start.0", 0.1, 2, 5),
    ),
    "logarithms": spec_of(FORMULA | {"text": "log(x)**2 + y**2"}, LR, axis("run.start.0", 0.01, 3, 12), 150),
    "four dimensions": spec_of({"kind": "quadratic"}, LR, MOMENTUM, 120),
    "noise and clipping": spec_of({"kind": "bowl"}, LR, MOMENTUM, 250, run={"noise": 0.5, "clip_norm": 3.0}, seed=4),
    "few noisy steps": spec_of({"kind": "bowl"}, LR, MOMENTUM, 7, run={"noise": 0.5}),
    "single precision": spec_of({"kind": "rosenbrock"}, LR, MOMENTUM, 150, dtype="float32"),
    "a schedule": spec_of({"kind": "bowl"}, LR, MOMENTUM, 130, run={"schedule": {"kind": "cosine", "warmup": 9}}),
    "a line": spec_of(
        {"kind": "regression", "scaling": "tenth"}, axis("run.optimizer.lr", 1e-3, 0.1, 20, "log"), MOMENTUM, 300
    ),
    "Newton": spec_of({"kind": "himmelblau"}, *starts([(-6, 6), (-6, 6)], 9), 60, "newton"),
    "uphill": spec_of(
        FORMULA | {"text": "5 - x**2 - 10*y**2"},
        axis("run.optimizer.lr", 0.01, 0.2, 12),
        axis("run.start.0", 0.1, 2, 5),
        run={"optimizer": {"kind": "sgd", "maximize": True}},
    ),
    "just above the limit": spec_of(
        {"kind": "bowl"},
        axis("run.optimizer.lr", 0.166, 0.168, 12),
        axis("run.optimizer.momentum", 0, 0.02, 4),
        90,
        run={"optimizer": {"kind": "sgd", "nesterov": False}},
    ),
    "for thousands of steps": spec_of(
        FORMULA | {"text": "x**2 + 6*y**2 + 1000"},
        axis("run.optimizer.lr", 0.16663, 0.1667, 15),
        axis("run.start.0", 0.01, 1, 3),
        6000,
    ),
    "down a slope": spec_of(FORMULA | {"text": "x**3 + y"}, axis("run.optimizer.lr", 1e-3, 0.2, 9), MOMENTUM, 60),
    "Adam on a slope": spec_of(FORMULA | {"text": "x - cos(y)"}, LR, axis("run.start.1", -2, 2, 5), 77, "adam"),
    "signs in a valley": spec_of({"kind": "rosenbrock"}, LR, axis("run.start.1", -2, 2, 5), 120, "lion"),
    "a single step": spec_of({"kind": "bowl"}, LR, MOMENTUM, 1),
}


def column(found, name):
    return found[CELL_COLUMNS.index(name)]


@pytest.mark.parametrize("name", CASES)
def test_a_cell_ends_as_the_run_that_it_stands_for(name):
    spec = CASES[name]
    cells = np.arange(spec.lane_count)
    found = settle_surfaces(spec, cells)
    for cell in np.random.default_rng(1).choice(cells, 20, replace=False):
        descent = Descent(spec.alone(int(cell)))
        losses = np.concatenate([block.data[0, 0] for tick in descent for block in tick.blocks])
        outcome = descent.outcomes[0]
        assert CELL_KINDS[int(column(found, "kind")[cell])] == outcome.kind, (cell, outcome)
        if outcome.step is not None:
            assert column(found, "step")[cell] == outcome.step, cell
        if outcome.kind != "diverged":
            np.testing.assert_array_equal(column(found, "loss")[cell], losses[-1])


def test_the_cases_show_every_kind_of_outcome():
    found = {
        CELL_KINDS[int(kind)]
        for spec in CASES.values()
        for kind in settle_surfaces(spec, np.arange(spec.lane_count))[0]
    }
    assert found == set(CELL_KINDS)


@pytest.mark.parametrize("name", ["momentum on a bowl, to the last digit", "explosions for good"])
def test_dropping_runs_that_have_ended_changes_no_number(name):
    spec = CASES[name]
    cells = np.arange(spec.lane_count)[spec.groups(np.arange(spec.lane_count))[0]]
    with np.errstate(all="ignore"):
        whole = SurfaceTile(spec, spec.columns(cells), drop=False).run()
        np.testing.assert_allclose(settle_surfaces(spec, cells)[:4], whole[:4], rtol=1e-12)


def test_every_cell_is_computed_once_and_the_coarse_picture_comes_first():
    spec = spec_of({"kind": "bowl"}, LR, MOMENTUM)
    found = tile_tasks(spec, width=50)
    assert sorted(np.concatenate([task.cells for task in found]).tolist()) == list(range(spec.lane_count))
    assert [task.apart for task in found] == sorted((task.apart for task in found), reverse=True)
    assert all(len(task.cells) <= 50 for task in found)


def test_basins_are_told_apart_by_the_minimum_that_was_reached():
    spec = CASES["basins"]
    found = settle_surfaces(spec, np.arange(spec.lane_count))
    converged = column(found, "kind") == CELL_KINDS.index("converged")
    assert set(column(found, "minimum")[converged]) == {0, 1, 2, 3}
    assert np.isnan(column(found, "minimum")[column(found, "kind") == CELL_KINDS.index("diverged")]).all()


def test_stretches_are_long_enough_for_a_noisy_start():
    assert STRETCH >= 20


def border_of(found, shape):
    """Return for every row where growth begins: the first cell from which on all grow."""
    growing = (column(found, "growth") > 1).reshape(shape[::-1])
    return growing.shape[1] - np.argmin(growing[:, ::-1], axis=1)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_border_on_a_quadratic_is_the_theoretical_one_to_a_pixel(nesterov):
    n = 128  # python -m tests.bench map does it with 512.
    problem = {"kind": "quadratic", "eigenvalues": [1.0, 4.0]}
    up = axis("run.optimizer.momentum", 0.01, 0.95, n)
    across = axis("run.optimizer.lr", 0.1, 1.1, n)
    spec = spec_of(problem, across, up, 2000, run={"optimizer": {"kind": "sgd", "nesterov": nesterov, "momentum": 0.5}})
    first = border_of(settle_surfaces(spec, np.arange(n * n)), spec.shape)
    lr = np.array(spec.values(0))
    theory = np.searchsorted(lr, [x for x, _ in spec.border()])
    assert np.abs(first - theory).max() <= 1


def test_a_ragged_border_has_one_flip_below_the_threshold_and_many_above():
    def flips(eps):
        text = f"x**2 + {eps}*cos(2*pi*x/0.1) + 0*y"
        across = axis("run.optimizer.lr", 0.99, 1.06, 1500)
        spec = spec_of(FORMULA | {"text": text}, across, axis("run.start.1", 0, 1, 1), 1000)
        grown = column(settle_surfaces(spec, np.arange(spec.lane_count)), "kind") == CELL_KINDS.index("diverged")
        return int(np.abs(np.diff(grown.astype(int))).sum())

    threshold = 0.1**2 / (2 * np.pi**2)
    assert flips(0.5 * threshold) == 1
    assert flips(4 * threshold) > 20

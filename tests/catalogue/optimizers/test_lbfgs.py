"""L-BFGS asks for gradients within a step as torch.optim.LBFGS does of its closure, for many runs at once."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.optimizers import Lbfgs
from slalom.engine.descent import Descent

from .test_optimizers import as_columns

SETTINGS = [
    Lbfgs(lr=0.3),
    Lbfgs(lr=0.2, max_iter=1),
    Lbfgs(lr=0.5, max_iter=4, history_size=2),
    Lbfgs(lr=0.5, max_iter=7, max_eval=3, tolerance_grad=1e-3, tolerance_change=1e-4),
    Lbfgs(line_search_fn="strong_wolfe", max_iter=3),
    Lbfgs(lr=1e-3, line_search_fn="strong_wolfe", max_iter=5, max_eval=4),
    Lbfgs(lr=50.0, line_search_fn="strong_wolfe", max_iter=6),
]
START = (-1.2, 1.0, 0.4)
each = pytest.mark.parametrize("rule", SETTINGS, ids=lambda r: " ".join(map(str, r.model_dump().values())))
libraries = pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])


def valley(p):
    """A curved valley in three variables and its gradient, for p of shape (3, E)."""
    x, y, z = p
    bend = y - x * x
    loss = (1 - x) ** 2 + 5 * bend * bend + (z - y) ** 2
    xp = torch if isinstance(p, torch.Tensor) else np
    return loss, xp.stack([-2 * (1 - x) - 20 * bend * x, 10 * bend - 2 * (z - y), 2 * (z - y)])


def descend(rule, lr, runs=1, steps=8, xp=np, dtype="float64", maximize=False):
    """Return the parameters after every step, (steps, 3, runs), and how many gradients each asked for."""
    p = xp.asarray(np.tile(np.array(START)[:, None], (1, runs)), dtype=getattr(xp, dtype))
    state, path, counts = rule.init(p, xp), [], []

    def closure(point):
        counts[-1] += 1
        loss, g = valley(point)
        return (-loss, -g) if maximize else (loss, g)

    for _ in range(steps):
        counts.append(0)
        p, state = rule.update(p, None, state, lr, xp, closure=closure)
        path.append(np.asarray(p).copy())
    return np.stack(path), counts


def torch_descends(rule, steps=8):
    p, counts, path = torch.tensor(START, dtype=torch.float64, requires_grad=True), [], []
    optimizer = torch.optim.LBFGS([p], **rule.model_dump(exclude={"kind", "maximize"}))

    def closure():
        counts[-1] += 1
        loss, gradient = valley(p.detach()[:, None])
        p.grad = gradient[:, 0]
        return loss[0]

    for _ in range(steps):
        counts.append(0)
        optimizer.step(closure)
        path.append(p.detach().numpy().copy())
    return np.stack(path), counts


@each
@libraries
def test_path_and_evaluations_are_torchs(rule, xp):
    path, counts = descend(rule, rule.lr, xp=xp)
    expected, evaluations = torch_descends(rule)
    np.testing.assert_allclose(path[:, :, 0], expected, rtol=1e-5, atol=1e-7)
    assert counts == evaluations


@each
@libraries
def test_a_runs_bytes_do_not_depend_on_its_neighbours(rule, xp):
    rules = [rule.model_copy(update={"lr": rule.lr * share}) for share in (1.0, 0.9, 0.3)]
    columns, lr = as_columns(rules, xp)
    together, _ = descend(columns, lr, runs=3, xp=xp, dtype="float32")
    for run, one in enumerate(rules):
        alone, _ = descend(one, one.lr, xp=xp, dtype="float32")
        assert alone.tobytes() == together[:, :, run : run + 1].tobytes()


def test_to_maximize_is_to_minimize_the_negative():
    up, _ = descend(Lbfgs(maximize=True), 1.0, maximize=True)
    np.testing.assert_array_equal(up, descend(Lbfgs(), 1.0)[0])


def test_keywords_and_defaults_are_torchs():
    parameters = inspect.signature(torch.optim.LBFGS.__init__).parameters
    expected = {name: one.default for name, one in parameters.items() if name not in ("self", "params")}
    assert Lbfgs().model_dump(exclude={"kind", "maximize"}) == expected


def test_layers_have_no_rates_of_their_own():
    run = {"optimizer": {"kind": "lbfgs"}, "layer_lr": [0.1, 0.1]}
    with pytest.raises(ValidationError, match="goes one way with all parameters"):
        SPEC.validate_python({"problem": {"kind": "network", "hidden": [3]}, "runs": [run]})


@pytest.mark.parametrize("batch", [None, 9])
def test_networks_beside_others_have_the_bytes_that_they_have_alone(batch):
    rates, steps = [0.3, 0.05], 6
    optimizer = {"kind": "lbfgs", "max_iter": 4, "history_size": 3}
    problem = {"kind": "network", "data": {"kind": "moons"}, "hidden": [4]}

    def losses(*rates):
        runs = [{"optimizer": optimizer | {"lr": lr}, "batch_size": batch} for lr in rates]
        descent = Descent(SPEC.validate_python({"problem": problem, "runs": runs, "steps": steps}))
        blocks = [block for tick in descent for block in tick.blocks]
        return np.concatenate([block.data[block.columns.index("loss")] for block in blocks], axis=1)

    together = losses(*rates)
    for run, lr in enumerate(rates):
        assert losses(lr)[0].tobytes() == together[run].tobytes()
    assert together[1, -1] < together[1, 0]

"""Rules that look at the shape of a tensor walk the path of torch.optim on a matrix, alone or beside others."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

from slalom.catalogue.optimizers import Adafactor, Muon

from .test_optimizers import PAIRS, as_columns, settings_of, variants

SHAPES = [(4, 3), (3, 5), (1, 4), (4, 1), (5,)]
SETTINGS = [
    Adafactor(lr=0.02, d=1.5),
    Adafactor(lr=0.3, beta2_decay=-0.5, eps1=0.2, eps2=0.1, d=2.0, weight_decay=0.1),
    Muon(lr=0.02),
    Muon(lr=0.02, momentum=0.5, nesterov=False, weight_decay=0.3, eps=1e-2, adjust_lr_fn="match_rms_adamw"),
    Muon(lr=0.02, ns_coefficient1=2.0, ns_coefficient2=-1.5, ns_coefficient3=0.5, ns_steps=7, adamw_lr=0.3),
]
each = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_setting = pytest.mark.parametrize("rule", SETTINGS, ids=lambda r: " ".join(map(str, r.model_dump().values())))


class OwnMuon(torch.optim.Optimizer):
    """What torch.optim.Muon does, where torch has none: versions before 2.9."""

    def __init__(
        self,
        params,
        lr=1e-3,
        weight_decay=0.1,
        momentum=0.95,
        nesterov=True,
        ns_coefficients=(3.4445, -4.775, 2.0315),
        eps=1e-7,
        ns_steps=5,
        adjust_lr_fn=None,
    ):
        super().__init__(params, {"lr": lr})
        self.settings = weight_decay, momentum, nesterov, ns_coefficients, eps, ns_steps, adjust_lr_fn

    @torch.no_grad()
    def step(self):
        decay, momentum, nesterov, (a, b, c), eps, steps, adjust = self.settings
        (group,) = self.param_groups
        (p,) = group["params"]
        mean = self.state[p].setdefault("mean", torch.zeros_like(p))
        mean += (1 - momentum) * (p.grad - mean)
        x = (1 - momentum) * p.grad + momentum * mean if nesterov else mean.clone()
        u, sizes, vt = torch.linalg.svd(x / x.norm().clamp(min=eps), full_matrices=False)
        for _ in range(steps):
            sizes = a * sizes + b * sizes**3 + c * sizes**5
        longer, ratio = max(p.shape), p.shape[0] / p.shape[1]
        share = 0.2 * longer**0.5 if adjust == "match_rms_adamw" else max(1, ratio) ** 0.5
        p *= 1 - group["lr"] * decay
        p -= group["lr"] * share * (u * sizes) @ vt


def slope(p, shape, xp):
    """The gradient of a smooth function of a matrix, for rows (E, n)."""
    goal = xp.reshape(xp.asarray(np.sin(np.arange(p.shape[1]) ** 2)), (1, -1))
    moved = p - xp.asarray(goal, dtype=p.dtype)
    return moved / xp.sqrt(1 + moved * moved) + 0.1 * p.sum(1)[:, None]


def beginning(shape, runs, xp, dtype):
    size = int(np.prod(shape))
    return xp.asarray(np.tile(np.cos(np.arange(size)), (runs, 1)), dtype=getattr(xp, dtype))


def descend(rule, lr, shape, *, runs=1, steps=60, xp=np, dtype="float64"):
    """Return the parameters after every update, shape (steps, runs, n), as NumPy."""
    rule, p, path = rule.of_tensor(shape), beginning(shape, runs, xp, dtype), []
    state = rule.init(p, xp)
    for _ in range(steps):
        p, state = rule.update(p, slope(p, shape, xp), state, lr, xp)
        path.append(np.asarray(p).copy())
    return np.stack(path)


def torch_descends(rule, shape, steps=60):
    p = beginning(shape, 1, torch, "float64").reshape(shape).requires_grad_()
    if isinstance(rule, Adafactor):
        optimizer = torch.optim.Adafactor([p], **settings_of(rule))
    elif len(shape) == 2:
        others = [name for name in Muon.model_fields if name.startswith("adamw_")]
        optimizer = getattr(torch.optim, "Muon", OwnMuon)([p], **settings_of(rule, "maximize", *others))
    else:
        betas = rule.adamw_beta1, rule.adamw_beta2
        rest = {"eps": rule.adamw_eps, "weight_decay": rule.adamw_weight_decay}
        optimizer = torch.optim.AdamW([p], lr=rule.adamw_lr, betas=betas, **rest)
    path = []
    for _ in range(steps):
        p.grad = slope(p.detach().reshape(1, -1), shape, torch).reshape(shape)
        optimizer.step()
        path.append(p.detach().reshape(1, -1).numpy().copy())
    return np.stack(path)


@pytest.fixture
def exact(monkeypatch):
    """Let torch.optim.Muon, which multiplies in bfloat16, do so in double precision."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda self: self.clone())


@each
@each_setting
@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
def test_the_path_is_torchs(rule, shape, xp, exact):
    np.testing.assert_allclose(descend(rule, rule.lr, shape, xp=xp), torch_descends(rule, shape), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", SETTINGS[2:], ids=str)
def test_the_reference_is_the_muon_of_torch(rule, exact, monkeypatch):
    expected = torch_descends(rule, (4, 3))
    monkeypatch.setattr(torch.optim, "Muon", OwnMuon, raising=False)
    np.testing.assert_allclose(torch_descends(rule, (4, 3)), expected, rtol=1e-9, atol=1e-12)


@each
@each_setting
@pytest.mark.parametrize(("xp", "dtype"), [(np, "float64"), (np, "float32"), (torch, "float32")])
def test_a_runs_bytes_depend_neither_on_its_neighbours_nor_on_columns(rule, shape, xp, dtype):
    rules = variants(rule) * 5
    columns, lr = as_columns(rules, xp)
    wide = {name: value[:, None] for name, value in columns if hasattr(value, "shape")}
    together = type(rule).model_construct(**{**dict(columns), **wide})
    found = descend(together, lr[:, None], shape, runs=15, steps=20, xp=xp, dtype=dtype)
    for run in (0, 1, 14):
        alone = descend(rules[run], rules[run].lr, shape, steps=20, xp=xp, dtype=dtype)
        assert alone.tobytes() == found[:, run : run + 1].tobytes()


def test_the_defaults_are_torchs():
    expected = {}
    for name, parameter in inspect.signature(getattr(torch.optim, "Muon", OwnMuon).__init__).parameters.items():
        if isinstance(parameter.default, tuple):
            expected |= dict(zip(PAIRS[name], parameter.default, strict=True))
        elif name not in ("self", "params"):
            expected[name] = parameter.default
    found = Muon().model_dump(exclude={"kind", "maximize"})
    assert {name: value for name, value in found.items() if not name.startswith("adamw_")} == expected


def test_vectors_follow_the_schedule_of_matrices():
    rule, p = Muon(lr=0.02, adamw_lr=0.3).of_tensor((2,)), np.ones((1, 2))
    whole, _ = rule.update(p, p, rule.init(p, np), 0.02, np)
    half, _ = rule.update(p, p, rule.init(p, np), 0.01, np)
    np.testing.assert_allclose(p - half, (p - whole) / 2, rtol=1e-12)


@pytest.mark.parametrize("lr", [0.0, np.zeros((1, 1))], ids=["float", "column"])
def test_at_a_rate_of_zero_vectors_stand_still(lr):
    p = np.ones((1, 2))
    rule = Muon.model_construct(lr=lr).of_tensor((2,))
    np.testing.assert_array_equal(rule.update(p, p, rule.init(p, np), lr, np)[0], p)

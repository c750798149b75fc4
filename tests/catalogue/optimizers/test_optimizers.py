"""torch.optim is the oracle: our rules walk the same path, alone or all at once. Listing a rule tests it."""

from __future__ import annotations

import inspect
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from slalom.catalogue.optimizers import (
    OPTIMIZERS,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Adamw,
    AnyOptimizer,
    Asgd,
    Lbfgs,
    Lion,
    Muon,
    Nadam,
    Newton,
    Radam,
    Rmsprop,
    Rprop,
    Sgd,
    SignSgd,
    TorchClass,
)

THEIRS = {
    Sgd: torch.optim.SGD,
    Adagrad: torch.optim.Adagrad,
    Rmsprop: torch.optim.RMSprop,
    Adadelta: torch.optim.Adadelta,
    Adam: torch.optim.Adam,
    Adamw: torch.optim.AdamW,
    Nadam: torch.optim.NAdam,
    Radam: torch.optim.RAdam,
    Adamax: torch.optim.Adamax,
    Rprop: torch.optim.Rprop,
    Asgd: torch.optim.ASGD,
    Adafactor: torch.optim.Adafactor,
}
PAIRS = {
    "betas": ("beta1", "beta2"),
    "etas": ("eta1", "eta2"),
    "step_sizes": ("step_size1", "step_size2"),
    "eps": ("eps1", "eps2"),
    "ns_coefficients": ("ns_coefficient1", "ns_coefficient2", "ns_coefficient3"),
}
HARDWARE = {"self", "params", "foreach", "fused", "capturable", "differentiable"}

SETTINGS = [
    Sgd(lr=0.05),
    Sgd(lr=0.05, weight_decay=0.1),
    Sgd(lr=0.02, momentum=0.9),
    Sgd(lr=0.02, momentum=0.9, dampening=0.3, weight_decay=0.05),
    Sgd(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.05),
    Adagrad(lr=0.3),
    Adagrad(lr=0.3, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3),
    Rmsprop(lr=0.01),
    Rmsprop(lr=0.002, momentum=0.8, weight_decay=0.1),
    Rmsprop(lr=0.003, alpha=0.9, eps=0.1, centered=True),
    Rmsprop(lr=0.003, alpha=0.95, eps=0.1, centered=True, momentum=0.5, weight_decay=0.01),
    Adadelta(),
    Adadelta(lr=0.3, rho=0.95, eps=1e-3, weight_decay=0.1),
    Adam(lr=0.008),
    Adam(lr=0.005, beta1=0.5, beta2=0.97, eps=1e-3, weight_decay=0.1),
    Adam(lr=0.008, beta1=0.0, amsgrad=True),
    Adam(lr=0.008, weight_decay=0.1, decoupled_weight_decay=True),
    Adamw(lr=0.008),
    Adamw(lr=0.008, weight_decay=0.5, amsgrad=True, beta2=0.9),
    Adamw(lr=0.008, weight_decay=0.0),
    Nadam(lr=0.008),
    Nadam(lr=0.008, weight_decay=0.1, momentum_decay=0.1),
    Nadam(lr=0.008, weight_decay=0.1, momentum_decay=0.0, decoupled_weight_decay=True),
    Radam(lr=0.008),
    Radam(lr=0.008, weight_decay=0.1, beta2=0.95),
    Radam(lr=0.008, weight_decay=0.1, beta1=0.5, decoupled_weight_decay=True),
    Adamax(lr=0.008),
    Adamax(lr=0.005, beta1=0.6, beta2=0.97, eps=1e-2, weight_decay=0.1),
    Rprop(),
    Rprop(lr=0.1, eta1=0.3, eta2=1.4, step_size1=1e-3, step_size2=0.3),
    SignSgd(lr=0.05),
    SignSgd(lr=0.05, momentum=0.7, weight_decay=0.1),
    Lion(lr=0.05),
    Lion(lr=0.05, beta1=0.5, beta2=0.8, weight_decay=0.2),
    Asgd(lr=0.02),
    Asgd(lr=0.03, lambd=0.1, alpha=0.6, t0=20.5, weight_decay=0.05),
    Asgd(lr=0.03, lambd=0.0, t0=3.0),
    Adafactor(lr=0.02, d=1.5),
    Adafactor(lr=0.3, beta2_decay=-0.5, eps1=0.2, eps2=0.1, d=2.0, weight_decay=0.1),
    Muon(adamw_lr=0.008),
    Muon(lr=0.5, adamw_lr=0.008, adamw_beta1=0.5, adamw_beta2=0.9, adamw_eps=1e-3, adamw_weight_decay=0.3),
    Newton(lr=0.3),
    Newton(lr=0.5, damping=0.7),
]
START, WELLS = (2.0, -1.0, 0.7), ((0.3, -2.0, 1.1), (4.0, 1.0, 0.2))

each_setting = pytest.mark.parametrize("rule", SETTINGS, ids=lambda r: " ".join(map(str, r.model_dump().values())))
each_rule = pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda c: c.__name__)


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gradient(p):
    """The gradient of Σ c √(1 + (x - a)²) + ¼ (Σ x)², smooth and convex, for p of shape (3, ...)."""
    along = [c * (x - a) / (1 + (x - a) * (x - a)) ** 0.5 for x, a, c in zip(p, *WELLS, strict=True)]
    common = 0.5 * (p[0] + p[1] + p[2])
    return (torch if isinstance(p, torch.Tensor) else np).stack([g + common for g in along])


def hessian(p):
    """Its Hessian, shape (3, 3, ...)."""
    result = np.full((3, *p.shape), 0.5, p.dtype)
    for i, (a, c) in enumerate(zip(*WELLS, strict=True)):
        result[i, i] += (c * (1 + (p[i] - a) ** 2) ** -1.5).astype(p.dtype)
    return result


def descend(rule, lr, *, runs=1, steps=200, xp=np, dtype="float64", slope=gradient):
    """Return the parameters after every update, shape (steps, 3, runs), as NumPy."""
    p = xp.zeros((3, runs), dtype=getattr(xp, dtype)) + xp.asarray(START, dtype=getattr(xp, dtype))[:, None]
    state, path = rule.init(p, xp), []
    for _ in range(steps):
        curvature = hessian(np.asarray(p)) if rule.uses_hessian else None
        if curvature is not None and xp is torch:
            curvature = torch.from_numpy(curvature)
        p, state = rule.update(p, slope(p), state, lr, xp, curvature)
        path.append(np.asarray(p))
    return np.stack(path)


def settings_of(rule, *others):
    """Return the keywords of a rule in torch.optim."""
    settings = rule.model_dump(exclude={"kind", *others})
    for pair, names in PAIRS.items():
        if names[0] in settings:
            settings[pair] = tuple(settings.pop(name) for name in names)
    return settings


def torch_descends(rule, steps=200):
    """Return the path of torch.optim, shape (steps, 3)."""
    p = torch.tensor(START, requires_grad=True)
    optimizer, path = THEIRS[type(rule)]([p], **settings_of(rule)), []
    for _ in range(steps):
        p.grad = gradient(p.detach())
        optimizer.step()
        path.append(p.detach().numpy().copy())
    return np.stack(path)


def reference_descends(rule, steps=200):
    """Return the path of the rules torch lacks, written out again from their papers, shape (steps, 3)."""
    p, m, path = np.array(START), np.zeros(3), []
    for _ in range(steps):
        g = gradient(p)
        if isinstance(rule, Newton):
            p = p - rule.lr * np.linalg.solve(hessian(p) + rule.damping * np.eye(3), g)
        elif isinstance(rule, Lion):
            update = np.sign(rule.beta1 * m + (1 - rule.beta1) * g) + rule.weight_decay * p
            p, m = p - rule.lr * update, rule.beta2 * m + (1 - rule.beta2) * g
        else:
            m = rule.momentum * m + (1 - rule.momentum) * (g + rule.weight_decay * p)
            p = p - rule.lr * np.sign(m)
        path.append(p)
    return np.stack(path)


def oracle(rule):
    if isinstance(rule, Muon):  # Of vectors it is AdamW.
        names = ("lr", "beta1", "beta2", "eps", "weight_decay")
        return torch_descends(Adamw.model_construct(**{name: getattr(rule, f"adamw_{name}") for name in names}))
    return torch_descends(rule) if type(rule) in THEIRS else reference_descends(rule)


def variants(rule):
    """Return three runs of one group: every float field that is not 0 differs from run to run."""
    floats = {name: value for name, value in rule.model_dump().items() if isinstance(value, float)}
    return [rule.model_copy(update={n: v * share for n, v in floats.items()}) for share in (1.0, 0.99, 0.97)]


def as_columns(rules, xp=np):
    """Return one rule whose float fields are columns, one entry per run, and the column of learning rates."""
    first = rules[0].model_dump()
    floats = [name for name, value in first.items() if type(value) is float]
    columns = {name: xp.asarray([getattr(r, name) for r in rules], dtype=xp.float64) for name in floats}
    return type(rules[0]).model_construct(**{**first, **columns}), columns["lr"]


@each_setting
def test_the_path_is_torchs_for_200_updates(rule):
    np.testing.assert_allclose(descend(rule, rule.lr)[:, :, 0], oracle(rule), rtol=1e-12, atol=0)


@each_setting
def test_torch_arithmetic_walks_the_same_path(rule):
    np.testing.assert_allclose(descend(rule, rule.lr, xp=torch)[:, :, 0], oracle(rule), rtol=1e-12, atol=0)


@each_setting
def test_many_runs_at_once_are_each_torchs_path(rule):
    rules = variants(rule)
    together = descend(*as_columns(rules), runs=3)
    for run, one in enumerate(rules):
        np.testing.assert_allclose(together[:, :, run], oracle(one), rtol=1e-12, atol=0)


@each_setting
@pytest.mark.parametrize(("xp", "dtype"), [(np, "float64"), (np, "float32"), (torch, "float64"), (torch, "float32")])
def test_a_runs_bytes_depend_neither_on_its_neighbours_nor_on_columns(rule, xp, dtype):
    rules = variants(rule) * 7
    together = descend(*as_columns(rules, xp), runs=21, steps=60, xp=xp, dtype=dtype)
    assert together.dtype == dtype
    for run in (0, 1, 20):
        alone = descend(rules[run], rules[run].lr, steps=60, xp=xp, dtype=dtype)
        assert alone.tobytes() == together[:, :, run : run + 1].tobytes()


@each_setting
@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
def test_a_shared_learning_rate_may_be_a_float_among_columns(rule, xp):
    rules = [one.model_copy(update={"lr": rule.lr}) for one in variants(rule)]
    columns, lr = as_columns(rules, xp)
    as_float = descend(columns, rule.lr, runs=3, steps=60, xp=xp)
    assert as_float.tobytes() == descend(columns, lr, runs=3, steps=60, xp=xp).tobytes()


@pytest.mark.parametrize("cls", THEIRS, ids=lambda c: c.__name__)
def test_maximize_is_torchs(cls):
    first = next(rule for rule in reversed(SETTINGS) if type(rule) is cls)
    rule = first.model_copy(update={"maximize": True, "lr": first.lr / 10})
    np.testing.assert_allclose(descend(rule, rule.lr)[:, :, 0], torch_descends(rule), rtol=1e-12, atol=0)


@each_rule
def test_to_maximize_is_to_minimize_the_negative(cls):
    up, down = cls(lr=0.01, maximize=True), cls(lr=0.01)
    if cls.uses_hessian:
        p, g, h = np.ones((3, 1)), gradient(np.ones((3, 1))), hessian(np.ones((3, 1)))
        (climbed, _), (fallen, _) = (
            rule.update(p, sign * g, rule.init(p, np), 0.01, np, sign * h) for rule, sign in ((up, 1), (down, -1))
        )
    else:
        climbed, fallen = descend(up, 0.01, steps=9), descend(down, 0.01, steps=9, slope=lambda p: -gradient(p))
    np.testing.assert_array_equal(climbed, fallen)


def test_every_rule_is_compared():
    assert {type(rule) for rule in SETTINGS} | {Lbfgs} == set(OPTIMIZERS)  # Which has tests of its own.


def test_the_union_lists_what_the_menu_lists():
    assert set(get_args(get_args(AnyOptimizer)[0])) == {*OPTIMIZERS, TorchClass}
    kinds = "sgd adam adamw rmsprop adagrad adadelta adamax nadam radam rprop sign_sgd lion asgd adafactor muon lbfgs "
    assert " ".join(cls().kind for cls in OPTIMIZERS) == f"{kinds}newton"


@pytest.mark.parametrize("cls", THEIRS, ids=lambda c: c.__name__)
def test_keywords_and_defaults_are_torchs(cls):
    expected = {}
    for name, parameter in inspect.signature(THEIRS[cls].__init__).parameters.items():
        if isinstance(parameter.default, tuple):
            expected |= dict(zip(PAIRS[name], parameter.default, strict=True))
        elif name not in HARDWARE:
            expected[name] = parameter.default
    assert cls().model_dump(exclude={"kind"}) == expected


def test_the_rules_of_our_own_have_the_defaults_of_their_papers():
    down = {"maximize": False}
    assert Lion().model_dump() == {"kind": "lion", "lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0} | down
    assert SignSgd().model_dump() == {"kind": "sign_sgd", "lr": 1e-3, "momentum": 0, "weight_decay": 0} | down
    assert Newton().model_dump() == {"kind": "newton", "lr": 1, "damping": 0} | down


@each_rule
def test_is_explained_sourced_and_every_setting_has_help(cls):
    assert len(cls.__doc__) > 100
    assert cls.title
    assert cls.source
    fields = cls.model_json_schema()["properties"]
    assert all("description" in field for name, field in fields.items() if name != "kind")


@each_rule
def test_a_step_changes_nothing_that_was_passed_in(cls):
    rule, p = cls(), np.ones((3, 2))
    state = rule.init(p, np)
    for _ in range(3):
        g, h = gradient(p), hessian(p)
        before = repr((p, g, h, state))
        new, new_state = rule.step(p, g, state, 0.1, np, h)
        assert repr((p, g, h, state)) == before
        p, state = new, new_state


@each_rule
def test_a_state_is_a_named_tuple_of_arrays_columns_and_numbers(cls):
    rules = variants(cls(history_size=1) if cls is Lbfgs else cls())
    rule, lr = as_columns(rules)
    p = np.ones((2, 3))
    state = rule.init(p, np)
    for _ in range(7):
        p, state = rule.step(p, np.ones((2, 3)), state, lr, np, np.ones((2, 2, 3)) + np.eye(2)[:, :, None])
        assert all(name.isidentifier() for name in state._fields)
        assert {np.shape(part) for part in state} <= {(2, 3), (3,), ()}


@each_rule
def test_an_infinite_gradient_is_not_multiplied_by_a_setting_of_zero(cls):
    zeros = {n: 0.0 for n in ("weight_decay", "momentum", "beta1") if n in cls.model_fields}
    rule = cls(**zeros)
    p = np.array([[1.0], [2.0]])
    with np.errstate(all="ignore"):
        new, _ = rule.step(p, np.array([[np.inf], [1.0]]), rule.init(p, np), 0.1, np, np.eye(2)[:, :, None])
    assert np.isfinite(new[1]).all() or cls in (Newton, Adafactor)  # These look at all parameters together.
    assert cls is not Sgd or new[0, 0] == -np.inf


@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
@pytest.mark.parametrize("bad", ["0 0; 0 0", "1 1; 1 1", "nan 0; 0 1", "inf 0; 0 1"])
def test_newton_answers_a_useless_hessian_with_numbers_that_are_not_finite(bad, xp):
    rows = [[float(number) for number in row.split()] for row in bad.split(";")]
    hessian = np.stack([np.array(rows), np.diag([2.0, 4.0])], axis=-1)
    p = xp.ones((2, 2), dtype=xp.float64)
    with np.errstate(all="ignore"):
        new, _ = Newton().step(p, 2 * p, Newton().init(p, xp), 1.0, xp, xp.asarray(hessian))
    assert not np.isfinite(np.asarray(new)[:, 0]).any()
    assert np.asarray(new)[:, 1].tolist() == [0.0, 0.5]


BOUNDS = [
    (Sgd, "lr", 0, None),
    (Sgd, "momentum", 0, None),
    (Sgd, "weight_decay", 0, None),
    (Sgd, "dampening", 0, 1),
    (Adagrad, "lr_decay", 0, None),
    (Adagrad, "initial_accumulator_value", 0, None),
    (Adagrad, "eps", 0, None),
    (Rmsprop, "alpha", 0, 1),
    (Rmsprop, "eps", 0, None),
    (Rmsprop, "momentum", 0, None),
    (Adadelta, "rho", 0, 1),
    (Nadam, "momentum_decay", 0, None),
    (Newton, "damping", 0, None),
    (Rprop, "step_size1", 0, None),
]
BOUNDS += [(Asgd, name, 0, None) for name in ("lambd", "alpha", "t0", "weight_decay")]
BOUNDS += [(Adafactor, "d", 1, None), (Adafactor, "weight_decay", 0, None), (Muon, "adamw_lr", 0, None)]
OPEN_BOUNDS = [(cls, beta) for cls in (Adam, Adamw, Adamax, Nadam, Radam, Lion) for beta in ("beta1", "beta2")]


@pytest.mark.parametrize(("cls", "field", "low", "high"), BOUNDS)
def test_a_setting_is_accepted_up_to_its_bound_and_refused_beyond(cls, field, low, high):
    assert getattr(cls(**{field: low}), field) == low
    with pytest.raises(ValidationError, match=field):
        cls(**{field: np.nextafter(low, -1).item()})
    if high is not None:
        assert getattr(cls(**{field: high}), field) == high
        with pytest.raises(ValidationError, match=field):
            cls(**{field: np.nextafter(high, 2).item()})


@pytest.mark.parametrize(("cls", "field"), [*OPEN_BOUNDS, (SignSgd, "momentum")])
def test_a_memory_is_less_than_one(cls, field):
    cls(**{field: np.nextafter(1, 0).item()})
    for wrong in (1.0, np.nextafter(1, 2).item(), np.nextafter(0, -1).item()):
        with pytest.raises(ValidationError, match=field):
            cls(**{field: wrong})


@pytest.mark.parametrize(("field", "wrong"), [("eta1", 0.0), ("eta1", 1.0), ("eta2", 1.0), ("step_size2", -1.0)])
def test_rprop_shortens_and_lengthens(field, wrong):
    with pytest.raises(ValidationError, match=field):
        Rprop(**{field: wrong})


def test_rprops_lengths_are_in_order():
    assert Rprop(step_size1=2.0, step_size2=2.0).step_size2 == 2
    with pytest.raises(ValidationError, match="swap them"):
        Rprop(step_size1=2.0, step_size2=1.0)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "dampening": 0.1}, {"momentum": 0.0}])
def test_nesterov_needs_momentum_and_no_dampening(settings):
    with pytest.raises(ValidationError, match="nesterov looks ahead along the momentum"):
        Sgd(nesterov=True, **settings)
    assert Sgd(nesterov=True, momentum=0.9).nesterov


@each_rule
@pytest.mark.parametrize("wrong", [True, "0.1", float("nan"), float("inf"), None, [0.1], 10**400])
def test_a_number_is_a_number(cls, wrong):
    with pytest.raises(ValidationError):
        cls(lr=wrong)


@each_rule
def test_whole_numbers_are_stored_as_floats_and_json_brings_the_rule_back(cls):
    rule = cls(lr=1)
    assert type(rule.lr) is float
    assert TypeAdapter(AnyOptimizer).validate_json(rule.model_dump_json()) == rule
    with pytest.raises(ValidationError, match="frozen"):
        rule.lr = 0.5
    with pytest.raises(ValidationError, match="Extra inputs"):
        cls(learning_rate=0.1)

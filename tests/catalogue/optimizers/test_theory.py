"""The stated limits are where the rules themselves stop being stable, and the stated growth is what they do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from slalom.catalogue.optimizers import (
    OPTIMIZERS,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Adamw,
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
)

FOREVER = math.nextafter(1, 0)
LATE = {"power1": 0.0, "power2": 0.0, "t": 10**6}
"""What a rule remembers so long after the start that bias correction is over."""

FROZEN = [
    (Sgd(), {}),
    (Sgd(weight_decay=0.7), {}),
    (Sgd(momentum=0.5), {}),
    (Sgd(momentum=0.9, weight_decay=0.7), {}),
    (Sgd(momentum=0.9, dampening=0.4), {}),
    (Sgd(momentum=0.9, dampening=0.9), {}),
    (Sgd(momentum=0.9, nesterov=True), {}),
    (Sgd(momentum=0.3, nesterov=True, weight_decay=0.2), {}),
    (Adagrad(), {"total": 4.0}),
    (Adagrad(weight_decay=0.5, eps=0.5), {"total": 4.0}),
    (Rmsprop(alpha=1.0), {"square": 4.0}),
    (Rmsprop(alpha=1.0, momentum=0.9, weight_decay=0.5, eps=0.1), {"square": 4.0}),
    (Rmsprop(alpha=1.0, centered=True), {"square": 4.0, "mean": 0.0}),
    (Adadelta(rho=1.0), {"square": 4.0, "moved": 0.01}),
    (Adam(beta2=FOREVER), {"v": 4.0, "peak": 4.0}),
    (Adam(beta1=0.0, beta2=FOREVER, eps=0.3), {"v": 4.0, "peak": 4.0}),
    (Adam(beta1=0.5, beta2=FOREVER, weight_decay=0.4, amsgrad=True), {"v": 4.0, "peak": 9.0}),
    (Adam(beta2=FOREVER, weight_decay=0.4, decoupled_weight_decay=True), {"v": 4.0, "peak": 4.0}),
    (Adamw(beta2=FOREVER), {"v": 4.0, "peak": 4.0}),
    (Adamw(beta1=0.5, beta2=FOREVER, weight_decay=3.0), {"v": 4.0, "peak": 4.0}),
    (Adamax(beta2=FOREVER), {"u": 4.0}),
    (Adamax(beta1=0.3, beta2=FOREVER, weight_decay=0.3), {"u": 4.0}),
    (Radam(beta2=FOREVER), {"v": 4.0}),
    (Radam(beta1=0.7, beta2=FOREVER, weight_decay=0.3), {"v": 4.0}),
    (Radam(beta1=0.7, beta2=FOREVER, weight_decay=0.3, decoupled_weight_decay=True), {"v": 4.0}),
    (Asgd(lambd=0.0), {}),
    (Asgd(lambd=0.3, alpha=0.0, weight_decay=0.5), {}),
    (Newton(), {}),
    (Newton(damping=2.0), {}),
]
WITHOUT_THEORY = {Nadam, Rprop, Lion, SignSgd, Adafactor, Muon, Lbfgs}
CURVATURE = 3.0

each_frozen = pytest.mark.parametrize(
    ("rule", "memory"), FROZEN, ids=lambda x: " ".join(map(str, x.model_dump().values())) if hasattr(x, "kind") else ""
)


def descend_frozen(rule, memory, lr, steps):
    """Run the rule on ½ λ p² from a start so small that it cannot change D; return p, shape (steps,), and λ/D."""
    p = np.full((1, 1), 1e-60)
    state = rule.init(p, np)
    state = state._replace(**{n: v for n, v in LATE.items() if n in state._fields})
    state = state._replace(**{name: np.full((1, 1), value) for name, value in memory.items()})
    path = []
    for _ in range(steps):
        p, state = rule.step(p, CURVATURE * p, state, lr, np, np.full((1, 1, 1), CURVATURE))
        path.append(p.item())
    divisor = rule.preconditioner(state, np)
    return np.array(path), (CURVATURE + rule.coupled_decay) / (1.0 if divisor is None else divisor.item())


def stated_limit(rule, memory):
    _, curvature = descend_frozen(rule, memory, 0.0, 1)
    return rule.limit(curvature).item()


@each_frozen
def test_just_below_the_limit_it_shrinks_and_just_above_it_grows(rule, memory):
    limit = stated_limit(rule, memory)
    below, _ = descend_frozen(rule, memory, 0.999 * limit, 3000)
    above, _ = descend_frozen(rule, memory, 1.001 * limit, 3000)
    assert np.abs(below[-20:]).max() < 0.1 * np.abs(below[:20]).max()
    assert np.abs(above[-20:]).max() > 10 * np.abs(above[:20]).max()


@each_frozen
@pytest.mark.parametrize("share", [0.003, 0.1, 0.35, 0.8, 1.3, 4.0])
def test_the_stated_growth_is_the_measured_one(rule, memory, share):
    lr = share * stated_limit(rule, memory)
    path, curvature = descend_frozen(rule, memory, lr, 12)
    scale = np.abs(path[3:]).max()
    p = path[3:] / scale
    (b, minus_c), *_ = np.linalg.lstsq(np.stack([p[1:-1], p[:-2]], axis=1), p[2:], rcond=1e-13)
    measured = np.abs(np.roots([1, -b, -minus_c])).max() ** 2
    assert rule.growth(lr, curvature).item() == pytest.approx(measured, rel=1e-5, abs=1e-9)
    assert (rule.growth(lr, curvature) < 1) == (share < 1)


@each_frozen
def test_at_the_limit_the_loss_neither_grows_nor_shrinks(rule, memory):
    limit = stated_limit(rule, memory)
    _, curvature = descend_frozen(rule, memory, 0.0, 1)
    assert rule.growth(limit, curvature) == pytest.approx(1, abs=1e-12)


def test_every_rule_has_a_measured_theory_or_says_that_it_has_none():
    assert {type(rule) for rule, _ in FROZEN} | WITHOUT_THEORY == set(OPTIMIZERS)
    assert {cls for cls in OPTIMIZERS if not cls.has_theory} == WITHOUT_THEORY


@pytest.mark.parametrize("cls", sorted(WITHOUT_THEORY, key=lambda c: c.__name__))
def test_without_theory_limit_and_growth_are_nan(cls):
    curvature = np.array([[-1.0, 0.0], [1.0, 2.0]])
    assert np.isnan(cls().limit(curvature)).all()
    assert cls().limit(curvature).shape == (2, 2)
    assert np.isnan(cls().growth(np.ones(2), curvature)).all()
    assert cls().growth(np.ones(2), curvature).shape == (2, 2)


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (Sgd(), 2),
        (Sgd(momentum=0.9), 3.8),
        (Sgd(momentum=0.9, dampening=0.5), 7.6),
        (Sgd(momentum=0.9, nesterov=True), 3.8 / 2.8),
        (Adam(), 38),
        (Adamw(weight_decay=0.0), 38),
        (Adamw(weight_decay=0.1), 3.8 / (0.1 + 1.9 * 0.1)),
        (Adamax(), 38),
        (Radam(), 38),
        (Rmsprop(), 2),
        (Rmsprop(momentum=0.9), 3.8),
        (Adagrad(), 2),
        (Adadelta(), 2),
        (Asgd(), 2),
        (Newton(), 2),
        (Newton(damping=3.0), 8),
        (Sgd(momentum=1.0), 4),
        (Sgd(momentum=1.01), 0),
    ],
    ids=str,
)
def test_the_limit_at_curvature_1_is_the_contracts(rule, limit):
    assert rule.limit(1.0) == pytest.approx(limit, rel=1e-14)


@pytest.mark.parametrize("rule", [rule for rule, _ in FROZEN], ids=str)
def test_where_nothing_curves_upwards_every_rate_is_stable(rule):
    assert rule.limit(np.array([0.0, -1.0, -np.inf])).tolist() == [np.inf] * 3
    assert np.isnan(rule.limit(np.nan))


def test_gradient_descent_grows_by_exactly_its_square():
    lr, curvature = np.geomspace(1e-5, 10, 50), np.geomspace(1e-3, 1e4, 60)[:, None]
    assert Sgd().growth(lr, curvature).tolist() == ((1 - lr * curvature) ** 2).tolist()


def test_the_thermometer_grows_3344_fold_a_step():
    assert Sgd().growth(0.01, 5883.421261) == (1 - 0.01 * 5883.421261) ** 2
    assert Sgd().growth(0.01, 5883.421261) == pytest.approx(3344.7961, abs=5e-5)
    assert Sgd().limit(5883.421261) == pytest.approx(3.399383e-4, abs=5e-11)


@pytest.mark.parametrize("rule", [rule for rule, _ in FROZEN], ids=str)
def test_extreme_curvatures_give_numbers_without_a_warning(rule):
    curvature = np.array([1e-300, 1e-9, 1e9, 1e150])
    growth = rule.growth(1e-3, curvature)
    assert np.isfinite(growth).all()
    assert not np.isnan(rule.growth(1e300, np.array([1e-300, 1e300, np.inf]))).any()
    assert np.isfinite(rule.limit(curvature[1:])).all()


def test_rates_curvatures_and_settings_may_be_columns():
    momenta = np.array([0.0, 0.5, 0.9]) + 0.01
    together = Sgd.model_construct(**{**Sgd(momentum=0.9).model_dump(), "momentum": momenta})
    curvature, lr = np.array([[1.0], [20.0]]), np.array([0.1, 0.2, 0.3])
    limit, growth = together.limit(curvature), together.growth(lr, curvature)
    assert limit.shape == growth.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        alone = Sgd(momentum=momenta[j].item())
        assert limit[i, j] == alone.limit(curvature[i, 0])
        assert growth[i, j] == alone.growth(lr[j], curvature[i, 0])


@pytest.mark.parametrize("rule", [Adagrad(lr_decay=0.3), Rmsprop(), Adadelta(), Adam(), Adam(amsgrad=True)], ids=str)
@pytest.mark.parametrize("steps", [1, 2, 30])
def test_the_preconditioner_is_what_the_update_was_divided_by(rule, steps):
    check_preconditioner(rule, steps)


@pytest.mark.parametrize("rule", [Adamw(weight_decay=0.0), Adamax(), Radam(), Radam(beta2=0.9)], ids=str)
@pytest.mark.parametrize("steps", [1, 5, 6, 30])
def test_the_preconditioner_contains_the_bias_correction(rule, steps):
    check_preconditioner(rule, steps)


def check_preconditioner(rule, steps):
    p, old = np.array([[1.0, 2.0], [-3.0, 0.5]]), None
    state = rule.init(p, np)
    for _ in range(steps):
        g, old = p * np.array([[1.0, 4.0], [20.0, 0.3]]), p
        p, state = rule.step(p, g, state, 0.01, np)
    averaged = getattr(state, "m", g)
    divisor = rule.preconditioner(state, np)
    assert divisor.shape == p.shape
    np.testing.assert_allclose(old - p, 0.01 * averaged / divisor, rtol=1e-9)


def test_the_rate_of_asgd_falls_and_its_limit_rises():
    rule, p = Asgd(lambd=0.3, alpha=0.6, weight_decay=0.1), np.array([[1.0], [-3.0]])
    state, divisors = rule.init(p, np), []
    for _ in range(30):
        old, (p, state) = p, rule.step(p, 4 * p, state, 0.01, np)
        divisors.append(rule.preconditioner(state, np))
        np.testing.assert_allclose(old - p, 0.01 * (4 + rule.coupled_decay) * old / divisors[-1], rtol=1e-12)
    assert divisors[0].tolist() == [[1], [1]]
    assert divisors[-1][0, 0] == pytest.approx((1 + 0.3 * 0.01 * 29) ** 0.6, rel=1e-12)


def test_rules_that_follow_the_gradient_itself_have_no_preconditioner():
    for rule in (Sgd(momentum=0.9), Newton()):
        assert rule.preconditioner(rule.init(np.ones((2, 1)), np), np) is None


def test_weight_decay_adds_to_the_curvature_only_where_it_joins_the_gradient():
    assert Sgd(weight_decay=0.3).coupled_decay == 0.3
    assert Adam(weight_decay=0.3).coupled_decay == 0.3
    assert Adam(weight_decay=0.3, decoupled_weight_decay=True).coupled_decay == 0
    assert Adamw(weight_decay=0.3).coupled_decay == 0
    assert Lion(weight_decay=0.3).coupled_decay == 0
    assert Nadam(weight_decay=0.3).coupled_decay == 0.3
    assert Radam(weight_decay=0.3, decoupled_weight_decay=True).coupled_decay == 0
    assert Newton().coupled_decay == 0
    assert Asgd(lambd=0.25, weight_decay=0.5).coupled_decay == 0.75


DECAYING = [
    (cls, {"decoupled_weight_decay": decoupled} if decoupled else {})
    for cls in OPTIMIZERS
    if "weight_decay" in cls.model_fields
    for decoupled in ((False, True) if "decoupled_weight_decay" in cls.model_fields else (False,))
]


@pytest.mark.parametrize(("cls", "settings"), DECAYING)
def test_weight_decay_is_what_joins_the_gradient_and_what_shrinks_the_parameters(cls, settings):
    """From a gradient without the part that joins it, a step is one without decay but for what shrinks."""
    p, g = np.array([[2.0], [-1.0]]), np.array([[0.3], [0.7]])
    decays = [name for name in cls.model_fields if name in ("weight_decay", "adamw_weight_decay", "lambd")]

    def end(rule, gradient):
        return rule.step(p, gradient, rule.init(p, np), 0.05, np)[0]

    plain = cls(lr=0.05, **dict.fromkeys(decays, 0.0), **settings)
    rule = cls(lr=0.05, **{name: 0.1 + 0.2 * i for i, name in enumerate(decays)}, **settings)
    expected = end(plain, g) - rule.shrinkage(0.05) * p
    assert end(rule, g - rule.coupled_decay * p) == pytest.approx(expected, rel=1e-12)
    assert rule.pull > 0
    assert getattr(rule, rule.pulling_field) > 0


RAVINE = np.array([[2.0], [200.0]])


def ravine_losses(rule, steps):
    """The losses of x² + 100 y² from (-4, 1), the lesson on momentum: shape (steps + 1,)."""
    p = np.array([[-4.0], [1.0]])
    state, losses = rule.init(p, np), [116.0]
    for _ in range(steps):
        p, state = rule.step(p, RAVINE * p, state, rule.lr, np)
        losses.append((RAVINE / 2 * p * p).sum().item())
    return np.array(losses)


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        (Sgd(lr=0.005), 826),
        (Sgd(lr=0.005, momentum=0.5), 403),
        (Sgd(lr=0.005, momentum=0.9), 164),
        (Sgd(lr=0.005, momentum=0.9, nesterov=True), 97),
        (Sgd(lr=0.005, momentum=0.99), 1425),
        (Sgd(lr=4 / 242, momentum=81 / 121), 71),
        (Sgd(lr=0.0189, momentum=0.9), 162),
        (Sgd(lr=0.0066, momentum=0.9, nesterov=True), 135),
        (Adam(lr=0.1), 151),
        (Adam(lr=0.01), 1338),
    ],
    ids=str,
)
def test_the_lessons_count_the_steps_to_a_millionth(rule, steps):
    assert np.argmax(ravine_losses(rule, steps + 10) < 1e-6) == steps


def test_the_lesson_on_momentum_draws_the_line_where_the_limit_does():
    heavy, ahead = Sgd(momentum=0.9), Sgd(momentum=0.9, nesterov=True)
    assert heavy.limit(200.0) == pytest.approx(0.019)
    assert ahead.limit(200.0) == pytest.approx(0.00679, abs=5e-6)
    rising = ravine_losses(Sgd(lr=0.0189, momentum=0.9), 100)
    assert rising.max() / rising[0] == pytest.approx(64, abs=0.5)
    with np.errstate(all="ignore"):
        assert np.argmin(np.isfinite(ravine_losses(Sgd(lr=0.0191, momentum=0.9), 3500))) == 3451
    assert ravine_losses(Sgd(lr=0.0068, momentum=0.9, nesterov=True), 100)[100] == pytest.approx(688.4, abs=0.05)


def test_adams_first_step_is_the_learning_rate_in_every_coordinate():
    rule, p = Adam(lr=0.1), np.array([[-4.0], [1.0]])
    new, _ = rule.step(p, RAVINE * p, rule.init(p, np), rule.lr, np)
    np.testing.assert_allclose(new - p, [[0.1], [-0.1]], rtol=1e-8)


def test_adams_long_run_ends_in_a_burst():
    losses = ravine_losses(Adam(lr=0.1), 7500)
    assert losses[300] == pytest.approx(9e-13, rel=0.05)
    assert losses[4988] < 1e-228
    assert losses[5000:].max() == pytest.approx(0.79, abs=0.005)
    assert np.argmax(losses[5000:]) + 5000 == pytest.approx(7066, abs=10)

"""What a run is explained by: the cause comes before its effect, and is one that the rule and the surface have."""

import math
import re

import numpy as np
import pytest
from diagnosing import NUMBER, diagnose, followed, numbers_in, rule, sgd

QUADRATICS = (
    ("parabola", None),
    ("bowl", None),
    ("booth", None),
    ({"kind": "quadratic", "eigenvalues": [35.1]}, None),
    ({"kind": "quadratic", "eigenvalues": [1.0, 10.0, 50.0]}, None),
    ({"kind": "regression", "x": [1.0, 2.0, 4.0], "y": [1.0, 3.0, 2.0]}, None),
    ("2*x^2 + y^2 + x*y", [2.0, -1.0]),
)
"""Surfaces whose curvature is the same everywhere, and where to start."""


def blown(rest):
    """Return what is said of every run of a list that has exploded or is no longer finite."""
    found = [diagnose(problem, optimizer, steps, **more) for problem, optimizer, steps, more in rest]
    return [one for one in found if one.outcome["exploded"] is not None or one.outcome["nonfinite"] is not None]


def random_explosions(seed):
    """Return runs on quadratics with rates around and above their limits."""
    random = np.random.default_rng(seed)
    rules = (
        lambda lr: sgd(lr),
        lambda lr: sgd(lr, momentum=0.9),
        lambda lr: sgd(3 * lr, momentum=0.95, dampening=0.8),
        lambda lr: sgd(lr, momentum=0.5, nesterov=True),
        lambda lr: rule("adam", 100 * lr),
        lambda lr: rule("adamax", 100 * lr),
        lambda lr: rule("newton", 2.05 + lr),
        lambda lr: sgd(lr, weight_decay=0.5),
    )
    for _ in range(12):
        problem, start = QUADRATICS[random.integers(len(QUADRATICS))]
        optimizer = rules[random.integers(len(rules))](float(10 ** random.uniform(-1.5, 1.5)))
        yield problem, optimizer, int(random.choice([20, 100])), {} if start is None else {"start": start}


# The curvature of a quadratic does not change


@pytest.mark.parametrize("seed", range(6))
def test_of_a_quadratic_no_curvature_changes(seed):
    explosions = blown(random_explosions(seed))
    changing = ("adam", "adamax")  # The curvature that these feel changes with their preconditioner.
    same = [found for found in explosions if found.spec["runs"][0]["optimizer"]["kind"] not in changing]
    assert same
    for found in same:
        assert not found.says("curvature changes|has become"), found.said


def test_a_first_step_that_is_not_dampened_is_named():
    """The first velocity is the whole gradient: that step is 1/(1 - dampening) times as long as the later ones."""
    spec = {"kind": "quadratic", "eigenvalues": [35.1]}
    found = diagnose(spec, sgd(0.8, momentum=0.946, dampening=0.864), 600)
    assert found.outcome["exploded"] == 3
    assert found.says("dampen")
    assert found.says("first step")
    assert not found.says("curvature changes|smaller one")


# The cause comes first


FIRST = [
    ("x^2*sin(x)+x", sgd(0.4, momentum=0.9), 60, {"start": [0.0]}),
    ("x^4", sgd(0.6), 20, {"start": [1.5]}),
    ("himmelblau", sgd(0.03, momentum=0.9), 60, {}),
    ("goldstein_price", rule("adam", 16.3), 200, {}),
    ("beale", sgd(0.5), 50, {}),
    ("x^4 - x^2", sgd(0.4, momentum=0.9), 60, {"start": [1.5]}),
]


@pytest.mark.parametrize(("problem", "optimizer", "steps", "rest"), FIRST)
def test_no_cause_is_later_than_the_explosion(problem, optimizer, steps, rest):
    found = diagnose(problem, optimizer, steps, **rest)
    assert found.kind == "diverged"
    ends = [found.outcome[name] for name in ("exploded", "nonfinite") if found.outcome[name] is not None]
    assert found.values.get("first_over", 0) <= min(ends)
    causes = re.findall(rf"[Aa]t step ({NUMBER}) [^;.]*(?:limit|above|times)", found.because)
    assert all(numbers_in(step)[0] <= min(ends) for step in causes), found.because


@pytest.mark.parametrize("seed", range(6))
def test_growth_is_told_only_where_it_was_as_told(seed):
    explosions = blown(random_explosions(seed + 50)) + (blown(FIRST) if not seed else [])
    for found in explosions:
        for must in re.findall(rf"must grow ({NUMBER})-fold", found.said):
            assert numbers_in(must)[0] > 1, found.said
        for must, grew in re.findall(rf"must grow ({NUMBER})-fold[^.]*? grew ({NUMBER})-fold", found.said):
            assert numbers_in(grew)[0] == pytest.approx(numbers_in(must)[0], rel=0.1), found.said
        for far, must in re.findall(rf"lands ({NUMBER}) times as far.*?must grow ({NUMBER})-fold", found.said):
            assert numbers_in(far)[0] ** 2 == pytest.approx(numbers_in(must)[0], rel=0.05), found.said


def test_how_far_a_step_lands_and_how_much_the_loss_must_grow_are_one_number():
    for lr in (0.17, 0.2, 0.5):
        found = diagnose("bowl", sgd(lr), 300)
        assert found.kind == "diverged"
        (far,) = re.findall(rf"lands ({NUMBER}) times as far", found.said)
        assert numbers_in(far)[0] == pytest.approx(12 * lr - 1, rel=0.01)
        assert found.evidence["predicted_growth"] == pytest.approx((12 * lr - 1) ** 2)


@pytest.mark.parametrize(("lr", "steps"), [(70.5, 60), (70.5, 300), (20.0, 100)])
def test_a_rate_at_which_a_network_diverges_is_not_said_to_hold(lr, steps):
    problem = {"kind": "network", "data": {"kind": "digits"}, "hidden": [31, 23], "activation": "relu"}
    found = diagnose(problem, sgd(lr, momentum=0.9, nesterov=True), steps)
    assert found.kind == "diverged"
    for must in re.findall(rf"must grow ({NUMBER})-fold[^.]*? grew ({NUMBER})-fold", found.said):
        assert numbers_in(must[0])[0] == pytest.approx(numbers_in(must[1])[0], rel=0.1)
    rates = found.advised("run.optimizer.lr")
    assert rates
    for value in rates:
        again = followed(found, {"field": "run.optimizer.lr", "value": value})
        assert again.loss.max() < 100 * again.loss[0], f"{value}: {again.because}"
    tried = [numbers_in(one)[0] for one in re.findall(rf"try ({NUMBER})", found.because)]
    assert all(any(math.isclose(one, value, rel_tol=0.01) for value in rates) for one in tried)


# Rules that have no such limit, and nothing of that name


@pytest.mark.parametrize("kind", ["lion", "sign_sgd", "rprop", "nadam"])
@pytest.mark.parametrize(
    ("problem", "lr", "steps"),
    [("bowl", 0.01, 60), ("rosenbrock", 0.003, 100), ("booth", 1.0, 100), ("himmelblau", 30.0, 100)],
)
def test_a_rule_without_a_limit_is_not_held_to_one(kind, problem, lr, steps):
    found = diagnose(problem, rule(kind, lr), steps)
    assert found.evidence["limit"] is None
    said = found.said.replace("No stability limit is known", "")
    assert not re.search("limit|steepest direction|ηλ|flatter|κ|condition", said), said
    assert not {"condition", "lr_over_limit"} & found.values.keys()


@pytest.mark.parametrize("lr", [0.01, 0.5, 1.0])
def test_newtons_method_is_not_held_back_by_the_steepest_direction(lr):
    found = diagnose("bowl", rule("newton", lr), 10)
    assert not found.says("steepest|flatter|κ|condition|Momentum"), found.said
    predicted = [note["values"]["predicted_factor"] for note in found.notes if "predicted_factor" in note["values"]]
    assert predicted == pytest.approx([(1 - lr) ** 2] * (found.kind == "converged"), abs=1e-9)


BURSTS = [
    ("adam", {}, "v̂"),
    ("adamax", {}, "u"),
    ("rmsprop", {"momentum": 0.9}, "s"),
    ("lion", {}, None),
]


@pytest.mark.parametrize(("kind", "settings", "memory"), BURSTS)
def test_a_memory_is_called_by_its_name_in_the_rule(kind, settings, memory):
    found = diagnose("x^2 + 100*y^2", rule(kind, 0.1, **settings), 8000, start=[-4.0, 1.0])
    if memory != "v̂":
        assert not found.says("v̂")
    if memory is None:
        assert not found.says("forgot|shrank")
    elif "burst" in found.note_kinds:
        assert found.says(rf"(?<!\w){memory}(?!\w)")


def test_adamax_bursts_and_its_u_is_named():
    found = diagnose("x^2 + 100*y^2", rule("adamax", 0.1), 8000, start=[-4.0, 1.0])
    assert "burst" in found.note_kinds


# Zigzag is what was made, not what would be


@pytest.mark.parametrize(
    ("problem", "lr", "steps", "rest"),
    [
        ("himmelblau", 0.0124, 60, {}),
        ("bowl", 0.15, 40, {}),
        ("x^4 + y^2", 0.05, 100, {"start": [2.0, 1.0]}),
        ("cosh(x) - 1 + y^2/50", 1.4, 60, {"start": [3.0, 1.0]}),
        ("x^2 + y^2/50", 0.9, 30, {"start": [0.0, 3.0]}),
    ],
)
def test_a_zigzag_has_turned_back(problem, lr, steps, rest):
    found = diagnose(problem, sgd(lr), steps, **rest)
    end = found.step if found.kind == "converged" else steps
    moves = np.diff(found.points[: end + 1], axis=0)
    turns = int((moves[1:] * moves[:-1] < 0).sum(axis=0).max()) if len(moves) > 1 else 0
    says = "zigzag" in found.note_kinds or found.says("zigzag|wall to wall")
    assert says == (turns >= 0.5 * (end - 1)), f"{turns} turns in {end} updates: {found.said}"


# Newton's method where the Hessian is singular


@pytest.mark.parametrize(
    ("problem", "start"),
    [
        ("x^2+0*y", [1.0, 1.0]),
        ("(x+y)^2", [1.0, 1.0]),
        ("absolute_value", None),
        ("x", [1.0]),
        ("x^4", [0.0]),
        ("(x - 2*y + z)^2", [1.0, 1.0, 3.0]),
        ("sqrt(x^2 + y^2)", [3.0, 4.0]),
        ({"kind": "regression", "x": [1.0, 1.0, 1.0], "y": [1.0, 2.0, 3.0]}, None),
    ],
)
def test_newtons_method_on_a_singular_hessian_needs_damping(problem, start):
    found = diagnose(problem, rule("newton", 1.0), 20, **({} if start is None else {"start": start}))
    assert found.outcome["nonfinite"] == 1
    assert found.says("singular|no inverse|curvature (is )?0|has no curvature")
    assert found.says("damping")
    assert not found.says("smaller|never exceeded|curvature changes|limit")
    (damping,) = found.advised("run.optimizer.damping")
    assert damping > 0
    assert followed(found, {"field": "run.optimizer.damping", "value": damping}).outcome["nonfinite"] is None


@pytest.mark.parametrize(("problem", "rest"), [("quartic", {}), ("x^4", {"start": [1.0]}), ("x^4+y^4", {})])
@pytest.mark.parametrize("lr", [2.2063, 1.0, 2.9])
def test_newtons_method_on_a_fourth_power_leaves_a_third_of_its_share(problem, rest, lr):
    """The step is η f'/f'' = η x/3: of the distance 1 - η/3 is left, of the loss its fourth power."""
    found = diagnose(problem, rule("newton", lr), 100, **rest)
    assert found.kind == "converged"
    assert not found.says("burst|above the stability limit|plateau")
    left = (1 - lr / 3) ** 4
    # Of a formula no minimum is known, and |g|² is no measure of what is left of a fourth power.
    measured = pytest.approx(left, rel=0.35) if problem == "quartic" else None
    assert found.values.get("measured_factor") == measured
    assert found.values.get("predicted_factor", left) == pytest.approx(left, rel=0.35)


# A direction without curvature is none that a run is slow in


@pytest.mark.parametrize(
    ("problem", "optimizer", "start", "factor"),
    [
        ("(x+y)^2", sgd(0.1), [1.0, 2.0], 0.36),
        ("(x+2*y)^2", sgd(0.05), [1.0, 2.0], 0.25),
        ("(x+y+z)^2", sgd(0.05), [1.0, 2.0, -1.0], 0.49),
        ({"kind": "regression", "x": [1.0, 1.0, 1.0], "y": [1.0, 2.0, 3.0]}, sgd(0.1), None, 0.36),
        ({"kind": "regression", "x": [2.0, 2.0], "y": [1.0, 2.0]}, sgd(0.04), None, 0.36),
        ({"kind": "quadratic", "eigenvalues": [0.0, 4.0]}, sgd(0.1), None, 0.36),
        ("(x+y)^2", rule("newton", 0.4, damping=1e-9), [1.0, 2.0], 0.36),
    ],
)
@pytest.mark.parametrize("steps", [10, 60])
def test_a_flat_direction_is_not_the_slow_one(problem, optimizer, start, factor, steps):
    found = diagnose(problem, optimizer, steps, **({} if start is None else {"start": start}))
    assert found.kind == ("converged" if steps == 60 else "unfinished")
    assert not found.says("theory says 1(?![.\\d])|flatter|Momentum 0.9")
    for name in ("measured_factor", "predicted_factor"):
        assert found.values.get(name, factor) == pytest.approx(factor, rel=0.02)


# A slope that is not finite where the value is


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("1/(1+exp(-x))", [-800.0]),
        ("x^x", [0.0]),
        ("x^y", [-2.0, 2.0]),
        ("sqrt(x)", [0.0]),
        ("log(x)*x + sqrt(y)", [1.0, 0.0]),
    ],
)
def test_a_slope_that_is_not_finite_at_the_start_is_named(text, start):
    found = diagnose(text, sgd(0.1), 20, start=start)
    assert math.isfinite(found.loss[0])
    assert not math.isfinite(found.columns["grad_norm"][0])
    assert found.kind == "diverged"
    assert found.says("slope|gradient|derivative")
    assert found.says("another start|start elsewhere")
    assert not found.says("smaller|stability limit|no longer finite at step 1|limit is known")
    assert not found.advised("run.optimizer.lr")


@pytest.mark.parametrize("kind", ["adam", "adamw", "rmsprop", "nadam", "radam", "adamax", "adagrad"])
def test_0_over_0_is_named_where_eps_is_0(kind):
    """The gradient at the minimum is 0, and so is what it is divided by; RAdam divides from its sixth update on."""
    found = diagnose("parabola", rule(kind, 0.1, eps=0.0), 50, start=[0.0])
    assert found.outcome["nonfinite"] == (6 if kind == "radam" else 1)
    assert found.says(r"\beps\b")
    assert not found.says("smaller|no learning rate holds|λ = inf|curvature changes|another start")
    (eps,) = found.advised("run.optimizer.eps")
    assert followed(found, {"field": "run.optimizer.eps", "value": eps}).kind == "converged"


# Corners


@pytest.mark.parametrize(
    ("problem", "lr", "start"),
    [
        ("abs(x)+y^2", 0.159, None),
        ("abs(x-0.3)+y^2", 0.05, [1.0, 1.0]),
        ("abs(x)+abs(y)", 0.07, [1.0, 0.52]),
        ("absolute_value", 0.3, None),
        ("max(x,-2*x)", 0.11, [1.0]),
        ("ackley", 0.05, [0.3, 0.2]),
    ],
)
def test_steps_that_jump_over_a_corner_are_not_too_long_for_a_curvature(problem, lr, start):
    found = diagnose(problem, sgd(lr), 200, **({} if start is None else {"start": start}))
    assert found.kind in ("oscillating", "unfinished")  # Over max(x, -2 x) two of three steps turn back.
    assert found.says("corner|kink|not smooth|not differentiable")
    assert not found.says("stability limit|overshoots|ηλ")
    rates = found.advised("run.optimizer.lr")
    for value in rates:
        closer = followed(found, {"field": "run.optimizer.lr", "value": value}, steps=4000)
        assert np.median(closer.loss[-20:]) < np.median(found.loss[-20:])


# A rate so large that one step is the end


@pytest.mark.parametrize(
    ("problem", "lr", "start"),
    [("styblinski_tang", 1e300, [0.5, 4.0]), ("x^4-x^2", 100.0, [0.1]), ("himmelblau", 1000.0, [0.0, 0.0])],
)
def test_a_leap_from_ground_that_curves_down_is_put_down_to_the_rate(problem, lr, start):
    found = diagnose(problem, sgd(lr), 60, start=start)
    assert found.kind == "diverged"
    assert not found.says("curves down|every step lengthens")
    (advice,) = found.advice
    assert 1e-6 < advice["value"] < lr / 100
    assert followed(found, advice).kind not in ("diverged", "growing")


@pytest.mark.parametrize("text", ["-x^2", "x^2-y^2", "-exp(x^2)"])
def test_where_the_loss_falls_without_end_that_is_the_reason(text):
    found = diagnose(text, sgd(0.5), 400, start=[1.0] * (1 + ("y" in text)))
    assert found.kind == "diverged"
    assert found.says("curves down|No minimum")
    assert not found.advice


@pytest.mark.parametrize(
    ("problem", "optimizer", "start"),
    [
        ("six_hump_camel", sgd(50.0), [0.1, 0.1]),
        ("rosenbrock", rule("asgd", 0.01), [-1.2, 1.0]),
        ("himmelblau", sgd(1.0, momentum=0.9), [3.5, -1.0]),
    ],
)
def test_where_the_ground_grows_steeper_as_it_flies_off_a_tenth_of_the_first_limit_is_advised(
    problem, optimizer, start
):
    found = diagnose(problem, optimizer, 60, start=start)
    assert found.kind == "diverged"
    assert found.says("Try a tenth of that limit")
    (advice,) = found.advice
    assert followed(found, advice).kind not in ("diverged", "growing")

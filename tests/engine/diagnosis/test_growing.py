"""Runs that grow but have not exploded: what is called so, what is not, and whether they explode when it is said."""

import math

import numpy as np
import pytest

from slalom.catalogue.problems.surface import FormulaSurface
from slalom.engine.diagnosis import theory
from slalom.engine.diagnosis.first_steps import FirstSteps
from slalom.engine.diagnosis.last_stretch import LastStretch
from slalom.engine.diagnosis.outcomes import classify
from slalom.engine.diagnosis.outcomes.growing import EXACT
from slalom.engine.diagnosis.phrases import beside
from slalom.engine.diagnosis.run_summaries import DIGITS, RunSummaries

VALLEY = {"kind": "formula", "text": "x**2 + 100*y**2"}


def formula(text):
    return {"kind": "formula", "text": text}


def grown(descend, problem, run, steps):
    (found,) = descend(problem, run, steps=steps)
    return found.outcome


ABOVE = {
    "a hair above the limit": ("parabola", {"lr": 1.0001}, 40),
    "near the explosion": ("parabola", {"lr": 1.045}, 40),
    "ten steps": ("parabola", {"lr": 1.1, "start": [10.0]}, 10),
    "one step": ("parabola", {"lr": 1.1}, 1),
    "a valley": (VALLEY, {"lr": 0.01005, "start": [-4.0, 1.0]}, 200),
    "the gallery's Nesterov": (VALLEY, {"lr": 0.0068, "momentum": 0.9, "nesterov": True, "start": [-4.0, 1.0]}, 200),
    "after warming up": ("bowl", {"lr": 0.3, "schedule": {"kind": "constant", "warmup": 50}}, 60),
    "high above zero": (formula("x^2+1000000"), {"lr": 1.05, "start": [1.0]}, 40),
    "high above zero, longer": (formula("x^2+1000000"), {"lr": 1.05, "start": [1.0]}, 100),
}


@pytest.mark.parametrize("name", ABOVE)
def test_above_the_limit_a_loss_that_rises_is_growing_and_the_limit_is_named(descend, rule, name):
    problem, settings, steps = ABOVE[name]
    outcome = grown(descend, problem, rule("sgd", **settings), steps)
    assert outcome.kind == "growing"
    assert outcome.step is None
    limit = beside(outcome.evidence.limit, outcome.evidence.lr)
    assert f"above the stability limit {limit}" in outcome.because or (
        f"times the stability limit {limit}" in outcome.because
    )
    assert "1,000 times its start" in outcome.because
    assert "to and fro" not in outcome.because
    (note,) = [one for one in outcome.notes if one.kind == "growing"]
    assert note.advice[0].value == pytest.approx(outcome.evidence.limit / 2, rel=1e-2)


def test_newtons_steps_of_more_than_twice_the_way_grow_too(descend, rule):
    outcome = grown(descend, "parabola", rule("newton", lr=2.05), 40)
    assert outcome.kind == "growing"
    assert "the stability limit 2 of Newton's method" in outcome.because


@pytest.mark.parametrize("lr", [1 - 1e-4, 1.0, 1 + EXACT / 2, 1 + 2 * EXACT])
def test_exactly_at_the_limit_it_jumps_to_and_fro_for_ever(descend, lr):
    kind = {True: "unfinished", False: "growing"}[lr < 1] if abs(lr - 1) > EXACT else "oscillating"
    assert grown(descend, "parabola", lr, 100).kind == kind


@pytest.mark.parametrize("share", [0.99999, 0.999, 0.97])
def test_below_the_limit_it_converges_however_slowly_and_is_not_told_for_ever(descend, share):
    outcome = grown(descend, "bowl", share / 6, 60)
    assert outcome.kind == "unfinished"
    assert "ever" not in outcome.because
    assert "falls by" in outcome.because


def test_a_bounce_that_settles_in_a_cycle_is_no_growth(descend, rule):
    wells = formula("x**4 - 2*x**2 + 0.3*x")
    for lr, start in ((0.25, -0.5), (0.4, -0.9)):
        (run,) = descend(wells, rule("sgd", lr=lr, start=[start]), steps=400)
        assert run.outcome.kind == "oscillating", lr


@pytest.mark.parametrize("constant", [-1000, -10, 2, 100, 1e6])
@pytest.mark.parametrize(
    ("text", "settings", "steps"),
    [
        ("x^2", {"lr": 1.05, "start": [1.0]}, 30),
        ("x^2", {"lr": 1.0, "start": [1.0]}, 60),
        ("x^2+y^2", {"lr": 0.1, "momentum": 0.9, "start": [5.0, 1.0]}, 60),
        ("x", {"lr": 0.1, "start": [1.0]}, 60),
        ("x^2", {"lr": 0.01, "start": [5.0]}, 40),
    ],
)
def test_adding_a_constant_changes_no_kind(descend, rule, text, settings, steps, constant):
    kinds = {grown(descend, formula(f"{text}+({c})"), rule("sgd", **settings), steps).kind for c in (0, constant)}
    assert len(kinds) == 1


# Falling without end


@pytest.mark.parametrize(
    ("text", "kind", "settings", "steps"),
    [
        ("x", "sgd", {"lr": 0.1}, 60),
        ("x", "adam", {"lr": 0.1}, 60),
        ("-x^2", "sgd", {"lr": 0.1}, 60),
        ("x^3", "rprop", {"lr": 0.0038}, 300),
        ("-log(x)", "sgd", {"lr": 0.1}, 200),
        ("x + y^2", "sgd", {"lr": 0.1}, 60),
    ],
)
def test_a_loss_that_falls_without_end_grows_until_it_has_run_away(descend, rule, text, kind, settings, steps):
    outcome = grown(descend, formula(text), rule(kind, **settings), steps)
    assert outcome.kind == "growing"
    assert "down a slope without end" in outcome.because
    assert "Give it more steps" not in outcome.because


def test_a_million_times_farther_out_it_has_diverged(descend):
    (run,) = descend(formula("-x^2"), 0.1, steps=300)
    far = int(np.argmax(abs(run["p0"]) > 2e6))
    for steps, kind in ((far, "growing"), (far + 1, "diverged")):
        assert grown(descend, formula("-x^2"), 0.1, steps).kind == kind


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("exp(-x)", {"lr": 0.1}),
        ("1/x", {"lr": 0.1}),
        ("abs(x)", {"lr": 0.01, "start": [100.0]}),
        ("sqrt(1 + x^2)", {"lr": 0.01, "start": [500.0]}),
        ("x", {"lr": 0.1, "weight_decay": 0.01}),
        ("x^2 + 1000", {"lr": 1e-5, "start": [50.0]}),
    ],
)
def test_a_long_way_down_with_an_end_is_on_its_way(descend, rule, text, settings):
    assert grown(descend, formula(text), rule("sgd", **settings), 100).kind == "unfinished"


@pytest.mark.parametrize(
    ("text", "point", "falls"),
    [
        ("x", [3.0], True),
        ("-exp(x)", [1.0], True),
        ("x^3", [-2.0], True),
        ("x^3", [2.0], False),  # The way down ends on the terrace at 0.
        ("-log(x)", [2.0], True),
        ("atan(x)", [0.0], False),
        ("log(x)", [2.0], False),
        ("x^2", [1.0], False),
        ("0*x", [1.0], False),
    ],
)
def test_ground_without_end_is_told_from_a_long_slope(text, point, falls):
    functions = FormulaSurface(text=text).functions(np)
    assert theory.is_unbounded_below(functions, np.array(point)[:, None], 0.0).tolist() == [falls]


# When it will have exploded


def chance(random, kind):
    """Return a quadratic, a rule above its limit on it, a start, and how many steps to watch."""
    eigenvalues = np.sort(10 ** random.uniform(-1, 2, random.integers(1, 4)))
    if random.random() < 0.2:
        eigenvalues[:] = eigenvalues[-1]
    start = random.choice([-1, 1], len(eigenvalues)) * 10 ** random.uniform(-2, 1.5, len(eigenvalues))
    beta, above = float(random.choice([0.3, 0.5, 0.9, 0.99])), 1 + 10 ** random.uniform(-3.5, -0.5)
    share = {
        "plain": 2,
        "ball": 2 * (1 + beta),
        "nesterov": 2 * (1 + beta) / (1 + 2 * beta),
    }
    settings = {"plain": {}, "ball": {"momentum": beta}, "nesterov": {"momentum": beta, "nesterov": True}}
    optimizer = {"kind": "newton", "lr": 2 * above}
    if kind != "newton":
        optimizer = {"kind": "sgd", "lr": share[kind] * above / eigenvalues[-1], **settings[kind]}
    run = {"optimizer": optimizer, "start": start.tolist()}
    return {"kind": "quadratic", "eigenvalues": eigenvalues.tolist()}, run, int(random.choice([5, 10, 20, 40, 100]))


@pytest.mark.parametrize("kind", ["plain", "ball", "nesterov", "newton"])
def test_on_a_quadratic_it_explodes_when_it_is_said(descend, kind):
    random, seen = np.random.default_rng(11), 0
    while seen < 12:
        problem, run, steps = chance(random, kind)
        outcome = grown(descend, problem, run, steps)
        if outcome.kind != "growing":
            assert outcome.kind in ("diverged", "unfinished"), outcome  # Exploded, or still falling elsewhere.
            continue
        assert "It will be 1,000 times its start" in outcome.because
        (note,) = [one for one in outcome.notes if one.kind == "growing"]
        said = note.values["explodes_at"]
        exploded = grown(descend, problem, run, int(1.1 * said) + 3).exploded
        assert exploded == pytest.approx(said, rel=0.05, abs=1), (problem, run, steps)
        seen += 1


def test_elsewhere_it_is_said_less_boldly(descend, rule):
    for problem, run, kind in (
        (formula("cosh(x)"), rule("sgd", lr=2.01, start=[0.1]), "growing"),
        ("parabola", rule("sgd", lr=1.05, schedule={"kind": "exponential", "gamma": 0.9999}), "growing"),
        ("parabola", rule("adam", lr=30.0, beta1=0.9), "unfinished"),
    ):
        outcome = grown(descend, problem, run, 30)
        assert outcome.kind == kind
        assert "It will be" not in outcome.because
        assert ("At this pace" in outcome.because) == (kind == "growing")


def test_a_height_is_reached_where_it_is():
    assert theory.reaches(1000.0, lambda t: 2.0**t) == pytest.approx(math.log2(1000))
    assert theory.reaches(1.0, lambda t: 2.0**t) == pytest.approx(0, abs=1e-12)
    assert theory.reaches(1.0, lambda t: 0.5) == math.inf
    assert theory.reaches(1.0, lambda t: math.nan) == math.inf


# At the edges of each rule


def kind_of(losses, turned=0, share=np.nan):
    """Return what a run with these losses is, some of its last twenty steps turned back, at a share of its limit."""
    losses, one = np.asarray(losses, float)[:, None], np.ones(1)
    first, stretch = FirstSteps(np.array([np.nan])), LastStretch(1)
    first.begin(np.array([False]), losses, np.ones_like(losses, bool), grad=one, distance=one)
    stretch.add(losses, (np.arange(len(losses)) >= len(losses) - turned)[:, None])
    runs = RunSummaries(
        first=first,
        noisy=np.array([False]),
        rounding=float(np.finfo(float).eps),
        start_grad=one,
        start_sharpness=one,
        start_curvature=one,
        loss=losses[-1],
        grad=one,
        low=one,
        sharpness=one,
        curvature=2 * one,
        losses=losses,
        stretch=stretch,
        shares=np.full((2, 1), share),
        unbounded=lambda which: np.zeros(len(which), bool),
        on_a_tail=lambda which: np.zeros(len(which), bool),
    )
    return classify(runs)[0].kind


@pytest.mark.parametrize(("turned", "kind"), [(17, "unfinished"), (18, "oscillating"), (19, "oscillating")])
def test_nine_of_ten_steps_have_to_turn_back(turned, kind):
    assert kind_of([1.0, 2.0] * 30, turned) == kind


@pytest.mark.parametrize(
    ("above", "kind"), [(0.5 * EXACT, "oscillating"), (1.5 * EXACT, "growing"), (-1.5 * EXACT, "unfinished")]
)
def test_a_rate_is_exactly_at_its_limit_within_a_millionth(above, kind):
    assert kind_of(1 + np.arange(40.0), 20, 1 + above) == kind


@pytest.mark.parametrize(("units", "kind"), [(DIGITS - 1, "oscillating"), (DIGITS + 2, "growing")])
def test_what_differs_by_rounding_does_not_rise(units, kind):
    steps = units * np.finfo(float).eps * (np.arange(40) // 4)
    assert kind_of(1 + steps, 20, 2.0) in (kind, "oscillating")


def test_a_rise_that_slows_down_is_none():
    assert kind_of(-(0.5 ** np.arange(40.0)), 0, 2.0) == "unfinished"
    assert kind_of(-(0.99 ** np.arange(40.0)), 0, 2.0) == "growing"


def test_without_a_limit_only_what_is_above_its_start_grows():
    falls_then_rises = [*np.linspace(5, 0, 20), *np.linspace(0, 4, 21)]
    assert kind_of(falls_then_rises) == "unfinished"
    assert kind_of([*falls_then_rises, *np.linspace(4.2, 8, 20)]) == "growing"

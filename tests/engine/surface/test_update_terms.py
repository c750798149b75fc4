"""Updates in their rule's formula: the terms follow from each other, and the parts add up to the step."""

import numpy as np
import pytest

from slalom.engine.surface.update_inspector import inspect_updates


def update_of(spec, step=2):
    (update,) = inspect_updates(spec, 0, step, 1)
    return update


def terms(update):
    return [(term["name"], term["formula"]) for term in update["terms"]]


def value(update, name):
    return np.array(next(term["value"] for term in update["terms"] if term["name"] == name))


def test_gradient_descent_is_the_gradient_and_the_step(spec_of, rule):
    update = update_of(spec_of("bowl", rule("sgd", lr=0.1), steps=5), step=0)
    assert terms(update) == [("gradient", "g = ∇f"), ("step", "−lr g")]
    assert update["lines"] == ["x: −4.2 − 0.1 · (−4.2) = −3.78", "y: 1.45 − 0.1 · 17.4 = −0.29"]
    assert update["parts"]["gradient"] == pytest.approx(update["parts"]["step"])
    assert update["parts"]["momentum"] is None


@pytest.mark.parametrize(
    ("settings", "formulas"),
    [
        ({}, ["v = 0.9 v + g", "−lr v"]),
        ({"dampening": 0.25}, ["v = 0.9 v + 0.75 g", "−lr v"]),
        ({"nesterov": True}, ["v = 0.9 v + g", "−lr (g + 0.9 v)"]),
    ],
)
def test_momentum_is_what_was_remembered(spec_of, rule, settings, formulas):
    spec = spec_of("bowl", rule("sgd", lr=0.1, momentum=0.9, **settings), steps=5)
    before, update = value(update_of(spec, 1), "velocity"), update_of(spec)
    assert [formula for _, formula in terms(update)[1:]] == formulas
    parts = {name: np.array(part) for name, part in update["parts"].items()}
    assert parts["gradient"] + parts["momentum"] == pytest.approx(parts["step"])
    again = 0.9 if settings.get("nesterov") else 1.0
    assert parts["momentum"] == pytest.approx(-0.1 * again * 0.9 * before)


def test_adams_corrections_have_the_power_of_the_step(spec_of, rule):
    update = update_of(spec_of("bowl", rule("adam", lr=0.1), steps=5))
    assert terms(update) == [
        ("gradient", "g = ∇f"),
        ("mean", "m = 0.9 m + 0.1 g"),
        ("mean square", "v = 0.999 v + 0.001 g²"),
        ("mean, corrected", "m̂ = m / (1 − 0.9^3)"),
        ("square, corrected", "v̂ = v / (1 − 0.999^3)"),
        ("step", "−lr m̂ / (√v̂ + ε)"),
    ]
    assert value(update, "mean, corrected") == pytest.approx(value(update, "mean") / (1 - 0.9**3))
    expected = -0.1 * value(update, "mean, corrected") / (np.sqrt(value(update, "square, corrected")) + 1e-8)
    assert value(update, "step") == pytest.approx(expected)
    parts = {name: np.array(part) for name, part in update["parts"].items()}
    assert parts["gradient"] + parts["momentum"] == pytest.approx(parts["step"])
    assert update["lines"][0] == "x: −4 − 0.1 · (−4.09) / (√16.8 + ε) = −3.9"


def test_the_first_step_of_adam_is_all_the_gradients(spec_of, rule):
    assert update_of(spec_of("bowl", rule("adam", lr=0.1), steps=5), step=0)["parts"]["momentum"] is None


def test_rounding_is_no_momentum(spec_of, rule):
    spec = spec_of("bowl", rule("sgd", lr=0.1), steps=5, dtype="float32")
    assert update_of(spec)["parts"]["momentum"] is None


@pytest.mark.parametrize(("kind", "settings"), [("rmsprop", {}), ("sgd", {"weight_decay": 0.1})])
def test_what_is_no_plain_product_is_told_as_a_difference(spec_of, rule, kind, settings):
    update = update_of(spec_of("parabola", rule(kind, lr=0.1, **settings), steps=5), step=0)
    (before,), (after,) = update["point"], update["after"]
    assert update["lines"] == [f"x: −4 + {after - before:.3g} = −{-after:.3g}"]


def test_a_rule_of_another_kind_shows_what_it_remembers_and_a_gradient_as_long_as_the_step(spec_of, rule):
    update = update_of(spec_of("bowl", rule("rmsprop", lr=0.1), steps=5))
    assert [name for name, _ in terms(update)] == ["gradient", "square", "divisor", "step"]
    parts = update["parts"]
    against = -np.array(update["gradient"]) / np.hypot(*update["gradient"])
    assert parts["gradient"] == pytest.approx(np.hypot(*parts["step"]) * against)


def test_a_gradient_that_was_disturbed_is_shown_before_and_after(spec_of, rule):
    update = update_of(spec_of("bowl", rule("sgd", lr=0.01, clip_value=2.0), steps=5), step=0)
    assert terms(update)[1] == ("after noise and clipping", "g")
    assert value(update, "after noise and clipping").tolist() == [-2, 2]
    assert update["parts"]["gradient"] == pytest.approx([0.02, -0.02])


def test_where_the_gradient_vanishes_no_part_is_missing(spec_of, rule):
    parts = update_of(spec_of("bowl", rule("newton", lr=1.0), steps=5))["parts"]
    assert parts == {"gradient": [0, 0], "momentum": None, "step": [0, 0]}

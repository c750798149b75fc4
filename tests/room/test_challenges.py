"""What a challenge asks for, what may be submitted to it, and when its goal is reached."""

import math

import pytest
from pydantic import ValidationError

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import SpecError
from slalom.room.challenges import MOST_STEPS, PRESETS, RULES, Attempt, Challenge

BOWL = {"title": "Down", "problem": {"kind": "bowl"}, "steps": 10, "goal": {"loss": 1e-3}}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_challenge_and_has_a_name(name):
    asked = Challenge.model_validate({"preset": name})
    assert asked.title == PRESETS[name]["title"]
    for kind in asked.optimizers or RULES:
        attempt = Attempt.model_validate({"optimizer": {"kind": kind}})
        assert Comparison.model_validate_json(Comparison.model_validate(asked.body(attempt)).model_dump_json())


@pytest.mark.parametrize(
    ("losses", "steps"),
    [([1.0, 1e-3], 1), ([1e-4, 1.0], 0), ([1.0, 1.1e-3], None), ([1.0, math.nan, math.inf], None), ([], None)],
)
def test_the_goal_is_reached_at_the_first_entry_that_is_no_larger(losses, steps):
    assert Challenge.model_validate(BOWL).reached(losses) == steps


@pytest.mark.parametrize(
    ("steps", "fits"), [(0, False), (1, True), (MOST_STEPS - 1, True), (MOST_STEPS, True), (MOST_STEPS + 1, False)]
)
def test_steps_are_bounded(steps, fits):
    if fits:
        assert Challenge.model_validate(BOWL | {"steps": steps}).steps == steps
    else:
        with pytest.raises(ValidationError):
            Challenge.model_validate(BOWL | {"steps": steps})


def test_only_the_rules_that_are_allowed_may_be_submitted():
    asked = Challenge.model_validate(BOWL | {"optimizers": ["sgd"]})
    assert asked.body(Attempt.model_validate({"optimizer": {"kind": "sgd", "lr": 0.1}}))["steps"] == 10
    with pytest.raises(SpecError, match="it must be one of: sgd"):
        asked.body(Attempt.model_validate({"optimizer": {"kind": "newton"}}))
    with pytest.raises(SpecError, match="climbs"):
        asked.body(Attempt.model_validate({"optimizer": {"kind": "sgd", "maximize": True}}))
    with pytest.raises(ValidationError, match="no optimizer 'magic'"):
        Challenge.model_validate(BOWL | {"optimizers": ["magic"]})


@pytest.mark.parametrize("field", ["start", "noise", "batch_size", "layer_lr", "l1", "averaging"])
def test_nobody_starts_elsewhere(field):
    with pytest.raises(ValidationError, match="extra"):
        Attempt.model_validate({"optimizer": {"kind": "sgd"}, field: None})


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"optimizer": {"kind": "adam", "lr": 0.1}}, "Adam, lr 0.1"),
        ({"optimizer": {"kind": "sgd", "lr": 1e-3, "momentum": 0.9}}, "Momentum, lr 0.001, momentum 0.9"),
        ({"optimizer": {"kind": "sgd"}, "clip_norm": 1.0}, "Gradient descent, lr 0.001, clip norm 1"),
        ({"optimizer": {"kind": "sgd"}, "schedule": {"kind": "cosine"}}, "Gradient descent, lr 0.001, schedule cosine"),
    ],
)
def test_settings_are_told_in_words(run, words):
    assert Attempt.model_validate(run).words.casefold() == words.casefold()

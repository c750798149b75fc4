"""The published rules on published numbers; blow-ups, narrow ranges, verification, and one rate that trains."""

from __future__ import annotations

import json
from functools import cache, partial
from math import inf, nan

import numpy as np
import pytest

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.range_test import SUGGESTIONS
from slalom.engine.descent import Descent
from slalom.engine.range_test.analysis import RangeCurve
from slalom.engine.range_test.suggestions import SUGGESTION_RULES, _fastai, falls, passed, raised, slide, smoothed
from slalom.engine.range_test.verification import hold

LIMIT = 2 / 60.646087
THERMOMETER = {"kind": "regression", "data": "thermometer", "scaling": "tenth"}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 300}, "hidden": [8]}
DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [8]}


@cache
def climbed(text):
    spec = SPEC.validate_json(text)
    climb = RangeCurve(spec, partial(hold, spec))
    for tick in Descent(spec):
        for block in tick.blocks:
            climb.see(block)
    return climb.findings()


def found(problem=THERMOMETER, **fields):
    return climbed(json.dumps({"kind": "range_test", "problem": problem, **fields}))


def by_name(findings):
    return {rule["name"]: rule for rule in findings["rules"]}


@pytest.mark.parametrize(
    ("n", "rule", "printed"),
    [
        (1000, "trench", 0.0629),
        (1000, "steepest", 1.16e-4),
        (1000, "steep", 1.4e-4),
        (1000, "valley", 1.40e-3),
        (1000, "minimum", 6.4e-3),
        (1000, "slide", 0.054),
        (100, "slide", 3.2e-5),
        (100, "trench", 0.1748),
        (100, "steepest", 2.36e-3),
        (100, "steep", 2.1e-3),
        (100, "valley", 1.87e-3),
        (100, "minimum", 1.4e-2),
    ],
)
def test_the_rules_give_the_values_of_the_reference(n, rule, printed):
    digits = len(f"{printed:g}".replace(".", "").lstrip("0").split("e")[0])
    suggested = by_name(found(steps=n))[rule]["lr"]
    assert suggested == pytest.approx(printed, rel=0.6 * 10.0 ** (1 - max(digits, 2)))


@pytest.mark.parametrize(("n", "low", "high"), [(1000, 1.9e-5, 3.3e-5), (100, 3.2e-5, 3.3e-4)])
def test_lightnings_rule_lies_where_the_reference_says(n, low, high):
    assert low < by_name(found(steps=n))["lightning"]["lr"] < high


def slid_as_published(rates, losses, lr_diff=15, thresh=0.005):
    """fastai.callback.schedule.slide, its loop written as there."""
    slopes, right = np.gradient(losses), -1
    left = right - lr_diff
    suggested = rates[left]
    while left >= -len(losses) and abs(slopes[right] - slopes[left]) > thresh:
        suggested = rates[left]
        right, left = right - 1, left - 1
    return suggested


@pytest.mark.parametrize("shape", ["trench", "noise", "level", "rising"])
@pytest.mark.parametrize("n", [18, 40, 100, 1000])
def test_the_slide_stops_where_fastais_does(shape, n):
    lr, at = np.geomspace(1e-5, 1, n), np.linspace(-3, 1, n)
    losses = {
        "trench": 2 - np.exp(-(at**2)) + np.exp(8 * at - 8),
        "noise": 2 + np.random.default_rng(n).normal(size=n),
        "level": np.full(n, 0.7),
        "rising": 1 + (at + 3) ** 2,
    }[shape]
    rates, values = _fastai(lr, losses)
    expected = slid_as_published(rates, values) if len(values) > 15 else None
    assert slide(lr, losses) == expected
    assert (expected is None) == (n == 18)


@pytest.mark.parametrize("n", [1000, 100])
def test_the_true_limit_stands_where_theory_has_it_and_the_recommended_rate_below_it_trains(n):
    findings = found(steps=n)
    assert findings["limit"]["value"] == pytest.approx(LIMIT, rel=1e-6)
    assert findings["limit"]["constant"]
    chosen = findings["recommended"]
    proof = by_name(findings)[chosen["rule"]]["verification"]
    assert chosen["lr"] < LIMIT
    assert proof["trains"]
    assert proof["final"] < 0.2 * proof["start"]
    assert f"{proof['steps']} updates" in chosen["because"]
    assert "stability limit 0.033" in chosen["because"]


def test_the_trench_is_verified_and_diverges():
    proof = by_name(found())["trench"]["verification"]
    assert (proof["outcomes"], proof["trains"]) == (["diverged"], False)


def test_it_says_where_it_blew_up():
    blown = found()["blow_up"]
    assert LIMIT < blown["lr"] < blown["nonfinite"]["lr"] < 1
    assert "4 times its best" in blown["because"]
    assert "no longer finite" in blown["because"]
    assert found()["range"]["because"] == []


def test_it_says_when_the_range_is_too_small():
    (low,) = found(lr_to=0.01)["range"]["because"]
    assert "nothing blew up. Choose an lr_to above 0.01" in low
    (high,) = found(lr_from=0.02)["range"]["because"]
    assert "Choose an lr_from below 0.02" in high


NETWORK = {"run": {"batch_size": 32}, "lr_from": 1e-3, "lr_to": 10.0, "steps": 100}


@pytest.mark.parametrize(("problem", "seeds"), [(MOONS, 2), (DIGITS, 1)], ids=["moons", "digits"])
def test_on_a_network_the_recommended_rate_trains_with_every_seed(problem, seeds):
    findings = found(problem, seeds=seeds, **NETWORK)
    proof = by_name(findings)[findings["recommended"]["rule"]]["verification"]
    assert proof["trains"]
    assert proof["final"] < 0.8 * proof["start"]
    assert len(proof["finals"]) == len(findings["rules"][0]["per_seed"]) == seeds
    assert findings["limit"] is None


def test_a_climb_on_a_network_keeps_losses_and_measures_no_sharpness_that_nobody_is_shown():
    spec = SPEC.validate_python({"kind": "range_test", "problem": MOONS, **NETWORK})
    data = {name: [] for name in spec.problem.columns}
    for tick in Descent(spec):
        for block in tick.blocks:
            for name, values in zip(block.columns, block.data, strict=True):
                data[name] += values[0].tolist()
    assert np.isfinite(data["loss"]).all()
    assert np.isnan(data["sharpness"]).all()
    assert len(set(data["train_loss"])) == 2


def test_the_same_seed_finds_the_same():
    findings = found(MOONS, seeds=2, **NETWORK)
    climbed.cache_clear()
    assert found(MOONS, seeds=2, **NETWORK) == findings


def test_the_band_is_ordered_and_thin_enough_to_send():
    band = found({"kind": "bowl"}, run={"noise": 1.0}, seeds=5, steps=1500)["band"]
    assert {len(line) for line in band.values()} == {1000}
    lines = np.array([[float(value) for value in band[name]] for name in ("min", "low", "median", "high", "max")])
    assert (lines[1:] >= lines[:-1]).all()
    assert (band["lr"][0], band["lr"][-1]) == (1e-5, 1.0)


@pytest.mark.parametrize(
    "losses",
    [[nan], [inf, nan], [1.0], [2.0, 1.0, nan], [nan] * 40, [1e308] * 30, [-3.0, -2.0, inf], list(range(40, 0, -1))],
)
def test_no_rule_stumbles_over_what_is_not_finite(losses):
    losses, lr = np.array(losses, float), np.geomspace(1e-5, 1, 40)
    for rule in SUGGESTION_RULES:
        chosen = rule.choose(lr, losses)
        assert chosen is None or 0 < chosen <= 1, rule.name


def test_the_longest_fall_is_found_as_fastai_finds_it():
    values = np.random.default_rng(0).normal(size=200).round(1)
    slow = [1] * len(values)
    for i in range(len(values)):
        for j in range(i):
            if values[i] < values[j]:
                slow[i] = max(slow[i], slow[j] + 1)
    assert falls(values) == slow


def test_smoothing_corrects_its_bias_and_thresholds_count_from_the_lowest_loss():
    assert smoothed(np.array([3.0, 3.0, 3.0])).tolist() == pytest.approx([3.0, 3.0, 3.0])
    assert passed(np.array([2.0, 1.0, 4.0, 4.1]), 4.0) == 3
    assert passed(np.array([2.0, 1.0, nan, 3.0]), 4.0) is None
    assert passed(np.array([2.0, inf]), 4.0) == 1
    assert raised(np.array([-2.0, 1.0, inf])).tolist() == [0.0, 3.0, inf]
    assert raised(np.array([2.0, 1.0])).tolist() == [2.0, 1.0]


def test_the_shortest_range_test_suggests_what_it_can_and_a_sweep_does_the_rest():
    findings = found(steps=2)
    assert by_name(findings)["valley"]["lr"] is None
    assert findings["recommended"]["rule"] == "sweep"
    assert findings["recommended"]["lr"] < LIMIT


def test_as_many_suggestions_are_paid_for_as_there_are_rules():
    assert len(SUGGESTION_RULES) == SUGGESTIONS

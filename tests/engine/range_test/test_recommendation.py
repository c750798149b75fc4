"""Which rate is recommended: the lowest final loss, ties by speed, and sentences with the run's own numbers."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import pairwise

import pytest

from slalom.catalogue.datasets.base import no_uploads
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.range_test import SWEPT, TRIED
from slalom.engine.range_test.recommendation import best, is_tied, refined
from slalom.engine.range_test.runner import RangeTestRunner
from slalom.engine.range_test.verification import IMPROVES, Verification, verify

MOONS = {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [8]}


@cache
def climbed(text):
    runner = RangeTestRunner(SPEC.validate_json(text))
    for _ in runner.frames():
        pass
    result = runner.result()
    return result.outcomes, result.findings


def found(problem, **fields):
    return climbed(json.dumps({"kind": "range_test", "problem": problem, **fields}))[1]


def formula(text, start=None, **fields):
    run = {"run": {"start": start}} if start else {}
    return found({"kind": "formula", "text": text}, **run, **fields)


def by_name(findings):
    return {rule["name"]: rule for rule in findings["rules"]}


def proofs(findings):
    return [rule["verification"] for rule in findings["rules"] if rule["verification"]]


def chosen(findings):
    return by_name(findings)[findings["recommended"]["rule"]]["verification"]


def numeric(value):
    return float(value)


# Ties


@pytest.mark.parametrize("constant", ["- 10", "", "+ 1e3"])
@pytest.mark.parametrize("steps", [100, 200, 1000])
def test_of_rates_that_end_equally_low_the_one_that_is_there_first_is_taken(steps, constant):
    findings = formula(f"x^2 {constant}", [5.0], lr_to=10.0, steps=steps)
    one = chosen(findings)
    tied = [other for other in proofs(findings) if other["trains"] and other["final"] - one["final"] < 1e-8]
    assert len(tied) >= 3
    assert one["arrives"] <= 1.2 * min(other["arrives"] for other in tied)
    assert one["arrives"] < 10
    because = findings["recommended"]["because"]
    assert "lower than" not in because
    assert f"before its {one['arrives']} steps" in because


def test_a_tie_is_what_differs_by_rounding_and_arriving_first_decides_it():
    def trial(lr, final, arrives):
        return Verification(lr, 300, 15.0, final, [final], ["converged"], "", True, 1.0, arrives)

    slow, fast, high = trial(0.1, -10.0, 90), trial(0.4, math.nextafter(-10.0, 0), 5), trial(0.2, -9.9, 3)
    assert is_tied(slow, fast, "float64")
    assert not is_tied(slow, high, "float64")
    assert best([slow, fast, high], "float64") == fast
    assert best([slow, high], "float64") == slow
    assert best([], "float64") is None


# What the range misses


@pytest.mark.parametrize(
    ("steps", "above"), [(5, "the last rate lies"), (8, "the last 2 of 8"), (20, "the last 4 of 20")]
)
def test_a_range_that_passes_the_limit_does_not_end_too_low(steps, above):
    findings = found({"kind": "parabola"}, lr_to=10.0, steps=steps)
    (said,) = findings["range"]["because"]
    assert "too low" not in said
    assert f"{above}" in said
    assert "stability limit 1." in said


@pytest.mark.parametrize("text", ["-x^2", "-x^2 - y^2 + 7", "-x^4", "x^3"])
def test_what_falls_without_bound_blew_up_and_has_no_rate(text):
    findings = formula(text, [-1.0] if "y" not in text else [1.0, 1.0])
    assert findings["range"]["because"] == []
    assert findings["blow_up"]["lr"] <= 1
    assert findings["recommended"]["lr"] is None
    assert "falls without bound" in findings["recommended"]["because"]


def test_a_basin_beside_a_slope_without_end_has_a_rate():
    findings = formula("x^3 - 3*x", [2.0], lr_to=10.0)
    assert chosen(findings)["outcomes"] == ["converged"]
    assert chosen(findings)["final"] == pytest.approx(-2.0)


@pytest.mark.parametrize("text", ["log(x)", "sqrt(x)", "x*log(x)"])
def test_what_is_not_a_number_is_told_as_such_and_nothing_rose_to_four_times_its_best(text):
    findings = formula(text, [1.0])
    for proof in proofs(findings):
        values = sorted(map(numeric, proof["finals"]))
        assert str(proof["final"]) == str(proof["finals"][0]), values
    broken = [proof for proof in proofs(findings) if proof["finals"] == ["nan"]]
    assert broken or text == "x*log(x)"
    blown = findings["blow_up"]
    assert blown is None or "times its best" not in blown["because"] or blown["nonfinite"]["step"] > blown["step"]


def test_a_start_that_is_not_a_number_is_said_to_be_one():
    findings = formula("log(x)", [-1.0], steps=20)
    assert findings["blow_up"]["because"] == "The loss is not a finite number at the start."
    assert findings["range"]["because"] == []
    assert "Choose another start" in findings["recommended"]["because"]


def test_where_every_rate_diverges_the_range_begins_too_high():
    findings = found({"kind": "parabola"}, lr_from=3.0, lr_to=30.0, steps=50)
    assert findings["recommended"]["lr"] is None
    assert "from 3 on the loss grew with every one. Choose an lr_from below 3." in findings["recommended"]["because"]
    (said,) = findings["range"]["because"]
    assert re.search(r"it blew up after \d steps?\. Choose an lr_from below 3\.", said)


@pytest.mark.parametrize("constant", ["", "- 10", "+ 1e6"])
def test_where_no_rate_does_anything_none_trains(constant):
    findings = formula(f"x^2 {constant}", [5.0], lr_from=1e-9, lr_to=1e-7, steps=100)
    assert not any(proof["trains"] for proof in proofs(findings))
    assert findings["recommended"]["lr"] is None
    assert "Choose an lr_to above 10⁻⁷." in findings["recommended"]["because"]
    assert "Choose an lr_to above 10⁻⁷" in findings["range"]["because"][-1]


@pytest.mark.parametrize("problem", [{"kind": "bowl", "kappa": 20.0}, MOONS], ids=["bowl", "moons"])
def test_a_rate_trains_if_it_takes_off_a_tenth_of_what_the_best_one_does(problem):
    run = {"optimizer": {"kind": "adam"}}
    spec = SPEC.validate_python({"kind": "range_test", "problem": problem, "run": run, "lr_from": 1e-6, "lr_to": 10.0})
    proofs = verify(spec, spec.swept(), no_uploads, lambda: None).values()
    for proof in proofs:
        stays = not {"diverged", "growing"} & set(proof.outcomes)
        assert proof.trains == (stays and proof.share >= IMPROVES)
    assert {proof.trains for proof in proofs} == {True, False}
    assert max(proof.share for proof in proofs) == 1


# The lowest of all


@pytest.mark.parametrize(
    ("problem", "run", "seeds"),
    [
        (MOONS, {"batch_size": 16}, 2),
        (MOONS, {"optimizer": {"kind": "rmsprop"}}, 1),
        ({"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [10]}, {"optimizer": {"kind": "adam"}}, 1),
        ({"kind": "rosenbrock"}, {"noise": 0.5}, 3),
        ({"kind": "rosenbrock"}, {"optimizer": {"kind": "adam"}}, 1),
        ({"kind": "formula", "text": "exp(x) - 2*x + (y-x)^2"}, {"optimizer": {"kind": "rmsprop"}}, 1),
    ],
    ids=["moons", "moons rmsprop", "chebyshev adam", "noisy valley", "valley adam", "formula rmsprop"],
)
def test_no_rate_that_was_held_leaves_clearly_less_than_the_recommended_one(problem, run, seeds):
    findings = found(problem, run=run, seeds=seeds, steps=150)
    one = chosen(findings)
    rivals = [proof for proof in proofs(findings) if proof["trains"]]
    lowest = min(proof["final"] for proof in rivals)
    assert one["final"] <= max(1.2 * lowest, lowest + 1e-9)
    because = findings["recommended"]["because"]
    if "lower than" in because:
        rules = [
            proof for name, rule in by_name(findings).items() if name != "sweep" and (proof := rule["verification"])
        ]
        assert all(one["final"] <= proof["final"] for proof in rules if proof["trains"])
    sweep = by_name(findings)["sweep"]
    assert len(sweep["per_seed"]) == seeds
    assert sweep["low"] <= sweep["lr"] <= sweep["high"] or seeds > 1


def test_the_lowest_raw_loss_is_recommended_where_it_trains_best():
    findings = found({"kind": "network", "data": {"kind": "moons"}}, lr_to=100.0, steps=200)
    trench = by_name(findings)["trench"]["verification"]
    assert trench["trains"]
    assert chosen(findings)["final"] <= trench["final"]


def test_the_sweep_covers_the_range_by_equal_ratios_and_is_refined_between_what_was_tried():
    spec = SPEC.validate_python({"kind": "range_test", "problem": {"kind": "bowl"}, "lr_from": 1e-4, "lr_to": 10.0})
    rates = spec.swept()
    assert (len(rates), rates[0], rates[-1]) == (SWEPT, 1e-4, 10.0)
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([10 ** (5 / 11)] * 11)
    assert refined(10.0, rates) == [pytest.approx(10 ** (1 - 5 / 22))]
    assert refined(5e-324, [5e-324, 1.0])[0] > 0
    assert len({rule["lr"] for rule in found({"kind": "bowl"}, steps=100)["rules"]}) <= TRIED


def test_in_single_precision_where_losses_vanish_speed_decides():
    findings = found({"kind": "parabola"}, dtype="float32", lr_to=10.0, steps=200)
    one = chosen(findings)
    assert one["final"] == 0.0
    assert one["arrives"] <= 1.2 * min(proof["arrives"] for proof in proofs(findings) if proof["final"] == 0.0)


def test_what_verifies_a_rate_looks_at_both_ends_and_speaks_of_nothing_in_between():
    findings = found(MOONS, run={"batch_size": 16}, steps=100)
    assert not any("Lately" in proof["because"] for proof in proofs(findings))


def test_a_fall_beside_a_large_loss_is_told_in_numbers_that_differ():
    because = found({"kind": "formula", "text": "1e-4(x-3)^2+2"}, steps=60, lr_to=10.0)["recommended"]["because"]
    before, after = re.search(r"took the loss from (\S+) to (\S+?)[,.;]? ", because).groups()
    assert before != after

"""Which of the rates that were held is the one to use, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.range_test import REFINED
from slalom.engine.descent import smallest_loss
from slalom.engine.diagnosis.phrases import distinct, step_count

from .climb import Climb
from .verification import LEAVES, Verification

TIED = 1e-9
"""Final losses that differ by no more than this share of the fall are equal ..."""
LAST_PLACES = 4
"""... as are those that differ by so many units in the last place."""
CLEARLY = 1.2
"""A swept rate is taken only where it leaves so many times less than every rule's, or arrives so many times sooner."""


def worth_using(tried: Iterable[Verification], spec: Climb) -> list[Verification]:
    """Return those that train; where others fall without bound, only those of them that converged."""
    tried = list(tried)
    trained = [one for one in tried if one.trains]
    if _lost(tried, spec) is None:
        return trained
    return [one for one in trained if set(one.outcomes) == {"converged"}]


def best(trained: Sequence[Verification], dtype: str) -> Verification | None:
    """Return the one with the lowest final loss, of equal ones that which arrives first; None where there is none."""
    if not trained:
        return None
    lowest = min(trained, key=lambda one: one.final)
    return min((one for one in trained if is_tied(one, lowest, dtype)), key=lambda one: (_steps(one), one.lr))


def is_tied(one: Verification, other: Verification, dtype: str) -> bool:
    """Return whether two final losses are the same but for rounding."""
    fall = max(other.start - other.final, one.start - one.final)
    last_place = float(np.finfo(dtype).eps) * max(abs(one.final), abs(other.final))
    return abs(one.final - other.final) <= TIED * fall + LAST_PLACES * last_place


def refined(rate: float, tried: Sequence[float]) -> list[float]:
    """Return rates on either side of one, half-way to the next that was tried, in equal ratios.

    >>> refined(0.1, [0.001, 0.1, 0.4])
    [0.01, 0.2]
    """
    below, above = (one for one in tried if one < rate), (one for one in tried if one > rate)
    beside = (max(below, default=rate), min(above, default=rate))
    halves = [math.sqrt(rate) * math.sqrt(one) for one in beside if one != rate]
    return [float(f"{one:.12g}") for one in halves][:REFINED]


def chosen_row(
    rules: Sequence[dict[str, Any]], swept: dict[str, Any], proofs: dict[float, Verification], spec: Climb
) -> dict[str, Any] | None:
    """Return the row of the rate to use: a rule's where the sweep found nothing clearly better; None if none fits."""
    rows = {one["lr"]: one for one in reversed(rules)}
    fitting = worth_using(proofs.values(), spec)
    found = best([one for one in fitting if one.lr in rows], spec.dtype)
    other = next((one for one in fitting if one.lr == swept["lr"]), None)
    if found is None:
        return None if other is None else swept
    return swept if other is not None and _clearly(other, found, spec) else rows[found.lr]


def _clearly(new: Verification, old: Verification, spec: Climb) -> bool:
    """Return whether one leaves clearly less of the loss than another, or arrives clearly sooner at the same."""
    if is_tied(new, old, spec.dtype):
        return _steps(old) > CLEARLY * _steps(new)
    lowest = smallest_loss(spec.problem)
    left = 0.0 if math.isnan(lowest) else new.final - lowest
    return old.final - new.final > (CLEARLY - 1) * left


def because(
    row: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    proofs: dict[float, Verification],
    limit: dict[str, Any] | None,
    dtype: str,
) -> str:
    """Return why a row's rate is recommended, with its own numbers."""
    one = proofs[row["lr"]]
    found = f"{number(one.lr, 3)} ({row['title']}, {row['what']}): {one.steps} updates with it took the loss "
    found += f"from {distinct(one.start, one.final)} to {distinct(one.final, one.start)}"
    rates = {other["lr"]: other["name"] for other in rows if other["lr"] in proofs and other["lr"] != one.lr}
    others = {name: proofs[rate] for rate, name in rates.items() if proofs[rate].trains}
    swept = others.pop("sweep", None)
    text = f"{found}{_beside(one, list(others.values()), dtype)}."
    if swept is not None and not is_tied(one, swept, dtype) and swept.final < one.final:
        text += f" A sweep found hardly less: {number(swept.final, 3)} at lr {number(swept.lr, 3)}."
    if limit is not None and one.lr < limit["value"] < math.inf:
        share = number(one.lr / limit["value"], 2)
        text += f" It is {share} of the stability limit {number(limit['value'], 3)}."
    return text


def _beside(one: Verification, others: Sequence[Verification], dtype: str) -> str:
    """Return how a rate compares with the others that train, as the end of a sentence."""
    if not others:
        return "; no other suggestion trains"
    equal = [other for other in others if is_tied(one, other, dtype)]
    if not equal:
        many = f"any of the {len(others)} other suggestions that train" if len(others) > 1 else "the other that trains"
        return f", lower than {many}"
    soonest = "" if one.arrives is None else f", but none is there before its {step_count(one.arrives)}"
    if len(others) == 1:
        return f". The other that trains ends as low{soonest}"
    return f". Of {len(others)} others that train {len(equal)} end{'s' if len(equal) == 1 else ''} as low{soonest}"


def none_trains(proofs: Iterable[Verification], spec: Climb) -> str:
    """Return why no rate is recommended, and what can be done about it."""
    tried = sorted(proofs, key=lambda one: one.lr)
    if not tried:
        return "No rate was tried, so none is recommended."
    if not math.isfinite(tried[0].start):
        return "The loss is not a finite number at the start, whatever the rate. Choose another start."
    lowest = min(tried, key=lambda one: (math.isnan(one.final), one.final))
    lost = _lost(tried, spec)
    if lost is not None:
        there = f"with lr {number(lost.lr, 3)} it ended at {number(lost.final, 3)}"
        return f"The loss falls without bound: {there}. There is no minimum that way, so no rate is recommended."
    rates = f"the {len(tried)} rates that were tried, from {number(tried[0].lr, 3)} to {number(tried[-1].lr, 3)}"
    low = number(spec.lr_from)
    if all(LEAVES.intersection(one.outcomes) for one in tried if one.lr >= spec.lr_from):
        return f"None of {rates}, trains: from {low} on the loss grew with every one. Choose an lr_from below {low}."
    text = f"None of {rates}, trains with every seed" if spec.seeds > 1 else f"None of {rates}, trains"
    if lowest.final < lowest.start:
        text += f": with {number(lowest.lr, 3)} the loss fell most, from {number(lowest.start, 3)}"
        text += f" to {number(lowest.final, 3)}" if number(lowest.start, 3) != number(lowest.final, 3) else " by little"
    else:
        text += f": the loss did not fall below {number(lowest.start, 3)} with any"
    higher = lowest.lr == tried[-1].lr
    instead = f"Choose an lr_to above {number(spec.lr_to)}." if higher else "Try another start, or more rates."
    return f"{text}. {instead}"


def none_recommended(why: str) -> dict[str, Any]:
    """Return that no rate is recommended, and why."""
    return {"lr": None, "rule": None, "because": why}


def _steps(one: Verification) -> float:
    return math.inf if one.arrives is None else one.arrives


def _lost(tried: Iterable[Verification], spec: Climb) -> Verification | None:
    """Return what fell farthest, where it left for good and no smallest loss is known: there may be none."""
    fell = [one for one in tried if one.final < one.start]
    lowest = min(fell, key=lambda one: one.final, default=None)
    if lowest is None or LEAVES.isdisjoint(lowest.outcomes) or not math.isnan(smallest_loss(spec.problem)):
        return None
    return lowest

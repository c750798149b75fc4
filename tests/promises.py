"""Everything a diagnosis promises that is a number, and whether it comes true when it is done."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from diagnosing import NUMBER, Diagnosis, changed, diagnosis_of, numbers_in
from pydantic import ValidationError

LONGEST, LONGEST_TRAINING = 20_000, 2_000
"""Steps on a surface, and of a network, that are run to see whether a promise holds; what is further away is not."""
SOONEST, LATEST = 1 / 3, 1.5
"""A number of steps holds where the run takes between so many times as many."""
SLACK = 3
"""And steps by which it may be wrong in any case."""
LONGEST_COUNT = 130_000
"""Steps that are run to see whether a run takes as many as was said."""
LONGER = 10
"""A smaller rate settles lower, but later: it is given so many times as many steps."""
DOWN = ("diverged", "growing")


class Promise(NamedTuple):
    """Something that was said and can be tried."""

    name: str
    kept: bool
    found: Diagnosis
    what: str
    """What was said and what came of it."""


def promises(found: Diagnosis) -> Iterator[Promise]:
    """Yield every promise of a diagnosis, tried."""
    for note in found.notes:
        for advice in note["advice"]:
            yield from _of_advice(found, note, advice)
        yield from _of_values(found, note)
    yield from _of_text(found)


def _of_advice(found: Diagnosis, note: dict[str, Any], advice: dict[str, Any]) -> Iterator[Promise]:
    kind = advice["promise"]
    if kind is None or (advice["field"] == "steps" and advice["value"] > longest(found)):
        return
    new = changed(found.spec, advice["field"], advice["value"])
    if kind == "lower":
        new["steps"] *= LONGER
    try:
        again = diagnosis_of(new)
    except ValidationError:
        yield Promise(f"{note['kind']} {advice['field']} {kind}", False, found, f"{advice} is refused")
        return
    kept = KEPT[kind](found, again)
    what = f"{advice['field']} = {advice['value']}: {kind}; {again.kind}, {found.loss[-1]:.4g} -> {again.loss[-1]:.4g}"
    yield Promise(f"{note['kind']} {advice['field']} {kind}", kept, found, what)


def height(one: Diagnosis) -> float:
    """Return the loss of a network, of all its examples where they were measured; of a surface the last loss."""
    if "train_loss" in one.columns:
        known = one.columns["train_loss"].astype(float)
        known = known[np.isfinite(known)]
        return float(known[-1]) if len(known) else math.inf
    return float(one.loss[-1])


def stable(before: Diagnosis, after: Diagnosis) -> bool:
    return after.kind not in DOWN and after.outcome["exploded"] is None


def converges(before: Diagnosis, after: Diagnosis) -> bool:
    return after.kind == "converged"


def faster(before: Diagnosis, after: Diagnosis) -> bool:
    if before.kind == after.kind == "converged":
        assert before.step is not None
        assert after.step is not None
        return after.step <= before.step
    return after.kind == "converged" or (after.kind not in DOWN and height(after) < height(before))


def lower(before: Diagnosis, after: Diagnosis) -> bool:
    late = [one.loss[len(one.loss) // 2 :].mean() for one in (before, after)]
    return after.kind not in DOWN and late[1] < late[0]


def leaves(before: Diagnosis, after: Diagnosis) -> bool:
    return height(after) < height(before) or after.kind == "diverged"


KEPT = {"stable": stable, "converges": converges, "faster": faster, "lower": lower, "leaves": leaves}


def longest(found: Diagnosis) -> int:
    return LONGEST_TRAINING if found.spec["problem"]["kind"] == "network" else LONGEST


def longer(found: Diagnosis, steps: float) -> Diagnosis:
    """Return what comes of a run that goes on to so many steps, its schedule as it was."""
    return diagnosis_of(found.spec | {"steps": int(steps)})


def _of_values(found: Diagnosis, note: dict[str, Any]) -> Iterator[Promise]:
    steps = found.spec["steps"]
    for name, value in note["values"].items():
        tried = TRIED.get(name)
        most = LONGEST_COUNT if name == "more_steps" else longest(found)
        if tried is None or not isinstance(value, int | float) or steps + LATEST * value > most:
            continue
        kept, what = tried(found, value)
        yield Promise(f"{note['kind']} {name}", kept, found, f"{name} = {value:.4g}: {what}")


def _more_steps(found: Diagnosis, more: float) -> tuple[bool, str]:
    steps = found.spec["steps"]
    end = longer(found, steps + LATEST * more + SLACK)
    if end.kind != "converged":
        return False, f"{end.kind} at {len(end.loss) - 1}"
    assert end.step is not None
    took = end.step - steps
    return SOONEST * more - SLACK <= took <= LATEST * more + SLACK, f"took {took}"


def _least_steps(found: Diagnosis, least: float) -> tuple[bool, str]:
    steps = found.spec["steps"]
    end = longer(found, steps + 0.9 * least)
    return end.kind != "converged" or end.step >= steps + 0.9 * least - SLACK, f"{end.kind} {end.step}"


def _explodes_at(found: Diagnosis, step: float) -> tuple[bool, str]:
    exploded = longer(found, 1.1 * step + SLACK).outcome["exploded"]
    return exploded is not None and abs(exploded - step) <= 0.1 * step + SLACK, f"exploded at {exploded}"


def _halving_steps(found: Diagnosis, steps: float) -> tuple[bool, str]:
    end = longer(found, found.spec["steps"] + steps)
    left = height(end) / height(found)
    return 0.3 <= left <= 0.7, f"leaves {left:.3g}"


def _escape_lr(found: Diagnosis, lr: float) -> tuple[bool, str]:
    near = changed(found.spec, "run.start", (found.points[-1] + 1e-4).tolist()) | {"steps": 500}
    end = diagnosis_of(changed(near, "run.optimizer.lr", 0.97 * lr))
    away = float(np.linalg.norm(end.points[-1] - found.points[-1]))
    return away < 1e-2, f"ended {away:.3g} away"


TRIED = {
    "more_steps": _more_steps,
    "least_steps": _least_steps,
    "explodes_at": _explodes_at,
    "halving_steps": _halving_steps,
    "escape_lr": _escape_lr,
}
"""How a number of a note is tried."""
HELD = rf"[Bb]elow (?:lr |the limit )?({NUMBER})[^.:]*(?:held|hold)"
TRY = rf"(?:[Tt]ry|[Ss]tart again with) ({NUMBER})"


def _of_text(found: Diagnosis) -> Iterator[Promise]:
    """Yield what sentences say would have held, and the rate that goes with them."""
    for pattern, share, name in ((HELD, 0.97, "held below"), (TRY, 1.0, "try")):
        for value in {numbers_in(one)[0] for one in re.findall(pattern, found.said)}:
            again = diagnosis_of(changed(found.spec, "run.optimizer.lr", share * value))
            yield Promise(f"text {name}", stable(found, again), found, f"lr {share * value:.4g}: {again.kind}")
    safe = found.evidence["safe_lr"]
    rises = found.loss[-1] > found.loss[0]  # No rate is safe where the loss falls without end.
    if found.kind in DOWN and rises and isinstance(safe, float) and safe > 0:
        again = diagnosis_of(changed(found.spec, "run.optimizer.lr", safe))
        yield Promise("evidence.safe_lr", stable(found, again), found, f"lr {safe:.4g}: {again.kind}")

"""What became of the runs of an experiment, value by value: final loss, steps to a target, and which value is best."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.thresholds import EXPLOSION, SMALLEST_LOSS, TOLERANCE
from slalom.unexpected import attempt
from slalom.wire.frames import Block, steps_of

NO_ENTRY = -1
"""Stands for "not yet" where a step is kept as an integer."""
SHARE, SHARE_OF_TRAINING = 0.999, 0.9
"""Where f* is unknown the target is so far on the way from the start to the lowest final loss."""
ALIKE_LIMITS = 0.01
"""Stability limits of runs that differ relatively by no more are one limit."""

Blocks = Callable[[], Iterable[Block]]
"""Returns the stored blocks of an experiment from the first on, every time it is asked."""


class Courses(NamedTuple):
    """What was read of all runs, arrays of shape (runs,)."""

    start: np.ndarray
    """The loss at entry 0, nan before there is one."""
    final: np.ndarray
    """The loss at the last entry so far."""
    entries: np.ndarray
    """How many there are."""


class SweepTarget(NamedTuple):
    """A loss, and why this one."""

    loss: float
    because: str


def summarize(
    spec: Comparison, blocks: Blocks, outcomes: Sequence[dict[str, Any]] | None, target: float | None = None
) -> dict[str, Any]:
    """Return the summary of a comparison, as GET /api/experiments/{id}/sweep gives it.

    ``target`` is the loss to reach; a sensible one is chosen if it is not given. The loss of a network is that over
    its training examples, where it was measured.
    """
    lanes = spec.lanes()
    courses = read_columns(spec, blocks())
    never = np.full(len(lanes), NO_ENTRY)
    doubts: list[str] = []
    aim = None if target is None else SweepTarget(target, "as asked")
    if target is None and any(lane.maximizes for lane in lanes):
        doubts.append("No target is chosen, and no value is called best, where runs maximize.")
    elif target is None:
        aim = attempt("Which loss to reach", lambda: chosen_target(spec, lanes, courses), doubts.append)
    steps = never
    if aim:
        loss = aim.loss
        steps = attempt(
            "When runs reach it", lambda: reached(spec, blocks(), loss), lambda why: doubts.append(why) or never
        )
    runs = [
        _run(i, lane, courses, _or_none(steps[i]), outcomes[i] if outcomes else None) for i, lane in enumerate(lanes)
    ]
    values = [_value(runs[i : i + spec.seeds], lanes[i].maximizes) for i in range(0, len(runs), spec.seeds)]
    limits = [_limit(run, runs) for run in _constant(spec)]
    best = None if any(lane.maximizes for lane in lanes) else _best(values)
    return {
        "field": _only_field(spec),
        "fields": [vary.field for vary in spec.vary],
        "target": aim.loss if aim else None,
        "target_because": " ".join([aim.because if aim else "", *doubts]).strip(),
        "limits": limits,
        "runs": runs,
        "values": values,
        "best": best
        and best | {"because": attempt("Which value is best", lambda: told(spec, values, best, aim, limits), str)},
    }


# Reading


def read_columns(spec: Comparison, blocks: Iterable[Block]) -> Courses:
    """Return where every run began, and how far it has come."""
    count = spec.lane_count
    courses = Courses(np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, int))
    for block in blocks:
        runs, (batch, loss) = np.array(block.runs), _losses(block)
        if block.step == 0:
            courses.start[runs] = loss[:, 0]
        courses.final[runs] = np.where(np.isfinite(batch[:, -1]), loss[:, -1], batch[:, -1])
        courses.entries[runs] = steps_of(block)[:, -1] + 1
    return courses


def reached(spec: Comparison, blocks: Iterable[Block], target: float) -> np.ndarray:
    """Return the first step at which the loss of each run is at most ``target``, NEVER where it is not: (runs,).

    Of runs that maximize: at least. What is measured only now and then is taken to change evenly from one measurement
    to the next.
    """
    steps = np.full(spec.lane_count, NO_ENTRY)
    held, since = np.full(spec.lane_count, np.nan), np.zeros(spec.lane_count)
    signs = np.array([-1.0 if lane.maximizes else 1.0 for lane in spec.lanes()])
    for block in blocks:
        runs, (batch, loss) = np.array(block.runs), _losses(block)
        exact, loss, aims = loss is batch, signs[runs, None] * loss, signs[runs] * target
        there = (loss <= aims[:, None]) & np.isfinite(batch)
        fresh = np.flatnonzero(there.any(axis=1) & (steps[runs] == NO_ENTRY))
        known, entries = np.concatenate([held[runs, None], loss], axis=1), steps_of(block)
        measured = _measured_at(known, entries, since[runs])
        for run in fresh:
            now = int(there[run].argmax())
            two = slice(now, now + 2)
            exactly = entries[run, now]
            steps[runs[run]] = exactly if exact else _crossing(known[run, two], measured[run, two], aims[run])
        held[runs], since[runs] = known[:, -1], measured[:, -1]
        if (steps != NO_ENTRY).all():
            break
    return steps


def _measured_at(known: np.ndarray, entries: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Return at which step each loss was measured, which is held until the next one, (runs, n + 1).

    The first of ``known``, of the same shape, is held from the blocks before, where it was measured at ``since``.
    """
    fresh = np.where(known[:, 1:] != known[:, :-1], entries, since[:, None])
    return np.maximum.accumulate(np.concatenate([since[:, None], fresh], axis=1), axis=1)


def _crossing(losses: np.ndarray, steps: np.ndarray, target: float) -> int:
    """Return when a loss passed the target between two measurements."""
    share = (losses[0] - target) / (losses[0] - losses[1]) if losses[0] > target else 1.0
    return math.ceil(steps[0] + share * (steps[1] - steps[0]) - 1e-9)


def _losses(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of every update, and that over all examples, which networks measure now and then: (runs, n)."""
    batch = block.data[block.columns.index("loss")]
    whole = "train_loss"
    return batch, block.data[block.columns.index(whole)] if whole in block.columns else batch


# The target


def chosen_target(spec: Comparison, lanes: Sequence[Lane], courses: Courses) -> SweepTarget | None:
    """Return a loss worth reaching: close to the minimum where that is known, else far on the way to the lowest end."""
    starts = courses.start[np.isfinite(courses.start)]
    if not len(starts):
        return None
    start = float(np.median(starts))
    best = {lane.problem.best for lane in lanes}
    floor = best.pop() if len(best) == 1 else None
    if floor is not None:
        room = TOLERANCE * max(1.0, start - floor)
        return SweepTarget(floor + room, f"{number(room, 3)} above the minimum, {number(floor, 3)}")
    share = SHARE_OF_TRAINING if spec.problem.is_network else SHARE
    finals = np.where(np.isfinite(courses.final), courses.final, math.inf).reshape(-1, spec.seeds)
    lowest = min(start, float(np.median(finals, axis=1).min()))
    ends = f"from the start ({number(start, 3)}) to the lowest final loss ({number(lowest, 3)})"
    way = f"{number(100 * share)} % of the way {ends}"
    return SweepTarget(start - share * (start - lowest), way)


# Runs and values


def _run(i: int, lane: Lane, courses: Courses, to_target: int | None, outcome: dict[str, Any] | None) -> dict[str, Any]:
    begun = bool(courses.entries[i])
    return {
        "run": i,
        "index": lane.index,
        "value": lane.value,
        "seed": lane.seed,
        "start": float(courses.start[i]) if begun else None,
        "final": float(courses.final[i]) if begun else None,
        "entries": int(courses.entries[i]),
        "to_target": to_target,
        "outcome": outcome,
    }


def _value(runs: Sequence[dict[str, Any]], maximizes: bool) -> dict[str, Any]:
    """Return what the seeds of one value have in common; a loss that is not a number counts as infinite."""
    finals = [_loss(run["final"]) for run in runs if run["final"] is not None]
    steps = [math.inf if run["to_target"] is None else run["to_target"] for run in runs]
    middle = float(np.median(steps))
    return {
        "index": runs[0]["index"],
        "value": runs[0]["value"],
        "runs": [run["run"] for run in runs],
        "final": float(np.median(finals)) if finals else None,
        "final_low": min(finals, default=None),
        "final_high": max(finals, default=None),
        "to_target": middle if math.isfinite(middle) else None,
        "to_target_low": min((step for step in steps if math.isfinite(step)), default=None),
        "to_target_high": max(steps) if math.isfinite(max(steps)) else None,
        "reached": sum(math.isfinite(step) for step in steps),
        "diverged": sum(_diverged(run, maximizes) for run in runs),
    }


def _diverged(run: dict[str, Any], maximizes: bool) -> bool:
    """Return whether a run has diverged; one that is not judged yet, and minimizes, has if its loss is far above its
    start.
    """
    if run["outcome"] is not None:
        return run["outcome"]["kind"] == "diverged"
    start, final = run["start"], run["final"]
    return final is not None and not maximizes and not final - start <= EXPLOSION * max(abs(start), SMALLEST_LOSS)


def _loss(final: float) -> float:
    return math.inf if math.isnan(final) else final


def _or_none(step: int) -> int | None:
    return None if step == NO_ENTRY else int(step)


def _constant(spec: Comparison) -> list[int | None]:
    """Return the positions of the listed runs, None for those whose rate is not the same in every update."""
    return [
        i if run.schedule.kind == "constant" and not run.schedule.warmup else None for i, run in enumerate(spec.runs)
    ]


def _limit(index: int | None, runs: Sequence[dict[str, Any]]) -> float | None:
    """Return the stability limit that a listed run has at every value, None where it is not known or not one."""
    told = [run["outcome"]["evidence"]["limit"] for run in runs if run["index"] == index and run["outcome"]]
    limits = [limit for limit in told if isinstance(limit, int | float)]
    alike = bool(limits) and max(limits) - min(limits) <= ALIKE_LIMITS * min(limits)
    return float(np.median(limits)) if alike else None


# Which is best


def _best(values: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the value that reaches the target first, else the one that ends lowest."""
    good = [one for one in values if not one["diverged"] and one["final"] is not None]
    if not good:
        return None
    best = min(good, key=lambda one: (_steps(one), one["final"]))
    return {name: best[name] for name in ("index", "value", "runs", "final", "to_target")}


def _steps(value: dict[str, Any]) -> float:
    """Return how long a value takes, inf where half of its seeds or more do not arrive."""
    return math.inf if value["to_target"] is None else value["to_target"]


def told(
    spec: Comparison,
    values: Sequence[dict[str, Any]],
    best: dict[str, Any],
    aim: SweepTarget | None,
    limits: Sequence[float | None],
) -> str:
    """Return in words which value is best, with its numbers, and where the others fail."""
    own = next(one for one in values if one["runs"] == best["runs"])
    mine = [one for one in values if one["index"] == best["index"]]
    sentences = (_praise(spec, own, len(values), aim), _at_the_edge(own, mine), _failing(spec, mine, limits))
    return " ".join(filter(None, sentences))


def _praise(spec: Comparison, best: dict[str, Any], count: int, aim: SweepTarget | None) -> str:
    name, end = _named(spec, best), best["final"]
    of = f" of {count:,} values" if count > 1 else ""
    if len(spec.runs) > 1 and spec.vary:
        of = f" of {len(spec.runs)} runs with {count // len(spec.runs):,} values each"
    goal = aim.loss if aim else end
    digits = 3 if number(end, 3) != number(goal, 3) else 6
    if math.isfinite(_steps(best)):
        steps = f"{_steps(best):,.1f}".removesuffix(".0")
        some = f" with {best['reached']} of {spec.seeds} seeds" if best["reached"] < spec.seeds else ""
        reach = f"it reaches a loss of {number(goal, digits)} after {steps} steps{some}"
        return f"{name} is best{of}: {reach}, and ends at {number(end, 3)}."
    seeds = " with every seed" if spec.seeds > 1 else ""
    return (
        f"{name} ends lowest{of}, at a loss of {number(end, digits)}; no value reaches {number(goal, digits)}{seeds}."
    )


def _at_the_edge(best: dict[str, Any], values: Sequence[dict[str, Any]]) -> str:
    numbers = sorted({one["value"] for one in values if _is_number(one["value"])})
    if len(numbers) < 3 or best["value"] not in (numbers[0], numbers[-1]):
        return ""
    word = "largest" if best["value"] == numbers[-1] else "smallest"
    return f"It is the {word} value tried: {'larger' if word == 'largest' else 'smaller'} ones may be better."


def _failing(spec: Comparison, values: Sequence[dict[str, Any]], limits: Sequence[float | None]) -> str:
    """Return for which values runs diverge, and what the theory says of it."""
    bad = [one for one in values if one["diverged"]]
    if not bad:
        return ""
    numbers = [one["value"] for one in values if _is_number(one["value"])]
    worst = [one["value"] for one in bad]
    above = len(numbers) == len(values) and min(worst) > max((v for v in numbers if v not in worst), default=-math.inf)
    runs = "runs" if all(one["diverged"] == len(one["runs"]) for one in bad) else "some runs"
    which = f"From {_words(min(worst))} on {runs} diverge" if above else f"With {len(bad):,} of them {runs} diverge"
    limit = limits[bad[0]["index"]] if _only_field(spec) == "run.optimizer.lr" else None
    return f"{which}; the stability limit is {number(limit, 3)}." if limit else f"{which}."


def _named(spec: Comparison, value: dict[str, Any]) -> str:
    """Return a value with the name of its field, and of its run where several are listed."""
    run = spec.runs[value["index"]]
    twins = [one.label or one.optimizer.kind for one in spec.runs].count(run.label or run.optimizer.kind) > 1
    called = (
        f"run {value['index'] + 1} ({run.label or run.optimizer.kind})" if twins else run.label or run.optimizer.kind
    )
    base = [called] if len(spec.runs) > 1 or not spec.vary else []
    if not spec.vary:
        return base[0]
    values = value["value"] if len(spec.vary) > 1 else [value["value"]]
    told = (_with_value(vary.field, one) for vary, one in zip(spec.vary, values, strict=True))
    return ", ".join([*base, *told])


def _with_value(field: str, value: Any) -> str:
    given = "all" if value is None and field == "run.batch_size" else _words(value)
    return f"{field_name(field)} = {given}"


def _only_field(spec: Comparison) -> str | None:
    """Return which field varies; None where none does, or several do."""
    return spec.vary[0].field if len(spec.vary) == 1 else None


def field_name(field: str) -> str:
    """Return what a field is called: the last name of its path.

    >>> field_name("run.optimizer.weight_decay"), field_name("run.start.0"), field_name("seed")
    ('weight decay', 'start 0', 'seed')
    """
    *_, before, last = ("", *field.split("."))
    return (f"{before} {last}" if last.isdigit() else last).replace("_", " ")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("kind", value))
    return number(value) if _is_number(value) else "none" if value is None else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What can be said of a loop from its log: the outcome and the sentences of every run, and what the log adds to them.

Between two entries of a log lie others, which are taken to be on a straight line; what happened there is told of the
second, since nobody has seen it before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.experiments.recorded import OtherRule, RecordedLoop, RecordedRun
from slalom.catalogue.optimizers import OPTIMIZERS, Optimizer
from slalom.engine.diagnosis.detector import Detection
from slalom.engine.diagnosis.event_sentences import sentence
from slalom.engine.lockstep.interfaces import Event
from slalom.errors import SpecError
from slalom.watch.trace import LoopEntry, LoopTrace

from .reading import FinishedLog, Series, loss_of, read_log

LONGEST_LOG = 2_000_000
"""Updates of a log that is read."""
AT_ONCE = 4096
"""Entries that are judged at a time."""
OVERFITS = 1.02
"""A validation loss that many times above its lowest, while the loss fell, is that of a model that learns by heart."""


class LogExplanation(NamedTuple):
    """What a log says."""

    kind: str
    """What sort of file it is."""
    read: tuple[str, ...]
    """Which columns were taken for what."""
    updates: int
    """How many updates it covers."""
    outcome: Outcome
    events: tuple[Event, ...]
    unit: str
    """What they are, where the log counts something else: ``epochs`` or ``rows``."""
    remarks: tuple[str, ...]
    """What else there is to say."""

    @property
    def text(self) -> str:
        """All of it, in lines."""
        head = f"{self.kind[:1].upper()}{self.kind[1:]}: {', '.join(self.read)}; {self.updates:,} {self.unit}."
        told = [f"  {event.sentence}" for event in self.events]
        return "\n".join([head, *told, f"{self.outcome.kind}: {self.outcome.because}", *self.remarks])


def explain_log(path: Path, *, loss: str | None = None, optimizer: str | None = None) -> LogExplanation:
    """Return what can be said of a loop from its log; ``optimizer`` is the kind of its rule, as the catalogue has it.

    Raises SpecError where the file is no log that can be read, or has no loss, and OSError where it cannot be opened.
    """
    log = read_log(path)
    name, losses = loss_of(log, path, loss)
    rates, norms = log.find("lr"), log.find("grad_norm")
    steps = _steps(losses, path)
    lr = _filled(rates[1], len(steps), hold=True) if rates else np.full(len(steps), math.nan)
    rule = _rule(optimizer, float(lr[np.isfinite(lr)][0]) if np.isfinite(lr).any() else 0.0)
    trace = LoopTrace(_spec(path, rule, len(steps)), [rule], noisy=True)
    columns = _filled(losses, len(steps)), lr, _filled(norms[1], len(steps)) if norms else lr * math.nan
    events = _judged(trace, *columns, losses)
    read = [f"loss {name}", *(f"{what} {one[0]}" for what, one in (("rate", rates), ("gradient norm", norms)) if one)]
    remarks = (
        *log.remarks,
        *_others(log, name, loss),
        *_gaps(losses),
        *_overfitting(log, losses),
        *_broken(norms),
        *_unknown(rates, norms),
    )
    count = len(steps) - 1 if log.unit == "updates" else len(losses.steps)
    return LogExplanation(log.kind, tuple(read), count, trace.outcome(), tuple(events), log.unit, remarks)


def _judged(trace: LoopTrace, losses: np.ndarray, rates: np.ndarray, norms: np.ndarray, logged: Series) -> list[Event]:
    """Let a trace judge all entries; return what happened in them, at steps that the log has, in its numbers."""
    events: list[Event] = []
    nothing: dict[str, float] = {}
    for start in range(0, len(losses), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows = zip(losses[part].tolist(), rates[part].tolist(), norms[part].tolist(), strict=True)
        events += trace.take([LoopEntry(loss, (lr,), norm, norm, nothing) for loss, lr, norm in rows]).events
        if trace.ended:
            break
    events += trace.finish()
    trace.move_to(logged.steps)
    return [_as_logged(event, logged) for event in events]


def _as_logged(event: Event, logged: Series) -> Event:
    """Return an event between two entries of a log as one at the second, which shows it."""
    place = int(np.searchsorted(logged.steps, event.step))
    if event.kind not in ("first_rise", "exploded") or not 0 < place < len(logged.steps):
        return event
    step, loss, before = int(logged.steps[place]), float(logged.values[place]), float(logged.values[place - 1])
    said = sentence(Detection(event.kind, 0, step, loss, before, math.nan, math.nan))
    return event._replace(step=step, sentence=said)


def _spec(path: Path, rule: Optimizer, entries: int) -> RecordedLoop:
    return RecordedLoop.model_validate(
        {
            "problem": {"kind": "recorded", "name": path.name[:200], "smoothed": True},
            "runs": [RecordedRun.model_validate({"optimizer": rule})],
            "steps": max(1, entries - 1),
            "dtype": "float64",
        }
    )


def _rule(kind: str | None, lr: float) -> Optimizer:
    if kind is None:
        return OtherRule(name="the optimizer", lr=max(0.0, lr))
    kinds: dict[str, Callable[..., Any]] = {one.model_fields["kind"].default: one for one in OPTIMIZERS}
    if kind not in kinds:
        raise SpecError(f"There is no optimizer {kind!r}. Take one of {', '.join(kinds)}.", ("optimizer",))
    return kinds[kind](lr=max(0.0, lr))


def _steps(losses: Series, path: Path) -> np.ndarray:
    """Return every update from 0 to the last one of a log."""
    last = int(losses.steps[-1])
    if last > LONGEST_LOG:
        raise SpecError(f"{path.name} goes to step {last:,}; at most {LONGEST_LOG:,} are read. Leave some out.")
    return np.arange(last + 1)


def _filled(series: Series, entries: int, hold: bool = False) -> np.ndarray:
    """Return a column at every update: between two values that are finite along a line, or held, else the former."""
    steps, values = series.steps, series.values
    good = np.isfinite(values)
    every = np.arange(entries)
    if not good.any():
        found = np.full(entries, math.nan)
    elif hold:
        found = values[good][np.maximum(np.searchsorted(steps[good], every, "right") - 1, 0)]
    else:
        found = np.interp(every, steps[good], values[good])
    bad = steps[~good].astype(int)
    for step in bad[:1]:  # The way to the first value that is not finite is no line.
        before = np.flatnonzero(good & (steps < step))
        if len(before):
            found[int(steps[before[-1]]) : step] = values[before[-1]]
    inside = bad < entries
    found[bad[inside]] = values[~good][inside]
    return found


def _others(log: FinishedLog, name: str, wanted: str | None) -> list[str]:
    """Say that there are other losses that might be the one."""
    others = [] if wanted is not None else log.rivals(name)
    if not others:
        return []
    return [f"The log has other losses, too: {', '.join(others[:10])}. Choose with --loss COLUMN."]


def _gaps(losses: Series) -> list[str]:
    """Say how far apart the entries of a log are."""
    apart = np.diff(losses.steps)
    if not len(apart) or apart.max() <= 1:
        return []
    every = number(max(2.0, float(np.median(apart))))
    return [f"The log has about one in {every} steps: what happened between two of them is not known."]


def _overfitting(log: FinishedLog, losses: Series) -> list[str]:
    """Say that the validation loss rises while the loss falls."""
    found = log.find("val_loss")
    if found is None:
        return []
    name, series = found
    good = np.isfinite(series.values)
    steps, values = series.steps[good], series.values[good]
    if len(values) < 3:
        return []
    low = int(values.argmin())
    since = losses.values[losses.steps >= steps[low]]
    since = since[np.isfinite(since)]
    if values[-1] <= OVERFITS * values[low] or values[low] <= 0 or len(since) < 2 or since[-1] >= since[0]:
        return []
    lowest, last = number(float(values[low]), 3), number(float(values[-1]), 3)
    where = f"at step {int(steps[low]):,}"
    return [f"{name} was lowest {where}, {lowest}; it is {last} now, while the loss fell: from there on it overfits."]


def _broken(norms: tuple[str, Series] | None) -> list[str]:
    """Say from when on the gradient is not finite: some trainers log a loss of 0 then."""
    if norms is None:
        return []
    name, series = norms
    bad = ~np.isfinite(series.values)
    start = len(bad) - int(np.argmin(bad[::-1])) if not bad.all() else 0
    if len(bad) - start < 2:
        return []
    value = number(float(series.values[start]))
    return [
        f"From step {int(series.steps[start]):,} on {name} is {value}: no loss there is that of a model that trains."
    ]


def _unknown(rates: Any, norms: Any) -> list[str]:
    """Say what the log does not have, and what it would tell."""
    missing = [what for what, one in (("learning rate", rates), ("gradient norm", norms)) if one is None]
    said = [f"There is no {' and no '.join(missing)} in the log."] if missing else []
    return [*said, "It has no sharpness: slalom.watch measures that, and says which rate holds."]

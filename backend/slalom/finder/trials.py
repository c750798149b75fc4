"""Short trainings that begin at the same place: the climb of a range test, and runs that hold a rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.optim import Optimizer

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.thresholds import EXPLOSION, NOISY_START, SMALLEST_LOSS
from slalom.engine.lockstep.snapshot import Snapshot
from slalom.engine.range_test.analysis import RangeCurve
from slalom.engine.range_test.suggestions import BLOWN, BLOWN_FINDER
from slalom.engine.range_test.verification import Held
from slalom.errors import SpecError

from .loop import Loop


class Rates:
    """The learning rates of an optimizer's groups, which keep their ratios to that of the first one that has any."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._groups = optimizer.param_groups
        given = [float(group["lr"]) for group in self._groups]
        if not any(given):  # A schedule that warms up may begin with none.
            given = [float(group.get("initial_lr", 0.0)) for group in self._groups]
        first = next((lr for lr in given if lr > 0), None)
        if first is None:
            raise SpecError(f"The learning rates of the groups are {given}: none is above 0. Give one that is.")
        self._ratios = [lr / first for lr in given]

    def of(self, rate: float) -> list[float]:
        """Return the rates of all groups where the first one has a rate."""
        return [rate * ratio for ratio in self._ratios]

    def set(self, rate: float) -> None:
        """Give the groups their rates."""
        for group, lr in zip(self._groups, self.of(rate), strict=True):
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr


class Trials(NamedTuple):
    """Short trainings that all begin at the same snapshot."""

    loop: Loop
    rates: Rates
    snapshot: Snapshot
    seed: int
    sample: list[Any]
    """Batches whose loss says what a rate was worth."""
    start: float
    """Their loss at the beginning."""
    seeds: int
    tell: Callable[[int], object]
    """Called with how many updates were made."""
    raised: list[Exception]
    """What the loop raised while rates were held."""

    def climb(self, curve: RangeCurve) -> None:
        """Fill in the losses of a curve, for every seed as far as a rule reads them."""
        for seed in range(self.seeds):
            batches = self._begin(seed)
            ended = _Ended()
            for step, rate in enumerate(curve.lr):
                curve.losses[step, seed] = loss = self._update(batches, float(rate))
                curve.length[seed] = step + 1
                if ended.now(loss):
                    break
            self.tell(curve.spec.steps)

    def hold(self, rates: Iterable[float], steps: int) -> list[Held]:
        """Train with each of some rates and every seed; what the loop raises is kept besides."""
        try:
            return [self._held(rate, steps) for rate in sorted(set(rates))]
        except Exception as error:
            self.raised.append(error)
            raise

    def _held(self, rate: float, steps: int) -> Held:
        seeds = self.seeds
        losses = np.full((steps + 1, seeds), np.nan)
        finals = np.full(seeds, np.nan)
        outcomes = []
        for seed in range(seeds):
            batches = self._begin(seed)
            for step in range(steps):
                losses[step, seed] = loss = self._update(batches, rate)
                if not math.isfinite(loss) or _exploded(losses[: step + 1, seed]) is not None:
                    break
            else:
                self._begin_random(seed)
                finals[seed] = losses[steps, seed] = self._evaluated()
            outcomes.append(judge(losses[:, seed], self.start, float(finals[seed])))
            self.tell(steps)
        starts = np.full(seeds, self.start)
        return Held(rate, starts, finals, losses, outcomes, np.zeros(seeds))

    def _begin(self, seed: int) -> Any:
        self.snapshot.restore()
        if not self.loop.model.training:
            self.loop.model.train()
        return self.loop.batches(self.seed + seed, self.snapshot)

    def _begin_random(self, seed: int) -> None:
        """Let dropout draw the same masks for every rate."""
        torch.manual_seed(self.seed + seed)

    def _update(self, batches: Any, rate: float) -> float:
        """Return the loss before an update; nan where the model cannot compute with what the last ones left of it."""
        self.rates.set(rate)
        try:
            return self.loop.update(batches)
        except (ValueError, RuntimeError, ArithmeticError):
            if self.loop.is_finite():
                raise
            return math.nan

    def _evaluated(self) -> float:
        try:
            return self.loop.evaluate(self.sample)
        except (ValueError, RuntimeError, ArithmeticError):
            if self.loop.is_finite():
                raise
            return math.nan


class _Ended:
    """Whether a climb has gone beyond where any published rule reads it: its losses have blown up by all of them."""

    def __init__(self) -> None:
        self._mean, self._slow, self._k = 0.0, math.nan, 0
        self._least = self._least_slow = math.inf

    def now(self, loss: float) -> bool:
        """Take in a loss; return whether that was the last one."""
        if not math.isfinite(loss):
            return True
        self._k += 1
        self._mean = 0.98 * self._mean + 0.02 * loss
        mean = self._mean / (1 - 0.98**self._k)
        self._slow = loss if self._k == 1 else 0.05 * loss + 0.95 * self._slow
        self._least, self._least_slow = min(self._least, mean), min(self._least_slow, self._slow)
        if self._least <= 0 or self._least_slow <= 0:
            return False  # The rules count such losses from the lowest one, which may be still to come.
        return mean > BLOWN * self._least and self._slow > BLOWN_FINDER * self._least_slow


def judge(losses: np.ndarray, start: float, final: float) -> Outcome:
    """Return what came of a run that held a rate: its losses, and that of the sample before and after."""
    broken = np.flatnonzero(np.isinf(losses) | np.isnan(losses))
    made = int(broken[0]) if len(broken) and not math.isfinite(final) else len(losses) - 1
    exploded = _exploded(losses)
    if exploded is not None and not final <= start:
        text = f"The loss of a batch was {number(losses[exploded], 3)} at update {exploded}, 1,000 times its start."
        return Outcome(kind="diverged", step=exploded, exploded=exploded, because=text)
    if not math.isfinite(final):
        text = f"The loss is not finite from update {made} on."
        return Outcome(kind="diverged", step=made, nonfinite=made, because=text)
    told = f"from {number(start, 3)} to {number(final, 3)} in {made:,} updates"
    last = losses[-max(NOISY_START, len(losses) // 3) :]
    half = len(last) // 2
    if final > start and np.median(last[half:]) > np.median(last[:half]):
        return Outcome(kind="growing", because=f"The loss rose {told}.")
    return Outcome(kind="unfinished", because=f"The loss went {told}.")


def _exploded(losses: np.ndarray) -> int | None:
    """Return the second of the first two updates in a row whose loss is 1,000 times above the start."""
    known = losses[np.isfinite(losses)]
    early = known[: min(NOISY_START, max(1, len(known) // 2))]
    if not len(early):
        return None
    reference = float(early.mean()) if len(known) > NOISY_START else float(early[0])
    above = losses - reference > EXPLOSION * max(abs(reference), SMALLEST_LOSS)
    pairs = np.flatnonzero(above[1:] & above[:-1])
    return int(pairs[0]) + 1 if len(pairs) else None

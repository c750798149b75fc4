"""find_lr: a climb of the learning rate on one's own model, what the published rules read off it, and short runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer

from slalom.catalogue.problems.base import Problem
from slalom.engine.lockstep.asides import aside
from slalom.engine.lockstep.snapshot import Snapshot, uninterrupted
from slalom.engine.range_test.analysis import RangeCurve
from slalom.errors import SpecError
from slalom.progress import progress_bar
from slalom.results.findings import RangeResult

from .loop import BatchLoss, BatchSource, Loop, LossFunction, check_loader, forward_of
from .trials import Rates, Trials

SWEPT = 5
"""Rates that are held besides those that rules suggest."""
USUALLY_HELD = 12
"""About how many rates are held: what the bar counts with."""
BELOW = 3.0
"""The sweep begins so many times below the lowest suggestion."""


class OwnLoss(Problem):
    """The loss of somebody's own model: nothing is known of it but what it was."""

    kind: Literal["own"] = "own"
    lowest: float | None = None
    """The smallest loss possible, where it is taken to be known."""

    @property
    def best(self) -> float | None:
        """The smallest loss possible: 0 of losses that were never below it."""
        return self.lowest


@dataclass
class OwnClimb:
    """The climb of somebody's own loop."""

    lr_from: float
    lr_to: float
    steps: int
    seeds: int
    dtype: str
    problem: Problem

    def rates(self) -> np.ndarray:
        """Return the learning rate of every update, shape (steps,)."""
        return np.geomspace(self.lr_from, self.lr_to, self.steps)

    def swept(self) -> list[float]:
        """Return the rates that are tried whatever the curve looks like: none."""
        return []


class OwnCurve(RangeCurve):
    """The losses of a climb on one's own model; what is swept lies where its suggestions are."""

    def _swept(self, suggested: Sequence[float]) -> list[float]:
        found = self._blow_up()
        high = self.spec.lr_to if found is None else found["lr"]
        low = min([*suggested, high]) / BELOW
        return np.geomspace(max(low, self.spec.lr_from), high, SWEPT).tolist() if low < high else []


def find_lr(
    model: nn.Module,
    optimizer: Optimizer,
    loader: BatchSource,
    loss: LossFunction | None = None,
    *,
    forward: BatchLoss | None = None,
    scheduler: Any = None,
    scaler: Any = None,
    autocast: torch.dtype | None = None,
    accumulate: int = 1,
    clip_norm: float | None = None,
    lr_from: float = 1e-7,
    lr_to: float = 10.0,
    steps: int = 200,
    verify_steps: int = 100,
    seeds: int = 3,
    seed: int = 0,
    sample: int = 4,
    progress: bool | None = None,
) -> RangeResult:
    """Return a learning rate for a model and its optimizer, with the reason, and leave both as they were.

    The rate climbs from ``lr_from`` to ``lr_to`` in ``steps`` updates, for several ``seeds`` (orders of batches, masks
    of dropout). Every published rule reads a rate off the curve; each of them, and some others around, is then held for
    ``verify_steps`` updates, and the one to use is that with the lowest loss on ``sample`` batches.

    ``found.lr`` is the rate of the first group whose rate is not 0; the others keep their ratios to it, as in
    ``found.group_lrs``. ``found.because`` says why, ``found.figure()`` shows it, ``found.apply(optimizer)`` sets it.

    ``loader``: a DataLoader, a list of batches, an iterable data set, or a function that returns an iterator. A batch
    ``(inputs, ..., targets)`` gives ``loss(model(*inputs), targets)``, a mapping ``loss(model(**batch), batch)``; a
    model that computes its own loss needs none, and ``forward(model, batch)`` returns it in any other case.
    ``scaler`` and ``autocast`` are those of mixed precision; ``accumulate`` batches make one update.

    Weights, optimizer, ``scheduler``, ``scaler``, random generators, modes and buffers are bit by bit as before, also
    after an exception or Ctrl-C. Raises SpecError where no update can be made.
    """
    _check(lr_from=lr_from, lr_to=lr_to, steps=steps, verify_steps=verify_steps)
    _check(seeds=seeds, accumulate=accumulate, sample=sample)
    _check_parts(model, loader, lr_from, lr_to)
    loop = Loop(model, optimizer, loader, forward or forward_of(loss), accumulate, scaler, autocast, clip_norm)
    rates = Rates(optimizer)
    snapshot = Snapshot(model, optimizer, scheduler, scaler, loss, forward, sources=(loader,))
    climb = OwnClimb(lr_from, lr_to, steps, seeds, _dtype(model), OwnLoss())
    whole = seeds * (steps + USUALLY_HELD * verify_steps)
    try:
        with aside(), progress_bar("Looking for a learning rate", whole, progress) as done:
            trials = _begun(loop, rates, snapshot, seed, sample, seeds, _counted(done))
            return _searched(climb, trials, verify_steps)
    finally:
        with uninterrupted():
            snapshot.restore()


def _searched(climb: OwnClimb, trials: Trials, verify_steps: int) -> RangeResult:
    """Climb, read the curve, hold what was read off it, and return what was found."""
    curve = OwnCurve(climb, lambda some: trials.hold(some, verify_steps))
    trials.climb(curve)
    if np.nanmin(curve.losses, initial=math.inf) >= 0:
        climb.problem = OwnLoss(lowest=0.0)
    found = curve.findings()
    for error in trials.raised:
        raise error
    chosen = found["recommended"]["lr"]
    climbs = [(curve.lr[:n], curve.losses[:n, i]) for i, n in enumerate(curve.length)]
    return RangeResult(found | {"groups": None if chosen is None else trials.rates.of(chosen)}, climbs=climbs)


def _begun(
    loop: Loop, rates: Rates, snapshot: Snapshot, seed: int, sample: int, seeds: int, tell: Callable[[int], object]
) -> Trials:
    """Return trials, with the loss of the sample as it is now."""
    batches = loop.batches(seed, snapshot)
    some = [next(batches) for _ in range(sample)]
    if not loop.model.training:
        loop.model.train()
    torch.manual_seed(seed)
    return Trials(loop, rates, snapshot, seed, some, loop.evaluate(some), seeds, tell, [])


def _counted(done: Callable[[float], None]) -> Callable[[int], object]:
    made = 0

    def tell(updates: int) -> None:
        nonlocal made
        made += updates
        done(made)

    return tell


def _check(**given: float) -> None:
    for name, value in given.items():
        least = {"lr_from": 0.0, "lr_to": 0.0, "steps": 2}.get(name, 1)
        fits = value > 0 and math.isfinite(value) if least == 0 else value >= least
        if not fits:
            raise SpecError(f"{name} is {value:g}. Give {'a number above 0' if least == 0 else f'at least {least:g}'}.")


def _check_parts(model: nn.Module, loader: BatchSource, lr_from: float, lr_to: float) -> None:
    check_loader(loader)
    if lr_from >= lr_to:
        raise SpecError(
            f"lr_from is {lr_from:g} and lr_to is {lr_to:g}, but the rate has to climb. Choose a larger lr_to."
        )
    if any(is_lazy(p) for p in model.parameters()):
        raise SpecError("The model has parameters without a shape yet. Run one batch through it first.")


def _dtype(model: nn.Module) -> str:
    """Return the arithmetic of the losses: single precision unless all parameters have double."""
    double = all(p.dtype == torch.float64 for p in model.parameters())
    return "float64" if double else "float32"

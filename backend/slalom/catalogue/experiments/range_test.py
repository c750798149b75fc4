"""The learning-rate range test: one run whose rate climbs from very small to too large, for any number of seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from slalom.catalogue.schedules import Constant, Ramp
from slalom.errors import SpecError
from slalom.settings import Count

from .base import ExperimentSpec, Lane
from .comparison import Comparison, Vary
from .run import Run, check_run

SUGGESTIONS = 8
"""Learning rates that are suggested at most: one by every rule."""
SWEPT, REFINED = 12, 2
"""Learning rates that are tried besides: by equal ratios over the whole range, and on either side of the best."""
TRIED = SUGGESTIONS + SWEPT + REFINED
"""Learning rates that are held constant for a while, at most."""
VERIFIED = 300
"""Updates of a run that verifies a suggestion."""
VERIFIED_SEEDS = 8
"""Seeds that are verified, at most: the first ones of the test."""


class HeldRates(Comparison):
    """The short runs that verify learning rates: of networks, only both ends are looked at."""

    measured: ClassVar[bool] = False


class RangeTest(ExperimentSpec):
    """One run whose learning rate climbs by equal ratios: update k uses 10**linspace(log10 a, log10 b, steps)[k].

    The run's own learning rate is not used, and its schedule must be constant: the test brings both. Smith 2017,
    arXiv:1506.01186, section 3.3.
    """

    offers: ClassVar[tuple[str, ...]] = ("trace", "range")
    keeps: ClassVar[str] = "only its losses, and what was found"
    measured: ClassVar[bool] = False
    findings: ClassVar[str | None] = "range"

    kind: Literal["range_test"] = "range_test"
    run: Run = Run.model_construct()
    """The descent whose learning rate is looked for."""
    lr_from: float = Field(1e-5, gt=0)
    """The learning rate of the first update, a."""
    lr_to: float = Field(1.0, gt=0)
    """The learning rate of the last update, b."""
    steps: int = Field(1000, ge=2, le=2**53)
    """Updates, and learning rates; a run ends earlier at its first non-finite entry."""
    seeds: Count = 1
    """Repeat the run with this many seeds: seed, seed + 1, and so on."""

    @property
    def _rules(self) -> str:
        return self._names

    @property
    def runs(self) -> list[Run]:
        """The run as it is computed, climbing: a list of one."""
        optimizer = self.run.optimizer.model_copy(update={"lr": self.lr_from})
        return [
            self.run.model_copy(update={"optimizer": optimizer, "schedule": Ramp.model_validate({"to": self.lr_to})})
        ]

    @property
    def lane_count(self) -> int:
        """How many runs are computed: one for every seed."""
        return self.seeds

    def lanes(self) -> list[Lane]:
        """Return every run that is computed: the climb, once for every seed."""
        (run,) = self.runs
        return [Lane(self.problem, run, (self.seed + i) % 2**32, 0, None) for i in range(self.seeds)]

    def parts(self) -> Sequence[ExperimentSpec]:
        """Return all that is computed for it: itself, and the runs that verify what may be recommended."""
        return [self, self.verification([self.lr_from] * TRIED)]

    def rates(self) -> np.ndarray:
        """Return the learning rate of every update, shape (steps,)."""
        (run,) = self.runs
        return run.schedule.rates(run.optimizer.lr, 0, self.steps, self.steps)

    def swept(self) -> list[float]:
        """Return the rates that are tried whatever the curve looks like: by equal ratios over the whole range."""
        (run,) = self.runs
        return run.schedule.rates(self.lr_from, 0, SWEPT, SWEPT).tolist()

    def verification(self, rates: Sequence[float]) -> HeldRates:
        """Return the short runs that hold each of these rates, with the first seeds of the test."""
        return HeldRates(
            problem=self.problem,
            runs=[self.run],
            steps=VERIFIED,
            seed=self.seed,
            seeds=min(self.seeds, VERIFIED_SEEDS),
            dtype=self.dtype,
            device=self.device,
            vary=[Vary.model_validate({"field": "run.optimizer.lr", "values": list(rates)})],
        )

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec says what a lane has in a field of its run."""
        return ("run", field)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        check_run(self.problem, self.run, ("run",), self.steps)
        if self.lr_from >= self.lr_to:
            raise SpecError(
                f"lr_from is {self.lr_from:g} and lr_to is {self.lr_to:g}, but the rate has to climb. "
                "Choose a larger lr_to, or a smaller lr_from.",
                ("lr_to",),
            )
        if self.run.optimizer.maximize:
            raise SpecError(
                "The run maximizes, but a range test looks for the rate at which the loss falls. Leave maximize out.",
                ("run", "optimizer", "maximize"),
            )
        if self.run.schedule != Constant.model_construct():
            raise SpecError(
                f"The run has the schedule {self.run.schedule.kind}, but a range test makes the rate climb itself. "
                "Leave schedule out.",
                ("run", "schedule"),
            )
        return self

"""What a user asks for: runs side by side, and a field that varies so that one run becomes many."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from slalom.catalogue.base.choice import Choice
from slalom.catalogue.base.number_format import shown
from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.problems.networks import INITIAL
from slalom.errors import SpecError
from slalom.settings import Count

from .base import MOST_SEED, ExperimentSpec, Lane, VariedRun
from .paths import field_words, replaced, takes_whole_numbers, told_value
from .run import Run, check_run

MOST_AXES = 3
"""Fields that vary at the same time."""
FIELD = re.compile(r"^(seed|(run|problem)(\.[a-zA-Z0-9_]+)+)$", re.ASCII)
"""What names a field that can vary: a dotted path into the run or the problem, or the seed."""


class Vary(Choice):
    """One field that takes many values, so that one run becomes many."""

    field: str = Field(max_length=100, json_schema_extra={"pattern": FIELD.pattern})
    """Dotted path from the experiment, such as ``run.optimizer.lr``, ``run.start.0``, ``run.schedule`` or ``seed``."""
    values: list[Any] | None = Field(None, min_length=1)
    """The values themselves."""
    from_: float | None = Field(None, alias="from")
    """The first value."""
    to: float | None = None
    """The last value."""
    scale: Literal["linear", "log"] = "linear"
    """Equal differences, or equal ratios."""
    n: Count | None = None
    """How many values."""

    @field_validator("field")
    @classmethod
    def _is_a_path(cls, field: str) -> str:
        if not FIELD.fullmatch(field):
            raise ValueError(
                f"is {field!r}, which is no field that can vary. "
                "Give a path such as run.optimizer.lr, run.schedule, problem.init_scale or seed"
            )
        return field

    @model_validator(mode="after")
    def _either_a_list_or_a_range(self) -> Vary:
        given = (self.from_ is not None, self.to is not None, self.n is not None)
        if (self.values is None) != all(given) or (self.values is not None and any(given)):
            raise ValueError('give either "values" or all of "from", "to" and "n"')
        if self.scale == "log" and self.from_ is not None and self.to is not None and min(self.from_, self.to) <= 0:
            raise ValueError(f"a log scale needs positive ends, not {self.from_:g} and {self.to:g}")
        if self.from_ is not None and self.to is not None and not math.isfinite(self.to - self.from_):
            raise ValueError(f"the range from {self.from_:g} to {self.to:g} is too wide to be divided")
        return self

    def __len__(self) -> int:
        return len(self.values) if self.values is not None else self.n or 0

    def points(self) -> list[Any]:
        """Return every value, in order: a list of length n, which must be known to be allowed."""
        if self.values is not None:
            return self.values
        assert self.from_ is not None
        assert self.to is not None
        assert self.n is not None
        space = np.geomspace if self.scale == "log" else np.linspace
        # Powers of ten may round beyond an end, where the field may not go.
        return np.clip(space(self.from_, self.to, self.n), min(self.from_, self.to), max(self.from_, self.to)).tolist()


class Comparison(ExperimentSpec):
    """Runs on one problem, side by side: the same seed, the same noise, the same clock."""

    offers: ClassVar[tuple[str, ...]] = ("trace", "sweep", "views")

    kind: Literal["comparison"] = "comparison"
    runs: list[Run] = Field(min_length=1, fail_fast=True)  # pyright: ignore[reportIncompatibleMethodOverride]
    """The descents to compare."""
    steps: Count = 100
    """Updates of every run; a run ends earlier at its first non-finite entry."""
    seeds: Count = 1
    """Repeat every run with this many seeds: seed, seed + 1, and so on."""
    vary: list[Vary] = Field([], max_length=MOST_AXES, fail_fast=True)
    """Fields that take many values: every run is repeated with each, of several fields with every combination."""

    @property
    def _rules(self) -> str:
        if not self.vary:
            return super()._rules
        fields = " × ".join(field_words(vary.field) for vary in self.vary)
        return f"{self._names}: {fields}, {math.prod(self.grid):,} values"

    @property
    def lane_count(self) -> int:
        """How many runs are computed: listed runs x varied values x seeds."""
        return len(self.runs) * math.prod(self.grid) * self.seeds

    @property
    def grid(self) -> tuple[int, ...]:
        """How many values every varied field takes; () where nothing varies."""
        return tuple(map(len, self.vary))

    @property
    def keeps_averages(self) -> bool:
        """Whether the average of the parameters is kept of any of its runs, or may be as it varies."""
        return super().keeps_averages or any(vary.field == "run.averaging" for vary in self.vary)

    @property
    def varied_problems(self) -> int:
        """How many problems, or rules, variation makes that cannot be stepped together."""
        apart = (vary for vary in self.vary if vary.field == "run.optimizer" or vary.field.startswith("problem."))
        return math.prod(map(len, apart))

    @property
    def varies_rules(self) -> bool:  # type: ignore[override]
        """Whether its runs have other rules than those that are listed."""
        return any(vary.field == "run.optimizer" for vary in self.vary)

    def lanes(self) -> list[Lane]:
        """Return every run that is computed, in the order of all results.

        The order is: listed runs (slowest), values of the first varied field, of the second, ..., seeds (fastest).

        Raises SpecError where a varied value does not fit its field.
        """
        return list(self._lanes())

    def varied_runs(self, most: int) -> list[VariedRun] | None:
        """Return the first runs that are computed, at most ``most``; None where nothing varies."""
        if not self.vary and self.seeds == 1:
            return None
        return [
            VariedRun(index=lane.index, run=lane.run, label=", ".join(self._told(lane)))
            for lane in islice(self._lanes(), most)
        ]

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec says what a lane has in a field of its run."""
        varied = [axis for axis, vary in enumerate(self.vary) if vary.field == f"run.{field}"]
        return ("vary", varied[0], "values") if varied else ("runs", lane.index, field)

    def values_of(self, lane: Lane) -> tuple[Any, ...]:
        """Return what every varied field is in a run: a tuple as long as there are such fields."""
        return tuple(lane.value) if len(self.vary) > 1 else (lane.value,)[: len(self.vary)]

    def check_varied(self) -> None:
        """Raise SpecError where a varied value does not fit its field, or makes what cannot be compared."""
        for _ in self._repeated() if self.vary else ():
            pass

    def _told(self, lane: Lane) -> Iterator[str]:
        """Yield the values and the seed of a lane in words, as far as its optimizer does not show them."""
        fields = [vary.field for vary in self.vary]
        for field, value in zip(fields, self.values_of(lane), strict=True):
            if field != "seed" and not field.startswith("run.optimizer."):
                yield told_value(field, value)
        if "seed" in fields or self.seeds > 1:
            yield f"seed {lane.seed}"

    def _lanes(self) -> Iterator[Lane]:
        for lane in self._repeated():
            for seed in range(lane.seed, lane.seed + self.seeds):
                yield lane._replace(seed=seed % 2**32)

    def _repeated(self) -> Iterator[Lane]:
        """Yield every run with every value, checked, and the first of its seeds."""
        axes = [self.values(axis) for axis in range(len(self.vary))]
        for (index, run), *values in product(enumerate(self.runs), *axes):
            yield self._varied(index, run, values)

    def _varied(self, index: int, run: Run, values: Sequence[Any]) -> Lane:
        """Return a listed run with a value of every varied field, checked."""
        problem, first = self.problem, self.seed
        for axis, (vary, value) in enumerate(zip(self.vary, values, strict=True)):
            if vary.field == "seed":
                first = _checked_seed(value, axis)
                continue
            problem, run = replaced(problem, run, vary.field, value, axis)
            if problem is not self.problem and problem.space != self.problem.space:
                raise SpecError(_other_space(self, problem, vary.field, value), ("vary", axis, "values"))
        if self.vary:
            check_run(problem, run, ("vary", len(self.vary) - 1), self.steps)
        return Lane(problem, run, first, index, _value_of(values))

    def values(self, axis: int) -> list[Any]:
        """Return the values of a varied field: those of a range are rounded where it takes whole numbers."""
        vary = self.vary[axis]
        whole = vary.values is None and takes_whole_numbers(self.problem, self.runs[0], vary.field)
        return [round(value) for value in vary.points()] if whole else vary.points()

    @model_validator(mode="after")
    def _parts_fit(self) -> Comparison:
        for index, run in enumerate(self.runs):
            check_run(self.problem, run, ("runs", index), self.steps)
        for axis, vary in enumerate(self.vary):
            for before in self.vary[:axis]:
                if f"{before.field}.".startswith(f"{vary.field}."):
                    raise SpecError(_replaces(vary.field, before.field), ("vary", axis, "field"))
        return self


def _replaces(field: str, before: str) -> str:
    """Return why a field cannot vary after another one that is the same, or a part of it."""
    if field == before:
        return f"{field} varies twice. Give each field once, with all of its values."
    return f"{field} comes after {before}, which it replaces. Let {field} vary first."


def _value_of(values: Sequence[Any]) -> Any:
    """Return what a lane says of what varies: None, the value, or of several fields all of theirs."""
    return list(values) if len(values) > 1 else next(iter(values), None)


def _other_space(spec: Comparison, problem: AnyProblem, field: str, value: Any) -> str:
    """Return why a varied value cannot stand in one picture with the rest of the experiment."""
    found = f"{field} = {shown(value)} makes"
    if spec.problem.is_network:
        return (
            f"{found} another network, and the runs of one experiment share its layers, its data and its loss. "
            f"Vary {', '.join(f'problem.{name}' for name in INITIAL)} or a field of the run, "
            "or create one experiment for each."
        )
    return (
        f"{found} a problem of {problem.dimension} variables, "
        f"the experiment has {spec.problem.dimension}. Vary what keeps their number."
    )


def _checked_seed(value: Any, axis: int) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SEED:
        raise SpecError(
            f"seed = {shown(value)} does not fit: give a whole number from 0 to {MOST_SEED}.", ("vary", axis, "values")
        )
    return value

"""What a user asks for (runs, and fields that vary) and what came of it (an outcome for every run)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from slalom.errors import SpecError
from slalom.settings import Count

from .choice import Choice, Extended, Name, Point
from .fields import drawn, layers_of, replaced, takes_whole_numbers
from .networks import INITIAL
from .note import Note
from .optimizers import AnyOptimizer, Sgd
from .problems import PROBLEMS, AnyProblem
from .prose import shown
from .schedules import AnySchedule, Constant, Plateau

LayerRates = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(strict=False, min_length=1, fail_fast=True)]
"""A learning rate for every layer, an embedding included, written as a JSON list."""


class Run(Choice):
    """One descent: which rule, how its learning rate changes, and where it starts."""

    optimizer: AnyOptimizer = Sgd.model_construct()
    """The update rule and its settings."""
    schedule: AnySchedule = Constant.model_construct()
    """How the learning rate changes from step to step."""
    layer_lr: LayerRates | None = None
    """Of a network: a learning rate for every layer, first to last, in place of the optimizer's."""
    start: Point | None = None
    """Where the run begins; the problem's own start if not given."""
    clip_norm: float | None = Field(None, gt=0)
    """Scale the gradient down to this Euclidean norm where it is longer."""
    clip_value: float | None = Field(None, gt=0)
    """Cut every component of the gradient to plus or minus this value."""
    noise: float | None = Field(None, ge=0)
    """Standard deviation of the noise added to every component of the gradient."""
    batch_size: int | None = Field(None, ge=1, le=2**31)
    """Examples in a mini-batch; all of them if not given."""
    batches: Literal["shuffled", "drawn"] = "shuffled"
    """Mini-batches of a shuffled deck, every example once an epoch, or each drawn anew from all."""
    label: Name = ""
    """What to call this run."""


MOST_SEED = 2**32 - 1
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


class Experiment(Choice):
    """What every kind of experiment has in common; a kind adds what runs, and how often."""

    only_outcomes: ClassVar[bool] = False
    """Whether what happens on the way is not kept."""
    only_losses: ClassVar[bool] = False
    """Whether of networks only the losses of their updates matter, and nobody looks inside on the way."""

    @property
    def looks_inside(self) -> bool:
        """Whether what its networks do on the way is looked at and kept: planes, and states to go on from."""
        return not (self.only_outcomes or self.only_losses)

    problem: AnyProblem
    """What is minimised."""
    seed: int = Field(0, ge=0, le=MOST_SEED)
    """Drives initial parameters, batch order and noise; shared by the runs."""
    dtype: Literal["float32", "float64"] = "float64"
    """Arithmetic of the run; float32 for networks, if not given."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked."""

    @model_validator(mode="before")
    @classmethod
    def _networks_are_single_precision(cls, given: Any) -> Any:
        if isinstance(given, dict) and "dtype" not in given:
            problem = given.get("problem")
            kind = problem.get("kind") if isinstance(problem, dict) else getattr(problem, "kind", None)
            if isinstance(kind, str) and kind in NETWORKS:
                return given | {"dtype": "float32"}
        return given

    def check_varied(self) -> None:
        """Raise SpecError where a varied value does not fit its field.

        Not a part of validation: all values are made for it, so that their number must have been allowed before.
        """

    @model_validator(mode="after")
    def _device_fits(self) -> Self:
        if self.device == "cuda" and not self.problem.is_network:
            raise SpecError(
                f"device is cuda, but a {self.problem.kind} is computed on the CPU. Leave device out.", ("device",)
            )
        return self


class Comparison(Experiment):
    """Runs on one problem, side by side: the same seed, the same noise, the same clock."""

    kind: Literal["comparison"] = "comparison"
    runs: list[Run] = Field(min_length=1, fail_fast=True)
    """The descents to compare."""
    steps: Count = 100
    """Updates of every run; a run ends earlier at its first non-finite entry."""
    seeds: Count = 1
    """Repeat every run with this many seeds: seed, seed + 1, and so on."""
    vary: list[Vary] = Field([], max_length=1, fail_fast=True)
    """One field that takes many values: every run is repeated with each."""

    @property
    def lane_count(self) -> int:
        """How many runs are computed: listed runs x varied values x seeds."""
        values = len(self.vary[0]) if self.vary else 1
        return len(self.runs) * values * self.seeds

    def lanes(self) -> list[Lane]:
        """Return every run that is computed, in the order of all results.

        The order is: listed runs (slowest), varied values, seeds (fastest).

        Raises SpecError where a varied value does not fit its field.
        """
        return list(self._lanes())

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec says what a lane has in a field of its run."""
        varied = bool(self.vary) and self.vary[0].field == f"run.{field}"
        return ("vary", 0, "values") if varied else ("runs", lane.index, field)

    def check_varied(self) -> None:
        """Raise SpecError where a varied value does not fit its field, or makes what cannot be compared."""
        for _ in self._repeated() if self.vary else ():
            pass

    def _lanes(self) -> Iterator[Lane]:
        for lane in self._repeated():
            for seed in range(lane.seed, lane.seed + self.seeds):
                yield lane._replace(seed=seed % 2**32)

    def _repeated(self) -> Iterator[Lane]:
        """Yield every run with every value, checked, and the first of its seeds."""
        values = self._values() if self.vary else [None]
        for (index, run), value in product(enumerate(self.runs), values):
            problem, first = self.problem, self.seed
            if self.vary and self.vary[0].field == "seed":
                first = _checked_seed(value)
            elif self.vary:
                problem, run = replaced(problem, run, self.vary[0].field, value)
                check_run(problem, run, ("vary", 0))
                if problem is not self.problem and problem.space != self.problem.space:
                    raise SpecError(_other_space(self, problem, value), ("vary", 0, "values"))
            yield Lane(problem, run, first, index, value)

    def _values(self) -> list[Any]:
        """Return the varied values: those of a range are rounded where the field takes whole numbers."""
        vary = self.vary[0]
        whole = vary.values is None and takes_whole_numbers(self.problem, self.runs[0], vary.field)
        return [round(value) for value in vary.points()] if whole else vary.points()

    @model_validator(mode="after")
    def _parts_fit(self) -> Comparison:
        for index, run in enumerate(self.runs):
            check_run(self.problem, run, ("runs", index))
        return self


NETWORKS = {kind.model_fields["kind"].default for kind in PROBLEMS if kind.is_network}
"""What the networks are called."""


class Lane(NamedTuple):
    """One run of an experiment, with everything that varies filled in."""

    problem: AnyProblem
    run: Run
    seed: int
    index: int  # pyright: ignore[reportIncompatibleMethodOverride]
    """Position in the spec's list of runs."""
    value: Any
    """The varied value, None where nothing varies."""

    @property
    def start(self) -> tuple[float, ...]:
        """Where this run begins, shape (dim,)."""
        return self.run.start if self.run.start is not None else self.problem.start


def check_run(problem: AnyProblem, run: Run, loc: tuple[str | int, ...]) -> None:
    """Raise SpecError where a run does not suit its problem; ``loc`` is where the spec has it."""
    if problem.is_network:
        _check_training(problem, run, loc)
        return
    if run.layer_lr is not None:
        raise SpecError(
            f"layer_lr has {len(run.layer_lr)} learning rates, but a {problem.kind} has no layers. Leave it out.",
            (*loc, "layer_lr"),
        )
    if run.batch_size is not None:
        raise SpecError(
            f"batch_size is {run.batch_size}, but a {problem.kind} has no examples to batch. Leave batch_size out.",
            (*loc, "batch_size"),
        )
    if run.start is not None and len(run.start) != problem.dimension:
        raise SpecError(
            f"start has {len(run.start)} numbers, but {problem.kind} has {problem.dimension} variables. "
            f"Give {problem.dimension} numbers, such as {list(problem.start)}.",
            (*loc, "start"),
        )


def _check_training(problem: AnyProblem, run: Run, loc: tuple[str | int, ...]) -> None:
    layers = layers_of(problem)
    if run.layer_lr is not None and len(run.layer_lr) != layers:
        raise SpecError(
            f"layer_lr has {len(run.layer_lr)} learning rates, but this {problem.kind} has {layers} layers. "
            f"Give {layers} numbers, or leave layer_lr out.",
            (*loc, "layer_lr"),
        )
    if run.layer_lr is not None and isinstance(run.schedule, Plateau):
        raise SpecError(
            "layer_lr cannot follow a plateau schedule, which lowers one rate only. Choose another schedule.",
            (*loc, "schedule", "kind"),
        )
    if run.start is not None:
        raise SpecError(f"start has {len(run.start)} numbers, but {drawn(problem)}", (*loc, "start"))
    if run.optimizer.uses_hessian:
        raise SpecError(
            f"The optimizer is {run.optimizer.kind}, which needs the whole Hessian; a {problem.kind} has too many "
            "parameters for that. Choose another one, such as sgd or adam.",
            (*loc, "optimizer", "kind"),
        )


def _other_space(spec: Comparison, problem: AnyProblem, value: Any) -> str:
    """Return why a varied value cannot stand in one picture with the rest of the experiment."""
    found = f"{spec.vary[0].field} = {shown(value)} makes"
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


def _checked_seed(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SEED:
        raise SpecError(
            f"seed = {shown(value)} does not fit: give a whole number from 0 to {MOST_SEED}.", ("vary", 0, "values")
        )
    return value


class Evidence(Choice):
    """The numbers behind an outcome; None where undefined."""

    sharpness: Extended | None = None
    """Largest Hessian eigenvalue λ, weight decay included, at ``exploded``, else at the last finite entry."""
    limit: Extended | None = None
    """Largest stable learning rate of this rule there: None without theory, inf where λ <= 0."""
    lr: Extended | None = None
    """The learning rate there."""
    predicted_growth: Extended | None = None
    """ρ²: the factor of the loss per update that the rule's spectral radius predicts."""
    measured_growth: Extended | None = None
    """Median of loss[k+1]/loss[k] over the last 10 finite ratios, skipping the first."""
    safe_lr: Extended | None = None
    """A learning rate that would have held: limit / 2."""


OutcomeKind = Literal["converged", "diverged", "oscillating", "stalled", "unfinished", "growing"]
"""Stored maps have positions in this list: new kinds come last."""


class Outcome(Choice):
    """What happened to one run, when, and why; CONTRACT of every result."""

    kind: OutcomeKind
    step: int | None = None
    """When: min(exploded, nonfinite) if diverged, the first entry from which it held if converged."""
    first_rise: int | None = None
    """First k with loss[k] > loss[k-1]."""
    exploded: int | None = None
    """Second k of the first adjacent pair more than 1000 times above the start."""
    nonfinite: int | None = None
    """First k with a non-finite loss or parameter."""
    because: str = ""
    """The reason, in a sentence with this run's own numbers."""
    evidence: Evidence = Evidence()
    notes: tuple[Note, ...] = ()
    """What else is worth knowing, the main observation first: sentences, numbers, formulas and advice."""

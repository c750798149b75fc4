"""What every kind of experiment has in common: a problem and its runs, how large it is, and what is kept of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Choice
from slalom.catalogue.base.number_format import number
from slalom.catalogue.optimizers import TorchClass
from slalom.catalogue.problems import PROBLEMS, AnyProblem
from slalom.catalogue.problems.base import Problem
from slalom.catalogue.problems.negative import descended
from slalom.catalogue.problems.networks import Learned
from slalom.errors import SpecError

from .run import Run

if TYPE_CHECKING:
    from slalom.settings import Count

NETWORKS = {kind.model_fields["kind"].default for kind in PROBLEMS if kind.is_network}
"""What the networks are called."""
MOST_SEED = 2**32 - 1
LONGEST_TITLE = 80
"""Characters of a title."""


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

    @property
    def maximizes(self) -> bool:
        """Whether its updates go up."""
        return self.run.optimizer.maximize

    @property
    def descended(self) -> Problem:
        """What its updates go down: the problem, or minus the problem."""
        return descended(self.problem, self.maximizes)


class VariedRun(Choice):
    """A listed run with one value and one seed."""

    index: int
    """Position in the spec's list of runs."""
    run: Run
    """The run with its value filled in."""
    label: str
    """What tells it from the others of the same listed run, where their settings do not: ``kappa 5, seed 3``."""


class Size(NamedTuple):
    """How much there is of something that an installation limits."""

    limit: str
    """The limit's name, a field of :class:`slalom.settings.Limits`."""
    value: int
    what: str
    """What is counted, as a sentence begins."""


class ExperimentSpec(Choice):
    """What every kind of experiment has in common; a kind adds what runs, and how often."""

    offers: ClassVar[tuple[str, ...]] = ("trace", "views")
    """What a stored one can be asked for: the last parts of addresses below its own."""
    keeps: ClassVar[str] = "every entry of its runs"
    """What is kept of it, in words."""
    at_once: ClassVar[bool] = True
    """Whether a small one is computed as a whole, and can be answered without being stored."""
    measured: ClassVar[bool] = True
    """Whether networks are measured on the way, besides the losses of their updates."""
    computed: ClassVar[bool] = True
    """Whether it is computed here; if not, its numbers came from elsewhere, and there is no more of it than them."""
    findings: ClassVar[str | None] = None
    """What it finds besides outcomes is kept and asked for under this name; None where it finds nothing."""
    varies_rules: ClassVar[bool] = False
    """Whether its runs have other rules than those that are listed."""

    problem: AnyProblem
    """What is minimised."""
    seed: int = Field(0, ge=0, le=MOST_SEED)
    """Drives initial parameters, batch order and noise; shared by the runs."""
    dtype: Literal["float32", "float64"] = "float64"
    """Arithmetic of the run; float32 for networks, if not given."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked."""

    if TYPE_CHECKING:
        steps: Count
        """Updates of every run."""

        @property
        def runs(self) -> list[Run]:
            """The runs that are listed."""
            ...

    @property
    def lane_count(self) -> int:
        """How many runs are computed, with everything that varies."""
        raise NotImplementedError

    def lanes(self) -> list[Lane]:
        """Return every run that is computed, in the order of all results."""
        raise NotImplementedError

    def varied_runs(self, most: int) -> list[VariedRun] | None:
        """Return the first runs that are computed, at most ``most``; None where they are those listed."""
        return None

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec says what a lane has in a field of its run."""
        raise NotImplementedError

    @property
    def keeps_entries(self) -> bool:
        """Whether its frames are entries of its runs, which can be thinned out, drawn and gone on from."""
        return "trace" in self.offers

    @property
    def looks_inside(self) -> bool:
        """Whether what its networks do on the way is looked at and kept: planes, and states to go on from."""
        return "views" in self.offers

    @property
    def together(self) -> int:
        """How many runs are in memory at a time."""
        return self.lane_count

    @property
    def varied_problems(self) -> int:
        """How many problems, or rules, variation makes that cannot be stepped together."""
        return 1

    @property
    def imported(self) -> list[Lane]:
        """A run for every class of PyTorch that its rules name, and for every way in which that is constructed."""
        rules = (run.optimizer for run in self.runs)
        if not self.varies_rules and not any(isinstance(rule, TorchClass) for rule in rules):
            return []
        found: dict[Hashable, Lane] = {}
        for lane in self.lanes():
            rule = lane.run.optimizer
            if isinstance(rule, TorchClass):
                found.setdefault((rule.path, rule.options, rule.closure), lane)
        return list(found.values())

    def parts(self) -> Sequence[ExperimentSpec]:
        """Return all that is computed for it: itself, and what checks what it finds."""
        return [self]

    def sizes(self) -> list[Size]:
        """Return how much there is of all that is limited; nothing that varies is expanded for it."""
        return [
            Size("runs", len(self.runs), "The number of listed runs"),
            Size("steps", self.steps, "The number of steps"),
            Size("lanes", self.lane_count, "The number of runs, with everything that varies,"),
            Size("experiment_numbers", self.recorded_numbers(), "The count of numbers to keep"),
        ]

    def recorded_numbers(self, every: int = 1) -> int:
        """Return how many numbers its trace has at most, if every ``every``-th entry is kept."""
        return self.lane_count * (self.steps // every + 1) * (len(self.recorded_columns) + (every > 1))

    @property
    def recorded_columns(self) -> tuple[str, ...]:
        """What is recorded of every entry of a run: the problem's columns, then losses of averaged parameters."""
        if not self.keeps_averages:
            return self.problem.columns
        return (*self.problem.columns, "average_loss", *(("average_val_loss",) if self.problem.is_network else ()))

    @property
    def keeps_averages(self) -> bool:
        """Whether the average of the parameters is kept of any of its runs."""
        return any(run.averages for run in self.runs)

    @property
    def expected_bytes(self) -> int:
        """About how many bytes it appends to the store, at most."""
        return self.recorded_numbers() * (4 if self.dtype == "float32" else 8)

    @property
    def noun(self) -> str:
        """What its kind is called in a sentence."""
        return type(self).model_fields["kind"].default.replace("_", " ")

    @property
    def title(self) -> str:
        """What to call it until somebody names it: ``Digits, 3 rates``."""
        return f"{self._subject}, {self._rules}"[:LONGEST_TITLE]

    @property
    def _subject(self) -> str:
        """What a title begins with: the data, the formula, or the surface."""
        problem = self.problem
        text = problem.text if problem.kind == "formula" else ""
        name = text or (problem.data.kind if isinstance(problem, Learned) else problem.kind).replace("_", " ")
        return name if text else name[:1].upper() + name[1:]

    @property
    def _rules(self) -> str:
        """What its runs are: one rule and its rate, how many rates, or the rules and labels side by side."""
        rates = [run.optimizer.lr for run in self.runs]
        if len(self.runs) == 1:
            return self._names if self.runs[0].label else f"{self._names}, lr {number(rates[0])}"
        if ", " in self._names:
            return self._names
        return f"{len(rates)} rates" if len(set(rates)) == len(rates) else f"{len(rates)} runs"

    @property
    def _names(self) -> str:
        """What its runs are called, each name once."""
        return ", ".join(dict.fromkeys(run.label or run.optimizer.usual_name for run in self.runs))

    def check_varied(self) -> None:
        """Raise SpecError where a varied value does not fit its field.

        Not a part of validation: all values are made for it, so that their number must have been allowed before.
        """

    @model_validator(mode="before")
    @classmethod
    def _networks_are_single_precision(cls, given: Any) -> Any:
        if isinstance(given, dict) and "dtype" not in given:
            problem = given.get("problem")
            kind = problem.get("kind") if isinstance(problem, dict) else getattr(problem, "kind", None)
            if isinstance(kind, str) and kind in NETWORKS:
                return given | {"dtype": "float32"}
        return given

    @model_validator(mode="after")
    def _device_fits(self) -> Self:
        if self.device == "cuda" and not self.problem.is_network:
            raise SpecError(
                f"device is cuda, but a {self.problem.kind} is computed on the CPU. Leave device out.", ("device",)
            )
        return self

"""What was recorded of a training loop that ran elsewhere: its model, its optimizer, and the columns that were kept.

Such an experiment is not computed here. ``slalom.watch`` makes its spec, and sends its entries; it is read, drawn,
judged, compared and exported like any other.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from slalom.catalogue.optimizers import AnyOptimizer, Optimizer
from slalom.catalogue.problems.base import TRACE_COLUMNS, Interval, Problem
from slalom.settings import Count

from .base import LONGEST_TITLE, MOST_SEED, ExperimentSpec, Lane
from .run import Run

MOST_LAYERS = 16
"""Layers of which norms are recorded: of more, those with the most parameters."""
MOST_RATES = 8
"""Parameter groups whose learning rates are recorded."""
PLANE_COLUMNS = ("plane_x", "plane_y", "off_plane")
"""Where the parameters are on the plane through their path, and how far from it."""
RECORDED_COLUMNS = (
    *TRACE_COLUMNS,
    *PLANE_COLUMNS,
    *("curvature", "clipped_norm", "grad_noise", "weight_norm", "moment1", "moment2", "effective_step", "scale"),
)
"""What is recorded of every loop: where measured, else the last value; nan where the loop has no such thing.

curvature       the largest eigenvalue of the Hessian as the rule feels it: preconditioned, for the Adam family
clipped_norm    the norm of the gradient that the rule saw; grad_norm is that before clipping
grad_noise      the standard deviation of a batch's gradient, as a norm, from differences of successive gradients
weight_norm     |θ|
moment1         the norm of the running mean of the gradient
moment2         the root of the mean of the running mean of squared gradients
effective_step  the median over the parameters of what the rule multiplies a gradient by
scale           by how much a GradScaler multiplies the loss
"""

Label = Annotated[str, Field(max_length=200)]
"""A name in a program: of a class, a layer or a parameter."""


class OtherRule(Optimizer):
    """A rule that is not in the catalogue: any subclass of ``torch.optim.Optimizer``. No stability limit is known."""

    kind: Literal["other"] = "other"
    name: Label = "this optimizer"
    """The name of its class."""

    source: ClassVar[str] = "your program"
    operations: ClassVar[int] = 1
    has_theory: ClassVar[bool] = False
    torch_class: ClassVar[str] = "torch.optim.Optimizer"

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The name of its class."""
        return self.name


class RecordedRun(Run):
    """The run of a loop: its rule as far as the catalogue has it."""

    optimizer: AnyOptimizer | OtherRule = Field(OtherRule.model_construct(), discriminator="kind")  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    """The update rule and its settings."""


class RecordedModel(Problem):
    """The loss of somebody's own model on somebody's own data."""

    kind: Literal["recorded"] = "recorded"
    title: ClassVar[str] = "Recorded loop"
    source: ClassVar[str] = "your program"
    is_network: ClassVar[bool] = True
    text: ClassVar[None] = None

    name: Label = "model"
    """The class of the model."""
    parameters: int = Field(0, ge=0)
    """How many numbers are trained."""
    layers: Annotated[tuple[Label, ...], Field(strict=False, max_length=MOST_LAYERS)] = ()
    """The layers whose norms are recorded: ``weight0`` and ``update0`` are columns of the first, and so on."""
    rates: int = Field(1, ge=1, le=MOST_RATES)
    """Parameter groups: ``lr`` is the rate of the first, ``lr1`` of the second, and so on."""
    sampled: int = Field(0, ge=0)
    """How many parameters, evenly drawn, the path, the noise and the lengths of updates are measured on."""
    smoothed: bool = False
    """Whether entries between those of a log were filled in along straight lines."""

    @property
    def dimension(self) -> None:
        """Nothing that could be evaluated here."""
        return

    @property
    def start(self) -> tuple[float, ...]:
        return ()

    @property
    def domain(self) -> tuple[Interval, ...]:
        return ()

    @property
    def columns(self) -> tuple[str, ...]:
        rates = (f"lr{i}" for i in range(1, self.rates))
        layers = (f"{what}{i}" for i in range(len(self.layers)) for what in ("weight", "update"))
        return (*RECORDED_COLUMNS, *rates, *layers)


class RecordedLoop(ExperimentSpec):
    """A training loop that ran elsewhere, as ``slalom.watch`` recorded it."""

    offers: ClassVar[tuple[str, ...]] = ("trace",)
    keeps: ClassVar[str] = "every entry of the loop that was watched"
    at_once: ClassVar[bool] = False
    computed: ClassVar[bool] = False

    kind: Literal["recorded"] = "recorded"
    problem: RecordedModel = RecordedModel.model_construct()  # pyright: ignore[reportIncompatibleVariableOverride]
    """The model that was trained."""
    runs: list[RecordedRun] = Field(min_length=1, fail_fast=True)  # pyright: ignore[reportIncompatibleMethodOverride]
    """The loop, or loops with the same model side by side."""
    steps: Count = 1  # pyright: ignore[reportIncompatibleVariableOverride]
    """Updates that are expected; once it has ended, those that were made."""
    seed: int = Field(0, ge=0, le=MOST_SEED)
    """Of no meaning here: the program drew its own numbers."""
    dtype: Literal["float32", "float64"] = "float32"
    """Of what is recorded."""

    @property
    def lane_count(self) -> int:
        """One, or as many as are compared."""
        return len(self.runs)

    def lanes(self) -> list[Lane]:
        """Return the loop, or of several that are compared each."""
        problem: Any = self.problem
        return [Lane(problem, run, self.seed, index, None) for index, run in enumerate(self.runs)]

    def as_far_as(self, steps: int, over: bool) -> RecordedLoop:
        """Return the spec of a loop of which so many updates were recorded, and which is over or goes on."""
        return self.model_copy(update={"steps": max(1, steps) if over else max(self.steps, steps)})

    @property
    def title(self) -> str:
        """What to call it until somebody names it: the class of its model, and its rule with its rate."""
        return f"{self.problem.name}, {self._rules}"[:LONGEST_TITLE]

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        """Return where the spec has a field of the loop."""
        return ("runs", lane.index, field)

"""A run: which rule, how its learning rate changes, where it starts, and whether all that suits the problem."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from slalom.catalogue.averaging import AnyAveraging, NoAveraging
from slalom.catalogue.base.choice import Choice, Name, Point
from slalom.catalogue.optimizers import AnyOptimizer, Sgd
from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.schedules import AnySchedule, Constant, Plateau
from slalom.errors import SpecError

from .paths import layers_of

LayerLrs = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(strict=False, min_length=1, fail_fast=True)]
"""A learning rate for every layer, an embedding included, written as a JSON list."""


MOST_GIVEN = 10_000
"""Parameters of a network that a run may begin with as given."""


class Run(Choice):
    """One descent: which rule, how its learning rate changes, and where it starts."""

    optimizer: AnyOptimizer = Sgd.model_construct()
    """The update rule and its settings."""
    schedule: AnySchedule = Constant.model_construct()
    """How the learning rate changes from step to step."""
    layer_lr: LayerLrs | None = None
    """Of a network: a learning rate for every layer, first to last, in place of the optimizer's."""
    start: Point | None = None
    """Where the run begins; the problem's own start if not given. Of a network all its parameters, at most 10,000, in
    the order of nn.Module.parameters(), weights (out, in) before their biases, instead of those that are drawn."""
    averaging: AnyAveraging = NoAveraging.model_construct()
    """What is averaged of the parameters beside the run: the loss of the average is recorded, and no update sees it."""
    clip_norm: float | None = Field(None, gt=0)
    """Scale the gradient down to this Euclidean norm where it is longer."""
    clip_value: float | None = Field(None, gt=0)
    """Cut every component of the gradient to plus or minus this value."""
    l1: float | None = Field(None, ge=0)
    """Of a network: weight of a penalty l1 Σ|p| over all parameters, which the updates make smaller as well. Like
    weight decay it is not a part of any loss that is shown."""
    noise: float | None = Field(None, ge=0)
    """Standard deviation of the noise added to every component of the gradient."""
    batch_size: int | None = Field(None, ge=1, le=2**31)
    """Examples in a mini-batch; all of them if not given."""
    batches: Literal["shuffled", "drawn"] = "shuffled"
    """Mini-batches of a shuffled deck, every example once an epoch, or each drawn anew from all."""
    label: Name = ""
    """What to call this run."""

    @property
    def averages(self) -> bool:
        """Whether an average of its parameters is kept."""
        return not isinstance(self.averaging, NoAveraging)


def check_run(problem: AnyProblem, run: Run, loc: tuple[str | int, ...], steps: int) -> None:
    """Raise SpecError where a run of some steps does not suit its problem; ``loc`` is where the spec has it."""
    if fault := run.schedule.fault(steps):
        raise SpecError(fault.reason, (*loc, "schedule", *fault.loc))
    if problem.is_network:
        _check_training(problem, run, loc)
        return
    if run.layer_lr is not None:
        raise SpecError(
            f"layer_lr has {len(run.layer_lr)} learning rates, but a {problem.kind} has no layers. Leave it out.",
            (*loc, "layer_lr"),
        )
    if run.l1 is not None:
        raise SpecError(
            f"l1 is {run.l1:g}, but a {problem.kind} has no weights. Leave it out; in a formula write + 0.1*abs(x).",
            (*loc, "l1"),
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
    if run.layer_lr is not None and run.optimizer.by_run:
        raise SpecError(
            f"layer_lr has {len(run.layer_lr)} learning rates, but {run.optimizer.kind} goes one way with all "
            "parameters. Leave layer_lr out.",
            (*loc, "layer_lr"),
        )
    if run.layer_lr is not None and isinstance(run.schedule, Plateau):
        raise SpecError(
            "layer_lr cannot follow a plateau schedule, which lowers one rate only. Choose another schedule.",
            (*loc, "schedule", "kind"),
        )
    if run.start is not None and len(run.start) > MOST_GIVEN:
        raise SpecError(
            f"start has {len(run.start):,} numbers; of a network at most {MOST_GIVEN:,} parameters can be given. "
            "Use fewer or smaller layers, or choose init and init_seed of the problem.",
            (*loc, "start"),
        )
    if run.optimizer.uses_hessian:
        raise SpecError(
            f"The optimizer is {run.optimizer.kind}, which needs the whole Hessian; a {problem.kind} has too many "
            "parameters for that. Choose another one, such as sgd or adam.",
            (*loc, "optimizer", "kind"),
        )

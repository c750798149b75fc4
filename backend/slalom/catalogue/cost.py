"""What everything costs, from the spec alone and before it is done: simulations, updates of networks, views.

Of a network, seconds of its parts are estimated, as one core has them at its best (:class:`CostEstimate`): they decide
what is measured of it, and at which entries. Whole simulations are estimated in work, whose unit is one multiplication
and addition inside a large product of matrices, or what takes as long: a core does some twelve in a nanosecond. These
estimates are right within a factor of about three, and only ever decide who is let in and in which order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from slalom.catalogue.base.functions import Effort
from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.run import Run
from slalom.catalogue.problems.architecture import Architecture
from slalom.catalogue.problems.networks import Learned

from .experiments.base import ExperimentSpec
from .schedules import Plateau

RATE = 12e9
"""Multiplications and additions of one core in a second, all in all."""

# Surfaces and regressions

CALL_WORK = 9_000
"""Calling one array function, however few numbers it computes: 0.75 µs."""
STEP_WORK = 60_000
"""What else an update costs however simple problem and rule are."""
NUMBER = 15
"""Computing one number of many."""
ENTRY_WORK = 10_000
"""Recording and judging one entry of one run."""
MATRIX, CUBE = 25_000, 80
"""Eigenvalues of one matrix: however small, and for the cube of its size."""
EVALUATION = 1_500_000
"""One of the gradients that a run asks for within an update, and what it makes of it."""
DECOMPOSED = 2
"""Times as much where eigenvectors are wanted, too."""
LANE, LANE_VARIABLE = 4_000_000, 1_000_000
"""Saying in words what came of one run; and for each of its variables."""
LISTEN = 400_000
"""Reading the loss for a plateau schedule."""
DRAW, DISTURB = 300, 10
"""Drawing one random number; and array functions that noise and clipping take."""
CLOSED_FORM = 2
"""Variables of the largest Hessian whose eigenvalues are a formula."""


def seconds(work: int) -> float:
    """Return about how long a core takes."""
    return work / RATE


def on_surface(spec: ExperimentSpec) -> int:
    """Return the work of an experiment on a surface or a regression, recorded and judged."""
    effort, runs = spec.problem.effort, spec.runs
    each = spec.lane_count / len(runs)
    kinds = {_kind(run): run for run in runs}
    together = sum(_together(effort, run) for run in kinds.values()) * spec.varied_problems
    alone = sum(_alone(effort, spec.problem.dimension or 0, run) for run in runs) * each
    said = spec.lane_count * (LANE + LANE_VARIABLE * (spec.problem.dimension or 0))
    return int(spec.steps * (together + alone) + said)


def _together(effort: Effort, run: Run) -> int:
    """Return what one update costs however many runs make it in lock step."""
    calls = effort.calls + run.optimizer.operations
    if run.optimizer.uses_hessian:
        calls += effort.hessian_calls
    if _disturbed(run):
        calls += DISTURB
    listens = LISTEN // run.schedule.every if isinstance(run.schedule, Plateau) else 0
    return STEP_WORK + CALL_WORK * calls + listens


def _alone(effort: Effort, dimension: int, run: Run) -> int:
    """Return what one update, and recording the entry before it, cost for every run."""
    numbers = effort.numbers + dimension * run.optimizer.operations + effort.hessian_numbers
    work = ENTRY_WORK + NUMBER * numbers + (DRAW * dimension if run.noise else 0)
    eigenvalues = MATRIX + CUBE * dimension**3
    if dimension > CLOSED_FORM and not effort.diagonal:
        work += eigenvalues
    if run.optimizer.uses_hessian:
        work += DECOMPOSED * eigenvalues + NUMBER * effort.hessian_numbers
    return work + EVALUATION * (evaluations(run) - 1)


def evaluations(run: Run) -> int:
    """Return how many gradients an update of a run takes, at most."""
    return 1 + getattr(run.optimizer, "evaluations", 0)


def _kind(run: Run) -> Hashable:
    """Return what runs that are stepped together agree on."""
    settings = (value == 0 if isinstance(value, float) else value for name, value in run.optimizer if name != "lr")
    return (*settings, _disturbed(run), isinstance(run.schedule, Plateau))


def _disturbed(run: Run) -> bool:
    return bool(run.noise or run.l1) or run.clip_norm is not None or run.clip_value is not None


# Networks

SPEED = {"float32": 3.5e10, "float64": 1.75e10}
"""Multiply-adds a second of one core, in products of a useful size."""
TOUCH = 1.2e-9
"""Seconds per activation, forward and backward."""
UPDATE_SECONDS = 1.5e-9
"""Seconds per parameter of a rule's update."""
CALL_SECONDS = 1.5e-5
"""Seconds of one call of a network, however small."""
LOOK = 1e-3
"""Seconds to look at losses, units and the plane, however small the network; half of it fills caches again."""
EXAMINED = 1.5
"""Gradients that a look takes as long as, example by example: one of training, and losses of validation."""
PRODUCT, PRODUCT_TOUCH, PRODUCT_SLOWER = 2e-4, 4e-9, 2
"""Of a Hessian-vector product: seconds however small the network, seconds per activation, and how many times as many
multiply-adds as those of a gradient."""
PRODUCTS = 4
"""Hessian-vector products of one measurement of the sharpness, once it is warm."""
SAMPLE, CURVED = 4096, 1024
"""Examples that losses and gradients are measured on, and the sharpness, at most."""
CORE_SHARED = 3
"""How many times as long everything takes in the end, on a core that others need too."""
KEEP, KEEP_BYTES = 2e-4, 2e-9
"""Seconds to keep a state, however small, and to store it; and for each of its bytes."""
GPU_PAYS = 1e8
"""Multiply-adds of one update of all runs, from which a GPU pays: about 2 ms on a core that makes 50 000 a microsecond,
many times what it takes to launch the thirty operations of an update."""


class CostEstimate(NamedTuple):
    """Estimates, in seconds; sums over the groups of an experiment where there are several."""

    step: float
    """One update of all runs."""
    losses: float
    """Losses and accuracies on training and validation examples, and the full gradient."""
    sharpness: float
    """The top curvature."""


def estimate(blueprint: Architecture, dtype: str, runs: int, size: int, seen: int, curved: int) -> CostEstimate:
    """Return what a group of ``runs`` runs costs, ``size`` examples an update.

    Losses are measured on ``seen`` examples, and the sharpness on ``curved``.
    """
    return CostEstimate(
        step=update_seconds(blueprint, dtype, runs, size),
        losses=LOOK + seen * EXAMINED * gradient_seconds(blueprint, dtype, runs),
        sharpness=PRODUCTS * (PRODUCT + curved * product_seconds(blueprint, dtype, runs)),
    )


def of_networks(spec: ExperimentSpec, blueprint: Architecture, sizes: Sequence[int], n: int, copies: int = 1) -> int:
    """Return the work of training networks, what is measured included.

    ``sizes`` are the batches of all runs, ``n`` is the number of examples; of every run there are ``copies`` in lock
    step. Losses, gradient and curvature are looked at after 1, 2, 4, 8, ... updates, and later so rarely that it does
    not count; where nothing is measured on the way, only losses and gradient are, at both ends.
    """
    lanes = spec.lanes()
    groups = Counter((lane.index, size) for lane, size in zip(lanes, sizes, strict=True))
    asked = max(evaluations(lane.run) for lane in lanes)
    seen, curved = min(n, SAMPLE), min(n, CURVED)
    parts = [estimate(blueprint, spec.dtype, copies * runs, size, seen, curved) for (_, size), runs in groups.items()]
    step, losses, sharpness = total_cost(parts)
    looks = spec.steps.bit_length() * (losses + sharpness) if spec.measured else 2 * losses
    return int(RATE * CORE_SHARED * (spec.steps * step * asked + looks))


SHARED_SECONDS = 60.0
"""Seconds of training from which on several machines are worth it: each of them takes some to begin."""


def is_shared(spec: ExperimentSpec, uploads: Uploads = no_uploads) -> bool:
    """Return whether the networks of an experiment are to be trained by several machines, where there are some.

    On a surface they are not: most of the work is to record and to judge, which is done for all runs together.
    """
    if not isinstance(spec.problem, Learned) or spec.lane_count < 2 or not spec.computed:
        return False
    examples = spec.problem.examples(uploads)
    n = len(examples.inputs)
    sizes = [min(lane.run.batch_size or n, n) for lane in spec.lanes()]
    return seconds(of_networks(spec, spec.problem.blueprint(examples), sizes, n)) >= SHARED_SECONDS


def total_cost(parts: Sequence[CostEstimate]) -> CostEstimate:
    """Return the cost of several groups."""
    return CostEstimate(*(sum(column) for column in zip(*parts, strict=True)))


def update_seconds(blueprint: Architecture, dtype: str, runs: int, size: int) -> float:
    """Return seconds of an update of all runs, each of ``size`` examples."""
    example = gradient_seconds(blueprint, dtype, runs)
    return 2 * CALL_SECONDS + size * example + runs * blueprint.dimension * UPDATE_SECONDS


def gradient_seconds(blueprint: Architecture, dtype: str, runs: int) -> float:
    """Return seconds per example of a gradient of all runs."""
    return runs * (blueprint.multiply_adds / SPEED[dtype] + TOUCH * sum(blueprint.widths[1:]))


def product_seconds(blueprint: Architecture, dtype: str, runs: int) -> float:
    """Return seconds per example of a Hessian-vector product of all runs."""
    return runs * (PRODUCT_SLOWER * blueprint.multiply_adds / SPEED[dtype] + PRODUCT_TOUCH * sum(blueprint.widths[1:]))


# Views

VIEW_SECONDS = 0.2
"""Seconds that a view may take, about: frames and examples are fewer where they cost more."""


def output_seconds(blueprint: Architecture, dtype: str) -> float:
    """Return seconds of a network's outputs for one example: a third of what a gradient takes."""
    return CORE_SHARED * gradient_seconds(blueprint, dtype, 1) / 3

"""Is a request larger than this installation allows? Checked once, before anything is computed or stored."""

from __future__ import annotations

from typing import Any

from slalom.errors import LimitExceeded, SpecError
from slalom.settings import Limits, name_of

from .blueprint import Blueprint
from .data import Uploads, no_uploads
from .datasets import Csv
from .experiments import AnyExperiment
from .map import COLUMNS, TOGETHER, Map
from .networks import Learned
from .range_test import SUGGESTIONS, RangeTest

UPDATE = 1_600_000
"""What an update costs however small its network is, in multiplications and additions that take as long: 65 µs."""
UNIT = 50
"""What a unit's activation and its derivative cost for one example, likewise: 2 ns."""
RULE = 90
"""What an optimizer does for every parameter, likewise: 3.6 ns. One core makes 25 to 40 additions in a nanosecond."""
FEW, CURVED = 1024, 15
"""Examples on which the curvature is measured, at most, and how often each is gone through."""
MANY, SEEN = 4096, 2
"""Examples on which losses and the gradient are measured, at most, and how often each is gone through."""
STORED = "Create an experiment with POST /api/experiments: it may be larger, and streams while it runs."


def table(limits: Limits) -> dict[str, dict[str, Any]]:
    """Return every limit: its value, and the environment variable that sets it."""
    return {name: {"value": getattr(limits, name), "setting": name_of(name)} for name in Limits.model_fields}


def refuse(limits: Limits, name: str, value: int, what: str, *, advice: str = "", status: int = 422) -> None:
    """Raise LimitExceeded where ``value`` is more than the limit called ``name``."""
    allowed = getattr(limits, name)
    if allowed is not None and value > allowed:
        advice = advice or f"Ask for less, or start Slalom with a larger {name_of(name)}."
        message = f"{what} is {value:,}, but at most {allowed:,} is allowed here. {advice}"
        raise LimitExceeded(message, limit=allowed, value=value, setting=name_of(name), status=status)


def check(spec: AnyExperiment, limits: Limits) -> None:
    """Raise LimitExceeded where an experiment is larger than this installation allows."""
    refuse(limits, "runs", len(spec.runs), "The number of listed runs")
    refuse(limits, "steps", spec.steps, "The number of steps")
    if isinstance(spec, Map):
        refuse(limits, "map_cells", spec.lane_count, "The number of cells")
        refuse(limits, "map_run_steps", spec.lane_count * spec.steps, "The number of steps of all cells together")
        return
    refuse(limits, "lanes", spec.lane_count, "The number of runs, with everything that varies,")
    refuse(limits, "experiment_numbers", numbers(spec), "The count of numbers to keep")


def check_interactive(spec: AnyExperiment, limits: Limits, every: int = 1) -> None:
    """Raise LimitExceeded where an experiment is too large to be answered at once, SpecError for a map."""
    if isinstance(spec, Map):
        raise SpecError(f"A map is computed piece by piece. {STORED}", ("kind",))
    check(spec, limits)
    steps = sum(part.lane_count * part.steps for part in _parts(spec))
    refuse(limits, "simulate_run_steps", steps, "The number of steps of all runs together", advice=STORED)
    advice = "Ask for every m-th entry with ?every=m, or create an experiment with POST /api/experiments."
    refuse(limits, "simulate_numbers", numbers(spec, every), "The count of numbers in the answer", advice=advice)


def numbers(spec: AnyExperiment, every: int = 1) -> int:
    """Return how many numbers the trace of an experiment has at most, if every ``every``-th entry is kept."""
    return spec.lane_count * (spec.steps // every + 1) * (len(spec.problem.columns) + (every > 1))


def expected_bytes(spec: AnyExperiment) -> int:
    """Return about how many bytes an experiment appends to the store at most: its trace, or the cells of a map."""
    if isinstance(spec, Map):
        return spec.lane_count * 8 * (len(COLUMNS) + 1)
    return numbers(spec) * (4 if spec.dtype == "float32" else 8)


def fits(spec: AnyExperiment, limits: Limits, uploads: Uploads = no_uploads, *, interactive: bool = False) -> None:
    """Raise where a network does not fit its data, or is larger than this installation allows; load the data for it.

    For what :func:`check` lets pass; ``interactive`` asks whether it can be answered at once, too.

    Raises SpecError and LimitExceeded.
    """
    if not isinstance(spec.problem, Learned):
        return
    examples = spec.problem.examples(uploads)
    if isinstance(spec.problem.data, Csv):
        advice = "Take the last column for numbers, or upload a table with fewer classes."
        refuse(limits, "dataset_classes", len(examples.classes), "The number of classes", advice=advice)
    blueprint = spec.problem.blueprint(examples)
    size, n = blueprint.dimension, len(examples.inputs)
    advice = f"Use fewer or smaller hidden layers, or start Slalom with a larger {name_of('network_parameters')}."
    refuse(limits, "network_parameters", size, "The number of the network's parameters", advice=advice)
    together = "The number of parameters of all runs together"
    advice = f"Use fewer runs or a smaller network, or start Slalom with a larger {name_of('training_numbers')}."
    runs = min(spec.lane_count, TOGETHER) if isinstance(spec, Map) else spec.lane_count
    refuse(limits, "training_numbers", size * runs, together, advice=advice)
    _batch_sizes(spec, n)
    if interactive:
        needed = sum(work(part, blueprint, _batch_sizes(part, n), n) for part in _parts(spec))
        refuse(limits, "simulate_work", needed, "The number of multiplications and additions", advice=STORED)


def _parts(spec: AnyExperiment) -> list[AnyExperiment]:
    """Return what is computed: the experiment, and the runs that verify what a range test may suggest."""
    return [spec, spec.verification([spec.lr_from] * SUGGESTIONS)] if isinstance(spec, RangeTest) else [spec]


def _batch_sizes(spec: AnyExperiment, n: int) -> list[int]:
    """Return how many examples an update of every run sees; raise SpecError where they are more than there are."""
    sizes = []
    for lane in spec.lanes():
        size = lane.run.batch_size
        if size is not None and size > n:
            raise SpecError(
                f"batch_size is {size:,}, but there are {n:,} examples to train on. "
                f"Choose at most {n:,}, or leave batch_size out to use all of them.",
                spec.place(lane, "batch_size"),
            )
        sizes.append(n if size is None else size)
    return sizes


def work(spec: AnyExperiment, blueprint: Blueprint, sizes: list[int], n: int) -> int:
    """Return about how many multiplications and additions the runs of a network take, what is measured included.

    ``sizes`` are their batches, ``n`` is the number of examples. Losses, gradient and curvature are looked at after 1,
    2, 4, 8, ... updates, and later so rarely that it does not count.
    """
    together = len({(lane.index, size) for lane, size in zip(spec.lanes(), sizes, strict=True)})
    example = blueprint.multiply_adds + UNIT * sum(blueprint.widths[1:])
    updates = spec.steps * (UPDATE * together + sum(example * size + RULE * blueprint.dimension for size in sizes))
    look = example * (CURVED * min(n, FEW) + SEEN * min(n, MANY))
    return updates + spec.steps.bit_length() * look * len(sizes)

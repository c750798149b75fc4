"""Is a request larger than this installation allows? Checked once, before anything is computed or stored."""

from __future__ import annotations

from slalom.errors import NotHere, SpecError
from slalom.settings import Limits, refuse, variable_of

from . import footprint
from .cost import of_networks, on_surface
from .datasets import Csv, Names
from .datasets.base import Uploads, no_uploads
from .experiments.base import ExperimentSpec, Lane
from .experiments.map import Map
from .optimizers.torch_class import TorchClass, check_installed
from .problems.networks import Learned

STORED = "Create an experiment with POST /api/experiments: it may be larger, and streams while it runs."


def check(spec: ExperimentSpec, limits: Limits) -> None:
    """Raise LimitExceeded where an experiment is larger than this installation allows, SpecError where a value misfits.

    Measured before made: nothing that varies is expanded before its count is known to be allowed.
    """
    for size in spec.sizes():
        refuse(limits, *size)
    spec.check_varied()
    for lane in spec.imported:
        _may_import(spec, lane, limits)
    if not spec.problem.is_network:
        _fits_memory(footprint.bytes_on_surface(spec), limits)


def _fits_memory(needed: int, limits: Limits) -> None:
    """Raise LimitExceeded where an experiment may need more memory than a process that computes has here."""
    if limits.memory_bytes is not None:
        refuse(limits, "worker_bytes", needed, "The number of bytes of memory that this may need")


def _may_import(spec: ExperimentSpec, lane: Lane, limits: Limits) -> None:
    """Raise NotHere where no class may be imported, SpecError where that of a run is in no installed package."""
    rule, place = lane.run.optimizer, spec.place(lane, "optimizer")
    assert isinstance(rule, TorchClass)
    if not limits.imports_classes:
        raise _not_here(rule, place)
    try:
        check_installed(rule.path)
    except SpecError as error:
        raise SpecError(str(error), (*place, *error.loc)) from None


def refuse_classes(spec: ExperimentSpec) -> None:
    """Raise NotHere where a spec names a class of an installed package, which only who runs the server may have run."""
    for lane in spec.imported:
        assert isinstance(lane.run.optimizer, TorchClass)
        raise _not_here(lane.run.optimizer, spec.place(lane, "optimizer"))


def _not_here(rule: TorchClass, place: tuple[str | int, ...]) -> NotHere:
    return NotHere(
        f"The class {rule.path} is code that would run on this server, which other people use. Start Slalom on "
        "your own computer (slalom serve) to run it, or choose one of the rules in the menu.",
        (*place, "path"),
    )


def check_interactive(spec: ExperimentSpec, limits: Limits, every: int = 1) -> int:
    """Return the work of an experiment on a surface; that of networks is known only to :func:`fits`, and is 0 here.

    Raises LimitExceeded where an experiment is too large to be answered at once, SpecError where its kind never is.
    """
    if not spec.at_once:
        raise SpecError(f"A {spec.noun} is computed piece by piece. {STORED}", ("kind",))
    check(spec, limits)
    steps = sum(part.lane_count * part.steps for part in spec.parts())
    refuse(limits, "simulate_run_steps", steps, "The number of steps of all runs together", advice=STORED)
    numbers = spec.recorded_numbers(every)
    advice = "Ask for every m-th entry with ?every=m, or create an experiment with POST /api/experiments."
    refuse(limits, "simulate_numbers", numbers, "The count of numbers in the answer", advice=advice)
    if spec.problem.is_network:
        return 0
    return _allowed(sum(map(on_surface, spec.parts())), limits, "simulate_surface_work")


def _allowed(work: int, limits: Limits, limit: str = "simulate_work") -> int:
    """Return the work of a simulation; raise LimitExceeded where it is more than the limit of that name."""
    refuse(limits, limit, work, "The number of multiplications and additions, or their like,", advice=STORED)
    return work


def check_cell(spec: Map, cell: int, limits: Limits, uploads: Uploads = no_uploads) -> int:
    """Return the work of computing the run of a cell again: of networks, all of its tile.

    Raises LimitExceeded where it is too large to be answered at once.
    """
    alone = spec.alone(cell)
    for lane in alone.imported:
        _may_import(alone, lane, limits)
    refuse(limits, "simulate_run_steps", spec.steps, "The number of steps")
    if not isinstance(alone.problem, Learned):
        return _allowed(on_surface(alone), limits, "simulate_surface_work")
    examples = alone.problem.examples(uploads)
    n = len(examples.inputs)
    blueprint = alone.problem.blueprint(examples)
    return _allowed(of_networks(alone, blueprint, _batch_sizes(alone, n), n, spec.together), limits)


def fits(spec: ExperimentSpec, limits: Limits, uploads: Uploads = no_uploads, *, interactive: bool = False) -> int:
    """Check that a network fits its data and is not larger than this installation allows; load the data for it.

    For what :func:`check` lets pass; ``interactive`` asks whether it can be answered at once, too, and returns its
    work: 0 for all that is no network.

    Raises SpecError and LimitExceeded.
    """
    if not isinstance(spec.problem, Learned):
        return 0
    examples = spec.problem.examples(uploads)
    if isinstance(spec.problem.data, Csv):
        advice = "Take the last column for numbers, or upload a table with fewer classes."
        refuse(limits, "dataset_classes", len(examples.classes), "The number of classes", advice=advice)
    blueprint = spec.problem.blueprint(examples)
    size, n = blueprint.dimension, len(examples.inputs)
    advice = f"Use fewer or smaller hidden layers, or start Slalom with a larger {variable_of('network_parameters')}."
    refuse(limits, "network_parameters", size, "The number of the network's parameters", advice=advice)
    together = "The number of parameters of all runs together"
    advice = f"Use fewer runs or a smaller network, or start Slalom with a larger {variable_of('training_numbers')}."
    refuse(limits, "training_numbers", size * spec.together, together, advice=advice)
    _batch_sizes(spec, n)
    _check_given(spec, size)
    _fits_memory(footprint.bytes_of_networks(spec, blueprint, examples), limits)
    if not interactive:
        return 0
    return _allowed(sum(of_networks(part, blueprint, _batch_sizes(part, n), n) for part in spec.parts()), limits)


def _check_given(spec: ExperimentSpec, dimension: int) -> None:
    """Raise SpecError where a run of a network does not give all of its parameters."""
    for lane in spec.lanes():
        given = lane.run.start
        if given is not None and len(given) != dimension:
            raise SpecError(
                f"start has {len(given):,} numbers, but this network has {dimension:,} parameters. Give all of them in "
                "the order of nn.Module.parameters(), or leave start out.",
                spec.place(lane, "start"),
            )


def _batch_sizes(spec: ExperimentSpec, n: int) -> list[int]:
    """Return how many examples an update of every run sees.

    Raises SpecError where they are more than there are; of a user's own file, an update then sees all examples.
    """
    sizes = []
    own = isinstance(spec.problem, Learned) and isinstance(spec.problem.data, Csv | Names)
    for lane in spec.lanes():
        size = lane.run.batch_size
        if size is not None and size > n and not own:
            raise SpecError(
                f"batch_size is {size:,}, but there are {n:,} examples to train on. "
                f"Choose at most {n:,}, or leave batch_size out to use all of them.",
                spec.place(lane, "batch_size"),
            )
        sizes.append(n if size is None else min(size, n))
    return sizes

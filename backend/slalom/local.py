"""Experiments computed in this process, without a server: the numbers of the API, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, overload

from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import Map
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.engine.lockstep.interfaces import Event
from slalom.engine.lockstep.process_state import process_as_it_was
from slalom.engine.runner import Runner
from slalom.engine.runners import runner_of
from slalom.errors import SlalomError, SpecError
from slalom.progress import progress_bar
from slalom.results.cells import MapResult, map_of_blocks
from slalom.results.grids import Axes, GridResult, grid_spec
from slalom.results.provenance import local_provenance
from slalom.results.runs import SimulationResult, recorded_runs, simulation
from slalom.results.spec import Spec, read_spec
from slalom.wire.frames import Block

Listener = Callable[[Event], object]
Taker = Callable[[Block], object]


def simulate(spec: Spec, every: int = 1) -> SimulationResult:
    """Compute the runs of a comparison or of a range test in this process, and return all of them.

    The numbers are those of ``POST /api/simulate``, byte for byte. Each ``every``-th entry is kept. Functions need
    NumPy alone; networks need torch. Raises SpecError where the spec does not fit.
    """
    read = read_spec(spec)
    if isinstance(read, Map):
        raise SpecError("A map keeps no entries of its runs. Compute it with slalom.run.", ("kind",))
    if every < 1:
        raise SpecError(f"every is {every}: keep each first, second, ... entry, from 1 on.", ("every",))
    with process_as_it_was(_uses_torch(read)):
        return _simulated(read, every, _Telling())


@overload
def run(
    spec: Comparison | RangeTest,
    *,
    progress: bool | None = None,
    on_event: Listener | None = None,
    on_block: Taker | None = None,
) -> SimulationResult: ...
@overload
def run(
    spec: Map, *, progress: bool | None = None, on_event: Listener | None = None, on_block: Taker | None = None
) -> MapResult: ...
@overload
def run(
    spec: Spec, *, progress: bool | None = None, on_event: Listener | None = None, on_block: Taker | None = None
) -> SimulationResult | MapResult: ...
def run(
    spec: Spec, *, progress: bool | None = None, on_event: Listener | None = None, on_block: Taker | None = None
) -> SimulationResult | MapResult:
    """Compute an experiment of any kind in this process, and return what came of it.

    A bar is drawn where ``progress`` is true, or is None and standard error is a terminal. ``on_event`` is called with
    what happens on the way: a first rise, an explosion, convergence, each with its run, step and sentence; ``on_block``
    with entries of runs, or cells, as they are computed. Ctrl-C ends it, and nothing is left behind.
    """
    read = read_spec(spec)
    with progress_bar(read.title, _length(read), progress) as done, process_as_it_was(_uses_torch(read)):
        telling = _Telling(done, on_event, on_block)
        if isinstance(read, Map):
            return map_of_blocks(read, _blocks(_runner(read), telling), local_provenance(read))
        return _simulated(read, 1, telling)


def grid(spec: Spec, axes: Axes, *, progress: bool | None = None, on_event: Listener | None = None) -> GridResult:
    """Compute the runs of a comparison with every combination of values of up to three fields, in this process.

    ``axes`` are the values by the dotted path of their field:
    ``{"run.optimizer.lr": np.geomspace(1e-3, 1, 20), "run.optimizer.momentum": [0, 0.9]}``. All runs are stepped
    together where they can be. What came of them, and every entry, are arrays with an axis for each field.
    """
    found = run(grid_spec(spec, axes), progress=progress, on_event=on_event)
    return GridResult(found)


class _Telling(NamedTuple):
    """Who is told on the way: of how much is done, what happened, and what was computed."""

    done: Callable[[float], object] = bool
    on_event: Listener | None = None
    on_block: Taker | None = None


def _simulated(spec: AnyExperiment, every: int, telling: _Telling) -> SimulationResult:
    runner = _runner(spec)
    recorded = recorded_runs(spec, _blocks(runner, telling), every)
    found = runner.result()
    outcomes = found.outcomes or [None] * len(recorded)
    return simulation(spec, recorded, outcomes, local_provenance(spec), every, found.findings)


def _runner(spec: AnyExperiment) -> Runner:
    try:
        return runner_of(spec)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        what = f"A {spec.problem.kind} is computed by PyTorch, which is not installed."
        raise SlalomError(f"{what} Try: pip install torch. Or ask a server, with slalom.Client.") from None


def _blocks(runner: Runner, telling: _Telling) -> Iterator[Block]:
    for tick in runner.frames():
        for block in tick.blocks:
            yield block
            if telling.on_block is not None:
                telling.on_block(block)
        if telling.on_event is not None:
            for event in tick.events:
                telling.on_event(event)
        telling.done(tick.done)


def _uses_torch(spec: AnyExperiment) -> bool:
    return spec.problem.is_network or bool(spec.imported)


def _length(spec: AnyExperiment) -> int:
    return spec.lane_count if isinstance(spec, Map) else spec.steps

"""How much memory an experiment takes at most, from the spec alone and before it is let in.

An estimate from above, of the address space of the process that computes it: what is bounded there by itself counts
with its bound, everything else with all runs. ``tests/engine/test_memory.py`` compares it with what is taken.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from .cost import SAMPLE
from .datasets.base import Examples
from .experiments.base import ExperimentSpec, Lane
from .experiments.map import Map
from .optimizers import AnyOptimizer
from .problems.architecture import Architecture

MEGABYTE = 2**20
READY_BYTES = 800 * MEGABYTE
"""A process that has imported everything and reads and writes a store, with its threads: 760 MB, measured."""
WASTE = 1.15
"""What allocators waste: pieces that fit nowhere, and those that are kept for the next time."""
LANE_BYTES, VARIABLE_BYTES = 60_000, 1_000
"""Bytes of what is known and said of one run; and for each of its variables."""
RECORDED, HELD_RECORDS = 2**18, 24
"""Numbers recorded at a time, and how often they are in memory: as they are made, judged, packed and written."""
LAST_STRETCH_BYTES = 3 * 256 * 12
"""Bytes of a run's last stretch, with what is made of it."""
COPIES = 4
"""Parameters, and all that a rule remembers of them, are there as they were and will be, and twice meanwhile."""
GRADIENTS = 6
"""Arrays as large as the parameters that are there beside them: gradients, the last look's, and what moved."""
PASS_NUMBERS, PASSES = 2**22, 6
"""Numbers of one pass of a network at most, and how many passes there are, those whose memory is kept included."""
DIRECTIONS, DIRECTIONS_HELD = 28, 2**24
"""Arrays as large as the parameters that a sharpness is searched with, and their numbers for all runs at a time."""
STATE_BYTES = 128 * MEGABYTE
"""Bytes of all states of networks that are kept; one is, however large."""
STATES_KEPT = 400
PATH_MEMORY, PATH_PLACES = 64 * MEGABYTE, 256
"""Bytes of the path that shapes a plane, and its places at most."""
FEWEST_PLACES = 8
NUMBERS_GATHERED = 2**17
"""Numbers of mini-batches that are gathered at a time, unless one has more."""
MAP_RUNS = 8192
"""Runs on a surface that are computed together in a map."""
CELL_BYTES = 48 * 4
"""Bytes of a cell of a map, with its way into the store."""


def bytes_on_surface(spec: ExperimentSpec) -> int:
    """Return the bytes of an experiment on a surface or a regression, at most."""
    return _whole(sum(_surface(part) for part in spec.parts()))


def bytes_of_networks(spec: ExperimentSpec, blueprint: Architecture, examples: Examples) -> int:
    """Return the bytes of an experiment with networks, at most."""
    return _whole(sum(_networks(part, blueprint, examples) for part in spec.parts()))


def _whole(parts: int) -> int:
    return READY_BYTES + int(WASTE * parts)


def _surface(spec: ExperimentSpec) -> int:
    runs = min(spec.lane_count, MAP_RUNS) if isinstance(spec, Map) else spec.lane_count
    variables = spec.problem.dimension or 1
    held = 8 * runs * variables * (COPIES * (1 + _remembered(spec)) + GRADIENTS)
    matrices = 8 * runs * variables**2 * COPIES if _has_matrices(spec) else 0
    return held + matrices + _recorded(spec, runs, variables)


def _has_matrices(spec: ExperimentSpec) -> bool:
    return not spec.problem.effort.diagonal or any(run.optimizer.uses_hessian for run in spec.runs)


def _networks(spec: ExperimentSpec, blueprint: Architecture, examples: Examples) -> int:
    size = 4 if spec.dtype == "float32" else 8
    runs, n, row = spec.together, len(examples.inputs), size * blueprint.dimension
    state = runs * row * (1 + _remembered(spec) + spec.keeps_averages)
    width = sum(blueprint.widths) + blueprint.context * blueprint.symbols
    batches = [min(lane.run.batch_size or n, n) for lane in spec.lanes()]
    seen, features = max(min(n, SAMPLE), *batches), max(1, examples.inputs.shape[1])
    one = 3 * width + 2 * blueprint.dimension
    numbers = max(one, min(PASS_NUMBERS, runs * (seen * 3 * width + 2 * blueprint.dimension)))
    found = COPIES * state + GRADIENTS * runs * row
    found += PASSES * size * numbers
    found += size * max(DIRECTIONS * blueprint.dimension, min(DIRECTIONS_HELD, DIRECTIONS * runs * blueprint.dimension))
    found += 3 * size * max(NUMBERS_GATHERED, runs * max(batches) * features)
    found += 3 * 8 * (n + len(examples.check_inputs)) * (features + max(1, blueprint.widths[-1]))
    if spec.looks_inside:
        found += 2 * max(state, min(STATE_BYTES, STATES_KEPT * state, (spec.steps + 1) * state))
        found += 3 * max(FEWEST_PLACES * row, min(PATH_MEMORY, PATH_PLACES * row)) + 12 * 8 * blueprint.dimension
    return found + _recorded(spec, runs, 0)


def _recorded(spec: ExperimentSpec, runs: int, variables: int) -> int:
    """Return the bytes of what is recorded and said of an experiment."""
    if isinstance(spec, Map):  # Of a cell only its outcome is told.
        return CELL_BYTES * spec.lane_count + HELD_RECORDS * 8 * RECORDED
    found = runs * (LAST_STRETCH_BYTES + LANE_BYTES + VARIABLE_BYTES * variables)
    return found + HELD_RECORDS * 8 * max(RECORDED, runs * len(spec.recorded_columns))


def _remembered(spec: ExperimentSpec) -> int:
    """Return how many numbers a rule remembers of every parameter: of all rules, the one that remembers most."""
    kinds: dict[Hashable, AnyOptimizer] = {}
    lanes: Sequence[Lane] = spec.lanes()
    for lane in lanes:
        rule = lane.run.optimizer
        kinds.setdefault((rule.kind, getattr(rule, "history_size", 0)), rule)
    return max(map(_numbers, kinds.values()))


def _numbers(rule: AnyOptimizer) -> int:
    if not rule.is_written:
        return 0
    return sum(value.size for value in rule.init(np.zeros((1, 1)), np) if isinstance(value, np.ndarray))

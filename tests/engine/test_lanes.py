"""The law of lanes: what is computed of a run depends on its spec and seed, never on its neighbours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from legal_specs import legal
from traces import gather

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.map import CELL_COLUMNS, Map
from slalom.engine.descent import Descent
from slalom.engine.map.network_tiles import settle_networks
from slalom.engine.replay import replay
from slalom.errors import SpecError

SPECS = 30
"""Random comparisons that are tried."""
CHUNK = 15
MEASURED = {"val_loss", "train_loss", "val_accuracy", "train_accuracy", "sharpness", "limit"}
"""Columns of networks that are measured now and then."""


def traces(spec: Comparison, **more: Any) -> list[dict[str, np.ndarray]]:
    """Return every run's columns."""
    blocks = [block for tick in Descent(spec, paced=False, **more) for block in tick.blocks]
    return [dict(zip(*gather(blocks, run), strict=True)) for run in range(spec.lane_count)]


def alone(spec: Comparison, place: int) -> Comparison:
    """Return one run of a comparison as an experiment of its own."""
    lane = spec.lanes()[place]
    return spec.model_copy(update={"runs": [spec.runs[lane.index]], "seed": lane.seed, "seeds": 1})


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Compare two runs byte for byte."""
    assert {*one} ^ {*other} <= {"average_loss", "average_val_loss"}  # All runs have them where one keeps averages.
    shared = [name for name in one if name in other]
    for name in [name for name in shared if not MEASURED & {*one} or name in ("loss", "lr", "grad_norm", "step_norm")]:
        n = min(len(one[name]), len(other[name]))
        assert one[name][:n].tobytes() == other[name][:n].tobytes(), name


def comparisons(first: int) -> Iterator[tuple[random.Random, Comparison]]:
    """Yield hostile comparisons."""
    for number in range(first, first + CHUNK):
        by = random.Random(f"lanes {number}")
        spec = legal(by)
        while not isinstance(spec, Comparison):
            spec = legal(by)
        yield by, spec


@pytest.mark.parametrize("first", range(0, SPECS, CHUNK))
def test_a_run_has_its_bytes_alone_beside_others_and_continued_from_anywhere(first):
    for by, spec in comparisons(first):
        together = traces(spec)
        place = by.randrange(len(together))
        one, whole = alone(spec, place), together[place]
        same(whole, traces(one)[0])
        step = by.randrange(len(whole["loss"]))
        try:
            came = replay(spec, place, step)
        except SpecError:  # It had left the finite numbers.
            continue
        rest = one.model_copy(update={"steps": spec.steps - step})
        neighbour = one.runs[0].model_copy(update={"clip_norm": None, "layer_lr": None})
        beside = rest.model_copy(update={"runs": [neighbour, one.runs[0], neighbour]})
        for continued in (traces(rest, origin=[came])[0], traces(beside, origin=[came] * 3)[1]):
            continued["step_norm"][:1] = whole["step_norm"][step : step + 1]  # No step led to its first entry.
            same({name: values[step:] for name, values in whole.items()}, continued)


@pytest.mark.parametrize("batch_size", [None, 3])
def test_a_cell_of_a_map_of_networks_ends_where_its_run_does(batch_size):
    problem = {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [7, 5]}
    lr = {"field": "run.optimizer.lr", "from": 1e-3, "to": 30, "scale": "log", "n": 3}
    momentum = {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 2}
    run = {"optimizer": {"kind": "sgd"}, "batch_size": batch_size}
    spec = Map.model_validate({"problem": problem, "run": run, "vary": [lr, momentum], "steps": 12})
    losses = settle_networks(spec, np.arange(6))[CELL_COLUMNS.index("loss")]
    for cell in range(6):
        assert losses[cell] == traces(spec.alone(cell))[0]["loss"][-1], cell

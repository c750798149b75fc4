"""The law of lanes: what is computed of a network depends on its spec and seed, never on who runs beside it."""

from __future__ import annotations

import random
from typing import Any, get_args

import numpy as np
import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.problems.activations import Activation
from slalom.engine.descent import Descent

ALWAYS = ("loss", "lr", "grad_norm", "step_norm")
"""Columns that every entry has anew."""
EXACT = (*ALWAYS, "train_loss", "val_loss", "train_accuracy", "val_accuracy", "saturated0")
"""Columns that are functions of the parameters: those that are measured now and then are compared at the ends."""
RANDOM = 12
"""How many random experiments are compared."""
RULES = ({"kind": "sgd"}, {"kind": "sgd", "momentum": 0.9}, {"kind": "adam"}, {"kind": "rmsprop"}, {"kind": "rprop"})


def columns(spec: Comparison, entries: int = 1024, **more: Any) -> list[dict[str, np.ndarray]]:
    """Return every run's columns."""
    found: list[dict[str, list[np.ndarray]]] = [{} for _ in spec.lanes()]
    for tick in Descent(spec, paced=False, entries=entries, **more):
        for block in tick.blocks:
            for place, run in enumerate(block.runs):
                for name, values in zip(block.columns, block.data, strict=True):
                    found[run].setdefault(name, []).append(values[place])
    return [{name: np.concatenate(parts) for name, parts in run.items()} for run in found]


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Compare two runs byte for byte."""
    for name in ALWAYS:
        assert one[name].tobytes() == other[name].tobytes(), name
    for name in EXACT:
        assert one[name][[0, -1]].tobytes() == other[name][[0, -1]].tobytes(), name
    assert one["sharpness"][0].tobytes() == other["sharpness"][0].tobytes()


def some_problem(by: random.Random) -> dict[str, Any]:
    """Return a network of any shape."""
    if by.random() < 0.15:
        return {"kind": "character", "context": by.randint(1, 3), "embedding": by.randint(1, 5), "hidden": [9]}
    kinds: list[dict[str, Any]] = [
        {"kind": "moons", "n": by.randint(8, 120)},
        {"kind": "spirals", "n": by.randint(12, 120)},
        {"kind": "chebyshev"},
        {"kind": "blobs", "n": by.randint(20, 90)},
    ]
    data = by.choice(kinds)
    hidden = [by.choice([1, 2, 3, 5, 8, 16, 17, 31]) for _ in range(by.randint(1, 3))]
    problem = {"kind": "network", "data": data, "hidden": hidden, "activation": by.choice(get_args(Activation))}
    losses = {"moons": ["softmax", "logistic", "mse"], "chebyshev": ["mse"]}.get(data["kind"], ["softmax", "mse"])
    return problem | {"loss": by.choice(losses)}


def some_run(by: random.Random) -> dict[str, Any]:
    """Return a run of any rule."""
    run: dict[str, Any] = {"optimizer": by.choice(RULES) | {"lr": by.choice([0.001, 0.03, 0.3, 30.0])}}
    run["batch_size"] = by.choice([None, 1, 3, 16, 33])
    run["batches"] = by.choice(["shuffled", "drawn"])
    more: list[dict[str, Any]] = [
        {},
        {"noise": 0.01},
        {"clip_norm": 0.5},
        {"l1": 0.01},
        {"clip_value": 0.1, "noise": 0.1},
        {"schedule": {"kind": "plateau", "every": 2, "patience": 0}},
        {"schedule": {"kind": "cosine"}},
    ]
    return run | by.choice(more)


@pytest.mark.parametrize("seed", range(RANDOM))
def test_a_run_alone_is_the_run_beside_others(seed):
    by = random.Random(seed)
    problem = some_problem(by)
    runs = [some_run(by) for _ in range(by.randint(1, 3))]
    runs += [runs[0] | {"optimizer": runs[0]["optimizer"] | {"lr": lr}} for lr in (0.01, 0.02)[: by.randint(0, 2)]]
    base: dict[str, Any] = {"problem": problem, "steps": by.randint(1, 12), "dtype": by.choice(["float32", "float64"])}
    seeds = by.randint(1, 4)
    together = columns(
        Comparison.model_validate(base | {"runs": runs, "seed": 7, "seeds": seeds}), by.choice([1, 5, 99])
    )
    lanes = Comparison.model_validate(base | {"runs": runs, "seed": 7, "seeds": seeds}).lanes()
    for place in by.sample(range(len(lanes)), min(4, len(lanes))):
        own = base | {"runs": [runs[lanes[place].index]], "seed": lanes[place].seed}
        (alone,) = columns(Comparison.model_validate(own))
        same(alone, together[place])

"""Every result says how it was computed, and that computes it again, bit for bit, whatever its kind."""

import numpy as np
import pytest

import slalom
from slalom.client import Client

REGRESSION = {"kind": "regression", "data": "thermometer", "scaling": "tenth"}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 60, "noise": 0.2, "seed": 0}, "hidden": [6]}
LETTERS = {"kind": "character", "data": {"kind": "names"}, "context": 3, "embedding": 4, "hidden": [6]}
SGD = {"optimizer": {"kind": "sgd", "lr": 0.02}}
RATES = {"field": "run.optimizer.lr", "from": 1e-3, "to": 1, "scale": "log", "n": 6}
MOMENTA = {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 4}

SPECS = {
    "a surface with noise": {
        "problem": {"kind": "rosenbrock"},
        "runs": [{"optimizer": {"kind": "adam", "lr": 0.01}, "noise": 0.1}],
        "steps": 40,
        "seed": 7,
    },
    "a formula": {
        "problem": {"kind": "formula", "text": "x^2 + sin(y)"},
        "runs": [SGD],
        "steps": 30,
        "dtype": "float32",
    },
    "a regression": {"problem": REGRESSION, "runs": [SGD], "steps": 40, "dtype": "float32"},
    "a network": {"problem": MOONS, "runs": [SGD | {"batch_size": 16}], "steps": 40, "seed": 5, "seeds": 2},
    "a character model": {"problem": LETTERS, "runs": [SGD | {"batch_size": 16}], "steps": 15, "seed": 5},
    "a sweep": {"problem": {"kind": "bowl"}, "runs": [SGD], "steps": 30, "vary": [RATES]},
    "a sweep of a network": {"problem": MOONS, "runs": [SGD], "steps": 20, "vary": [RATES]},
    "a map": {"kind": "map", "problem": {"kind": "bowl"}, "run": SGD, "steps": 40, "vary": [RATES, MOMENTA]},
    "a range test": {"kind": "range_test", "problem": REGRESSION, "run": SGD, "steps": 60},
    "a range test of a network": {"kind": "range_test", "problem": MOONS, "run": SGD | {"batch_size": 16}, "steps": 60},
}


def bits(result):
    """Return everything that a result has of numbers."""
    if isinstance(result, slalom.MapResult):
        return [np.asarray(column).tobytes() for column in (result.kinds, *result.columns.values())]
    return [
        (*(run[name].tobytes() for name in (*run.columns, "params") if run[name] is not None), run.outcome)
        for run in result
    ]


@pytest.mark.parametrize("name", SPECS)
def test_a_result_is_computed_again_by_what_it_says_of_itself(name):
    first = slalom.run(SPECS[name])
    about = first.provenance
    again = slalom.run(about.spec)
    assert bits(again) == bits(first)
    assert again.provenance == about
    assert (about.version, about.seed) == (slalom.__version__, SPECS[name].get("seed", 0))
    assert about.dtype == about.spec["dtype"]


@pytest.mark.parametrize("name", ["a regression", "a network", "a sweep", "a map", "a range test of a network"])
def test_a_result_of_a_server_is_computed_again_here(name, server):
    with Client(server) as client:
        first = client.run(SPECS[name])
    again = slalom.run(first.provenance.spec)
    assert bits(again) == bits(first)
    assert again.provenance.spec == first.provenance.spec

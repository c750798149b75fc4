"""Every result says how it was computed, and that computes it again, bit for bit, whatever its kind."""

import numpy as np
import pytest
import torch

import slalom
from slalom.catalogue.cost import GPU_PAYS
from slalom.client import Client
from slalom.engine.network.device import choose
from slalom.results.provenance import UNKNOWN_DEVICE, device_told, provenance_of
from slalom.results.spec import read_spec

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
    assert about.device == "cpu"  # Small as they are, a GPU would not pay.


@pytest.mark.parametrize("name", ["a regression", "a network", "a sweep", "a map", "a range test of a network"])
def test_a_result_of_a_server_is_computed_again_here(name, server):
    with Client(server) as client:
        first = client.run(SPECS[name])
    again = slalom.run(first.provenance.spec)
    assert bits(again) == bits(first)
    assert again.provenance.spec == first.provenance.spec
    assert first.provenance.device == "cpu"


def test_every_answer_of_a_server_says_on_which_device_it_was_computed(server):
    spec = SPECS["a network"]
    cells = {"kind": "map", "problem": MOONS, "run": SGD, "steps": 5, "vary": [RATES | {"n": 2}, MOMENTA | {"n": 2}]}
    with Client(server) as client:
        found = [client.simulate(spec), *client.preview([spec])]
        stored = client.run(spec).provenance.experiment
        mapped = client.run(cells)
        found += [client.result(stored), client.trace(stored, every=4), mapped]
        found.append(client.cell(mapped.provenance.experiment, 1, 1))
        saved = client.import_file(client.download(stored, "json", spec=True))["id"]
        again = client.trace(saved)
    assert [one.provenance.device for one in found] == ["cpu"] * len(found)
    assert again.provenance.device == UNKNOWN_DEVICE


@pytest.mark.parametrize(
    ("wanted", "work", "gpu", "said"),
    [
        ("auto", 1.0, None, "cpu"),
        ("cpu", 1e15, "H200", "cpu"),
        ("auto", GPU_PAYS / 2, "H200", "cpu"),
        ("auto", GPU_PAYS, "NVIDIA A100 (80 GB): PCIe", "cuda (NVIDIA A100 (80 GB): PCIe)"),
        ("cuda", 1.0, "NVIDIA H200", "cuda (NVIDIA H200)"),
    ],
)
def test_the_device_is_the_one_that_was_chosen_whatever_was_asked_for(wanted, work, gpu, said, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu is not None)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: gpu)
    events = [{"kind": "data", "sentence": "Computed on the GPU (none)."}]
    assert device_told(events) is None
    assert device_told([*events, {"kind": "device", "sentence": choose(wanted, work).because}]) == said


def test_where_nobody_has_said_the_device_none_is_made_up():
    said = {name: provenance_of(read_spec(spec), "1").device for name, spec in SPECS.items()}
    assert {name for name, device in said.items() if device != "cpu"} == {
        name for name, spec in SPECS.items() if spec["problem"]["kind"] in ("network", "character")
    }
    assert provenance_of(read_spec(SPECS["a network"] | {"device": "cpu"}), "1").device == "cpu"

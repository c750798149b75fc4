"""A run taken away: its program over HTTP, and a network's parameters for NumPy and PyTorch."""

import contextlib
import io

import numpy as np
import pytest
import torch
from safetensors.torch import load

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.script.program import program

SURFACE = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}, {}], "steps": 9}
MOONS = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 60}, "hidden": [4]},
    "runs": [{"optimizer": {"kind": "adam", "lr": 0.02}, "batch_size": 10}, {"batch_size": 10}],
    "steps": 30,
    "seed": 5,
}


@pytest.fixture(scope="module")
def trained(api):
    id = api.post("/api/experiments", json=MOONS).json()["id"]
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    return id


def made(text):
    """Return what a program defines."""
    names = {"__name__": "program"}
    exec(compile(text, "program.py", "exec"), names)
    return names


def archive(answer):
    return dict(np.load(io.BytesIO(answer.content)))


@pytest.mark.parametrize("run", [0, 1])
def test_a_spec_as_a_program(api, run):
    answer = api.post("/api/script", params={"run": run}, json=SURFACE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/x-python; charset=utf-8")
    assert answer.text == program(SPEC.validate_python(SURFACE), run)
    assert f'filename="slalom-{run}.py"' in answer.headers["content-disposition"]


def test_a_stored_run_as_a_program(api, trained):
    answer = api.get(f"/api/experiments/{trained}/script", params={"run": 1})
    assert answer.text == program(SPEC.validate_python(MOONS), 1)
    trace = api.get(f"/api/experiments/{trained}/trace").json()["runs"][1]["loss"]
    with contextlib.redirect_stdout(io.StringIO()):
        losses = made(answer.text)["main"]()
    np.testing.assert_allclose(losses, trace, rtol=1e-5)


def test_a_fork_of_a_fork_is_a_program_that_makes_the_updates_before_it(api, trained):
    id, batch = trained, {"batch_size": 10}
    for run, step, rule in ((1, 13, {"kind": "adam", "lr": 0.05}), (0, 4, {"kind": "adam", "lr": 0.01})):
        wish = {"run": run, "step": step, "runs": [{"optimizer": rule, **batch}]}
        id = api.post(f"/api/experiments/{id}/fork", json=wish).json()["id"]
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    trace = api.get(f"/api/experiments/{id}/trace").json()["runs"][0]["loss"]
    with contextlib.redirect_stdout(io.StringIO()):
        losses = made(api.get(f"/api/experiments/{id}/script").text)["main"]()
    np.testing.assert_allclose(losses, trace, rtol=1e-5)


def test_parameters_for_numpy(api, trained):
    found = archive(api.get(f"/api/experiments/{trained}/parameters", params={"run": 1}))
    assert (found["step"][0], found["step"][-1]) == (0, 30)
    assert found["0.weight"].shape == (len(found["step"]), 4, 2)
    assert found["batches"].shape == (30, 10)
    order = torch.Generator().manual_seed(5)
    for epoch in found["batches"].reshape(5, 6, 10):
        expected = torch.randperm(60, generator=order).view(6, 10).numpy()
        np.testing.assert_array_equal(epoch, expected)


def test_initial_parameters_are_those_of_the_program(api, trained):
    found = archive(api.get(f"/api/experiments/{trained}/parameters", params={"step": 0}))
    model = made(api.get(f"/api/experiments/{trained}/script").text)["build"]()
    assert found.keys() == {"step", "batches", *model.state_dict()}
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(found[name][0], values.numpy())


@pytest.mark.parametrize("step", [None, 0])
def test_parameters_for_pytorch(api, trained, step):
    """The file of an entry is loaded into the program's model and gives the loss of that entry."""
    asked = {"format": "safetensors"} | ({} if step is None else {"step": step})
    state = load(api.get(f"/api/experiments/{trained}/parameters", params=asked).content)
    names = made(api.get(f"/api/experiments/{trained}/script").text)
    model = names["build"]()
    model.load_state_dict(state)
    entry = 30 if step is None else step
    all_of_them = archive(api.get(f"/api/experiments/{trained}/parameters"))
    np.testing.assert_array_equal(
        state["2.bias"].numpy(), all_of_them["2.bias"][list(all_of_them["step"]).index(entry)]
    )
    trace = api.get(f"/api/experiments/{trained}/trace").json()["runs"][0]["train_loss"]
    inputs = names["loaded"](names["INPUTS"], torch.float32, [60, 2])
    targets = names["loaded"](names["TARGETS"], torch.uint8, [60]).long()
    assert names["loss_of"](model, inputs, targets).item() == pytest.approx(trace[entry], rel=1e-5)


def test_the_batches_of_a_run_that_goes_on_from_another_go_on(api, trained):
    wish = {"run": 0, "step": 8, "steps": 12}
    fork = api.post(f"/api/experiments/{trained}/fork", json=wish).json()["id"]
    assert api.get(f"/api/experiments/{fork}", params={"wait": 60}).json()["status"] == "done"
    whole = archive(api.get(f"/api/experiments/{trained}/parameters"))["batches"]
    np.testing.assert_array_equal(archive(api.get(f"/api/experiments/{fork}/parameters"))["batches"], whole[8:20])


REFUSED = [
    ("parameters?run=2", 422, "There is no run 2; the runs are 0 to 1."),
    ("parameters?step=31", 422, "Entry 31 is not kept. The entries are 0, "),
    ("parameters?format=hdf5", 422, "npz"),
    ("script?run=2", 422, "There is no run 2; the experiment has runs 0 to 1."),
]


@pytest.mark.parametrize(("path", "status", "words"), REFUSED)
def test_what_is_not_there(api, trained, path, status, words):
    refused = api.get(f"/api/experiments/{trained}/{path}")
    assert refused.status_code == status
    assert words in refused.text


def test_a_surface_has_no_network_to_take_away(api):
    id = api.post("/api/experiments", json=SURFACE).json()["id"]
    refused = api.get(f"/api/experiments/{id}/parameters")
    assert (refused.status_code, "no parameters of a network" in refused.json()["detail"]) == (404, True)


def test_a_map_is_no_program(api):
    axes = [{"field": f"run.start.{i}", "from": -1, "to": 1, "n": 4} for i in (0, 1)]
    refused = api.post("/api/script", json={"kind": "map", "problem": {"kind": "bowl"}, "vary": axes})
    assert refused.status_code == 422
    assert "A map is no program of one run" in refused.text

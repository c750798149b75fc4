"""Without a server: the numbers of the API, and what is refused."""

import contextlib
import subprocess
import sys

import pytest

import slalom
from slalom.errors import SpecError


def test_events_are_told_on_the_way():
    told = []
    spec = slalom.Comparison(problem=slalom.Parabola(), runs=[slalom.Run(optimizer=slalom.Sgd(lr=1.05))], steps=40)
    result = slalom.run(spec, progress=False, on_event=told.append)
    assert [event.kind for event in told] == ["crossing", "first_rise", "exploded"]
    assert result[0].outcome.exploded == told[-1].step == 38


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"problem": {"kind": "parabola"}, "runs": []}, "runs"),
        ({"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "adam", "lr": "1"}}]}, "lr"),
        (
            {"problem": {"kind": "parabola"}, "runs": [{}], "vary": [{"field": "run.optimizer.lr", "values": ["a"]}]},
            "lr",
        ),
    ],
)
def test_a_spec_that_does_not_fit_is_refused_with_its_place(spec, sentence):
    with pytest.raises(SpecError, match=sentence):
        slalom.simulate(spec)


def test_entries_are_kept_from_each_first_on():
    spec = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 10}
    assert slalom.simulate(spec, every=1)[0].loss[::3].tolist() == slalom.simulate(spec, every=3)[0].loss.tolist()
    with pytest.raises(SpecError, match="every is 0"):
        slalom.simulate(spec, every=0)
    vary = [{"field": f"run.optimizer.{name}", "values": [0.1]} for name in ("lr", "momentum")]
    with pytest.raises(SpecError, match=r"Compute it with slalom\.run"):
        slalom.simulate({"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "vary": vary})


WITHOUT = ("torch", "fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "typer", "safetensors", "segno")
"""What somebody who installed slalom-client does not have."""


def test_surfaces_need_neither_torch_nor_a_server():
    code = f"""
import sys
sys.modules.update(dict.fromkeys({WITHOUT}))
import slalom
spec = slalom.Comparison(problem=slalom.Rosenbrock(), runs=[slalom.Run(optimizer=slalom.Adam(lr=0.1))], steps=20)
result = slalom.simulate(spec)
assert result.figure().to_dict()
assert slalom.Client("http://127.0.0.1:9").url and slalom.AsyncClient
for needs, ask in (
    ("A network is computed by PyTorch", lambda: slalom.run(slalom.Comparison(
        problem=slalom.Network(data=slalom.Moons()), runs=[slalom.Run()], steps=1))),
    ("slalom.find_lr needs PyTorch", lambda: slalom.find_lr),
):
    try:
        ask()
    except (slalom.SlalomError, ImportError) as error:
        assert str(error).startswith(needs), error
    else:
        raise AssertionError(needs)
print(slalom.run(slalom.RangeTest(problem=slalom.Bowl(), steps=50), progress=False).findings.lr)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert float(answer.stdout) > 0


@pytest.mark.parametrize(
    "spec",
    [
        {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "torch", "path": "torch.optim.SGD"}}]},
        {"problem": {"kind": "network", "data": {"kind": "xor"}, "hidden": [2]}, "runs": [{}], "dtype": "float32"},
        {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "torch", "path": "torch.optim.None"}}]},
    ],
)
def test_what_is_computed_leaves_a_program_as_it_was(spec):
    import random

    import numpy as np
    import torch

    def state():
        numpy = np.random.get_state()
        return torch.get_num_threads(), torch.get_rng_state().tolist(), random.getstate(), numpy[1].tolist(), numpy[2:]

    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        before = state()
        for compute in (slalom.simulate, slalom.run):
            with contextlib.suppress(SpecError):
                compute(spec | {"steps": 3})
            assert state() == before
    finally:
        torch.set_num_threads(threads)

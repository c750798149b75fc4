"""A learning rate for every layer: what torch.optim does with one group of parameters per layer."""

import numpy as np
import plain_torch
import pytest
import torch
from pydantic import ValidationError

from slalom.engine.descent import Descent

PROBLEM = {"kind": "network", "data": {"kind": "chebyshev"}, "hidden": [16]}
RATES = ([0.05, 0.01], [0.2, 0.0], [0.001, 0.1])


def peer(spec, lane, rates):
    """Return the losses of plain PyTorch."""
    problem = spec.problem
    examples = problem.examples()
    net = plain_torch.network([1, 16, 1], seed=0).double()
    inputs, targets = plain_torch.tensors(examples, "mse", torch.float64)
    linear = [layer for layer in net if isinstance(layer, torch.nn.Linear)]
    groups = [{"params": [*layer.parameters()], "lr": lr} for layer, lr in zip(linear, rates, strict=True)]
    settings = {name: value for name, value in lane.run.optimizer.model_dump().items() if name in ("momentum",)}
    kind = lane.run.optimizer.kind
    optimizer = plain_torch.OPTIMIZERS[kind](groups, **settings)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 30, 0.5)
    losses = []
    for _ in range(spec.steps + 1):
        loss = plain_torch.LOSSES["mse"](net(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        schedule.step()
    return losses


@pytest.mark.parametrize("rule", [{"kind": "sgd", "momentum": 0.9}, {"kind": "adam"}])
def test_layers_go_at_their_own_rates_as_groups_of_torch_do(spec_of, traces_of, rule):
    schedule = {"kind": "step", "step_size": 30, "gamma": 0.5}
    runs = [{"optimizer": rule, "layer_lr": rates, "schedule": schedule} for rates in RATES]
    spec = spec_of(PROBLEM, *runs, steps=100, dtype="float64")
    traces = traces_of(Descent(spec))
    for lane, trace, rates in zip(spec.lanes(), traces, RATES, strict=True):
        np.testing.assert_allclose(trace["loss"], peer(spec, lane, rates), rtol=1e-9)
        assert trace["lr"][0] == max(rates)


def test_equal_rates_are_the_optimizers_own(spec_of, traces_of):
    one = spec_of(PROBLEM, {"optimizer": {"kind": "sgd", "lr": 0.05}}, steps=50)
    same = spec_of(PROBLEM, {"optimizer": {"kind": "sgd", "lr": 1.0}, "layer_lr": [0.05, 0.05]}, steps=50)
    first, second = (traces_of(Descent(spec))[0]["loss"] for spec in (one, same))
    np.testing.assert_allclose(first, second, rtol=1e-5)


@pytest.mark.parametrize(
    ("problem", "run", "words"),
    [
        (PROBLEM, {"layer_lr": [0.1]}, "has 2 layers"),
        ({"kind": "bowl"}, {"layer_lr": [0.1]}, "has no layers"),
        (PROBLEM, {"layer_lr": [0.1, 0.1], "schedule": {"kind": "plateau"}}, "plateau"),
    ],
)
def test_rates_that_do_not_fit_are_refused(spec_of, problem, run, words):
    with pytest.raises(ValidationError, match=words):
        spec_of(problem, run)

"""The sharpness that a rule feels, as a watch measures it, against one that is computed otherwise in float64."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from watched_loops import batches, read_recording, task

import slalom

RULES = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.005),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.002),
}
LIMITS = {"SGD": 3.8, "Adam": 38, "RMSprop": 2}
PRODUCTS = 40
"""Of the reference: so many that the largest eigenvalue is known to more digits than are compared."""


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("resnet", "SGD"), ("transformer", "Adam"), ("lstm", "RMSprop")],
)
def test_the_curvature_that_a_rule_feels_is_that_in_float64(kind, rule, tmp_path):
    one = task(kind)
    one.model.eval()
    inputs, targets = one.inputs[:64], one.targets[:64]
    optimizer = RULES[rule](one.model.parameters())
    options = {"loss": nn.functional.cross_entropy, "sample": (inputs, targets)}
    watch = slalom.watch(one.model, optimizer, to=tmp_path / "loop.slalom", quiet=True, **options)
    watch.budget.every = 1
    watch.budget.affords = lambda what, urgent=False: watch._updates in (1, 11)
    for number, (some, wanted) in enumerate(batches(one, 12)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(one.model(some), wanted)
        loss.backward()
        if number == 11:
            expected = reference(copy.deepcopy(one.model).double(), inputs, targets, divisor(optimizer, one.model))
        optimizer.step()
        watch.step(loss)
    watch.close()
    assert watch.fault is None
    columns = read_recording(tmp_path / "loop.slalom").columns
    assert columns["curvature"][-1] == pytest.approx(expected, rel=0.1)
    assert columns["limit"][-1] * columns["curvature"][-1] == pytest.approx(LIMITS[rule], rel=1e-4)


def divisor(optimizer, model):
    """Return what the rule divides a gradient by, as one vector."""
    parts = []
    for p in model.parameters():
        state = optimizer.state[p]
        if isinstance(optimizer, torch.optim.Adam):
            t = int(state["step"])
            parts.append((1 - 0.9**t) * ((state["exp_avg_sq"] / (1 - 0.999**t)).sqrt() + 1e-8))
        elif isinstance(optimizer, torch.optim.RMSprop):
            parts.append(state["square_avg"].sqrt() + 1e-8)
        else:
            parts.append(torch.ones_like(p))
    return torch.cat([part.flatten() for part in parts]).double()


def reference(model, inputs, targets, divisor):
    """Return the top eigenvalue of the preconditioned Hessian, by Lanczos' method written anew, on NumPy."""
    inputs = inputs.double() if inputs.is_floating_point() else inputs
    wide = [*model.parameters()]
    with sdpa_kernel(SDPBackend.MATH):
        loss = nn.functional.cross_entropy(model(inputs), targets)
        slope = torch.cat([g.flatten() for g in torch.autograd.grad(loss, wide, create_graph=True)])
        root = divisor.rsqrt()

        def times(v):
            product = torch.autograd.grad(slope, wide, root * torch.from_numpy(v), retain_graph=True)
            return (root * torch.cat([part.flatten() for part in product])).numpy()

        new = np.random.default_rng(5).normal(size=len(root))
        basis, matrix = [], np.zeros((PRODUCTS, PRODUCTS))
        for k in range(PRODUCTS):
            basis.append(new / np.linalg.norm(new))
            new = times(basis[-1])
            for _ in range(2):
                along = np.array(basis) @ new
                matrix[: k + 1, k] += along
                new = new - along @ np.array(basis)
            if k + 1 < PRODUCTS:
                matrix[k + 1, k] = np.linalg.norm(new)
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])

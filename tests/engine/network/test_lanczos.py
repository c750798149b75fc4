"""Extreme eigenvalues by Lanczos' method, against LAPACK's of the whole Hessian and against the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import twin

from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network import lanczos
from slalom.engine.network.hessian_products import hessian
from slalom.engine.network.initialization import initial_parameters
from slalom.engine.network.lanczos import estimate_curvature, lanczos_extremes
from slalom.engine.network.model import Net

SMALL = Architecture((2, 5, 3), "tanh", "softmax")
OTHERS = ["sigmoid", "gelu", "gelu_tanh", "leaky_relu", "sin"]
CHEBYSHEV = Architecture((1, 50, 50, 1), "tanh", "mse")


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def problem(blueprint: Architecture, dtype: torch.dtype, runs: int = 3, size: int = 30):
    """Return a net, parameters (E, D) and a batch."""
    net, by = Net(blueprint, dtype), torch.Generator().manual_seed(0)
    p = torch.randn(runs, blueprint.dimension, generator=by, dtype=torch.float64).to(dtype)
    if blueprint.symbols:
        inputs = torch.randint(blueprint.symbols, (size, blueprint.context), generator=by)
    else:
        inputs = torch.randn(size, blueprint.widths[0], generator=by, dtype=torch.float64)
    return net, p, net.batch(inputs, torch.randint(max(2, blueprint.widths[-1]), (size,), generator=by))


def exact(net: Net, p: torch.Tensor, batch) -> torch.Tensor:
    """Return the Hessians (E, D, D) in float64, by torch.func on the twin: second derivatives of another making."""
    double = Net(net.blueprint, torch.float64)
    batch = batch._replace(targets=batch.targets.astype(float))
    if not net.blueprint.symbols:
        batch = batch._replace(inputs=batch.inputs.astype(float))

    def loss(q: torch.Tensor) -> torch.Tensor:
        return twin.losses(double, q[None], batch)[0]

    return torch.stack([torch.autograd.functional.hessian(loss, row) for row in p.double()])


@pytest.mark.parametrize(
    "blueprint",
    [
        SMALL,
        Architecture((2, 4, 4, 3), "tanh", "softmax"),
        Architecture((2, 3), "none", "softmax"),
        Architecture((2, 6, 2), "relu", "mse"),
        Architecture((2, 5, 4, 1), "tanh", "logistic"),
        Architecture((2, 5, 1), "none", "logistic"),
        Architecture((6, 4, 4), "tanh", "softmax", 4, 3, 2),
        *(Architecture((2, 4, 3, 2), name, "softmax", negative_slope=0.3) for name in OTHERS),
    ],
    ids=["one hidden", "two hidden", "linear", "relu mse", "deep logistic", "one logistic", "character", *OTHERS],
)
def test_products_with_the_hessian_are_those_of_the_whole_matrix(blueprint):
    net, p, batch = problem(blueprint, torch.float64)
    v = torch.randn(p.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    expected = torch.einsum("eij,ej->ei", exact(net, p, batch), v)
    torch.testing.assert_close(hessian(net, p, batch)(v), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-6), (torch.float32, 1e-3)], ids=str)
def test_extreme_eigenvalues_are_those_of_lapack(dtype, close):
    net, p, batch = problem(SMALL, dtype)
    expected = torch.linalg.eigvalsh(exact(net, p, batch))
    found = estimate_curvature(net, p, batch, steps=SMALL.dimension)
    torch.testing.assert_close(found.low, expected[:, 0], rtol=close, atol=close)
    torch.testing.assert_close(found.sharpness, expected[:, -1], rtol=close, atol=close)
    torch.testing.assert_close(found.scaled, found.sharpness)


def test_twenty_products_find_the_sharpness():
    net, p, batch = problem(SMALL, torch.float64)
    expected = torch.linalg.eigvalsh(exact(net, p, batch))
    torch.testing.assert_close(estimate_curvature(net, p, batch).sharpness, expected[:, -1], rtol=1e-6, atol=0)


def test_decay_and_preconditioner_act_as_on_the_matrix():
    net, p, batch = problem(SMALL, torch.float64)
    scale = torch.rand(p.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64) + 0.5
    decay = torch.tensor([[0.1], [0.0], [2.0]], dtype=torch.float64)
    matrices = exact(net, p, batch)
    shifted = matrices + decay[:, :, None] * torch.eye(SMALL.dimension, dtype=torch.float64)
    felt = shifted / scale.sqrt()[:, :, None] / scale.sqrt()[:, None, :]
    found = estimate_curvature(net, p, batch, decay=decay, scale=scale, steps=SMALL.dimension)
    torch.testing.assert_close(found.low, torch.linalg.eigvalsh(matrices)[:, 0], rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(found.sharpness, torch.linalg.eigvalsh(shifted)[:, -1], rtol=1e-6, atol=0)
    torch.testing.assert_close(found.scaled, torch.linalg.eigvalsh(felt)[:, -1], rtol=1e-6, atol=0)


def chebyshev(dtype: torch.dtype):
    """Return the network of the edge of stability (docs/reference.md) at its start, and its 20 points of T4."""
    net, x = Net(CHEBYSHEV, dtype), torch.linspace(-1, 1, 20, dtype=torch.float64)[:, None]
    start = torch.from_numpy(initial_parameters(CHEBYSHEV, 0, str(dtype).removeprefix("torch.")))[None]
    return net, start, net.batch(x, 8 * x**4 - 8 * x**2 + 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_edge_of_stability_starts_at_17_6(dtype):
    net, start, batch = chebyshev(dtype)
    found = estimate_curvature(net, start, batch)
    assert found.sharpness.item() == pytest.approx(17.6, abs=0.05)
    assert net.losses(start, batch).item() == pytest.approx(0.60, abs=0.005)


def test_a_warm_start_needs_four_products_while_training():
    net, p, batch = chebyshev(torch.float64)
    found = estimate_curvature(net, p, batch)
    for step in range(200):
        p = p - 0.05 * net.slope(p, batch)[1]
        if step % 10 == 9:
            found = estimate_curvature(net, p, batch, start=found.start)
    exhaustive = estimate_curvature(net, p, batch, steps=100)
    assert found.sharpness.item() == pytest.approx(exhaustive.sharpness.item(), rel=1e-4)
    # The smallest eigenvalue is ten times smaller in size and found less well: to 1 % of the largest.
    assert found.low.item() == pytest.approx(exhaustive.low.item(), abs=0.01 * exhaustive.sharpness.item())


@pytest.mark.parametrize("values", [
    [3.0, 1.0, -2.0],
    [5.0, 5.0, 5.0, 5.0],
    [0.0, 0.0, 0.0],
    [7.0],
    [1.0, 1.0, 1.0, -4.0, 1.0, 1.0],
    [1e-8, 1e8, -1e3, 0.0],
], ids=str)  # fmt: skip
def test_exhausted_directions_are_replaced_so_that_eigenvalues_are_exact(values):
    size = len(values)
    turn = torch.linalg.qr(torch.randn(size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64))[0]
    matrix = turn @ torch.diag(torch.tensor(values, dtype=torch.float64)) @ turn.T
    found = lanczos_extremes(lambda v: v @ matrix, turn[:, 0][None].clone(), steps=20)
    close = 1e-12 * max(map(abs, values)) + 1e-300
    assert found.low.item() == pytest.approx(min(values), abs=close)
    assert found.high.item() == pytest.approx(max(values), abs=close)


def test_estimates_lie_within_the_spectrum_and_widen_with_steps():
    net, p, batch = problem(SMALL, torch.float64)
    expected = torch.linalg.eigvalsh(exact(net, p, batch))
    looks = [estimate_curvature(net, p, batch, steps=steps) for steps in (1, 2, 4, 8, 16)]
    highs, lows = torch.stack([look.sharpness for look in looks]), torch.stack([look.low for look in looks])
    assert (highs.diff(dim=0) >= -1e-12).all()
    assert (lows.diff(dim=0) <= 1e-12).all()
    assert (highs <= expected[:, -1] + 1e-12).all()
    assert (lows >= expected[:, 0] - 1e-12).all()


def test_a_run_does_not_depend_on_its_neighbours():
    net, p, batch = problem(SMALL, torch.float32)
    found = estimate_curvature(net, p, batch)
    for filling in (math.nan, 40.0):
        other = estimate_curvature(net, torch.cat([p[:1], torch.full_like(p[1:], filling)]), batch)
        for ours, theirs in zip(found[:3], other[:3], strict=True):
            assert ours[0].numpy().tobytes() == theirs[0].numpy().tobytes()
        assert torch.equal(found.start[0][0], other.start[0][0])
    assert other.sharpness.isfinite().all()


def test_what_is_not_finite_is_nan_and_recovers():
    net, p, batch = problem(SMALL, torch.float64)
    broken = estimate_curvature(net, p * torch.tensor([[1.0], [math.nan], [1.0]]), batch)
    assert broken.sharpness.isnan().tolist() == [False, True, False]
    assert broken.low.isnan().tolist() == [False, True, False]
    again = estimate_curvature(net, p, batch, start=broken.start, steps=20)
    torch.testing.assert_close(again.sharpness, estimate_curvature(net, p, batch).sharpness, rtol=1e-6, atol=0)


def test_runs_are_looked_at_in_parts_where_memory_is_short(monkeypatch):
    net, p, batch = problem(SMALL, torch.float64, runs=5)
    whole = estimate_curvature(net, p, batch)
    monkeypatch.setattr(lanczos, "HELD", 2 * 21 * SMALL.dimension)
    parts = estimate_curvature(net, p, batch)
    assert parts.start[0].shape == p.shape
    for ours, theirs in zip(whole[:3], parts[:3], strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-8)

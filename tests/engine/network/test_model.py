"""Back-propagation by hand against PyTorch's own, and the law that a run's bytes do not depend on its neighbours."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
import torch
import twin
from torch.nn import functional

from slalom.catalogue.problems.activations import SATURATED, SILENT_BELOW, Activation
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network import model
from slalom.engine.network.activations import activation_of
from slalom.engine.network.losses import LOSSES
from slalom.engine.network.model import Batch, Net

OUTPUTS = {"softmax": 3, "logistic": 1, "mse": 2}
BATCH = 9
SYMBOLS, CONTEXT = 5, 3
CLOSE = {torch.float32: 1e-5, torch.float64: 1e-14}
"""How far a gradient may be from PyTorch's, relative to its length."""


@pytest.fixture(autouse=True)
def quiet():
    """What overflows is data: who trains says so to NumPy once, around all."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def examples(blueprint: Architecture, *lead: int, dtype=torch.float64, classes: bool | None = None, seed: int = 0):
    """Return random inputs and targets; ``lead`` is (B,) or (E, B)."""
    by = torch.Generator().manual_seed(seed)
    if blueprint.symbols:
        inputs = torch.randint(blueprint.symbols, (*lead, blueprint.context), generator=by)
    else:
        inputs = torch.randn(*lead, blueprint.widths[0], generator=by, dtype=dtype)
    if classes or (classes is None and blueprint.loss != "mse"):
        return inputs, torch.randint(max(2, blueprint.widths[-1]), lead, generator=by)
    return inputs, torch.randn(*lead, blueprint.widths[-1], generator=by, dtype=dtype)


def points(blueprint: Architecture, runs: int, dtype=torch.float64, seed: int = 1) -> torch.Tensor:
    by = torch.Generator().manual_seed(seed)
    return torch.randn(runs, blueprint.dimension, generator=by, dtype=torch.float64).to(dtype)


def oracle(blueprint: Architecture, p: torch.Tensor, inputs: torch.Tensor, targets: torch.Tensor):
    """Return loss, gradient and outputs (C, B) of one run, by nn.Module, torch's losses and autograd."""
    module = twin.module(blueprint).to(p.dtype)
    torch.nn.utils.vector_to_parameters(p, module.parameters())
    z = module(inputs)
    if blueprint.loss == "softmax":
        loss = functional.cross_entropy(z, targets)
    elif blueprint.loss == "logistic":
        loss = functional.binary_cross_entropy_with_logits(z[:, 0], targets.to(p.dtype))
    else:
        if not targets.is_floating_point():
            targets = functional.one_hot(targets, blueprint.widths[-1]).to(p.dtype)
        loss = functional.mse_loss(z, targets)
    gradients = torch.autograd.grad(loss, list(module.parameters()))
    return loss.detach(), torch.cat([g.flatten() for g in gradients]), z.detach().T


def agree(blueprint: Architecture, p: torch.Tensor, inputs: torch.Tensor, targets: torch.Tensor, own: bool, slack=0.0):
    """Compare a net with PyTorch; ``slack`` is how far outputs may be apart beyond what numbers near 1 explain."""
    net = Net(blueprint, p.dtype)
    batch = net.batch(inputs, targets)
    losses, gradients = net.slope(p, batch)
    outputs = net.outputs(p, batch)
    close = CLOSE[p.dtype]
    for e in range(len(p)):
        x, y = (inputs[e], targets[e]) if own else (inputs, targets)
        loss, gradient, z = oracle(blueprint, p[e], x, y)
        torch.testing.assert_close(losses[e], loss, rtol=close, atol=close + 2 * slack)
        # An example's probabilities move together by no more than its outputs, which are right to a share of their
        # size; a gradient has them times its inputs.
        seen = 1 + float(x.norm(dim=-1).max()) if slack else 0.0
        size = max(1.0, float(gradient.norm())) * max(1.0, float(z.abs().max()))
        assert (gradients[e] - gradient).norm() <= close * size + slack * seen
        torch.testing.assert_close(outputs[e], z, rtol=close, atol=close * 10 + slack)
    torch.testing.assert_close(net.losses(p, batch), losses, rtol=close, atol=close + 2 * slack)
    torch.testing.assert_close(twin.losses(net, p, batch), losses, rtol=close, atol=close + 2 * slack)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("hidden", [(), (7,), (5, 6), (4, 5, 6)], ids=str)
@pytest.mark.parametrize("loss", ["softmax", "logistic", "mse"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "none"])
def test_losses_and_gradients_are_those_of_autograd(activation, loss, hidden, dtype):
    blueprint = Architecture((4, *hidden, OUTPUTS[loss]), activation, loss)
    for runs in (1, 3, 16):
        for lead in ((BATCH,), (runs, BATCH)):
            inputs, targets = examples(blueprint, *lead, dtype=dtype)
            agree(blueprint, points(blueprint, runs, dtype), inputs, targets, own=len(lead) == 2)


OTHERS = sorted({*get_args(Activation)} - {"tanh", "relu", "none"})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("activation", OTHERS)
def test_every_other_activation_is_that_of_autograd(activation, dtype):
    blueprint = Architecture((4, 5, 6, 3), activation, "softmax", negative_slope=0.3)
    for runs in (1, 3):
        for lead in ((BATCH,), (runs, BATCH)):
            inputs, targets = examples(blueprint, *lead, dtype=dtype)
            agree(blueprint, points(blueprint, runs, dtype), inputs, targets, own=len(lead) == 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("hidden", [(), (7,), (5, 6)], ids=str)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_character_model_is_that_of_autograd(activation, hidden, dtype):
    blueprint = Architecture((CONTEXT * 2, *hidden, SYMBOLS), activation, "softmax", SYMBOLS, CONTEXT, 2)
    for runs in (1, 3, 16):
        for lead in ((BATCH,), (runs, BATCH)):
            inputs, targets = examples(blueprint, *lead, dtype=dtype)
            agree(blueprint, points(blueprint, runs, dtype), inputs, targets, own=len(lead) == 2)


@pytest.mark.parametrize("blueprint", [
    Architecture((64, 64, 10), "tanh", "softmax"),
    Architecture((30, 200, 27), "tanh", "softmax", 27, 3, 10),
], ids=["digits", "names"])  # fmt: skip
def test_many_parameters_are_seen_where_they_lie(blueprint):
    runs = 1 + model.NUMBERS_AT_ONCE // 1_000_000
    inputs, targets = examples(blueprint, 32, dtype=torch.float32)
    p = points(blueprint, runs, torch.float32) / 10
    agree(blueprint, p, inputs, targets, own=False)


def test_squared_error_on_classes_is_against_one_at_the_right_class():
    blueprint = Architecture((4, 5, 3), "tanh", "mse")
    inputs, targets = examples(blueprint, BATCH, classes=True)
    agree(blueprint, points(blueprint, 3), inputs, targets, own=False)


@pytest.mark.parametrize("lead", [(1,), (3, 1)], ids=["shared", "own"])
@pytest.mark.parametrize("loss", ["softmax", "logistic", "mse"])
def test_a_batch_may_hold_one_example(loss, lead):
    blueprint = Architecture((1, 5, OUTPUTS[loss]), "tanh", loss)
    inputs, targets = examples(blueprint, *lead)
    agree(blueprint, points(blueprint, 3), inputs, targets, own=len(lead) == 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("loss", ["softmax", "logistic"])
def test_huge_logits_cost_what_they_cost_in_torch(loss, dtype):
    blueprint = Architecture((4, OUTPUTS[loss]), "none", loss)
    inputs, targets = examples(blueprint, BATCH, dtype=dtype)
    p = points(blueprint, 2, dtype) * 1e4
    net = Net(blueprint, dtype)
    batch = net.batch(inputs, targets)
    exact, rounding = logits(blueprint, p, inputs)
    assert ((net.outputs(p, batch) - exact).abs() <= rounding).all()
    agree(blueprint, p, inputs, targets, own=False, slack=2 * float(rounding.max()))
    assert net.losses(p, batch).max() > 1000


def logits(blueprint: Architecture, p: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return Wx + b of one layer, (E, C, B), added up exactly, and how far rounding may lead from it in any order.

    Five numbers are added in sums whose size is at most |W||x| + |b|: eight halves of a last digit of that are enough.
    """
    outputs, seen = blueprint.widths[1], inputs.double()
    weights, bias = p[:, :-outputs].reshape(len(p), outputs, -1).double(), p[:, -outputs:, None].double()
    size = weights.abs() @ seen.abs().T + bias.abs()
    terms = torch.cat([weights, bias], 2), torch.cat([seen, torch.ones(len(seen), 1, dtype=torch.float64)], 1)
    rows = [[[exactly(row, x) for x in terms[1].tolist()] for row in run] for run in terms[0].tolist()]
    return torch.tensor(rows, dtype=torch.float64), 8 * torch.finfo(p.dtype).eps / 2 * size


def exactly(row: list[float], x: list[float]) -> float:
    """Return a scalar product that is rounded once."""
    return float(sum(Fraction(a) * Fraction(b) for a, b in zip(row, x, strict=True)))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("loss", ["softmax", "logistic", "mse"])
def test_parameters_that_are_not_finite_give_losses_that_are_not_finite(loss, activation, bad):
    blueprint = Architecture((4, 5, OUTPUTS[loss]), activation, loss)
    net = Net(blueprint, torch.float64)
    batch = net.batch(*examples(blueprint, BATCH))
    losses, gradients = net.slope(points(blueprint, 2) * torch.tensor([[bad], [1.0]]), batch)
    assert not losses[0].isfinite()
    assert losses[1].isfinite()
    assert gradients[1].isfinite().all()


CASES = {
    "moons": (Architecture((2, 16, 2), "tanh", "softmax"), 16),
    "regression": (Architecture((1, 50, 50, 1), "tanh", "mse"), 20),
    "logistic relu": (Architecture((2, 8, 1), "relu", "logistic"), 33),
    "digits": (Architecture((64, 64, 10), "tanh", "softmax"), 32),
    "names": (Architecture((30, 200, 27), "tanh", "softmax", 27, 3, 10), 32),
    **{name: (Architecture((2, 7, 5, 3), name, "softmax"), 13) for name in OTHERS},
}


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("runs", [2, 7, 16])
@pytest.mark.parametrize("case", CASES)
def test_the_bytes_of_a_run_do_not_depend_on_its_neighbours(case, runs, own):
    blueprint, size = CASES[case]
    net = Net(blueprint, torch.float32)
    lead = (runs, size) if own else (size,)
    inputs, targets = examples(blueprint, *lead, dtype=torch.float32)
    p, kept = points(blueprint, runs, torch.float32) / 4, runs // 2
    found = results(net, p, net.batch(inputs, targets), kept)
    others = torch.arange(runs) != kept
    for filling in (torch.randn(runs, 1) * 50, torch.full((runs, 1), math.nan), torch.full((runs, 1), 1e30)):
        strangers = torch.where(others[:, None], filling.expand_as(p), p)
        if own and not blueprint.symbols:
            inputs = torch.where(others[:, None, None], filling[:, :, None].expand_as(inputs), inputs)
        assert results(net, strangers, net.batch(inputs, targets), kept) == found


def results(net: Net, p: torch.Tensor, batch: Batch, run: int) -> list[bytes]:
    """Return the bytes of everything a net says about one run."""
    return [tensor[run].numpy().tobytes() for tensor in everything(net, p, batch)]


def everything(net: Net, p: torch.Tensor, batch: Batch) -> list[torch.Tensor]:
    """Return all that a net says, the runs along the first axis."""
    found = [*net.slope(p, batch), net.losses(p, batch), *net.score(p, batch), net.outputs(p, batch)]
    for slopes in (False, True):
        exam = net.exam(p, batch, slopes)
        found += [exam.losses, exam.right, *exam.idle, *([] if exam.slope is None else [exam.slope])]
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_same_numbers_give_the_same_bytes_wherever_they_lie(case):
    blueprint, size = CASES[case]
    net, p = Net(blueprint), points(blueprint, 5, torch.float32)
    batch = net.batch(*examples(blueprint, size, dtype=torch.float32))
    room = torch.empty(p.numel() + 1)
    shifted = room[1:].view_as(p).copy_(p)
    assert shifted.data_ptr() % 64
    net.slope(p * 2, batch)
    for other in (p, shifted):
        assert results(net, other, batch, 3) == results(Net(blueprint), p, batch, 3)


def test_gradients_are_written_where_they_are_asked_for():
    blueprint, size = CASES["digits"]
    net, p = Net(blueprint), points(blueprint, 3, torch.float32)
    batch = net.batch(*examples(blueprint, size, dtype=torch.float32))
    here, there = p.clone(), torch.full_like(p, 7.0)
    losses = net.place(here, there, size)(batch)
    assert torch.equal(losses, net.slope(p, batch)[0])
    assert torch.equal(there, net.slope(p, batch)[1])


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("case", ["moons", "regression", "logistic relu", "names", "sin", "gelu"])
def test_work_in_parts_gives_what_work_at_once_gives(case, own, monkeypatch):
    blueprint, size = CASES[case]
    p = points(blueprint, 7) / 4
    inputs, targets = examples(blueprint, *((7, size) if own else (size,)))
    whole = Net(blueprint, torch.float64)
    batch = whole.batch(inputs, targets)
    expected = everything(whole, p, batch)
    for tile in (1, 5 * whole._per_example, 40 * whole._per_example + 6 * whole.dimension):
        monkeypatch.setattr(model, "NUMBERS_AT_ONCE", tile)
        net = Net(blueprint, torch.float64)
        assert len(net._parts(7, size)) > 1
        torch.testing.assert_close(everything(net, p, batch), expected, rtol=1e-12, atol=1e-13, equal_nan=True)


def test_a_grid_of_parameter_vectors_stays_small():
    blueprint, _ = CASES["digits"]
    net = Net(blueprint)
    for runs, examples_at_once in ((sum_of(net, part), part) for part in net._parts(1271, 1438)):
        assert runs <= model.NUMBERS_AT_ONCE, examples_at_once
    covered = sum((rows.stop - rows.start) * (seen.stop - seen.start) for rows, seen in net._parts(1271, 1438))
    assert covered == 1271 * 1438
    assert model.NUMBERS_AT_ONCE * 4 * model.PASSES_KEPT <= 200e6


def sum_of(net: Net, part: tuple[slice, slice]) -> int:
    """Return how many numbers a pass over this part holds: sums and their derivatives."""
    runs, seen = part
    return 2 * (runs.stop - runs.start) * (seen.stop - seen.start) * sum(net.blueprint.widths[1:])


@pytest.mark.parametrize("loss", ["softmax", "logistic", "mse"])
def test_the_share_that_is_right_is_counted(loss):
    blueprint = Architecture((4, {"softmax": 3, "logistic": 1, "mse": 3}[loss]), "none", loss)
    net, p = Net(blueprint, torch.float64), points(blueprint, 4)
    inputs, targets = examples(blueprint, 40, classes=True)
    losses, right = net.score(p, net.batch(inputs, targets))
    z = net.outputs(p, net.batch(inputs, targets))
    guesses = (z[:, 0] > 0).long() if loss == "logistic" else z.argmax(1)
    assert right.tolist() == pytest.approx((guesses == targets).double().mean(1).tolist())
    assert losses.tolist() == net.losses(p, net.batch(inputs, targets)).tolist()


@pytest.mark.parametrize("odd", [(1, 1, 1), (math.inf, math.inf, 0), (0, -math.inf, 0), (2, 1, 2), (math.nan, 2, 1)])
def test_of_several_highest_outputs_the_first_counts_whatever_the_other_runs_do(odd):
    loss = LOSSES["softmax"](3)
    z = torch.randn(2, 3, 40, generator=torch.Generator().manual_seed(0))
    answers = torch.arange(40) % 3
    alone = loss.right(z, answers).tolist()
    assert alone == [sum(torch.argmax(z[run, :, k]) == k % 3 for k in range(40)) for run in range(2)]
    z[1, :, :4] = torch.tensor(odd)[:, None]
    found = loss.right(z, answers).tolist()
    assert found[0] == alone[0]
    if not math.isnan(sum(odd)):
        first = odd.index(max(odd))
        assert found[1] == sum((first if k < 4 else torch.argmax(z[1, :, k])) == k % 3 for k in range(40))


def test_no_share_is_right_where_there_are_no_classes_or_no_numbers():
    blueprint = Architecture((1, 5, 1), "tanh", "mse")
    net = Net(blueprint, torch.float64)
    assert net.score(points(blueprint, 2), net.batch(*examples(blueprint, BATCH)))[1].isnan().all()
    blueprint = Architecture((2, 5, 2), "tanh", "softmax")
    net = Net(blueprint, torch.float64)
    right = net.score(points(blueprint, 2) * torch.tensor([[math.nan], [1.0]]), net.batch(*examples(blueprint, 4)))[1]
    assert right.isnan().tolist() == [True, False]


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("case", CASES)
def test_batches_prepared_together_are_those_prepared_one_by_one(case, own):
    blueprint, size = CASES[case]
    net = Net(blueprint)
    inputs, targets = examples(blueprint, *((4, 3, size) if own else (4, size)), dtype=torch.float32)
    together = net.batches(inputs, targets)
    assert len(together) == 4
    for k, batch in enumerate(together):
        alone = net.batch(inputs[k], targets[k])
        assert all(torch.equal(*map(torch.as_tensor, pair)) for pair in zip(batch[:3], alone[:3], strict=True))
        assert batch.total == alone.total == size
        if targets.is_floating_point():
            assert batch.answers is alone.answers is None
        else:
            assert torch.equal(batch.answers, alone.answers)


IDLE = {
    "tanh": lambda z, h: h.abs() > SATURATED,
    "relu": lambda z, h: h == 0,
    "sigmoid": lambda z, h: (h > (1 + SATURATED) / 2) | (h < (1 - SATURATED) / 2),
    "gelu": lambda z, h: z < SILENT_BELOW,
    "gelu_tanh": lambda z, h: z < SILENT_BELOW,
    "sin": None,
    "leaky_relu": None,
    "none": None,
}


@pytest.mark.parametrize("size", [3, 255, 256, 511, 512, 1100])
@pytest.mark.parametrize("activation", IDLE)
def test_idle_units_are_counted_as_autograd_sees_them(activation, size):
    blueprint = Architecture((4, 5, 6, 3), activation, "softmax")
    net, p = Net(blueprint, torch.float64), points(blueprint, 3) * 4
    p[2, 0] = math.nan
    inputs, targets = examples(blueprint, size)
    found = net.exam(p, net.batch(inputs, targets)).idle
    apart = max(1, size // model.GLANCE)
    for e in range(3):
        module = twin.module(blueprint).double()
        torch.nn.utils.vector_to_parameters(p[e], module.parameters())
        h = inputs[::apart]
        for layer, share in enumerate(found):
            z = module[2 * layer](h).detach()
            h, idle = module[2 * layer + 1](z), IDLE[activation]
            expected = math.nan if idle is None or e == 2 else idle(z, h).double().mean().item()
            assert share[e].item() == pytest.approx(expected, nan_ok=True)
            assert idle is None or e == 2 or 0 < expected < 1


def test_an_idle_unit_has_a_slope_below_6_per_cent_of_its_largest():
    for name, edge in (("tanh", math.atanh(SATURATED)), ("sigmoid", 2 * math.atanh(SATURATED)), ("gelu", SILENT_BELOW)):
        function = activation_of(Architecture((1, 1, 1), name, "mse"))
        z = torch.tensor([[edge, 0.0]], dtype=torch.float64)
        at_edge, largest = function.slope(z, function.value(z))[0].abs().tolist()
        assert 0.055 < at_edge / (1.0 if name == "gelu" else largest) < 0.062


def test_an_exam_finds_what_is_found_one_by_one():
    for blueprint, size in CASES.values():
        net, p = Net(blueprint, torch.float64), points(blueprint, 3)
        batch = net.batch(*examples(blueprint, size))
        exam, without = net.exam(p, batch), net.exam(p, batch, slopes=False)
        torch.testing.assert_close([exam.losses, exam.slope], [*net.slope(p, batch)], rtol=0, atol=0)
        torch.testing.assert_close([*without[:2]], [*net.score(p, batch)], rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(exam[1:3], without[1:3], rtol=0, atol=0, equal_nan=True)
        # With gradients a loss is added up in another order.
        torch.testing.assert_close(exam.losses, without.losses, rtol=1e-13, atol=0)
        assert without.slope is None


def test_no_training_step_leaves_memory_behind():
    blueprint, size = CASES["digits"]
    net = Net(blueprint)
    for k in range(20):
        net.slope(points(blueprint, 1 + k, torch.float32), net.batch(*examples(blueprint, size, dtype=torch.float32)))
    assert len(net._passes) <= model.PASSES_KEPT


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU on this machine.")
@pytest.mark.parametrize("case", CASES)
def test_a_gpu_finds_what_the_cpu_finds(case):
    blueprint, size = CASES[case]
    p = points(blueprint, 3) / 4
    inputs, targets = examples(blueprint, size)
    here, there = Net(blueprint, torch.float64), Net(blueprint, torch.float64, "cuda")
    expected = [*here.slope(p, here.batch(inputs, targets)), *here.score(p, here.batch(inputs, targets))]
    batch = there.batch(inputs, targets)
    found = [*there.slope(p.cuda(), batch), *there.score(p.cuda(), batch)]
    torch.testing.assert_close([x.cpu() for x in found], expected, rtol=1e-10, atol=1e-12, equal_nan=True)

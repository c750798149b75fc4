"""Where a number stopped being finite: planted in many ways, found at its batch, its module and its operation."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

import slalom
from slalom.languages.sentences import sentences
from slalom.watch.replay import tensors_in

BAD = 3
"""The batch that goes wrong."""


class Step(nn.Module):
    """A layer that computes a formula of its input."""

    def __init__(self, formula):
        super().__init__()
        self.formula = formula

    def forward(self, x):
        return self.formula(x)


class Infinite(torch.autograd.Function):
    """An operation of one's own, which overflows where its input is large."""

    @staticmethod
    def forward(x):
        with np.errstate(over="ignore"):
            return torch.from_numpy(np.exp(x.numpy()))

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, g):
        return g


class Attention(nn.Module):
    """Scores that a mask hides, all of one row where the input is large."""

    def forward(self, x):
        scores = x.unsqueeze(2) * x.unsqueeze(1)
        hidden = torch.zeros_like(scores, dtype=torch.bool)
        hidden[:, 0, 1:] = True
        hidden |= (x > 1e3)[:, :, None]
        return scores.masked_fill(hidden, float("-inf")).softmax(2).sum(2)


class MaskedThenLog(nn.Module):
    """A mask of minus infinities that is no fault, and a logarithm that is."""

    def forward(self, x):
        mask = torch.full((4, 4), float("-inf")).triu(1)
        seen = (torch.ones(4, 4) + mask).softmax(1).sum() / 4
        return x * seen + torch.log((1e3 - x).clamp(min=0)).detach() * 0.01


class LogCriterion(nn.Module):
    def forward(self, made, target):
        return -(target * torch.log((10 - made.abs()).clamp(min=0))).mean()


def net(formula=None):
    torch.manual_seed(0)
    middle = formula if isinstance(formula, nn.Module) else Step(formula or torch.tanh)
    layers = nn.ModuleDict({"first": nn.Linear(4, 4), "middle": middle, "last": nn.Linear(4, 1)})
    with torch.no_grad():
        layers["first"].weight.copy_(torch.eye(4))
        layers["first"].bias.zero_()
    return Net(layers)


class Net(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.first, self.middle, self.last = layers.values()

    def forward(self, x):
        return self.last(self.middle(self.first(x)))


def planted(value, row=2):
    """Return a batch, in the row of which something is."""
    x = torch.rand(5, 4) + 0.5
    x[row] = value
    return x


def zero_std(x):
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True)


def masked_log(x):
    return torch.where(x < 1e3, torch.log((1e4 - x).clamp(min=0)), torch.zeros_like(x))


def in_float16(x):
    return (x.half() * 100).float() / 100


def in_bfloat16(x):
    return (x.bfloat16() * 1e30).float() * 1e-30


CASES = {
    # name: (what is in the middle, what is in a row of the bad batch, expected kind, module, name, row)
    "log of 0": (lambda x: torch.log((1e4 - x).clamp(min=0)), 1e4, "operation", "middle", "log", 2),
    "division by a zero deviation": (zero_std, 1.0, "operation", "middle", "division", 2),
    "float16 overflow": (in_float16, 1e3, "operation", "middle", "multiplication", 2),
    "bfloat16 overflow": (in_bfloat16, 1e10, "operation", "middle", "multiplication", 2),
    "a bad row": (None, math.nan, "input", "", "input", 2),
    "an infinite row": (None, math.inf, "input", "", "input", 2),
    "a row that overflows": (lambda x: x * x * x, 1e20, "operation", "middle", "multiplication", 2),
    "exp": (torch.exp, 1e3, "operation", "middle", "exp", 2),
    "acos beyond 1": (lambda x: torch.acos(x / 1e4), 2e4, "operation", "middle", "acos", 2),
    "reciprocal": (lambda x: torch.reciprocal(1e4 - x), 1e4, "operation", "middle", "reciprocal", 2),
    "zero length": (lambda x: x / (x - 1e4).norm(dim=1, keepdim=True), 1e4, "operation", "middle", "division", 2),
    "0 times infinity": (lambda x: torch.log((1e4 - x).clamp(min=0)) * (1e4 - x), 1e4, "operation", "middle", "log", 2),
    "a root's slope": (lambda x: torch.sqrt((1e4 - x).clamp(min=0)), 1e4, "gradient", "middle", "sqrt", None),
    "a branch left out": (masked_log, 1e4, "gradient", "middle", "log", None),
    "everything masked": (Attention(), 1e4, "operation", "middle", "softmax", 2),
    "a mask is no fault": (MaskedThenLog(), 1e3, "operation", "middle", "log", 2),
    "an operation of one's own": (Infinite.apply, 1e4, "operation", "middle", "Infinite", 2),
    "layer norm without eps": (
        nn.LayerNorm(4, eps=0, elementwise_affine=False),
        1.0,
        "operation",
        "middle",
        "layer_norm",
        2,
    ),
}


def watched(tmp_path, model, lr=1e-12, **options):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    return optimizer, slalom.watch(model, optimizer, to=tmp_path / "loop.slalom", quiet=True, **options)


def train(tmp_path, model, batches, loss_of=lambda y: y.square().mean(), lr=1e-12, before=False, **options):
    """Train a model as anybody would, and return what was found."""
    optimizer, watch = watched(tmp_path, model, lr, **options)
    for x in batches:
        loss = loss_of(model(x))
        if before:
            watch.step(loss)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if not before:
            watch.step(loss)
    watch.close()
    assert watch.fault is None
    return watch.recording.found[0], watch.outcome


def batches_with(bad, count=5):
    torch.manual_seed(1)
    return [bad if i == BAD else torch.rand(5, 4) + 0.5 for i in range(count)]


@pytest.mark.parametrize("before", [False, True], ids=["step after", "step before"])
@pytest.mark.parametrize("case", CASES)
def test_planted_numbers_are_found(case, before, tmp_path):
    formula, value, *expected = CASES[case]
    found, outcome = train(tmp_path, net(formula), batches_with(planted(value)), before=before)
    assert [found.kind, found.module, found.name, found.row] == expected, found
    assert found.batch == BAD
    assert outcome.kind == "diverged"
    assert found.sentence in outcome.because
    assert sentences("de").reading(found.sentence).unread == ()


@pytest.mark.parametrize(
    ("loss_of", "name"),
    [
        (lambda y: -torch.log((1e3 - y.abs().max()).clamp(min=0)), "log"),
        (lambda y: y.sum() / (y.abs() < 1e3).all(), "division"),
        (lambda y: torch.exp(y.abs().max()), "exp"),
    ],
)
def test_what_breaks_in_the_loss_is_named_by_its_graph(loss_of, name, tmp_path):
    found, _ = train(tmp_path, net(lambda x: x), batches_with(planted(1e6)), loss_of)
    assert (found.batch, found.kind, found.module) == (BAD, "loss", "loss")
    assert found.name == name


def test_a_loss_that_is_a_module_is_looked_into(tmp_path):
    model, criterion = net(lambda x: x), LogCriterion()
    found, _ = train(tmp_path, model, batches_with(planted(1e6)), lambda y: criterion(y, 1.0), loss=criterion)
    assert (found.batch, found.kind, found.module, found.name) == (BAD, "loss", "loss", "log")


def test_a_term_of_the_loss_is_named(tmp_path):
    model = net(lambda x: x)
    optimizer, watch = watched(tmp_path, model)
    for x in batches_with(planted(1e6)):
        y = model(x)
        terms = {"fit": y.square().mean(), "entropy": torch.log((1e3 - y.abs().max()).clamp(min=0))}
        loss = sum(terms.values())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        watch.step(loss, terms)
    watch.close()
    found = watch.recording.found[0]
    assert (found.batch, found.kind, found.name) == (BAD, "loss", "entropy")


@pytest.mark.parametrize(
    ("lr", "expected"),
    [(1e20, (1, "operation", "last", "linear")), (1e38, (0, "parameter", "first", "first.weight"))],
)
def test_an_exploding_rate_is_found_where_it_first_overflows(lr, expected, tmp_path):
    batches = [10 * x for x in batches_with(torch.rand(5, 4))]
    found, outcome = train(tmp_path, net(lambda x: x), batches, lr=lr)
    assert found[:4] == expected
    assert outcome.kind == "diverged"


def test_a_parameter_that_somebody_else_broke(tmp_path):
    model = net()
    optimizer, watch = watched(tmp_path, model)
    for number, x in enumerate(batches_with(torch.rand(5, 4))):
        if number == BAD:
            with torch.no_grad():
                model.last.weight[0, 1] = math.nan
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        watch.step(loss)
    watch.close()
    found = watch.recording.found[0]
    assert (found.batch, found.kind, found.module, found.name) == (BAD - 1, "parameter", "last", "last.weight")


def test_a_parameter_that_is_bad_from_the_beginning_was_made_so_by_no_update(tmp_path):
    model = net()
    with torch.no_grad():
        model.last.weight[0, 1] = math.nan
    optimizer, watch = watched(tmp_path, model)
    loss = model(torch.rand(5, 4)).sum()
    loss.backward()
    optimizer.step()
    watch.step(loss)
    watch.close()
    (found,) = watch.recording.found
    assert found.sentence == "Batch 0: the parameter last.weight is not finite."
    assert (found.batch, found.kind, found.name) == (0, "parameter", "last.weight")
    assert sentences("de").reading(found.sentence).unread == ()


def test_tensors_are_found_in_data_classes_with_slots():
    @dataclass(slots=True)
    class Batch:
        inputs: torch.Tensor
        lengths: list[torch.Tensor]

    batch = Batch(torch.ones(1), [torch.zeros(2), torch.zeros(3)])
    assert [len(one) for one in tensors_in({"batch": batch, "type": Batch})] == [1, 2, 3]


def test_of_accumulated_batches_the_bad_one_is_found(tmp_path):
    model = net()
    optimizer, watch = watched(tmp_path, model)
    for number, x in enumerate(batches_with(planted(math.nan, 4), 8)):
        loss = model(x).sum()
        loss.backward()
        watch.step(loss)
        if number % 2:
            optimizer.step()
            optimizer.zero_grad()
    watch.close()
    found = watch.recording.found[0]
    assert (found.batch, found.kind, found.row) == (BAD, "input", 4)


def test_a_batch_that_the_loop_leaves_out_ends_nothing(tmp_path):
    model = net()
    optimizer, watch = watched(tmp_path, model)
    for x in batches_with(planted(math.nan), 6):
        loss = model(x).square().mean()
        watch.step(loss)
        if loss.isfinite():
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    watch.close()
    assert [one.batch for one in watch.recording.found] == [BAD]
    assert watch.recording.trace.entries == 5
    assert watch.outcome.nonfinite is None

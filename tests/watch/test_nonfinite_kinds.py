"""Numbers that are not finite as engineers meet them: in masks, buffers, states, slopes, losses, own code."""

import copy
import math
from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import slalom
from slalom.languages.sentences import sentences

BAD = 3
"""The batch that goes wrong."""


class Formula(nn.Module):
    """A layer that computes a formula of its input."""

    def __init__(self, formula):
        super().__init__()
        self.formula = formula

    def forward(self, x):
        return self.formula(x)


def below(x):
    return (1e4 - x).clamp(min=0)


def log_below(x):
    return torch.log(below(x))


def identity(n=4):
    layer = nn.Linear(n, n)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(n))
        layer.bias.zero_()
    return layer


def model_of(middle, out=1):
    torch.manual_seed(0)
    middle = middle if isinstance(middle, nn.Module) else Formula(middle)
    return nn.Sequential(OrderedDict(first=identity(), middle=middle, last=nn.Linear(4, out)))


def planted(value, row=2):
    batch = torch.rand(5, 4) + 0.5
    batch[row] = value
    return batch


def batches(bad=None, count=6):
    torch.manual_seed(1)
    return [bad if i == BAD and bad is not None else torch.rand(5, 4) + 0.5 for i in range(count)]


def train(tmp_path, model, data, loss_of=None, *, spoil=None, call=None, optimizer=None, before=False, **options):
    """Train as anybody would; return everything that was found, and the outcome."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=1e-12)
    watch = slalom.watch(model, optimizer, to=tmp_path / "loop.slalom", quiet=True, **options)
    for number, x in enumerate(data):
        if number == BAD and spoil is not None:
            with torch.no_grad():
                spoil(model, optimizer)
        made = call(model, x) if call else model(x)
        loss = loss_of(made) if loss_of else made.square().mean()
        if before:
            watch.step(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if not before:
            watch.step(loss)
    watch.close()
    assert watch.fault is None
    for one in watch.recording.found:
        assert sentences("de").reading(one.sentence).unread == ()
    assert sentences("de").reading(watch.outcome.because).unread == ()
    return watch.recording.found, watch.outcome


class Padded(nn.Module):
    """Attention from which the padding of a row hides everything."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        words = x[:, :, None].expand(5, 4, 4).clamp(max=1.0)
        return self.attention(words, words, words, key_padding_mask=x > 1e3)[0].mean(1)


class Scaled(nn.Module):
    """Multiplies by a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x):
        return x * self.scale


class Checkpointed(nn.Module):
    def __init__(self, formula):
        super().__init__()
        self.inner = nn.Sequential(identity(), Formula(formula))

    def forward(self, x):
        return checkpoint(self.inner, x, use_reentrant=False)


class Called(nn.Module):
    """Calls a module with parameters from elsewhere."""

    def __init__(self, formula):
        super().__init__()
        self.inner = nn.Sequential(identity(), Formula(formula))

    def forward(self, x):
        return torch.func.functional_call(self.inner, dict(self.inner.named_parameters()), (x,))


class Twice(nn.Module):
    """Uses one module twice: the second time its input is large."""

    def __init__(self):
        super().__init__()
        self.act = Formula(log_below)

    def forward(self, x):
        return self.act(1e3 * x + 0 * self.act(x))


class OwnSlope(torch.autograd.Function):
    """An operation of one's own whose way back divides by zero."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(max=1e3)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g / (1e4 - x)


def in_place(x):
    return x.clone().sub_(1e4).neg_().clamp_(min=0).log_()


def part_in_place(x):
    made = torch.zeros_like(x)
    made[:, :2] = x[:, :2]
    made[:, 2:] += 1 / (x[:, 2:] - 1e4)
    return made


def distances(x):
    i, j = torch.triu_indices(5, 5, 1)
    return x + ((x[i] - x[j]) ** 2).sum(1).sqrt().mean()


def spectrum(x):
    return torch.log(torch.fft.rfft(x).abs())[:, [0, 1, 2, 2]]


def equal_rows():
    x = planted(1.0, 0)
    x[1] = x[0]
    return x


IN_THE_MODEL = {
    # name: (what is in the middle, the bad batch, kind, module, name, row)
    "padding hides everything": (
        Padded(),
        planted(2e3),
        "operation",
        "middle.attention",
        "multi_head_attention_forward",
        None,
    ),
    "the slope of a norm at 0": (
        lambda x: (x - 1e4) / ((x - 1e4).pow(2).sum(1, keepdim=True).sqrt() + 1),
        planted(1e4),
        "gradient",
        "middle",
        "sqrt",
        None,
    ),
    "log-sum-exp by hand": (
        lambda x: x - torch.exp(x).sum(1, keepdim=True).log(),
        planted(100.0),
        "operation",
        "middle",
        "exp",
        2,
    ),
    "acos beyond 1 by a rounding": (
        lambda x: torch.acos(x / 1e4),
        planted(1e4 * (1 + 1e-6)),
        "operation",
        "middle",
        "acos",
        2,
    ),
    "the slope of asin at 1": (lambda x: torch.asin(x / 1e4), planted(1e4), "gradient", "middle", "asin", None),
    "a root of a negative number": (lambda x: (100 - x) ** 0.7, planted(200.0), "operation", "middle", "pow", 2),
    "the deviation of one example": (
        lambda x: (x - x.mean(0)) / (x.std(0) + 1e-5),
        torch.rand(1, 4),
        "operation",
        "middle",
        "std",
        None,
    ),
    "equal points": (distances, equal_rows(), "gradient", "middle", "sqrt", None),
    "a spectrum of zeros": (spectrum, planted(1.0), "operation", "middle", "log", 2),
    "checkpointed": (Checkpointed(log_below), planted(2e4), "operation", "middle.inner.1", "log", 2),
    "a checkpointed slope": (
        Checkpointed(lambda x: torch.sqrt(1e4 - x)),
        planted(1e4),
        "gradient",
        "middle.inner.1",
        "sqrt",
        None,
    ),
    "in place": (in_place, planted(2e4), "operation", "middle", "log", 2),
    "a part in place": (part_in_place, planted(1e4), "operation", "middle", "division", 2),
    "called as a function": (Called(log_below), planted(2e4), "operation", "middle.inner.1", "log", 2),
    "one by one": (lambda x: torch.func.vmap(log_below)(x), planted(2e4), "operation", "middle", "log", 2),
    "a module that is used twice": (Twice(), planted(20.0), "operation", "middle.act", "log", 2),
    "a way back of one's own": (OwnSlope.apply, planted(1e4), "gradient", "middle", "OwnSlope", None),
}


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize("before", [False, True], ids=["step after", "step before"])
@pytest.mark.parametrize("case", IN_THE_MODEL)
def test_what_breaks_in_the_model_is_named(case, before, tmp_path):
    middle, bad, *expected = IN_THE_MODEL[case]
    model = model_of(copy.deepcopy(middle) if isinstance(middle, nn.Module) else middle)
    (found,), outcome = train(tmp_path, model, batches(bad), before=before)
    assert [found.kind, found.module, found.name, found.row] == expected, found
    assert found.batch == BAD
    assert found.sentence in outcome.because
    assert "learning rate" not in outcome.because, "no rate has come to it"
    assert outcome.notes[0].advice == ()


def test_masks_that_went_into_what_broke_are_named(tmp_path):
    (found,), _ = train(tmp_path, model_of(Padded()), batches(planted(2e3)))
    assert "Infinities of masked_fill went in, too." in found.sentence


def poisoned_statistics(model, optimizer):
    model.eval()
    model.middle.running_var[1] = math.nan


def infinite_scale(model, optimizer):
    model.middle.scale[1] = math.inf


@pytest.mark.parametrize(
    ("middle", "spoil", "name"),
    [
        (nn.BatchNorm1d(4), poisoned_statistics, "middle.running_var"),
        (Scaled(), infinite_scale, "middle.scale"),
    ],
)
def test_a_buffer_that_is_not_finite_is_named(middle, spoil, name, tmp_path):
    (found,), _ = train(tmp_path, model_of(copy.deepcopy(middle)), batches(), spoil=spoil)
    assert (found.batch, found.kind, found.module, found.name) == (BAD, "buffer", "middle", name)
    assert found.sentence == f"Batch {BAD}: the buffer {name} is not finite."


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.symbols, self.head = nn.Embedding(10, 4), nn.Linear(4, 1)
        with torch.no_grad():
            self.symbols.weight[7] = math.nan

    def forward(self, x):
        return self.head(self.symbols(x).mean(1))


@pytest.mark.parametrize("frozen", [False, True])
def test_a_row_that_was_never_finite_is_blamed_on_no_update_and_told_once(frozen, tmp_path):
    model = Words()
    model.symbols.requires_grad_(not frozen)
    torch.manual_seed(1)
    data = [torch.randint(0, 7, (5, 3)) for _ in range(6)]
    data[BAD][2, 1] = 7
    (found,), outcome = train(tmp_path, model, data)
    assert found.sentence == f"Batch {BAD}: the parameter symbols.weight is not finite, as at the beginning."
    assert "learning rate" not in outcome.because


def state_that_is_nan(model, optimizer):
    state = optimizer.state_dict()
    state["state"][1]["exp_avg_sq"][0] = math.nan
    optimizer.load_state_dict(state)


def state_below_zero(model, optimizer):
    optimizer.state[model.last.weight]["exp_avg_sq"].fill_(-1.0)


def no_rate(model, optimizer):
    optimizer.param_groups[0]["lr"] = math.nan


def infinite_rate(model, optimizer):
    optimizer.param_groups[0]["lr"] = math.inf


@pytest.mark.parametrize(
    ("spoil", "name", "why"),
    [
        (state_that_is_nan, "first.bias", "In the optimizer's state its exp_avg_sq is nan, which"),
        (state_below_zero, "last.weight", "In the optimizer's state its exp_avg_sq is below 0, which"),
        (no_rate, "first.weight", "Its learning rate is nan."),
        (infinite_rate, "first.weight", "Its learning rate is inf."),
    ],
)
def test_why_an_update_broke_a_parameter(spoil, name, why, tmp_path):
    model = model_of(torch.tanh)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    found, outcome = train(tmp_path, model, batches(), spoil=spoil, optimizer=adam)
    assert (found[0].batch, found[0].kind, found[0].name) == (BAD, "parameter", name)
    assert f"Batch {BAD}: after its update the parameter {name} is not finite. {why}" in found[0].sentence
    assert "could not be determined" not in outcome.because
    assert "ten times smaller" not in outcome.because
    assert len(found) == 1


def weighted():
    """Return a loss that is weighted with infinity in the bad batch."""
    weights = iter([1.0, 1.0, 1.0, math.inf, 1.0, 1.0])
    return lambda y: next(weights) * y.square().mean()


def smoothed(y):
    p = y.softmax(1)
    target = torch.full_like(p, 0.05)
    return -(target * p.log()).sum(1).mean()


def selected():
    """Return a loss of the examples that are selected: none in the bad batch."""
    rounds = iter([True, True, True, False, True, True])
    return lambda y: y[torch.full((5,), next(rounds))].square().mean()


@pytest.mark.parametrize(
    ("loss_of", "bad", "said"),
    [
        (weighted, None, ": it was computed by pow, mean, multiplication."),
        (lambda: smoothed, planted(1e4), ": most likely in log."),
        (selected, None, ": it was computed by index, pow, mean."),
    ],
)
@pytest.mark.parametrize("before", [False, True], ids=["step after", "step before"])
def test_of_a_loss_no_operation_is_suspected_that_is_finite_of_finite_numbers(loss_of, bad, said, before, tmp_path):
    (found,), _ = train(tmp_path, model_of(lambda x: x, out=3), batches(bad), loss_of(), before=before)
    assert (found.batch, found.kind, found.module) == (BAD, "loss", "loss")
    assert found.sentence.endswith(f"the model's output is finite, and the loss that was computed of it is not{said}")


def test_targets_that_are_not_finite_are_what_the_loss_was_given(tmp_path):
    targets = iter(
        [torch.zeros(5, 1)] * BAD + [torch.tensor([[0.0], [0], [0], [math.nan], [0]])] + [torch.zeros(5, 1)] * 3
    )
    criterion = nn.MSELoss()
    model = model_of(torch.tanh)
    (found,), _ = train(tmp_path, model, batches(), lambda y: criterion(y, next(targets)), loss=criterion)
    assert (found.batch, found.kind, found.name, found.row) == (BAD, "loss", "mse_loss", 3)
    assert "mse_loss of the loss was given numbers that are not finite." in found.sentence


def test_a_penalty_on_a_gradient_breaks_on_its_way_back(tmp_path):
    def penalised(model, x):
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        slope = slope * (x.max() < 1e3)
        return (slope.pow(2).sum(1).sqrt() - 1).square()

    (found,), _ = train(tmp_path, model_of(nn.Identity()), batches(planted(2e3)), lambda y: y.mean(), call=penalised)
    assert (found.batch, found.kind, found.name) == (BAD, "gradient", "sqrt")
    assert "the loss is finite, and the gradient of what was computed of the model's output is not" in found.sentence


@pytest.mark.parametrize("before", [False, True], ids=["step after", "step before"])
def test_a_loop_that_calls_the_parts_of_a_model_is_told_what_its_graph_shows(before, tmp_path):
    parts = nn.ModuleDict({"body": identity(), "act": Formula(log_below), "head": nn.Linear(4, 1)})

    def call(model, x):
        return model["head"](model["act"](model["body"](x)))

    (found,), outcome = train(tmp_path, parts, batches(planted(2e4)), call=call, before=before)
    assert (found.batch, found.kind, found.name) == (BAD, "loss", "log")
    assert found.sentence == f"Batch {BAD}: the loss is not finite: most likely in log."
    assert found.sentence in outcome.because


def test_where_time_comes_first_no_example_is_named(tmp_path):
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(4, 4), nn.Linear(4, 1)

        def forward(self, x):
            return self.head((log_below(x) + self.gru(x)[0]).mean(0))

    data = [torch.rand(7, 5, 4) for _ in range(6)]
    data[BAD][3, 2] = 2e4
    (found,), _ = train(tmp_path, Recurrent(), data)
    assert (found.batch, found.kind, found.name, found.row) == (BAD, "operation", "log", None)


def test_a_few_losses_of_mini_batches_that_rise_are_no_growth(tmp_path):
    rising = iter([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    _, outcome = train(tmp_path, model_of(torch.tanh), batches(), lambda y: y.square().mean() * next(rising))
    assert outcome.kind == "unfinished"

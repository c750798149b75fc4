"""find_lr: a rate with its reason from any loop, and everything bit by bit as before, whatever happens."""

import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import slalom
from slalom.errors import SlalomError, SpecError
from slalom.finder.trials import judge

SHORT = {"steps": 40, "verify_steps": 6, "seeds": 2, "progress": False, "lr_from": 1e-4}
LOSS = nn.CrossEntropyLoss()


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def examples(n=48):
    torch.manual_seed(1)
    x = torch.randn(n, 6)
    return x, (x[:, 0] > 0).long()


class Net(nn.Module):
    """A net with batch norm, dropout, and a counter of its own."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 2))
        self.calls = 0

    def forward(self, *inputs):
        self.calls += 1
        return self.body(sum(inputs))


class Whole:
    """A half-trained loop with all that a loop may have, and what every bit of it is."""

    def __init__(self, rule=torch.optim.Adam, calls=2):
        torch.manual_seed(0)
        self.model = Net()
        groups = [{"params": self.model.body[0].parameters(), "lr": 0.003}, {"params": self.model.body[4].parameters()}]
        self.optimizer = rule(groups, lr=0.03)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 2)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
        self.generator = torch.Generator().manual_seed(4)
        self.data = TensorDataset(*examples())
        self.loader = DataLoader(self.data, batch_size=16, shuffle=True, generator=self.generator)
        for x, y in itertools.islice(self.loader, calls):
            self.optimizer.zero_grad()
            self.scaler.scale(LOSS(self.model(x), y)).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.scheduler.step()
        self.model.body[1].eval()

    def bits(self):
        tensors = [*self.model.state_dict(keep_vars=True).values(), *(p.grad for p in self.model.parameters())]
        for state in self.optimizer.state.values():
            tensors += [one for one in state.values() if isinstance(one, torch.Tensor)]
        groups = [{**group, "params": [id(p) for p in group["params"]]} for group in self.optimizer.param_groups]
        generators = [self.generator.get_state().tolist(), torch.get_rng_state().tolist(), random.getstate()]
        legacy = np.random.get_state()
        return {
            "tensors": [None if one is None else (id(one), one.detach().numpy().tobytes()) for one in tensors],
            "modes": [module.training for module in self.model.modules()],
            "other": (self.model.calls, groups, self.scheduler.state_dict(), self.scaler.state_dict()),
            "generators": (*generators, legacy[1].tolist(), legacy[2:]),
        }


class Stop(BaseException):
    """Somebody's interrupt."""


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, Stop, MemoryError])
@pytest.mark.parametrize("when", [1, 30, 150])
def test_everything_is_as_it_was_whatever_happens(error, when):
    whole = Whole()
    before, made = whole.bits(), itertools.count()

    def loss(output, target):
        if error is not None and next(made) == when:
            raise error("now")
        return LOSS(output, target)

    def ask():
        about = {"scheduler": whole.scheduler, "scaler": whole.scaler, **SHORT}
        return slalom.find_lr(whole.model, whole.optimizer, whole.loader, loss, **about)

    if error is None:
        assert ask().because
    else:
        with pytest.raises(error, match="now"):
            ask()
    assert whole.bits() == before


@pytest.fixture(scope="module")
def found():
    whole = Whole(torch.optim.SGD, calls=0)
    return whole, slalom.find_lr(whole.model, whole.optimizer, whole.loader, LOSS, **SHORT | {"verify_steps": 25})


def test_a_rate_has_its_reason_its_numbers_and_a_figure(found):
    _, result = found
    assert 1e-3 < result.lr < 10
    assert "25 updates with it took the loss from" in result.because
    assert set(result.suggestions) >= {"steepest", "lightning", "valley", "sweep"}
    chosen = next(rule for rule in result["rules"] if rule["lr"] == result.lr)["verification"]
    others = [rule["verification"] for rule in result["rules"] if rule["verification"]]
    rules = [one for one in others if one["trains"]]
    assert chosen["final"] <= 1.2 * min(one["final"] for one in rules)
    assert chosen["steps"] == 25
    assert len(result.climbs) == 2
    assert result.figure().data


def test_the_same_question_has_the_same_answer(found):
    whole, result = found
    again = slalom.find_lr(whole.model, whole.optimizer, whole.loader, LOSS, **SHORT | {"verify_steps": 25})
    assert dict(again) == dict(result)


def test_groups_keep_their_ratios_and_are_set(found):
    whole, result = found
    assert result.group_lrs == [result.lr, pytest.approx(10 * result.lr)]
    result.apply(whole.optimizer)
    assert [group["lr"] for group in whole.optimizer.param_groups] == result.group_lrs


X, Y = examples()
BATCHES = [(X[:16], Y[:16]), (X[16:], Y[16:])]


class Endless(IterableDataset):
    def __iter__(self):
        return iter([(x, y) for x, y in zip(X, Y, strict=True)])


class Own(nn.Module):
    """A model that computes its own loss, as those of Hugging Face do."""

    def __init__(self, mapping):
        super().__init__()
        self.net, self.mapping = nn.Linear(6, 2), mapping

    def forward(self, x, labels):
        loss = LOSS(self.net(x), labels)
        return {"loss": loss} if self.mapping else type("Output", (), {"loss": loss})()


def two_inputs(model, batch):
    return LOSS(model(batch["a"], batch["b"]), batch["y"])


LOOPS = {
    "a list of batches": (Net, BATCHES, LOSS, {}),
    "several inputs": (Net, [(X, X, Y)], LOSS, {}),
    "a function that makes batches": (Net, lambda: iter(BATCHES), LOSS, {}),
    "an iterable data set": (Net, DataLoader(Endless(), batch_size=16), LOSS, {}),
    "accumulation": (Net, BATCHES, LOSS, {"accumulate": 2}),
    "clipping": (Net, BATCHES, LOSS, {"clip_norm": 0.1}),
    "bfloat16": (Net, BATCHES, LOSS, {"autocast": torch.bfloat16}),
    "its own forward": (Net, [{"a": X, "b": X, "y": Y}], None, {"forward": two_inputs}),
    "a loss in the output": (lambda: Own(False), [{"x": X, "labels": Y}], None, {}),
    "a loss in a mapping": (lambda: Own(True), [{"x": X, "labels": Y}], None, {}),
    "an autoencoder": (lambda: nn.Linear(6, 6), [X], nn.MSELoss(), {}),
    "double precision": (lambda: nn.Linear(6, 6).double(), [X.double()], nn.MSELoss(), {}),
}


@pytest.mark.parametrize("name", LOOPS)
def test_any_loop_finds_a_rate(name):
    made, loader, loss, about = LOOPS[name]
    torch.manual_seed(0)
    model = made()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    result = slalom.find_lr(model, optimizer, loader, loss, **SHORT | {"seeds": 1} | about)
    assert result.lr is not None, result.because


@pytest.mark.parametrize("rule", [torch.optim.LBFGS, torch.optim.Rprop, torch.optim.NAdam, torch.optim.Adafactor])
def test_any_optimizer_will_do(rule):
    model = nn.Linear(6, 2)
    result = slalom.find_lr(
        model, rule(model.parameters(), lr=0.01), BATCHES, LOSS, **SHORT | {"seeds": 1, "steps": 20, "verify_steps": 2}
    )
    assert result.because


def test_a_schedule_that_warms_up_from_nothing_is_no_obstacle():
    model = nn.Linear(6, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / 10)
    assert optimizer.param_groups[0]["lr"] == 0
    result = slalom.find_lr(model, optimizer, BATCHES, LOSS, scheduler=scheduler, **SHORT | {"seeds": 1})
    assert result.lr > 0
    assert (optimizer.param_groups[0]["lr"], scheduler.last_epoch) == (0, 0)


def test_a_rate_in_a_tensor_stays_the_same_tensor():
    model = nn.Linear(6, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.25))
    rate = optimizer.param_groups[0]["lr"]
    result = slalom.find_lr(model, optimizer, BATCHES, LOSS, **SHORT | {"seeds": 1})
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == 0.25
    result.apply(optimizer)
    assert float(rate) == pytest.approx(result.lr)


def test_a_model_that_cannot_compute_with_what_a_large_rate_leaves_is_no_error():
    class Strict(nn.Linear):
        def forward(self, x):
            if not bool(self.weight.isfinite().all()):
                raise ValueError("weights must be finite")
            return super().forward(x)

    model = Strict(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    quartic = lambda output, target: ((output[:, 0] - target) ** 4).mean()  # noqa: E731
    result = slalom.find_lr(model, optimizer, [(X, Y)], quartic, **SHORT)
    assert result.lr < 1
    assert result["blow_up"] is not None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 1}, "steps is 1. Give at least 2."),
        ({"verify_steps": 0}, "verify_steps is 0. Give at least 1."),
        ({"lr_from": 0}, "lr_from is 0. Give a number above 0."),
        ({"lr_to": float("nan")}, "lr_to is nan. Give a number above 0."),
        ({"lr_from": 1.0, "lr_to": 1.0}, "the rate has to climb"),
        ({"loader": iter(BATCHES)}, "can be gone through only once"),
        ({"loader": []}, "The loader has no batches"),
        ({"loader": [(X,)]}, "A batch has inputs but no targets"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, r"must be one number, but is \(16,\)"),
        ({"loss": lambda output, target: 3.0}, "must be one number, but is float"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(changes, sentence):
    model = nn.Linear(6, 2)
    given = {"loader": BATCHES, "loss": LOSS} | SHORT | changes
    with pytest.raises(SpecError, match=sentence):
        slalom.find_lr(model, torch.optim.SGD(model.parameters(), lr=0.1), **given)


def test_without_a_rate_there_is_nothing_to_keep_the_ratio_of_and_nothing_to_apply():
    model = nn.Linear(6, 2)
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    with pytest.raises(SpecError, match="none is above 0"):
        slalom.find_lr(model, still, BATCHES, LOSS)
    lazy = nn.LazyLinear(2)
    with pytest.raises(SpecError, match="parameters without a shape"):
        slalom.find_lr(lazy, torch.optim.SGD([nn.Parameter(X)], lr=0.1), BATCHES, LOSS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    constant = lambda output, target: (0 * output).sum()  # noqa: E731
    result = slalom.find_lr(model, optimizer, BATCHES, constant, **SHORT | {"seeds": 1})
    assert (result.lr, result.group_lrs) == (None, None)
    with pytest.raises(SlalomError, match="There is no rate to apply"):
        result.apply(optimizer)


class Recurrent(nn.Module):
    """An LSTM, or a layer of a transformer, that reads a sequence and says one number."""

    def __init__(self, attends):
        super().__init__()
        self.attends, self.put_in, self.put_out = attends, nn.Linear(4, 16), nn.Linear(16, 1)
        self.body = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True) if attends else nn.LSTM(16, 16)

    def forward(self, x):
        hidden = self.body(self.put_in(x))
        return self.put_out(hidden.mean(1) if self.attends else hidden[0][:, -1])


def five():
    """Five models of different kinds, what is trained with, and data."""
    torch.manual_seed(0)
    x, walk, image = torch.randn(256, 10), torch.randn(128, 6, 4), torch.randn(128, 1, 8, 8)
    product, total = x[:, :1] * x[:, 1:2], walk.cumsum(1)[:, -1, :1]
    brighter = (image[:, 0, :4].mean((1, 2)) > image[:, 0, 4:].mean((1, 2))).long()
    square = nn.MSELoss()
    tanh = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))
    norm = nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
    conv = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2))
    return {
        "tanh": (tanh, torch.optim.SGD, x, product, square),
        "batch norm": (norm, torch.optim.Adam, x, (product[:, 0] > 0).long(), LOSS),
        "convolution": (conv, torch.optim.SGD, image, brighter, LOSS),
        "lstm": (Recurrent(False), torch.optim.Adam, walk, total, square),
        "transformer": (Recurrent(True), torch.optim.AdamW, walk, total, square),
    }


def trained(name, lr):
    """The loss of all data after a hundred updates at a rate."""
    model, rule, x, y, loss = five()[name]
    optimizer = rule(model.parameters(), lr=lr)
    torch.manual_seed(7)
    for _ in range(100):
        some = torch.randint(len(x), (32,))
        optimizer.zero_grad()
        loss(model(x[some]), y[some]).backward()
        optimizer.step()
    with torch.no_grad():
        return float(loss(model(x), y))


@pytest.mark.parametrize("name", five())
def test_its_rate_trains_at_least_as_well_as_those_of_other_finders(name):
    model, rule, x, y, loss = five()[name]
    optimizer = rule(model.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    about = {"steps": 60, "verify_steps": 25, "seeds": 1, "progress": False}
    result = slalom.find_lr(model, optimizer, loader, loss, **about)
    ours = trained(name, result.lr)
    # What torch-lr-finder and Lightning suggest; either may find nothing to suggest.
    suggested = [result.suggestions[finder] for finder in ("steepest", "lightning")]
    theirs = [trained(name, lr) for lr in suggested if lr is not None]
    assert theirs
    assert all(ours <= 1.1 * loss or np.isnan(loss) for loss in theirs)


@pytest.mark.filterwarnings("ignore")
def test_its_rate_trains_at_least_as_well_as_the_one_that_lightning_itself_suggests(tmp_path):
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.tuner import Tuner

    model, rule, x, y, loss = five()["tanh"]

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.net, self.lr = five()["tanh"][0], 0.1

        def training_step(self, batch, index):
            return loss(self.net(batch[0]), batch[1])

        def configure_optimizers(self):
            return rule(self.parameters(), lr=self.lr)

    def loader():
        order = torch.Generator().manual_seed(0)
        return DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True, generator=order)

    off = {name: False for name in ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")}
    tuner = Tuner(Trainer(max_epochs=30, accelerator="cpu", default_root_dir=tmp_path, **off))
    theirs = tuner.lr_find(Module(), train_dataloaders=loader(), min_lr=1e-7, max_lr=10, num_training=60).suggestion()
    about = {"steps": 60, "verify_steps": 25, "seeds": 1, "progress": False}
    ours = slalom.find_lr(model, rule(model.parameters(), lr=0.1), loader(), loss, **about).lr
    assert theirs is not None
    assert trained("tanh", ours) <= 1.1 * trained("tanh", theirs)


def test_workers_that_stay_alive_for_the_loop_are_left_alone():
    loader = DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True)
    loader.__dict__["_iterator"] = kept = object()
    model = nn.Linear(6, 2)
    slalom.find_lr(model, torch.optim.SGD(model.parameters(), lr=0.1), loader, LOSS, **SHORT | {"seeds": 1})
    assert loader._iterator is kept


@pytest.mark.parametrize(
    ("losses", "final", "kind"),
    [
        ([1.0] * 30, 1.0, "unfinished"),
        (np.linspace(1, 2, 30), 2.0, "growing"),
        ([1.0] * 20 + [2e3, 2e3] + [np.nan] * 8, np.nan, "diverged"),
        ([1.0] * 10 + [np.nan] * 20, np.nan, "diverged"),
        ([1.0] * 20 + [2e3, 2e3] + [0.5] * 8, 0.5, "unfinished"),
    ],
)
def test_what_came_of_a_held_rate(losses, final, kind):
    outcome = judge(np.array(losses, float), 1.0, final)
    assert outcome.kind == kind
    assert outcome.because

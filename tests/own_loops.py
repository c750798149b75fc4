"""Training loops as people write them, each with a watch or without one; each returns its models and its losses."""

import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import slalom
from slalom.watch.inert import InertWatch

INPUTS = torch.randn(64, 8, generator=torch.Generator().manual_seed(5))
TARGETS = INPUTS[:, :1] * INPUTS[:, 1:2]
SAMPLE = {"sample": (INPUTS, TARGETS), "loss": functional.mse_loss}


class Watches:
    """Watches of one run of a loop, or none."""

    def __init__(self, folder=None, detail="full"):
        self.folder, self.detail, self.all = folder, detail, []

    def __call__(self, model, optimizer, **options):
        if self.folder is None:
            return InertWatch()
        path = self.folder / f"{len(self.all)}.slalom"
        watch = slalom.watch(model, optimizer, to=path, quiet=True, detail=self.detail, **options)
        watch.budget.every = 1
        watch.budget.affords = lambda what, urgent=False: True
        self.all.append(watch)
        return watch


def perceptron(inputs=8, outputs=1):
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, outputs))


def train(watches, model, optimizer, rounds=10, each=lambda i: None, called=None, **options):
    """Train on all examples; return the losses."""
    called = called or model
    watch, losses = watches(called, optimizer, **(SAMPLE | options)), []
    for number in range(rounds):
        optimizer.zero_grad()
        loss = functional.mse_loss(called(INPUTS), TARGETS)
        loss.backward()
        optimizer.step()
        watch.step(loss)
        losses.append(loss.item())
        each(number)
    watch.close()
    return losses


def gan(watches):
    maker, judge = perceptron(4, 8), perceptron(8, 1)
    makes, judges = (torch.optim.Adam(one.parameters(), 1e-2) for one in (maker, judge))
    watch_maker, watch_judge = watches(maker, makes), watches(judge, judges)
    losses = [], []
    entropy = functional.binary_cross_entropy_with_logits
    for _ in range(10):
        noise = torch.randn(64, 4)
        judges.zero_grad()
        judged = entropy(judge(INPUTS), torch.ones(64, 1)) + entropy(judge(maker(noise).detach()), torch.zeros(64, 1))
        judged.backward()
        judges.step()
        makes.zero_grad()
        made = entropy(judge(maker(noise)), torch.ones(64, 1))
        made.backward()
        makes.step()
        watch_judge.step(judged)
        watch_maker.step(made)
        losses[0].append(made.item())
        losses[1].append(judged.item())
    watch_maker.close()
    watch_judge.close()
    return [maker, judge], losses


def told_now_and_then(watches):
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    watch, losses = watches(model, optimizer), []
    for number in range(12):
        optimizer.zero_grad()
        loss = functional.mse_loss(model(INPUTS), TARGETS)
        loss.backward()
        optimizer.step()
        if number % 3 == 0:
            watch.step(loss)
            last = loss.item()
        losses.append(last)
    watch.close()
    return [model], [losses]


def no_call_is_seen(watches):
    """The gradient comes from elsewhere, as in evolution strategies."""
    model = nn.Linear(8, 1)
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    watch, losses = watches(model, optimizer), []
    for _ in range(6):
        with torch.no_grad():
            loss = functional.mse_loss(model(INPUTS), TARGETS)
            for p in model.parameters():
                p.grad = torch.randn_like(p)
        optimizer.step()
        watch.step(loss)
        losses.append(loss.item())
    watch.close()
    return [model], [losses]


def scaled(before):
    """Overflows at first: the losses of batches that a scaler leaves out are no entry's."""

    def loop(watches):
        model = perceptron()
        optimizer = torch.optim.SGD(model.parameters(), 1e-2)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127, backoff_factor=2.0**-2, growth_interval=1000)
        watch, losses = watches(model, optimizer, scaler=scaler), []
        for _ in range(12):
            optimizer.zero_grad()
            loss = 16 * functional.mse_loss(model(INPUTS), TARGETS)
            if before:
                watch.step(loss)
            scale = scaler.get_scale()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            if not before:
                watch.step(loss)
            if scaler.get_scale() >= scale:
                losses.append(loss.item())
        watch.close()
        assert 0 < len(losses) < 12
        return [model], [losses]

    return loop


def frozen_later(watches):
    model = perceptron()

    def each(number):
        model[0].requires_grad_(number >= 6)
        model[3].requires_grad_(number < 6)

    return [model], [train(watches, model, torch.optim.SGD(model.parameters(), 1e-2), each=each)]


class Complex(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.lift, self.out = nn.Parameter(torch.randn(8, 1, dtype=torch.cfloat)), out

    def forward(self, x):
        found = (x.to(torch.cfloat) @ self.lift).abs()
        return found if self.out is None else self.out(found)


def complex_numbers(out, rule):
    def loop(watches):
        model = Complex(out and out())
        return [model], [train(watches, model, rule(model.parameters(), 1e-2))]

    return loop


class Scalars(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.none, self.shift = (
            nn.Parameter(x) for x in (torch.tensor(0.5), torch.zeros(0), torch.ones(()))
        )

    def forward(self, x):
        return self.scale * x[:, :1] + self.shift + self.none.sum()


def without_dimensions(watches):
    model = Scalars()
    return [model], [train(watches, model, torch.optim.Adam(model.parameters(), 1e-2))]


class Stateful(nn.Module):
    """Changes counters, lists, generators of all kinds, and a buffer that it replaces."""

    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(8, 8), nn.Linear(8, 1)
        self.register_buffer("mean", torch.zeros(8))
        self.calls, self.seen, self.own = 0, [], np.random.default_rng(3)

    def forward(self, x):
        self.calls += 1
        found = self.hidden(x)
        self.mean = 0.9 * self.mean + 0.1 * found.detach().mean(0)
        self.seen.append(float(found.detach().mean()))
        drawn = random.random() + np.random.rand() + self.own.random()
        return self.out(torch.tanh(found - self.mean) + 0.1 * drawn) * (1 + 0.01 * self.calls)


def with_state(watches):
    model, noted = Stateful(), []
    model.register_forward_hook(lambda module, args, made: noted.append(float(made.detach().mean())))
    losses = train(watches, model, torch.optim.SGD(model.parameters(), 1e-2))
    assert len(noted) == model.calls == 10
    return [model], [losses]


def two_of_one(watches):
    """Both look into the same loop, which has a hook of its own besides."""
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    optimizer.register_step_post_hook(lambda *args: None)
    other = watches(model, optimizer, **SAMPLE)
    losses = train(watches, model, optimizer)
    other.close()
    return [model], [[], losses]


class Perceptron(nn.Module):
    """One with code of its own, which a compiler compiles."""

    def __init__(self):
        super().__init__()
        self.layers = perceptron()

    def forward(self, x):
        return self.layers(x)


def compiled_in_place(watches):
    model = Perceptron()
    model.compile(backend="eager", fullgraph=True)
    return [model], [train(watches, model, torch.optim.SGD(model.parameters(), 1e-2), rounds=4)]


def compiled_update(watches):
    model = perceptron()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    optimizer.step = torch.compile(optimizer.step, backend="eager")
    return [model], [train(watches, model, optimizer, rounds=4)]


LOOPS = {
    "two optimizers": gan,
    "told now and then": told_now_and_then,
    "no call is seen": no_call_is_seen,
    "a scaler, told before": scaled(True),
    "a scaler, told after": scaled(False),
    "frozen later": frozen_later,
    "complex and real": complex_numbers(lambda: nn.Linear(1, 1), torch.optim.Adam),
    "complex": complex_numbers(None, torch.optim.SGD),
    "without dimensions": without_dimensions,
    "state": with_state,
    "two watches": two_of_one,
    "compiled in place": compiled_in_place,
    "a compiled update": compiled_update,
}

"""A snapshot puts back every tensor, generator, container and attribute, in place and bit by bit."""

import collections
import collections.abc
import os
import random
import signal

import numpy as np
import pytest
import torch
from torch import nn

from slalom.engine.lockstep.snapshot import MOST_ITEMS, Snapshot, reseed, uninterrupted


class Odd(nn.Module):
    """A module with everything that modules keep besides parameters."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, float("nan"), -0.0, float("inf")]))
        self.register_buffer("count", torch.zeros((), dtype=torch.long), persistent=False)
        self.ema = torch.ones(2)
        self.steps, self.log, self.recent = 0, [], collections.deque([1], maxlen=2)
        self.rng = np.random.default_rng(3)
        self.table = np.arange(3.0)
        self.shared = {"self": self, "seen": {1}}

    def forward(self, x):
        self.steps += 1
        self.log.append(self.steps)
        self.recent.append(self.steps)
        self.shared["seen"].add(self.steps)
        self.shared["new"] = x
        self.ema = self.ema * 0.9
        self.count = self.count + 1
        self.table += self.rng.normal()
        return x * self.weight.sum()


def bits(module):
    return {name: value.clone().view(torch.uint8) for name, value in module.state_dict(keep_vars=False).items()}


def test_whatever_a_module_keeps_comes_back_as_the_same_object():
    model = Odd()
    model.weight.grad = torch.ones(4)
    objects = [model.weight, model.count, model.ema, model.log, model.recent, model.rng, model.table, model.weight.grad]
    before, drawn = model.weight.detach().clone(), np.random.default_rng(3).normal()
    snapshot = Snapshot(model)
    model.eval().requires_grad_(False)
    model(torch.ones(1))
    model.weight.data = torch.zeros(9)
    model.weight.grad = None
    model.extra = nn.Linear(1, 1)
    snapshot.restore()
    now = [model.weight, model.count, model.ema, model.log, model.recent, model.rng, model.table, model.weight.grad]
    assert all(one is other for one, other in zip(objects, now, strict=True))
    assert model.weight.detach().numpy().tobytes() == before.numpy().tobytes()
    assert (model.steps, model.log, list(model.recent), model.shared) == (0, [], [1], {"self": model, "seen": {1}})
    assert (model.training, model.weight.requires_grad, int(model.count)) == (True, True, 0)
    assert model.table.tolist() == [0, 1, 2]
    assert model.ema.tolist() == [1, 1]
    assert model.rng.normal() == drawn
    assert not hasattr(model, "extra")
    snapshot.restore()  # As often as one likes.
    assert model.rng.normal() == drawn


class Archive(collections.abc.MutableMapping):
    """A file of arrays, as h5py has it: what is read is another object every time, and changes are for good."""

    def __getitem__(self, name):
        return np.zeros(2)

    def __iter__(self):
        return iter(("inputs", "targets"))

    def __len__(self):
        return 2

    def __setitem__(self, name, value):
        raise AssertionError("a file was written to")

    def __delitem__(self, name):
        raise AssertionError("something of a file was removed")


def test_files_that_look_like_mappings_are_left_alone():
    archive = Archive()
    snapshot = Snapshot(lambda output: archive, sources=([archive],))
    snapshot.restore()
    assert list(archive) == ["inputs", "targets"]


def test_tensors_and_arrays_of_every_layout_come_back():
    embedding = nn.Embedding(4, 2, sparse=True)
    embedding(torch.tensor([1])).sum().backward()
    embedding.register_buffer("mask", torch.zeros(3, 1).expand(3, 4))
    embedding.table = np.broadcast_to(np.arange(2.0), (3, 2))
    gradient = embedding.weight.grad
    snapshot = Snapshot(embedding)
    with torch.no_grad():
        gradient.mul_(2)
        embedding.mask[:, :1] += 1
    embedding.weight.grad = None
    snapshot.restore()
    assert embedding.weight.grad is gradient
    assert gradient.to_dense().tolist() == [[0, 0], [1, 1], [0, 0], [0, 0]]
    assert embedding.mask.tolist() == [[0] * 4] * 3


RULES = [torch.optim.SGD, torch.optim.Adam, torch.optim.LBFGS, torch.optim.Adadelta, torch.optim.Rprop]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("half_trained", [True, False])
def test_an_optimizer_and_its_schedule_go_on_as_if_nothing_had_been(rule, half_trained):
    def made():
        torch.manual_seed(0)
        model = nn.Linear(3, 1, dtype=torch.float64)
        optimizer = rule(model.parameters(), lr=0.1)
        return model, optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, 20, cycle_momentum=False)

    def train(model, optimizer, scheduler, n):
        for _ in range(n):
            optimizer.step(lambda: closure(model, optimizer))
            scheduler.step()

    def closure(model, optimizer):
        optimizer.zero_grad()
        loss = (model(torch.ones(2, 3, dtype=torch.float64)) ** 2).mean()
        loss.backward()
        return loss

    one, other = made(), made()
    for parts in (one, other):
        train(*parts, 3 if half_trained else 0)
    snapshot = Snapshot(*one)
    train(*one, 4)
    one[1].param_groups[0]["lr"] = 7.0
    one[1].param_groups.append({"params": []})
    snapshot.restore()
    assert [str(part.state_dict()) for part in one[1:]] == [str(part.state_dict()) for part in other[1:]]
    for parts in (one, other):
        train(*parts, 5)
    assert all(torch.equal(a, b) for a, b in zip(one[0].parameters(), other[0].parameters(), strict=True))


def test_generators_of_data_are_found_wherever_they_are_and_data_are_not_copied():
    data, rng, plain = torch.zeros(5), np.random.default_rng(0), random.Random(0)
    generator, state = torch.Generator().manual_seed(1), np.random.RandomState(2)

    class Source(torch.utils.data.IterableDataset):
        def __init__(self):
            self.data, self.rng, self.lists = data, rng, [0] * (MOST_ITEMS + 1)

        def __iter__(self):
            return iter(())

    def collate(several, other=state):
        return plain, several, other

    loader = torch.utils.data.DataLoader(Source(), collate_fn=collate, generator=generator)
    snapshot = Snapshot(nn.Linear(1, 1), sources=(loader,))
    assert {id(one) for one in snapshot.generators} == {id(one) for one in (rng, plain, generator, state)}
    first = [rng.normal(), plain.random(), float(torch.rand(1, generator=generator)), state.normal()]
    data += 1
    snapshot.restore()
    assert [rng.normal(), plain.random(), float(torch.rand(1, generator=generator)), state.normal()] == first
    assert data.tolist() == [1] * 5
    for _ in range(2):
        reseed(11, snapshot.generators)
        again = [rng.normal(), plain.random(), float(torch.rand(1, generator=generator)), state.normal()]
        again += [random.random(), np.random.random(), float(torch.rand(1))]
        first = again if len(first) == 4 else first
        assert again == first


def test_the_generators_of_the_process_come_back():
    snapshot = Snapshot()
    first = [random.random(), np.random.random(), float(torch.rand(1))]
    snapshot.restore()
    assert [random.random(), np.random.random(), float(torch.rand(1))] == first


def test_ctrl_c_waits_until_all_is_back():
    done = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell ignores it for what runs in the background.

    def restore():
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.extend(range(1000))

    with pytest.raises(KeyboardInterrupt):
        restore()
    assert len(done) == 1000
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

"""The order of mini-batches is that of PyTorch, wherever it is entered and however many are gathered at a time."""

import pytest
import torch

from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network import batches
from slalom.engine.network.batches import MOST_AHEAD, ORDERS, Batches
from slalom.engine.network.model import Net

N, SIZE = 23, 4
INPUTS = torch.arange(2.0 * N).view(N, 2)
TARGETS = torch.arange(N) % 2


def batches_of(name, size=SIZE, position=0, seeds=(0,)):
    net = Net(Architecture((2, 3, 2), "tanh", "softmax"))
    return net, Batches(net, INPUTS, TARGETS, [ORDERS[name](seed, N, size, position) for seed in seeds], size)


def expected(name, size, count, seed=0):
    """Return what a loop of PyTorch would look at."""
    by, found = torch.Generator().manual_seed(seed), []
    while len(found) < count:
        if name == "drawn":
            found.append(torch.randint(0, N, (size,), generator=by))
        else:
            cards = torch.randperm(N, generator=by)
            found += [cards[i : i + size] for i in range(0, N - N % size, size)]
    return found[:count]


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("ahead", [1, 3, MOST_AHEAD])
def test_batches_are_those_of_a_loop_however_many_are_gathered_at_a_time(name, ahead, monkeypatch):
    monkeypatch.setattr(batches, "MOST_AHEAD", ahead)
    _, found = batches_of(name)
    taken = [*found.take(1), *found.take(7), *found.take(12)]
    for batch, places in zip(taken, expected(name, SIZE, 20), strict=True):
        assert torch.equal(torch.as_tensor(batch.inputs), INPUTS[places])
        assert batch.answers is not None
        assert torch.equal(batch.answers, TARGETS[places])


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("position", [1, 5, 6, 17])
def test_an_order_may_be_entered_anywhere(name, position):
    _, found = batches_of(name, position=position)
    for batch, places in zip(found.take(8), expected(name, SIZE, position + 8)[position:], strict=True):
        assert torch.equal(torch.as_tensor(batch.inputs), INPUTS[places])


def test_every_seed_has_its_own_order():
    _, found = batches_of("drawn", seeds=(0, 1))
    (batch,) = found.take(1)
    for seed in (0, 1):
        assert torch.equal(torch.as_tensor(batch.inputs[seed]), INPUTS[expected("drawn", SIZE, 1, seed)[0]])


@pytest.mark.parametrize(("size", "seeds", "most"), [(1, 1, 512), (16, 1, 512), (1, 200, 163), (23, 2000, 1)])
def test_the_first_update_does_not_wait_for_many_batches(size, seeds, most, monkeypatch):
    net, found = batches_of("drawn", size=size, seeds=range(seeds))
    made = []
    prepare = net.batches
    monkeypatch.setattr(net, "batches", lambda x, y: made.append(len(x)) or prepare(x, y))
    assert len(list(found.take(1))) == 1
    assert made == [most]
    assert made[0] <= MOST_AHEAD

"""Fewer entries that draw the same picture: ends, extremes, bends, jumps and the width of a zigzag survive."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traces import distance

from slalom.web.live.downsample import downsample
from slalom.wire.frames import Block

NAMES = ("loss", "lr", "p0")


def block_of(n=5, runs=(0, 2), step=3, seed=0):
    data = np.random.default_rng(seed).normal(size=(len(NAMES), len(runs), n))
    return Block(step, runs, NAMES, data)


@given(st.integers(1, 300), st.integers(4, 40), st.integers(0, 10**6))
def test_fewer_entries_keep_the_ends_and_the_extremes(n, entries, seed):
    block = block_of(n=n, seed=seed)
    fewer = downsample(block, entries)
    if n <= entries:
        assert fewer is block
        return
    assert fewer.n == entries
    assert fewer.stride == 0
    assert fewer.columns == ("step", *NAMES)
    assert fewer.last == block.last
    for run in range(2):
        picks = (fewer.data[0, run] - block.step).astype(int)
        assert (np.diff(picks) > 0).all()
        assert (picks[0], picks[-1]) == (0, n - 1)
        assert fewer.data[1:, run].tolist() == block.data[:, run, picks].tolist()
        loss = block.data[0, run]
        assert loss.min() in fewer.data[1, run]
        assert loss.max() in fewer.data[1, run]


@pytest.mark.parametrize("entries", [0, 1, 2, 3])
def test_however_few_there_may_be_both_ends_stay(entries):
    fewer = downsample(block_of(n=50), entries)
    assert fewer.n == max(entries, 2)
    assert fewer.data[0, :, 0].tolist() == [3, 3]
    assert fewer.data[0, :, -1].tolist() == [52, 52]


def test_fewer_entries_of_fewer_entries_know_their_steps():
    block = block_of(n=200)
    twice = downsample(downsample(block, 50), 20)
    assert twice.columns == ("step", *NAMES)
    for run in range(2):
        picks = (twice.data[0, run] - block.step).astype(int)
        assert twice.data[1:, run].tolist() == block.data[:, run, picks].tolist()


def test_a_single_spike_and_not_a_number_survive():
    data = np.zeros((1, 1, 1000))
    data[0, 0, 500], data[0, 0, 700] = 9.0, np.nan
    fewer = downsample(Block(0, (0,), ("loss",), data), 32)
    assert 9.0 in fewer.data[1]
    assert np.isnan(fewer.data[1]).any()


@pytest.mark.parametrize("worst", [np.inf, -np.inf, np.nan, 1e308, -1e308, 0.0])
def test_whatever_the_numbers_are_some_stay(worst):
    data = np.full((4, 3, 500), worst)
    data[:, 1, ::2] = 1.0
    fewer = downsample(Block(0, (0, 1, 2), ("loss", "lr", "p0", "p1"), data), 100)
    assert fewer.n == 100
    assert (np.diff(fewer.data[0]) > 0).all()


def rosenbrock(n, momentum=0.0, lr=1e-3):
    """Return a descent into the valley as a block: the loss, and the path."""
    x, y, v, w = -1.2, 1.0, 0.0, 0.0
    rows = np.empty((3, n))
    for k in range(n):
        rows[:, k] = (1 - x) ** 2 + 100 * (y - x * x) ** 2, x, y
        v = momentum * v - 2 * (1 - x) - 400 * x * (y - x * x)
        w = momentum * w + 200 * (y - x * x)
        x, y = x - lr * v, y - lr * w
    return Block(0, (0,), ("loss", "p0", "p1"), rows[:, None])


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_long_path_and_its_loss_are_drawn_within_a_pixel(momentum):
    whole = rosenbrock(50_000, momentum)
    thin = downsample(whole, 2000)
    pixels = np.array([[900.0 / 4], [600.0 / 4]])  # The window of the surface is 4 wide and 4 high.
    path = whole.data[1:, 0] * pixels
    assert distance(path[:, ::7], thin.data[2:, 0] * pixels).max() <= 1
    decades = np.ptp(np.log10(whole.data[0, 0]))
    curve = np.stack([np.arange(whole.n) * (900 / whole.n), np.log10(whole.data[0, 0]) * (300 / decades)])
    drawn = np.stack([thin.data[0, 0] * (900 / whole.n), np.log10(thin.data[1, 0]) * (300 / decades)])
    assert distance(curve[:, ::7], drawn).max() <= 1


@pytest.mark.parametrize("entries", [32, 200, 2000])
def test_a_zigzag_keeps_its_width_where_it_is_wide(entries):
    n = 20_000
    sides = np.where(np.arange(n) % 2, 1.0, -1.0) * np.linspace(1, 0.5, n)
    rows = np.stack([np.linspace(9, 1, n), np.linspace(0, 5, n), sides])
    thin = downsample(Block(0, (0,), ("loss", "p0", "p1"), rows[:, None]), entries)
    steps, side = thin.data[0, 0], thin.data[3, 0]
    for part in np.array_split(np.arange(n), max(1, entries // 16)):
        here = side[(steps >= part[0]) & (steps <= part[-1])]
        assert here.max() >= 0.45
        assert here.min() <= -0.45


def test_where_a_path_bends_there_are_more_entries():
    n = 10_000
    rows = np.stack([np.linspace(2, 1, n), np.linspace(0, 1, n), np.zeros(n)])
    bend = slice(5000, 5100)
    rows[2, bend] = 0.01 * np.sin(np.linspace(0, 20, 100))
    steps = downsample(Block(0, (0,), ("loss", "p0", "p1"), rows[:, None]), 300).data[0, 0]
    assert ((steps >= 5000) & (steps < 5100)).sum() > 10 * 3


def test_runs_are_thinned_out_each_by_its_own_shape():
    together = downsample(Block(0, (0, 1), ("loss",), np.stack([[np.arange(1, 901.0)], [np.ones(900)]], axis=1)), 50)
    alone = downsample(Block(0, (0,), ("loss",), np.arange(1, 901.0)[None, None]), 50)
    assert together.data[:, 0].tolist() == alone.data[:, 0].tolist()

"""The generator without torch draws what torch draws, call after call of one stream."""

import numpy as np
import pytest
import torch

from slalom.catalogue.datasets.torch_random import Generator

SIZES = [*range(1, 41), 1000]
SEEDS = [0, 1, 42, 2**32 - 1]
NEAR = 4e-6
"""A normal number is r·cos(a) in single precision: r up to 5.8, and a up to 2π is rounded by 2.4e-7, here and there."""


def both(seed):
    return Generator(seed), torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [*SEEDS, 2**40 + 5])
def test_uniform_numbers_are_torchs_exactly(seed):
    for n in SIZES:
        ours, theirs = both(seed)
        np.testing.assert_array_equal(ours.uniform(n), torch.rand(n, generator=theirs).numpy(), strict=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_numbers_are_torchs(seed):
    for n in SIZES:
        ours, theirs = both(seed)
        np.testing.assert_allclose(ours.normal(n), torch.randn(n, generator=theirs).numpy(), rtol=0, atol=NEAR)
        assert ours.normal(n).dtype == np.float32


@pytest.mark.parametrize("seed", SEEDS)
def test_permutations_are_torchs_exactly(seed):
    for n in [0, *SIZES]:
        ours, theirs = both(seed)
        np.testing.assert_array_equal(ours.permutation(n), torch.randperm(n, generator=theirs).numpy(), strict=True)


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_of_mixed_calls_goes_on_as_torchs_does(seed):
    """Odd counts below 16 leave a spare number behind, and blocks above do not use it."""
    ours, theirs = both(seed)
    calls = np.random.default_rng(seed)
    for _ in range(60):
        n = int(calls.integers(1, 41))
        match calls.integers(3):
            case 0:
                np.testing.assert_array_equal(ours.uniform(n), torch.rand(n, generator=theirs).numpy())
            case 1:
                np.testing.assert_allclose(ours.normal(n), torch.randn(n, generator=theirs).numpy(), rtol=0, atol=NEAR)
            case _:
                np.testing.assert_array_equal(ours.permutation(n), torch.randperm(n, generator=theirs).numpy())


def test_a_matrix_is_drawn_as_its_rows_after_one_another():
    ours, theirs = both(3)
    np.testing.assert_allclose(
        ours.normal(30).reshape(15, 2), torch.randn(15, 2, generator=theirs).numpy(), rtol=0, atol=NEAR
    )


def test_no_numbers_leave_the_stream_where_it_was():
    ours, theirs = both(7)
    assert ours.uniform(0).shape == ours.normal(0).shape == (0,)
    np.testing.assert_array_equal(ours.uniform(9), torch.rand(9, generator=theirs).numpy())


def test_normal_numbers_have_mean_0_and_deviation_1():
    values = Generator(0).normal(1_000_000).astype(float)
    assert abs(values.mean()) < 0.003
    assert abs(values.std() - 1) < 0.003
    assert np.isfinite(values).all()

"""The last stretch of a run: how long it is, and that it does not depend on ticks, nor on what was long ago."""

import numpy as np
import pytest

from slalom.engine.diagnosis.last_stretch import MOST_ROWS, SHARE, LastStretch, first_needed, median, size, stretch


def filled(losses, turned, cuts, first=0):
    """Return the last stretch after entries that were handed over in pieces."""
    lately = LastStretch(losses.shape[1], first)
    for low, high in zip([first, *cuts], [*cuts, len(losses)], strict=True):
        if high > low:
            lately.add(losses[low:high], turned[low:high])
    return lately


def entries(n, runs=3):
    random = np.random.default_rng(n)
    return random.normal(size=(n, runs)), random.random((n, runs)) < 0.7


LENGTHS = (1, 3, 4, 9, 10, 19, 20, 21, 39, 400, 419, 420, 5119, 5120, 5121, 5376, 10_239, 10_240, 10_241, 23_456)


@pytest.mark.parametrize("n", LENGTHS)
def test_a_stretch_does_not_depend_on_how_its_entries_came_nor_on_those_before_it(n):
    losses, turned = entries(n)
    whole = filled(losses, turned, [])
    random = np.random.default_rng(0)
    cuts = sorted(random.integers(1, n + 1, 12).tolist())
    late = filled(losses, turned, [k for k in cuts if k > first_needed(n)], first_needed(n))
    for other in (filled(losses, turned, cuts), late):
        np.testing.assert_array_equal(other.losses, whole.losses)
        np.testing.assert_array_equal(other.turned, whole.turned)
        assert other.apart == whole.apart


@pytest.mark.parametrize("n", LENGTHS)
def test_it_is_the_last_twentieth_and_at_least_twenty_entries_in_few_rows(n):
    losses, turned = entries(n)
    found = filled(losses, turned, [])
    rows = min(stretch(n), n) // size(n)
    assert len(found.losses) == rows <= MOST_ROWS
    if n <= MOST_ROWS * SHARE:
        np.testing.assert_array_equal(found.losses, losses[-stretch(n) :])
        np.testing.assert_allclose(found.turned, turned[-stretch(n) :].sum(axis=0) / stretch(n))
    ends = n // size(n) * size(n)
    counted = turned[ends - rows * size(n) : ends].sum(axis=0)
    if n >= 20:
        np.testing.assert_allclose(found.turned, counted / (rows * size(n)))


@pytest.mark.parametrize("n", [4, 5, 11, 20, 23, 400, 6000])
def test_a_loss_that_jumps_between_two_values_has_one_median(n):
    losses = np.where(np.arange(n) % 2, 3.0, 7.0)[:, None]
    found = filled(losses, np.ones_like(losses, bool), []).medians()
    assert len(found) == min(5, n // 2)
    assert len(set(found[:, 0])) == 1


@pytest.mark.parametrize("n", [2, 3, 4, 11, 20, 21, 777, 5121, 9000])
def test_medians_of_a_line_are_equally_far_apart(n):
    losses = np.arange(n, dtype=float)[:, None]
    found = filled(losses, np.zeros_like(losses, bool), [])
    apart = np.diff(found.medians()[:, 0])
    np.testing.assert_allclose(apart, found.apart)


def test_forgetting_runs_leaves_the_others_as_they_are():
    losses, turned = entries(6000, 5)
    which = np.array([0, 3])
    whole, some = LastStretch(5), LastStretch(5)
    whole.add(losses, turned)
    some.add(losses[:5501], turned[:5501])
    some.keep(which)
    some.add(losses[5501:, which], turned[5501:, which])
    np.testing.assert_array_equal(some.losses, whole.losses[:, which])
    np.testing.assert_array_equal(some.turned, whole.turned[which])


def test_a_median_is_that_of_numpy():
    for n in (1, 2, 5, 8):
        values = np.random.default_rng(n).normal(size=(3, n, 4))
        np.testing.assert_array_equal(median(values, axis=1), np.median(values, axis=1))
    assert np.isnan(median(np.array([[1.0], [np.nan], [3.0]]), axis=0)).all()

"""Rows of runs in memory: what a library is given of a run is laid out alike, however many runs there are."""

import numpy as np
import pytest

from slalom.catalogue.base.rows import GAP, begun_alike


@pytest.mark.parametrize("shape", [(3, 37), (16, 16), (1, 5), (5, 1), (2, 3)])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_matrix_alone_is_laid_out_as_it_is_beside_others(shape, transposed):
    several = np.arange(3.0 * shape[0] * shape[1]).reshape(3, *shape)
    several = several.swapaxes(1, 2) if transposed else several
    alone, beside = begun_alike(several[:1]), begun_alike(several)
    assert np.array_equal(alone, several[:1])
    assert np.array_equal(beside, several)
    axes = [axis for axis in (1, 2) if several.shape[axis] > 1]
    assert [alone.strides[axis] for axis in axes] == [beside.strides[axis] for axis in axes]
    assert [alone.strides[axis] for axis in axes] == [several.strides[axis] for axis in axes]


@pytest.mark.parametrize("transposed", [False, True])
def test_rows_of_matrices_begin_a_multiple_of_the_gap_apart(transposed):
    rows = np.ones((3, 5, 7)).swapaxes(1, 2) if transposed else np.ones((3, 5, 7))
    assert begun_alike(rows).strides[0] % (GAP * rows.itemsize) == 0

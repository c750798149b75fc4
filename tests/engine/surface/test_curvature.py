"""Curvature against a general eigenvalue solver, point by point."""

import numpy as np
import pytest

from slalom.catalogue.base.functions import Functions
from slalom.engine.surface.curvature import curvature, extremes


def functions_of(hessian):
    """Return a problem whose Hessian at point i is ``hessian[..., i]``."""

    def nothing(p):
        raise AssertionError("only the Hessian is asked for")

    return Functions(nothing, nothing, lambda p: hessian)


def symmetric(dimension, n, seed=0):
    matrices = np.random.default_rng(seed).normal(size=(dimension, dimension, n))
    return matrices + matrices.swapaxes(0, 1)


@pytest.mark.parametrize("dimension", [1, 2, 3, 8])
def test_extremes_are_those_of_lapack(dimension):
    hessian = symmetric(dimension, 50)
    values = np.linalg.eigvalsh(np.moveaxis(hessian, -1, 0))
    low, high = extremes(hessian)
    assert low == pytest.approx(values[:, 0], rel=1e-10, abs=1e-12)
    assert high == pytest.approx(values[:, -1], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_the_rule_feels_the_preconditioned_hessian_with_weight_decay(dimension):
    hessian, rng = symmetric(dimension, 20), np.random.default_rng(1)
    scale, decay = rng.uniform(0.1, 10, (dimension, 20)), rng.uniform(0, 1, 20)
    found = curvature(functions_of(hessian), np.zeros((dimension, 20)), decay, scale)
    for i in range(20):
        shifted = hessian[..., i] + decay[i] * np.eye(dimension)
        felt = np.linalg.eigvals(shifted / scale[:, i, None]).real.max()
        assert found.scaled[i] == pytest.approx(felt, rel=1e-9)
        assert found.sharpness[i] == pytest.approx(np.linalg.eigvalsh(shifted)[-1], rel=1e-9)
        assert found.low[i] == pytest.approx(np.linalg.eigvalsh(hessian[..., i])[0], rel=1e-9)


def test_a_diagonal_hessian_is_read_off():
    diagonal = np.random.default_rng(0).normal(size=(9, 30))
    full = np.einsum("in,ij->ijn", diagonal, np.eye(9))
    scale = np.random.default_rng(1).uniform(0.1, 10, (9, 30))
    fast = functions_of(full)._replace(diagonal=lambda p: diagonal)
    for scales in (None, scale):
        expected = curvature(functions_of(full), np.zeros((9, 30)), 0.5, scales)
        for found, wanted in zip(curvature(fast, np.zeros((9, 30)), 0.5, scales), expected, strict=True):
            assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("dimension", [1, 2, 4])
@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_hessian_that_is_not_finite_harms_no_other(dimension, bad):
    hessian = symmetric(dimension, 3)
    expected = [values.copy() for values in extremes(hessian)]
    hessian[0, 0, 1] = bad
    with np.errstate(all="ignore"):
        found = extremes(hessian)
    for values, wanted in zip(found, expected, strict=True):
        assert not np.isfinite(values[1])
        assert values[[0, 2]].tolist() == wanted[[0, 2]].tolist()

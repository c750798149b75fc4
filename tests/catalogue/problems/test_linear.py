"""The quadratic and the regression, down to the last printed digit of the book."""

import numpy as np
import pytest
import torch
from thermometer import check, each_row

from slalom.catalogue.problems.linear import RESIDUALS_AT_ONCE, Quadratic, Regression


def descend(problem, lr, updates, dtype, xp=np):
    """Gradient descent from the problem's start: losses[k] and points[k] after k updates."""
    slope = problem.functions(xp).slope
    start = np.array(problem.start, dtype=dtype)[:, None]
    p = start if xp is np else torch.tensor(start)
    losses, points = [], []
    with np.errstate(all="ignore"):
        for _ in range(updates + 1):
            value, gradient = slope(p)
            losses.append(float(value[0]))
            points.append(tuple(map(float, p[:, 0])))
            p = p - lr * gradient
    return losses, points


@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
@each_row
def test_the_thermometer_prints_what_the_book_prints(scaling, lr, steps, printed, parameters, xp):
    check(printed, parameters, *descend(Regression(scaling=scaling), lr, steps, np.float32, xp))


@pytest.mark.parametrize(("dtype", "epoch"), [(np.float32, 11), (np.float64, 88)])
def test_the_first_row_overflows_when_the_format_does(dtype, epoch):
    losses, points = descend(Regression(), 1e-2, epoch, dtype)
    assert losses[epoch - 1] == np.inf
    assert np.isfinite(losses[: epoch - 1]).all()
    assert points[10] == pytest.approx((3.2144e17, 5.6621e15), rel=2e-5)


@pytest.mark.parametrize(
    ("scaling", "low", "high"), [("raw", 0.175108, 5883.421261), ("tenth", 0.169876, 60.646087), ("standard", 2, 2)]
)
def test_the_curvatures_are_those_of_the_reference(scaling, low, high):
    hessian = Regression(scaling=scaling).functions(np).hessian(np.zeros(2))
    assert np.linalg.eigvalsh(hessian) == pytest.approx([low, high], rel=1e-5)


def test_the_optimum_is_that_of_the_reference():
    (minimum,) = Regression().minima
    assert minimum.point == pytest.approx((0.53677192, -17.3047855), rel=1e-7)
    assert minimum.value == Regression().best == pytest.approx(2.92764557, rel=1e-8)
    for scaling in ("tenth", "standard"):
        assert Regression(scaling=scaling).best == pytest.approx(2.92764557, rel=1e-8)


def test_predicted_and_measured_growth_agree():
    losses, _ = descend(Regression(), 1e-2, 12, np.float64)
    assert losses[12] / losses[11] == pytest.approx((1 - 1e-2 * 5883.421261) ** 2, rel=1e-7)


def test_one_standardised_step_arrives():
    losses, _ = descend(Regression(scaling="standard"), 0.5, 1, np.float64)
    assert losses[1] == pytest.approx(2.92764557, rel=1e-8)


def test_standardised_inputs_have_mean_0_and_population_deviation_1():
    x = Regression(scaling="standard").scaled
    assert x.mean() == pytest.approx(0, abs=1e-15)
    assert np.mean(x**2) == pytest.approx(1)


def test_inline_data_is_fitted():
    line = Regression(x=[0, 1, 2, 3], y=[1, 3, 5, 7])
    assert line.minima[0].point == pytest.approx((2, 1))
    assert line.best == pytest.approx(0, abs=1e-25)
    assert line.functions(np).value(np.array([0.0, 0.0])) == np.mean([1, 9, 25, 49])
    assert Regression(x=[1, 2], y=[0, 0], scaling="tenth").scaled.tolist() == pytest.approx([0.1, 0.2])


def test_equal_inputs_have_a_best_line_among_many():
    flat = Regression(x=[2, 2, 2], y=[1, 2, 3])
    assert flat.best == pytest.approx(2 / 3)
    assert flat.minima[0].point == pytest.approx((0.8, 0.4))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": [1, 2]}, "y is missing; give both x and y"),
        ({"y": [1, 2]}, "x is missing; give both x and y"),
        ({"x": [1, 2], "y": [1, 2, 3]}, "x has 2 numbers and y has 3; give equally many"),
        ({"x": [1, 2], "y": [1, 2], "data": "thermometer"}, "give either data or x and y, not both"),
        ({"x": [3, 3], "y": [1, 2], "scaling": "standard"}, "all x are 3, so they cannot be standardised"),
        ({"x": [1], "y": [1]}, "at least 2 items"),
        ({"x": [1.0] * 5001, "y": [1.0] * 5001}, "at most 5000 items"),
        ({"x": [1, float("nan")], "y": [1, 2]}, "finite number"),
        ({"x": [1, "2"], "y": [1, 2]}, "valid number"),
        ({"x": [1, True], "y": [1, 2]}, "valid number"),
        ({"data": "barometer"}, "thermometer"),
    ],
)
def test_data_that_does_not_fit_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Regression.model_validate(given)


@pytest.mark.parametrize("count", [2, 5000])
def test_the_largest_and_the_smallest_data_are_accepted(count):
    x = np.linspace(-1, 1, count).tolist()
    assert Regression(x=x, y=x).minima[0].point == pytest.approx((1, 0), abs=1e-12)


@pytest.mark.parametrize("scaling", ["raw", "tenth", "standard"])
def test_the_domain_shows_start_and_optimum(scaling):
    problem = Regression(scaling=scaling)
    for point in (problem.start, problem.optimum):
        assert all(low < coordinate < high for coordinate, (low, high) in zip(point, problem.domain, strict=True))


@pytest.mark.parametrize("problem", [Regression(), Quadratic(eigenvalues=[0.5 * i for i in range(1, 41)])])
def test_a_lane_does_not_depend_on_its_neighbours(problem):
    slope = problem.functions(np).slope
    p = np.random.default_rng(3).normal(size=(problem.dimension, 3 * RESIDUALS_AT_ONCE // 11))
    value, gradient = slope(p)
    for lane in (0, 1, RESIDUALS_AT_ONCE // 11, p.shape[1] - 1):
        for width in (1, 2, 5):
            first = min(lane, p.shape[1] - width)
            f, g = slope(p[:, first : first + width])
            np.testing.assert_array_equal(f, value[first : first + width])
            np.testing.assert_array_equal(g, gradient[:, first : first + width])
    folded = p[:, :6].reshape(problem.dimension, 2, 3)
    np.testing.assert_array_equal(slope(folded)[1].reshape(problem.dimension, 6), gradient[:, :6])


def test_the_eigenvalues_are_the_curvatures():
    problem = Quadratic(eigenvalues=[3, -1, 0])
    found = problem.functions(np)
    assert found.hessian(np.ones(3)).tolist() == [[3, 0, 0], [0, -1, 0], [0, 0, 0]]
    assert found.diagonal(np.ones((3, 2))).tolist() == [[3, 3], [-1, -1], [0, 0]]
    assert found.value(np.array([1.0, 2.0, 5.0])) == -0.5
    assert (problem.dimension, problem.start, problem.best) == (3, (1, 1, 1), None)


def test_a_bowl_without_negative_curvature_has_a_bottom():
    assert Quadratic(eigenvalues=[0, 2]).best == 0
    assert Quadratic(eigenvalues=[0, 2]).minima[0].point == (0, 0)


@pytest.mark.parametrize(
    ("eigenvalues", "message"),
    [
        ([], "at least 1 item"),
        ([1.0] * 65, "at most 64 items"),
        ([float("inf")], "finite number"),
        ([True], "valid number"),
        (["1"], "valid number"),
    ],
)
def test_eigenvalues_that_cannot_be_are_refused(eigenvalues, message):
    with pytest.raises(ValueError, match=message):
        Quadratic(eigenvalues=eigenvalues)
    assert Quadratic(eigenvalues=[1.0] * 64).dimension == 64

"""The thermometer as the book prints it: one table for the arithmetic, the engine and the API."""

from math import inf

import pytest

ROWS = [
    pytest.param(
        "raw",
        1e-2,
        11,
        {1: 1763.884644, 2: 5802485.5, 3: 19408035840, 10: 9.0901154706620645e34, 11: inf},
        {1: (-44.1730, -0.8260), 2: (2568.4014, 45.1637), 3: (-148527.7344, -2616.3933), 10: (3.2144e17, 5.6621e15)},
        id="raw 1e-2",
    ),
    pytest.param(
        "raw",
        1e-4,
        100,
        {1: 1763.884644, 2: 323.090546, 3: 78.929634, 10: 29.105242, 11: 29.104168, 99: 29.023582, 100: 29.022669},
        {100: (0.2327, -0.0438)},
        id="raw 1e-4",
    ),
    pytest.param(
        "tenth",
        1e-2,
        5000,
        {1: 80.364342, 2: 37.574917, 3: 30.871077, 10: 29.030487, 11: 28.941875, 99: 22.214186, 100: 22.148710}
        | {4000: 2.927680, 5000: 2.927648},
        {5000: (5.3671, -17.3012)},
        id="tenth 1e-2",
    ),
]
"""Scaling, learning rate, steps, printed loss of each epoch (epoch n is entry n - 1), parameters after each epoch."""

each_row = pytest.mark.parametrize(("scaling", "lr", "steps", "printed", "parameters"), ROWS)


def check(printed, parameters, losses, points):
    """Compare what was computed in float32 with what was printed."""
    exploding = printed[2] > 1e6
    for epoch, loss in printed.items():
        tolerance = 5e-6 if exploding and epoch >= 3 else 1e-6 if epoch <= 100 else 1e-5
        assert float(losses[epoch - 1]) == pytest.approx(loss, rel=tolerance), epoch
    for epoch, point in parameters.items():
        tolerance = 2e-5 if exploding and epoch >= 10 else 5e-6
        assert points[epoch] == pytest.approx(point, rel=tolerance, abs=6e-5), epoch

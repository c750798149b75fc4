"""Why a formula has no value, or no slope, at a point."""

import pytest

from slalom.catalogue.formula import parse
from slalom.catalogue.formula.domain_errors import domain_errors


@pytest.mark.parametrize(
    ("text", "point", "reason"),
    [
        ("ln(x) + 1", -1, "log of a negative number"),
        ("log2(x)", -1, "log2 of a negative number"),
        ("lg(x)", 0, "log10 of zero"),
        ("√(x-1)", 0, "square root of a negative number"),
        ("asin(x)", 2, "asin of 2, which is not between −1 and 1"),
        ("arccos(2x)", -1, "acos of −2, which is not between −1 and 1"),
        ("atanh x", 1, "atanh of 1, which is not between −1 and 1"),
        ("acosh(x)", 0.5, "acosh of a number below 1"),
        ("3 mod x", 0, "division by zero"),
        ("\\frac{1}{x}", 0, "division by zero"),
        ("e^x", 1000, "a number too large to be computed with"),
    ],
)
def test_the_first_operation_that_cannot_be_done_is_named(text, point, reason):
    assert domain_errors(parse(text), [point]).reason == reason


@pytest.mark.parametrize("text", ["relu(x)", "sign(x)", "floor(x)", "atan2(x, x)", "mod(x, 2)", "|x|", "round(x)"])
def test_corners_and_jumps_have_a_value_and_a_slope(text):
    assert domain_errors(parse(text), [0.0]) is None

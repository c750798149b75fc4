"""How numbers are written in sentences."""

from __future__ import annotations

import math
from decimal import Decimal


def number(value: float, digits: int = 5) -> str:
    """Return a number as prose carries it: significant digits, and powers of ten without padding.

    >>> number(5883.421261), number(3.399383e-4, 4), number(0.05), number(-2.0), number(954321.0, 3)
    ('5883.4', '3.399e-4', '0.05', '-2', '954000')
    >>> number(float("inf")), number(1e6)
    ('inf', '1e6')
    """
    if not math.isfinite(value):
        return str(value)
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if value and not -3 <= int(exponent) < 6:
        return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
    plain = f"{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - int(exponent), 0)}f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def bracketed(value: float) -> str:
    """Return a number with three digits as a factor of a product.

    >>> bracketed(2.0), bracketed(-0.51234)
    ('2', '(-0.512)')
    """
    return f"({number(value, 3)})" if value < 0 else number(value, 3)


def brief(value: float) -> str:
    """Return a number that somebody sent with six digits, also an integer that is larger than every float.

    >>> brief(0.1), brief(1234567), brief(10**400 + 1)
    ('0.1', '1.23457e+06', '1e+400')
    """
    try:
        return f"{value:g}"
    except OverflowError:
        return f"{Decimal(value).normalize():.6g}"


LONGEST_VALUE = 80
"""Characters of a value that a sentence repeats."""


def shown(value: object) -> str:
    """Return a value that somebody sent as a sentence repeats it: its beginning, where it is long.

    >>> shown(0.1), shown("x" * 1000)[-4:], len(shown("x" * 1000))
    ('0.1', 'xxx…', 80)
    """
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"

"""How numbers are written in sentences: the page writes them by the same rules."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

PLAIN_EXPONENTS = range(-3, 6)
"""Powers of ten of the first digit of a number that is written out; others are a mantissa and a power of ten."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 5) -> str:
    """Return a number as prose carries it: significant digits, thousands apart, and powers of ten raised.

    >>> number(5883.421261), number(3.399383e-4, 4), number(0.05), number(-2.0), number(954321.0, 3)
    ('5,883.4', '3.399 × 10⁻⁴', '0.05', '−2', '954,000')
    >>> number(float("inf")), number(1e6), number(10**400 + 1)
    ('∞', '10⁶', '10⁴⁰⁰')
    """
    found = _rounded(value, digits)
    if found.is_nan():
        return "NaN"
    sign = "−" if found < 0 else ""
    if found.is_infinite():
        return f"{sign}∞"
    exponent = found.adjusted()
    if not found or exponent in PLAIN_EXPONENTS:
        return f"{sign}{_trimmed(abs(found))}"
    mantissa = _trimmed(abs(found).scaleb(-exponent))
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return f"{sign}{power}" if mantissa == "1" else f"{sign}{mantissa} × {power}"


def rounded(value: float, digits: int = 5) -> float:
    """Return the value that ``number`` shows.

    >>> rounded(5883.421261), rounded(-0.00012345, 3)
    (5883.4, -0.000123)
    """
    return float(_rounded(value, digits))


def _rounded(value: float, digits: int) -> Decimal:
    exact = value if isinstance(value, int) else float(value)
    return Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(exact)


def _trimmed(value: Decimal) -> str:
    """Return a number written out, without zeros at its end."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bracketed(value: float) -> str:
    """Return a number with three digits as a factor of a product.

    >>> bracketed(2.0), bracketed(-0.51234)
    ('2', '(−0.512)')
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

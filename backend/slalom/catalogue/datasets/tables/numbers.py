"""Numbers as people write them: decimal commas, thousands marks, currency, per cent, units and the long minus."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from .words import missing_of

LARGEST_NUMBER = 1e30
"""A number may be this large: its square still fits into every arithmetic used here, with room for sums."""
LONGEST_NUMBER = 60
"""Characters of a cell that can be a number."""
FEW_PATTERNS = 4096
"""Different patterns of digits and marks that are looked at; a column of numbers has far fewer."""


class NumberFormat(NamedTuple):
    """How the numbers of a column are written."""

    decimal: str = "."
    """The decimal mark, a point or a comma; "either" where every cell decides it for itself."""
    thousands: str = ""
    """The mark between groups of three digits, or nothing."""


FORMATS = tuple(NumberFormat(mark, group) for mark, other in (".,", ",.") for group in ("", other, " ", "'"))
"""Every format, by decimal mark, the plainest first."""
PLAIN_FORMAT = FORMATS[0]

SAME_AS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"})
"""Typographic characters that stand for others in numbers."""
_PATTERN = SAME_AS | str.maketrans("123456789", "000000000")
"""From a cell to its pattern, in which every digit is a 0."""
_CURRENCY = r"(?:[$€£¥₹₽₩₺₪]|US\$|R\$|USD|EUR|GBP|CHF|JPY|INR|kr\.?|Rs\.?)"
_UNIT = r"(?:%|[A-Za-zµ°Ω][A-Za-zµ°Ω²³/]{0,7}0?)"
_UNIT_WRITTEN = _UNIT.replace("0?", r"\d?")
_BEFORE = rf"\(?(?:{_CURRENCY} ?[-+]|[-+]?(?:{_CURRENCY} ?)?)"
_AFTER = rf"(?:[.,]-|\.--)?(?: ?(?:{_CURRENCY}|(?P<unit>{_UNIT})))?\)?"
_NUMBERISH = re.compile(rf"{_BEFORE}[.,]?0[0., 'eE+-]*{_AFTER}")
_AFFIXES = re.compile(rf"{_CURRENCY}|(?<=[\d.,]) ?(?![eE][-+]?\d){_UNIT_WRITTEN}(?=\)?(?:\0|\Z))|\)")


_DIGITS = {zero + digit: str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for digit in range(10)}
_DIGITS |= {0x66B: ".", 0xFF0E: "."}
"""Arabic, Persian, Indian and Bengali digits, and those of full width."""
_FORTRAN = re.compile(r"(?<![\w.])(\d+\.\d*|\.\d+|\d+(?=[dD][-+]))[dD]([-+]?\d{1,3})(?![\w.])")
_NO_LETTER = re.compile(r"(?<![\w.])(\d?\.\d+)(\+[123]\d\d|(?<=\d{4})-[123]\d\d)(?![\w.+-])")
_WITHOUT_LETTER = re.compile(r"[+-](?<=\d.)[123]\d\d(?![\w.+-])")
"""Fortran's exponent of three digits, which leaves no room for the E; after few digits a minus is that of a range."""


@cache
def _grammar(form: NumberFormat) -> re.Pattern[str]:
    decimal, thousands = map(re.escape, form)
    groups = rf"0{{1,3}}(?:{thousands}0{{3}})+" if thousands else "0+"
    if form.thousands == ",":  # Lakh and crore are grouped in twos.
        groups = r"0{1,3}(?:,0{2,3})*,0{3}"
    body = rf"(?:(?:{groups}|0+)(?:{decimal}0*)?|{decimal}0+)(?:[eE][-+]?0+)?"
    return re.compile(_BEFORE + body + _AFTER)


class Patterns(NamedTuple):
    """What the cells of a column look like, apart from which digits they have."""

    numbers: dict[NumberFormat, int]
    """How many cells are numbers, by format."""
    marks: bool
    """Whether points, commas, blanks or apostrophes are among them."""
    units: tuple[str, ...]
    """What stands behind numbers."""
    affixes: bool
    """Whether there are signs of currency, units or brackets."""


def patterns_of(cells: Sequence[str]) -> Patterns:
    """Return what the cells of a column look like; cells without a value are not among them."""
    found = _counted(cells)
    likely, infinite = dict[str, str](), 0
    fits = dict.fromkeys(FORMATS, 0)
    for pattern, cells_so in found.most_common(FEW_PATTERNS):
        infinite += cells_so * is_infinite(pattern)
        unit = _unit_in(pattern) if len(pattern) <= LONGEST_NUMBER else None
        if unit is not None:
            likely[pattern] = unit
            for form in _formats_of(pattern):
                fits[form] += cells_so
    fits = {form: infinite + many for form, many in fits.items()}
    every = "".join(likely)
    units = tuple(sorted(set(filter(None, likely.values()))))
    affixes = re.fullmatch(r"[-+0., 'eE\0]*", every) is None
    return Patterns(fits, any(mark in every for mark in "., '"), units, affixes)


def _counted(cells: Sequence[str]) -> Counter[str]:
    """Return how many cells have which pattern."""
    return Counter("\0".join(cells).translate(_PATTERN).split("\0")) if cells else Counter()


@lru_cache(FEW_PATTERNS)
def _unit_in(pattern: str) -> str | None:
    """Return the unit behind what looks like a number, "" where there is none; None where it does not look like one."""
    match = _NUMBERISH.fullmatch(pattern)
    return match and (match["unit"] or "")


@lru_cache(FEW_PATTERNS)
def _formats_of(pattern: str) -> tuple[NumberFormat, ...]:
    """Return the formats in which a pattern is a number; columns and rows repeat their patterns."""
    return tuple(form for form in FORMATS if _grammar(form).fullmatch(pattern))


def possible_formats(patterns: Patterns, cells: Iterable[str]) -> tuple[NumberFormat, ...]:
    """Return the formats in which the most cells are numbers, the plainest first for either decimal mark."""
    most = max(patterns.numbers.values())
    found = [form for form, many in patterns.numbers.items() if many == most]
    if len({form.decimal for form in found}) > 1 and patterns.marks:
        whole = re.compile(r"[-+($€£¥ ]*0[.,]")  # No group of thousands begins with a 0.
        decimals = {match[0][-1] for match in map(whole.match, cells) if match}
        found = [form for form in found if form.thousands not in decimals]
    return tuple(found)


def decimal_of_money(cells: Iterable[str]) -> str:
    """Return the decimal mark of sums of money whose only mark stands before three digits, as no cents do.

    >>> decimal_of_money(["373.531 €", "99 €"]), decimal_of_money(["373.531"]), decimal_of_money(["$3.50"])
    (',', '', '')
    """
    found = set[str]()
    for cell in cells:
        marks = re.sub(r"[^.,]", "", cell)
        if len(marks) > 1 or not re.search(_CURRENCY, cell) or (marks and not re.search(r"\d[.,]\d{3}(?!\d)", cell)):
            return ""
        found |= set(marks)
    return "," if found == {"."} else "." if found == {","} else ""


def chosen_format(possible: Sequence[NumberFormat], decimal: str) -> NumberFormat:
    """Return the plainest of some formats with a decimal mark, or the plainest of all where there is none."""
    return next((form for form in possible if form.decimal == decimal), possible[0])


def with_plain_numbers(text: str) -> str:
    """Return a text with the digits of ASCII, and E where double precision of Fortran has a D, or nothing.

    Commas of full width become commas where no other separator is there.

    >>> with_plain_numbers("1.5D+03 -.2d-1 1.0D0 3D-2"), with_plain_numbers("A1.5D+03 2D4 3D ١٢٫٥")
    ('1.5E+03 -.2E-1 1.0E0 3E-2', 'A1.5D+03 2D4 3D 12.5')
    >>> with_plain_numbers("1.5+103 -0.1234567-103 1.5-103 2.5+10 1.5+103x")
    '1.5E+103 -0.1234567E-103 1.5-103 2.5+10 1.5+103x'
    """
    if not text.isascii():
        text = text.translate(_DIGITS)
        if not any(mark in text for mark in ",;\t|"):
            text = text.replace("，", ",").replace("；", ";")
    if _WITHOUT_LETTER.search(text):
        text = _NO_LETTER.sub(r"\1E\2", text)
    if not any(mark in text for mark in ("D+", "D-", "D0", "d+", "d-", "d0")):
        return text
    return _FORTRAN.sub(r"\1E\2", text)


def read_numbers(cells: Sequence[str], form: NumberFormat) -> np.ndarray:
    """Return the numbers in cells, shape (n,), float64; NaN where there is none, infinite where it is too large.

    >>> read_numbers(["1.234,5", "-", "12 %"], NumberFormat(",", "."))
    array([1234.5,    nan,   12. ])
    """
    missing = missing_of(set(cells))
    given = ["" if cell in missing else cell for cell in cells] if missing else cells
    text = _plain("\0".join(given), form)
    with suppress(ValueError):
        if "_" not in text and text.isascii() and (not form.thousands or _all_fit(given, form)):
            plain = text.split("\0") if cells else []
            for at in [at for at, cell in enumerate(given) if not cell] if missing else ():
                plain[at] = "nan"
            return np.array(list(map(float, plain)), np.float64)
    known = {cell: _number(cell, form) for cell in set(given)}
    return np.array([known[cell] for cell in given], np.float64)


def _all_fit(cells: Sequence[str], form: NumberFormat) -> bool:
    patterns = set("\0".join(cells).translate(_PATTERN).split("\0")) - {""}
    return all(map(_grammar(form).fullmatch, patterns))


def _plain(text: str, form: NumberFormat) -> str:
    """Return cells as Python writes numbers."""
    letters = text.lower() != text.upper()
    if letters or not text.isascii() or any(mark in text for mark in "$(%"):
        text = _AFFIXES.sub("", text.translate(SAME_AS)).replace("(", "-")
    text = text.replace(",-", "").replace(".-", "")
    if form.decimal == "either":
        return "\0".join(cell if "." in cell else cell.replace(",", ".") for cell in text.split("\0"))
    if form.thousands:
        text = text.replace(form.thousands, "")
    return text.replace(form.decimal, ".")


def _number(cell: str, form: NumberFormat) -> float:
    """Return the number in a cell; NaN where there is none."""
    if is_infinite(cell):
        return -math.inf if cell.startswith("-") else math.inf
    text = _plain(cell, form)
    fits = form.decimal == "either" or _grammar(form).fullmatch(cell.translate(_PATTERN))
    with suppress(ValueError):
        return float(text) if fits and text.isascii() and "_" not in text else math.nan
    return math.nan


def is_infinite(cell: str) -> bool:
    """Return whether a cell says that it is without bound, which no number here may be."""
    return cell.lower().lstrip("+-") in ("inf", "infinity")


def is_number(cell: str) -> bool:
    """Return whether a cell is a number in any format.

    >>> is_number("-1e3"), is_number("1_000"), is_number("one"), is_number("$1,500"), is_number("1'500.50")
    (True, False, False, True, True)
    """
    return len(cell) <= LONGEST_NUMBER and _is_grouped(cell.translate(_PATTERN))


def count_numbers(cells: Sequence[str]) -> int:
    """Return how many cells are numbers in any format.

    >>> count_numbers(["1", "one", "$1,500"])
    2
    """
    return sum(many for pattern, many in _counted(cells).items() if is_number(pattern))


@lru_cache(FEW_PATTERNS)
def _is_grouped(pattern: str) -> bool:
    """Return whether a pattern is a number in a format with or without a mark between thousands."""
    return any(_grammar(form).fullmatch(pattern) for form in FORMATS if form.thousands)


def is_plain(cell: str, decimal: str = ".") -> bool:
    """Return whether a cell is a number without any marks but a decimal one.

    >>> is_plain("1e3"), is_plain("nan"), is_plain("1 cm")
    (True, False, False)
    """
    try:
        value = float(cell.replace(",", ".") if decimal != "." and "." not in cell else cell)
    except ValueError:
        return False
    return math.isfinite(value) and cell.isascii() and "_" not in cell

"""What one column of a table holds: numbers, dates or words, in which format, and whether it only names the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from .dates import order_of, read_dates
from .numbers import LARGEST_NUMBER, PLAIN_FORMAT, NumberFormat, Patterns, patterns_of, possible_formats, read_numbers
from .words import count, is_missing, label, missing_of

Holding = Literal["numbers", "dates", "words", "nothing"]
ColumnKind = Literal["number", "class", "one-hot", "date", "ignore"]
"""What is made of a column: numbers as they are, classes as their places in order, a column of 0 and 1 for every word,
dates as numbers of days, or nothing."""

STRAY = 0.1
"""Share of cells that are no numbers, up to which a column of numbers has gaps there."""
FEW_WORDS = 20
"""Up to so many different words of a column become columns of 0 and 1 of their own."""
FEW_ROWS = 5
"""Rows from which on a column of different words, or one that counts, says something of itself."""
NAMES_OF_COUNTERS = re.compile(
    r"(unnamed:? ?\d*|id|.*[_ .-]id|id[_ .-].*|.*[a-z]I[dD]|uu?id|guid|index|idx|no\.?|nr\.?|num|number|#|s\.? ?no\.?|"
    r"sr\.? ?no\.?|serial( ?(no\.?|number|num))?|row( ?(names?|id|no\.?|number|nr|num))?|rownames|rown?um|record|"
    r"(passenger|customer|patient|user|sample|case|loan|order|house|student|employee)[_ ]?id|obs(ervation)?|instant|"
    r"sample code number|lfd\.? ?nr\.?|case ?(no\.?|number)?|column 1|)",
    re.IGNORECASE,
)


class Column:
    """One column: its name, its n cells, and what they are found to hold."""

    def __init__(self, name: str, cells: Sequence[str], first: bool = False, gaps: bool = True) -> None:
        """``gaps`` says whether some words stand for missing values."""
        self.name: str = name
        self.cells: Sequence[str] = cells
        self.is_first: bool = first
        self._has_gaps = gaps
        self.gaps = (
            np.array([is_missing(cell) for cell in cells], bool) if self._missing else np.zeros(len(cells), bool)
        )
        self.format = PLAIN_FORMAT
        self.order = ""
        """Of year, month and day; nothing where it holds no dates."""
        self.ambiguous = False
        """Whether day and month could be told either way."""

    @cached_property
    def distinct(self) -> set[str]:
        """Its different cells, missing values among them."""
        return set(self.cells)

    @cached_property
    def _missing(self) -> set[str]:
        if not self._has_gaps:
            return set()
        found = missing_of(self.distinct)
        if not found:
            return found
        signs = {cell for cell in self.distinct if cell and not any(map(str.isalnum, cell))}
        return found if signs <= found else found - signs  # Where there is a +, a - is no gap.

    @cached_property
    def words(self) -> set[str]:
        """Its different cells that have a value."""
        return self.distinct - self._missing if self._missing else self.distinct

    @cached_property
    def given(self) -> list[str]:
        """Its cells that have a value."""
        return [cell for cell in self.cells if cell not in self._missing] if self._missing else list(self.cells)

    @cached_property
    def patterns(self) -> Patterns:
        """What they look like."""
        return patterns_of(self.given)

    @cached_property
    def formats(self) -> tuple[NumberFormat, ...]:
        """The formats in which the most of them are numbers."""
        return possible_formats(self.patterns, self.words)

    @property
    def stray(self) -> int:
        """How many cells have a value that is no number."""
        return len(self.given) - self.patterns.numbers[self.formats[0]]

    @property
    def is_numeric(self) -> bool:
        """Whether its cells are numbers, but for a few at most, and of one unit."""
        return bool(self.given) and self.stray <= self._few and len(self.patterns.units) < 2

    @property
    def _few(self) -> float:
        """Up to how many of its cells may be no number that can be used."""
        return 0 if len(self.given) < FEW_ROWS else max(1, STRAY * len(self.given))

    def settle(self, decimal: str) -> None:
        """Decide what it holds, where numbers are written with this decimal mark if they can be."""
        numeric = self.is_numeric
        if self.given and not (numeric and self.stray == 0):
            found = order_of(self.words, decimal)
            if found is not None:
                self.order, self.ambiguous = found
        if numeric and not self.order:
            self.format: NumberFormat = next(
                (form for form in self.formats if form.decimal == decimal), self.formats[0]
            )

    @property
    def holds(self) -> Holding:
        """What it holds, once it is settled."""
        if not self.given:
            return "nothing"
        return "dates" if self.order else "numbers" if self.is_numeric else "words"

    @cached_property
    def numbers(self) -> np.ndarray:
        """Its numbers, or its dates as numbers, shape (n,), float64; NaN where there is none.

        A few that no arithmetic here has room for are none either.
        """
        if self.order:
            return read_dates(self.cells, self.order)
        large = _too_large(self._read)
        return np.where(large, np.nan, self._read) if 0 < large.sum() <= self._few else self._read

    @cached_property
    def _read(self) -> np.ndarray:
        """Its cells as numbers, however large, once it is settled."""
        return read_numbers(self.cells, self.format)

    def decimal_evidence(self, separator: str) -> str:
        """Return the only decimal mark that its numbers can have, or nothing."""
        if not self.is_numeric or not self.patterns.marks:
            return ""
        marks = {form.decimal for form in self.formats}
        return marks.pop() if len(marks) == 1 else ""

    @property
    def has_counter_name(self) -> bool:
        """Whether it is called as columns are that number the rows."""
        return NAMES_OF_COUNTERS.fullmatch(self.name) is not None

    def numbering(self) -> str:
        """Return why it says nothing but which row it is; nothing where it may say more."""
        n, different = len(self.cells), len(self.words)
        if self.holds == "numbers" and not self.gaps.any():
            values = self.numbers
            counts = any(np.array_equal(values, np.arange(first, first + n)) for first in (0, 1))
            if counts and (self.has_counter_name or (self.is_first and n >= FEW_ROWS)):
                return f"It counts the rows, from {values[0]:g} to {values[-1]:,.0f}."
            whole = bool((values == np.round(values)).all())
            if whole and self.has_counter_name and self.name != "column 1" and 10 * different >= 9 * n:
                return f"Its {different:,} different numbers only say which row it is."
        if self.holds == "words" and n >= FEW_ROWS and 10 * different >= 9 * len(self.given) and different > 2:
            return f"It has {count(different, 'different word')} in {count(n, 'row')}: they name the rows."
        return ""

    def sentinel(self) -> tuple[str, int] | None:
        """Return a negative whole number that is farther below all others than these are apart, and how often it is."""
        values = self.numbers[np.isfinite(self.numbers)]
        lowest = values.min(initial=0)
        rest = values[values > lowest]
        times = len(values) - len(rest)
        if times < 2 or rest.size < FEW_ROWS or lowest != round(lowest) or lowest > -9:
            return None
        return (f"{lowest:g}", times) if rest.min() - lowest > np.ptp(rest) else None

    def told_of_large(self) -> str:
        """Return how many of its numbers are too large, where there are too many to do without; else nothing."""
        large = int(self.too_large().sum()) if self.holds == "numbers" else 0
        are = "is" if large == 1 else "are"
        said = f"{large:,} of its {len(self.cells):,} cells {are} infinite, or beyond {LARGEST_NUMBER:g}."
        return said if large else ""

    def told(self) -> str:
        """Return what it holds, in a sentence."""
        missing = int(self.gaps.sum())
        cells = f"{len(self.given):,} of {len(self.cells):,} cells" if missing else f"All {len(self.cells):,} cells"
        if self.holds == "numbers":
            stray = f", but for {count(self.stray, 'cell')} such as “{label(self.odd()[0])}”" if self.stray else ""
            return f"{cells} are numbers{self._written()}{stray}."
        if self.holds == "dates":
            return f"{cells} are {'times of day' if self.order == 'hours' else f'dates ({self.order})'}."
        return f"It has {count(len(self.words), 'different word')}." if self.words else "It has no values."

    def _written(self) -> str:
        units = [f" with the unit {unit}" if unit != "%" else " of per cent" for unit in self.patterns.units]
        return "".join(units)

    def odd(self) -> list[str]:
        """Return the cells of a column of numbers that have a value which is none."""
        return [self.cells[at] for at in np.flatnonzero(np.isnan(self._read) & ~self.gaps).tolist()]

    def large(self) -> list[str]:
        """Return the cells of a column of numbers that no arithmetic here has room for."""
        return [self.cells[at] for at in np.flatnonzero(_too_large(self._read)).tolist()]

    def too_large(self) -> np.ndarray:
        """Return which rows have such a number where there are too many to do without, shape (n,), bool."""
        return _too_large(self.numbers)


def _too_large(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.abs(values) > LARGEST_NUMBER

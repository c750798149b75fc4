"""What separates the cells of a table, and its records: lists of cells, one for every row of the file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from slalom.errors import SpecError

from .numbers import is_number
from .words import is_missing

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks"}
"""Between the cells of a row."""
SAMPLE = 200
"""Rows that are looked at to find the separator."""
SAMPLE_CHARACTERS = 100_000
"""Characters of them."""
_SAID = re.compile(r"\ufeff?\"?sep=(.|\\t)\"?[;,\t]*\s*(?:\r\n|\n|\r)", re.IGNORECASE)
_BLANK = re.compile(r'"((?:[^"]|"")*)"(?=\s|$)|\'([^\']*)\'(?=\s|$)|(\S+)')
_LINES = re.compile(r"\r\n|\n|\r")


class Dialect(NamedTuple):
    """How the rows of a file are written."""

    separator: str
    comments: bool
    """Whether lines that begin with # are remarks."""
    said: int
    """Characters of a first line that only names the separator."""


def dialect_of(whole: str) -> Dialect:
    """Return how a table is written: what makes rows of equally many cells, most of which are values."""
    said = _SAID.match(whole)
    start = whole[said.end() if said else 0 :][:SAMPLE_CHARACTERS]
    comments = any(line.lstrip().startswith("#") for line in _LINES.split(start)[:SAMPLE])
    if said:
        mark = "\t" if said[1] == "\\t" else said[1]
        return Dialect(mark if mark in SEPARATORS else ",", comments, said.end())
    lines = [line for line in _LINES.split(start) if line.strip() and not line.lstrip().startswith("#")]
    sample = "\n".join(lines[:SAMPLE])
    return Dialect(max(SEPARATORS, key=lambda separator: _fitness(sample, separator)), comments, 0)


def _fitness(sample: str, separator: str) -> tuple[bool, float, float, bool]:
    """Return whether there are columns, how even the rows are, and how many cells are values."""
    rows = []
    with suppress(SpecError):  # What is wrong is said when the file is read with the separator that fits best.
        rows += [row for row in islice(_rows(sample, separator), SAMPLE) if any(row)]
    if not rows:
        return False, 0, 0, False
    widths = Counter(map(len, rows))
    width = widths.most_common(1)[0][0]
    even = widths[width] / len(rows)
    cells = [cell.strip() for row in rows[1:] or rows for cell in row]
    values = sum(bool(is_missing(cell) or is_number(cell)) for cell in cells) / max(1, len(cells))
    # Blanks are within cells as often as between them.
    shared = separator == " " and any(mark in sample for mark in ",;\t|")
    return width > 1 and not (shared and even < 1), even - 0.5 * shared, values, separator != " "


def records(whole: str, dialect: Dialect) -> Iterator[list[str]]:
    """Return the rows of a table, the line that names the separator left out.

    Raises SpecError where a quote is not closed, or goes on after it was.
    """
    return _rows(whole[dialect.said :], dialect.separator)


def _rows(whole: str, separator: str) -> Iterator[list[str]]:
    if separator == " ":
        return (_split(line) for line in _LINES.split(whole.rstrip("\r\n")))
    return _quoted_rows(whole, separator)


def _split(line: str) -> list[str]:
    if '"' not in line and "'" not in line:
        return line.split()
    return [
        (match[1].replace('""', '"') if match[1] is not None else match[2] if match[2] is not None else match[3])
        for match in _BLANK.finditer(line)
    ]


def _quoted_rows(whole: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    read = 0
    try:
        for row in reader:
            read += 1
            yield row
    except csv.Error as error:
        said = next((words for key, words in _CSV_ERRORS.items() if key in str(error)), f"cannot be read ({error}).")
        raise SpecError(f"Row {read + 1}, which ends in line {reader.line_num}, {said}") from None


_CSV_ERRORS = {
    "unexpected end": "has a quote that is opened and never closed. Close it, or remove it.",
    "expected after": "goes on after a closing quote. Write a quote within a cell twice.",
    "field limit": f"has a cell of more than {csv.field_size_limit():,} characters. Check its quotes.",
}


def is_comment(row: Iterable[str]) -> bool:
    """Return whether a row is a remark."""
    return next(iter(row), "").lstrip().startswith("#")

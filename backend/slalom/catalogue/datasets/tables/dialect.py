"""What separates the cells of a table, and its records: lists of cells, one for every row of the file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from slalom.errors import SpecError

from .numbers import count_numbers, is_number
from .words import is_missing

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks"}
"""Between the cells of a row."""
SAMPLE = 200
"""Rows that are looked at to find the separator."""
SEVERAL, FEWEST = 3, 0.8
"""Numbers that blanks part, and the share of the words and of the lines that have to be so."""
SAMPLE_CHARACTERS = 100_000
"""Characters of them."""
_SAID = re.compile(r"\ufeff?\"?sep=(.|\\t)\"?[;,\t]*\s*(?:\r\n|\n|\r)", re.IGNORECASE)
_BLANK = re.compile(r'"((?:[^"]|"")*)"(?=\s|$)|\'([^\']*)\'(?=\s|$)|(\S+)')
_WIDE = re.compile(r"\s{2,}")
_LINES = re.compile(r"\r\n|\n|\r")
_REMARK = re.compile(
    r"\s*(?:#(?!(?:N/?A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|NV|WERT!|BEZUG!|ZAHL!|[0-9a-f]{6})\b|"
    r"(?:DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|WERT!|BEZUG!|ZAHL!))|%(?=\s|$)|//)",
    re.IGNORECASE,
)
"""How a remark begins: not as the errors of spreadsheets do, #N/A and #REF!, nor as a colour, #ff0000."""
MARKS_OF_REMARKS = "#%/ "


class Dialect(NamedTuple):
    """How the rows of a file are written."""

    separator: str
    comments: bool
    """Whether lines that begin with #, % or // are remarks."""
    said: int
    """Characters of a first line that only names the separator."""


def dialect_of(whole: str) -> Dialect:
    """Return how a table is written: what makes rows of equally many cells, most of which are values."""
    said = _SAID.match(whole)
    start = whole[said.end() if said else 0 :][:SAMPLE_CHARACTERS]
    comments = any(map(_REMARK.match, _LINES.split(start)[:SAMPLE]))
    if said:
        mark = "\t" if said[1] == "\\t" else said[1]
        return Dialect(mark if mark in SEPARATORS else ",", comments, said.end())
    lines = [line for line in _LINES.split(start) if line.strip() and not _REMARK.match(line)]
    sample = "\n".join(lines[:SAMPLE])
    best = max(SEPARATORS, key=lambda separator: _fitness(sample, separator))
    if not _fitness(sample, best)[0]:  # Perhaps a quote is not closed: what the file has the most of then separates.
        best = max(SEPARATORS, key=lambda separator: (separator != " ") * sample.count(separator))
    if best == "\t" and _numbers_stand_between_blanks(lines[:SAMPLE]):
        best = " "
    return Dialect(best, comments, 0)


def _numbers_stand_between_blanks(lines: Sequence[str]) -> bool:
    """Return whether nearly every line has several numbers with blanks between them, within what tabs part."""
    found = 0
    for line in lines:
        cells = [_split(cell) for cell in line.split("\t")]
        found += any(len(cell) >= SEVERAL and sum(map(is_number, cell)) >= FEWEST * len(cell) for cell in cells)
    return found >= FEWEST * len(lines)


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
    numbers = count_numbers(cells)
    values = (numbers + sum(map(is_missing, cells)) * (numbers < len(cells))) / max(1, len(cells))
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
        return _aligned_rows(_LINES.split(whole.rstrip("\r\n")))
    return _quoted_rows(whole, separator)


def _aligned_rows(lines: Sequence[str]) -> Iterator[list[str]]:
    """Return the words of lines; where these are uneven, what at least two blanks part, if that is even."""
    words = [_split(line) for line in lines]
    if len({len(row) for row in words if row}) > 1:
        parts = [_WIDE.split(line.strip()) if line.strip() else [] for line in lines]
        widths = {len(row) for row in parts if row}
        if len(widths) == 1 and min(widths) > 1:
            return iter(parts)
    return iter(words)


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
    return _REMARK.match(next(iter(row), "")) is not None

"""A user's table: CSV in, columns of numbers out, and the decision whether its last column holds classes or numbers."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from slalom.errors import SpecError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""Between the cells of a row; with semicolons, numbers may have a decimal comma."""
BLANK = ',;"'
"""What a file without any cell may consist of, besides white space."""
SAMPLE = 50
"""Rows that are looked at to find the separator."""
LARGEST_NUMBER = 1e30
"""A number may be this large: its square still fits into every arithmetic used here, with room for sums."""
MISSING_WORDS = {"", "na", "n/a", "nan", "null", "?"}
"""How a missing value is written."""
INFINITE = {"inf", "infinity"}
MOST_WHOLE = 20
"""Up to so many different whole numbers are taken for classes, if each occurs about twice or more often."""
CELL_CHARACTERS = 40
"""Characters of a cell that names and sentences repeat."""

LearningTask = Literal["classes", "numbers"]
Rows = list[tuple[int, list[str]]]
"""Rows that are not blank: where they are in the file, from 1, and their cells."""


class Table(NamedTuple):
    """A table of n rows whose cells have been read."""

    features: tuple[str, ...]
    """What the input columns are called."""
    inputs: np.ndarray
    """Shape (n, features), float64, all finite."""
    target: str
    """What the last column is called."""
    cells: tuple[str, ...]
    """The last column as it is written."""
    rows: tuple[int, ...]
    """Where in the file each row is, from 1."""
    column: int
    """Which column of the file the last one is, from 1."""
    comma: bool
    """Whether numbers may have a decimal comma."""
    header: bool
    """Whether the first row names the columns."""
    numbering: bool
    """Whether the first column only numbered the rows, and was left out."""


class TargetColumn(NamedTuple):
    """What a table's last column says is to be predicted."""

    task: LearningTask
    values: np.ndarray
    """Classes, shape (n,), int64; or numbers, shape (n, 1), float64."""
    classes: tuple[str, ...]
    """What the classes are called; () for numbers."""
    because: str
    """Why it was decided so, in a sentence."""


def read_table(text: bytes) -> Table:
    """Return a table from CSV with commas, semicolons or tabs, with or without a header, quoted or not.

    Every column but the last is an input and must hold numbers; blank rows are skipped, and a first column without a
    name that only counts the rows is left out. Raises SpecError, which names row and column.

    >>> read_table(b"x,y\\n1,a\\n2,b\\n").inputs.tolist()
    [[1.0], [2.0]]
    """
    whole = decoded(text)
    if not "".join(whole.split()).strip(BLANK):
        raise SpecError("The file is empty. Give one row for every example.")
    separator = _separator(whole)
    rows = [(number, [cell.strip() for cell in row]) for number, row in enumerate(_records(whole, separator), 1)]
    rows = [(number, cells) for number, cells in rows if any(cells)]
    _check_shape(rows)
    comma = separator == ";"
    header = _has_header(rows, comma)
    width = len(rows[0][1])
    names = [_label(cell) or f"column {i}" for i, cell in enumerate(rows[0][1] if header else [""] * width, 1)]
    body = rows[1:] if header else rows
    if len(body) < 2:
        found = "only a header" if not body else "1 row"
        raise SpecError(f"The table has {found}{' below its header' if header and body else ''}. Give at least 2 rows.")
    inputs = _inputs(body, names, comma)
    numbering = header and width > 2 and not rows[0][1][0] and _counts(inputs[:, 0])
    kept = slice(int(numbering), None)
    cells = tuple(cells[-1] for _, cells in body)
    numbers = tuple(number for number, _ in body)
    return Table(tuple(names[kept][:-1]), inputs[:, kept], names[-1], cells, numbers, width, comma, header, numbering)


def target_of(table: Table, wanted: LearningTask | None = None) -> TargetColumn:
    """Return what is to be predicted: as ``wanted``, or decided from the last column.

    Words are classes; so are a few whole numbers that repeat. All other numbers are numbers. Raises SpecError where
    the column cannot be read so, or holds the same everywhere.
    """
    values = [_number(cell, table.comma) for cell in table.cells]
    for row, cell, value in zip(table.rows, table.cells, values, strict=True):
        if cell.lower() in MISSING_WORDS or (value is not None and not abs(value) <= LARGEST_NUMBER):
            raise SpecError(_fault(row, table.column, table.target, cell, value))
    if len(set(table.cells)) == 1:
        raise SpecError(_same(table))
    if None in values:
        return _words(table, values, wanted)
    return _numbers(table, np.array(values, np.float64), wanted)


def _same(table: Table) -> str:
    return (
        f"The last column, {_short(table.target)}, is {_short(table.cells[0])} in every row: there is nothing to "
        "learn. Put the column that is to be predicted last."
    )


def _words(table: Table, values: list[float | None], wanted: LearningTask | None) -> TargetColumn:
    row, word = next((r, c) for r, c, v in zip(table.rows, table.cells, values, strict=True) if v is None)
    fraction = next((v for v in values if v is not None and not v.is_integer()), None)
    if wanted == "numbers" or (wanted is None and fraction is not None):
        raise SpecError(
            f"{_place(row, table.column, table.target)} is {_short(word)}, which is not a number"
            + (f", but others there are, such as {fraction:g}" if fraction is not None else "")
            + ". Correct it, or choose classes as the target."
        )
    names = sorted(set(table.cells))
    because = f"The last column, {_short(table.target)}, holds {len(names):,} different words: they are classes."
    return _classes(table.cells, names, because)


def _numbers(table: Table, values: np.ndarray, wanted: LearningTask | None) -> TargetColumn:
    different = np.unique(values)
    count, whole = len(different), bool((values == np.round(values)).all())
    if count == 1:
        raise SpecError(_same(table))
    few = whole and count <= MOST_WHOLE and 2 * count <= len(values) + 1
    said = f"The last column, {_short(table.target)}, holds {count:,} different {'whole ' if whole else ''}numbers"
    if wanted == "classes" or (wanted is None and few):
        why = "as you chose, they are classes" if wanted else f"so few in {len(values):,} rows are taken for classes"
        return _classes(values.tolist(), different.tolist(), f"{said}; {why}.")
    why = "as you chose, they are numbers to predict" if wanted else "they are numbers to predict"
    return TargetColumn("numbers", values[:, None], (), f"{said}: {why}.")


def about_table(table: Table) -> str:
    """Say how large a table is, and what was made of its first row and column."""
    width = _count(len(table.features) + 1, "column")
    named = "The first row names the columns." if table.header else "The columns have no names."
    left_out = " The first column only counts the rows and is left out." if table.numbering else ""
    return f"{_count(len(table.cells), 'row')} of {width}. {named}{left_out}"


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, in the way of a table with commas.

    >>> is_number("-1e3"), is_number("1_000"), is_number("one")
    (True, False, False)
    """
    return _number(cell, comma=False) is not None


def _classes(cells: Iterable[str | float], different: list, because: str) -> TargetColumn:
    position = {value: i for i, value in enumerate(different)}
    codes = np.array([position[cell] for cell in cells], np.int64)
    names = tuple(_label(value) if isinstance(value, str) else f"{value:.15g}" for value in different)
    return TargetColumn("classes", codes, names, because)


def encoding_of(text: bytes) -> str:
    """Return how text is encoded: UTF-16 where it says so with a byte order mark, else UTF-8."""
    return "utf-16" if text.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def decoded(text: bytes) -> str:
    """Return text as Unicode, without its byte order mark; raises SpecError where it is not UTF-8 or UTF-16."""
    encoding = encoding_of(text)
    try:
        whole = text.decode(encoding)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise SpecError(
            f"Line {line} is not {encoding.removesuffix('-sig').upper()}: it has the byte 0x{text[error.start]:02x}. "
            'Save the file as UTF-8 (spreadsheets call it "CSV UTF-8").'
        ) from None
    if "\0" in whole:
        line = whole.count("\n", 0, whole.index("\0")) + 1
        raise SpecError(f"Line {line} has a NUL character: this is not a text file. Save it as text, in UTF-8.")
    return whole


def _records(whole: str, separator: str) -> Iterable[list[str]]:
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


def _separator(whole: str) -> str:
    """Return what separates the cells: what makes several columns of which the most cells are numbers."""

    def fitness(separator: str) -> tuple[bool, float, float]:
        cells, widths = [], Counter[int]()
        try:
            for _, row in zip(range(SAMPLE), _records(whole, separator), strict=False):
                cells += row
                widths[len(row)] += any(row)
        except SpecError:
            pass  # What is wrong is said when the file is read with the separator that fits best.
        width = widths.most_common(1)[0][0] if widths else 0
        numbers = sum(_number(cell.strip(), separator == ";") is not None for cell in cells)
        return width > 1, numbers / max(1, len(cells)), width

    return max(SEPARATORS, key=fitness)


def _check_shape(rows: Rows) -> None:
    first, cells = rows[0]
    for number, others in rows:
        if len(others) != len(cells):
            raise SpecError(
                f"Row {number} has {_count(len(others), 'cell')} and row {first} has {_count(len(cells), 'cell')}. "
                "Give every row equally many; put quotes around a cell that contains the separator."
            )
    if len(cells) < 2:
        raise SpecError(
            "The table has 1 column. Give at least one column of inputs and, last, what is to be predicted, with "
            f"{', '.join(SEPARATORS.values()).replace(', tabs', ' or tabs')} between them."
        )


def _has_header(rows: Rows, comma: bool) -> bool:
    """Return whether the first row has a word where numbers must be, or above a last column of numbers."""
    first, *others = (cells for _, cells in rows)
    if any(_is_word(cell, comma) for cell in first[:-1]):
        return True
    return _is_word(first[-1], comma) and bool(others) and all(_number(row[-1], comma) is not None for row in others)


def _is_word(cell: str, comma: bool) -> bool:
    return (
        cell.lower() not in MISSING_WORDS and cell.lower().lstrip("+-") not in INFINITE and _number(cell, comma) is None
    )


def _inputs(rows: Rows, names: list[str], comma: bool) -> np.ndarray:
    values = [[_number(cell, comma) for cell in cells[:-1]] for _, cells in rows]
    table = np.array(values, np.float64)
    with np.errstate(invalid="ignore"):
        bad = np.argwhere(~(np.abs(table) <= LARGEST_NUMBER))
    if len(bad):
        at, column = bad[0].tolist()
        number, cells = rows[at]
        raise SpecError(_fault(number, column + 1, names[column], cells[column], values[at][column]))
    return table


def _number(cell: str, comma: bool) -> float | None:
    """Return the number in a cell, perhaps infinite or NaN; None where there is none.

    >>> _number("1e3", False), _number("1,5", True), _number("1_000", False)
    (1000.0, 1.5, None)
    """
    if comma and "," in cell and "." not in cell:
        cell = cell.replace(",", ".")
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if cell.isascii() and "_" not in cell else None


def _counts(column: np.ndarray) -> bool:
    return any(np.array_equal(column, np.arange(first, first + len(column))) for first in (0, 1))


def _fault(row: int, column: int, name: str, cell: str, value: float | None) -> str:
    """Say what is wrong with a cell, and what to do."""
    place = _place(row, column, name)
    if cell.lower() in MISSING_WORDS or value != value:
        return f"{place} has no value{f' ({cell})' if cell else ''}. Fill it in, or remove the row."
    if value is None:
        return (
            f"{place} is {_short(cell)}, but inputs must be numbers. Write a number for every word (0 or 1 in a column "
            "of its own is best), or put this column last if it is to be predicted."
        )
    if math.isinf(value) and cell.lower().lstrip("+-") in INFINITE:
        return f"{place} is {cell}, which is not a finite number. Correct it, or remove the row."
    return f"{place} is {_short(cell)}, and numbers may be at most {LARGEST_NUMBER:g}. Measure in larger units."


def _place(row: int, column: int, name: str) -> str:
    return f"Row {row}, column {column}" + (f" ({_short(name)})" if name != f"column {column}" else "")


def _label(text: str) -> str:
    """Return text on one line, cut where it is long.

    >>> _label("two\\nlines"), _label("a" * 50) == "a" * 39 + "…"
    ('two lines', True)
    """
    text = " ".join(text.split())
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"


def _short(text: str) -> str:
    return f'"{_label(text)}"'


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"

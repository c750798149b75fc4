"""What a user's file is: a table or a list of names, how large, and what can be learnt from it."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from slalom.settings import Limits, refuse

from .names import BOUNDARY, read_names, symbols_of
from .tables.choices import TableChoices
from .tables.dialect import SEPARATORS
from .tables.encoding import decoded, encoding_of
from .tables.foreign import check_is_text, without_latex
from .tables.numbers import is_number, with_plain_numbers
from .tables.reading import Reading, understand

UploadKind = Literal["csv", "names"]
LOOKED_AT = 8192
"""Bytes at the beginning of a file that show whether it is a table or a list."""


class Described(NamedTuple):
    """What is kept of a file besides its text."""

    about: dict[str, Any]
    """The fields of :class:`Upload`."""
    reading: str | None
    """How a table is read, JSON; None for names."""


class Upload(NamedTuple):
    """What is said of a file when it has been read."""

    kind: UploadKind
    rows: int
    """Examples of a table, or names of a list."""
    columns: int
    """Columns of a table, what is to be predicted included; 1 for names."""
    task: str
    classes: tuple[str, ...]
    """What the classes are called, or the symbols of the names; () for numbers."""
    features: tuple[str, ...]
    """What the input columns are called; () for names."""
    about: str
    """What it is, what is predicted, and why, in a few sentences."""


def describe_upload(
    text: bytes, limits: Limits, kind: UploadKind | None = None, choices: TableChoices | None = None
) -> Described:
    """Return what a file is; ``kind`` says how to read it, else the file decides, and ``choices`` are those of a table.

    Raises SpecError where it cannot be read, and LimitExceeded where it is larger than this installation allows.
    """
    refuse(limits, "dataset_bytes", len(text), "The size of the file", status=413)
    check_is_text(text)
    if (kind or guess(text)) == "names":
        return Described(_names(text, limits)._asdict(), None)
    reading = understand(text, limits, choices)
    return Described(_table(reading, limits)._asdict(), json.dumps(reading.view, ensure_ascii=False))


def guess(text: bytes) -> UploadKind:
    """Return what a file looks like: a table where most of its first lines have a separator or are numbers.

    >>> guess(b"1,2\\n"), guess(b"anna\\nbert\\n")
    ('csv', 'names')
    """
    start = text[:LOOKED_AT].decode(encoding_of(text[:LOOKED_AT]), "replace").removeprefix("\ufeff")
    start = without_latex(with_plain_numbers(start))
    if start.lower().startswith("sep="):
        return "csv"
    lines = [line.strip() for line in start.splitlines()[: -1 if len(text) > LOOKED_AT else None] if line.strip()]
    tabular = sum(any(mark in line for mark in SEPARATORS if mark != " ") or is_number(line) for line in lines)
    numbered = sum(word[0].isdigit() for line in lines for word in line.split())
    return "csv" if 2 * tabular > len(lines) or numbered > 1.5 * len(lines) or _in_columns(lines) else "names"


def _in_columns(lines: list[str]) -> bool:
    """Return whether most lines have equally many words, two or more, and most of these are numbers."""
    rows = [line.split() for line in lines if not line.startswith("#")]
    width = len(rows[-1]) if rows else 0
    even = [row for row in rows if len(row) == width]
    numbers = sum(is_number(cell) for row in even for cell in row)
    return width > 1 and 10 * len(even) >= 9 * len(rows) - 10 and 2 * numbers >= sum(map(len, even)) - width


def _table(reading: Reading, limits: Limits) -> Upload:
    table, view = reading.table, reading.view
    advice = "Take what is predicted for numbers, or choose another target."
    refuse(limits, "dataset_classes", len(table.classes), "The number of classes", advice=advice)
    columns = len(view["columns"])
    return Upload("csv", view["count"], columns, table.task, table.classes, table.features, reading.about)


def _names(text: bytes, limits: Limits) -> Upload:
    names = read_names(text)
    refuse(limits, "dataset_rows", len(names), "The number of names")
    symbols = symbols_of(names)
    letters = len(symbols) - 1  # The first stands for the end of a name.
    refuse(limits, "dataset_symbols", letters, "The number of different letters", advice=_ONE_SCRIPT)
    different = len(set(names))
    repeated = f", {different:,} of them different," if different < len(names) else ""
    about = (
        f"{len(names):,} names{repeated} written with {len(symbols) - 1:,} letters. What is predicted is the next "
        f"letter, or the end of the name.{_full_stops(text)}"
    )
    return Upload("names", len(names), 1, "classes", symbols, (), about)


def _full_stops(text: bytes) -> str:
    """Return what there is to say of names with full stops."""
    found = sum(BOUNDARY in line for line in decoded(text).splitlines())
    if not found:
        return ""
    return f" Full stops are left out of {found:,} name{'s' * (found > 1)}: one marks the end of a name here."


_ONE_SCRIPT = "Give names of one script; one whose every word has its own character has too many."

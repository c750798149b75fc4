"""What a user's file is: a table or a list of names, how large, and what can be learnt from it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from slalom.settings import Limits, refuse

from .csv_table import SEPARATORS, about_table, encoding_of, is_number, read_table, target_of
from .names import read_names, symbols_of

UploadKind = Literal["csv", "names"]
LOOKED_AT = 8192
"""Bytes at the beginning of a file that show whether it is a table or a list."""


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


def describe_upload(text: bytes, limits: Limits, kind: UploadKind | None = None) -> dict[str, Any]:
    """Return what a file is, as the fields of :class:`Upload`; ``kind`` says how to read it, else the file decides.

    Raises SpecError where it cannot be read, and LimitExceeded where it is larger than this installation allows.
    """
    refuse(limits, "dataset_bytes", len(text), "The size of the file", status=413)
    described = {"csv": _table, "names": _names}[kind or guess(text)](text, limits)
    return described._asdict()


def guess(text: bytes) -> UploadKind:
    """Return what a file looks like: a table where most of its first lines have a separator or are numbers.

    >>> guess(b"1,2\\n"), guess(b"anna\\nbert\\n")
    ('csv', 'names')
    """
    start = text[:LOOKED_AT].decode(encoding_of(text), "replace")
    lines = [line.strip() for line in start.splitlines() if line.strip()]
    tabular = sum(any(mark in line for mark in SEPARATORS) or is_number(line) for line in lines)
    return "csv" if 2 * tabular > len(lines) else "names"


def _table(text: bytes, limits: Limits) -> Upload:
    table = read_table(text)
    rows, columns = len(table.cells), table.inputs.shape[1] + 1
    refuse(limits, "dataset_rows", rows, "The number of rows")
    refuse(limits, "dataset_columns", columns, "The number of columns")
    target = target_of(table)
    advice = "Check that what is to be predicted is the last column."
    refuse(limits, "dataset_classes", len(target.classes), "The number of classes", advice=advice)
    about = f"{about_table(table)} {target.because}"
    return Upload("csv", rows, columns, target.task, target.classes, table.features, about)


def _names(text: bytes, limits: Limits) -> Upload:
    names = read_names(text)
    refuse(limits, "dataset_rows", len(names), "The number of names")
    symbols = symbols_of(names)
    refuse(limits, "dataset_symbols", len(symbols), "The number of different letters", advice=_ONE_SCRIPT)
    different = len(set(names))
    repeated = f", {different:,} of them different," if different < len(names) else ""
    about = (
        f"{len(names):,} names{repeated} written with {len(symbols) - 1:,} letters. What is predicted is the next "
        "letter, or the end of the name."
    )
    return Upload("names", len(names), 1, "classes", symbols, (), about)


_ONE_SCRIPT = "Give names of one script; one whose every word has its own character has too many."

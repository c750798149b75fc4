"""Rows of a log as text: tables, JSON objects line by line, lines that name their numbers; and how they are counted."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

STEP_NAMES = ("step", "_step", "global_step", "trainer/global_step", "iteration", "iter", "update", "batch")
"""What columns are called that count updates, best first."""
EPOCH_NAMES = ("epoch", "epochs")
"""What those are called that count passes through the data."""
VALIDATION_NAME = re.compile(r"(^|[^a-z])(val|valid|validation|eval|test|dev)([^a-z]|$)")
"""What tells a column of other data than the loop trains on."""
_VALIDATES = re.compile(r"\W*(val|valid|validation|eval|evaluation|test)\b", re.IGNORECASE)
"""How a line begins that is of such data."""
_WRITTEN = re.compile(r"\{[^{}]*\}")
"""What Python prints of a dictionary."""
_BARE = re.compile(r"(?<=: )(-?inf|nan)\b")
_METRIC = re.compile(r"\d{10,} \S+ \d+")
"""A line of a file of MLflow: when, what, and at which step."""
_NAMED = re.compile(
    r"(?P<name>[A-Za-z_][\w./ -]*?)\s*[:=]?\s*[\[(]?(?P<value>[-+]?(?:\d[\d.]*(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)\b)",
    re.IGNORECASE,
)
"""A name and its number, as in ``step 100: train loss=0.31``."""
_SAYS_LOSS = re.compile(r"loss\w*\s*(?:[:=]\s*|\s+)[\[(]?[-+]?(?:\d|nan|inf)", re.IGNORECASE)
_WRAPPED = re.compile(r"(?:tensor|array|float(?:16|32|64)|np\.float(?:16|32|64))\(\s*([^,)\s]+).*\)$")
"""A number as Python prints one of a package: ``tensor(0.5, device='cuda:0')``."""
_SPELT = {"1.#inf": math.inf, "-1.#inf": -math.inf, "1.#qnan": math.nan, "-1.#ind": math.nan, "nan(ind)": math.nan}
_SPELT |= {"-nan(ind)": math.nan, "∞": math.inf, "-∞": -math.inf}


Row = dict[str, Any]


class CountedRows(NamedTuple):
    """Rows, and the step that each is of."""

    steps: list[float | None]
    """None where a row has none."""
    unit: str
    """What a step is: ``updates``, ``epochs`` or ``rows``."""
    column: str | None
    """Which column counts them."""
    remark: str | None = None
    """What is to be said of it."""


def table_rows(text: str) -> list[Row]:
    """Return the rows of a table with a head, whatever parts its columns; raises ValueError where it is none."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines or _SAYS_LOSS.search(lines[0]):
        raise ValueError
    parts = max(",;\t", key=lambda one: lines[0].count(one))
    if parts not in lines[0] and len(lines[0].split()) > 1:
        return _spaced_rows(lines)
    names = next(csv.reader([lines[0]], delimiter=parts))
    if any(cell_number(name) is not None for name in names) or (len(names) == 1 and " " in names[0].strip()):
        raise ValueError
    rows = [*csv.DictReader(io.StringIO("\n".join(lines)), delimiter=parts, skipinitialspace=True)]
    if parts == ",":
        return rows
    return [{name: _with_point(cell) for name, cell in row.items()} for row in rows]


def _spaced_rows(lines: Sequence[str]) -> list[Row]:
    """Return the rows of a table whose columns have spaces between them: a head, then as many cells."""
    names = lines[0].split()
    cells = [line.split() for line in lines[1:]]
    rows = [dict(zip(names, row, strict=True)) for row in cells if len(row) == len(names)]
    if len(names) < 2 or not rows or cell_number(rows[0][names[0]]) is None:
        raise ValueError
    return rows


def json_rows(text: str) -> list[Row]:
    """Return the rows of a file with one JSON object a line; raises ValueError where it is none."""
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError
    return [flat_row(row) for row in rows]


def flat_row(row: Row) -> Row:
    """Return a row without others in it: what is in ``train`` is called ``train/loss``.

    >>> flat_row({"step": 3, "train": {"loss": 0.5}})
    {'step': 3, 'train/loss': 0.5}
    """
    return dict(_flattened(row, ""))


def _flattened(row: Row, before: str) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{before}{name}/")
        else:
            yield f"{before}{name}", value


def printed_rows(text: str) -> list[Row]:
    """Return the dictionaries with a loss that Python has printed among other lines; raises ValueError without any."""
    rows = []
    for found in _WRITTEN.finditer(text):
        try:
            row = ast.literal_eval(_BARE.sub(r"'\1'", found[0]))
        except (ValueError, SyntaxError):
            continue
        if isinstance(row, dict) and any("loss" in str(name) for name in row):
            rows.append({str(name): value for name, value in row.items()})
    if not rows:
        raise ValueError
    return rows


def metric_rows(text: str, name: str) -> list[Row]:
    """Return the rows of a file of MLflow, one metric with its time and step a line; raises ValueError for others."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not all(map(_METRIC.fullmatch, lines)):
        raise ValueError
    return [{name: value, "step": step} for _, value, step in map(str.split, lines)]


def named_rows(text: str) -> list[Row]:
    """Return the numbers that lines name, of those lines that name any; raises ValueError where none does."""
    rows = []
    for line in text.splitlines():
        found = {one["name"].strip().lower(): one["value"] for one in _NAMED.finditer(line)}
        if not any("loss" in name for name in found):
            continue
        if _VALIDATES.match(line):  # It belongs to what was trained before.
            found = {f"val {name}": value for name, value in found.items() if "loss" in name}
            rows[-1:] = [{**(rows[-1] if rows else {}), **found}]
        else:
            rows.append(found)
    if not rows:
        raise ValueError
    return rows


def cell_number(cell: Any) -> float | None:
    """Return a cell as a number, None where it is empty or none.

    >>> cell_number("tensor(0.5, device='cuda:0')"), cell_number("-1.#IND"), cell_number("N/A")
    (0.5, nan, None)
    """
    if isinstance(cell, bool) or cell is None:
        return None
    text = str(cell).strip()
    wrapped = _WRAPPED.match(text)
    text = wrapped[1] if wrapped else text
    try:
        return float(text)
    except ValueError:
        return _SPELT.get(text.lower())


def counted_rows(rows: Sequence[Row]) -> CountedRows:
    """Return the steps of rows: by the column that counts updates, else epochs, else one after the other.

    A count that begins anew with every epoch counts nothing; one that goes back once was resumed from a checkpoint.
    """
    names = {str(name).strip().lower(): name for row in rows for name in row if name}
    column = next((names[one] for one in (*STEP_NAMES, *EPOCH_NAMES) if one in names), None)
    if column is None:
        return CountedRows(_numbered(rows), "rows", None)
    steps = [cell_number(row.get(column)) for row in rows]
    other = next((names[one] for one in STEP_NAMES if one in names and names[one] != column), None)
    if other is not None and column.lower() in STEP_NAMES and not any(column in row and other in row for row in rows):
        steps = [cell_number(row.get(other)) if step is None else step for step, row in zip(steps, rows, strict=True)]
    unit = "epochs" if column.lower() in EPOCH_NAMES else "updates"
    known = [step for step in steps if step is not None]
    back = [i for i in range(1, len(known)) if known[i] < known[i - 1]]
    fractions = any(step != round(step) for step in known if math.isfinite(step))
    same = len(set(known)) < len(known) and unit == "epochs"
    begins_anew = len(back) > 1 and all(known[i] <= known[0] + 1 for i in back)
    if fractions or same or begins_anew:
        told = f"The column {column} does not count updates: a step is a row of the log here."
        return CountedRows(_numbered(rows), "rows", column, told)
    told = None
    if back:
        before, after = known[back[-1] - 1], known[back[-1]]
        told = f"The log goes back from step {before:,.0f} to {after:,.0f}: what it had of these steps is left out."
    elif unit == "epochs":
        told = "The log counts epochs: a step is an epoch here."
    return CountedRows(steps, unit, column, told)


def _numbered(rows: Sequence[Row]) -> list[float | None]:
    """Return the number of every row that has a loss of training, and for others that of the last one."""
    found: list[float | None] = []
    number = -1
    for row in rows:
        losses = [name for name in row if name and "loss" in name.lower() and row[name] not in (None, "")]
        number += any(not VALIDATION_NAME.search(name.lower()) for name in losses) or number < 0
        found.append(float(number))
    return found


def _with_point(cell: Any) -> Any:
    """Return a cell with a point where it has a decimal comma."""
    return (
        cell.replace(",", ".")
        if isinstance(cell, str) and re.fullmatch(r"\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*", cell)
        else cell
    )

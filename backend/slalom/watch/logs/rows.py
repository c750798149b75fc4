"""Rows of a log as text: tables, JSON objects line by line, lines that name their numbers; and how they are counted."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

STEP_NAMES = ("step", "_step", "global_step", "trainer/global_step", "iteration", "iter", "update", "batch")
"""What columns are called that count updates, best first."""
EPOCH_NAMES = ("epoch", "epochs")
"""What those are called that count passes through the data."""
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
    names = next(csv.reader([lines[0]], delimiter=parts))
    if any(cell_number(name) is not None for name in names) or (len(names) == 1 and " " in names[0].strip()):
        raise ValueError
    rows = [*csv.DictReader(io.StringIO("\n".join(lines)), delimiter=parts, skipinitialspace=True)]
    if parts == ",":
        return rows
    return [{name: _with_point(cell) for name, cell in row.items()} for row in rows]


def json_rows(text: str) -> list[Row]:
    """Return the rows of a file with one JSON object a line; raises ValueError where it is none."""
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError
    return rows


def named_rows(text: str) -> list[Row]:
    """Return the numbers that lines name, of those lines that name any; raises ValueError where none does."""
    rows = []
    for line in text.splitlines():
        found = {one["name"].strip().lower(): one["value"] for one in _NAMED.finditer(line)}
        if any("loss" in name for name in found):
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
        return CountedRows([float(i) for i in range(len(rows))], "rows", None)
    steps = [cell_number(row.get(column)) for row in rows]
    unit = "epochs" if column.lower() in EPOCH_NAMES else "updates"
    known = [step for step in steps if step is not None]
    back = [i for i in range(1, len(known)) if known[i] < known[i - 1]]
    fractions = any(step != round(step) for step in known if math.isfinite(step))
    same = len(set(known)) < len(known) and unit == "epochs"
    begins_anew = len(back) > 1 and all(known[i] <= known[0] + 1 for i in back)
    if fractions or same or begins_anew:
        told = f"The column {column} does not count updates: a step is a row of the log here."
        return CountedRows([float(i) for i in range(len(rows))], "rows", column, told)
    told = None
    if back:
        before, after = known[back[-1] - 1], known[back[-1]]
        told = f"The log goes back from step {before:,.0f} to {after:,.0f}: what it had of these steps is left out."
    elif unit == "epochs":
        told = "The log counts epochs: a step is an epoch here."
    return CountedRows(steps, unit, column, told)


def _with_point(cell: Any) -> Any:
    """Return a cell with a point where it has a decimal comma."""
    return (
        cell.replace(",", ".")
        if isinstance(cell, str) and re.fullmatch(r"\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*", cell)
        else cell
    )

"""A reading of a file: what it is understood as, kept as JSON, shown to the user, and read again by it for training."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from slalom.settings import Limits

from .choices import TableChoices
from .columns import Column
from .dialect import Dialect
from .matrix import LearningTask, Table, table_of
from .numbers import LARGEST_NUMBER, NumberFormat
from .plan import Plan, Use, plan_of
from .sheet import Sheet, read_sheet
from .words import count, quoted

SHOWN_ROWS = 8
"""Rows of a file that are shown as they are written."""
SHOWN_CHARACTERS = 80
"""Characters of a cell that are shown."""
FEWEST_TO_HOLD_OUT = 10
"""Rows from which on some are kept to check with."""
FEW_TO_CHECK = 50
"""Rows up to which the share of right answers depends much on chance."""


class Reading(NamedTuple):
    """What a file was understood as."""

    table: Table
    view: dict[str, Any]
    """How it is read, and its first rows: the field ``table`` of an answer."""
    about: str
    """What it is, what is predicted, and why, in a few sentences."""


def understand(text: bytes, limits: Limits, choices: TableChoices | None = None) -> Reading:
    """Return what a file is understood as, with what was chosen of it.

    Raises SpecError where it cannot be read so, and LimitExceeded where it is larger than this installation allows.
    """
    choices = choices or TableChoices()
    sheet = read_sheet(text, limits, header=choices.header)
    plan = plan_of(sheet, choices)
    table = table_of(plan, sheet.rows)
    view = _view(sheet, plan, table)
    return Reading(table, view, _about(sheet, plan, table))


def table_in(text: bytes, reading: str | None = None, task: LearningTask | None = None) -> Table:
    """Return the table in a file by a stored reading, or as it is understood where there is none.

    ``task`` takes what is predicted for classes, or numbers. Raises SpecError where it cannot be taken for that.
    """
    view = json.loads(reading) if reading else understand(text, Limits()).view
    dialect = Dialect(view["separator"], view["comments"], view["said"])
    sheet = read_sheet(text, encoding=view["encoding"], dialect=dialect, header=view["header"])
    uses = []
    for place, (kept, name, cells) in enumerate(zip(view["columns"], sheet.names, sheet.columns, strict=True)):
        column = Column(name, cells, first=not place, gaps=view["gaps"])
        column.format, column.order = NumberFormat(kept["decimal"], kept["thousands"]), kept["order"]
        uses.append(Use(column, kept["kind"], view["why"], kept["on_missing"]))
    target = view["target"] if isinstance(view["target"], int) else sheet.names.index(view["target"])
    if task is not None and (task == "classes") != (uses[target].kind == "class"):
        named = "classes" if task == "classes" else "numbers to predict"
        uses[target].kind = "class" if task == "classes" else "number"
        uses[target].because = f"as you chose, they are {named}"
    return table_of(Plan(uses, target, view["decimal"]), sheet.rows)


def _view(sheet: Sheet, plan: Plan, table: Table) -> dict[str, Any]:
    """Return how a file is read, as JSON."""
    thousands = [use.column.format.thousands for use in plan.uses if use.column.format.thousands]
    return {
        "encoding": sheet.encoding,
        "separator": sheet.dialect.separator,
        "decimal": plan.decimal,
        "thousands": thousands[0] if thousands else "",
        "header": sheet.header,
        "comments": sheet.dialect.comments,
        "said": sheet.dialect.said,
        "gaps": True,
        "count": len(sheet.rows),
        "why": plan.uses[plan.target].because,
        "understood": [*sheet.understood, *_marks(plan)],
        "skipped": list(sheet.skipped),
        "warnings": [*sheet.warnings, *plan.warnings, *_warnings(plan, table)],
        "target": table.target,
        "columns": [_column(use, use is plan.uses[plan.target], table) for use in plan.uses],
        "rows": [[_shown(cell) for cell in row] for row in zip(*(c[:SHOWN_ROWS] for c in sheet.columns), strict=True)],
    }


def _column(use: Use, predicted: bool, table: Table) -> dict[str, Any]:
    column = use.column
    return {
        "name": column.name,
        "kind": use.kind,
        "because": table.because if predicted else use.because,
        "chosen": use.chosen,
        "kinds": list(use.kinds),
        "different": len(column.words),
        "missing": int(column.gaps.sum()),
        "on_missing": use.on_missing,
        "on_missing_choices": list(use.choices),
        "decimal": column.format.decimal,
        "thousands": column.format.thousands,
        "order": column.order,
    }


def _shown(cell: str) -> str:
    return cell if len(cell) <= SHOWN_CHARACTERS else cell[: SHOWN_CHARACTERS - 1] + "…"


def _marks(plan: Plan) -> list[str]:
    """Say which marks are in numbers, with an example."""
    said = dict[NumberFormat, str]()
    for use in plan.uses:
        form = use.column.format
        if use.column.holds != "numbers" or (form.decimal == "." and not form.thousands) or form in said:
            continue
        cells = use.column.cells
        marked = (next((cell for cell in cells if mark and mark in cell), None) for mark in reversed(form))
        cell = next((cell for cell in marked if cell is not None), None)
        if cell is not None:
            value = use.column.numbers[cells.index(cell)]
            said[form] = f"{cell} in {quoted(use.column.name)} is read as {value:.15g}."
    return list(said.values())


def _warnings(plan: Plan, table: Table) -> list[str]:
    """Say what becomes of missing values and of columns that are left out, and what is special about few rows."""
    said = []
    n = len(table.inputs)
    if table.dropped:
        said.append(
            f"{count(table.dropped, 'row')} with missing values {'is' if table.dropped == 1 else 'are'} left out."
        )
    for use in plan.inputs:
        if use.on_missing != "drop" and use.column.gaps.any():
            said.append(f"Missing values of {quoted(use.column.name)} become {_becoming(use)}.")
        if use.kind == "number" and not use.column.order:
            said += _unusable(use.column)
    if n < FEWEST_TO_HOLD_OUT:
        said.append(f"There are only {n} rows: all of them are trained on, and none is kept to check with.")
    elif n < FEW_TO_CHECK:
        said.append(
            f"There are only {n} rows: how well the few that are kept to check with are predicted is much a matter of "
            "chance. Compare several seeds."
        )
    return said


def _unusable(column: Column) -> list[str]:
    """Say which few cells of a column of numbers are taken for missing."""
    kinds = [(column.odd(), "no number"), (column.large(), f"infinite, or beyond {LARGEST_NUMBER:g}")]
    return [
        f"{count(len(cells), 'cell')} of {quoted(column.name)} {'is' if len(cells) == 1 else 'are'} {what}, such as "
        f"{quoted(cells[0])}: taken for missing."
        for cells, what in kinds
        if cells
    ]


def _becoming(use: Use) -> str:
    return {"mean": "their mean", "most frequent": "the most frequent word", "own class": "a word of their own"}[
        use.on_missing
    ]


def _about(sheet: Sheet, plan: Plan, table: Table) -> str:
    """Say how large a table is, what is left out of it, and what is predicted."""
    size = f"{count(len(sheet.rows), 'row')} of {count(len(sheet.columns), 'column')}."
    named = "The first row names the columns." if sheet.header else "The columns have no names."
    left_out = [use for i, use in enumerate(plan.uses) if use.kind == "ignore" and i != plan.target]
    words = "".join(f" {quoted(use.column.name)} is left out: {use.because}" for use in left_out[:5])
    more = f" {len(left_out) - 5:,} more columns are left out." if len(left_out) > 5 else ""
    return f"{size} {named} {table.because}{words}{more}"


def view_of(stored: str | None) -> dict[str, Any] | None:
    """Return a stored reading as an answer has it; None where there is none, or it is older than readings are."""
    found = json.loads(stored) if stored else {}
    return {name: found[name] for name in found if name not in _UNSHOWN} if "rows" in found else None


_UNSHOWN = ("comments", "said", "gaps", "count", "why")
"""What only reading the file again needs."""

"""A planned table as arrays: numbers in, and classes or numbers to be predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from slalom.errors import SpecError

from .columns import Column
from .numbers import LARGEST_NUMBER, PLAIN_FORMAT, NumberFormat, is_plain, read_numbers
from .plan import MOST_INPUTS, MOST_NUMBERS, Plan, Use, gaps_of
from .sheet import SHOWN_FAULTS
from .words import label, quoted

LearningTask = Literal["classes", "numbers"]
OWN_CLASS = "(missing)"
"""The word that stands for a missing value, where it is a word of its own."""


class Table(NamedTuple):
    """A table of n rows that can be learned from."""

    features: tuple[str, ...]
    """What the inputs are called."""
    inputs: np.ndarray
    """Shape (n, features), float64, all finite."""
    target: str
    """What is predicted."""
    task: LearningTask
    values: np.ndarray
    """Classes, shape (n,), int64; or numbers, shape (n, 1), float64."""
    classes: tuple[str, ...]
    """What the classes are called; () for numbers."""
    because: str
    """Why it was decided so, in a sentence."""
    dropped: int
    """Rows that were left out for their missing values."""


def table_of(plan: Plan, rows: Sequence[int]) -> Table:
    """Return what can be learned from a table; ``rows`` says where in the file each row is.

    Raises SpecError, which names the first faults, where a cell cannot be what its column is.
    """
    target = plan.uses[plan.target]
    _check_cells([*plan.inputs, target], plan, rows)
    gone = np.logical_or.reduce(
        [gaps_of(use) for use in [*plan.inputs, target] if use.on_missing == "drop"] or [[False]]
    )
    kept = np.flatnonzero(~np.broadcast_to(gone, len(rows)))
    if len(kept) < 2:
        raise SpecError(
            f"Only {len(kept)} of {len(rows):,} rows have a value in every column that is used. Choose mean or own "
            "class for missing values, or leave columns out.",
            ("columns",),
        )
    parts = [_inputs_of(use, kept) for use in plan.inputs]
    features = tuple(name for names, _ in parts for name in names)
    if len(features) > MOST_INPUTS or len(features) * len(kept) > MOST_NUMBERS:
        raise SpecError(
            f"The table becomes {len(features):,} inputs in {len(kept):,} rows; there may be {MOST_INPUTS:,}, and "
            f"{MOST_NUMBERS:,} numbers altogether. Leave out columns of many words.",
            ("columns",),
        )
    inputs = np.concatenate([values for _, values in parts], axis=1)
    task, values, classes, because = _target_of(target, kept, last=plan.target == len(plan.uses) - 1)
    return Table(features, inputs, target.column.name, task, values, classes, because, len(rows) - len(kept))


def _inputs_of(use: Use, kept: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return what the inputs from one column are called, and their numbers, shape (kept, inputs)."""
    column = use.column
    if use.kind in ("number", "date"):
        values = column.numbers[kept]
        gaps = np.isnan(values)
        if gaps.any():
            mean = values[~gaps].mean() if not gaps.all() else 0.0
            values = np.where(gaps, mean, values)
        return [column.name], values[:, None]
    codes, words = _coded(use, kept)
    if use.kind == "class":
        return [column.name], codes[:, None].astype(np.float64)
    first = 1 if len(words) == 2 else 0  # Of two words one says it all.
    hot = (codes[:, None] == np.arange(first, len(words))).astype(np.float64)
    return [f"{column.name} = {word}" for word in words[first:]], hot


def _coded(use: Use, kept: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the words of a column as places in their order, and the words; missing values as they are to become."""
    cells = use.column.cells
    gaps, given = use.column.gaps[kept], [cells[i] for i in kept.tolist()]
    present = [cell for cell, gap in zip(given, gaps.tolist(), strict=True) if not gap]
    instead = OWN_CLASS
    if use.on_missing == "most frequent" and present:
        instead = max(sorted(set(present)), key=_counted(present).__getitem__)
    if gaps.any():
        given = [instead if gap else cell for cell, gap in zip(given, gaps.tolist(), strict=True)]
    keys, words = coding_of(given, use.column.format)
    return np.array([keys[cell] for cell in given], np.int64), words


def _counted(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for cell in cells:
        found[cell] = found.get(cell, 0) + 1
    return found


def coding_of(cells: Sequence[str], form: NumberFormat = PLAIN_FORMAT) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the place of every different cell in their order, and what stands there; numbers by size.

    >>> coding_of(["10", "9", "9.0"])
    ({'10': 1, '9': 0, '9.0': 0}, ('9', '10'))
    """
    different = sorted(set(cells))
    if all(form.thousands or is_plain(cell, form.decimal) for cell in different):
        value = dict(zip(different, read_numbers(different, form).tolist(), strict=True))
    else:
        value = {}
    if value and all(map(math.isfinite, value.values())):
        numbers = sorted(set(value.values()))
        place = {number: i for i, number in enumerate(numbers)}
        return {cell: place[value[cell]] for cell in different}, tuple(f"{number:.15g}" for number in numbers)
    return {cell: i for i, cell in enumerate(different)}, tuple(map(label, different))


def _target_of(use: Use, kept: np.ndarray, last: bool) -> tuple[LearningTask, np.ndarray, tuple[str, ...], str]:
    column = use.column
    said = f"The {'last column, ' if last else 'column '}{quoted(column.name)}{',' if last else ''} holds "
    if use.kind == "class":
        codes, classes = _coded(use, kept)
        if len(classes) < 2:
            raise SpecError(_same(column, classes))
        words = "words" if column.holds == "words" else _numbers_of(column)
        joint = ": " if words == "words" else "; "
        return "classes", codes, classes, f"{said}{len(classes):,} different {words}{joint}{use.because}."
    values = column.numbers[kept]
    different = len(np.unique(values))
    if different < 2:
        raise SpecError(_same(column, (column.given[0],)))
    because = f"{said}{different:,} different {_numbers_of(column)}: {use.because}."
    return "numbers", values[:, None], (), because


def _numbers_of(column: Column) -> str:
    if column.holds == "dates":
        return "dates"
    values = column.numbers[~np.isnan(column.numbers)]
    return "whole numbers" if (values == np.round(values)).all() else "numbers"


def _same(column: Column, words: Sequence[str]) -> str:
    word = quoted(words[0]) if words else "without a value"
    return (
        f"The column {quoted(column.name)} is {word} in every row that is left: there is nothing to learn. Choose "
        "another target, or keep more rows."
    )


def _check_cells(uses: Sequence[Use], plan: Plan, rows: Sequence[int]) -> None:
    """Raise SpecError where columns of numbers have cells that are none, or are too large."""
    places = {id(use): place for place, use in enumerate(plan.uses, 1)}
    found: list[tuple[int, int, str]] = []
    for use in uses:
        column = use.column
        if use.kind not in ("number", "date"):
            continue
        bad = column.too_large()
        if not column.is_numeric and use.kind == "number" and not column.order:
            bad = bad | (np.isnan(column.numbers) & ~column.gaps)
        for at in np.flatnonzero(bad).tolist():
            place = places[id(use)]
            found.append((rows[at], place, _fault(rows[at], place, column, at)))
    if found:
        found.sort()
        shown = "; ".join(text for _, _, text in found[:SHOWN_FAULTS])
        more = f"; and {len(found) - SHOWN_FAULTS:,} more" if len(found) > SHOWN_FAULTS else ""
        name = plan.uses[found[0][1] - 1].column.name
        raise SpecError(
            f"{shown}{more}. Correct {'it' if len(found) == 1 else 'them'}, or choose another kind for "
            f"{'the column' if len({column for _, column, _ in found}) == 1 else 'these columns'}.",
            ("columns", name, "kind"),
        )


def _fault(row: int, place: int, column: Column, at: int) -> str:
    """Say what is wrong with a cell."""
    cell = column.cells[at]
    where = f"Row {row}, column {place}" + (f" ({quoted(column.name)})" if column.name != f"column {place}" else "")
    value = column.numbers[at]
    if np.isinf(value) and not any(mark.isdigit() for mark in cell):
        return f"{where} is {label(cell)}, which is not a finite number"
    if not np.isnan(value):
        return f"{where} is {quoted(cell)}, and numbers may be at most {LARGEST_NUMBER:g}"
    return f"{where} is {quoted(cell)}, which is not a number"

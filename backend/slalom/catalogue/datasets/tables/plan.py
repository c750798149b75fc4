"""What a table is used for: which column is predicted, what is made of every other, and why, decided from the cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from slalom.errors import SpecError

from .cautions import told_of_cells, told_of_shares
from .choices import ColumnChoice, OnMissing, TableChoices
from .columns import FEW_ROWS, FEW_WORDS, Column, ColumnKind
from .numbers import decimal_of_money
from .sheet import Sheet
from .words import count, listed, quoted

MOST_WHOLE = 20
"""Up to so many different whole numbers are taken for classes, if each occurs about twice or more often."""
MOST_CLASSES = 100
"""Different words that can be classes, or columns of their own, where somebody chooses so."""
FEW_DROPPED = 0.1
"""Share of the rows that may be left out for missing values; where it would be more, these are filled in."""
MOSTLY_MISSING = 0.6
"""Share of missing values from which on a column is left out."""
MOST_NUMBERS = 4_000_000
"""Numbers that the inputs of a table may become."""
MOST_INPUTS = 1024
"""Inputs that a table may become."""
TARGETS = (
    *("target", "label", "labels", "outcome", "output", "result", "survived", "species", "diagnosis"),
    *(
        "median_house_value",
        "medhouseval",
        "medv",
        "saleprice",
        "charges",
        "mpg",
        "ozone",
        "ozone.mpg",
        "cnt",
        "churn",
        "lettr",
        "tip",
    ),
    *("exited", "rings", "quality", "strength", "disease_class", "num", "income", "class", "classes", "type", "y"),
)
"""Names of columns that are to be predicted wherever they are, the surest first; the last ones only if they are the
first or the last column."""
ONLY_AT_THE_ENDS = TARGETS[TARGETS.index("num") :]

ON_MISSING: dict[ColumnKind, tuple[OnMissing, ...]] = {
    "number": ("drop", "mean"),
    "date": ("drop", "mean"),
    "one-hot": ("drop", "most frequent", "own class"),
    "class": ("drop", "most frequent", "own class"),
    "ignore": ("drop",),
}
"""What can become of missing values, by what is made of a column."""


@dataclass
class Use:
    """What is made of one column."""

    column: Column
    kind: ColumnKind
    because: str
    on_missing: OnMissing = "drop"
    kinds: tuple[ColumnKind, ...] = ()
    """What could be made of it."""
    choices: tuple[OnMissing, ...] = ("drop",)
    """What could become of its missing values."""
    chosen: bool = False
    """Whether it is what somebody chose, and would be something else otherwise."""


@dataclass
class Plan:
    """What is made of every column of a table."""

    uses: list[Use]
    target: int
    """Which column is predicted."""
    decimal: str
    warnings: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> list[Use]:
        """The columns that something is predicted from."""
        return [use for i, use in enumerate(self.uses) if i != self.target and use.kind != "ignore"]


def plan_of(sheet: Sheet, choices: TableChoices) -> Plan:
    """Return what is made of a table: as chosen, and decided from its cells where nothing is.

    Raises SpecError where something was chosen that cannot be.
    """
    columns = [
        Column(name, cells, first=not place)
        for place, (name, cells) in enumerate(zip(sheet.names, sheet.columns, strict=True))
    ]
    _check_names(sheet, choices)
    decimal = choices.decimal or _decimal_of(columns, sheet.dialect.separator)
    for column in columns:
        column.settle(decimal)
    wishes = [choices.columns.get(column.name, ColumnChoice()) for column in columns]
    warnings = _told_of_marks(columns, sheet, choices)
    target = _target_of(columns, wishes, choices, warnings)
    uses = [
        _target_use(column, wish, chosen=choices.target is not None) if place == target else _input_use(column, wish)
        for place, (column, wish) in enumerate(zip(columns, wishes, strict=True))
    ]
    plan = Plan(uses, target, decimal, warnings)
    if not plan.inputs:
        _use_something(plan, wishes)
    _fit(plan, wishes)
    _settle_missing(plan, wishes)
    kinds: list[tuple[Column, ColumnKind]] = [(use.column, use.kind) for use in uses]
    plan.warnings += [*told_of_cells(kinds), *told_of_shares(*kinds[target])]
    return plan


def _check_names(sheet: Sheet, choices: TableChoices) -> None:
    known = listed([quoted(name) for name in sheet.names[:10]]) + (", ..." if len(sheet.names) > 10 else "")
    for name, loc in [(choices.target, ("target",)), *((name, ("columns", name)) for name in choices.columns)]:
        if name is not None and name not in sheet.names:
            raise SpecError(f"There is no column {quoted(name)}. The columns are {known}.", loc)


def _decimal_of(columns: Sequence[Column], separator: str) -> str:
    """Return the decimal mark of a table: what its numbers can only mean, else what suits between its separators."""
    found = [mark for column in columns if (mark := column.decimal_evidence(separator))]
    money = [mark for column in columns if column.is_numeric and (mark := decimal_of_money(column.words))]
    if found or money:
        return max(".,", key=(found or money).count)
    commas = any(column.is_numeric and column.patterns.marks and _has(column, ",") for column in columns)
    return "," if separator == ";" and commas else "."


def _has(column: Column, mark: str) -> bool:
    return any(mark in cell for cell in column.words)


def _told_of_marks(columns: Sequence[Column], sheet: Sheet, choices: TableChoices) -> list[str]:
    """Return warnings of marks and dates that can be read in two ways."""
    said = []
    evidence = {id(column) for column in columns if column.decimal_evidence("")}
    for column in columns:
        if column.ambiguous:
            day = "day" if column.order == "d.m.y" else "month"
            said.append(f"The dates in {quoted(column.name)} do not show whether the day or the month is first: {day}.")
        numeric = column.holds == "numbers" and column.patterns.marks
        if not numeric or choices.decimal or sheet.dialect.separator == "," or id(column) in evidence:
            continue
        if len({form.decimal for form in column.formats}) == 2 and not evidence:
            example = next((cell for cell in column.given if any(mark in cell for mark in ".,")), None)
            if example is None:
                continue
            number = column.numbers[column.cells.index(example)]
            said.append(
                f"The marks in {quoted(column.name)} can be read in two ways: {example} is taken for {number:,.10g}. "
                "Choose the other decimal mark if it is not."
            )
    return said


def _target_of(
    columns: Sequence[Column], wishes: Sequence[ColumnChoice], choices: TableChoices, warnings: list[str]
) -> int:
    """Return which column is predicted: the one chosen, one that is known by its name, or the last that can be."""
    names = [column.name for column in columns]
    if choices.target is not None:
        target = names.index(choices.target)
        if wishes[target].kind == "ignore":
            raise SpecError(
                f"{quoted(choices.target)} is both predicted and left out. Choose another target, or another kind.",
                ("columns", choices.target, "kind"),
            )
        if len(columns[target].words) < 2:
            raise SpecError(_same(columns[target]), ("target",))
        return target
    allowed = [i for i, wish in enumerate(wishes) if wish.kind != "ignore"]
    known = [i for i in _known_targets(names) if i in allowed]
    refused = ""
    for place in [*known, *reversed(allowed)]:
        reason = _unsuited(columns[place])
        if not reason:
            return place
        if not refused and place == len(columns) - 1:
            warnings.append(f"{reason} So another column is predicted.")
        refused = refused or reason
    raise SpecError(f"{refused or 'No column is left to predict.'} Put the column that is to be predicted last.")


def _same(column: Column) -> str:
    if not column.words:
        return f"The column {quoted(column.name)} has no values: there is nothing to learn. Choose another target."
    return f"{_unsuited(column)} Choose another target."


def _known_targets(names: Sequence[str]) -> list[int]:
    """Return the columns whose names say that they are to be predicted, the surest first; the last one wins."""
    plain = [re.sub(r"[\s.]+", "_", name.strip().lower()) for name in names]
    ends = (0, len(names) - 1)
    places = [
        (TARGETS.index(name), place)
        for place, name in enumerate(plain)
        if name in TARGETS and (name not in ONLY_AT_THE_ENDS or place in ends)
    ]
    last = len(names) - 1
    return [place for _, place in sorted(places, key=lambda one: (one[1] != last, one))]


def _unsuited(column: Column) -> str:
    """Return why a column cannot be what is predicted; nothing where it can."""
    name, different, n = quoted(column.name), len(column.words), len(column.given)
    if different < 2:
        valued = " that has a value" * bool(column.gaps.any())
        said = f"is {quoted(next(iter(column.words)))} in every row{valued}" if column.words else "has no values"
        return f"The column {name} {said}: there is nothing to learn."
    if column.holds == "words" and (different > MOST_CLASSES or (n > FEW_ROWS and 10 * different > 9 * n)):
        return f"The column {name} has {count(different, 'different word')} in {count(n, 'row')}, too many for classes."
    return ""


def _input_use(column: Column, wish: ColumnChoice) -> Use:
    kinds = possible_kinds(column)
    kind, because = _usual_use(column)
    chosen = wish.kind is not None and wish.kind != kind
    if wish.kind is not None and chosen:
        kind, because = wish.kind, f"You chose so. {column.told()}"
        _check_kind(column, kind)
    return Use(column, kind, because, kinds=kinds, chosen=chosen)


def possible_kinds(column: Column) -> tuple[ColumnKind, ...]:
    """Return what can be made of a column."""
    if column.holds == "nothing":
        return ("ignore",)
    words: tuple[ColumnKind, ...] = ("class", "one-hot") if len(column.words) <= MOST_CLASSES else ()
    own: tuple[ColumnKind, ...] = {"numbers": ("number",), "dates": ("date",)}.get(column.holds, ())  # type: ignore[assignment]
    return (*own, *words, "ignore")


def _usual_use(column: Column) -> tuple[ColumnKind, str]:
    different, n = len(column.words), len(column.cells)
    if different == 0:
        return "ignore", "It has no values."
    if column.gaps.sum() > MOSTLY_MISSING * n:
        return "ignore", f"{column.gaps.sum():,} of its {n:,} cells have no value."
    if different == 1 and not column.gaps.any():
        return "ignore", f"It is {quoted(next(iter(column.words)))} in every row."
    if said := column.told_of_large():
        return "ignore", said
    if said := column.numbering():
        return "ignore", said
    if column.holds == "numbers":
        return "number", column.told()
    if column.holds == "dates":
        return "date", column.told()
    if different <= FEW_WORDS and (2 * different <= n + 1 or different <= 3):
        return "one-hot", column.told()
    return "ignore", f"It has {count(different, 'different word')}, too many for columns of their own."


def _check_kind(column: Column, kind: ColumnKind) -> None:
    """Raise SpecError where a column cannot be of a kind; cells that are no numbers are named when they are read."""
    loc = ("columns", column.name, "kind")
    if kind == "date" and column.holds != "dates":
        raise SpecError(f"{quoted(column.name)} cannot be dates: {column.told()} Choose another kind.", loc)
    if kind in ("class", "one-hot") and len(column.words) > MOST_CLASSES:
        raise SpecError(
            f"{quoted(column.name)} has {count(len(column.words), 'different value')}, and {kind} may have "
            f"{MOST_CLASSES}. Choose another kind.",
            loc,
        )
    if kind != "ignore" and not column.words:
        raise SpecError(f"{quoted(column.name)} has no values. Choose ignore.", loc)


def _target_use(column: Column, wish: ColumnChoice, chosen: bool) -> Use:
    kinds: tuple[ColumnKind, ...] = tuple(kind for kind in possible_kinds(column) if kind not in ("one-hot", "ignore"))
    if wish.kind == "one-hot":
        raise SpecError(
            f"{quoted(column.name)} is predicted, and what is predicted cannot be one-hot. Choose class.",
            ("columns", column.name, "kind"),
        )
    usual, why = _task_of(column)
    kind = wish.kind or usual
    if wish.kind is not None:
        _check_kind(column, kind)
    if kind != usual:
        why = f"as you chose, they are {'classes' if kind == 'class' else 'numbers to predict'}"
    return Use(column, kind, why, kinds=kinds, chosen=kind != usual)


def _task_of(column: Column) -> tuple[ColumnKind, str]:
    """Return whether a column that is predicted holds classes, and why."""
    if column.holds == "words":
        return "class", "they are classes"
    if column.holds == "dates":
        return "date", "dates are predicted as numbers of days"
    values = column.numbers[~np.isnan(column.numbers)]
    different = len(np.unique(values))
    whole = bool((values == np.round(values)).all())
    if whole and different <= MOST_WHOLE and 2 * different <= len(values) + 1:
        return "class", f"so few in {len(values):,} rows are taken for classes"
    return "number", "they are numbers to predict"


def _use_something(plan: Plan, wishes: Sequence[ColumnChoice]) -> None:
    """Use columns that would be left out, where no other is left; raise SpecError where none can be."""
    others = [
        use
        for i, use in enumerate(plan.uses)
        if i != plan.target and wishes[i].kind != "ignore" and len(use.column.words) > 1 and len(use.kinds) > 1
    ]
    for holding in ("numbers", "dates", "words"):
        found = [use for use in others if use.column.holds == holding]
        for use in found:
            use.kind = use.kinds[0] if holding != "words" else "one-hot"
            use.because = f"{use.because} It is used all the same, as there is no other."
        if found:
            return
    why = " ".join(f"{quoted(use.column.name)}: {use.because}" for use in plan.uses[:3] if use.kind == "ignore")
    raise SpecError(f"No column is left to predict from. {why} Choose another kind for one of them.", ("columns",))


def _fit(plan: Plan, wishes: Sequence[ColumnChoice]) -> None:
    """Leave out the columns of the most words, unless they were chosen, where there would be too many inputs."""
    left = min(MOST_INPUTS, MOST_NUMBERS // len(plan.uses[0].column.cells))
    left -= sum(use.kind != "one-hot" for use in plan.inputs)
    chosen = {id(use) for use, wish in zip(plan.uses, wishes, strict=True) if wish.kind is not None}
    for use in sorted(plan.inputs, key=lambda use: (id(use) not in chosen, len(use.column.words))):
        if use.kind == "one-hot":
            left -= len(use.column.words) + 1
            if left < 0 and id(use) not in chosen:
                use.kind, use.because = "ignore", f"{use.because} All columns together would become too many inputs."


def _settle_missing(plan: Plan, wishes: Sequence[ColumnChoice]) -> None:
    used = [use for i, use in enumerate(plan.uses) if use.kind != "ignore" or i == plan.target]
    gaps = {id(use): gaps_of(use) for use in used}
    lost = np.logical_or.reduce([gaps[id(use)] for use in used])
    few = lost.sum() <= max(FEW_DROPPED * len(lost), 1) and len(lost) - lost.sum() >= FEW_ROWS
    filled: dict[ColumnKind, OnMissing] = {"number": "mean", "date": "mean", "one-hot": "own class"}
    for i, (use, wish) in enumerate(zip(plan.uses, wishes, strict=True)):
        use.choices = ON_MISSING[use.kind] if i != plan.target else ("drop",)
        if use.kind == "class" and i == plan.target:
            use.choices = ("drop", "own class")
        has_gaps = id(use) in gaps and bool(gaps[id(use)].any())
        usual: OnMissing = filled.get(use.kind, "most frequent") if has_gaps and not few else "drop"
        use.on_missing = wish.on_missing or (usual if i != plan.target else "drop")
        if use.on_missing not in use.choices:
            if use.kind == "ignore" and wish.on_missing is not None:
                use.on_missing = "drop"
                continue
            raise SpecError(
                f"Missing values of {quoted(use.column.name)} cannot become {quoted(use.on_missing)}. Choose "
                f"{' or '.join(map(quoted, use.choices))}.",
                ("columns", use.column.name, "on_missing"),
            )


def gaps_of(use: Use) -> np.ndarray:
    """Return which rows have nothing that a column could be used for, shape (n,), bool."""
    return np.isnan(use.column.numbers) if use.kind in ("number", "date") else use.column.gaps

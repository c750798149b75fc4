"""What of a table may be meant otherwise, or may mislead who trains on it: warnings of its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .columns import Column, ColumnKind
from .words import count, quoted

LOPSIDED = 0.9
"""Share of the rows from which on one class is most of what there is to learn."""


def told_of_cells(kinds: Sequence[tuple[Column, ColumnKind]]) -> list[str]:
    """Return warnings of words that differ only in capital letters, and of a number that may stand for none."""
    said = []
    for column, kind in kinds:
        name = quoted(column.name)
        if kind in ("class", "one-hot") and column.holds == "words":
            alike = {word.casefold(): word for word in sorted(column.words)}
            word = next((word for word in sorted(column.words) if alike[word.casefold()] != word), None)
            if word is not None:
                other = quoted(alike[word.casefold()])
                said.append(
                    f"{quoted(word)} and {other} in {name} are two words. Write them alike if they mean the same."
                )
        if kind == "number" and (sentinel := column.sentinel()):
            said.append(
                f"{name} is {sentinel[0]} in {count(sentinel[1], 'row')}, far below all its other numbers. Leave these "
                "cells empty if it stands for a missing value."
            )
    return said


def told_of_shares(column: Column, kind: ColumnKind) -> list[str]:
    """Return a warning of one class that nearly all rows have."""
    if kind != "class" or not column.given:
        return []
    (word, times), n = Counter(column.given).most_common(1)[0], len(column.given)
    said = f"{quoted(word)} is the class of {times:,} of {n:,} rows: to guess it always is right in {times / n:.0%}."
    return [f"{said} Look at the mistakes, too."] if LOPSIDED * n <= times < n else []

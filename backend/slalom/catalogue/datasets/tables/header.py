"""Whether the first row of a table names its columns, and what these are called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .dates import order_of
from .numbers import is_infinite, is_number
from .words import is_missing, label

FEWEST_COUNTED = 3
"""So many names that count up are names, and no numbers."""
YEARS = range(1800, 2101)
"""What a number in a header of years can be."""


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of some rows names the columns.

    It does with a word above numbers; with numbers that count up, or years, above others; and with words that never
    come again above words that do.
    """
    first, below = rows[0], rows[1:]
    if not below:
        return any(map(_is_word, first))
    columns = list(zip(first, zip(*below, strict=True), strict=True))
    named = [(name, cells) for name, cells in columns if not is_missing(name)]
    if any(_is_word(name) and _is_mostly_values(cells) for name, cells in named):
        return not any(_is_word(name) and name in cells for name, cells in named)
    if _counts_up([name for name, _ in named]) and not _counts_up(below[0]):
        words = [(name, cells) for name, cells in named if _is_word(name)]
        whole = sum(not _whole(name) or all(map(_whole, cells)) for name, cells in named) == len(named)
        return not any(name in cells for name, cells in words) and (bool(words) or not whole)
    words = [(name, cells) for name, cells in named if _is_word(name)]
    repeated = sum(2 * len(set(cells)) <= len(cells) for _, cells in words)
    return len(words) == len(named) > 0 and 2 * repeated > len(words) and not any(n in cells for n, cells in words)


def _is_word(cell: str) -> bool:
    return not is_missing(cell) and not is_number(cell) and order_of({cell}, ".") is None and not is_infinite(cell)


def _is_mostly_values(cells: Sequence[str]) -> bool:
    """Return whether most of the cells that have a value are numbers or dates."""
    given = [cell for cell in cells if not is_missing(cell)]
    values = sum(not _is_word(cell) for cell in given)
    return 2 * values > len(given)


def _whole(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()


def _counts_up(cells: Sequence[str]) -> bool:
    """Return whether three or more whole numbers follow each other from 0, from 1, or as years, and words at most
    stand beside them.
    """
    numbers = [int(cell) for cell in cells if _whole(cell) and len(cell) < 9]
    if len(numbers) < FEWEST_COUNTED or any(is_number(cell) and not _whole(cell) for cell in cells):
        return False
    years = all(number in YEARS for number in numbers)
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 and steps <= ({1, 5, 10} if years else {1}) and (years or numbers[0] in (0, 1))


def names_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Return what columns are called: as a header says, by their place where it is silent; no name comes twice.

    >>> names_of(["a", "", "a"])
    ('a', 'column 2', 'a (2)')
    """
    plain = [label(cell) or f"column {place}" for place, cell in enumerate(cells, 1)]
    names = dict[str, None]()
    for name in plain:
        others = (f"{name} ({again})" for again in range(2, len(plain) + 2))
        names[name if name not in names else next(other for other in others if other not in names)] = None
    return tuple(names)

"""How cells, columns and counts are repeated in sentences, and which words say that a value is missing."""

from __future__ import annotations

from collections.abc import Collection

CELL_CHARACTERS = 40
"""Characters of a cell that names and sentences repeat."""
MISSING_WORDS = frozenset(
    (
        *("", "na", "n/a", "n.a.", "nan", "-nan", "nat", "null", "none", "nil", "?", "-", "--", ".", "missing"),
        *("#n/a", "#na", "<na>", "(null)", "\\n", "not available", "n/d", "nd", "*"),
        *(f"#{error}!" for error in ("div/0", "value", "ref", "num", "null", "wert", "bezug", "zahl")),
        *("#name?", "#nv"),
    )
)
"""How a missing value is written, in lower case."""


def is_missing(cell: str) -> bool:
    """Return whether a cell says that its value is missing.

    >>> is_missing("NA"), is_missing("0")
    (True, False)
    """
    return cell.lower() in MISSING_WORDS


def missing_of(cells: Collection[str]) -> set[str]:
    """Return those of some different cells that say that their value is missing.

    >>> missing_of({"NA", "0"})
    {'NA'}
    """
    return set() if MISSING_WORDS.isdisjoint(map(str.lower, cells)) else {cell for cell in cells if is_missing(cell)}


def label(text: str) -> str:
    """Return text on one line, cut where it is long.

    >>> label("two\\nlines"), label("a" * 50) == "a" * 39 + "…"
    ('two lines', True)
    """
    text = " ".join(text[: 4 * CELL_CHARACTERS].split())
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"


def quoted(text: str) -> str:
    """Return text as a sentence repeats it, in quotation marks."""
    return f'"{label(text)}"'


def count(n: int, thing: str) -> str:
    """Return a number of things.

    >>> count(1, "row"), count(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def listed(parts: list[str]) -> str:
    """Return words as a sentence lists them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))

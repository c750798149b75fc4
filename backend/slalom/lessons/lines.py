"""Where a part of a TOML file stands."""

from __future__ import annotations

from collections.abc import Sequence


def line_of(text: str, loc: Sequence[str | int]) -> int:
    """Return the line, from 1, of the table, key or value nearest to the place that ``loc`` names.

    >>> text = "[[a]]\\nx = 1\\n[[a.b]]\\ny = 2\\n[[a]]\\nx = 3\\n[[a.b]]\\ny = [\\n  4,\\n  5,\\n]"
    >>> line_of(text, ("a", 1, "x")), line_of(text, ("a", 1, "b", 0, "y", 1)), line_of(text, ("a", 0, "missing"))
    (6, 10, 1)
    """
    lines = [line.strip() for line in text.splitlines()]
    at, end, table = 0, len(lines), ""
    for part in loc:
        if isinstance(part, int):
            heads = [i for i in range(at, end) if lines[i] == f"[[{table}]]"] or _values(lines, at)
            if part < len(heads):
                at = heads[part]
                end = _end(lines, at, table, end)
            continue
        name = f"{table}.{part}" if table else part
        found = [i for i in range(at, end) if lines[i] in (f"[{name}]", f"[[{name}]]") or _key(lines[i]) == part]
        if found:
            at, table = found[0], name
            end = _end(lines, at, table, end) if lines[at] == f"[{table}]" else end
    return at + 1


def _key(line: str) -> str:
    return line.partition("=")[0].strip().strip("\"'")


def _values(lines: Sequence[str], at: int) -> list[int]:
    """Return the lines of a list that is written one value a line."""
    if not lines or not lines[at].endswith("["):
        return []
    end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("]")), len(lines))
    return [i for i in range(at + 1, end) if lines[i] and not lines[i].startswith("#")]


def _end(lines: Sequence[str], at: int, table: str, end: int) -> int:
    """Return where a table ends that begins at a line: at the next head that is none of its own parts."""
    if not lines[at].startswith("["):
        return end
    parts = (f"[{table}.", f"[[{table}.")
    return next((i for i in range(at + 1, end) if lines[i].startswith("[") and not lines[i].startswith(parts)), end)

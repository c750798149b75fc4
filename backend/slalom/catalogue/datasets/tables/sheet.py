"""A file as a sheet: columns of cells with names, what was skipped, and how all of it was written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from slalom.errors import SpecError
from slalom.settings import Limits, refuse, variable_of

from .dialect import MARKS_OF_REMARKS, SEPARATORS, Dialect, dialect_of, is_comment, records
from .encoding import decoded, encoding_name, encoding_of
from .foreign import with_attributes_as_header, without_latex
from .header import has_header, names_of
from .numbers import is_number, with_plain_numbers
from .words import count, listed, quoted

BLANK = ',;|"'
"""What a file without any cell may consist of, besides white space."""
UNEVEN = 10
"""One row in so many may have more cells than the others, or fewer; and one of fewer rows than that."""
SHOWN_FAULTS = 5
"""Faults that one refusal lists."""
HEADER_ROWS = 200
"""Rows that are looked at to find out whether the first of them is a header."""

FEWEST_SUMMED = 5
"""Rows from which on the last one can be their sum."""
_TOTALS = frozenset(
    (
        *("total", "totals", "subtotal", "sum", "average", "mean", "median", "count", "somme", "moyenne", "suma"),
        *("summe", "gesamtsumme", "gesamt", "insgesamt", "mittelwert", "durchschnitt", "anzahl", "media", "promedio"),
    )
)
"""What the last row of a table is called where it sums up the others."""
_LARGER = f"start Slalom with a larger {variable_of('dataset_columns')}"
_FEWER_COLUMNS = f"Leave some out, as every second pixel of a picture, or {_LARGER}."
_RULE = re.compile(r"[-+=:|]{3,}|<[a-z]{3,8}>")
"""What a line between others is drawn with, and the kinds of columns that R prints below their names."""
_OTHER_QUOTES = ("''", "“”", "„“", "‘’", "«»", "»«")

Rows = list[tuple[int, list[str]]]
"""Rows of the file: where each is, from 1, and its cells."""


class Sheet(NamedTuple):
    """A table of n rows whose cells are text."""

    encoding: str
    dialect: Dialect
    header: bool
    """Whether the first row names the columns."""
    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    """One tuple of n cells for every column."""
    rows: tuple[int, ...]
    """Where in the file each row is, from 1."""
    understood: tuple[str, ...]
    """What was found out about the way the file is written, in sentences."""
    skipped: tuple[str, ...]
    """What of the file is no row of the table."""
    warnings: tuple[str, ...]


def read_sheet(
    text: bytes,
    limits: Limits | None = None,
    *,
    encoding: str | None = None,
    dialect: Dialect | None = None,
    header: bool | None = None,
) -> Sheet:
    """Return the table in a file; what is not given is found out.

    Raises SpecError where there is none, and LimitExceeded where it is larger than this installation allows.
    """
    encoding = encoding or encoding_of(text)
    whole = without_latex(with_plain_numbers(decoded(text, encoding)))
    whole = with_attributes_as_header(whole)
    if not "".join(whole.split()).strip(BLANK):
        raise SpecError("The file is empty. Give one row for every example.")
    dialect = dialect or dialect_of(whole)
    found = _Rows(whole, dialect, limits)
    header = found.header(header)
    names = names_of(found.first if header else [""] * found.width)
    if len(found.body) < 2:
        rest = "only a header" if not found.body else "1 row"
        below = " below its header" if header and found.body else ""
        raise SpecError(f"The table has {rest}{below}. Give at least 2 rows.")
    if limits is not None:
        refuse(limits, "dataset_rows", len(found.body), "The number of rows")
    columns = tuple(zip(*(cells for _, cells in found.body), strict=True))
    kept = [i for i, (name, cells) in enumerate(zip(found.titles(header), columns, strict=True)) if name or any(cells)]
    if len(kept) < found.width:
        found.skipped.append(f"{count(found.width - len(kept), 'column')} without a name or a cell")
    if len(kept) < 2:
        raise SpecError(
            "The table has 1 column. Give at least one column of inputs and one that is to be predicted, with "
            f"{', '.join(list(SEPARATORS.values())[:-1])} or blanks between them."
        )
    return Sheet(
        encoding,
        dialect,
        header,
        tuple(names[i] for i in kept),
        tuple(columns[i] for i in kept),
        tuple(number for number, _ in found.body),
        (*_understood(text, encoding, dialect, header), *found.understood),
        tuple(found.skipped),
        tuple(found.warnings),
    )


def _understood(text: bytes, encoding: str, dialect: Dialect, header: bool) -> list[str]:
    said = []
    if encoding != "utf-8":
        doubt = "" if encoding.startswith("utf") else ", by the look of it: save it as UTF-8 if words look wrong"
        said.append(f"The file is written in {encoding_name(encoding)}{doubt}.")
    said.append(f"The cells are separated by {SEPARATORS[dialect.separator]}.")
    return [*said, "The first row names the columns." if header else "The columns have no names."]


class _Rows:
    """The rows of a file, made equally long."""

    def __init__(self, whole: str, dialect: Dialect, limits: Limits | None) -> None:
        self.understood: list[str] = []
        self.skipped: list[str] = []
        self.warnings: list[str] = []
        rows = _within(whole, dialect, limits)
        self._remark: list[str] | None = None
        self._row_names = False
        rows = self._without_remarks(rows, dialect)
        blank = sum(not any(cells) for _, cells in rows)
        ruled = sum(_is_ruled(cells) for _, cells in rows)
        rows = [(number, cells) for number, cells in rows if any(cells) and not _is_ruled(cells)]
        if blank:
            self.skipped.append(count(blank, "blank row"))
        if ruled:
            self.skipped.append(count(ruled, "ruled line"))
        if dialect.said:
            self.skipped.append("the line that names the separator")
        if not rows:
            raise SpecError("The file has no rows but remarks. Give one row for every example.")
        self.rows = self._without_totals(self._even(self._without_titles(rows)))

    @property
    def width(self) -> int:
        return len(self.rows[0][1])

    @property
    def first(self) -> list[str]:
        return self.rows[0][1]

    def titles(self, header: bool) -> Sequence[str]:
        return self.first if header else [""] * self.width

    def header(self, given: bool | None) -> bool:
        """Return whether there is a header; what is below it becomes ``body``."""
        found = self._row_names or has_header([cells for _, cells in self.rows[:HEADER_ROWS]])
        remark = not found and self._remark is not None and len(self._remark) == self.width
        header = found or remark if given is None else given
        if header and remark and self._remark is not None:
            self.rows.insert(0, (self.rows[0][0] - 1, self._remark))
            self.understood.append("The remark above the first row names the columns.")
        self.body = self.rows[1:] if header else self.rows
        return header

    def _without_remarks(self, rows: Rows, dialect: Dialect) -> Rows:
        if not dialect.comments:
            return rows
        remarks = {number for number, cells in rows if is_comment(cells)}
        rest = [(number, cells) for number, cells in rows if number not in remarks]
        if not rest:
            return rows
        first = next((number for number, cells in rest if any(cells)), 0)
        if first - 1 in remarks:
            cells = next(cells for number, cells in rows if number == first - 1)
            head = [cells[0].lstrip(MARKS_OF_REMARKS), *cells[1:]]
            self._remark = [cell for cell in head if cell] if dialect.separator == " " else head
        if remarks:
            self.skipped.append(f"{count(len(remarks), 'line')} of remarks")
        return rest

    def _without_titles(self, rows: Rows) -> Rows:
        """Return rows without titles above the table, or notes below it, which have one cell, or a third at most."""
        widths = Counter(_extent(cells) for _, cells in rows)
        usual = widths.most_common(1)[0][0]
        begin, end = 0, len(rows)
        while usual > 2 and begin < end - 2 and _extent(rows[begin][1]) <= max(1, usual // 3) and rows[begin][1][0]:
            begin += 1
        if usual == 2 and len(rows) > 3 and _extent(rows[0][1]) == 1 and _extent(rows[1][1]) == 2:
            below = [cells[:2] for _, cells in rows[1:HEADER_ROWS] if len(cells) >= 2]
            begin = int(not is_number(rows[0][1][0]) and has_header(below))
        while usual > 2 and end > begin + 2 and _extent(rows[end - 1][1]) == 1 and rows[end - 1][1][0]:
            end -= 1
        left_out = len(rows) - (end - begin)
        if left_out:
            self.skipped.append(f"{count(left_out, 'line')} above or below the table")
        return rows[begin:end]

    def _without_totals(self, rows: Rows) -> Rows:
        """Return rows without a last one that sums up the others, and is called so."""
        name = next(filter(None, rows[-1][1]), "")
        place = rows[-1][1].index(name)
        again = any(cells[place].lower() == name.lower() for _, cells in rows[:-1])
        if len(rows) < FEWEST_SUMMED or again or name.lower().rstrip(": ").split(" ")[-1] not in _TOTALS:
            return rows
        self.skipped.append(f"row {rows[-1][0]:,}, which is called {quoted(name)}")
        return rows[:-1]

    def _even(self, rows: Rows) -> Rows:
        """Return rows of equally many cells: short ones are filled up, ends without cells are cut off."""
        widths = Counter(len(cells) for _, cells in rows[1:] or rows)
        width = widths.most_common(1)[0][0]
        first = rows[0][1]
        if width == len(first) + 1 and len(rows) > 1 and widths[width] == len(rows) - 1:
            if any(cells[-1] for _, cells in rows[1:]):
                self._row_names = True
                self.understood.append("The first column names the rows, and has no name itself.")
                rows = [(rows[0][0], ["", *first]), *rows[1:]]
            else:
                rows = [(number, cells[: len(first)]) for number, cells in rows]
                width -= 1
        elif _extent(first) > width:
            width = _extent(first) if widths[width] < 2 else width
        elif width < len(first) and not any(first[width:]):
            rows = [(rows[0][0], first[:width]), *rows[1:]]
        self._check_lengths(rows, width)
        kept = [(number, cells) for number, cells in rows if _extent(cells) <= width]
        return [(number, (cells + [""] * (width - len(cells)))[:width]) for number, cells in kept]

    def _check_lengths(self, rows: Rows, width: int) -> None:
        short = [(number, cells) for number, cells in rows if len(cells) < width]
        long = [(number, cells) for number, cells in rows if _extent(cells) > width]
        if not short and not long:
            return
        if UNEVEN * (len(long) + len(short)) > max(len(rows), UNEVEN) or long[:1] == rows[:1]:
            raise SpecError(_uneven(rows, width))
        if short:
            self.warnings.append(f"Cells are missing at the end of {_rows(short)}: they count as missing values.")
        if long:
            more = (
                "has more cells than the others and is" if len(long) == 1 else "have more cells than the others and are"
            )
            self.warnings.append(f"{_rows(long).capitalize()} {more} left out: there may be a separator inside a cell.")


def _is_ruled(cells: Sequence[str]) -> bool:
    """Return whether a row is only a line between others, or the kinds of the columns."""
    drawn = [cell for cell in cells if cell]
    return bool(drawn) and all(_RULE.fullmatch(cell) for cell in drawn)


def _rows(rows: Rows) -> str:
    places = [f"row {number}" for number, _ in rows[:SHOWN_FAULTS]]
    more = [f"{len(rows) - SHOWN_FAULTS:,} more"] if len(rows) > SHOWN_FAULTS else []
    return listed([*places, *more])


def _uneven(rows: Rows, width: int) -> str:
    bad = [(number, cells) for number, cells in rows if len(cells) < width or _extent(cells) > width]
    first = next((number for number, cells in rows if len(cells) == width), rows[0][0])
    shown = [f"row {number} has {count(len(cells), 'cell')}" for number, cells in bad[:SHOWN_FAULTS]]
    more = f", and {len(bad) - SHOWN_FAULTS:,} more rows differ" if len(bad) > SHOWN_FAULTS else ""
    said = f"{', '.join(shown)}{more}, where row {first} has {count(width, 'cell')}."
    advice = (
        f"Give every row equally many, but for one in {UNEVEN}; put quotes around a cell that contains the separator."
    )
    return f"{said[0].upper()}{said[1:]} {advice}"


def _bare(cells: Sequence[str]) -> list[str]:
    """Return the cells of a row without white space around them, and without quotes that are not those of CSV."""
    bare = list(map(str.strip, cells))
    whole = "".join(bare)
    return list(map(_unquoted, bare)) if any(pair[0] in whole for pair in _OTHER_QUOTES) else bare


def _unquoted(bare: str) -> str:
    """Return a cell without quotes around it that are not those of CSV."""
    quoted_so = len(bare) > 1 and bare[0] + bare[-1] in _OTHER_QUOTES and not set(bare[1:-1]) & {bare[0], bare[-1]}
    return bare[1:-1].strip() if quoted_so else bare


def _extent(cells: Sequence[str]) -> int:
    """Return up to which cell a row has any."""
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1]), 0)


def _within(whole: str, dialect: Dialect, limits: Limits | None) -> Rows:
    """Return the rows of a file, their cells without white space around them, if there are not too many."""
    most = None if limits is None else 2 * limits.dataset_rows + 2  # With as many blank rows and remarks.
    found = islice(enumerate(records(whole, dialect), 1), most and most + 1)
    rows = [(number, _bare(row)) for number, row in found]
    if limits is not None:
        if len(rows) > (most or 0):
            refuse(limits, "dataset_rows", max(len(rows), whole.count("\n")), "The number of rows")
        widest = max((_extent(cells) for _, cells in rows), default=0)
        refuse(limits, "dataset_columns", widest, "The number of columns", advice=_FEWER_COLUMNS)
    return rows

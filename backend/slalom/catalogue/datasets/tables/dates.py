"""Dates and times as numbers of days, the order of day and month decided over a whole column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date

import numpy as np

DATE_ORDERS = ("y-m-d", "d.m.y", "m/d/y", "hours")
"""The orders of year, month and day; a time of day alone is in hours."""
LONGEST_DATE = 40
"""Characters of a cell that can be a date."""
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)[a-z]*\.?,? )?"
_GERMAN = {"m\u00e4r": "mar", "mrz": "mar", "mai": "may", "okt": "oct", "dez": "dec"}
"""Months whose first three letters are others in German."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2}(?:\.\d{1,9})?))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
_LATER = rf"(?:(?:[T ]| at |, ?){_TIME}(?: ?(?:Z|(?:UTC|GMT)?(?:[-+]\d{{1,2}}(?::?\d{{2}})?)?))?)?"
_MONTH = rf"(?P<name>{'|'.join((*MONTHS, *_GERMAN))})[a-z]*\.?"
_FORMS = {
    "y-m-d": re.compile(rf"(?P<y>\d{{4}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?:(?P=mark)(?P<d>\d{{1,2}}))?{_LATER}"),
    "d.m.y": re.compile(rf"(?P<d>\d{{1,2}})(?P<mark>[-/.])(?P<m>\d{{1,2}})(?P=mark)(?P<y>\d{{4}}|\d\d){_LATER}"),
    "m/d/y": re.compile(rf"(?P<m>\d{{1,2}})(?P<mark>[-/.])(?P<d>\d{{1,2}})(?P=mark)(?P<y>\d{{4}}|\d\d){_LATER}"),
    "hours": re.compile(rf"{_TIME}|(?P<minutes>\d{{1,3}}):(?P<seconds>\d{{2}}\.\d{{1,9}})"),
}
_NAMED = (
    re.compile(
        rf"{_WEEKDAY}(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?[-/ ])?{_MONTH},?[-/ ](?P<y>\d{{4}}|\d\d){_LATER}", re.I
    ),
    re.compile(rf"{_WEEKDAY}{_MONTH}[-/ ](?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}}){_LATER}", re.I),
)
_EPOCH = date(1970, 1, 1).toordinal()
_NO_NUMBER = re.compile(r"\d.*[-/.: A-Za-z].*\d")


def order_of(cells: Collection[str], decimal: str) -> tuple[str, bool] | None:
    """Return the order in which all of some different cells are dates, and whether another would fit as well.

    Where day and month can be told neither way, a decimal comma or a point between them speaks for the day first.
    None where they are no dates.
    """
    if not all(len(cell) <= LONGEST_DATE and _NO_NUMBER.search(cell) for cell in cells):
        return None
    fitting = [order for order in DATE_ORDERS if all(_days(cell, order) is not None for cell in cells)]
    if fitting == ["d.m.y", "m/d/y"]:
        slashes = all("/" in cell for cell in cells)
        alike = all(_days(cell, "d.m.y") == _days(cell, "m/d/y") for cell in cells)
        return fitting[slashes and decimal != ","], slashes and not alike
    if fitting and all(re.fullmatch(r"\d{4}\.\d{1,2}", cell) for cell in cells):
        return None  # 2021.03 is a number.
    return (fitting[0], False) if fitting else None


def read_dates(cells: Sequence[str], order: str) -> np.ndarray:
    """Return days since the first of January 1970, or hours of the day, shape (n,), float64; NaN where there is none.

    >>> read_dates(["1970-01-02", "1970-01-03T12:00", "?"], "y-m-d")
    array([1. , 2.5, nan])
    """
    known = {cell: _days(cell, order) if len(cell) <= LONGEST_DATE else None for cell in set(cells)}
    return np.array([known[cell] for cell in cells], np.float64)


def _days(cell: str, order: str) -> float | None:
    match = next(_matches(cell, order), None)
    if match is None:
        return None
    part = match.groupdict()
    hours = _hours(part)
    if hours is None or order == "hours":
        return hours
    name = (part.get("name") or "").lower()
    month = MONTHS.index(_GERMAN.get(name, name)) + 1 if name else int(part["m"])
    try:
        day = date(_year(part["y"]), month, int(part.get("d") or 1))
    except ValueError:
        return None
    return day.toordinal() - _EPOCH + hours / 24


def _matches(cell: str, order: str) -> Iterator[re.Match[str]]:
    forms = (_FORMS[order],) if order == "hours" else (_FORMS[order], *_NAMED)
    return iter([match for form in forms if (match := form.fullmatch(cell))])


def _hours(part: dict[str, str | None]) -> float | None:
    """Return the time of day, 0 where there is none, None where there is no such time."""
    if part.get("minutes"):  # Of a stopwatch.
        return int(part["minutes"] or 0) / 60 + float(part["seconds"] or 0) / 3600
    if part["h"] is None:
        return 0.0
    hour, minute, second = int(part["h"]), int(part["min"] or 0), float(part["s"] or 0)
    if part["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (part["half"] in "pP")
    return hour + minute / 60 + second / 3600 if hour <= 24 and minute < 60 and second < 61 else None


def _year(text: str) -> int:
    """Return a year; two digits are those of 1970 to 2069."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)

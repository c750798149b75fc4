"""Tables of many columns: every column is read once, and twice as many take twice the work."""

import cProfile

from reading_tables import read

from slalom.catalogue.datasets.tables import columns as columns_module
from slalom.catalogue.datasets.tables.dialect import dialect_of
from slalom.catalogue.datasets.tables.numbers import NumberFormat, is_number, read_numbers
from slalom.catalogue.datasets.tables.reading import understand
from slalom.catalogue.datasets.tables.words import MISSING_WORDS
from slalom.settings import Limits


def wide(columns, separator="\t", rows=12):
    """Return a table whose every number could be a thousand times as large."""
    head = separator.join(f"x{place}" for place in range(columns))
    body = (
        separator.join(f"{1 + (7 * row + place) % 9}.{row + 125}" for place in range(columns)) for row in range(rows)
    )
    return "\n".join([head, *body]).encode()


def calls(text):
    """Return how many functions are called until a table is understood."""
    profile = cProfile.Profile()
    profile.runcall(understand, text, Limits())
    return sum(entry.callcount for entry in profile.getstats())


def test_a_table_of_four_times_as_many_columns_takes_four_times_as_many_calls():
    calls(wide(10))  # What is kept of patterns is there from now on.
    few, many = (calls(wide(columns)) for columns in (60, 240))
    assert many < 5 * few


def test_the_cells_of_a_column_are_read_as_numbers_once(monkeypatch):
    seen = []
    monkeypatch.setattr(
        columns_module, "read_numbers", lambda cells, form: seen.append(form) or read_numbers(cells, form)
    )
    understand(wide(20, ","), Limits())
    assert len(seen) == 20


def test_marks_that_can_be_read_in_two_ways_are_told_of_every_column():
    warnings = read(wide(30).decode()).view["warnings"]
    assert sum("can be read in two ways" in said for said in warnings) == 30


def test_words_for_missing_values_are_no_numbers_so_that_both_can_be_counted_apart():
    assert not any(map(is_number, MISSING_WORDS))
    assert dialect_of("a,b\nNA,1\n2,\n").separator == ","


def test_missing_values_in_every_format_stand_where_they_were():
    cells = ["1.234,5 €", "NA", "", "nan", "-", "2,5 €"]
    found = read_numbers(cells, NumberFormat(",", "."))
    assert [round(value, 1) if value == value else None for value in found] == [1234.5, None, None, None, None, 2.5]

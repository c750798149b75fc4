"""Numbers and dates in single columns: every format, and what is neither."""

import numpy as np
import pytest

from slalom.catalogue.datasets.tables.columns import Column
from slalom.catalogue.datasets.tables.dates import order_of, read_dates
from slalom.catalogue.datasets.tables.numbers import (
    FORMATS,
    NumberFormat,
    is_number,
    patterns_of,
    possible_formats,
    read_numbers,
)


@pytest.mark.parametrize("form", FORMATS)
def test_numbers_come_back_from_every_format(form):
    values = np.array([0, 1, -2.5, 1234.5, -1234567.25, 999, 1000, 12.5])
    plain = [f"{value:,.2f}".replace(",", "T").replace(".", form.decimal) for value in values]
    cells = [cell.replace("T", form.thousands) for cell in plain]
    assert form in possible_formats(patterns_of(cells), cells)
    assert read_numbers(cells, form).tolist() == values.tolist()


@pytest.mark.parametrize(
    "cell", ["1_000", "١٢", "0x1F", "1.5.2", "1,2,3", "1 2", "--5", "e5", "+", "5 5", "12:30", "1/2", "1-2", "१"]
)
def test_what_is_no_number_is_none(cell):
    column = Column("x", [cell] * 6)
    column.settle(".")
    assert column.holds != "numbers"
    assert not is_number(cell)


@pytest.mark.parametrize("cell", ["1e30", "-1e30", "9" * 21, "1e-320", "-0", ".5", "5.", "+1E+3", "9" * 50])
def test_plain_numbers_are_read_as_python_reads_them(cell):
    assert read_numbers([cell], NumberFormat()).tolist() == [float(cell)]


def test_missing_and_strange_cells_are_gaps():
    values = read_numbers(["1", "NA", "x", "", "2"], NumberFormat())
    assert np.isnan(values).tolist() == [False, True, True, True, False]


def test_units_that_differ_are_words():
    column = Column("x", ["5 kg", "3 lb", "4 kg", "1 kg", "2 lb", "9 kg"])
    column.settle(".")
    assert column.holds == "words"


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ({"2021-03-04", "2021-12-31"}, "y-m-d"),
        ({"2021/03/04"}, "y-m-d"),
        ({"2021-03", "1949-12"}, "y-m-d"),
        ({"2021-03-04T12:30:15.250Z"}, "y-m-d"),
        ({"4.3.2021", "14.3.21"}, "d.m.y"),
        ({"14/3/2021", "1/3/2021"}, "d.m.y"),
        ({"3/14/2021", "3/1/2021"}, "m/d/y"),
        ({"4 Mar 2021", "Mar 4, 2021", "04-Mar-21"}, "y-m-d"),
        ({"12:30", "7:05 pm"}, "hours"),
        ({"2021-02-30"}, None),
        ({"31.4.2021"}, None),
        ({"13/13/2021"}, None),
        ({"2021.03"}, None),
        ({"1.5", "2.5"}, None),
        ({"2021-03-04", "soon"}, None),
        ({"25:61"}, None),
    ],
)
def test_dates_have_one_order_in_a_column(cells, order):
    found = order_of(cells, ".")
    assert (found and found[0]) == order
    if order:
        assert np.isfinite(read_dates(sorted(cells), order)).all()


def test_dates_that_show_no_order_follow_their_marks():
    assert order_of({"3/4/2021"}, ".") == ("m/d/y", True)
    assert order_of({"3/4/2021"}, ",") == ("d.m.y", True)
    assert order_of({"3.4.2021"}, ".") == ("d.m.y", False)
    assert order_of({"3/3/2021"}, ".") == ("m/d/y", False)

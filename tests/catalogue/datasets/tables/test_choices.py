"""What cannot be chosen of a table, and what is said of one that is small, ragged or has gaps."""

import numpy as np
import pytest
from reading_tables import read

from slalom.catalogue.datasets.tables import matrix
from slalom.catalogue.datasets.tables.choices import TableChoices
from slalom.catalogue.datasets.tables.matrix import table_of
from slalom.catalogue.datasets.tables.plan import MOST_INPUTS, plan_of
from slalom.catalogue.datasets.tables.sheet import read_sheet
from slalom.errors import SpecError

PLAIN = "width,height,kind\n1,2,cat\n3.5,-4e1,dog\n5,6,cat\n"


KIND = ("columns", "kind", "kind")
WRONG = [
    ({"target": "weight"}, ("target",), 'There is no column "weight". The columns are "width", "height" and "kind".'),
    ({"columns": {"weight": {}}}, ("columns", "weight"), 'There is no column "weight".'),
    ({"columns": {"kind": {"kind": "date"}}}, KIND, '"kind" cannot be dates: It has 2 different words.'),
    ({"columns": {"kind": {"kind": "one-hot"}}}, KIND, "what is predicted cannot be one-hot. Choose class."),
    ({"target": "kind", "columns": {"kind": {"kind": "ignore"}}}, KIND, "is both predicted and left out"),
    (
        {"columns": {"width": {"kind": "ignore"}, "height": {"kind": "ignore"}}},
        ("columns",),
        "No column is left to predict from.",
    ),
    (
        {"target": "width", "columns": {"kind": {"kind": "number"}}},
        KIND,
        'Row 2, column 3 ("kind") is "cat", which is not a number; Row 3, column 3 ("kind") is "dog"',
    ),
]


@pytest.mark.parametrize(("choices", "loc", "said"), WRONG)
def test_what_cannot_be_chosen_is_named(choices, loc, said):
    with pytest.raises(SpecError) as caught:
        read(PLAIN, **choices)
    assert said in str(caught.value)
    assert caught.value.loc == loc


def test_the_first_five_faults_are_told_with_their_rows():
    text = "a,b,y\n" + "".join(f"{i},{'1e400' if i % 3 else 'inf'},{i % 2}\n" for i in range(12))
    with pytest.raises(SpecError) as caught:
        read(text, columns={"b": {"kind": "number"}})
    said = str(caught.value)
    assert said.startswith(
        'Row 2, column 2 ("b") is inf, which is not a finite number; Row 3, column 2 ("b") is "1e400"'
    )
    assert said.count("; Row") == 4
    assert "; and 7 more. Correct them, or choose another kind for the column." in said


@pytest.mark.parametrize("rows", [1, 3, 4, 9, 10, 49, 50])
def test_what_is_special_about_few_rows_is_said(rows):
    text = "a,b,y\n" + "".join(f"{i * i % 17}.5,{i * 7 % 11},{i * i}.25\n" for i in range(rows))
    if rows == 1:
        with pytest.raises(SpecError, match="1 row below its header"):
            read(text)
        return
    said = " ".join(read(text).view["warnings"])
    assert ("none is kept to check with" in said) == (rows < 10)
    assert ("Compare several seeds" in said) == (10 <= rows < 50)


def test_a_few_words_among_numbers_are_gaps_and_told():
    text = "a,y\n" + "".join(f"{'oops' if i == 3 else i * 1.5},{i * i}.5\n" for i in range(20))
    found = read(text)
    assert found.table.dropped == 1
    assert '1 cell of "a" is no number, such as "oops": taken for missing.' in found.view["warnings"]


def test_a_few_numbers_that_are_too_large_are_gaps_and_told():
    for cell in ("inf", "-Infinity", "1e999", "-1e31"):
        text = "a,y\n" + "".join(f"{cell if i == 3 else i * 1.5},{i * i}.5\n" for i in range(20))
        found = read(text)
        assert found.table.dropped == 1
        assert (
            f'1 cell of "a" is infinite, or beyond 1e+30, such as "{cell}": taken for missing.'
            in (found.view["warnings"])
        )
        assert read(text, columns={"a": {"kind": "number", "on_missing": "mean"}}).table.dropped == 0


@pytest.mark.parametrize("many", [1, 2, 12])
def test_a_column_of_too_many_numbers_that_are_too_large_is_left_out_and_refuses_no_table(many):
    text = "a,b,y\n" + "".join(f"{i % 7},{'inf' if i < many else i * 1.5},{i * i}.5\n" for i in range(12))
    found = read(text)
    assert found.table.features == (("a", "b") if many == 1 else ("a",))
    assert (f'"b" is left out: {many} of its 12 cells are infinite, or beyond 1e+30.' in found.about) == (many == 2)
    assert len(read(text, columns={"b": {"kind": "ignore"}}).table.inputs) == 12


def test_in_a_short_table_one_such_number_leaves_its_column_out():
    said = read("a,b,y\n1,2,3\n2,inf,4\n3,4,5\n").about
    assert '"b" is left out: 1 of its 3 cells is infinite, or beyond 1e+30.' in said


@pytest.mark.parametrize("n", [1, 2, 3])
def test_rows_that_are_too_long_are_left_out_and_told_up_to_a_tenth(n):
    long = [4, 13, 17][:n]
    text = "a,b,y\n" + "".join(f"{i},{i % 5},{i * i}{',9' * (i in long)}\n" for i in range(20))
    if n == 3:
        with pytest.raises(SpecError, match="Row 6 has 4 cells, row 15 has 4 cells"):
            read(text)
        return
    found = read(text)
    assert len(found.table.inputs) == 20 - n
    told = ["Row 6 has more cells than the others and is left out", "Row 6 and row 15 have more cells than the others"]
    assert any(told[n - 1] in warning for warning in found.view["warnings"])


def test_a_header_that_is_too_long_is_never_left_out():
    text = "a,b,c,y\n" + "".join(f"{i},{i % 5},{i * i}\n" for i in range(40))
    with pytest.raises(SpecError, match="Row 1 has 4 cells"):
        read(text)


def wide(inputs: int, rows: int = 3) -> str:
    head = ",".join([*(f"x{i}" for i in range(inputs)), "y"])
    return (
        head
        + "\n"
        + "".join(
            ",".join([*(f"{(7 * i + row) % 11}.5" for i in range(inputs)), f"{row}.5"]) + "\n" for row in range(rows)
        )
    )


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_how_many_inputs_there_may_be(extra):
    text = wide(MOST_INPUTS + extra)
    if extra == 1:
        with pytest.raises(SpecError, match="The table becomes 1,025 inputs in 3 rows; there may be 1,024"):
            table_of(plan_of(read_sheet(text.encode()), TableChoices()), range(2, 5))
        return
    assert table_of(plan_of(read_sheet(text.encode()), TableChoices()), range(2, 5)).inputs.shape == (3, 1024 + extra)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_how_many_numbers_there_may_be(extra, monkeypatch):
    monkeypatch.setattr(matrix, "MOST_NUMBERS", 30 - extra)
    sheet = read_sheet(wide(10).encode())
    if extra == 1:
        with pytest.raises(SpecError, match="and 29 numbers altogether"):
            table_of(plan_of(sheet, TableChoices()), sheet.rows)
        return
    assert table_of(plan_of(sheet, TableChoices()), sheet.rows).inputs.size == 30


def test_ragged_rows_are_filled_up_or_named():
    short = "a,b,y\n1,2,3\n4,5\n6,7,8.5\n2,2,2\n"
    found = read(short)
    assert "Cells are missing at the end of row 3: they count as missing values." in found.view["warnings"]
    assert found.table.dropped == 1
    long = "a,b,y\n1,2,3\n4,5,6,7\n6,7,8\n1,2,3,4,5\n"
    with pytest.raises(SpecError, match="Row 3 has 4 cells, row 5 has 5 cells, where row 1 has 3 cells"):
        read(long)


def test_numbers_come_back_as_they_were_written():
    values = np.random.default_rng(0).normal(size=(40, 2)) * np.exp(np.random.default_rng(1).uniform(-60, 60, (40, 2)))
    text = "a,b,y\n" + "".join(f"{a!r},{b!r},{i % 2}\n" for i, (a, b) in enumerate(values.tolist()))
    assert read(text).table.inputs.tolist() == values.tolist()

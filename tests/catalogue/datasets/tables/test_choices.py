"""What cannot be chosen of a table, and what is said of one that is small, ragged or has gaps."""

import numpy as np
import pytest
from reading_tables import read

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
        read(text)
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

"""Users' tables and lists: what can be read is read, and what cannot is named by row and column, with what to do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.catalogue.datasets import Csv
from slalom.catalogue.datasets.csv_table import read_table, target_of
from slalom.catalogue.datasets.uploads import describe_upload
from slalom.errors import SpecError
from slalom.settings import Limits

PLAIN = "width,height,kind\n1,2,cat\n3.5,-4e1,dog\n5,6,cat\n"


def table_of(text):
    return read_table(text if isinstance(text, bytes) else text.encode())


def uploaded(text):
    """Return how a data set finds this text, whatever its id."""
    return lambda id: text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip(),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", " , "),
        PLAIN.replace(",", ";").replace("3.5", "3,5"),
        "\ufeff" + PLAIN,
        PLAIN.encode("utf-16"),
        PLAIN.replace("cat", '"cat"').replace("width", '"width"'),
        PLAIN.replace("\n", "\n\n") + "\n , ,\n",
    ],
    ids=[
        "plain",
        "crlf",
        "cr",
        "no-end",
        "semicolons",
        "tabs",
        "spaces",
        "decimal-comma",
        "bom",
        "utf-16",
        "quoted",
        "blank-rows",
    ],
)
def test_all_ways_of_writing_a_table_are_read_alike(text):
    table = table_of(text)
    assert table.features == ("width", "height")
    assert table.target == "kind"
    assert table.inputs.tolist() == [[1, 2], [3.5, -40], [5, 6]]
    assert table.cells == ("cat", "dog", "cat")
    assert table.header


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("1,2,cat\n3,4,dog\n", ("column 1", "column 2")),
        ("1,2,0\n3,4,1\n", ("column 1", "column 2")),
        ("a,,y\n3,4,1\n5,6,2\n", ("a", "column 2")),
        ("2019,2020,y\n3,4,1\n5,6,2\n", ("2019", "2020")),
        ('"two\nlines, here",b,y\n3,4,1\n5,6,2\n', ("two lines, here", "b")),
        ("Größe,身長,y\n3,4,1\n5,6,2\n", ("Größe", "身長")),
        (f"{'x' * 41},b,y\n3,4,1\n5,6,2\n", ("x" * 39 + "…", "b")),
    ],
)
def test_columns_are_called_by_the_header_or_by_their_place(text, features):
    assert table_of(text).features == features


def test_a_first_column_that_counts_the_rows_is_left_out():
    for first in (0, 1):
        rows = "".join(f"{i + first},{10 * i},{'ab'[i % 2]}\n" for i in range(5))
        assert table_of(",x,y\n" + rows).features == ("x",)
        assert table_of("id,x,y\n" + rows).features == ("id", "x")
        assert "counts the rows" in describe_upload((",x,y\n" + rows).encode(), Limits())["about"]
    assert table_of(",x,y\n0,1,a\n2,3,b\n").features == ("column 1", "x")
    assert table_of(",y\n0,5\n1,7\n").features == ("column 1",)


BAD = [
    ("", "The file is empty. Give one row"),
    ("\n \n,,\n", "The file is empty."),
    ("\u00a0;\x0b\x1c\n", "The file is empty."),
    ("a,b,c\n", "The table has only a header. Give at least 2 rows."),
    ("a,b,c\n1,2,3\n", "The table has 1 row below its header. Give at least 2 rows."),
    ("1,2,3\n", "The table has 1 row. Give at least 2 rows."),
    ("1\n2\n3\n", "The table has 1 column. Give at least one column of inputs"),
    ("1 2\n3 4\n", "The table has 1 column"),
    ("1,2,3\n4,5\n", "Row 2 has 2 cells and row 1 has 3 cells. Give every row equally many"),
    ("a,b,y\n\n1,2,3\n4,5,6,7\n", "Row 4 has 4 cells and row 1 has 3 cells"),
    ("1,2,3\n4\n", "Row 2 has 1 cell and row 1"),
    ("a,b,y\n1,,3\n4,5,6\n", 'Row 2, column 2 \\("b"\\) has no value. Fill it in, or remove the row.'),
    ("a,b,y\n1,NA,3\n4,5,6\n", 'Row 2, column 2 \\("b"\\) has no value \\(NA\\)'),
    ("1,2,3\n4,nan,6\n", "Row 2, column 2 has no value \\(nan\\)"),
    ("1,2,3\n4,-nan,6\n", "Row 2, column 2 has no value \\(-nan\\)"),
    ("?,2,3\n4,5,6\n", "Row 1, column 1 has no value \\(\\?\\)"),
    ("1,2,a\n4,5,\n", "Row 2, column 3 has no value. Fill"),
    ("1,2,3\n4,inf,6\n", "Row 2, column 2 is inf, which is not a finite number. Correct it"),
    ("1,2,3\n-Infinity,5,6\n", "Row 2, column 1 is -Infinity, which is not a finite"),
    ("1,2,3\n4,5,inf\n", "Row 2, column 3 is inf, which is not"),
    ("1,2,3\n4,1e31,6\n", 'Row 2, column 2 is "1e31", and numbers may be at most 1e\\+30. Measure in larger units.'),
    ("1,2,3\n4,5,-1e400\n", 'Row 2, column 3 is "-1e400", and numbers may be at most'),
    (f"1,2,3\n{'9' * 5000},5,6\n", "column 1 is .{42}, and numbers may be"),
    ("colour,b,y\n1,2,3\nred,5,6\n", 'Row 3, column 1 \\("colour"\\) is "red", but inputs must be numbers. Write a'),
    ("1,2,3\n1_000,5,6\n", 'Row 2, column 1 is "1_000", but inputs must be numbers'),
    ("1,2,3\n١٢,5,6\n", "inputs must be numbers"),
    ("1,2,3\n0x1F,5,6\n", "inputs must be numbers"),
    ("1,2,3\n1.5.2,5,6\n", "inputs must be numbers"),
    ("1,2,3\n4,\0,6\n", "Line 2 has a NUL character: this is not a text file. Save it as text, in UTF-8."),
    ("größe,y\n1,2\n3,4\n".encode("latin-1"), "Line 1 is not UTF-8: it has the byte 0xf6. Save the file as UTF-8 \\("),
    (b"a,y\n1,2\n\x80,4\n", "Line 3 is not UTF-8: it has the byte 0x80"),
    (b"\xff\xfea", "Line 1 is not UTF-16"),
    ('a,b,y\n1,"2,3\n4,5,6\n', "Row 2, which ends in line 3, has a quote that is opened and never closed. Close it"),
    ('a,b,y\n1,"2"x,3\n4,5,6\n', "Row 2, which ends in line 2, goes on after a closing quote. Write a quote"),
    (f'1,2,3\n4,"{"5" * 140_000}",6\n', "has a cell of more than 131,072 characters. Check its quotes."),
    ("1,2,a\n4,5,a\n", 'The last column, "column 3", is "a" in every row: there is nothing to learn. Put the column'),
    ("1,2,7\n4,5,7\n", '"7" in every row: there is nothing to learn'),
    ("1,2,7\n4,5,7.0\n", '"7" in every row: there is nothing to learn'),
    (
        "1,2,0.5\n4,5,oops\n6,7,1.5\n",
        'Row 2, column 3 is "oops", which is not a number, but others there are, such as 0.5',
    ),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=lambda value: repr(value)[:40])
def test_what_cannot_be_read_is_named_with_what_to_do(text, said):
    with pytest.raises(SpecError, match=said) as caught:
        target_of(table_of(text))
    assert len(str(caught.value)) < 300


def test_a_place_after_a_cell_of_several_lines_is_counted_in_rows():
    with pytest.raises(SpecError, match="Row 3, column 1"):
        table_of('"a\nb\nc",y\n1,2\nword,3\n')


@pytest.mark.parametrize("number", ["1e30", "-1e30", "999999999999999999999", "1e-320", "-0", ".5", "5.", "+1E+3"])
def test_numbers_up_to_the_largest_are_read(number):
    table = table_of(f"1,{number},a\n4,5,b\n")
    assert table.inputs[0, 1] == float(number)
    data = Csv(id="d1").load(uploaded(f"1,{number},a\n4,5,b\n7,8,a\n"))
    assert np.isfinite(data.inputs).all()
    assert np.isfinite(data.check_inputs).all()


def column(values):
    return "".join(f"{i},{value}\n" for i, value in enumerate(values))


DECISIONS = [
    (["cat", "dog", "cat"], "classes", ("cat", "dog"), "2 different words: they are classes"),
    (["1", "no", "2"], "classes", ("1", "2", "no"), "3 different words"),
    ([0, 1, 1], "classes", ("0", "1"), "2 different whole numbers; so few in 3 rows are taken for classes"),
    ([3, 1, 2, 1, 2], "classes", ("1", "2", "3"), "3 different whole numbers"),
    (["1.0", "2", "1"], "classes", ("1", "2"), "2 different whole"),
    ([0, 1], "numbers", (), "2 different whole numbers: they are numbers to predict"),
    ([3, 1, 2, 5], "numbers", (), "4 different whole numbers: they are numbers"),
    ([0.5, 1.5, 0.5, 1.5], "numbers", (), "2 different numbers: they are"),
    ([*range(20)] * 2, "classes", tuple(map(str, range(20))), "20 different whole numbers; so few in 40 rows"),
    ([*range(21)] * 2, "numbers", (), "21 different whole numbers: they are"),
]


@pytest.mark.parametrize(("values", "task", "classes", "because"), DECISIONS, ids=str)
def test_the_last_column_decides_what_is_predicted_and_says_why(values, task, classes, because):
    target = target_of(table_of(column(values)))
    assert (target.task, target.classes) == (task, classes)
    assert because in target.because
    if task == "classes":
        assert target.values.dtype == np.int64
        expected = values if "no" in values or "cat" in values else [f"{float(v):g}" for v in values]
        assert [classes[c] for c in target.values] == expected
    else:
        assert target.values.tolist() == [[float(v)] for v in values]


def test_the_user_may_decide_otherwise():
    whole, real = table_of(column([0, 1, 1, 0])), table_of(column([0.5, 1.5, 2.5]))
    assert target_of(whole, "numbers").values.tolist() == [[0], [1], [1], [0]]
    assert target_of(real, "classes").classes == ("0.5", "1.5", "2.5")
    assert "as you chose" in target_of(real, "classes").because
    assert target_of(table_of(column([0.5, "x", 1.5])), "classes").classes == ("0.5", "1.5", "x")
    with pytest.raises(SpecError, match='Row 2, column 2 is "b", which is not a number'):
        target_of(table_of(column([1, "b", 2])), "numbers")


def test_a_table_becomes_examples():
    text = "a,b,y\n" + "".join(f"{i},7,{'xyz'[i % 3]}\n" for i in range(10))
    data = Csv(id="d1", validation=0.3, seed=5).load(uploaded(text))
    assert (data.inputs.shape, data.check_inputs.shape) == ((7, 2), (3, 2))
    assert (data.features, data.classes, data.task) == (("a", "b"), ("x", "y", "z"), "classes")
    np.testing.assert_allclose(data.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.inputs.std(axis=0), [1, 0], atol=1e-12)
    raw = np.concatenate([part * data.scale + data.mean for part in (data.inputs, data.check_inputs)])
    assert sorted(raw[:, 0].round(9)) == list(range(10))
    classes = np.concatenate([data.targets, data.check_targets])
    assert (raw[:, 0].round().astype(int) % 3 == classes).all()
    assert data.about == (
        'The last column, "y", holds 3 different words: they are classes. 7 rows to train on, and 3 to check with.'
    )


def test_numbers_are_standardised_with_the_inputs_or_left_as_they_are():
    text = column([1e6 * i for i in range(1, 31)])
    data, raw = (Csv(id="d1", scaling=scaling).load(uploaded(text)) for scaling in ("standard", "raw"))
    assert abs(data.targets.mean()) < 1e-12
    assert data.targets.std() == pytest.approx(1)
    np.testing.assert_allclose(data.targets * data.target_scale + data.target_mean, raw.targets)
    np.testing.assert_allclose(data.check_targets * data.target_scale + data.target_mean, raw.check_targets)
    assert (raw.target_mean, raw.target_scale) == (0, 1)
    assert "standardised" in data.about
    assert "standardised" not in raw.about


def test_another_text_under_the_same_id_is_read_again():
    texts = iter([column([0, 1, 1]), column(["a", "b", "c"])])
    assert [Csv(id="d1").load(lambda id: next(texts).encode()).classes for _ in "12"] == [("0", "1"), ("a", "b", "c")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), min_size=2, max_size=8))
def test_numbers_come_back_as_they_were_written(rows):
    text = "".join(f"{a!r},{b!r},{i % 2}\n" for i, (a, b, _) in enumerate(rows))
    np.testing.assert_array_equal(table_of(text).inputs, [row[:2] for row in rows])

"""What spreadsheets, statistics programs, databases and notes write around a table, and files that are no tables."""

import pytest
from reading_tables import columns, read

from slalom.catalogue.datasets.tables.encoding import encoding_of
from slalom.catalogue.datasets.tables.foreign import check_is_text
from slalom.catalogue.datasets.uploads import describe_upload, guess
from slalom.errors import SpecError
from slalom.settings import Limits

ROWS = [(3, 10.5, "u"), (5, 12.25, "v"), (4, 9.75, "u"), (8, 11.5, "v"), (2, 14.0, "u"), (7, 8.5, "v"), (9, 13.75, "v")]


def lines(form, between="\n"):
    return between.join(form.format(a=a, b=b, c=c) for a, b, c in ROWS) + "\n"


AROUND = {
    "remarks of LaTeX and Weka": "% measured by hand\n% in May\na,b,c\n" + lines("{a},{b},{c}"),
    "a remark as the header": "% a,b,c\n" + lines("{a},{b},{c}"),
    "remarks of C": "// made by a program\na,b,c\n" + lines("{a},{b},{c}"),
    "Weka": "@RELATION one\n\n@ATTRIBUTE a NUMERIC\n@attribute 'b' real\n@ATTRIBUTE c {u,v}\n@DATA\n"
    + lines("{a},{b},{c}"),
    "Markdown": "| a | b | c |\n|---|---:|:---|\n" + lines("| {a} | {b} | {c} |"),
    "Emacs": "| a | b | c |\n|---+---+---|\n" + lines("| {a} | {b} | {c} |"),
    "Postgres": " a | b | c \n---+---+---\n" + lines(" {a} | {b} | {c}") + "(7 rows)\n",
    "MySQL": "+---+---+---+\n| a | b | c |\n+---+---+---+\n" + lines("| {a} | {b} | {c} |") + "+---+---+---+\n",
    "single quotes": "'a','b','c'\n" + lines("'{a}','{b}','{c}'"),
    "typographic quotes": "“a”,“b”,“c”\n" + lines("“{a}”,“{b}”,“{c}”"),
    "a sum below": "a,b,c\n" + lines("{a},{b},{c}") + "Total,80.25,\n",
    "a mean below": "a;b;c\n" + lines("{a};{b};{c}").replace(".", ",") + "Mittelwert:;11,46;\n",
    "a title above": "Our table\n\na,b,c\n" + lines("{a},{b},{c}"),
}


@pytest.mark.parametrize("how", AROUND)
def test_what_stands_around_a_table_is_no_part_of_it(how):
    found = read(AROUND[how])
    assert list(columns(found)) == ["a", "b", "c"]
    assert found.table.inputs.tolist() == [[a, b] for a, b, _ in ROWS]
    assert found.table.classes == ("u", "v")
    assert found.view["warnings"] == [found.view["warnings"][-1]]  # That there are few rows.


def test_a_title_above_two_columns_is_no_header():
    found = read("Messung vom 3.5.2020\n\nt;T\n0,5;20,1\n1,0;20,4\n1,5;21,0\n2,0;22,2\n")
    assert list(columns(found)) == ["t", "T"]
    assert found.table.values.ravel().tolist() == [20.1, 20.4, 21.0, 22.2]


def test_the_last_row_is_a_row_where_its_word_comes_again_or_it_is_called_otherwise():
    assert len(read("kind,x,y\n" + "total,1,2.5\nother,2,3.5\n" * 4 + "total,9,1.5\n").table.inputs) == 9
    assert len(read("kind,x,y\n" + "mine,1,2.5\nother,2,3.5\n" * 4 + "third,9,1.5\n").table.inputs) == 9


NUMBERS = {
    "Swiss": ("Ort;Umsatz;Kosten\n" + "Bern;6'442.50;1'000.25\nGenf;7'539.50;2'500.75\n" * 3, [1000.25, 2500.75]),
    "Swiss, typographic": (
        "Ort;Umsatz;Kosten\n" + "Bern;6’442.50;1’000.25\nGenf;7’539.50;2’500.75\n" * 3,
        [1000.25, 2500.75],
    ),
    "French": ("x;y\n" + "2 201;1 000,5\n3 456;2 000,5\n" * 3, [1000.5, 2000.5]),
    "whole euros": ("m2;preis\n" + "40;373.531 €\n80;520.000 €\n" * 3, [373531, 520000]),
}


@pytest.mark.parametrize("how", NUMBERS)
def test_a_header_is_seen_above_numbers_with_marks_and_money_has_no_thousandths(how):
    text, values = NUMBERS[how]
    found = read(text, columns={text[: text.index("\n")].split(";")[-1]: {"kind": "number"}})
    assert found.view["header"] is True
    assert sorted(set(found.table.values.ravel().tolist())) == values


def test_errors_of_spreadsheets_and_colours_are_no_remarks():
    found = read("a,b,y\n#N/A,1,u\n3,2,v\n#DIV/0!,4,u\n5,#REF!,v\n6,7,u\n8,9,v\n")
    assert len(found.view["rows"]) == 6
    assert [columns(found)[name]["missing"] for name in "ab"] == [2, 1]
    assert len(read("colour,x,y\n#ff0000,1,u\n#00ff00,2,v\n#ff0000,4,u\n#00ff00,5,v\n").view["rows"]) == 4


DATES = [
    "2023/05/{d:02} 3:14:15 PM GMT+2",
    "Mon, {d:02} Mar 2021",
    "{d}. März 2021",
    "{d}. Dezember 2020",
    "Mi, {d}. Okt. 2021",
]


@pytest.mark.parametrize("form", DATES)
def test_dates_of_forms_mails_and_german_letters_are_dates(form):
    found = read("when;x\n" + "".join(f"{form.format(d=d)};{d * d}.5\n" for d in range(1, 9)))
    assert columns(found)["when"]["kind"] == "date"
    days = found.table.inputs[:, 0]
    assert (days - days[0]).tolist() == list(range(8))


def test_times_of_a_stopwatch_are_numbers():
    found = read("lap;time;place\n" + "".join(f"{'ab'[i % 2]};1:{20 + i}.50;{i * 7.5}\n" for i in range(8)))
    assert columns(found)["time"]["kind"] == "date"
    assert found.table.inputs[0, 1:].tolist()[-1] == pytest.approx(1 / 60 + 20.5 / 3600)


def test_columns_that_blanks_hold_apart_may_have_blanks_in_their_cells():
    people = [
        ("Anna", 20, "New York", 1500),
        ("Bert", 31, "Bonn", 2500),
        ("Anna", 44, "Bonn", 1750),
        ("Bert", 52, "Bonn", 990),
    ]
    text = f"{'name':10}{'age':5}{'city':12}income\n" + "".join(f"{n:10}{a:<5}{c:12}{i}\n" for n, a, c, i in people)
    assert guess(text.encode()) == "csv"
    found = read(text)
    assert list(columns(found)) == ["name", "age", "city", "income"]
    assert found.table.values.ravel().tolist() == [1500, 2500, 1750, 990]


def test_a_known_name_in_the_middle_does_not_outdo_the_last_column():
    found = read("age,income,default\n" + "20,1500.5,0\n31,2500.5,1\n44,1750.5,0\n" * 3)
    assert found.view["target"] == "default"


def test_what_may_be_meant_otherwise_is_warned_of():
    found = read(
        "temp,hum,class\n" + "-999,20,Yes\n14,31,yes\n15.5,44,No\n17,48,No\n21,33,yes\n-999,52,Yes\n9,41,No\n11,45,No\n"
    )
    said = " ".join(found.view["warnings"])
    assert '"temp" is -999 in 2 rows, far below all its other numbers.' in said
    assert '"Yes" and "yes" in "class" are two words.' in said
    assert "far below" not in " ".join(read("x,y\n-1,2.5\n-1,3.5\n0,1.5\n1,4.5\n1,2\n0,3\n2,9\n").view["warnings"])


def test_a_word_beside_empty_cells_is_not_said_to_be_in_every_row():
    found = read("a,b,bought\n1,5,x\n2,6,\n3,7,x\n4,8,\n5,9,x\n6,3,\n")
    assert '"bought" is "x" in every row that has a value' in " ".join(found.view["warnings"])


def test_a_short_russian_table_is_read_in_its_own_script():
    assert encoding_of("возраст;вес;пол\n1;2;муж\n3;4;жен\n5;6;муж\n".encode("windows-1251")) == "windows-1251"


NO_TABLES = [
    (b"PK\x03\x04\x14\x00", "an Excel workbook (.xlsx)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook (.xls)"),
    (b"\x1f\x8b\x08", "packed (.gz)"),
    (b"PAR1\x15", "Parquet"),
    (b"\x93NUMPY\x01", "a NumPy array (.npy)"),
    (b"%PDF-1.4\n", "a PDF"),
    (b'[{"x": 1, "y": 2}]', "JSON"),
    (b'{"x": 1, "y": "u"}\n{"x": 2, "y": "v"}\n', "JSON"),
    (b"<table><tr><td>1</td></tr></table>", "HTML or XML"),
    (b"+1 1:0.5 3:0.25\n-1 2:0.5 4:1\n", "LIBSVM's"),
]


@pytest.mark.parametrize(("content", "what"), NO_TABLES, ids=[what for _, what in NO_TABLES])
def test_a_file_that_another_program_has_to_save_as_a_table_is_named(content, what):
    with pytest.raises(SpecError, match="This file is") as caught:
        describe_upload(content, Limits())
    assert what in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"anna\nbert\n", b"1 2:30 pm\n", b"[mg],x\n1,2\n"])
def test_other_text_is_not_taken_for_such_a_file(content):
    check_is_text(content)


def test_a_quote_that_is_never_closed_is_named():
    with pytest.raises(SpecError, match="has a quote that is opened and never closed"):
        read('a,b,y\n1,"2,u\n3,4,v\n5,6,u\n')


@pytest.mark.parametrize(("many", "warned"), [(18, True), (17, False)])
def test_a_class_that_nearly_all_rows_have_is_told(many, warned):
    text = "x,y\n" + "".join(f"{i}.5,{'no' if i < many else 'yes'}\n" for i in range(20))
    said = " ".join(read(text).view["warnings"])
    assert ('"no" is the class of 18 of 20 rows: to guess it always is right in 90%.' in said) == warned


BROUGHT = {
    "UCI's auto-mpg": (
        '18.0   8   307.0      130.0\t"chevrolet chevelle malibu"\n15.0   8   350.0      165.0\t"buick skylark 320"\n'
        '18.0   4   318.0      150.0\t"plymouth satellite"\n25.0   4   98.00      90.00\t"ford pinto"\n',
        [[18, 8, 307, 130], [15, 8, 350, 165], [18, 4, 318, 150], [25, 4, 98, 90]],
    ),
    "a tibble of R": (
        "# A tibble: 3 x 3\n  carat width kind\n  <dbl> <int> <chr>\n1 0.23 3 a\n2 0.21 4 b\n3 0.29 6 a\n",
        [[0.23, 3], [0.21, 4], [0.29, 6]],
    ),
    "LaTeX": (
        "\\begin{tabular}{lll}\n\\toprule\nx & y & kind \\\\ \\midrule\n3 & 2.5 & a \\\\\n1 & 3.5 & b \\\\[2pt]\n"
        "4 & 4.5 & a \\\\ \\hline\n\\end{tabular}\n",
        [[3, 2.5], [1, 3.5], [4, 4.5]],
    ),
    "Arabic digits": ("س,ص,ع\n٣,٢٫٥,ا\n١,٣٫٥,ب\n٤,٤٫٥,ا\n", [[3, 2.5], [1, 3.5], [4, 4.5]]),
    "commas of full width": ("x，y，kind\n３，2.5，a\n1，3.5，b\n4，4.5，a\n", [[3, 2.5], [1, 3.5], [4, 4.5]]),
}


@pytest.mark.parametrize("name", BROUGHT)
def test_a_table_is_read_as_it_is_brought(name):
    text, rows = BROUGHT[name]
    assert guess(text.encode()) == "csv"
    assert read(text).table.inputs.tolist() == rows

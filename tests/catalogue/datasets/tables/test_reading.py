"""Tables as people bring them: what each is understood as, what is said of it, and that it is read again alike."""

import pytest
from reading_tables import columns, read

from slalom.catalogue.datasets.tables.reading import understand
from slalom.errors import LimitExceeded, SpecError
from slalom.settings import Limits

PLAIN = "width,height,kind\n1,2,cat\n3.5,-4e1,dog\n5,6,cat\n"
ROWS = [[1, 2], [3.5, -40], [5, 6]]


WRITTEN = {
    "plain": PLAIN,
    "crlf": PLAIN.replace("\n", "\r\n"),
    "cr": PLAIN.replace("\n", "\r"),
    "no end": PLAIN.rstrip(),
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "blanks": PLAIN.replace(",", " "),
    "several blanks": PLAIN.replace(",", "    "),
    "blanks at the ends": "  " + PLAIN.replace(",", "   ").replace("\n", "  \n  "),
    "blanks around commas": PLAIN.replace(",", " , "),
    "decimal comma": PLAIN.replace(",", ";").replace("3.5", "3,5"),
    "tabs and a decimal comma": PLAIN.replace(",", "\t").replace("3.5", "3,5"),
    "quoted decimal comma": PLAIN.replace("3.5", '"3,5"'),
    "byte order mark": "\ufeff" + PLAIN,
    "utf-16": PLAIN.encode("utf-16"),
    "utf-16, big end first": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "utf-16 without a mark": PLAIN.encode("utf-16-le"),
    "utf-32": PLAIN.encode("utf-32"),
    "quoted": PLAIN.replace("cat", '"cat"').replace("width", '"width"'),
    "all quoted": "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in PLAIN.splitlines()),
    "blank rows": PLAIN.replace("\n", "\n\n") + "\n , ,\n",
    "sep line": "sep=;\n" + PLAIN.replace(",", ";"),
    "quoted sep line": '"sep=;"\r\n' + PLAIN.replace(",", ";"),
    "remarks": "# measured by hand\n# in cm\n" + PLAIN + "# the end\n",
    "remarks in between": PLAIN.replace("3.5", "#x,y\n3.5"),
    "the header is a remark": "# " + PLAIN,
    "the header is a remark, blanks": "# " + PLAIN.replace(",", " "),
    "comma at the end of the header": PLAIN.replace("kind", "kind,"),
    "comma at the end of all": PLAIN.replace("\n", ",\n"),
    "comma at the end of the rows": PLAIN.replace("cat", "cat,").replace("dog", "dog,"),
    "long minus": PLAIN.replace("-4e1", "\u221240"),
    "no-break blanks": PLAIN.replace(",", "\u00a0,"),
    "dollars": PLAIN.replace("1,2", "$1,$2"),
    "per cent": PLAIN.replace("1,2", "1 %,2%").replace("6", "6%"),
    "a title above": "Animals of the farm\n\n" + PLAIN,
    "a note below": PLAIN + "\nSource: the farm\n",
}


@pytest.mark.parametrize("how", WRITTEN)
def test_all_ways_of_writing_a_table_are_read_alike(how):
    table = read(WRITTEN[how]).table
    assert table.features == ("width", "height")
    assert table.inputs.tolist() == ROWS
    assert (table.target, table.classes, table.values.tolist()) == ("kind", ("cat", "dog"), [0, 1, 0])


def test_what_was_found_out_is_said():
    view = read("sep=;\n# by hand\nGröße;kind\n1.234,5;a\n\n2,5;b\n1,25;a\n".encode("latin-1")).view
    assert (view["encoding"], view["separator"], view["decimal"], view["thousands"]) == ("windows-1252", ";", ",", ".")
    assert view["header"]
    assert view["understood"] == [
        "The file is written in Windows-1252, by the look of it: save it as UTF-8 if words look wrong.",
        "The cells are separated by semicolons.",
        "The first row names the columns.",
        '1.234,5 in "Größe" is read as 1234.5.',
    ]
    assert view["skipped"] == ["1 line of remarks", "1 blank row", "the line that names the separator"]
    assert view["rows"] == [["1.234,5", "a"], ["2,5", "b"], ["1,25", "a"]]


NUMBERS = {
    "decimal commas make the point a thousands mark": (
        "x;y\n1,5;1.000\n2,5;2.000\n3,5;1.000\n4,5;2.000\n5,5;3.000\n6,5;3.000\n",
        ["1000", "2000", "3000"],
    ),
    "thousands in quotes": (
        'sqft,price\n2104,"399,900"\n1600,"329,900"\n2400,"369,000"\n1416,"232,000"\n',
        [399900, 329900, 369000, 232000],
    ),
    "dollars": ("sqft,price\n1,$399900\n2,$329900\n3,$369000.50\n", [399900, 329900, 369000.5]),
    "dollars and thousands": ('a,p\n1,"$1,399"\n2,"$900"\n3,"-$1,000.25"\n', [1399, 900, -1000.25]),
    "euros behind": ("a;p\n1;1.399,50 €\n2;900 €\n3;12 €\n", [1399.5, 900, 12]),
    "per cent": ("a,p\n1,45%\n2,50.5 %\n3,-3%\n", [45, 50.5, -3]),
    "units": ("a,p\n1,45 kg\n2,50.5 kg\n3,3 kg\n", [45, 50.5, 3]),
    "brackets are negative": ("a,p\n1,(45)\n2,50\n3,(3.5)\n", [-45, 50, -3.5]),
    "points as thousands, twice": ("a;p\n1;1.234.567\n2;2.000\n3;1.000\n", [1234567, 2000, 1000]),
    "blanks as thousands": ("a;p\n1;1 234,5\n2;2 000\n3;1 000\n", [1234.5, 2000, 1000]),
    "thin blanks as thousands": ("a;p\n1;1\u202f234,5\n2;2\u00a0000\n3;1 000\n", [1234.5, 2000, 1000]),
    "apostrophes as thousands": ("a;p\n1;1'234.5\n2;2'000\n3;1’000\n", [1234.5, 2000, 1000]),
    "lakhs": ('a,p\n1,"1,00,000"\n2,"2,50,000"\n3,"50,000"\n', [100000, 250000, 50000]),
    "three decimals stay decimals": ("a;p\n1;0.125\n2;1.000\n3;2.250\n", [0.125, 1, 2.25]),
    "three decimals of a comma": ("a\tp\n1\t0,125\n2\t1,000\n3\t2,250\n", [0.125, 1, 2.25]),
    "a comma in another column decides": ("a;p\n0,5;1.000\n1,5;2.000\n2,5;4.000\n", [1000, 2000, 4000]),
    "dates": ("a,p\n1,2021-01-01\n2,2021-01-03\n3,2021-02-01\n", [18628, 18630, 18659]),
    "dates, day first": ("a,p\n1,1.1.2021\n2,3.1.2021\n3,1.2.2021\n", [18628, 18630, 18659]),
    "dates, month first": ("a,p\n1,1/1/2021\n2,1/31/2021\n3,2/1/2021\n", [18628, 18658, 18659]),
    "dates, a 13th decides for all": ("a,p\n1,1/2/2021\n2,13/2/2021\n3,2/2/2021\n", [18659, 18671, 18660]),
    "dates in words": ('a,p\n1,"Jan 1, 2021"\n2,3 January 2021\n3,01-Feb-2021\n', [18628, 18630, 18659]),
    "times": ("a,p\n1,2021-01-01 12:00\n2,2021-01-01T18:00:00Z\n3,2021-01-02 6:00 PM\n", [18628.5, 18628.75, 18629.75]),
}


@pytest.mark.parametrize("how", NUMBERS)
def test_numbers_are_predicted_as_they_are_meant(how):
    text, meant = NUMBERS[how]
    table = read(text).table
    if isinstance(meant[0], str):
        assert table.classes == tuple(meant)
    else:
        assert (table.task, table.values[:, 0].tolist()) == ("numbers", meant)


def test_the_decimal_mark_can_be_chosen():
    text = "a;p\n1;1,250\n2;2,500\n3;4,750\n"
    found = read(text)
    assert found.table.values[:, 0].tolist() == [1.25, 2.5, 4.75]
    assert "can be read in two ways: 1,250 is taken for 1.25" in found.view["warnings"][0]
    assert read(text, decimal=".").table.values[:, 0].tolist() == [1250, 2500, 4750]
    assert not any("two ways" in said for said in read(text, decimal=".").view["warnings"])


HEADERS = [
    ("0,1,2,3,species\n5.1,3.5,1.4,0.2,setosa\n4.9,3.0,1.4,0.3,virginica\n4.7,3.2,1.3,0.2,setosa\n", "0 1 2 3 species"),
    ("0,1,2,3\n5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.3\n", "0 1 2 3"),
    ("1,2,3,kind\n5,3,1,yes\n4,9,7,no\n4,2,3,no\n", "1 2 3 kind"),
    ("2019,2020,2021\n5.1,3.5,1.4\n4.9,3.0,1.5\n", "2019 2020 2021"),
    ("1990,2000,2010,grown\n5.1,3.5,1.4,yes\n4.9,3.0,1.5,no\n1,2,3,no\n", "1990 2000 2010 grown"),
    ("country,2019,2020,score\na,1,2,3\nb,4,5,6\nc,7,8,10\n", "country 2019 2020 score"),
    ("buying,doors,class\nhigh,two,bad\nlow,four,good\nhigh,four,bad\nlow,two,good\n", "buying doors class"),
    ("a,,y\n3,4,1\n5,6,2\n", "a|column 2|y"),
    ("x,x,x\n3,4,1\n5,6,2\n", "x|x (2)|x (3)"),
    ('"two\nlines, here",b,y\n3,4,1\n5,6,2\n', "two lines, here|b|y"),
    ("Größe,身長,y\n3,4,1\n5,6,2\n", "Größe 身長 y"),
    (f"{'x' * 41},b,y\n3,4,1\n5,6,2\n", f"{'x' * 39}… b y"),
    ("1,2,cat\n3,4,dog\n5,7,cat\n", None),
    ("1,2,3\n2,3,4\n3,4,5\n", None),
    ("high,two,bad\nlow,four,good\nhigh,four,bad\nlow,two,good\n", None),
    ("5.1,3.5,setosa\n4.9,3.0,setosa\n4,3,virginica\n", None),
]


@pytest.mark.parametrize(("text", "names"), HEADERS)
def test_a_header_is_told_from_a_row(text, names):
    found = read(text)
    assert found.view["header"] == (names is not None)
    expected = (
        names.split("|" if "|" in names else " ")
        if names
        else [f"column {i}" for i in range(1, len(columns(found)) + 1)]
    )
    assert list(columns(found)) == expected
    assert read(text, header=not found.view["header"]).view["header"] != found.view["header"]


ROW_NAMES = '"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n"Hornet",21.4,6\n"Valiant",18.1,6\n"Duster",14.3,8\n'


def test_names_of_rows_have_no_header_of_their_own():
    found = read(ROW_NAMES)
    assert found.table.features == ("cyl",)
    assert found.table.target == "mpg"
    assert "The first column names the rows, and has no name itself." in found.view["understood"]
    assert columns(found)["column 1"]["because"] == "It has 5 different words in 5 rows: they name the rows."


COUNTERS = [
    ("Id,x,y\n1,3,a\n2,5,a\n3,4,b\n4,9,b\n", "Id"),
    ("Serial No.,x,y\n1,3,a\n2,5,a\n3,4,b\n4,9,b\n", "Serial No."),
    ("Unnamed: 0,x,y\n0,3,a\n1,5,a\n2,4,b\n3,9,b\n", "Unnamed: 0"),
    (",x,y\n0,3,a\n1,5,a\n2,4,b\n3,9,b\n", "column 1"),
    ("1,30,a\n2,51,a\n3,40,a\n4,90,b\n5,33,b\n6,60,b\n", "column 1"),
    ("user_id,x,y\n7321,3,a\n99,5,a\n1500,4,b\n1501,9,b\n", "user_id"),
    ("CustomerID,x,y\n7321,3,a\n99,5,a\n1500,4,b\n1501,9,b\n", "CustomerID"),
    ("name,x,y\nAnna,3,a\nBert,5,a\nCleo,4,b\nDora,9,b\nEmil,3,a\n", "name"),
    ("x,y,code\n3,5,Xa1\n5,7,Xa2\n4,8,Xa3\n9,9,Xa4\n3,1,Xa5\n8,2,Xa6\n", "code"),
]


@pytest.mark.parametrize(("text", "name"), COUNTERS)
def test_what_counts_or_names_the_rows_is_left_out_with_a_word(text, name):
    found = read(text)
    assert columns(found)[name]["kind"] == "ignore"
    assert name not in found.table.features
    assert f'"{name}" is left out: ' in found.about
    assert "row" in columns(found)[name]["because"]


@pytest.mark.parametrize(
    "text",
    ["x,y\n1,2.5\n2,5\n3,7.5\n4,11\n5,12.5\n6,3\n", "year,rooms,price\n1990,1,2.5\n1991,2,5\n1992,3,7\n1993,5,1\n"],
)
def test_a_column_that_counts_is_an_input_where_it_may_say_something(text):
    found = read(text)
    assert found.table.inputs.shape[1] == text.partition("\n")[0].count(",")


def test_a_user_may_keep_a_counter_and_leave_out_others():
    text = "Id,x,y\n1,3,a\n2,5,a\n3,4,b\n4,9,b\n"
    found = read(text, columns={"Id": {"kind": "number"}, "x": {"kind": "ignore"}})
    assert found.table.features == ("Id",)
    assert columns(found)["x"]["because"].startswith("You chose so.")


@pytest.mark.parametrize(
    "word", ["NA", "N/A", "nan", "null", "None", "?", "-", "missing", "", "#N/A", ".", "NULL", "NaN"]
)
def test_a_missing_value_in_what_is_predicted_is_no_class(word):
    rows = "".join(f"{i * 7 % 5},{i % 2}\n" for i in range(12))
    found = read(f"x,y\n1,{word}\n{rows}")
    assert (found.table.classes, found.table.dropped, len(found.table.inputs)) == (("0", "1"), 1, 12)
    assert "1 row with missing values is left out." in found.view["warnings"]


def test_a_minus_beside_a_plus_is_a_class():
    assert read("x,y\n1,+\n2,-\n4,+\n3,-\n").table.classes == ("+", "-")


GAPS = "age,city,price\n30,Rome,5.5\n,Oslo,6.5\n50,,8\n40,Oslo,7.5\n,Rome,1\n35,Rome,2\n,Oslo,3\n"


def test_missing_values_are_filled_where_too_many_rows_would_go():
    found = read(GAPS)
    assert found.table.features == ("age", "city = (missing)", "city = Oslo", "city = Rome")
    assert found.table.inputs[:, 0].tolist() == [30, 38.75, 50, 40, 38.75, 35, 38.75]
    assert found.view["warnings"][:2] == [
        'Missing values of "age" become their mean.',
        'Missing values of "city" become a word of their own.',
    ]
    assert columns(found)["age"]["on_missing_choices"] == ["drop", "mean"]
    assert columns(found)["city"]["on_missing_choices"] == ["drop", "most frequent", "own class"]


def test_what_becomes_of_missing_values_can_be_chosen():
    found = read(GAPS, columns={"age": {"on_missing": "drop"}, "city": {"on_missing": "most frequent"}})
    assert found.table.inputs.tolist() == [[30, 1], [50, 1], [40, 0], [35, 1]]
    assert found.table.dropped == 3
    with pytest.raises(SpecError, match='Missing values of "age" cannot become "own class"'):
        read(GAPS, columns={"age": {"on_missing": "own class"}})


def test_words_become_columns_or_codes():
    text = "size,smoker,y\nS,yes,1.5\nM,no,2.5\nL,no,3\nM,yes,9\nS,no,4\n"
    assert read(text).table.features == ("size = L", "size = M", "size = S", "smoker = yes")
    assert read(text).table.inputs.tolist() == [[0, 0, 1, 1], [0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    coded = read(text, columns={"size": {"kind": "class"}}).table
    assert (coded.features, coded.inputs[:, 0].tolist()) == (("size", "smoker = yes"), [2, 1, 0, 1, 2])


def test_truth_values_are_0_and_1():
    for no, yes in (("False", "True"), ("no", "yes"), ("N", "Y"), ("f", "t"), ("off", "on"), ("FALSE", "TRUE")):
        assert read(f"a,y\n{yes},1.5\n{no},2\n{yes},4\n").table.inputs.tolist() == [[1], [0], [1]]
        assert read(f"a,y\n1,{yes}\n2,{no}\n4,{yes}\n").table.classes == (no, yes)


def test_many_words_are_left_out_with_a_word():
    rows = "".join(f"{i},street {i * 7 % 30},{i % 3}.5\n" for i in range(60))
    assert columns(read("x,street,y\n" + rows))["street"]["because"] == (
        "It has 30 different words, too many for columns of their own."
    )
    chosen = read("x,street,y\n" + rows, columns={"street": {"kind": "one-hot"}})
    assert chosen.table.inputs.shape == (60, 30)


TARGETS = [
    ("Survived,Pclass,Sex,Fare\n0,1,male,7\n1,2,female,8\n1,3,male,9\n0,1,male,1\n", "Survived"),
    ("id,diagnosis,radius\n5,M,7\n9,B,8\n1,M,9\n3,B,1\n", "diagnosis"),
    ("species,bill,sex\nA,7.5,m\nB,8.5,f\nA,9,f\nB,1,m\n", "species"),
    ("mpg,cyl,origin\n17.5,8,1\n18,4,2\n23,6,1\n14.5,8,2\n", "mpg"),
    ("x,label,z\n1,0,7\n2,1,8\n3,1,9\n5,0,2\n", "label"),
    ("y,x\n1,0.5\n2,1.5\n3,7\n", "y"),
    ("x,y,z\n1,0.5,2\n2,1.5,3\n3,7,1\n", "z"),
    ("rooms,price\n1,0.5\n2,1.5\n3,7\n", "price"),
    ("y,target\n1,0.5\n2,1.5\n3,7\n", "target"),
    ("a,b,name\n1,0.5,Xa\n2,1.5,Xb\n3,7,Xc\n1,2,Xd\n2,5,Xe\n4,4,Xf\n", "b"),
]


@pytest.mark.parametrize(("text", "name"), TARGETS)
def test_what_is_predicted_is_the_last_column_or_known_by_its_name(text, name):
    assert read(text).view["target"] == name


def test_fifty_words_in_fifty_rows_are_no_classes():
    found = read("a,b,w\n" + "".join(f"{i % 7},{i % 5}.5,word{i}\n" for i in range(50)))
    assert found.view["target"] == "b"
    assert found.view["warnings"][0] == (
        'The column "w" has 50 different words in 50 rows, too many for classes. So another column is predicted.'
    )
    only = "a,w\n" + "".join(f"7,word{i}\n" for i in range(50))
    with pytest.raises(SpecError, match="50 different words in 50 rows, too many for classes"):
        read(only)


def test_another_column_can_be_predicted():
    found = read(PLAIN, target="width")
    assert (found.table.target, found.table.task, found.table.features) == (
        "width",
        "numbers",
        ("height", "kind = dog"),
    )
    assert columns(found)["width"]["kinds"] == ["number", "class"]
    assert read(PLAIN, target="width", columns={"width": {"kind": "class"}}).table.classes == ("1", "3.5", "5")


def test_numbers_of_double_precision_in_fortran_are_numbers():
    rows = [(1.5e3, 0.2), (2.5e3, 0.3), (3.5e3, 0.45), (4.5e3, 0.5), (5.5e3, 0.66)]
    lines = [f"  {x:.4e}  {y:.2e}".replace("e", "D") for x, y in rows]
    table = read("\n".join(lines).encode()).table
    assert table.inputs[:, 0].tolist() == [x for x, _ in rows]
    assert table.values[:, 0].tolist() == [y for _, y in rows]
    words = read(b"size,kind\n1,2D4\n2,2D6\n3,2D4\n4,2D6\n5,2D4\n").table
    assert words.classes == ("2D4", "2D6")


@pytest.mark.parametrize("pixels", [256, 784])
def test_a_table_of_pictures_has_room_for_a_label_and_every_pixel(pixels):
    rows = [",".join(["label", *(f"pixel{i}" for i in range(pixels))])]
    rows += [",".join(str(value) for value in [i % 10, *((i * j) % 251 for j in range(pixels))]) for i in range(60)]
    table = understand("\n".join(rows).encode(), Limits()).table
    assert table.target == "label"
    assert len(table.classes) == 10
    assert table.inputs.shape[0] == 60


def test_a_table_of_too_many_columns_is_told_what_to_leave_out():
    wide = "\n".join(",".join(str(i + j) for j in range(1100)) for i in range(9))
    with pytest.raises(
        LimitExceeded, match=r"columns is 1,100, but at most 1,025 .* Leave some out, as every second pixel"
    ):
        understand(wide.encode(), Limits())

"""What a user's file is: a table or a list, how large, and whatever it holds, an answer or a sentence."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.catalogue.datasets.uploads import describe_upload, guess
from slalom.errors import LimitExceeded, SlalomError, SpecError
from slalom.settings import Limits

PLAIN = "width,height,kind\n1,2,cat\n3.5,-4e1,dog\n5,6,cat\n"


def column(values):
    return "".join(f"{i},{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PLAIN, "csv"),
        ("1\n2\n", "csv"),
        ("1;2\n", "csv"),
        ("1\t2\n", "csv"),
        ("anna\nbert\n", "names"),
        ("anna\nbert\nsmith, john\n", "names"),
        ("", "names"),
        ("a b y\n1 2 3\n4 5 6\n", "csv"),
        ("a|b|y\n1|2|3\n4|5|6\n", "csv"),
        ("AAT_ECOLI  0.49  0.29 cp\nACEA_ECOLI  0.07  0.40 im\n", "csv"),
        ("Anna Lena\nJean Luc\nMr. Mime\n", "names"),
        ("R2D2\nC 3\nB 52\nanna\n", "names"),
        ("sep=;\n1;2\n3;4\n", "csv"),
        ("  anna\t\nbert\t\n", "names"),
    ],
)
def test_a_file_is_a_table_or_a_list_as_it_looks(text, kind):
    assert guess(text.encode()) == guess(text.encode("utf-16")) == kind


def test_a_table_is_described():
    about, reading = describe_upload(PLAIN.encode(), Limits())
    assert about == {
        "kind": "csv",
        "rows": 3,
        "columns": 3,
        "task": "classes",
        "classes": ("cat", "dog"),
        "features": ("width", "height"),
        "about": "3 rows of 3 columns. The first row names the columns. "
        'The last column, "kind", holds 2 different words: they are classes.',
    }
    assert json.loads(reading)["rows"] == [["1", "2", "cat"], ["3.5", "-4e1", "dog"], ["5", "6", "cat"]]


def test_a_list_is_described_also_where_it_looks_like_a_table():
    found, reading = describe_upload(b"smith, john\ndoe, jane\n", Limits(), "names")
    assert (found["kind"], found["rows"], found["task"], reading) == ("names", 2, "classes", None)
    assert found["about"].startswith("2 names written with 13 letters.")
    assert "3 names, 2 of them different, written" in describe_upload(b"a\na\nb\n", Limits()).about["about"]


def test_a_full_stop_does_not_refuse_a_long_list_and_is_told():
    names = "".join(f"name{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}\n" for i in range(20_000))
    found, _ = describe_upload(f"{names}Mr. Mime\n".encode(), Limits())
    assert (found["kind"], found["rows"]) == ("names", 20_001)
    assert found["about"].endswith("Full stops are left out of 1 name: one marks the end of a name here.")


LIMITED = [
    ("dataset_bytes", lambda n: b"ab\nc" + b"d" * (n - 4), 30, 413),
    ("dataset_rows", lambda n: column(["a", "b"] * n).encode()[: 4 * n], 9, 422),
    ("dataset_rows", lambda n: b"ab\n" * n, 9, 422),
    ("dataset_columns", lambda n: b"\n".join(b",".join([b"%d" % i] * n) for i in range(3)), 9, 422),
    ("dataset_classes", lambda n: column([f"c{i % n}" for i in range(3 * n)]).encode(), 9, 422),
    ("dataset_symbols", lambda n: b"ab\n" + bytes(range(97, 97 + n)), 9, 422),
]


@pytest.mark.parametrize(("setting", "make", "limit", "status"), LIMITED, ids=lambda value: str(value)[:16])
def test_a_file_may_be_as_large_as_each_limit(setting, make, limit, status):
    limits = Limits(**{setting: limit})
    for allowed in (limit - 1, limit):
        describe_upload(make(allowed), limits)
    with pytest.raises(LimitExceeded, match=f"is {limit + 1}, but at most {limit} is allowed here") as caught:
        describe_upload(make(limit + 1), limits)
    assert (caught.value.setting, caught.value.status) == (f"SLALOM_{setting.upper()}", status)


def test_the_limits_are_those_that_were_promised():
    limits = Limits()
    assert (limits.dataset_bytes, limits.dataset_rows, limits.dataset_columns) == (2_000_000, 100_000, 1025)
    assert (limits.dataset_classes, limits.dataset_symbols) == (100, 512)


@pytest.mark.parametrize("text", ["1," * 999_999 + "1", "1,2\n" * 500_000, '"', "\n" * 2_000_000, ";" * 2_000_000])
def test_the_largest_file_is_answered_in_seconds(text):
    begun = time.process_time()
    with pytest.raises(SlalomError):
        describe_upload(text.encode()[:2_000_000], Limits(), "csv")
    assert time.process_time() - begun < 8


CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "2.5", "nan", "inf", "a", '"', '""', "\n", "\r\n", ",", ";", "\t", "\0", "ä", "-", "1e99"]
    ),
    st.text(max_size=4),
)


def described_or_refused(text, kind):
    """Return what a file is, or the sentence that refuses it; everything else is a fault of ours."""
    try:
        return describe_upload(text, Limits(), kind)
    except SpecError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=6), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-16"]))
def test_whatever_is_sent_is_described_or_refused_with_a_sentence(rows, separator, encoding):
    text = "\n".join(separator.join(row) for row in rows).encode(encoding, "surrogatepass")
    for kind in ("csv", "names", None):
        found = described_or_refused(text, kind)
        assert found.about["rows"] >= 2 if isinstance(found, tuple) else found.endswith((".", ")"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_are_described_or_refused(text):
    for kind in ("csv", "names", None):
        assert described_or_refused(text, kind)

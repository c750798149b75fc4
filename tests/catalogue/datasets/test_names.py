"""Users' lists of names: read one a line, split without leaks, and cut into windows of letters."""

import numpy as np
import pytest

from slalom.catalogue.datasets import Names
from slalom.catalogue.datasets.base import UserFile
from slalom.catalogue.datasets.names import LONGEST_NAME, read_names, split_names, symbols_of, windows
from slalom.errors import SpecError


def uploaded(text):
    """Return how a data set finds this text, whatever its id."""
    return lambda id: UserFile(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Anna\nBert\n", ("anna", "bert")),
        ("Anna\r\nBert", ("anna", "bert")),
        ("\n\n Anna \n\n\nBert\n\n", ("anna", "bert")),
        ("\ufeffAnna\nBert\n", ("anna", "bert")),
        ("ZOË\nRene\u0301\n", ("zoë", "ren\u00e9")),
        ("Ольга\nΣοφία\n美咲\n", ("ольга", "σοφία", "美咲")),
        ("Anna  Lena\nO'Neil\nJean-Luc\nR2D2\n", ("anna lena", "o'neil", "jean-luc", "r2d2")),
        ("anna\nAnna\nbert\n", ("anna", "anna", "bert")),
        ("Mr. Mime\nJ.R.\n...\nSt.John\n", ("mr mime", "j r", "st john")),
    ],
)
def test_names_are_read_one_a_line(text, names):
    assert read_names(text.encode()) == names


def test_names_of_older_spreadsheets_are_read():
    assert read_names("Zoë\nRené\n".encode("latin-1")) == ("zoë", "rené")
    assert read_names("Anna\nBert\n".encode("utf-16-le")) == ("anna", "bert")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "There are no names in this list. Give at least 2 names, one a line."),
        (b"\n \n", "There are no names"),
        (b"anna\n", "There is 1 name in this list. Give at least 2"),
        ("ann\u202ea\nb".encode(), "Line 1 has the invisible character U\\+202E. Leave it out."),
        (b"a\n\x07b\n", "Line 2 has the invisible character U\\+0007"),
        (b"a\nb\0\n", "Line 2 has a NUL character"),
        (b"a\nb\x81\n", "Line 2 is neither UTF-8 nor Windows-1252"),
        (b"a\n" + b"b" * (LONGEST_NAME + 1), "Line 2, 'bbbbbbbbbbbbbbbbbbbb'..., has 65 letters; a name may have 64"),
    ],
)
def test_a_bad_list_is_named_by_its_line(text, said):
    with pytest.raises(SpecError, match=said):
        read_names(text)


@pytest.mark.parametrize("length", [1, LONGEST_NAME - 1, LONGEST_NAME])
def test_a_name_may_be_as_long_as_the_limit(length):
    assert read_names(b"a\n" + b"b" * length) == ("a", "b" * length)


def test_windows_are_what_a_loop_over_letters_gives():
    names = ("emma", "σοφία", "a", "😀b", "emma")
    symbols = symbols_of(names)
    for context in (1, 2, 3, 8):
        seen, following = [], []
        for name in names:
            before = [0] * context
            for letter in [*name, "."]:
                seen.append(before)
                following.append(symbols.index(letter))
                before = [*before[1:], following[-1]]
        inputs, targets = windows(names, symbols, context)
        assert inputs.tolist() == seen
        assert targets.tolist() == following
        assert inputs.dtype == targets.dtype == np.int64


def test_no_names_make_no_windows():
    inputs, targets = windows((), (".", "a"), 3)
    assert (inputs.shape, targets.shape) == ((0, 3), (0,))


def test_copies_of_a_name_stay_on_one_side():
    names = tuple(f"name{i % 50}" for i in range(130))
    letters = split_names(names, 0.2, 0)
    assert not set(letters.names_train) & set(letters.names_check)
    assert sorted(letters.names_train + letters.names_check) == sorted(names)
    assert len(set(letters.names_check)) == 10
    assert split_names(names, 0.2, 0) == letters != split_names(names, 0.2, 1)
    assert split_names(("a", "a"), 0.5, 0).names_check == ()
    assert split_names(("a", "b"), 0, 0).names_check == ()


def test_the_shipped_names_are_split_and_written_with_27_symbols():
    letters = Names().letters()
    assert (len(letters.names_train), len(letters.names_check)) == (4647, 516)
    assert letters.symbols == tuple(".abcdefghijklmnopqrstuvwxyz")
    assert {"mary", "james", "christopher"} <= set(letters.names_train + letters.names_check)
    data = Names().load(context=5)
    assert data.inputs.shape == (sum(map(len, letters.names_train)) + 4647, 5)
    assert data.about.startswith("5,163 names: 4,647 to learn from, 516 to check with.")


def test_a_list_of_the_users_own_replaces_them():
    data = Names(id="d1", validation=0.5).load(uploaded("Ida\nIda\nÖzil\nBo"))
    assert data.classes == (".", "a", "b", "d", "i", "l", "o", "z", "ö")
    assert "4 names, 3 of them different:" in data.about

"""Bytes as text: Unicode with and without a mark, what older spreadsheets write, and what is no text."""

import pytest

from slalom.catalogue.datasets.tables.encoding import decoded, encoding_of
from slalom.errors import SpecError

TEXT = "größe;Preis in €\n1;“2”\n"
RUSSIAN = "имя,возраст,цель\nИван,30,да\nМария,25,нет\nПётр,41,да\n"
JAPANESE = "名前,年齢\n太郎,30\n花子,25\n次郎,41\n"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (TEXT, "utf-8", "utf-8"),
        (TEXT, "utf-8-sig", "utf-8"),
        (TEXT, "utf-16", "utf-16"),
        (TEXT, "utf-32", "utf-32"),
        ("a,b\n1,2\n", "utf-16-le", "utf-16-le"),
        ("a,b\n1,2\n", "utf-16-be", "utf-16-be"),
        (TEXT, "windows-1252", "windows-1252"),
        ("é,ü\nß,1\n", "latin-1", "windows-1252"),
        (RUSSIAN, "windows-1251", "windows-1251"),
        (JAPANESE, "shift_jis", "cp932"),
        ("", "utf-8", "utf-8"),
    ],
)
def test_an_encoding_is_found(text, codec, name):
    content = text.encode(codec)
    assert encoding_of(content) == name
    assert decoded(content) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,\x00\n", "Line 2 has a NUL character: this is not a text file. Save it as text, in UTF-8."),
        (b"a,b\n1,\x81\n", "Line 2 is neither UTF-8 nor Windows-1252: it has the byte 0x81. Save the file as UTF-8"),
        (b"\xff\xfea", "Line 1 is not UTF-16"),
    ],
)
def test_what_is_no_text_is_refused(content, said):
    with pytest.raises(SpecError, match=said):
        decoded(content)

"""Which nicknames may be shown, and which look like another's."""

import pytest

from slalom.errors import SpecError
from slalom.room.nicknames import nickname_of, skeleton


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada   L-2 ", "Ada L-2"),
        ("x" * 2, "xx"),
        ("x" * 20, "x" * 20),
        ("Ａｄａ", "Ada"),
        ("Zoe\u0308", "Zoë"),
        ("Оса 7", "Оса 7"),
        ("प्रिया", "प्रिया"),
        ("山田 ひろし", "山田 ひろし"),
        ("ﬁn", "fin"),
    ],
)
def test_what_may_be_shown(given, shown):
    assert nickname_of(given) == shown


@pytest.mark.parametrize(
    "given",
    [
        *("", "x", "x" * 21, "   ", "-ab", "ab-", "--"),
        *("a\u0000b", "a\nb", "a\tb", "a\u202eb", "a\u2066b", "a\u200bb", "a\u200db", "a\ufeffb"),
        *("Аda", "Adа", "Αda", "a\u0336b\u0336", "Z\u0340\u0341a\u035f", "\u3164\u3164", "ab\u115f"),
        *("a_b", "a.b", "a@b", "<b>", "a/b", "😀😀", "ab\u0661", "a\u2019b", "\ud800\ud800"),
    ],
)
def test_what_may_not(given):
    with pytest.raises(SpecError, match="The nickname") as refused:
        nickname_of(given)
    assert refused.value.loc == ("nickname",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("Ada L", "Ada-L"),
        ("Oca", "Оса"),
        ("Bob", "B0b"),
        ("Ali", "AlI"),
        ("José", "Jose"),
        ("rn1", "ml"),
    ],
)
def test_what_looks_alike(one, other):
    assert skeleton(one) == skeleton(other)


def test_what_does_not():
    names = ["Ada", "Ida", "Bob", "Rob", "Ada 2", "Ada 3", "Оля", "Зоя"]
    assert len({skeleton(name) for name in names}) == len(names)

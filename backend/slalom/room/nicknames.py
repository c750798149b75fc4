"""Names that students give themselves on a board: short, readable, and nobody else's at a glance."""

from __future__ import annotations

import re
import unicodedata

from slalom.errors import SpecError

NICKNAME_CHARACTERS = 2, 20
"""Characters of a nickname, at least and at most."""
CATEGORIES = ("Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd")
"""Categories of letters, of what is written with them, and of digits."""
LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтг" + "αορυνικτβεζημχγ" + "01l",
    "aeopcyxijshdqwbkmhtr" + "aopuviktbeznuxy" + "oii",
)
"""Letters of Cyrillic and Greek, and digits, as the Latin letter that they look like."""


def nickname_of(text: str) -> str:
    """Return a nickname as it is shown: NFKC, single spaces; raises SpecError where it may not be shown.

    It has 2 to 20 letters of one script, digits, spaces and hyphens, and begins and ends with a letter or a digit.

    >>> nickname_of("  Ada   L-2 "), nickname_of("Ａｄａ")
    ('Ada L-2', 'Ada')
    """
    name = re.sub(" +", " ", unicodedata.normalize("NFKC", text)).strip(" ")
    low, high = NICKNAME_CHARACTERS
    if not low <= len(name) <= high:
        raise _refused(f"has {len(name)} characters; use {low} to {high}")
    for character in name:
        if not (character in " -" or _is_written(character)):
            raise _refused(f"contains the character U+{ord(character):04X}; use letters, digits, spaces and hyphens")
    if "-" in (name[0], name[-1]):
        raise _refused("begins or ends with a hyphen; use a letter or a digit there")
    scripts = {_script(character) for character in name if character not in " -"}
    if len(scripts - {"DIGIT"}) > 1 or any(not one.isascii() for one in name if one.isnumeric()):
        raise _refused("mixes alphabets; use the letters of one, and the digits 0 to 9")
    return name


def skeleton(name: str) -> str:
    """Return what two names have in common that look alike.

    >>> skeleton("Ada L") == skeleton("АdA-l"), skeleton("Ada") == skeleton("Ida")
    (True, False)
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(LOOKALIKES)
    return "".join(one for one in plain if one.isalnum()).replace("rn", "m").replace("vv", "w")


def _is_written(character: str) -> bool:
    """Return whether a character is a letter, a digit, or a sign of a script that writes vowels as signs."""
    word, name = _script(character), unicodedata.name(character, "")
    return unicodedata.category(character) in CATEGORIES and word != "COMBINING" and "FILLER" not in name


def _script(character: str) -> str:
    """Return the first word of a character's name, which is its script: LATIN, GREEK, CYRILLIC, HAN, DIGIT."""
    if unicodedata.category(character) == "Nd":
        return "DIGIT"
    word = unicodedata.name(character, "NOTHING").partition(" ")[0]
    return "HAN" if word in ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC") else word


def _refused(fault: str) -> SpecError:
    return SpecError(f"The nickname {fault}.", ("nickname",))

"""The catalogues: one folder of ``.po`` files per language, and which language somebody wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent
SOURCE_LANGUAGE = "en"
"""The language of the sources."""
DOMAINS = ("page", "lessons", "sentences")
"""The files of a language: words of the page, texts of lessons and glossary, and what Python says."""
MESSAGE_VALUE = re.compile(r"\{([^{}]*)\}")
"""A value that stands in a message."""
LANGUAGE_WISH = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]+)*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")

Messages = Mapping[str, str]
"""Texts of a language by the English ones; what is not translated is not there."""


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages there are: English, and those that have a folder with a catalogue."""
    found = sorted(path.name for path in CATALOGUES.iterdir() if (path / f"{DOMAINS[0]}.po").is_file())
    return (SOURCE_LANGUAGE, *found)


@cache
def messages(language: str, domain: str) -> Messages:
    """Return what a language has for the texts of a domain; nothing for English, and for what has no file."""
    path = CATALOGUES / language / f"{domain}.po"
    return read_messages(path, language) if language in languages() and path.is_file() else {}


def read_messages(path: Path, language: str) -> Messages:
    """Return what a catalogue has translated.

    Raises ValueError where a message has values that the English text has not.
    """
    with path.open("rb") as file:
        found = read_po(file, locale=language)
    plain = ((one.id, one.string) for one in found if one.id and "fuzzy" not in one.flags)
    known = {text: said for text, said in plain if isinstance(text, str) and isinstance(said, str) and said}
    for text, said in known.items():
        if strange := set(MESSAGE_VALUE.findall(said)) - set(MESSAGE_VALUE.findall(text)):
            raise ValueError(f"{path.name}: {said!r} has {', '.join(sorted(strange))}, which {text!r} has not.")
    return known


@cache
def marks(language: str) -> tuple[str, str]:
    """Return what sets thousands apart in a language, and its decimal mark.

    >>> marks("en"), marks("de")
    ((',', '.'), ('.', ','))
    """
    try:
        symbols = Locale.parse(language).number_symbols["latn"]
    except UnknownLocaleError:
        return ",", "."
    return symbols["group"], symbols["decimal"]


@cache
def name_of(language: str) -> str:
    """Return what a language is called in itself.

    >>> name_of("en"), name_of("de")
    ('English', 'Deutsch')
    """
    name = Locale.parse(language).get_display_name() or language
    return name[:1].upper() + name[1:]


def preferred(accept: str) -> str:
    """Return the language that suits a reader best, by a header ``Accept-Language``; English where none does.

    >>> preferred("de-AT,de;q=0.9,en;q=0.5"), preferred("fr, en;q=0.8, de;q=0.3"), preferred("*"), preferred("")
    ('de', 'en', 'en', 'en')
    """
    best, weight = SOURCE_LANGUAGE, 0.0
    for wish in accept.split(","):
        found = LANGUAGE_WISH.fullmatch(wish)
        if found and found[1].lower() in languages() and float(found[2] or 1) > weight:
            best, weight = found[1].lower(), float(found[2] or 1)
    return best

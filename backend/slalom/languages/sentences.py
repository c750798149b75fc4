"""Sentences of the engine, said in another language when they are shown: they are read back by their patterns.

What a run did is computed once, stored in English, and read by people of several languages. A message of the catalogue
such as ``the loss is {loss}, and the run ends`` is a pattern: what stands in its braces may be a number, a name, or
words that are messages themselves. Of all readings the one is taken that leaves the fewest letters unread, and of these
the one whose pattern says most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from .catalogue import PLACEHOLDER, Messages, marks, messages

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
"""Digits as :mod:`slalom.catalogue.base.number_format` sets them."""
BETWEEN_NUMBERS = re.compile(r"(?<=\d), (?=[−-]?\d)")
SPLIT = re.compile(r"(?<=[.:;!?])\s+|(?<=,) ")
"""Where a text may be read in two parts."""
LETTERS = re.compile(r"[A-Za-z]{2,}")
DEEPEST = 6
"""Patterns within patterns."""
KEPT = 4096
"""Texts whose reading is remembered."""
LONGEST = 4000
"""Characters; a longer text was not written by the engine."""


class Reading(NamedTuple):
    """A text in another language, and how many of its letters were not read."""

    text: str
    unread: int


class Pattern(NamedTuple):
    """A message with places for values."""

    says: int
    """Letters that it has itself."""
    needle: str
    """Its longest part between two values: a text without it does not fit."""
    shape: re.Pattern[str]
    names: tuple[str, ...]
    said: str


class Sentences:
    """The patterns of a language."""

    def __init__(self, known: Messages, group: str, decimal: str) -> None:
        self._whole = {text: said for text, said in known.items() if not PLACEHOLDER.search(text)}
        made = (_pattern(text, said) for text, said in known.items() if PLACEHOLDER.search(text))
        self._patterns = sorted(made, key=lambda one: -one.says)
        self._digits = str.maketrans({",": group, ".": decimal})
        self._apart = "; " if decimal == "," else ", "
        self._read = lru_cache(KEPT)(self._best)

    def say(self, text: str) -> str:
        """Return a text of the engine; as it is where nothing of it is known."""
        return self.reading(text).text

    def reading(self, text: str) -> Reading:
        """Return a text with what could not be read of it left as it is."""
        if len(text) > LONGEST or not LETTERS.search(text):
            return Reading(text, 0)
        found = self._read(text, 0)
        return found if found.unread < _letters(text) else Reading(text, found.unread)

    def formula(self, text: str) -> str:
        """Return a line of numbers and signs with the language's decimal mark."""
        apart = BETWEEN_NUMBERS.sub(self._apart, text)
        return NUMBER.sub(lambda one: one[0].translate(self._digits), apart)

    def _best(self, text: str, depth: int) -> Reading:
        """Return the reading of a text that leaves the least unread."""
        bare = text.strip()
        if bare in self._whole:
            return Reading(text.replace(bare, self._whole[bare]), 0)
        if not LETTERS.search(bare) or depth > DEEPEST:
            return Reading(self.formula(text), _letters(text))
        best = Reading(self.formula(text), _letters(text))
        for reading in self._readings(bare, depth):
            if reading.unread < best.unread:
                best = Reading(text.replace(bare, reading.text), reading.unread)
            if best.unread == 0:
                break
        return best

    def _readings(self, text: str, depth: int) -> Iterable[Reading]:
        """Yield readings of a text: as one pattern, those that say most first, then in two parts."""
        for pattern in self._patterns:
            if pattern.needle in text and (found := pattern.shape.fullmatch(text)):
                values = {name: self._read(value, depth + 1) for name, value in zip(pattern.names, found.groups(), strict=True)}
                said = PLACEHOLDER.sub(lambda one, values=values: values[one[1]].text, pattern.said)
                yield Reading(said, sum(value.unread for value in values.values()))
        for place in SPLIT.finditer(text):
            first = self._read(text[: place.start()], depth + 1)
            if first.unread == 0:
                rest = self._read(text[place.end() :], depth)
                yield Reading(first.text + place[0] + rest.text, rest.unread)
        for place in SPLIT.finditer(text):
            rest = self._read(text[place.end() :], depth + 1)
            if rest.unread == 0:
                first = text[: place.start()]
                yield Reading(self.formula(first) + place[0] + rest.text, _letters(first))


@cache
def sentences(language: str) -> Sentences:
    """Return how a language says what the engine says."""
    return Sentences(messages(language, "sentences"), *marks(language))


def _pattern(text: str, said: str) -> Pattern:
    parts = PLACEHOLDER.split(text)
    literal, names = parts[::2], parts[1::2]
    shape = re.escape(literal[0])
    for part in literal[1:]:
        shape += "(.*?)" + re.escape(part)
    says = sum(len(part.replace(" ", "")) for part in literal)
    return Pattern(says, max(literal, key=len), re.compile(shape, re.DOTALL), tuple(names), said)


def _letters(text: str) -> int:
    """Return how many letters the words of a text have."""
    return sum(len(word) for word in LETTERS.findall(text))

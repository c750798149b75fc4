"""Sentences of the engine, said in another language when they are shown: they are read back by their patterns.

What a run did is computed once, stored in English, and read by people of several languages. A message of the catalogue
such as ``{what_falls} is {loss}, and the run ends`` is a pattern: what stands in its braces may be a number, a name, or
words that are messages themselves. A sentence is said in the other language as a whole, or stays English as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from .catalogue import MESSAGE_VALUE, Messages, marks, messages

WRITTEN_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
"""Digits as :mod:`slalom.catalogue.base.number_format` sets them."""
BETWEEN_NUMBERS = re.compile(r"(?<=[\d\ue000-\uf8ff]), (?=[−-]?[\d\ue000-\uf8ff])")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])")
CUT = re.compile(r"(?=, |; |: | \()|(?<=[,;:.]) ")
"""Where a text may be read in two parts."""
WORD_LETTERS = re.compile(r"[A-Za-z]{2,}")
FUNCTION_WORDS = frozenset(
    (
        *(
            "a",
            "an",
            "and",
            "are",
            "as",
            "at",
            "but",
            "by",
            "for",
            "from",
            "has",
            "have",
            "if",
            "in",
            "is",
            "it",
            "its",
        ),
        *("lie", "no", "not", "of", "on", "or", "so", "than", "that", "the", "there", "this", "to", "was", "were"),
        *("which", "while", "with", "you", "your"),
    )
)
"""What has one of these is no name."""
NAME_WORDS = 4
"""Words of a name."""
MOST_SENTENCES = 4
"""Sentences that one pattern may have."""
FIRST_MARK = 0xE000
"""Numbers stand for themselves as characters from here on, so that sentences that differ in them are read once."""
REMEMBERED_TEXTS = 8192
"""Texts whose reading is remembered."""
MOST_TRIES = 1500
"""Patterns that are laid on the parts of one sentence."""
MOST_NESTED = 20
"""Parts within parts."""
CAPITALIZED = 12
"""Letters from which on what a pattern says may also begin a sentence, which a mere ``the {value}`` does not."""
LONGEST_TEXT = 4000
"""Characters; a longer text was not written by the engine."""


class TextReading(NamedTuple):
    """A text in another language, and which of its sentences stayed English."""

    text: str
    unread: tuple[str, ...]


class Pattern(NamedTuple):
    """A message with places for values."""

    says: int
    """Letters that it has itself."""
    needle: str
    """Its longest part between two values: a text without it does not fit."""
    shape: re.Pattern[str]
    names: tuple[str, ...]
    said: str
    lower: bool
    """Whether it begins with a small letter, which is a capital one where it begins a sentence."""


class Fit(NamedTuple):
    """A part of a text in another language, and how many letters of names it has."""

    said: str
    names: int


class Sentences:
    """The patterns of a language."""

    def __init__(self, known: Messages, group: str, decimal: str) -> None:
        self._whole = {text: said for text, said in known.items() if not MESSAGE_VALUE.search(text)}
        made = (_pattern(text, said) for text, said in known.items() if MESSAGE_VALUE.search(text))
        self._patterns = sorted(made, key=lambda one: -one.says)
        self._literal = {number for text in known for number in WRITTEN_NUMBER.findall(MESSAGE_VALUE.sub("", text))}
        self._digits = str.maketrans({",": group, ".": decimal})
        self._apart = "; " if decimal == "," else ", "
        self._paragraph = lru_cache(REMEMBERED_TEXTS)(self._read)
        self._fits: dict[str, Fit | None] = {}
        self._near: list[Pattern] = []
        self._left = self._depth = 0

    def say(self, text: str) -> str:
        """Return a text of the engine; sentences that are not known stay as they are."""
        return self.reading(text).text

    def reading(self, text: str) -> TextReading:
        """Return a text, and which of its sentences could not be said."""
        if text in self._whole:
            return TextReading(self._whole[text], ())
        if len(text) > LONGEST_TEXT or not WORD_LETTERS.search(text):
            return TextReading(self.formula(text) if len(text) <= LONGEST_TEXT else text, ())
        numbers: list[str] = []

        def mark(one: re.Match[str]) -> str:
            if one[0] in self._literal:
                return one[0]
            numbers.append(one[0])
            return chr(FIRST_MARK + len(numbers) - 1)

        found = self._paragraph(WRITTEN_NUMBER.sub(mark, text))
        said = "".join(_filled(part, numbers, self._digits if known else {}) for part, known in found)
        return TextReading(
            said, tuple(_filled(part, numbers, {}) for part, known in found if not known and part.strip())
        )

    def formula(self, text: str) -> str:
        """Return a line of numbers and signs with the language's decimal mark."""
        apart = BETWEEN_NUMBERS.sub(self._apart, text)
        return WRITTEN_NUMBER.sub(lambda one: one[0].translate(self._digits), apart)

    def _read(self, text: str) -> tuple[tuple[str, bool], ...]:
        """Return a text sentence by sentence, each with whether it is in the other language."""
        self._near = [pattern for pattern in self._patterns if pattern.needle in text]
        ends = [place.end() for place in SENTENCE_END.finditer(text)]
        starts = [0, *ends, len(text)]
        made: list[tuple[str, bool]] = []
        at = 0
        while at < len(starts) - 1:
            for last in range(min(at + MOST_SENTENCES, len(starts) - 1), at, -1):
                part = text[starts[at] : starts[last]]
                self._left, self._fits = MOST_TRIES, {}
                fit = self._fit(part)
                if fit is not None:
                    made.append((fit.said, True))
                    break
            else:
                last = at + 1
                made.append((text[starts[at] : starts[last]], False))
            at = last
        return tuple(made)

    def _fit(self, text: str) -> Fit | None:
        """Return a part of a text in the other language; None where it is not known."""
        bare = text.strip()
        known = self._known(bare)
        if known is not None:
            return Fit(text.replace(bare, known), 0)
        if not WORD_LETTERS.search(bare):
            return Fit(self.formula(text), 0)
        if bare not in self._fits:
            if self._depth >= MOST_NESTED:
                return None
            self._fits[bare] = None  # A part of itself is no reading of a text.
            self._depth += 1
            self._fits[bare] = self._best(bare)
            self._depth -= 1
        found = self._fits[bare]
        return None if found is None else Fit(text.replace(bare, found.said), found.names)

    def _value(self, text: str) -> Fit | None:
        """Return what stands in a pattern in the other language: never more than a sentence."""
        return None if SENTENCE_END.search(text) else self._fit(text)

    def _known(self, text: str) -> str | None:
        """Return a message without values in the other language, also where it begins a sentence only here."""
        if text in self._whole:
            return self._whole[text]
        said = self._whole.get(text[:1].lower() + text[1:])
        return None if said is None else said[:1].upper() + said[1:]

    def _best(self, text: str) -> Fit | None:
        best = _name(text)
        for fit in self._readings(text):
            if best is None or fit.names < best.names:
                best = fit
            if best.names == 0:
                break
        return best

    def _readings(self, text: str) -> Iterator[Fit]:
        """Yield readings of a text: as one pattern, those that say most first, then in two parts."""
        for pattern in self._near:
            if pattern.needle in text and self._left > 0:
                self._left -= 1
                found = pattern.shape.fullmatch(text)
                values = [self._value(value) for value in found.groups()] if found else [None]
                if all(value is not None for value in values):
                    said = dict(zip(pattern.names, [value.said for value in values if value], strict=True))
                    names = sum(value.names for value in values if value)
                    whole = MESSAGE_VALUE.sub(lambda one, said=said: said[one[1]], pattern.said)
                    begins = pattern.lower and text[0].isupper()
                    yield Fit(whole[:1].upper() + whole[1:] if begins else whole, names)
        if text.endswith(".") and (rest := self._fit(text[:-1])):
            yield Fit(f"{rest.said}.", rest.names)
        for place in CUT.finditer(text):
            first, rest = text[: place.end()], text[place.end() :]
            if first.strip() and rest.strip() and (one := self._fit(first)) and (other := self._fit(rest)):
                yield Fit(one.said + other.said, one.names + other.names)


@cache
def sentences(language: str) -> Sentences:
    """Return how a language says what the engine says."""
    return Sentences(messages(language, "sentences"), *marks(language))


def _pattern(text: str, said: str) -> Pattern:
    parts = MESSAGE_VALUE.split(text)
    literal, names = parts[::2], parts[1::2]
    says = sum(len(part.replace(" ", "")) for part in literal)
    first = literal[0][:1]
    lower = first.islower() and says >= CAPITALIZED
    shape = f"(?i:{first}){re.escape(literal[0][1:])}" if lower else re.escape(literal[0])
    for part in literal[1:]:
        shape += "(.*?)" + re.escape(part)
    needle = max((literal[0][1:], *literal[1:]), key=len)
    return Pattern(says, needle, re.compile(shape, re.DOTALL), tuple(names), said, lower)


def _name(text: str) -> Fit | None:
    """Return a text as it is where it can be a name."""
    words = text.split()
    if len(words) > NAME_WORDS or any(word.lower().strip(",.;:") in FUNCTION_WORDS for word in words):
        return None
    return Fit(text, sum(len(word) for word in WORD_LETTERS.findall(text)))


def _filled(text: str, numbers: list[str], digits: dict[int, str]) -> str:
    """Return a text with its numbers."""
    return re.sub("[\ue000-\uf8ff]", lambda one: numbers[ord(one[0]) - FIRST_MARK].translate(digits), text)

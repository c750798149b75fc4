"""The literals of a module of words: found, and put back in another language.

The page's words are plain objects and template literals in ``frontend/words/``. Their texts are the messages' names:
``step ${count(k)} of ${n}`` in back quotes is ``step {k} of {n}``. A page in another language gets the same modules
with other literals, so nothing is looked up in the browser, nothing more is loaded, and no module knows of languages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .catalogue import MESSAGE_VALUE, Messages

TWO_LETTERS = re.compile(r"[A-Za-z]{2,}")
"""Two letters in a row: what has none is a sign, and the same in every language."""
CODE_NAME = re.compile(r"[\w-]+(?:[.:_][\w-]+)+|\$?[a-z]+[A-Z]\w*")
"""A path, or a name of code."""
COMPARED = re.compile(r"(?:===|!==|\bcase|\bfrom|\bimport|\b(?:kind|icon|tone):)$")
"""Before a name that code compares, or looks up."""
CODE_CALL = re.compile(
    r"(?:\.(?:replace|replaceAll|startsWith|endsWith|split|includes|has|get|test|exec)|\b(?:RegExp|Set|isNoted))$"
)
"""Before brackets with names in them that no reader sees."""
INDEXED = re.compile(r"[\w\])]$")
REGEX = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
BEFORE_REGEX = re.compile(r"(?:^|[(,=:\[!&|?{};>+]|\breturn)$")
LAST_NAME = re.compile(r"[A-Za-z_]\w*")
OPENED_BY = {")": "(", "]": "[", "}": "{"}
ESCAPES = {"n": "\n", "t": "\t", "\n": ""}


@dataclass
class Literal:
    """A string or a template literal, between two places of a source."""

    start: int
    end: int
    texts: list[str]
    """What it says itself, around its values."""
    values: list[tuple[int, int]] = field(default_factory=list)
    """Where its values stand, without ``${`` and ``}``."""
    names: list[str] = field(default_factory=list)
    is_word: bool = True
    """Whether a reader sees it."""

    @property
    def message(self) -> str:
        """Its text, with names for values."""
        names = [f"{{{name}}}" for name in self.names]
        return "".join(text + name for text, name in zip(self.texts, [*names, ""], strict=True))


def literals(source: str) -> list[Literal]:
    """Return every literal of a module in order, those in the values of another one after it."""
    return sorted(_Scanner(source).found, key=lambda one: one.start)


def words_in(source: str) -> list[str]:
    """Return the messages of a module, in order."""
    return list(dict.fromkeys(one.message for one in literals(source) if one.is_word))


def module_in(source: str, known: Messages) -> str:
    """Return a module with its words in another language; what is not known stays. Lines stay lines."""
    return _written(source, 0, len(source), [one for one in literals(source) if one.is_word], known)


def _written(source: str, start: int, end: int, found: list[Literal], known: Messages) -> str:
    made, at = [], start
    for one in found:
        said = known.get(one.message) if start <= one.start and one.end <= end else None
        if one.start < at or said is None:
            continue
        inside = [other for other in found if one.start < other.start and other.end <= one.end]
        values = {
            name: _written(source, *place, inside, known) for name, place in zip(one.names, one.values, strict=True)
        }
        made += [source[at : one.start], _literal(said, values)]
        at = one.end
    return "".join([*made, source[at:end]])


def _literal(said: str, values: dict[str, str]) -> str:
    if not values:
        return json.dumps(said, ensure_ascii=False)
    parts = MESSAGE_VALUE.split(said)
    for place in range(0, len(parts), 2):
        parts[place] = re.sub(r"[\\`]|\$(?=\{)", r"\\\g<0>", parts[place])
    for place in range(1, len(parts), 2):
        parts[place] = f"${{{values[parts[place]]}}}"
    return f"`{''.join(parts)}`"


class _Scanner:
    """Reads a module from its beginning, and keeps what it finds."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.found: list[Literal] = []
        self._code(until="")

    def _code(self, until: str) -> None:
        """Read on to a bracket that closes, or to the end."""
        open_brackets: list[tuple[str, bool]] = []  # Each with whether names stand in it that nobody sees.
        source = self.source
        while self.at < len(source):
            sign, before = source[self.at], self._before
            if source.startswith(("//", "/*"), self.at):
                end = source.find("*/" if source[self.at + 1] == "*" else "\n", self.at)
                self.at = len(source) if end < 0 else end + (2 if source[end] == "*" else 1)
            elif sign in "\"'`":
                hidden = any(hides for _, hides in open_brackets)
                self._literal(sign, before(), open_brackets[-1][0] if open_brackets else "", hidden)
            elif sign == "/" and BEFORE_REGEX.search(before()) and (found := REGEX.match(source, self.at)):
                self.at = found.end()
            elif sign == until and not open_brackets:
                return
            else:
                if sign in "([{":
                    index = sign == "[" and INDEXED.search(source[: self.at][-1:])
                    hides = bool(index) or (sign == "(" and CODE_CALL.search(before()) is not None)
                    inherited = sign == "[" and bool(open_brackets) and open_brackets[-1][1]
                    open_brackets.append((sign, hides or inherited))
                elif sign in OPENED_BY and open_brackets:
                    open_brackets.pop()
                self.at += 1

    def _before(self) -> str:
        return self.source[max(0, self.at - 40) : self.at].rstrip()

    def _literal(self, quote: str, before: str, bracket: str, hidden: bool) -> None:
        one = Literal(self.at, self.at, [""])
        self.at += 1
        self.found.append(one)
        while self.source[self.at] != quote:
            if self.source[self.at] == "\\":
                sign = self.source[self.at + 1]
                one.texts[-1] += self._escaped(sign)
            elif quote == "`" and self.source.startswith("${", self.at):
                self._value(one)
            else:
                one.texts[-1] += self.source[self.at]
                self.at += 1
        self.at += 1
        one.end = self.at
        after = self.source[self.at : self.at + 40].lstrip()
        is_key = bracket == "{" and before[-1:] in ("{", ",") and after.startswith(":")
        compared = COMPARED.search(before) or after.startswith(("===", "!=="))
        text = "".join(one.texts)
        named = TWO_LETTERS.search(text) is None or (not one.values and CODE_NAME.fullmatch(text) is not None)
        one.is_word = not (hidden or is_key or compared or named)

    def _escaped(self, sign: str) -> str:
        if sign == "u":
            code = self.source[self.at + 2 : self.at + 6]
            self.at += 6
            return chr(int(code, 16))
        self.at += 2
        return ESCAPES.get(sign, sign)

    def _value(self, one: Literal) -> None:
        self.at += 2
        start = self.at
        self._code(until="}")
        one.values.append((start, self.at))
        name = _name(self.source[start : self.at])
        taken = sum(1 for other in one.names if re.fullmatch(rf"{name}\d*", other))
        one.names.append(f"{name}{taken + 1}" if taken else name)
        one.texts.append("")
        self.at += 1


def _name(value: str) -> str:
    """Return what a value is called in a message: its last name, ``part`` where it chooses between texts.

    >>> _name("count(run.step)"), _name("100 * share"), _name('n === 1 ? "try" : "tries"')
    ('step', 'share', 'part')
    """
    if re.search(r"[\"'`?]", value):
        return "part"
    names: list[str] = LAST_NAME.findall(value)
    return names[-1] if names else "part"


def places_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line of every message of a module, from 1, with the message."""
    for one in literals(source):
        if one.is_word:
            yield source.count("\n", 0, one.start) + 1, one.message

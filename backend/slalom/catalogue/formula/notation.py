"""From the characters of a formula to its tokens: the signs of print, LaTeX and code become the ones of the grammar.

Every character is NFKC-normalised, but superscripts, subscripts and fractions such as ½ keep their meaning.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import NamedTuple, NoReturn

from slalom.errors import FormulaError

from .vocabulary import FUNCTIONS, LETTERS, RESERVED, known_name, names_in

RAISED = "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
SUPERSCRIPTS = str.maketrans(RAISED, "+-0123456789")
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
FRACTIONS = {
    c: parts
    for c in map(chr, (0xBC, 0xBD, 0xBE, *range(0x2150, 0x215F), 0x2189))
    if len(parts := unicodedata.normalize("NFKC", c).split("⁄")) == 2
}
"""Fractions that are one character, with numerator and denominator: ½ is 1 and 2."""

_PRINTED = {**dict.fromkeys("−–‐", "-"), **dict.fromkeys("·×∗⋅∙•", "*"), **dict.fromkeys("÷⁄∕", "/")}
_PRINTED |= {"≤": "<=", "≥": ">=", "≠": "!=", "∣": "|"}

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+|\\[,;:! ()\[\]])"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<module>(?:(?:numpy|np|jnp|cmath|math|Math|torch|tf|nn|functional|F)\.)+(?=[A-Za-z]))"
    r"|\\(?:mathrm|operatorname\*?|text|mathit)\{ *(?P<word>[A-Za-z]+) *\}"
    r"|\\(?P<command>[A-Za-z]+(?:_(?:[0-9]|\{[0-9]+\}))?)"
    r"|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    rf"|(?P<fraction>[{''.join(FRACTIONS)}])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:(?<=_)\{[A-Za-z0-9]+\})?|[^\W\d_])"
    r"|(?P<mark>\*\*|<=|>=|==|!=|[-+*/^(),<>=|%?:√⌊⌋⌈⌉{}])"
)
_COMMANDS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">=", "geq": ">="}
_COMMANDS |= {"ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|"}
_COMMANDS |= {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "frac": "frac", "dfrac": "frac"}
_COMMANDS |= {"tfrac": "frac", "sqrt": "√"}
_SPACING = {"left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "quad", "qquad", "displaystyle"}
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "theta": "θ", "lambda": "λ", "mu": "μ", "omega": "ω", "phi": "φ"}

_ADVICE = {
    "[": "Use round brackets.",
    "]": "Use round brackets.",
    "!": "There is no factorial here.",
    "∛": "Write x**(1/3) for x >= 0, sign(x)*abs(x)**(1/3) for all x.",
    "∞": "Write a large number, such as 1e9.",
    "°": "Write 30*pi/180 for an angle of 30 degrees.",
    "'": "There is no sign for a derivative: write the function whose minimum is wanted.",
    "∑": "Write the terms one by one, with +.",
    "∏": "Write the factors one by one, with *.",
    ";": "Write one expression.",
    "&": "Write one where in another: where(x > 0, where(y > 0, a, b), b).",
    "$": "Write one $ before the formula and one behind it, or none.",
    "~": "Write one expression with + - * / **.",
}
_USUAL = "Write numbers, variables, + - * / **, brackets and functions only."


class Token(NamedTuple):
    """A part of the text that is read as one."""

    kind: str
    """``number``, ``name``, ``raised``, ``fraction``, ``mark``, or ``end``."""
    text: str
    at: int
    plain: bool = True
    """Whether it is written as in plain text."""


def fail(what: str, at: int, advice: str, joint: str = ". ") -> NoReturn:
    """Raise FormulaError: what is wrong, where, and what to write."""
    raise FormulaError(f"{what} at character {at}{joint}{advice}", at)


def two_readings(at: int, one: str, other: str) -> NoReturn:
    """Raise FormulaError with the text to write for each of two readings."""
    fail("This can be read in two ways", at, f"Write {one}, or {other}.")


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens.

    Raises FormulaError at a character that cannot be read.
    """
    parts = [_normalised(c, text[i - 1 : i]) for i, c in enumerate(text)]
    if dollars := re.fullmatch(r"(\s*\${1,2})[^$]*(\${1,2}\s*)", text):
        for i in (*range(dollars.end(1)), *range(dollars.start(2), len(text))):
            parts[i] = " "
    places = [place for place, part in enumerate(parts) for _ in part]
    whole, found, here = "".join(parts), [], 0
    while here < len(whole):
        match = _TOKEN.match(whole, here)
        if match is None:
            wrong = text[places[here]]
            fail(f"{_shown(wrong)} cannot be read", places[here], _advice(whole, here))
        found += _read(match, text, places[here])
        here = match.end()
    return [*found, Token("end", "", len(text))]


def _advice(text: str, at: int) -> str:
    """Return what to write instead of a character."""
    if text[at] == "[" and text[:at].endswith("sqrt"):
        return _ADVICE["∛"]
    if entry := re.fullmatch(r"x\[([0-7])\]", text[max(0, at - 1) : at + 3]):
        n = int(entry[1])
        return f"Write x{n + 1}." if n == 0 else f"Write x{n}, or x{n + 1} where the first is x[0]."
    return _ADVICE.get(text[at], _USUAL)


def _normalised(character: str, before: str) -> str:
    if character in RAISED or character in FRACTIONS:
        return character
    if character in _LOWERED:
        return _LOWERED[character] if before in _LOWERED else f"_{_LOWERED[character]}"
    return _PRINTED.get(character) or unicodedata.normalize("NFKC", character)


def _read(match: re.Match[str], text: str, at: int) -> list[Token]:
    """Return the token of a match, none for what only spaces."""
    kind, written = match.lastgroup or "", match[match.lastgroup or 0]
    if kind in ("blank", "module"):
        return []
    if kind == "word":
        return [Token("name", written, at, False)]
    if kind == "command":
        return _command(written.replace("{", "").replace("}", ""), at)
    if kind == "name":
        return [Token("name", written.replace("{", "").replace("}", ""), at, "{" not in written)]
    if kind == "mark" and text[at] in _PRINTED:
        return [Token(kind, written, at, False)]
    return [Token(kind, written, at, kind != "fraction" and written not in ("√", "⌊", "⌈"))]


def _command(name: str, at: int) -> list[Token]:
    """Return the token of a LaTeX command."""
    if name in _SPACING:
        return []
    if name in _COMMANDS:
        return [Token("mark", _COMMANDS[name], at, False)]
    if name in _GREEK or known_name(name):
        return [Token("name", _GREEK.get(name, name), at, False)]
    fail(f"The command \\{name[:40]} is not known", at, _USUAL)


def _shown(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"the character U+{ord(character):04X}"


def spelled(found: list[Token], letters: dict[str, str], parameters: frozenset[str]) -> list[Token]:
    """Return tokens in which every name is spelled as the grammar has it: ln is log, and xy is x, y.

    ``letters`` are the variables that the formula itself has named, each with the variable that it is.
    """
    names = {token.text for token in found if token.kind == "name"}
    whole: list[Token] = []
    for token, following in zip(found, [*found[1:], found[-1]], strict=True):
        if token.kind != "name" or token.text in parameters:
            whole.append(token)
        elif token.text in letters:
            whole.append(token._replace(text=letters[token.text], plain=False))
        elif token.text.lower() == "if" and following.text == "(":
            whole.append(token._replace(text="where", plain=False))
        else:
            whole += _names(token, names, letters)
    return whole


def _names(token: Token, names: set[str], letters: dict[str, str]) -> list[Token]:
    word = token.text
    if word == "π":
        return [token._replace(text="pi", plain=False)]
    name = known_name(word)
    if name is not None and (name == word or name not in names or name in FUNCTIONS):
        return [token._replace(text=name, plain=token.plain and name == word)]
    parts = None if name or word in RESERVED else names_in(word, (*LETTERS, *letters))
    if parts is None:
        return [token]
    _check_joined(token, parts)
    return [Token("number" if part.isdigit() else "name", letters.get(part, part), token.at, False) for part in parts]


def _check_joined(token: Token, parts: list[str]) -> None:
    """Raise FormulaError where names written together mean two things: ex, log2x."""
    for part, after in itertools.pairwise(parts):
        if part == "e" and after in LETTERS:
            two_readings(token.at, f"e*{after}", f"e**{after}")
        if part in ("log2", "log10") and part in token.text:
            two_readings(token.at, f"{part}({after})", f"log({part[3:]}*{after})")

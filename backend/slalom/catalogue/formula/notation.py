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

_PRINTED = {**dict.fromkeys("−–—‐", "-"), **dict.fromkeys("·×∗⋅∙•\u2062", "*"), **dict.fromkeys("÷⁄∕", "/")}
_PRINTED |= {"≤": "<=", "≥": ">=", "≠": "!=", "∣": "|", "→": "->", "↦": "->", "≔": ":=", "\u2061": " "}
_PRINTED |= {"Σ": "∑", "Π": "∏"}
_PRINTED |= {"\u0445": "x", "\u0425": "X", "\u0443": "y", "\u0423": "Y", "\u0435": "e"}
"""Signs of print, what a browser copies out of typeset formulas, and the Cyrillic letters that look like x, y and e."""

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+|\\[,;:! ()\[\]]|\.(?=[*/^]))"
    r"|(?P<number>(?:(?:[0-9]{1,3}(?:_[0-9]{3})+(?![0-9_])|[0-9]+)\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<module>(?:(?:numpy|np|jax|jnp|cmath|math|Math|torch|tf|nn|functional|F|K|sympy|sp|mpmath|mp|scipy|special|linalg)\.)+(?=[A-Za-z]))"
    r"|\\(?:mathrm|operatorname\*?|text|mathit|mathbf|boldsymbol|bm|vec) *\{ *(?P<word>[A-Za-z]+) *\}"
    r"|\\(?P<command>[A-Za-z]+(?: ?_ ?(?:[0-9]|\{[0-9]+\}))?|\|)"
    r"|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    rf"|(?P<fraction>[{''.join(FRACTIONS)}])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:(?<=_)\{[A-Za-z0-9]+\})?|π|[^\W\d_](?:_?[0-9]+|_\{[0-9]+\})?)"
    r"|(?P<mark>\*\*|<=|>=|==|!=|:=|->|=>|\\[{}]|[-+*/^(),;<>=|%?:.@√⌊⌋⌈⌉{}\[\]])"
)
_COMMANDS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">=", "geq": ">="}
_COMMANDS |= {"ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|"}
_COMMANDS |= {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "sqrt": "√", "to": "->", "mapsto": "->"}
_COMMANDS |= dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), "frac")
_ROUND = {"[": "(", "]": ")"}
_SPACING = {"left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "quad", "qquad", "displaystyle"}
_GREEK = {unicodedata.name(c).split()[-1].lower(): c for c in "αβγδεζηθικλμνξρστυφχψω"}
_GREEK |= {"lambda": "λ", "varepsilon": "ε", "vartheta": "θ", "varphi": "φ"}


def nth_root(n: int) -> str:
    """Return what to write for the n-th root."""
    odd = f", sign(x)*abs(x)**(1/{n}) for all x" if n % 2 else ""
    return f"Write x**(1/{n}) for x >= 0{odd}."


_ADVICE = {
    "!": "There is no factorial here.",
    "∛": nth_root(3),
    "∜": nth_root(4),
    "∞": "Write a large number, such as 1e9.",
    "°": "Write 30*pi/180 for an angle of 30 degrees.",
    "'": "There is no sign for a derivative: write the function whose minimum is wanted.",
    "∑": "Write the terms one by one, with +.",
    "∏": "Write the factors one by one, with *.",
    **dict.fromkeys("‖∥", "Write the root out: sqrt(x**2 + y**2); its square is x**2 + y**2."),
    "∫": "There is no sign for an integral: write the function whose minimum is wanted.",
    "∂": "There is no sign for a derivative: write the function whose minimum is wanted.",
    "↑": "Write ** or ^ for a power.",
    "#": "Leave the comment out.",
    '"': "Write the formula without quotes.",
    "`": "Write the formula without quotes.",
    "&": "Write one where in another: where(x > 0, where(y > 0, a, b), b).",
    "$": "Write one $ before the formula and one behind it, or none.",
    "~": "Write one expression with + - * / **.",
}
_COMMAND_ADVICE = {"sum": "∑", "prod": "∏", "infty": "∞", "int": "∫", "partial": "∂", "nabla": "∂"}
_COMMAND_ADVICE |= dict.fromkeys(("lVert", "rVert", "Vert", "|"), "‖")
_ADVICE |= {name: _ADVICE[sign] for name, sign in _COMMAND_ADVICE.items()}
_ADVICE["begin"] = "Write one expression; for cases write where(x > 0, a, b)."
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
    return _unframed(found, Token("end", "", len(text), _PRINTED.keys().isdisjoint(text)), "\\" in text)


def _unframed(found: list[Token], end: Token, latex: bool) -> list[Token]:
    """Return tokens without a last full stop or semicolon, and those of LaTeX without outer and square brackets."""
    depths = list(itertools.accumulate({"{": 1, "}": -1}.get(token.text, 0) for token in found))
    if latex and depths and min(depths[:-1], default=0) > depths[-1] == 0:
        found = found[1:-1]
    if found and found[-1].text in (".", ";"):
        found, end = found[:-1], end._replace(plain=False)
    if not latex:
        return [*found, end]
    for before, token in itertools.pairwise(found):
        if token.text == "[" and before.text == "√":
            n = found[found.index(token) + 1].text
            fail("A root that is not the square root stands", before.at, nth_root(int(n) if n.isdigit() else 3))
    return [*(token._replace(text=_ROUND.get(token.text, token.text)) for token in found), end]


def _advice(text: str, at: int) -> str:
    """Return what to write instead of a character."""
    if text[at] == "'" and at == 0:
        return _ADVICE['"']
    if text[at] == "'" and (number := re.search(r"[0-9]+$", text[:at])) and text[at + 1 : at + 2].isdigit():
        return f"Write {number[0]}{text[at + 1 : at + 4]}, without a sign between the thousands."
    if unicodedata.category(text[at]) == "Cf":
        return "It is invisible: delete it, or type the formula by hand."
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
        return _command(re.sub(r"[{} ]", "", written), at)
    if kind == "name":
        return [Token("name", written.replace("{", "").replace("}", ""), at, "{" not in written)]
    if kind == "mark" and "\\" in text:
        return [Token(kind, written.removeprefix("\\"), at, False)]
    if "_" in written:  # The thousands of Python and C++.
        return [Token(kind, written.replace("_", ""), at, False)]
    return [Token(kind, written, at, kind != "fraction" and written not in ("√", "⌊", "⌈"))]


def _command(name: str, at: int) -> list[Token]:
    """Return the token of a LaTeX command."""
    letter, _, index = name.partition("_")
    if name in _SPACING:
        return []
    if name in _COMMANDS:
        return [Token("mark", _COMMANDS[name], at, False)]
    if letter in _GREEK:
        return [Token("name", f"{_GREEK[letter]}_{index}".rstrip("_"), at, False)]
    if known_name(name):
        return [Token("name", name, at, False)]
    fail(f"The command \\{name[:40]} is not known", at, _ADVICE.get(letter, _USUAL))


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
        elif token.text.lower() == "if" and following.text in ("(", "["):
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

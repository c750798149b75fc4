"""The sentences of a Python module: its texts and f-strings, with names for what is put into them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

WORD = re.compile(r"[A-Za-z]{2,}")
ONE_WORD = re.compile(r"[A-Za-z]{3,}[,.:;]?")
SENTENCE = re.compile(r"[A-Za-z]{2,}.* |[A-Za-z]{3,} ?[A-Za-z,.:;]| [A-Za-z]{2,}")
"""Words that follow each other."""
PROGRAM_TEXTS = (
    *(r"[\\_<>{}]", r"^[\w.-]+$", r"^\W*$", r"://", "application/", "^/", r": \w+;", "charset=", "=%", "max-age", "%s"),
    *(r"\*\*", r"torch\.", r"math\.", r"nn\.", "^return ", "#/", "text/", "image/", r"^-?lr [-*/(m\dgv]", "^slalom "),
    *(r"^\w[\w.]*\(.*\)$", r"\)\*", r"\) \* ", "device=", r" = \(", "filename=", r"^\[", "about:", "arXiv", "doi:"),
    *(
        r"^SELECT ",
        r"\.github",
        r"\.org/",
        r"\.ca/",
        r"(chapter|section|figure) \d",
        r" \d{4}, [A-Z]",
        r"\d, [A-Z]\w+ [a-z]+ ?\d",
    ),
)
"""What programs and lists of sources have, and sentences have not."""
TECHNICAL = re.compile("|".join(PROGRAM_TEXTS))
SETTING = re.compile(r"(?<![\w.\"'])[a-z]+(?:_[a-z]*\d*)+(?![\w=(])")
"""The name of a setting, such as ``tolerance_change``, of which a sentence may speak."""
FEWEST_WORDS = 3
"""Words that a text has beside such a name, and is a sentence."""
CODE_TEXT = re.compile(r"\n\S|; \w+\.|\w\[| = \w+$|share = ")
SEARCHING = {"replace", "removeprefix", "removesuffix", "startswith", "endswith", "split", "partition", "search", "get"}
"""Methods whose arguments nobody reads."""
DESCRIBING = {"request_schema", "response_schema"}
"""Functions whose arguments, like whatever is called a description, describe the API to programmers, in English."""


def sentences_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every sentence of a module, or part of one, with its line: ``f"{n:,} steps"`` is ``{n} steps``."""
    silent = {id(node) for node in _unseen(module)}
    inside = {id(one) for text in ast.walk(module) if isinstance(text, ast.FormattedValue) for one in ast.walk(text)}
    for node in ast.walk(module):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            text = _template(node).strip().removeprefix(". ")
            if _is_template(text) and not CODE_TEXT.search(text):
                yield node.lineno, text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            alone = id(node) in inside and ONE_WORD.fullmatch(text)
            if alone or (SENTENCE.search(text) and not _is_technical(text)):
                yield node.lineno, text


def _is_template(text: str) -> bool:
    """Return whether what a text says around its values is for people."""
    bare = re.sub(r"\{\w+\}", "", text).strip()
    if ONE_WORD.fullmatch(bare):
        return " " in text
    return WORD.search(bare) is not None and not _is_technical(bare)


def _is_technical(text: str) -> bool:
    """Return whether a text is of programs, and no sentence that names a setting."""
    if not TECHNICAL.search(text):
        return False
    rest = SETTING.sub("", text)
    return rest == text or TECHNICAL.search(rest) is not None or len(WORD.findall(rest)) < FEWEST_WORDS


def _unseen(module: ast.Module) -> Iterator[ast.AST]:
    """Yield texts that are no sentences: descriptions, parts of f-strings, names of fields, what is sought, logs."""
    for node in ast.walk(module):
        match node:
            case ast.Expr():
                yield node.value
            case ast.JoinedStr():
                yield from (part for part in node.values if isinstance(part, ast.Constant))
            case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
                yield spec
            case ast.Subscript():
                yield node.slice
            case ast.Call(func=ast.Attribute(attr=name)) if name in SEARCHING:
                yield from node.args
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                yield from node.args
            case ast.Call(func=ast.Name(id=name)) if name in DESCRIBING:
                yield from (part for given in node.args for part in ast.walk(given))
            case ast.keyword(arg="description"):
                yield node.value
            case ast.Dict():
                yield from (value for key, value in zip(node.keys, node.values, strict=True) if _is_description(key))


def _is_description(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "description"


def _template(text: ast.JoinedStr) -> str:
    made, names = "", list[str]()
    for part in text.values:
        if isinstance(part, ast.Constant):
            made += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            names.append(_name(part.value, names))
            made += f"{{{names[-1]}}}"
    return made


def _name(value: ast.expr, taken: list[str]) -> str:
    """Return what a value is called: its attribute or its last name, with a number where that has been used."""
    nodes = list(ast.walk(value))
    attributes = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    plain = [node.id for node in nodes if isinstance(node, ast.Name)]
    chosen = any(isinstance(node, ast.IfExp | ast.JoinedStr) for node in nodes)
    name = "part" if chosen else (attributes[:1] or plain[-1:] or ["part"])[0].lower()
    count = sum(re.fullmatch(rf"{name}\d*", one) is not None for one in taken)
    return f"{name}{count + 1}" if count else name

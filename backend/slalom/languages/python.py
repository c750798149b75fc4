"""The sentences of a Python module: its texts and f-strings, with names for what is put into them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

SENTENCE = re.compile(r"[A-Za-z]{2,}.* |[A-Za-z]{3,} ?[A-Za-z,.:;]| [A-Za-z]{2,}")
"""Words that follow each other."""
TECHNICAL = re.compile(r"[\\_<>{}]|^[\w.-]+$|^\W*$|://|application/|^/|: \w+;|charset=|=%|SELECT|^--|max-age|%s|\*\*|torch\.|math\.|nn\.|arXiv|doi:|^return |chapter \d|section \d|#\/|text\/|image\/|^-?lr [-*/(m\dgv]|^slalom |def \{|\w\(|\)\*| \d{4}, [A-Z]|\d, [A-Z]\w+ [a-z]+ ?\d|\.github|device=|= \(|xmlns|filename=|^\[|about:|\{_before|\?:")
"""Text for programs."""


def sentences_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every sentence of a module, or part of one, with its line: ``f"{n:,} steps"`` is ``{n} steps``."""
    silent = _docstrings(module) | _parts_of_texts(module)
    inner = {id(one) for text in ast.walk(module) if isinstance(text, ast.FormattedValue) for one in ast.walk(text)}
    for node in ast.walk(module):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            text = _template(node).strip().removeprefix(". ")
            bare = re.sub(r"\{\w+\}", "", text)
            if re.search(r"[A-Za-z]{2,}", bare) and not TECHNICAL.search(bare.strip() or "_"):
                yield node.lineno, text
            elif re.fullmatch(r"[A-Za-z]{3,}[,.:;]?", bare.strip()) and " " in text:
                yield node.lineno, text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            word = id(node) in inner and re.fullmatch(r"[A-Za-z]{3,}", text)
            if word or (SENTENCE.search(text) and not TECHNICAL.search(text)):
                yield node.lineno, text


def _docstrings(module: ast.Module) -> set[int]:
    """Return the texts that stand alone: they describe what is beside them."""
    return {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}


def _parts_of_texts(module: ast.Module) -> set[int]:
    """Return the constants that are parts of f-strings, and of formats of numbers."""
    found: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            found |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found.add(id(node.format_spec))
    return found


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

"""What the reference shows of the package: choices as tables of their settings, and answers of the client as they come.

An extension of griffe, which mkdocs.yml names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import griffe

CATALOGUE = ("slalom.catalogue.", "slalom.settings.")
"""Where classes are lists of settings."""
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
PRODUCT = (ast.BinOp, ast.Constant, ast.Mult, ast.Pow)
DOCTEST = re.compile(r"^>>> .*(?:\n.+)*", re.M)
"""Lines that are typed, and what is printed, up to the next empty one."""


class PublicNames(griffe.Extension):
    """Writes docstrings as the reference shows them."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Go through the package, once all of it is known."""
        choices = [cls for cls in classes_of(pkg) if cls.path.startswith(CATALOGUE)]
        for cls, table in [(cls, settings_table(cls)) for cls in choices]:
            for name in list(cls.members):
                del cls.members[name]
            if table:
                cls.docstring = griffe.Docstring(f"{text_of(cls)}\n\n{table}", parent=cls)

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Show what was typed at a prompt as such."""
        if obj.docstring is not None:
            obj.docstring.value = DOCTEST.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Show what a caller of a route gets: a route itself yields requests."""
        if any(str(decorator.value) == "route" for decorator in func.decorators):
            func.decorators = []
            if isinstance(func.returns, griffe.ExprSubscript):
                func.returns = func.returns.slice


def classes_of(module: griffe.Module) -> Iterator[griffe.Class]:
    """Yield the classes that a module and those below it define."""
    for member in module.members.values():
        if not member.is_alias and isinstance(member, griffe.Class):
            yield member
        elif not member.is_alias and isinstance(member, griffe.Module):
            yield from classes_of(member)


def text_of(documented: griffe.Object | griffe.Alias) -> str:
    """Return a docstring, empty where there is none."""
    return documented.docstring.value if documented.docstring else ""


def settings_table(cls: griffe.Class) -> str:
    """Return the settings of a class with their defaults.

    What all of its kind have comes first; of an installation it comes last, for these are its limits.
    """
    own, common = cls.members, {k: v for k, v in cls.inherited_members.items() if k not in cls.members}
    members = {**own, **common} if cls.path.startswith("slalom.settings.") else {**common, **own}
    fields = [m for m in members.values() if m.is_attribute and "instance-attribute" in m.labels and m.annotation]
    rows = [f"| `{m.name}` | {default_of(str(m.value or ''))} | {' '.join(text_of(m).split())} |" for m in fields]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows]) if rows else ""


def default_of(written: str) -> str:
    """Return a default and its bounds, as they are read: ``Field(0.1, ge=0)`` is 0.1, ≥ 0."""
    if not written:
        return ""
    node = ast.parse(written, mode="eval").body
    if not isinstance(node, ast.Call):
        return f"`{plain(node)}`"
    if ast.unparse(node.func) != "Field":
        return f"`{ast.unparse(node.func).removesuffix('.model_construct')}()`"
    found = [f"`{plain(one)}`" for one in node.args[:1]]
    given = {word.arg: plain(word.value) for word in node.keywords}
    return ", ".join(found + [BOUNDS[name].format(given[name]) for name in BOUNDS if name in given])


def plain(node: ast.expr) -> str:
    """Return a value as it is read: a product of numbers is a number, with its thousands set apart."""
    if isinstance(node, ast.BinOp) and all(isinstance(one, PRODUCT) for one in ast.walk(node)):
        left, right = (int(plain(side).replace(",", "")) for side in (node.left, node.right))
        return f"{left**right if isinstance(node.op, ast.Pow) else left * right:,}"
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return f"{node.value:,}"
    return ast.unparse(node)

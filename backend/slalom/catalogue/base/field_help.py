"""The docstring of a field: the text on its own below it in the class, read from the source when it is asked for."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise


def docstring_of(kind: type, name: str) -> str | None:
    """Return the docstring of a class's field, where it was declared last; None without one."""
    declared = next(one for one in kind.__mro__ if name in inspect.get_annotations(one))
    return _docstrings(declared.__module__).get((declared.__qualname__, name))


@cache
def _docstrings(module: str) -> dict[tuple[str, str], str]:
    """Return the docstrings of all fields of a module's classes, by class and field."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):
        return {}
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return {
        (node.name, field.target.id): inspect.cleandoc(text.value.value)
        for node in classes
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }

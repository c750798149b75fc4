"""A formula as a line of a PyTorch program that a person can read: the tree in Python, with functions of torch."""

from __future__ import annotations

from collections.abc import Mapping

from .parser import Node
from .vocabulary import COMPARISONS

_COMPARED, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(6)
_STRENGTH = dict.fromkeys(COMPARISONS, _COMPARED) | {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_STRENGTH |= {"neg": _SIGN, "**": _POWER}
_CONSTANTS = {"pi": "math.pi", "e": "math.e"}
_FOLDED = {"min": "torch.minimum", "max": "torch.maximum"}
"""Functions of any number of arguments; torch's have two."""


def as_torch(tree: Node, parameters: Mapping[str, float]) -> str:
    """Return a tree as a Python expression of its variables, which are tensors; ``parameters`` become numbers."""
    return _text(tree, parameters)


def _text(node: Node, parameters: Mapping[str, float], at_least: int = _COMPARED) -> str:
    """Return a node, in brackets where it binds less than ``at_least``."""
    op, args = node.op, node.args
    strength = _STRENGTH.get(op, _ATOM)
    if op == "number" or op == "name":
        made = _leaf(args[0], parameters)
        strength = _SIGN if made.startswith("-") else _ATOM
    elif op == "neg":
        made = f"-{_text(args[0], parameters, _SIGN)}"
    elif op == "**":
        made = f"{_text(args[0], parameters, _ATOM)} ** {_text(args[1], parameters, _SIGN)}"
    elif strength < _SIGN:
        left, right = (_text(arg, parameters, strength + i) for i, arg in enumerate(args))
        made = f"{left} {op} {right}"
    else:
        made = _called(op, args, parameters)
    return made if strength >= at_least else f"({made})"


def _leaf(value: float | str, parameters: Mapping[str, float]) -> str:
    if isinstance(value, str):
        if value not in parameters:
            return _CONSTANTS.get(value, value)
        value = parameters[value]
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _called(name: str, args: tuple[Node, ...], parameters: Mapping[str, float]) -> str:
    """Return a function's call; torch's functions want tensors."""
    texts = [
        _text(arg, parameters) if _variable(arg, parameters) else f"torch.tensor({_text(arg, parameters)})"
        for arg in args
    ]
    if name == "mod":  # PyTorch's own has no derivative with respect to what it divides by.
        whole, by = (f"({text})" for text in texts)
        return f"({whole} - {by} * torch.floor({whole} / {by}))"
    if name not in _FOLDED:
        return f"torch.{name}({', '.join(texts)})"
    made = texts[0]
    for text in texts[1:]:
        made = f"{_FOLDED[name]}({made}, {text})"
    return made


def _variable(node: Node, parameters: Mapping[str, float]) -> bool:
    """Return whether a node is a tensor: a variable is, and so is every function's value."""
    if node.op == "number":
        return False
    if node.op == "name":
        return node.args[0] not in _CONSTANTS and node.args[0] not in parameters
    if node.op in _STRENGTH:
        return any(_variable(arg, parameters) for arg in node.args)
    return True

"""What varies in a sweep or a map, as the command line says it: ``lr=1e-3..1:20`` or ``momentum=0,0.5,0.9``."""

from __future__ import annotations

import json
import re
from typing import Any

from slalom.errors import SpecError

from .choices import full_field

FORM = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?::(?P<n>\d+))?(?::(?P<scale>log|linear))?", re.ASCII)
BY_RATIOS = 20
"""A range whose last value is so many times the first is divided by equal ratios, unless it says otherwise."""
_HINT = "Write lr=0.001..1, lr=0.001..1:20, lr=0.1..0.2:20:linear, or momentum=0,0.5,0.9."


def variation(spec: dict[str, Any], text: str, usual: int) -> dict[str, Any]:
    """Return a variation as a spec has it; a range takes ``usual`` values if it does not say how many.

    >>> spec = {"problem": {"kind": "bowl"}}
    >>> variation(spec, "lr=0.001..1:20", 8)
    {'field': 'run.optimizer.lr', 'from': 0.001, 'to': 1.0, 'scale': 'log', 'n': 20}
    >>> variation(spec, "kappa=1,10", 8)
    {'field': 'problem.kappa', 'values': [1, 10]}
    """
    name, equals, values = text.partition("=")
    if not equals or not name or not values:
        raise SpecError(f"--vary {text}: a field, = and its values are missing. {_HINT}")
    field = full_field(spec, name)
    if found := FORM.fullmatch(values):
        low, high = (_number(found[part], text) for part in ("low", "high"))
        scale = found["scale"] or ("log" if low > 0 and high >= BY_RATIOS * low else "linear")
        return {"field": field, "from": low, "to": high, "scale": scale, "n": int(found["n"] or usual)}
    return {"field": field, "values": [_value(one) for one in values.split(",")]}


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SpecError(f"--vary {whole}: {text!r} is not a number. {_HINT}") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text

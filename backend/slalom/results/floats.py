"""JSON answers <-> numbers: what JSON writes as "inf", "-inf" and "nan" are floats again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
TEXTS = frozenset({"spec", "name", "label", "title", "text", "because", "error", "what", "source", "field", "formula"})
"""Fields of answers that hold what somebody wrote, where "inf" is a word."""


def with_floats(answer: Any) -> Any:
    """Return an answer of the API with floats in place of the words for numbers that are not finite.

    >>> with_floats({"final": ["inf", 0.5], "label": "inf"})
    {'final': [inf, 0.5], 'label': 'inf'}
    """
    if isinstance(answer, Mapping):
        return {key: value if key in TEXTS else with_floats(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [with_floats(one) for one in answer]
    return _WORDS.get(answer, answer) if isinstance(answer, str) else answer

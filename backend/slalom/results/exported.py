"""What a file of runs has besides their numbers, so that it can be imported again."""

from __future__ import annotations

import json
from typing import Any

from slalom.errors import SpecError

EXPORTED = 1
"""The version of an exported file, which it has as ``slalom``."""
LONGEST_COMMENT = 2**16 - 1
"""Bytes in the comment of an archive."""


def as_comment(whole: dict[str, Any]) -> bytes:
    """Return that as the comment of an archive, without the outcomes where they are too long for one.

    Raises SpecError where the spec alone is.
    """
    for outcomes in (whole.get("outcomes"), None):
        text = json.dumps(whole and whole | {"outcomes": outcomes}).encode() if whole else b""
        if len(text) <= LONGEST_COMMENT:
            return text
    raise SpecError("The spec is too long for an archive. Ask for format=json.", ("spec",))

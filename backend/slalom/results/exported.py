"""What a file of runs has besides their numbers, so that it can be imported again."""

from __future__ import annotations

import json
from typing import Any

EXPORTED = 1
"""The version of an exported file, which it has as ``slalom``."""
LONGEST_COMMENT = 2**16 - 1
"""Bytes in the comment of an archive."""


def comment_of(whole: dict[str, Any]) -> bytes | None:
    """Return that as the comment of an archive, without the outcomes where they are too long for one.

    None where the spec alone is.
    """
    for outcomes in (whole["outcomes"], None):
        text = json.dumps(whole | {"outcomes": outcomes}).encode()
        if len(text) <= LONGEST_COMMENT:
            return text
    return None

"""Periods of time as people write them: ``30 days``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

SECONDS_OF = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
"""What a period is counted in, in seconds."""
PERIOD = re.compile(r"\s*([0-9]{1,9})\s*([a-z]+?)s?\s*", re.ASCII | re.IGNORECASE)


def seconds_in(text: object) -> object:
    """Return the seconds of a period; what is no text is returned as it is, and ``0`` needs no unit.

    Raises ValueError where it cannot be read.

    >>> seconds_in("30 days"), seconds_in("1 hour"), seconds_in("0")
    (2592000, 3600, 0)
    """
    if not isinstance(text, str):
        return text
    if text.strip() == "0":
        return 0
    match = PERIOD.fullmatch(text)
    if match is None or match[2].lower() not in SECONDS_OF:
        raise ValueError(
            f"{text[:40]!r} is no period. Write a number and {', '.join(SECONDS_OF)}: 30 days, or 0 for ever"
        )
    return int(match[1]) * SECONDS_OF[match[2].lower()]


Period = Annotated[int, BeforeValidator(seconds_in), Field(ge=0, le=10**12)]
"""Seconds, or text such as ``30 days``; 0 is for ever."""

"""What users rely on, in figures: nobody's request costs the server, or others, more than its share."""

from __future__ import annotations

from . import trust_store, trust_viewers
from .measure import Row


def rows() -> list[Row]:
    """Measure every part."""
    return [*trust_store.rows(), *trust_viewers.rows()]

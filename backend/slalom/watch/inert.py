"""The watch of a process that is not watched, in distributed training: it takes the same calls, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class InertWatch:
    """Does nothing."""

    on = False
    outcome = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing."""

    def step(self, loss: Any, terms: Mapping[str, Any] | None = None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

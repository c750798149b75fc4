"""The range test on a model of one's own: a learning rate with its reason, and everything as it was before."""

from __future__ import annotations

from .find import find_lr

__all__ = ["find_lr"]

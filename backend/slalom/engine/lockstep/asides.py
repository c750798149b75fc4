"""Asides: calls of somebody's own model that Slalom makes, and that are no part of the loop that trains it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Thread(threading.local):
    depth = 0


_thread = _Thread()


def is_aside() -> bool:
    """Return whether this thread calls a model on Slalom's behalf."""
    return _thread.depth > 0


@contextmanager
def aside() -> Iterator[None]:
    """Call models on Slalom's behalf within: whoever watches them looks away."""
    _thread.depth += 1
    try:
        yield
    finally:
        _thread.depth -= 1

"""What a worker says of an exception that nobody foresaw: what happened and what to do, in its own words."""

from __future__ import annotations

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (MemoryError, "There was not enough memory for this. Ask for fewer runs, fewer steps or a smaller network."),
    (
        ArithmeticError,
        "A number became too large to be computed with, or was divided by zero. Take a smaller learning rate, or start "
        "somewhere else.",
    ),
    (OSError, "The worker lost its connection to the server. Start it again; what is stored stays."),
)


def apology(error: Exception) -> str:
    """Return a sentence for the person who asked, and where the rest is told.

    >>> apology(MemoryError())
    'There was not enough memory for this. Ask for fewer runs, fewer steps or a smaller network.'
    >>> apology(KeyError("momentum_buffer"))
    "This is a fault of Slalom, not yours (KeyError). The server's log says more; other settings may still work."
    """
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    name = type(error).__name__
    return f"This is a fault of Slalom, not yours ({name}). The server's log says more; other settings may still work."

"""Lists of names, one a line, and the windows of letters that a character model learns from."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from slalom.errors import SpecError

from .tables.encoding import decoded
from .torch_random import Generator

BOUNDARY = "."
"""Stands before the first letter of a name and after its last one."""
LONGEST_NAME = 64
"""Letters in a name."""
FEWEST_NAMES = 2
"""One to learn from and one to check with."""


class Letters(NamedTuple):
    """Names, split, and the symbols they are written with."""

    names_train: tuple[str, ...]
    names_check: tuple[str, ...]
    symbols: tuple[str, ...]
    """Every symbol once, ``BOUNDARY`` first, then by code point."""


def read_names(text: bytes) -> tuple[str, ...]:
    """Return the names of a list, one a line: in lower case, composed (NFC), in their order, repetitions included.

    Everything printable may be in a name, digits too, except the full stop, which marks its end and is left out. Blank
    lines are skipped, spaces around a name are dropped and those within become one. Raises SpecError, which names the
    line.

    >>> read_names("Zoë\\r\\n\\n  Anna  Lena\\nMr. Mime\\n".encode())
    ('zoë', 'anna lena', 'mr mime')
    """
    lines = re.split(r"\r\n|\n|\r", decoded(text))
    names = [_name(line, number) for number, line in enumerate(lines, 1) if line.strip(f" \t{BOUNDARY}")]
    if len(names) < FEWEST_NAMES:
        raise SpecError(
            f"There {'is 1 name' if names else 'are no names'} in this list. "
            f"Give at least {FEWEST_NAMES} names, one a line."
        )
    return tuple(names)


def _name(line: str, number: int) -> str:
    name = " ".join(unicodedata.normalize("NFC", line.lower()).replace(BOUNDARY, " ").split())
    if len(name) > LONGEST_NAME:
        raise SpecError(
            f"Line {number}, {name[:20]!r}..., has {len(name):,} letters; a name may have {LONGEST_NAME}. "
            "Put one name on each line."
        )
    if bad := next((c for c in name if unicodedata.category(c)[0] == "C"), None):
        raise SpecError(f"Line {number} has the invisible character U+{ord(bad):04X}. Leave it out.")
    return name


def symbols_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``BOUNDARY`` and every symbol of these names, by code point.

    >>> symbols_of(("bab", "abc"))
    ('.', 'a', 'b', 'c')
    """
    return (BOUNDARY, *sorted(set().union(*names)))


@lru_cache(maxsize=16)
def split_names(names: tuple[str, ...], share: float, seed: int) -> Letters:
    """Return names split at random, ``share`` of the different ones for validation; copies of a name stay together.

    A name on both sides would be remembered, and its validation loss too good.
    """
    different = list(dict.fromkeys(names))
    n = len(different)
    kept = min(max(round(share * n), share > 0), n - 1)
    check = {different[i] for i in Generator(seed).permutation(n)[:kept]}
    train = tuple(name for name in names if name not in check)
    return Letters(train, tuple(name for name in names if name in check), symbols_of(names))


def windows(names: tuple[str, ...], symbols: tuple[str, ...], context: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what a character model sees, (n, context), and the symbol that follows, (n,), both int64 positions.

    A name of k letters gives k + 1 examples; before its first letter there is ``BOUNDARY``.

    >>> windows(("ab",), (".", "a", "b"), 2)[0].tolist(), windows(("ab",), (".", "a", "b"), 2)[1].tolist()
    ([[0, 0], [0, 1], [1, 2]], [1, 2, 0])
    """
    text = "".join(BOUNDARY * context + name + BOUNDARY for name in names)
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    known = np.frombuffer("".join(symbols).encode("utf-32-le"), np.uint32)
    order = np.argsort(known)
    codes = order[np.searchsorted(known[order], points)]
    lengths = np.array([context + len(name) + 1 for name in names], np.int64)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    targets = np.flatnonzero(np.arange(len(codes)) - starts >= context)
    seen = np.lib.stride_tricks.sliding_window_view(codes, context) if len(codes) else codes.reshape(0, context)
    return seen[targets - context].astype(np.int64), codes[targets].astype(np.int64)


def about_names(letters: Letters) -> str:
    """Say how many names there are, how they are split and what they are written with."""
    both = Counter(letters.names_train + letters.names_check)
    repeated = f", {len(both):,} of them different" if len(both) < both.total() else ""
    return (
        f"{both.total():,} names{repeated}: {len(letters.names_train):,} to learn from, {len(letters.names_check):,} "
        f"to check with. What is predicted is the next of {len(letters.symbols)} symbols: "
        f"{len(letters.symbols) - 1} letters, and the end of the name."
    )

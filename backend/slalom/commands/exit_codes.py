"""Exit codes: what a script is told. They are listed in docs/commands.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slalom.catalogue.experiments.outcome import OutcomeKind

DONE = 0
"""It converged, or all steps were made and it is on its way."""
FAILED = 1
"""It could not be done; standard error says why."""
USAGE = 2
"""Options, a formula, a spec or a setting that do not fit."""
DIVERGED = 3
"""A run diverged; of a sweep, a map or a range test: no run held."""
UNUSABLE_STORE = 3
"""The store cannot be used: ``serve`` and ``db``, which run nothing."""
STUCK = 4
"""No run diverged, but one grows, oscillates or stalls: more steps do not help."""
INTERRUPTED = 130
"""Ctrl-C, as shells count it."""

_STUCK = frozenset({"growing", "oscillating", "stalled"})


def exit_code(kinds: Iterable[OutcomeKind]) -> int:
    """Return what a script is told of runs side by side: the worst that came of one.

    >>> exit_code(["converged", "unfinished"]), exit_code(["converged", "stalled"]), exit_code(["diverged", "stalled"])
    (0, 4, 3)
    """
    seen = set(kinds)
    if "diverged" in seen:
        return DIVERGED
    return STUCK if seen & _STUCK else DONE

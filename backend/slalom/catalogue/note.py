"""What is said beside an outcome: one observation with its numbers, the formula that links them, and what to do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .choice import Choice, Extended

NoteKind = Literal[
    "diverged",
    "undefined",
    "too_small",
    "slow",
    "zigzag",
    "saddle",
    "minimum",
    "plateau",
    "noise_floor",
    "edge",
    "ringing",
    "burst",
    "converged",
    "oscillating",
    "chance",
    "learning",
    "growing",
    "exploded",
    "unfinished",
]


class Advice(Choice):
    """A change that can be made at a click."""

    field: str
    """Dotted path from the experiment, as in ``vary``: ``run.optimizer.lr``, ``run.noise``, ``steps``."""
    value: bool | int | float | str
    """What to put there."""


class Note(Choice):
    """One observation about a run, in its own numbers."""

    kind: NoteKind
    sentence: str
    """What was seen and what follows, in a few words."""
    formula: str = ""
    """How the numbers hang together: ``ηλ = 0.0105 × 200 = 2.1 > 2``."""
    values: dict[str, Extended] = Field(default_factory=dict)
    """The numbers by name, the most telling ones first."""
    advice: tuple[Advice, ...] = ()
    """What can be tried, best first."""

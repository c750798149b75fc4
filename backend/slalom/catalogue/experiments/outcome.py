"""What came of a run: the outcome with its evidence, and the observations beside it with what can be tried."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from slalom.catalogue.base.choice import Choice, Extended

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
    "averaged",
    "unfinished",
]


Promise = Literal["stable", "converges", "faster", "lower", "leaves"]
"""What following a piece of advice brings, with this one change and as many steps:

stable     the run neither diverges nor grows
converges  it converges
faster     its loss is lower in the end, or it converges no later
lower      the mean loss of its last half is lower
leaves     it gets lower than the saddle at which it stands
"""


class Advice(Choice):
    """A change that can be made at a click."""

    field: str
    """Dotted path from the experiment, as in ``vary``: ``run.optimizer.lr``, ``run.noise``, ``steps``."""
    value: bool | int | float | str
    """What to put there."""
    promise: Promise | None = None
    """What comes of it; None where it only may help."""


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


class Evidence(Choice):
    """The numbers behind an outcome; None where undefined."""

    sharpness: Extended | None = None
    """Largest Hessian eigenvalue λ, weight decay included, at ``exploded``, else at the last finite entry."""
    limit: Extended | None = None
    """Largest stable learning rate of this rule there: None without theory, inf where λ <= 0."""
    lr: Extended | None = None
    """The learning rate there."""
    predicted_growth: Extended | None = None
    """ρ²: the factor of the loss per update that the rule's spectral radius predicts."""
    measured_growth: Extended | None = None
    """Median of loss[k+1]/loss[k] over the last 10 finite ratios, skipping the first."""
    safe_lr: Extended | None = None
    """A learning rate that would have held: limit / 2."""


OutcomeKind = Literal["converged", "diverged", "oscillating", "stalled", "unfinished", "growing"]
"""Stored maps have positions in this list: new kinds come last."""


class Outcome(Choice):
    """What happened to one run, when, and why (docs/outcomes.md)."""

    kind: OutcomeKind
    step: int | None = None
    """When: min(exploded, nonfinite) if diverged, the first entry from which it held if converged."""
    first_rise: int | None = None
    """First k with loss[k] > loss[k-1]."""
    exploded: int | None = None
    """Second k of the first adjacent pair more than 1000 times above the start."""
    nonfinite: int | None = None
    """First k with a non-finite loss or parameter."""
    because: str = ""
    """The reason, in a sentence with this run's own numbers."""
    evidence: Evidence = Evidence()
    notes: tuple[Note, ...] = ()
    """What else is worth knowing, the main observation first: sentences, numbers, formulas and advice."""

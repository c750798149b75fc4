"""The shape of what a range test found."""

from __future__ import annotations

from slalom.catalogue.base.choice import Extended

from .answer import AnswerModel, NumberRow


class RangeBand(AnswerModel):
    """The smoothed loss over the seeds, at some of the rates; of every column an equal number."""

    lr: NumberRow
    median: NumberRow
    low: NumberRow
    """The first quartile."""
    high: NumberRow
    """The third quartile."""
    min: NumberRow
    max: NumberRow


class RangeProof(AnswerModel):
    """What became of a rate that was held constant for some updates."""

    lr: float
    steps: int
    start: Extended
    """The loss at the beginning, the median over seeds."""
    final: Extended
    """The loss at the end, the median over seeds."""
    finals: NumberRow
    outcomes: list[str]
    because: str
    trains: bool
    """Whether nothing diverged or grew, and every seed's loss fell by a tenth of what the best rate takes off it."""
    share: float | None = None
    """What it took off the loss, as a share of what the best rate for a seed did: the median; null if nothing fell."""
    arrives: int | None = None
    """Updates until the loss is, and stays, at the lowest final loss of all rates; null where it is not there."""


class RangeRule(AnswerModel):
    """One published rule and what it suggests: the median over seeds, the ends, and every seed's.

    The last one is ``sweep``: the best of the rates that no rule suggested, by equal ratios over the range.
    """

    name: str
    title: str
    what: str
    source: str
    lr: float | None
    low: float | None
    high: float | None
    per_seed: list[float | None]
    verification: RangeProof | None


class RangePlace(AnswerModel):
    """A rate, and the update that used it."""

    lr: float
    step: int


class RangeBlowUp(AnswerModel):
    """Where the loss blew up, the median over seeds.

    That is where it first passed four times its best, smoothed, where it stopped being a number, or where the run
    diverged.
    """

    lr: float
    step: int
    seeds: int
    """How many of them blew up."""
    because: str
    nonfinite: RangePlace | None


class RangeLimit(AnswerModel):
    """The largest stable rate, where the Hessian is known."""

    value: float
    constant: bool
    because: str


class RangeWidth(AnswerModel):
    """What the range misses on either side; nothing where it is wide enough."""

    because: list[str]


class RangeChoice(AnswerModel):
    """The rate to use, and why; null where none trains."""

    lr: float | None
    rule: str | None
    because: str


class RangeFindings(AnswerModel):
    """What a range test found."""

    n: int
    seeds: int
    band: RangeBand
    rules: list[RangeRule]
    blow_up: RangeBlowUp | None
    limit: RangeLimit | None
    range: RangeWidth
    recommended: RangeChoice

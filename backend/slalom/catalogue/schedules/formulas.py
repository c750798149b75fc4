"""Schedules that are typed: a formula of time says what the learning rate is multiplied by."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from slalom.catalogue.base.choice import Array
from slalom.catalogue.formula.of_time import TimeFormula, parse_time
from slalom.errors import FormulaError

from .base import Fault, Schedule, whole_blocks

CHECKED_UPDATES = 100_000
"""Updates whose factors are checked before a run begins."""


def _plain(text: str) -> str:
    try:
        return parse_time(text).text
    except FormulaError as error:
        found = {"reason": str(error), "position": error.position}
        raise PydanticCustomError("formula", "{reason}", found) from None


TimeText = Annotated[str, AfterValidator(_plain)]
"""A formula of t and n; it is kept in plain text."""


class FactorSchedule(Schedule):
    """What both have in common: a typed factor."""

    first: ClassVar[int]
    """The update whose factor is used first."""
    lr_lambda: TimeText

    @property
    def formula(self) -> TimeFormula:
        """The formula, checked."""
        return parse_time(self.lr_lambda)

    def fault(self, total: int) -> Fault | None:
        rest = max(total - self.warmup, 1)
        found = _first_fault(self.lr_lambda, self.first, rest)
        if found is None:
            return None
        t, value = found
        return Fault(
            ("lr_lambda",),
            f"At t = {t} the factor is {value:g}, and a learning rate is a number of at least 0. "
            f"Keep it there for all {rest:,} updates, as with max(0, ...).",
        )


@lru_cache(maxsize=256)
def _first_fault(text: str, first: int, rest: int) -> tuple[int, float] | None:
    """Return the first update whose factor is negative or no finite number, and the factor."""
    t = np.arange(first, min(rest, CHECKED_UPDATES))
    values = parse_time(text).values(t, rest)
    bad = ~(np.isfinite(values) & (values >= 0))
    at = int(np.argmax(bad)) if bad.any() else None
    return None if at is None else (int(t[at]), float(values[at]))


class Lambda(FactorSchedule):
    """Multiply the learning rate by a formula of your own: lr · f(t).

    Write it as on paper: 0.95^t, 1 - t/n, min(1, t/10), where(t < 50, 1, 0.1), with the functions of typed problems.

    >>> Lambda(lr_lambda="1 - t/n").rates(1.0, 0, 4, total=4).tolist()
    [1.0, 0.75, 0.5, 0.25]
    """

    kind: Literal["lambda"] = "lambda"
    lr_lambda: TimeText = "0.95**t"
    """The factor f, a formula of t, the update, which counts from 0, and n, how many there are, both after warmup."""

    first = 0
    title = "Formula of t"
    source = "torch.optim.lr_scheduler.LambdaLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * self.formula.values(t, rest)

    def torch_source(self, rest: int) -> str:
        return f"t = torch.tensor(t, dtype=torch.float64)\nreturn lr * float({self.formula.torch_text(rest)})"


class Multiplicative(FactorSchedule):
    """Multiply the learning rate by a factor of your own at every update: lr · f(1) f(2) ... f(t).

    >>> Multiplicative(lr_lambda="where(t < 3, 0.5, 1)").rates(1.0, 0, 5, total=5).tolist()
    [1.0, 0.5, 0.25, 0.25, 0.25]
    """

    kind: Literal["multiplicative"] = "multiplicative"
    lr_lambda: TimeText = "0.95"
    """The factor f, a number or a formula of t, the update, and n, how many there are, both after warmup."""

    first = 1
    title = "Product of factors"
    source = "torch.optim.lr_scheduler.MultiplicativeLR"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        factors = self.formula.values(np.arange(whole_blocks(int(t.max(initial=0)) + 1)), rest)
        factors[:1] = 1
        return lr * np.cumprod(factors)[t]

    def carries_on(self, rest: int) -> float | None:
        return float(self.formula.values(np.zeros(1), rest)[0])

    def torch_source(self, rest: int) -> str:
        return f"""t = torch.arange(1, t + 1, dtype=torch.float64)
return lr * float((torch.ones_like(t) * ({self.formula.torch_text(rest)})).prod())"""


__all__ = ["Lambda", "Multiplicative"]

"""Phrases that sentences share: counts, products, curvatures and shares with their names."""

from __future__ import annotations

import math

from slalom.catalogue.base.number_format import number, rounded
from slalom.catalogue.thresholds import EXPLOSION, SMALLEST_LOSS

from .run_summary import RunSummary

MILLION = 1e6
"""Updates beyond which they are not counted any more."""
VANISHED = 1e-15
"""A gradient that is a smaller share of the first one is 0 but for rounding."""
SAME = 1e-6
"""A rate is its limit where they differ by no larger a share."""
MOST_DIGITS = 16
"""A number has no more significant digits than these."""


def three(value: float) -> str:
    """Return a number with three significant digits."""
    return number(value, 3)


def squared(value: float) -> str:
    """Return the square of a number as a formula has it.

    >>> squared(0.3), squared(6.75e-10)
    ('0.3²', '(6.75 × 10⁻¹⁰)²')
    """
    base = three(value)
    return f"{base}²" if base[-1].isascii() else f"({base})²"


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{number(100 * share, 3)} %"


def capitalized(text: str) -> str:
    """Return a text that begins with a capital letter; the others stay."""
    return text[0].upper() + text[1:]


def far_above(start: float) -> str:
    """Return how far above its start a loss is that exploded.

    >>> far_above(16.0), far_above(0.0)
    ('more than 1,000 times above its start of 16', 'more than 10⁻⁵ above its start of 0')
    """
    if abs(start) < SMALLEST_LOSS:
        return f"more than {three(EXPLOSION * SMALLEST_LOSS)} above its start of {three(start + 0.0)}"
    return f"more than {number(EXPLOSION)} times above its start of {three(start)}"


def steps(count: float, more: str = "") -> str:
    """Return an estimated count of updates, to two digits, with its noun.

    >>> steps(1), steps(1523, "more ")
    ('1 step', '1,500 more steps')
    """
    text = f"{float(f'{count:.1e}'):,.0f}"
    return f"1 {more}step" if text == "1" else f"{text} {more}steps"


def about_so_many(count: float) -> str:
    """Return an estimated count of updates where it may be very large.

    >>> about_so_many(1523), about_so_many(2.54e13)
    ('about 1,500 steps', 'far more than a million steps')
    """
    return f"about {steps(count)}" if count <= MILLION else "far more than a million steps"


def product(lr: float, curvature: float, scaled: bool = False) -> str:
    """Return ``ηλ = 0.0105 × 200 = 2.1``."""
    return f"η{'λ̃' if scaled else 'λ'} = {three(lr)} × {three(curvature)} = {three(lr * curvature)}"


def steepness(run: RunSummary, curvature: float) -> str:
    """Return a curvature with the name that it has for the rule."""
    return f"{'the curvature this rule feels,' if run.scaled else 'sharpness'} λ = {three(curvature)}"


def limit_at(run: RunSummary) -> str:
    """Return the stability limit with the rule and the curvature that it belongs to, where it is known."""
    assert run.limit is not None
    assert run.curvature is not None
    return f"the stability limit {beside(run.limit, run.lr)} of {run.rule}{where_steep(run, run.curvature)}"


def where_steep(run: RunSummary, curvature: float) -> str:
    """Return `` at sharpness λ = 200``; nothing where the limit is the same at every curvature, as Newton's."""
    return "" if run.is_newton else f" at {steepness(run, curvature)}"


def beside(bound: float, setting: float) -> str:
    """Return a bound with three significant digits, or as many as tell on which side of a setting, as given, it is.

    >>> beside(0.16666667, 0.1), beside(0.16666667, 0.16668), beside(0.16666667, 0.16666667)
    ('0.167', '0.16667', '0.16667')
    """
    given = rounded(setting)
    if math.isclose(bound, setting, rel_tol=SAME):
        return number(bound)
    digits = 3
    while digits < MOST_DIGITS and (rounded(bound, digits) < given) != (bound < setting):
        digits += 1
    return number(bound, digits)


def what_remains(factor: float) -> str:
    """Return what a step does to the loss that remains, as a verb and its object.

    >>> what_remains(0.64), what_remains(0.999986), what_remains(0.0)
    ('keeps 64 % of the remaining loss', 'takes away 0.0014 % of the remaining loss', 'leaves nothing of the loss')
    """
    if not factor:
        return "leaves nothing of the loss"
    if 0.999 < factor < 1:
        return f"takes away {percent(1 - factor)} of the remaining loss"
    return f"keeps {percent(factor)} of the remaining loss"


def what_remained(factor: float) -> str:
    """Return the same of steps that were made.

    >>> what_remained(0.64), what_remained(0.999986)
    ('kept 64 % of the remaining loss', 'took away 0.0014 % of the remaining loss')
    """
    return what_remains(factor).replace("keeps", "kept").replace("takes", "took").replace("leaves", "left")


def share_of(value: float, whole: float) -> str:
    """Return how large a smaller number is beside another one.

    >>> share_of(0.5, 2.0), share_of(0.99999, 1.0)
    ('25 % of', 'just below')
    """
    share = percent(value / whole)
    return "just below" if share == "100 %" else f"{share} of"


def step_count(count: int) -> str:
    """Return an exact number of updates with its noun: ``1 step``, ``1,200 steps``."""
    return "1 step" if count == 1 else f"{count:,} steps"


def distinct(value: float, other: float, digits: int = 3) -> str:
    """Return a number with three significant digits, or as many as tell it from another one.

    >>> distinct(1.5, 2.0), distinct(1.99998, 2.0)
    ('1.5', '1.99998')
    """
    while digits < MOST_DIGITS and number(value, digits) == number(other, digits):
        digits += 1
    return number(value, digits)


def against(lr: float, curvature: float, bound: float, scaled: bool = False) -> str:
    """Return ``ηλ = 0.0105 × 200 = 2.1 > 2``, with as many digits as make it true; without a sign where none do."""
    reach = lr * curvature
    sides = distinct(reach, bound), distinct(bound, reach)
    compared = "" if sides[0] == sides[1] else f" {'<' if reach < bound else '>'} {sides[1]}"
    return f"η{'λ̃' if scaled else 'λ'} = {three(lr)} × {three(curvature)} = {sides[0]}{compared}"


def beside_limit(run: RunSummary, lr: float, curvature: float, limit: float) -> str:
    """Return ``ηλ = 0.0105 × 200 = 2.1 > 2``; ``η = 2.5 > 2`` where the limit is the same at every curvature."""
    if not run.is_newton:
        return against(lr, curvature, limit * curvature, run.scaled)
    return f"η = {distinct(lr, limit)} {'<' if lr < limit else '>'} {distinct(limit, lr)}"


def vanished(run: RunSummary) -> str:
    """Say that the gradient has vanished: beside its first value, where that was above 1."""
    if run.grad <= VANISHED * max(1.0, run.steep):
        return "The gradient is 0 to working precision"
    left = f"to {three(run.grad / run.steep)} of its first value" if run.steep > 1 else f"|g| = {three(run.grad)}"
    return f"The gradient has vanished ({left})"


def without_limit(run: RunSummary) -> str:
    """Say that no stability limit is known: a rule has none, or where it was not measured."""
    if run.optimizer.has_theory:
        return f"The sharpness is not known, and so no stability limit of {run.rule}"
    return f"No stability limit is known for {run.rule}"

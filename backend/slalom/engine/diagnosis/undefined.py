"""What could not be computed where a run ended though it had not blown up: the operation, the place, and the cure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Advice
from slalom.catalogue.formula.domain_errors import DomainError, domain_errors
from slalom.catalogue.optimizers import Optimizer
from slalom.catalogue.problems.base import Problem

DAMPING = 0.1
"""The damping that is advised where a Hessian is singular, as a share of its largest curvature."""
HALVINGS, STEPS_TO_THE_EDGE = 40, 12
"""So many halvings find the edge of where a loss is defined; at so many points on the way there it is looked at."""
EPS = 1e-8
"""The eps that is advised where there is none."""


class EndOfRun(NamedTuple):
    """The last update of a run that ended: where it started from, and where it led."""

    problem: Problem
    rule: Optimizer
    step: int
    """Entry at which it started."""
    before: np.ndarray
    """Parameters there, (dim,)."""
    after: np.ndarray
    """Parameters at the first entry that is not finite, (dim,)."""
    nonfinite: int
    """That entry."""


class UndefinedOperation(NamedTuple):
    """An operation that has no finite result."""

    reason: str
    step: int
    place: str
    """The point there: ``x = -0.2``."""
    detail: str = ""
    """What exactly is missing, where there is more to say."""
    moves: bool = True
    """Whether a smaller learning rate, or another start, may lead past it; where not, its cure is its advice."""
    cure: str = ""
    """What to do about it, as the end of a sentence."""
    edge: bool = False
    """Whether the loss falls all the way to the edge of where it is defined, to which every learning rate leads."""
    advice: tuple[Advice, ...] = ()


def undefined_operation(end: EndOfRun) -> UndefinedOperation | None:
    """Return what could not be computed where a run ended; None where it merely overflowed."""
    for find in (_value, _gradient, _hessian, _quotient):
        with np.errstate(all="ignore"):
            found = find(end)
        if found is not None:
            return found
    return None


def _value(end: EndOfRun) -> UndefinedOperation | None:
    """Return what the loss of a formula lacks at the last point."""
    if not np.isfinite(end.after).all() or np.isfinite(end.problem.functions(np).value(end.after)):
        return None
    found = _domain_error(end.problem, end.after)
    if found is None or (found.overflow and end.nonfinite):
        return None
    return UndefinedOperation(found.reason, end.nonfinite, _place(end.problem, end.after), edge=_falls_to_the_edge(end))


def _falls_to_the_edge(end: EndOfRun) -> bool:
    """Return whether the loss falls, ever deeper, from the last point to where it is defined no more."""
    inside, outside = end.before, end.after
    value = end.problem.functions(np).value
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if np.isfinite(value(middle)) else (inside, middle)
    way = (inside - end.before)[:, None] * (1 - 0.5 ** np.arange(STEPS_TO_THE_EDGE))
    heights = value(end.before[:, None] + way)
    slopes = np.diff(heights) / np.diff(1 - 0.5 ** np.arange(STEPS_TO_THE_EDGE))
    return bool(np.isfinite(slopes).all() and (slopes < 0).all() and slopes[-1] <= slopes[0] / 2)


def _gradient(end: EndOfRun) -> UndefinedOperation | None:
    """Return what the gradient lacks at the point before, where the loss is finite."""
    value, gradient = end.problem.functions(np).slope(end.before)
    if np.isfinite(end.after).all() or not np.isfinite(value) or np.isfinite(gradient).all():
        return None
    found = _domain_error(end.problem, end.before)
    detail = "" if found is None else found.reason
    return UndefinedOperation("the gradient is not finite", end.step, _place(end.problem, end.before), detail)


def _hessian(end: EndOfRun) -> UndefinedOperation | None:
    """Return whether Newton's method had a Hessian without an inverse."""
    if not end.rule.uses_hessian or np.isfinite(end.after).all():
        return None
    hessian, place = end.problem.functions(np).hessian(end.before), _place(end.problem, end.before)
    if not np.isfinite(hessian).all():
        return UndefinedOperation("the Hessian is not finite", end.step, place)
    curvatures = abs(np.linalg.eigvalsh(hessian) + getattr(end.rule, "damping", 0.0))
    if curvatures.min() > len(curvatures) * np.finfo(float).eps * curvatures.max():
        return None
    damping = float(f"{DAMPING * curvatures.max() or 1.0:.1e}")
    return UndefinedOperation(
        "the Hessian is singular",
        end.step,
        place,
        "a curvature is 0, and Newton's method divides by it",
        moves=False,
        cure=f"Add a damping of {number(damping)} to every curvature",
        advice=(Advice(field="run.optimizer.damping", value=damping),),
    )


def _quotient(end: EndOfRun) -> UndefinedOperation | None:
    """Return whether a rule without an eps has divided 0 by the root of a mean of squares that is 0."""
    if getattr(end.rule, "eps", None) != 0 or np.isfinite(end.after).all():
        return None
    return UndefinedOperation(
        "the update is 0/0",
        end.step,
        _place(end.problem, end.before),
        "a gradient of 0 is divided by the size of the past ones, which is 0, too",
        moves=False,
        cure=f"An eps in the denominator prevents that: try {number(EPS)}",
        advice=(Advice(field="run.optimizer.eps", value=EPS),),
    )


def _domain_error(problem: Problem, point: np.ndarray) -> DomainError | None:
    formula = getattr(problem, "formula", None)
    return None if formula is None else domain_errors(formula, point.tolist())


def _place(problem: Problem, point: np.ndarray) -> str:
    return ", ".join(f"{name} = {number(x, 3)}" for name, x in zip(problem.variables, point, strict=True))

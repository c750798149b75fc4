"""One update in its rule's formula: its terms with their numbers, its arithmetic as lines, and its parts as arrows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slalom.catalogue.base.number_format import number
from slalom.catalogue.optimizers.base import Optimizer, Term

from .stepper import UpdateDetails

LINES = 2
"""Coordinates whose arithmetic is written out."""
ROUNDINGS = 4
"""What remains of a step is momentum where it is more than so many roundings of the point."""


def explain_update(details: UpdateDetails, rule: Optimizer, step: int, variables: Sequence[str]) -> dict[str, Any]:
    """Return ``terms``, ``lines`` and ``parts`` of the update that leads on from entry ``step``."""
    details = details._replace(state=details.state._make(_of_one_run(value) for value in details.state))
    terms = [_written(term) for term in _terms(details, rule, step + 1)]
    factors = rule.factors(details.seen, details.state)
    lines = [_line(details, i, name, factors) for i, name in enumerate(variables[:LINES])]
    return {"terms": terms, "lines": lines, "parts": _parts(details, rule, step + 1)}


def _terms(details: UpdateDetails, rule: Optimizer, t: int) -> list[Term]:
    gradient, seen = details.gradient, details.seen
    how = "turned, to maximize" if rule.maximize else "after noise and clipping"
    disturbed = [] if np.array_equal(gradient, seen, equal_nan=True) else [Term(how, "g", seen)]
    return [
        Term("gradient", "g = ∇f", gradient, "gradient"),
        *disturbed,
        *rule.memory(details.state, t),
        Term("step", rule.step_formula, details.after - details.point, "step"),
    ]


def _line(details: UpdateDetails, i: int, name: str, factors: list[str] | None) -> str:
    """Return a coordinate's update, as in ``x: -4.2 - 0.1 · 17.4 = -5.94``."""
    before, after = details.point[i], details.after[i]
    change = f"{'-' if after < before else '+'} {number(abs(after - before), 3)}"
    if factors:
        change = f"- {number(details.lr, 3)} · {factors[i]}"
    return _typeset(f"{name}: {number(before, 3)} {change} = {number(after, 3)}")


def _parts(details: UpdateDetails, rule: Optimizer, t: int) -> dict[str, list[float] | None]:
    """Return the step, the part of it that is the new gradient's, and the rest, which was remembered.

    Of a rule whose parts do not add up: the direction against the gradient, as long as the step.
    """
    seen, step = details.seen, details.after - details.point
    share = rule.gradient_share(details.state, details.lr, t)
    rest = None
    if share is None:
        gradient = -np.linalg.norm(step) / (np.linalg.norm(seen) or 1) * seen
    else:
        gradient = -share * seen
        left = step - gradient
        rounding = float(np.finfo(details.after.dtype).eps) * (np.linalg.norm(details.point) + np.linalg.norm(step))
        rest = left.tolist() if np.linalg.norm(left) > ROUNDINGS * rounding else None
    return {"gradient": gradient.tolist(), "momentum": rest, "step": step.tolist()}


def _written(term: Term) -> dict[str, Any]:
    value = np.asarray(term.value, np.float64).tolist()
    return {"name": term.name, "formula": _typeset(term.formula), "value": value, "part": term.part}


def _of_one_run(value: Any) -> Any:
    """Return what a rule remembers of one run: shape (dim,), or a number."""
    array = np.asarray(value, np.float64)
    return array[:, 0] if array.ndim == 2 else float(array.reshape(-1)[0])


def _typeset(text: str) -> str:
    """Return a formula with the minus sign of print."""
    return text.replace("-", "−")

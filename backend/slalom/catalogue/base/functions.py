"""A problem as arithmetic: value, gradient and Hessian on one array library, and what they take to evaluate."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .choice import Array


class Functions(NamedTuple):
    """A problem as arithmetic on one array library; ``p`` has shape (dim, ...), any number of trailing axes."""

    value: Callable[[Array], Array]
    """f(p), shape (...)."""
    slope: Callable[[Array], tuple[Array, Array]]
    """f(p) and ∇f(p), shapes (...) and (dim, ...)."""
    hessian: Callable[[Array], Array]
    """∇²f(p), shape (dim, dim, ...)."""
    diagonal: Callable[[Array], Array] | None = None
    """The Hessian's diagonal, shape (dim, ...), for problems whose Hessian has nothing else; None for the others."""


class Effort(NamedTuple):
    """What it takes to evaluate a problem at any number of points together, about."""

    calls: int
    """Array functions that are called for value and gradient."""
    numbers: int
    """Numbers that are computed for them at every point; a sine counts as ten."""
    hessian_calls: int
    hessian_numbers: int
    diagonal: bool = False
    """Whether the eigenvalues of the Hessian stand on its diagonal."""

"""What every update rule has in common: arithmetic for one run or thousands, and the learning rate it can bear.

A rule is a pure function of plain arithmetic over a passed-in ``xp`` (numpy or torch). The same lines run on a float in
a doctest, on one run and on 65 536 runs: every float field may be a float or a float64 column with one entry per run.

Two laws make that safe. A run's numbers never depend on its neighbours or on whether a field is a float or a column:
only + - * / sqrt, minimum, maximum, where, sign and abs touch per-run numbers, a power βᵗ is a running product kept in
the state, and constants such as 1 - β are computed in float64 before they are rounded to the dtype of the run. And runs
that are stepped together agree on which fields are exactly 0, because 0 · inf is nan and such a term must be left out.

Overflow and nan are results here, not mistakes: callers that use NumPy silence its floating-point warnings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from slalom.catalogue.base.choice import Array, Choice, Module

TORCH_PAIRS = {
    **{f"beta{i}": ("betas", i) for i in (1, 2)},
    **{f"eta{i}": ("etas", i) for i in (1, 2)},
    **{f"step_size{i}": ("step_sizes", i) for i in (1, 2)},
    **{f"eps{i}": ("eps", i) for i in (1, 2)},
    **{f"ns_coefficient{i}": ("ns_coefficients", i) for i in (1, 2, 3)},
    **{f"adamw_beta{i}": ("adamw_betas", i) for i in (1, 2)},
}
"""Fields that ``torch.optim`` takes together, by its name for them and their place."""


Closure = Callable[[Array], tuple[Array, Array]]
"""Returns losses, (E,), and gradients at parameters, both (dim, E), on the examples of the update."""


class Term(NamedTuple):
    """A quantity that a step is made of: its name, its formula with this update's numbers, its value (dim,)."""

    name: str
    formula: str
    value: Array
    part: str | None = None
    """Which arrow it is, where the update is drawn as some: ``gradient``, ``momentum`` or ``step``."""


class Optimizer(Choice):
    """An update rule: gradient in, step out."""

    kind: Any
    """The word that tells this rule from the others; each has its own."""
    lr: float = Field(0.001, ge=0)
    """Learning rate η: the length of a step, in units of what the rule makes of the gradient."""
    maximize: bool = False
    """Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss."""

    title: ClassVar[str]
    """Its name, for people."""
    source: ClassVar[str]
    """Where it comes from."""
    operations: ClassVar[int]
    """Array operations of one update, about."""
    scale_free: ClassVar[bool] = False
    """Whether the rule finds the length of a step itself, so that a learning rate is a factor near 1."""
    uses_hessian: ClassVar[bool] = False
    """Whether ``step`` needs the Hessian."""
    uses_closure: ClassVar[bool] = False
    """Whether an update asks for more gradients, as ``step_by`` does."""
    by_tensor: ClassVar[bool] = False
    """Whether it updates a network tensor by tensor, because it looks at their shapes."""
    by_run: ClassVar[bool] = False
    """Whether it updates all parameters of a run together, so that layers can't have rates of their own."""
    is_written: ClassVar[bool] = True
    """Whether what it remembers can be written down; if not, a run that goes on is computed again up to there."""
    has_theory: ClassVar[bool] = True
    """Whether a largest stable learning rate is known; if not, ``limit`` and ``growth`` are nan."""
    second_moment: ClassVar[str] = ""
    """The letter of the size of past gradients that it divides by and forgets in time; nothing where it does not."""

    is_normalized: ClassVar[bool] = False
    """Whether a step moves every coordinate by about the learning rate, however steep it is."""
    torch_class: ClassVar[str]
    """The class of a PyTorch program that is this rule: one of ``torch.optim``, or what ``torch_source`` defines."""
    torch_maximizes: ClassVar[bool] = True
    """Whether that class of ``torch.optim`` knows ``maximize``."""
    torch_source: ClassVar[str] = ""
    """The definition of ``torch_class``, where ``torch.optim`` has none."""

    @property
    def torch_resumed(self) -> str:
        """What ``torch_class`` needs in ``held``, its memory of a tensor, to go on from that of other settings.

        Nothing where it finds all that it reads; else a statement.
        """
        return ""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON schema: what only few runs need, and all rules have, comes last."""
        schema = super().__get_pydantic_json_schema__(core, handler)
        fields = handler.resolve_ref_schema(schema)["properties"]
        fields["maximize"] = fields.pop("maximize")
        return schema

    @property
    def usual_name(self) -> str:
        """What this rule is called with these settings: the title, unless settings make it one of another name."""
        return self.title

    @property
    def memory_kind(self) -> str:
        """What rules have in common that go on with each other's memory."""
        return self.kind

    def torch_arguments(self) -> dict[str, Any]:
        """Return what ``torch_class`` is constructed with: fields that PyTorch takes as a pair are one.

        ``maximize`` is among them where it is set and the class knows it; where it does not, a program turns gradients.
        """
        known = self.maximize and self.torch_maximizes and not self.torch_source
        left_out = {"kind"} if known else {"kind", "maximize"}
        fields = {name: value for name, value in self if name not in left_out}
        found: dict[str, Any] = {}
        for name, value in fields.items():
            pair, place = TORCH_PAIRS.get(name, (name, None))
            found[pair] = value if place is None else (*found.get(pair, ()), value)
        return found

    def of_tensor(self, shape: tuple[int, ...]) -> Self:
        """Return the rule for one tensor of a network, where it goes ``by_tensor``; ``shape`` is PyTorch's."""
        return self

    def init(self, p: Array, xp: Module) -> Any:
        """Return the state before the first update, a NamedTuple; ``p`` has shape (dim, E).

        Its entries have shape (dim, E) or (E,), or are numbers that all runs share.
        """
        raise NotImplementedError

    def resumed(self, state: Any) -> Any:
        """Return what one run of a rule of this kind, with other settings, remembers, as this one goes on with it.

        As PyTorch's ``load_state_dict``: what was computed from settings is computed from the new ones.
        """
        return state

    def step(
        self, p: Array, g: Array, state: Any, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, Any]:
        """Return parameters and state after one update that goes down; nothing passed in is changed.

        ``p`` and the gradient ``g`` at ``p`` have shape (dim, E), ``hessian`` (dim, dim, E); ``lr`` is this update's
        rate, a float or a float64 column of shape (E,).
        """
        raise NotImplementedError

    def step_by(self, p: Array, closure: Closure, state: Any, lr: Array, xp: Module) -> tuple[Array, Any]:
        """Return the same of a rule that ``uses_closure``, which is asked for loss and gradient, at ``p`` first."""
        raise NotImplementedError

    def update(
        self,
        p: Array,
        g: Array,
        state: Any,
        lr: Array,
        xp: Module,
        hessian: Array | None = None,
        closure: Closure | None = None,
    ) -> tuple[Array, Any]:
        """Return parameters and state after one update: a step, down the gradient ``g`` or, if ``maximize``, up it."""
        if closure is not None:
            return self.step_by(p, _turned(closure) if self.maximize else closure, state, lr, xp)
        if self.maximize:
            g, hessian = -g, None if hessian is None else -hessian
        return self.step(p, g, state, lr, xp, hessian)

    def preconditioner(self, state: Any, xp: Module) -> Array | None:
        """Return D, shape (dim, E), from the state after an update that was p ← p - η (averaged gradient) / D.

        None stands for D = 1. With D frozen the rule is a linear recursion on a quadratic, and the curvature it feels
        is the top eigenvalue of D^-½ (∇²f + coupled_decay) D^-½.
        """
        return None

    @property
    def is_preconditioned(self) -> bool:
        """Whether it divides by a preconditioner D that its stability limit depends on."""
        return self.has_theory and type(self).preconditioner is not Optimizer.preconditioner

    @property
    def step_formula(self) -> str:
        """The step as a formula of what :meth:`memory` names."""
        return "by the rule"

    def told(self, state: Any) -> Any:
        """Return what one run remembers as it is shown, a NamedTuple: entries of shape (dim, 1) or (1,), or numbers."""
        return state

    def memory(self, state: Any, t: int) -> list[Term]:
        """Return what is remembered after update number ``t`` >= 1 of one run, as far as it has coordinates.

        The entries of ``state`` have shape (dim,), or are numbers; likewise in :meth:`factors`.
        """
        vectors = ((name, value) for name, value in state._asdict().items() if np.ndim(value) == 1)
        return [Term(name.replace("_", " "), "", value) for name, value in vectors if np.any(value)]

    def factors(self, g: Array, state: Any) -> list[str] | None:
        """Return what the rate is multiplied by in every coordinate, in numbers; None where that is not all of it.

        ``g`` is the gradient as the rule saw it.
        """
        return None

    def gradient_share(self, state: Any, lr: float, t: int) -> Array | None:
        """Return how far update number ``t`` goes for every unit of its gradient: a number, or shape (dim,).

        None where the new gradient's part and what was remembered do not add up to the step.
        """
        return None

    @property
    def coupled_decay(self) -> Array:
        """The weight decay that joins the gradient, and so adds to every Hessian eigenvalue: a float or (E,)."""
        return 0.0

    @property
    def pull(self) -> Array:
        """All that pulls parameters towards zero, in the gradient or beside it: a float or (E,)."""
        return getattr(self, "weight_decay", 0.0)

    @property
    def pulling_field(self) -> str:
        """The setting of one run that pulls most."""
        return "weight_decay"

    def shrinkage(self, lr: Array) -> Array:
        """Return the share of a vector that an update takes from it beside the gradient: η w, if w is decoupled."""
        return lr * (self.pull - self.coupled_decay)

    def limit(self, curvature: Array) -> Array:
        """Return the largest stable learning rate at this curvature: float64, inf where it is <= 0, nan without theory.

        ``curvature`` is a float or an array whose last axis is E; it includes ``coupled_decay`` and D.
        """
        curvature = np.asarray(curvature, np.float64)
        if not self.has_theory:
            return np.full(curvature.shape, np.nan)
        with np.errstate(all="ignore"):
            return np.where(curvature <= 0, np.inf, self._limit(curvature))

    def growth(self, lr: Array, curvature: Array) -> Array:
        """Return ρ², the factor by which the loss changes per update in the end: float64, nan without theory.

        ρ is the spectral radius of the rule's linear recursion at this curvature: the largest root of z² - b z + c.
        """
        lr, curvature = np.asarray(lr, np.float64), np.asarray(curvature, np.float64)
        if not self.has_theory:
            return np.full(np.broadcast_shapes(lr.shape, curvature.shape), np.nan)
        with np.errstate(all="ignore"):
            return _squared_radius(*self.recursion(lr, curvature))

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        """Return (b, c) of the recursion p[k+1] = b p[k] - c p[k-1] that the rule is on ½ λ p², D frozen."""
        raise NotImplementedError

    def first_factor(self, lr: Array, curvature: Array) -> Array:
        """Return p[1]/p[0] on ½ λ p², the first step of ``recursion``: b, for a rule that remembers nothing."""
        return self.recursion(lr, curvature)[0]

    def _limit(self, curvature: Array) -> Array:
        raise NotImplementedError


def _turned(closure: Closure) -> Closure:
    def turned(p: Array) -> tuple[Array, Array]:
        losses, gradients = closure(p)
        return -losses, -gradients

    return turned


def _squared_radius(b: Array, c: Array) -> Array:
    """Return |z|² of the larger root of z² - b z + c, without overflow before the result itself overflows."""
    half = b / 2
    scale = np.maximum(np.maximum(np.abs(half), np.sqrt(np.abs(c))), np.finfo(np.float64).tiny)
    apart = np.sqrt(np.maximum((half / scale) ** 2 - c / scale / scale, 0))
    real = (np.abs(half) + scale * apart) ** 2
    return np.where(np.isinf(half), np.inf, np.where(half * half < c, c, real))


def heavy_ball(step: Array, beta: Array) -> tuple[Array, Array]:
    """Return (b, c) of a ball with momentum β where ``step`` is ηλ; β = 0 is gradient descent."""
    return 1 + beta - step, beta


def heavy_ball_limit(curvature: Array, beta: Array) -> Array:
    """Return 2(1 + β)/λ; above β = 1 no learning rate is stable."""
    return np.where(np.asarray(beta) > 1, 0.0, 2 * (1 + beta) / curvature)


def is_zero(field: Array) -> bool:
    """Tell whether a field is exactly 0, for all runs: those stepped together agree, so the first one speaks.

    >>> is_zero(0.0), is_zero(1e-300), is_zero(np.zeros(3))
    (True, False, True)
    """
    return field == 0 if isinstance(field, float | int) else bool(field[0] == 0)


def like(number: Array, p: Array) -> Array:
    """Return a float64 number or column in the dtype of ``p``; a Python float takes part in any dtype as it is.

    >>> like(np.array([0.1]), np.zeros((2, 1), np.float32)).dtype
    dtype('float32')
    """
    if isinstance(number, float):
        return float(number)
    return number.to(p.dtype) if hasattr(number, "to") else number.astype(p.dtype, copy=False)


def plain(field: Array) -> Array:
    """Return a field as a float or a float64 NumPy column, whichever library its column is from."""
    return field if isinstance(field, float) else np.asarray(field, np.float64)


def root(number: Array, xp: Module) -> Array:
    """Return the square root of a float64 number or column, the same for both: torch's is not always the nearest."""
    if not isinstance(number, float):
        return xp.sqrt(number)
    return math.sqrt(number) if xp is np else float(xp.sqrt(xp.asarray(number, dtype=xp.float64)))


def power(base: Array, exponent: Array) -> Array:
    """Return a power in float64, the same for floats and columns: by one loop of NumPy, wherever they are."""
    column = next((value for value in (base, exponent) if not isinstance(value, float)), None)
    found = np.power(*(value.cpu().numpy() if hasattr(value, "cpu") else value for value in (base, exponent)))
    if column is None:
        return float(found)
    return column.new_tensor(found) if hasattr(column, "new_tensor") else found


@lru_cache(maxsize=1024)
def running_power(base: float, exponent: int) -> float:
    """Return a power as the running product that it is in states: 1 · base · base ...

    >>> running_power(0.5, 3)
    0.125
    """
    found = 1.0
    for _ in range(exponent):
        found *= base
        if not found:
            break
    return found


def over(number: Array, divisor: Array) -> Array:
    """Return number / divisor, the same for floats and columns: torch makes 3 / column into 3 · (1/column)."""
    return number / divisor if isinstance(divisor, float) else (0 * divisor + number) / divisor


def decayed(p: Array, g: Array, lr: Array, decay: Array, decoupled: bool = False) -> tuple[Array, Array]:
    """Return parameters and gradient after weight decay: g + decay · p, or decoupled p (1 - η · decay)."""
    if is_zero(decay):
        return p, g
    if decoupled:
        return p * like(1 - lr * decay, p), g
    return p, g + like(decay, p) * p


def averaged(mean: Array, g: Array, beta: Array) -> Array:
    """Return the running mean β mean + (1 - β) g, written as torch's lerp."""
    return g if is_zero(beta) else mean + like(1 - beta, g) * (g - mean)


def averaged_square(mean: Array, g: Array, beta: Array) -> Array:
    """Return the running mean β mean + (1 - β) g²."""
    return like(beta, g) * mean + like(1 - beta, g) * g * g

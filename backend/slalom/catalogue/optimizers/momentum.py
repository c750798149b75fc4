"""Rules that follow the gradient itself, with or without memory: gradient descent, heavy ball, Nesterov; and Newton."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.number_format import bracketed, number

from .base import Optimizer, Term, decayed, heavy_ball, heavy_ball_limit, is_zero, like, plain


class Sgd(Optimizer):
    """Gradient descent, and with momentum a ball that keeps rolling.

        g ← ∇f(p) + w p
        v ← μ v + (1 - d) g         the first time v ← g
        p ← p - η v                 Nesterov: p ← p - η (g + μ v)

    μ is the momentum, d the dampening, w the weight decay; μ = 0 is plain gradient descent. Where the top curvature is
    λ (w included) it is stable while ηλ < 2; with momentum ηλ < 2(1 + μ)/(1 - d); with Nesterov's look ahead
    ηλ < 2(1 + μ)/(1 + 2μ), which is less than gradient descent allows.

    >>> import numpy as np
    >>> rule = Sgd(momentum=0.5)
    >>> p, state = rule.step(1.0, 2.0, rule.init(1.0, np), 0.25, np)
    >>> p, state.velocity
    (0.5, 2.0)
    >>> rule.step(p, 1.0, state, 0.25, np)[0]
    0.0
    """

    kind: Literal["sgd"] = "sgd"
    momentum: float = Field(0.0, ge=0)
    """Share μ of the last velocity that is kept."""
    dampening: float = Field(0.0, ge=0, le=1)
    """Share d of a new gradient that is left out of the velocity."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull w towards zero, as a part of the gradient."""
    nesterov: bool = False
    """Look ahead: step along the gradient plus the new velocity. Needs momentum, and no dampening."""

    title = "Gradient descent"
    torch_class = "torch.optim.SGD"
    source = (
        "Polyak 1964, doi:10.1016/0041-5553(64)90137-5; Nesterov's form as in Sutskever et al. 2013; torch.optim.SGD"
    )
    operations = 5

    class State(NamedTuple):
        """The velocity, and how many updates were made."""

        velocity: Array
        t: int

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Sgd:
        if self.nesterov and (self.momentum <= 0 or self.dampening != 0):
            raise ValueError(
                f"nesterov looks ahead along the momentum, but momentum is {self.momentum:g} and dampening is "
                f"{self.dampening:g}; use a momentum above 0, such as 0.9, and dampening 0"
            )
        return self

    @property
    def usual_name(self) -> str:
        return "Nesterov" if self.nesterov else "Momentum" if self.momentum else self.title

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p), 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        if is_zero(self.momentum):
            return p - like(lr, p) * g, state
        momentum = like(self.momentum, p)
        velocity = g
        if state.t > 0:
            new = g if is_zero(self.dampening) else like(1 - self.dampening, p) * g
            velocity = momentum * state.velocity + new
        ahead = g + momentum * velocity if self.nesterov else velocity
        return p - like(lr, p) * ahead, self.State(velocity, state.t + 1)

    @property
    def step_formula(self) -> str:
        if self.nesterov:
            return f"-lr (g + {number(self.momentum, 3)} v)"
        return "-lr v" if self.momentum else "-lr g"

    def memory(self, state: State, t: int) -> list[Term]:
        if not self.momentum:
            return []
        new = f"{number(1 - self.dampening, 3)} g" if self.dampening and t > 1 else "g"
        return [Term("velocity", f"v = {number(self.momentum, 3)} v + {new}", state.velocity, "momentum")]

    def factors(self, g: Array, state: State) -> list[str] | None:
        if self.nesterov or self.weight_decay:
            return None
        return [bracketed(value) for value in (state.velocity if self.momentum else g)]

    def gradient_share(self, state: State, lr: float, t: int) -> Array:
        if self.nesterov:
            return lr * (1 + self.momentum)
        return lr * (1 - self.dampening if self.momentum and t > 1 else 1.0)

    @property
    def coupled_decay(self) -> Array:
        return self.weight_decay

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        beta = plain(self.momentum)
        if self.nesterov:
            kept = 1 - lr * curvature
            return (1 + beta) * kept, beta * kept
        return heavy_ball(lr * curvature * self._share, beta)

    def first_factor(self, lr: Array, curvature: Array) -> Array:
        """Return 1 - ηλ, with Nesterov's look ahead 1 - (1 + β)ηλ: the first gradient is not dampened."""
        return 1 - lr * curvature * (1 + plain(self.momentum) if self.nesterov else 1.0)

    def _limit(self, curvature: Array) -> Array:
        beta = plain(self.momentum)
        if self.nesterov:
            return 2 * (1 + beta) / ((1 + 2 * beta) * curvature)
        return heavy_ball_limit(self._share * curvature, beta)

    @property
    def _share(self) -> Array:
        return 1.0 if is_zero(self.momentum) else 1 - plain(self.dampening)


NEWTON_IN_TORCH = """
class Newton(torch.optim.Optimizer):
    def __init__(self, parameters, lr, damping):
        super().__init__(parameters, {"lr": lr, "damping": damping})

    @torch.no_grad()
    def step(self, hessian):
        for group in self.param_groups:
            (p,) = group["params"]
            curvatures, directions = torch.linalg.eigh(hessian)
            curvatures = curvatures + group["damping"]
            noise = len(p) * torch.finfo(p.dtype).eps * curvatures.abs().max()
            curvatures[curvatures.abs() <= noise] = 0
            p -= group["lr"] * (directions @ ((directions.T @ p.grad) / curvatures))
"""
"""Newton's method for a PyTorch program."""


class Newton(Optimizer):
    """Divides the gradient by the curvature, direction by direction: on a quadratic one step of lr 1 is enough.

        p ← p - η (H + δ)⁻¹ g

    H is the Hessian at p, δ the damping. Every direction shrinks by 1 - η, whatever its curvature, so it is stable
    while η < 2 (with damping η < 2(1 + δ/λ)), but towards *any* point where the gradient vanishes, a saddle included.
    Where H + δ is singular to working precision, or not finite, the step is not finite.
    """

    kind: Literal["newton"] = "newton"
    lr: float = Field(1.0, ge=0)
    """Share η of the full step."""
    damping: float = Field(0.0, ge=0)
    """Number δ added to every curvature."""

    title = "Newton's method"
    torch_class = "Newton"
    torch_source = NEWTON_IN_TORCH
    source = "Nocedal & Wright, Numerical Optimization, 2006, chapter 3"
    operations = 120
    scale_free = True
    uses_hessian = True

    class State(NamedTuple):
        """Nothing is remembered."""

    def init(self, p: Array, xp: Module) -> State:
        return self.State()

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        assert hessian is not None
        matrices = xp.moveaxis(hessian, -1, 0)
        usable = xp.isfinite(matrices).all(-1).all(-1)[:, None, None]
        values, vectors = xp.linalg.eigh(xp.where(usable, matrices, xp.zeros_like(matrices)))
        values = values.T + like(self.damping, p)
        values = xp.where(usable[:, 0, 0], values, xp.zeros_like(values))
        noise = len(p) * float(xp.finfo(p.dtype).eps) * xp.amax(xp.abs(values), 0)
        values = xp.where(xp.abs(values) <= noise, xp.zeros_like(values), values)
        vectors = xp.moveaxis(vectors, 0, -1)
        along = sum(vectors[j] * g[j] for j in range(len(p))) / values
        return p - like(lr, p) * sum(vectors[:, i] * along[i] for i in range(len(p))), state

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        """Return (b, c): the curvature matters only where there is damping."""
        return heavy_ball(lr * self._share(curvature), 0.0)

    def _limit(self, curvature: Array) -> Array:
        return 2 / self._share(curvature)

    def _share(self, curvature: Array) -> Array:
        """Return λ/(λ + δ), the share of the curvature that the division takes away."""
        return 1 / (1 + plain(self.damping) / curvature)


__all__ = ["Newton", "Sgd"]

"""Gradient descent that averages the points it comes through: ASGD."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from slalom.catalogue.base.choice import Array, Module

from .base import Optimizer, decayed, heavy_ball, heavy_ball_limit, is_zero, like, over, power


class Asgd(Optimizer):
    """Gradient descent with a rate that falls slowly, and an average of the points it comes through.

        g ← ∇f(p) + w p
        p ← (1 - λ ηₜ) p - ηₜ g          η₁ = η,  ηₜ₊₁ = η / (1 + λ η t)^α
        a ← a + μₜ (p - a)               μₜ = 1 / max(1, t - 1 - t₀)

    λ is lambd, and w the weight decay. The loss that is shown is that of p: the average a is what PyTorch keeps beside
    it, and before update t₀ it is p itself. A rate that a schedule changes acts one update later, as in PyTorch. Where
    the top curvature is c it is stable while ηₜ (c + w + λ) < 2.
    """

    kind: Literal["asgd"] = "asgd"
    lr: float = Field(0.01, ge=0)
    """Learning rate η of the first update."""
    lambd: float = Field(1e-4, ge=0)
    """Pull towards zero, and how fast the rate falls, λ."""
    alpha: float = Field(0.75, ge=0)
    """Power with which the rate falls, α."""
    t0: float = Field(1e6, ge=0)
    """Update from which on points are averaged, t₀."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull w towards zero, as a part of the gradient."""

    title = "ASGD"
    torch_class = "torch.optim.ASGD"
    source = "Polyak & Juditsky 1992, doi:10.1137/0330046; Bottou 2010, section 5.1; torch.optim.ASGD"
    operations = 11

    class State(NamedTuple):
        """The average, the rate of the next update, what η was divided by in the last one and is in the next, and how
        many were made.
        """

        average: Array
        rate: Array
        divisor: Array
        next_divisor: Array
        t: int

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p), xp.zeros_like(p), 1.0, 1.0, 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        rate = state.rate if state.t else like(lr, p) * xp.ones_like(p)
        _, g = decayed(p, g, lr, self.weight_decay)
        kept = p if is_zero(self.lambd) else p - rate * like(self.lambd, p) * p
        p = kept - rate * g
        share = over(1.0, _at_least_one(state.t - self.t0, xp))
        average = xp.where(like(share, p) == xp.ones_like(p), p, state.average + like(share, p) * (p - state.average))
        t = state.t + 1
        slower = 1.0 if is_zero(self.lambd) else power(1 + self.lambd * lr * t, self.alpha)
        following = like(over(lr, slower), p) * xp.ones_like(p)
        return p, self.State(average, following, state.next_divisor, slower, t)

    def preconditioner(self, state: State, xp: Module) -> Array:
        return like(state.divisor, state.average) * xp.ones_like(state.average)

    @property
    def coupled_decay(self) -> Array:
        return self.pull

    @property
    def pull(self) -> Array:
        return self.weight_decay + self.lambd

    @property
    def pulling_field(self) -> str:
        return "lambd" if self.lambd > self.weight_decay else "weight_decay"

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        return heavy_ball(lr * curvature, 0.0)

    def _limit(self, curvature: Array) -> Array:
        return heavy_ball_limit(curvature, 0.0)


def _at_least_one(number: Array, xp: Module) -> Array:
    """Return max(1, number), a float or a column."""
    return max(1.0, number) if isinstance(number, float) else xp.maximum(number, xp.ones_like(number))


__all__ = ["Asgd"]

"""Rules that divide by the size of past gradients, coordinate by coordinate: Adagrad, RMSprop, Adadelta."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from slalom.catalogue.base.choice import Array, Module

from .base import (
    Optimizer,
    averaged,
    averaged_square,
    decayed,
    heavy_ball,
    heavy_ball_limit,
    is_zero,
    like,
    over,
    plain,
)


class Adagrad(Optimizer):
    """Steps that shrink where gradients have been large: made for rare features.

        s ← s + g²
        p ← p - η / (1 + (t - 1) γ) · g / (√s + ε)

    t counts updates from 1, γ is the decay of the learning rate. With D = (1 + (t - 1) γ)(√s + ε) frozen it is stable
    while ηλ̃ < 2, λ̃ the top eigenvalue of D^-½ H D^-½; and D only grows.
    """

    kind: Literal["adagrad"] = "adagrad"
    lr: float = Field(0.01, ge=0)
    """Learning rate η."""
    lr_decay: float = Field(0.0, ge=0)
    """How fast the learning rate falls, γ."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull towards zero, as a part of the gradient."""
    initial_accumulator_value: float = Field(0.0, ge=0)
    """What the sum of squares starts from."""
    eps: float = Field(1e-10, ge=0)
    """Keeps the division finite where all gradients were zero, ε."""

    title = "Adagrad"
    torch_class = "torch.optim.Adagrad"
    source = "Duchi, Hazan & Singer 2011, jmlr.org/papers/v12/duchi11a.html; torch.optim.Adagrad"
    operations = 9

    class State(NamedTuple):
        """The sum of squared gradients, and how many updates were made."""

        total: Array
        t: int

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p) + like(self.initial_accumulator_value, p), 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        total = state.total + g * g
        rate = like(over(lr, 1 + state.t * self.lr_decay), p)
        return p - rate * g / (xp.sqrt(total) + like(self.eps, p)), self.State(total, state.t + 1)

    def preconditioner(self, state: State, xp: Module) -> Array:
        slower = like(1 + (state.t - 1) * self.lr_decay, state.total)
        return slower * (xp.sqrt(state.total) + like(self.eps, state.total))

    @property
    def coupled_decay(self) -> Array:
        return self.weight_decay

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        return heavy_ball(lr * curvature, 0.0)

    def _limit(self, curvature: Array) -> Array:
        return 2 / curvature


class Rmsprop(Optimizer):
    """Divides by a running size of the gradient, so that steep and flat directions move alike.

        s ← α s + (1 - α) g²,    D = √s + ε          centred: D = √(s - ḡ²) + ε, ḡ ← α ḡ + (1 - α) g
        b ← μ b + g / D
        p ← p - η b

    With D frozen it is stable while ηλ̃ < 2(1 + μ), λ̃ the top eigenvalue of D^-½ H D^-½.
    """

    kind: Literal["rmsprop"] = "rmsprop"
    lr: float = Field(0.01, ge=0)
    """Learning rate η."""
    alpha: float = Field(0.99, ge=0, le=1)
    """Memory of the squared gradient, α."""
    eps: float = Field(1e-8, ge=0)
    """Keeps the division finite where the gradient is zero, ε."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull towards zero, as a part of the gradient."""
    momentum: float = Field(0.0, ge=0)
    """Share μ of the last step that is kept."""
    centered: bool = False
    """Divide by the deviation of the gradient from its mean instead of its size."""

    title = "RMSprop"
    torch_class = "torch.optim.RMSprop"
    source = "Hinton 2012, Coursera lecture 6e; Graves 2013, arXiv:1308.0850 (centred); torch.optim.RMSprop"
    operations = 12
    is_normalized = True
    second_moment = "s"

    class State(NamedTuple):
        """Mean square of the gradient, mean gradient (if centred), the last step before η, and the divisor D."""

        square: Array
        mean: Array
        buffer: Array
        divisor: Array

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, zero, zero + like(self.eps, p))

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        square = averaged_square(state.square, g, self.alpha)
        mean = averaged(state.mean, g, self.alpha) if self.centered else state.mean
        divisor = xp.sqrt(square - mean * mean if self.centered else square) + like(self.eps, p)
        if is_zero(self.momentum):
            return p - like(lr, p) * g / divisor, self.State(square, mean, state.buffer, divisor)
        buffer = like(self.momentum, p) * state.buffer + g / divisor
        return p - like(lr, p) * buffer, self.State(square, mean, buffer, divisor)

    @property
    def torch_resumed(self) -> str:
        read = [("grad_avg", self.centered), ("momentum_buffer", self.momentum > 0)]
        lacking = [f'held.setdefault("{name}", torch.zeros_like(held["square_avg"]))' for name, asked in read if asked]
        return "; ".join(lacking)

    def preconditioner(self, state: State, xp: Module) -> Array:
        return state.divisor

    @property
    def coupled_decay(self) -> Array:
        return self.weight_decay

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        return heavy_ball(lr * curvature, plain(self.momentum))

    def _limit(self, curvature: Array) -> Array:
        return heavy_ball_limit(curvature, plain(self.momentum))


class Adadelta(Optimizer):
    """Steps measured in past steps, so that the learning rate has no unit and 1 is a natural choice.

        s ← ρ s + (1 - ρ) g²
        d = √(a + ε) / √(s + ε) · g
        a ← ρ a + (1 - ρ) d²
        p ← p - η d

    With D = √(s + ε) / √(a + ε) of the step frozen it is stable while ηλ̃ < 2, λ̃ the top eigenvalue of D^-½ H D^-½.
    """

    kind: Literal["adadelta"] = "adadelta"
    lr: float = Field(1.0, ge=0)
    """Learning rate η, a pure number."""
    rho: float = Field(0.9, ge=0, le=1)
    """Memory of squared gradients and squared steps, ρ."""
    eps: float = Field(1e-6, ge=0)
    """Sets the size of the first steps, ε."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull towards zero, as a part of the gradient."""

    title = "Adadelta"
    torch_class = "torch.optim.Adadelta"
    source = "Zeiler 2012, arXiv:1212.5701; torch.optim.Adadelta"
    scale_free = True
    operations = 20
    second_moment = "s"

    class State(NamedTuple):
        """Mean square of the gradient, mean square of the step, and the divisor D of the last step."""

        square: Array
        moved: Array
        divisor: Array

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, zero + 1.0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        eps = like(self.eps, p)
        square = averaged_square(state.square, g, self.rho)
        size, reach = xp.sqrt(square + eps), xp.sqrt(state.moved + eps)
        move = reach / size * g
        moved = averaged_square(state.moved, move, self.rho)
        return p - like(lr, p) * move, self.State(square, moved, size / reach)

    def preconditioner(self, state: State, xp: Module) -> Array:
        return state.divisor

    @property
    def coupled_decay(self) -> Array:
        return self.weight_decay

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        return heavy_ball(lr * curvature, 0.0)

    def _limit(self, curvature: Array) -> Array:
        return 2 / curvature


__all__ = ["Adadelta", "Adagrad", "Rmsprop"]

"""Rules that look only at the direction of a coordinate, not at how steep it is: sign descent, Lion, Rprop."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array, Module

from .base import Optimizer, averaged, decayed, like

SIGN_SGD_IN_TORCH = """
class SignSGD(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum, weight_decay):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                mean.lerp_(p.grad + group["weight_decay"] * p, 1 - group["momentum"])
                p -= group["lr"] * mean.sign()
"""
"""Sign descent for a PyTorch program."""

LION_IN_TORCH = """
class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                p *= 1 - group["lr"] * group["weight_decay"]
                p -= group["lr"] * mean.lerp(p.grad, 1 - group["betas"][0]).sign()
                mean.lerp_(p.grad, 1 - group["betas"][1])
"""
"""Lion for a PyTorch program."""


class _Signs(Optimizer):
    """What has no step but of its learning rate's length, along the signs of a mean gradient."""

    is_normalized = True
    has_theory = False

    class State(NamedTuple):
        """The mean gradient."""

        m: Array

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p))


class SignSgd(_Signs):
    """Every coordinate moves by exactly the learning rate, up or down.

        g ← ∇f(p) + w p
        m ← μ m + (1 - μ) g
        p ← p - η sign(m)

    w is the weight decay. It settles no closer than η, and has no curvature limit: it never overshoots by more than η.
    """

    kind: Literal["sign_sgd"] = "sign_sgd"
    lr: float = Field(0.001, ge=0)
    """Learning rate η: the distance every coordinate moves."""
    momentum: float = Field(0.0, ge=0, lt=1)
    """Memory of the mean gradient, μ."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull w towards zero, as a part of the gradient."""

    title = "Sign descent"
    torch_class = "SignSGD"
    torch_source = SIGN_SGD_IN_TORCH
    source = "Bernstein et al. 2018, arXiv:1802.04434 (with momentum: Signum)"
    operations = 5

    def step(
        self, p: Array, g: Array, state: _Signs.State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, _Signs.State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        m = averaged(state.m, g, self.momentum)
        return p - like(lr, p) * xp.sign(m), self.State(m)

    @property
    def coupled_decay(self) -> Array:
        return self.weight_decay


class Lion(_Signs):
    """Sign descent with two memories: one to decide, a longer one to remember.

        c = sign(β₁ m + (1 - β₁) g)
        m ← β₂ m + (1 - β₂) g
        p ← (1 - η w) p - η c

    w is the weight decay. Every coordinate moves by η, so it settles no closer than that; it has no curvature limit.
    """

    kind: Literal["lion"] = "lion"
    lr: float = Field(1e-4, ge=0)
    """Learning rate η: the distance every coordinate moves."""
    beta1: float = Field(0.9, ge=0, lt=1)
    """Share of the memory in the decision, β₁."""
    beta2: float = Field(0.99, ge=0, lt=1)
    """Memory of the mean gradient, β₂."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull w towards zero, beside the gradient."""

    title = "Lion"
    torch_class = "Lion"
    torch_source = LION_IN_TORCH
    source = "Chen et al. 2023, algorithm 2, arXiv:2302.06675"
    operations = 11

    def step(
        self, p: Array, g: Array, state: _Signs.State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, _Signs.State]:
        p, g = decayed(p, g, lr, self.weight_decay, decoupled=True)
        direction = xp.sign(averaged(state.m, g, self.beta1))
        return p - like(lr, p) * direction, self.State(averaged(state.m, g, self.beta2))


class Rprop(Optimizer):
    """A step length of its own for every coordinate, longer while the sign holds, shorter when it flips.

        Δ ← clip(Δ · η₂ if g·g₋ > 0, Δ · η₁ if g·g₋ < 0, else Δ; Δ₁, Δ₂)
        g ← 0 where g·g₋ < 0
        p ← p - Δ sign(g)

    g₋ is the last gradient; Δ starts at the learning rate, which is not used again. Only full gradients make sense:
    noise flips signs. No stability limit: lengths adapt.
    """

    kind: Literal["rprop"] = "rprop"
    lr: float = Field(0.01, ge=0)
    """Length of the first step in every coordinate."""
    eta1: float = Field(0.5, gt=0, lt=1)
    """Factor of a length when the sign flips, η₁."""
    eta2: float = Field(1.2, gt=1)
    """Factor of a length while the sign holds, η₂."""
    step_size1: float = Field(1e-6, ge=0)
    """Shortest length, Δ₁."""
    step_size2: float = Field(50.0, ge=0)
    """Longest length, Δ₂."""

    title = "Rprop"
    torch_class = "torch.optim.Rprop"
    source = "Riedmiller & Braun 1993, doi:10.1109/ICNN.1993.298623; torch.optim.Rprop"
    operations = 20
    has_theory = False

    class State(NamedTuple):
        """The last gradient (0 where its sign flipped), every coordinate's length, and how many updates were made."""

        last: Array
        length: Array
        t: int

    @model_validator(mode="after")
    def _lengths_are_in_order(self) -> Rprop:
        if self.step_size1 > self.step_size2:
            raise ValueError(
                f"the shortest length, step_size1 = {self.step_size1:g}, is above the longest, step_size2 = "
                f"{self.step_size2:g}; swap them"
            )
        return self

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        one = xp.ones_like(p)
        agreement = g * state.last
        factor = xp.where(agreement > 0, like(self.eta2, p) * one, one)
        factor = xp.where(agreement < 0, like(self.eta1, p) * one, factor)
        length = (state.length if state.t else like(lr, p) * one) * factor
        length = xp.minimum(xp.maximum(length, like(self.step_size1, p) * one), like(self.step_size2, p) * one)
        g = xp.where(agreement < 0, xp.zeros_like(g), g)
        return p - length * xp.sign(g), self.State(g, length, state.t + 1)


__all__ = ["Lion", "Rprop", "SignSgd"]

"""The Adam family: a running mean of the gradient over a running size of it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.number_format import bracketed, number

from .base import Optimizer, Term, averaged, averaged_square, decayed, like, over, plain, root, running_power


class _Moments(Optimizer):
    """A rule p ← c p - η m / D with m ← β₁ m + (1 - β₁) g, D > 0 and c = 1 - η w for decoupled weight decay w.

    With D frozen its recursion is z² - (c + β₁ - η(1 - β₁)λ̃) z + β₁ c, so it is stable while
    η < 2(1 + β₁) / ((1 - β₁) λ̃ + (1 + β₁) w): 38/λ̃ for β₁ = .9 and no decay (Cohen et al. 2022, arXiv:2207.14484).
    """

    lr: float = Field(0.001, ge=0)
    """Learning rate η: about the distance each coordinate moves in a step."""
    beta1: float = Field(0.9, ge=0, lt=1)
    """Memory of the mean gradient, β₁."""
    beta2: float = Field(0.999, ge=0, lt=1)
    """Memory of the mean squared gradient, β₂."""
    eps: float = Field(1e-8, ge=0)
    """Keeps the division finite where the gradient is zero, ε."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull towards zero."""

    @property
    def _decouples(self) -> bool:
        """Whether weight decay shrinks the parameters themselves instead of joining the gradient."""
        return False

    @property
    def coupled_decay(self) -> Array:
        return 0.0 if self._decouples else self.weight_decay

    def recursion(self, lr: Array, curvature: Array) -> tuple[Array, Array]:
        beta, kept = plain(self.beta1), 1 - lr * self._decoupled_decay
        return kept + beta - lr * (1 - beta) * curvature, beta * kept

    def _limit(self, curvature: Array) -> Array:
        beta = plain(self.beta1)
        return 2 * (1 + beta) / ((1 - beta) * curvature + (1 + beta) * self._decoupled_decay)

    @property
    def _decoupled_decay(self) -> Array:
        return plain(self.weight_decay) if self._decouples else 0.0

    def resumed(self, state: Any) -> Any:
        powers = {"power1": self.beta1, "power2": self.beta2}
        return with_powers(state, {name: beta for name, beta in powers.items() if hasattr(state, name)})


def with_powers(state: Any, powers: dict[str, float]) -> Any:
    """Return the state of one run with βᵗ of these settings; as it is where it does not count its updates."""
    if state.t is None:
        return state
    return state._replace(**{name: running_power(beta, state.t) for name, beta in powers.items()})


def following(t: int | None) -> int | None:
    """Return the count of updates after one more; states that older versions kept have none."""
    return None if t is None else t + 1


class _Adam(_Moments):
    """What Adam and AdamW share: everything but where weight decay acts."""

    second_moment = "v̂"

    amsgrad: bool = False
    """Divide by the largest mean squared gradient so far, so that steps never grow again."""

    class State(NamedTuple):
        """Mean gradient, mean squared gradient, its maximum (AMSGrad; else the same), β₁ᵗ, β₂ᵗ and t, the count of
        updates.
        """

        m: Array
        v: Array
        peak: Array
        power1: Array
        power2: Array
        t: int | None = None

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, zero, 1.0, 1.0, 0)

    @property
    def torch_resumed(self) -> str:
        if self.amsgrad:
            return 'held.setdefault("max_exp_avg_sq", held["exp_avg_sq"].clone())'
        return 'held.pop("max_exp_avg_sq", None)'

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay, self._decouples)
        m = averaged(state.m, g, self.beta1)
        v = averaged_square(state.v, g, self.beta2)
        peak = xp.maximum(state.peak, v) if self.amsgrad else v
        power1, power2 = state.power1 * self.beta1, state.power2 * self.beta2
        state = self.State(m, v, peak, power1, power2, following(state.t))
        return p - like(over(lr, 1 - power1), p) * m / self._size(state, xp), state

    def preconditioner(self, state: State, xp: Module) -> Array:
        return like(1 - state.power1, state.v) * self._size(state, xp)

    @property
    def step_formula(self) -> str:
        return "-lr m̂ / (√v̂ + ε)"

    def memory(self, state: State, t: int) -> list[Term]:
        one, two = number(self.beta1, 3), number(self.beta2, 3)
        mean, square = self._corrected(state)
        return [
            Term("mean", f"m = {one} m + {number(1 - self.beta1, 3)} g", state.m, "momentum"),
            Term("mean square", f"v = {two} v + {number(1 - self.beta2, 3)} g²", state.v),
            Term("mean, corrected", f"m̂ = m / (1 - {one}^{t})", mean),
            Term("square, corrected", f"v̂ = v / (1 - {two}^{t})", square),
        ]

    def factors(self, g: Array, state: State) -> list[str] | None:
        if self.weight_decay:
            return None
        means, squares = self._corrected(state)
        return [f"{bracketed(mean)} / (√{number(square, 3)} + ε)" for mean, square in zip(means, squares, strict=True)]

    def gradient_share(self, state: State, lr: float, t: int) -> Array:
        _, square = self._corrected(state)
        return lr * (1 - self.beta1) / (1 - state.power1) / (np.sqrt(square) + self.eps)

    def _corrected(self, state: State) -> tuple[Array, Array]:
        """Return mean and mean square without the bias of their beginning at zero, each (dim,)."""
        return state.m / (1 - state.power1), state.peak / (1 - state.power2)

    def _size(self, state: State, xp: Module) -> Array:
        """Return √v̂ + ε, shape (dim, E)."""
        return xp.sqrt(state.peak) / like(root(1 - state.power2, xp), state.v) + like(self.eps, state.v)


class Adam(_Adam):
    """A separate step length for every coordinate: about η, whatever the size of the gradient.

        g ← ∇f(p) + w p
        m ← β₁ m + (1 - β₁) g              mean gradient
        v ← β₂ v + (1 - β₂) g²             mean squared gradient
        p ← p - η m̂ / (√v̂ + ε)             m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ),  w weight decay

    With D = (1 - β₁ᵗ)(√v̂ + ε) frozen it is stable while ηλ̃ < 2(1 + β₁)/(1 - β₁), 38 for β₁ = .9, λ̃ the top
    eigenvalue of D^-½ H D^-½.

    >>> import numpy as np
    >>> rule = Adam(lr=0.1)
    >>> p, state = rule.step(1.0, 200.0, rule.init(1.0, np), 0.1, np)
    >>> round(float(p), 9), round(float(state.m), 9)
    (0.9, 20.0)
    """

    kind: Literal["adam"] = "adam"
    decoupled_weight_decay: bool = False
    """Let weight decay shrink the parameters themselves, as AdamW does."""

    title = "Adam"
    torch_class = "torch.optim.Adam"
    source = "Kingma & Ba 2015, arXiv:1412.6980; AMSGrad: Reddi et al. 2018, arXiv:1904.09237; torch.optim.Adam"
    operations = 15
    is_normalized = True

    @property
    def _decouples(self) -> bool:
        return self.decoupled_weight_decay

    def torch_arguments(self) -> dict[str, Any]:
        """Return what ``torch_class`` is constructed with; versions before 2.7 know no other decay than the default."""
        found = super().torch_arguments()
        return found if self._decouples else {name: found[name] for name in found if name != "decoupled_weight_decay"}


class Adamw(_Adam):
    """Adam whose weight decay shrinks the parameters themselves, so that it is not divided by √v̂.

        p ← (1 - η w) p - η m̂ / (√v̂ + ε)     m̂ and v̂ as in Adam, from the gradient alone

    With D = (1 - β₁ᵗ)(√v̂ + ε) frozen it is stable while η ((1 - β₁) λ̃ + (1 + β₁) w) < 2(1 + β₁), λ̃ the top
    eigenvalue of D^-½ H D^-½.
    """

    kind: Literal["adamw"] = "adamw"
    weight_decay: float = Field(0.01, ge=0)
    """Pull w towards zero, beside the gradient."""

    title = "AdamW"
    torch_class = "torch.optim.AdamW"
    source = "Loshchilov & Hutter 2019, arXiv:1711.05101; torch.optim.AdamW"
    operations = 16
    is_normalized = True

    @property
    def _decouples(self) -> bool:
        return True


class Adamax(_Moments):
    """Adam that divides by the largest recent gradient instead of the mean square.

        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + ε)
        p ← p - η / (1 - β₁ᵗ) · m / u

    With D = (1 - β₁ᵗ) u frozen it is stable while ηλ̃ < 2(1 + β₁)/(1 - β₁), λ̃ the top eigenvalue of D^-½ H D^-½.
    """

    kind: Literal["adamax"] = "adamax"
    lr: float = Field(0.002, ge=0)
    """Learning rate η: about the distance each coordinate moves in a step."""

    title = "Adamax"
    torch_class = "torch.optim.Adamax"
    source = "Kingma & Ba 2015, section 7.1, arXiv:1412.6980; torch.optim.Adamax"
    operations = 12
    is_normalized = True
    second_moment = "u"

    class State(NamedTuple):
        """Mean gradient, largest recent gradient, β₁ᵗ and t, the count of updates."""

        m: Array
        u: Array
        power1: Array
        t: int | None = None

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, 1.0, 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay)
        m = averaged(state.m, g, self.beta1)
        u = xp.maximum(like(self.beta2, p) * state.u, xp.abs(g) + like(self.eps, p))
        power1 = state.power1 * self.beta1
        return p - like(over(lr, 1 - power1), p) * m / u, self.State(m, u, power1, following(state.t))

    def preconditioner(self, state: State, xp: Module) -> Array:
        return like(1 - state.power1, state.u) * state.u


class Nadam(_Moments):
    """Adam with Nesterov's look ahead, and a momentum that warms up.

        μₜ = β₁ (1 - ½ · 0.96^(t ψ)),   Πₜ = μ₁ ⋯ μₜ
        p ← p - η [ (1 - μₜ)/(1 - Πₜ) · g + μₜ₊₁/(1 - Πₜ₊₁) · m ] / (√v̂ + ε)

    m and v̂ are Adam's, ψ is the momentum decay. No stability limit is stated: its two terms change weight from step to
    step.
    """

    kind: Literal["nadam"] = "nadam"
    lr: float = Field(0.002, ge=0)
    """Learning rate η: about the distance each coordinate moves in a step."""
    momentum_decay: float = Field(0.004, ge=0)
    """How fast the momentum warms up, ψ."""
    decoupled_weight_decay: bool = False
    """Let weight decay shrink the parameters themselves, as AdamW does."""

    title = "NAdam"
    torch_class = "torch.optim.NAdam"
    source = "Dozat 2016, openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ; torch.optim.NAdam"
    operations = 18
    is_normalized = True
    has_theory = False
    second_moment = "v̂"

    class State(NamedTuple):
        """Mean gradient, mean squared gradient, β₂ᵗ, 0.96^ψ, 0.96^(tψ), the product Πₜ and t, the count of updates."""

        m: Array
        v: Array
        power2: Array
        warming: Array
        cold: Array
        product: Array
        t: int | None = None

    @property
    def _decouples(self) -> bool:
        return self.decoupled_weight_decay

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, 1.0, _power_of_096(self.momentum_decay), 1.0, 1.0, 0)

    def resumed(self, state: State) -> State:
        warming = _power_of_096(self.momentum_decay)
        return with_powers(state, {"power2": self.beta2, "cold": warming})._replace(warming=warming)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay, self.decoupled_weight_decay)
        cold = state.cold * state.warming
        mu, mu_next = self.beta1 * (1 - 0.5 * cold), self.beta1 * (1 - 0.5 * (cold * state.warming))
        product = state.product * mu
        m = averaged(state.m, g, self.beta1)
        v = averaged_square(state.v, g, self.beta2)
        power2 = state.power2 * self.beta2
        size = xp.sqrt(v / like(1 - power2, p)) + like(self.eps, p)
        p = p - like(lr * (1 - mu) / (1 - product), p) * g / size
        p = p - like(lr * mu_next / (1 - product * mu_next), p) * m / size
        return p, self.State(m, v, power2, state.warming, cold, product, following(state.t))


def _power_of_096(exponent: Array) -> Array:
    """Return 0.96^ψ, run by run, so that a column holds the same numbers as the floats would."""
    if isinstance(exponent, float):
        return 0.96**exponent
    return getattr(exponent, "new_tensor", np.array)([0.96**psi for psi in exponent.tolist()])


class Radam(_Moments):
    """Adam that waits until its mean squared gradient can be trusted, instead of a warm-up.

        ρₜ = ρ∞ - 2t β₂ᵗ / (1 - β₂ᵗ),   ρ∞ = 2/(1 - β₂) - 1,   r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ))
        p ← p - η m̂ r √(1 - β₂ᵗ) / (√v + ε)     where ρₜ > 5, else p ← p - η m̂

    m̂ is Adam's. With D = (1 - β₁ᵗ)(√v + ε) / (r √(1 - β₂ᵗ)), or 1 - β₁ᵗ at first, frozen it is stable while
    ηλ̃ < 2(1 + β₁)/(1 - β₁), λ̃ the top eigenvalue of D^-½ H D^-½.
    """

    kind: Literal["radam"] = "radam"
    decoupled_weight_decay: bool = False
    """Let weight decay shrink the parameters themselves, as AdamW does."""

    title = "RAdam"
    torch_class = "torch.optim.RAdam"
    source = "Liu et al. 2020, arXiv:1908.03265; torch.optim.RAdam"
    operations = 16
    is_normalized = True
    second_moment = "v"
    trusted: ClassVar[float] = 5

    class State(NamedTuple):
        """Mean gradient, mean squared gradient, β₁ᵗ, β₂ᵗ, and how many updates were made."""

        m: Array
        v: Array
        power1: Array
        power2: Array
        t: int

    @property
    def _decouples(self) -> bool:
        return self.decoupled_weight_decay

    def init(self, p: Array, xp: Module) -> State:
        zero = xp.zeros_like(p)
        return self.State(zero, zero, 1.0, 1.0, 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g = decayed(p, g, lr, self.weight_decay, self.decoupled_weight_decay)
        m = averaged(state.m, g, self.beta1)
        v = averaged_square(state.v, g, self.beta2)
        state = self.State(m, v, state.power1 * self.beta1, state.power2 * self.beta2, state.t + 1)
        return p - like(over(lr, 1 - state.power1), p) * m / self._size(state, xp), state

    def preconditioner(self, state: State, xp: Module) -> Array:
        return like(1 - state.power1, state.v) * self._size(state, xp) + xp.zeros_like(state.v)

    def length(self, t: int, power: Array) -> Array:
        """Return ρₜ, by which a mean square is trusted or not, for β₂ᵗ."""
        return over(2.0, 1 - self.beta2) - 1 - 2 * t * power / (1 - power)

    def _size(self, state: State, xp: Module) -> Array:
        """Return (√v + ε) / (r √(1 - β₂ᵗ)), shape (dim, E), and 1 while ρₜ <= 5."""
        longest, length = over(2.0, 1 - self.beta2) - 1, self.length(state.t, state.power2)
        if isinstance(length, float) and length <= self.trusted:
            return 1.0
        share = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        trust = like(root(abs(share) * (1 - state.power2), xp), state.v)
        size = (xp.sqrt(state.v) + like(self.eps, state.v)) / trust
        return size if isinstance(length, float) else xp.where(length > self.trusted, size, xp.ones_like(size))


__all__ = ["Adam", "Adamax", "Adamw", "Nadam", "Radam"]

"""Rules that look at a weight matrix as a matrix: Adafactor and Muon."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.base.rows import begun_alike, room_alike

from .adam import Adamw, following, with_powers
from .base import averaged, decayed, like, over, power
from .layout import ByRun

MUON_IN_TORCH = '''
class Muon(torch.optim.Optimizer):
    """Muon for matrices, in the arithmetic of the parameters, and AdamW for vectors."""

    def __init__(self, parameters, lr, **settings):
        self.adamw_share = settings.pop("adamw_lr") / lr if lr else 0.0
        super().__init__(parameters, {"lr": lr, **settings})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state.setdefault("mean", torch.zeros_like(p))
                state.setdefault("square", torch.zeros_like(p))
                state["t"] = state.get("t", 0) + 1
                (self.of_matrix if p.ndim == 2 else self.of_vector)(p, p.grad, state, group)

    def of_matrix(self, p, g, state, group):
        mean = state["mean"].lerp_(g, 1 - group["momentum"])
        update = g.lerp(mean, group["momentum"]) if group["nesterov"] else mean
        x = update.T if p.size(0) > p.size(1) else update
        x = x / x.norm().clamp(min=group["eps"])
        a, b, c = group["ns_coefficients"]
        for _ in range(group["ns_steps"]):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        x = x.T if p.size(0) > p.size(1) else x
        rows, columns = p.shape
        match = group["adjust_lr_fn"] == "match_rms_adamw"
        share = 0.2 * max(rows, columns) ** 0.5 if match else max(1, rows / columns) ** 0.5
        p *= 1 - group["lr"] * group["weight_decay"]
        p -= group["lr"] * share * x

    def of_vector(self, p, g, state, group):
        lr, (beta1, beta2) = group["lr"] * self.adamw_share, group["adamw_betas"]
        mean = state["mean"].lerp_(g, 1 - beta1)
        square = state["square"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        size = (square / (1 - beta2 ** state["t"])).sqrt() + group["adamw_eps"]
        p *= 1 - lr * group["adamw_weight_decay"]
        p -= lr / (1 - beta1 ** state["t"]) * mean / size
'''
"""Muon for a PyTorch program: that of torch.optim multiplies its matrices in bfloat16, and knows no vectors."""


class _OfTensors(ByRun):
    """A rule that treats the tensors of a network by their shapes, one at a time."""

    by_tensor = True

    @property
    def _matrix(self) -> tuple[int, ...] | None:
        """Rows and columns of the matrix that is updated; None where it is a vector."""
        return self._shape if self._shape is not None and len(self._shape) == 2 else None


class Adafactor(_OfTensors):
    """Adam without a mean, whose mean squares of a matrix are kept as those of its rows and of its columns.

        ρ = min(η, 1/√t)
        R ← R + t^c (mean of g² over every row - R)      C likewise, over every column;  c is beta2_decay
        V = R C / mean of R                              of a vector V is the mean square of its own numbers
        u = g / √V,   u ← u / max(1, RMS(u) / d)
        p ← (1 - η w) p - max(ε₂, RMS(p)) ρ u

    RMS is the root mean square of a tensor, w the weight decay. A step is a share ρ of the size that the tensor has,
    and the rate falls by itself. On a surface all variables are one vector. No stability limit is known: the length of
    a step follows the parameters.
    """

    kind: Literal["adafactor"] = "adafactor"
    lr: float = Field(0.01, ge=0)
    """Largest learning rate η: a step as a share of the size of a tensor."""
    beta2_decay: float = Field(-0.8, le=0)
    """Power c of t that is the share of a new squared gradient: at first all, later little."""
    eps1: float | None = Field(None, ge=0)
    """Keeps the divisions finite; the rounding of the arithmetic if not given, ε₁."""
    eps2: float = Field(1e-3, ge=0)
    """Size that a tensor counts as having at least, ε₂."""
    d: float = Field(1.0, ge=1)
    """Root mean square of an update, before the rate, above which it is shortened."""
    weight_decay: float = Field(0.0, ge=0)
    """Pull w towards zero, beside the gradient."""

    title = "Adafactor"
    torch_class = "torch.optim.Adafactor"
    source = "Shazeer & Stern 2018, arXiv:1804.04235; torch.optim.Adafactor"
    operations = 30

    class State(NamedTuple):
        """Of every parameter the mean square of its row, and of its column; of a vector its own, and 0. How many
        updates were made.
        """

        row: Array
        column: Array
        t: int

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p), xp.zeros_like(p), 0)

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        p, g, row, column = (self.rows(values, xp) for values in (p, g, state.row, state.column))
        t = state.t + 1
        new = self.column_like(power(float(t), self.beta2_decay), p)
        tiny = float(xp.finfo(p.dtype).eps) if self.eps1 is None else self.column_like(self.eps1, p)
        size = _at_least(_root_mean_square(p, xp), self.column_like(self.eps2, p), xp)
        rate = self.column_like(_at_most(lr, 1 / math.sqrt(t), xp), p)
        p, _ = decayed(p, g, self.column(lr), self.column(self.weight_decay), decoupled=True)
        square = g * g
        if self._matrix is None:
            row = row + new * (square - row)
            estimate = row
        else:
            row, column = self._means(square, row, column, new, xp)
            estimate = self._product(row, column, tiny, xp)
        update = g / xp.sqrt(_at_least(estimate, tiny * tiny, xp))
        longer = _at_least(_root_mean_square(update, xp) / self.column_like(self.d, p), 1.0, xp)
        p = p - size * rate / longer * update
        return self.back(p), self.State(self.back(row), self.back(column), t)

    def _means(self, square: Array, row: Array, column: Array, new: Array, xp: Module) -> tuple[Array, Array]:
        """Return the mean squares of every parameter's row and column after an update, (E, n)."""
        assert self._matrix is not None
        of = square.reshape(len(square), *self._matrix)
        rows, columns = self._matrix
        whole = xp.ones_like(of)
        by_row = (of.sum(2) / columns)[:, :, None] * whole
        by_column = (of.sum(1) / rows)[:, None] * whole
        flat = [mean.reshape(square.shape) for mean in (by_row, by_column)]
        return row + new * (flat[0] - row), column + new * (flat[1] - column)

    def _product(self, row: Array, column: Array, tiny: Array, xp: Module) -> Array:
        """Return the mean squares that rows and columns stand for, (E, n)."""
        assert self._matrix is not None
        of_rows = row.reshape(len(row), *self._matrix)[:, :, 0]
        middle = of_rows.sum(1)[:, None] / self._matrix[0]
        return row * column / _at_least(middle, tiny, xp)


class Muon(_OfTensors):
    """Momentum whose every direction is made equally long: the steps of weight matrices are orthogonal matrices, about.

        m ← μ m + (1 - μ) g,   u = (1 - μ) g + μ m        without Nesterov's look ahead u = m
        X = u / |u|,   X ← a X + (b A + c A²) X,  A = X Xᵀ,  ns_steps times
        p ← (1 - η w) p - η s X                           s = √max(1, rows / columns)

    Every matrix follows it, an embedding included; biases, which are vectors, follow AdamW at the rate ``adamw_lr``,
    which a schedule changes by the same factor as η. PyTorch's own multiplies in bfloat16, this one in the arithmetic
    of the run, so that it can be repeated. On a surface, whose variables are one vector, all of it is AdamW at
    ``adamw_lr``. No stability limit is known: a step is as long however small its gradient is.
    """

    kind: Literal["muon"] = "muon"
    lr: float = Field(0.001, ge=0)
    """Learning rate η of matrices; where it is 0, vectors stand still, too."""
    weight_decay: float = Field(0.1, ge=0)
    """Pull w of matrices towards zero, beside the gradient."""
    momentum: float = Field(0.95, ge=0, lt=1)
    """Memory of the mean gradient of matrices, μ."""
    nesterov: bool = True
    """Look ahead: mix the gradient with the new mean."""
    ns_coefficient1: float = 3.4445
    """Coefficient a of the iteration that makes a matrix orthogonal (Newton-Schulz)."""
    ns_coefficient2: float = -4.775
    """Coefficient b of it."""
    ns_coefficient3: float = 2.0315
    """Coefficient c of it."""
    eps: float = Field(1e-7, ge=0)
    """Length that a matrix is divided by at least."""
    ns_steps: int = Field(5, ge=0, lt=100)
    """How often it is repeated."""
    adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None
    """What the rate of a matrix is multiplied by: s (original), or 0.2 √(longer side), for steps as long as AdamW's."""
    adamw_lr: float = Field(0.001, ge=0)
    """Learning rate of vectors: biases follow AdamW."""
    adamw_beta1: float = Field(0.9, ge=0, lt=1)
    """Memory of the mean gradient of vectors, β₁."""
    adamw_beta2: float = Field(0.999, ge=0, lt=1)
    """Memory of the mean squared gradient of vectors, β₂."""
    adamw_eps: float = Field(1e-8, ge=0)
    """Keeps AdamW's division finite, ε."""
    adamw_weight_decay: float = Field(0.01, ge=0)
    """Pull of vectors towards zero, beside the gradient."""

    title = "Muon"
    torch_class = "Muon"
    torch_source = MUON_IN_TORCH
    source = "Jordan et al. 2024, kellerjordan.github.io/posts/muon; arXiv:2502.16982; torch.optim.Muon"
    operations = 30

    class State(NamedTuple):
        """Mean gradient, mean squared gradient (of vectors), β₁ᵗ, β₂ᵗ and t, the count of updates."""

        m: Array
        v: Array
        power1: Array
        power2: Array
        t: int | None = None

    def init(self, p: Array, xp: Module) -> State:
        return self.State(xp.zeros_like(p), xp.zeros_like(p), 1.0, 1.0, 0)

    def resumed(self, state: State) -> State:
        return with_powers(state, {"power1": self.adamw_beta1, "power2": self.adamw_beta2})

    def step(
        self, p: Array, g: Array, state: State, lr: Array, xp: Module, hessian: Array | None = None
    ) -> tuple[Array, State]:
        if self._matrix is None:
            return self._of_vector(p, g, state, lr, xp)
        m = averaged(state.m, g, self.momentum)
        update = g + like(self.momentum, p) * (m - g) if self.nesterov else m
        p, _ = decayed(p, g, lr, self.weight_decay, decoupled=True)
        step = self._orthogonal(update.reshape(len(p), *self._matrix), xp).reshape(p.shape)
        powers = state.power1 * self.adamw_beta1, state.power2 * self.adamw_beta2
        return p - like(lr * self._share, p) * step, self.State(m, state.v, *powers, following(state.t))

    def _of_vector(self, p: Array, g: Array, state: State, lr: Array, xp: Module) -> tuple[Array, State]:
        names = ("beta1", "beta2", "eps", "weight_decay")
        rule = Adamw.model_construct(**{name: getattr(self, f"adamw_{name}") for name in names})
        before = rule.State(state.m, state.v, state.v, *state[2:])
        p, (m, v, _, *powers) = rule.step(p, g, before, self._rate_of_vectors(lr), xp)
        return p, self.State(m, v, *powers)

    def _rate_of_vectors(self, lr: Array) -> Array:
        return lr * over(self.adamw_lr, self.lr + 1.0 * (self.lr == 0))

    @property
    def pull(self) -> Array:
        return self.adamw_weight_decay

    @property
    def pulling_field(self) -> str:
        return "adamw_weight_decay"

    def shrinkage(self, lr: Array) -> Array:
        return self._rate_of_vectors(lr) * self.pull

    @property
    def _share(self) -> float:
        """What the rate of a matrix is multiplied by."""
        assert self._matrix is not None
        rows, columns = self._matrix
        if self.adjust_lr_fn == "match_rms_adamw":
            return 0.2 * math.sqrt(max(rows, columns))
        return math.sqrt(max(1.0, rows / columns))

    def _orthogonal(self, x: Array, xp: Module) -> Array:
        """Return matrices (E, rows, columns) whose singular values are about 1 in the place of what they were."""
        tall = x.shape[1] > x.shape[2]
        x = xp.swapaxes(x, 1, 2) if tall else x
        a, b, c = (self._of_matrices(getattr(self, f"ns_coefficient{i}"), x) for i in (1, 2, 3))
        length = xp.sqrt((x * x).reshape(len(x), -1).sum(1))[:, None, None]
        x = x / _at_least(length, self._of_matrices(self.eps, x), xp)
        for _ in range(self.ns_steps):
            gram = products(x, xp.swapaxes(x, 1, 2), xp)
            x = a * x + products(b * gram + c * products(gram, gram, xp), x, xp)
        return xp.swapaxes(x, 1, 2) if tall else x

    def _of_matrices(self, number: Array, like_these: Array) -> Array:
        """Return a number of every run as (E, 1, 1), or one that all share as it is."""
        number = like(number, like_these)
        return number if isinstance(number, float) else number[:, :, None]


def products(a: Array, b: Array, xp: Module) -> Array:
    """Return the products of matrices (E, n, k) and (E, k, m): every run has one of its own, by the same call."""
    if xp is not np:
        return xp.stack([one @ other for one, other in zip(a, b, strict=True)])
    out = room_alike((len(a), a.shape[1], b.shape[2]), a.dtype)
    return np.matmul(begun_alike(a), begun_alike(b), out=out)


def _root_mean_square(rows: Array, xp: Module) -> Array:
    """Return the root mean square of every row of (E, n), (E, 1)."""
    return xp.sqrt((rows * rows).sum(1)[:, None] / rows.shape[1])


def _at_least(values: Array, least: Array, xp: Module) -> Array:
    """Return an array where it is larger, and what it is at least elsewhere, which may be a float or a column."""
    return xp.maximum(values, least + xp.zeros_like(values))


def _at_most(number: Array, most: float, xp: Module) -> Array:
    """Return min(number, most), a float or a column."""
    return min(number, most) if isinstance(number, float) else xp.minimum(number, xp.zeros_like(number) + most)


__all__ = ["Adafactor", "Muon"]

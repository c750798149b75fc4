"""The two problems that are matrices rather than formulas: a quadratic in n dimensions, and linear regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from slalom.catalogue.base.choice import Array, Module, Point
from slalom.catalogue.base.functions import Effort, Functions
from slalom.catalogue.formula.blocks import ValueAndGrad, value_and_grad_in_blocks

from .base import Interval, Minimum, Problem

DIMENSIONS = 64
"""Up to here a run records every parameter."""


class Quadratic(Problem):
    """½ Σ λᵢ xᵢ²: a bowl in as many dimensions as you give eigenvalues.

    The λᵢ are the curvatures. Gradient descent multiplies xᵢ by 1 - lr·λᵢ each step, so the largest sets the
    limit, 2/λ, and the smallest sets the time. A negative one makes the bowl a saddle without a bottom.
    """

    kind: Literal["quadratic"] = "quadratic"
    title: ClassVar[str] = "Quadratic in n dimensions"
    source: ClassVar[str] = "Goh 2017, Why Momentum Really Works, doi:10.23915/distill.00006"
    text: ClassVar[None] = None
    formula: ClassVar[None] = None

    eigenvalues: Annotated[Point, Field(min_length=1, max_length=DIMENSIONS)] = (1.0, 3.0, 10.0, 30.0)
    """The curvatures λᵢ, one for every dimension: the eigenvalues of the Hessian."""

    @property
    def dimension(self) -> int:
        return len(self.eigenvalues)

    @property
    def start(self) -> tuple[float, ...]:
        return (1.0,) * self.dimension

    @property
    def domain(self) -> tuple[Interval, ...]:
        return ((-1.5, 1.5),) * self.dimension

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return (Minimum((0.0,) * self.dimension, 0.0),) if min(self.eigenvalues) >= 0 else ()

    @property
    def effort(self) -> Effort:
        dim = self.dimension
        return Effort(8, 4 * dim, dim + 3, dim * dim, diagonal=True)

    def functions(self, xp: Module) -> Functions:
        dim, total = self.dimension, _left_to_right(xp)
        columns = _per_kind(xp, lambda p: _constant(self.eigenvalues, p, xp).reshape(-1, *[1] * (p.ndim - 1)))

        def slope(p: Array) -> tuple[Array, Array]:
            g = columns(p) * p
            return 0.5 * total(g * p), g

        def diagonal(p: Array) -> Array:
            return columns(p) + xp.zeros_like(p)

        def hessian(p: Array) -> Array:
            whole = xp.zeros_like(p)[None] + xp.zeros_like(p)[:, None]
            for i in range(dim):
                whole[i, i] = self.eigenvalues[i]
            return whole

        fast = value_and_grad_in_blocks(slope, max(1, CACHED_NUMBERS // dim), xp) if xp is np else slope
        return _with_value(fast, hessian, diagonal)

    @property
    def torch_source(self) -> str:
        return f"curvatures = torch.tensor({list(self.eigenvalues)})\nreturn 0.5 * (curvatures * p**2).sum()"


THERMOMETER = (
    (35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4),
    (0.5, 14.0, 15.0, 28.0, 11.0, 8.0, 3.0, -4.0, 6.0, 13.0, 21.0),
)
"""What an unknown thermometer showed, and degrees Celsius (Stevens, Antiga, Viehmann 2020, section 5.2)."""

LARGEST_DATA = 5000
"""Pairs in inline data."""

NumberList = Annotated[Point, Field(min_length=2, max_length=LARGEST_DATA)]


class Regression(Problem):
    """A straight line through points: w·x + b, judged by the mean squared error.

    The curvatures are set by the data alone. With the thermometer as it is they are 5883.4 and 0.1751, so that
    gradient descent needs lr below 0.0003399 and then crawls; standardised they are both 2.
    """

    kind: Literal["regression"] = "regression"
    title: ClassVar[str] = "Linear regression"
    source: ClassVar[str] = "Stevens, Antiga, Viehmann 2020, Deep Learning with PyTorch, chapter 5"
    text: ClassVar[None] = None
    formula: ClassVar[None] = None

    data: Literal["thermometer"] | None = None
    """Built-in data set, where x and y are not given."""
    x: NumberList | None = None
    """Inputs, as many as outputs."""
    y: NumberList | None = None
    """Outputs."""
    scaling: Literal["raw", "tenth", "standard"] = "raw"
    """Inputs as they are, divided by 10, or with mean 0 and standard deviation 1."""

    @model_validator(mode="before")
    @classmethod
    def _thermometer_unless_given(cls, given: Any) -> Any:
        if isinstance(given, dict) and all(given.get(name) is None for name in ("data", "x", "y")):
            return given | {"data": "thermometer"}
        return given

    @model_validator(mode="after")
    def _one_set_of_data(self) -> Regression:
        if self.data is not None and (self.x is not None or self.y is not None):
            raise ValueError("give either data or x and y, not both")
        if self.data is None and (self.x is None or self.y is None):
            raise ValueError(f"{'x' if self.x is None else 'y'} is missing; give both x and y")
        if self.x is not None and self.y is not None and len(self.x) != len(self.y):
            raise ValueError(f"x has {len(self.x)} numbers and y has {len(self.y)}; give equally many")
        if self.scaling == "standard" and np.ptp(self.inputs) == 0:
            raise ValueError(f"all x are {self.inputs[0]:g}, so they cannot be standardised; choose scaling raw")
        return self

    @property
    def inputs(self) -> np.ndarray:
        """What was measured, before scaling, shape (n,), float64."""
        return np.array(THERMOMETER[0] if self.x is None else self.x)

    @property
    def scaled(self) -> np.ndarray:
        """The inputs of the model, shape (n,), float64."""
        x = self.inputs
        if self.scaling == "standard":
            return (x - x.mean()) / x.std()
        return 0.1 * x if self.scaling == "tenth" else x

    @property
    def outputs(self) -> np.ndarray:
        """What the model should give, shape (n,), float64."""
        return np.array(THERMOMETER[1] if self.y is None else self.y)

    @property
    def dimension(self) -> int:
        return 2

    @property
    def start(self) -> tuple[float, ...]:
        return (1.0, 0.0)

    @property
    def optimum(self) -> tuple[float, float]:
        """The w and b of least squares; the shortest of them where all x are equal."""
        x = self.scaled
        (w, b), *_ = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1), self.outputs)
        return float(w), float(b)

    @property
    def variables(self) -> tuple[str, ...]:
        return ("w", "b")

    @property
    def domain(self) -> tuple[Interval, ...]:
        return tuple(_around(start, best) for start, best in zip(self.start, self.optimum, strict=True))

    @property
    def minima(self) -> tuple[Minimum, ...]:
        with np.errstate(all="ignore"):
            residual = self.optimum[0] * self.scaled + self.optimum[1] - self.outputs
            return (Minimum(self.optimum, float(np.mean(residual**2))),)

    @property
    def effort(self) -> Effort:
        return Effort(14, 7 * len(self.inputs), 3, 4)

    def functions(self, xp: Module) -> Functions:
        """Return mean squared error, gradient and Hessian; every sum runs over the residuals of all n points."""
        data = _per_kind(xp, lambda p: (_constant(self.scaled, p, xp), _constant(self.outputs, p, xp)))
        n, x = len(self.inputs), self.scaled
        total = np.add.reduce if xp is np else xp.sum
        curvature = ((2 * float(np.mean(x**2)), 2 * float(np.mean(x))), (2 * float(np.mean(x)), 2.0))

        def whole(p: Array) -> tuple[Array, Array]:
            x, y = data(p)
            w, b = p[..., None]
            residual = w * x + b - y
            g = xp.empty_like(p)
            g[0] = total(residual * x, -1) * (2 / n)
            g[1] = total(residual, -1) * (2 / n)
            return total(residual * residual, -1) / n, g

        def hessian(p: Array) -> Array:
            return _constant(curvature, p, xp).reshape(2, 2, *[1] * (p.ndim - 1)) + xp.zeros_like(p)[:1]

        return _with_value(value_and_grad_in_blocks(whole, max(1, RESIDUALS_AT_ONCE // n), xp), hessian)

    @property
    def torch_source(self) -> str:
        x, y = (f"torch.tensor({values.tolist()})" for values in (self.scaled, self.outputs))
        return f"w, b = p\nx = {x}\ny = {y}\nreturn ((w * x + b - y) ** 2).mean()"


CACHED_NUMBERS = 2**14
"""Coordinates that NumPy computes at once: 128 KiB, below malloc's mmap threshold."""

RESIDUALS_AT_ONCE = 2**17
"""Residuals computed at once: 1 MiB, about a core's cache."""


def _with_value(slope: ValueAndGrad, hessian: Callable[[Array], Array], diagonal: Any = None) -> Functions:
    def value(p: Array) -> Array:
        with np.errstate(all="ignore"):
            return slope(p)[0]

    return Functions(value, slope, hessian, diagonal)


def _around(start: float, best: float) -> Interval:
    low, high = min(start, best), max(start, best)
    margin = 0.6 * (high - low) + 0.1 * max(1.0, 0.1 * abs(best))
    return low - margin, high + margin


def _constant(values: Any, p: Array, xp: Module) -> Array:
    """Return numbers as an array of the library, dtype and device of ``p``."""
    return np.array(values, dtype=p.dtype) if xp is np else xp.tensor(np.array(values), dtype=p.dtype, device=p.device)


def _per_kind(xp: Module, make: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """Return ``make``, called only once for every dtype, number of axes and device."""
    made: dict[Any, Any] = {}

    def known(p: Array) -> Any:
        key = (p.dtype, p.ndim, None if xp is np else p.device)
        if key not in made:
            made[key] = make(p)
        return made[key]

    return known


def _left_to_right(xp: Module) -> Callable[[Array], Array]:
    """Return a sum over the first axis that adds from left to right, whatever the number of lanes.

    NumPy would add a single lane in another order than many, and a run's numbers must not depend on its neighbours.
    """

    def numpy_sum(a: Array) -> Array:
        return np.add.reduce(a, 0) if a.size > len(a) else np.add.accumulate(a, 0)[-1]

    def torch_sum(a: Array) -> Array:
        result = a[0]
        for row in a[1:]:
            result = result + row
        return result

    return numpy_sum if xp is np else torch_sum

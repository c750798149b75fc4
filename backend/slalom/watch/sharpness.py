"""Sharpness of a watched model: extreme eigenvalues of its Hessian, and of the one that its rule feels.

Products of the Hessian with vectors come from autograd, on the sample that a closure computes the loss of; Lanczos'
method is that of the built-in networks. With D the rule's preconditioner and rᵍ the rate of a parameter's group over
that of the first, the rule feels the top eigenvalue of S (H + w) S, S² = rᵍ / D, against the limit of the first group.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from slalom.catalogue.optimizers import Optimizer
from slalom.engine.network.lanczos import COLD, Extremes, beginnings, lanczos_extremes
from slalom.errors import SlalomError

from .nonfinite import undisturbed
from .parameters import WatchedParameters, coordinates, coordinates_in, real, real_memory
from .rules import limit_of, preconditioner

LANCZOS_NUMBERS = 1 << 27
"""Numbers that Lanczos' directions may take: 512 MB in float32."""
FEWEST_PRODUCTS = 3
"""With fewer products nothing is known of an eigenvalue."""
LATER_PRODUCTS = 5
"""Products of a round that begins where another one has ended."""
SETTLES_AT = 0.02
"""An eigenvalue that some more products change by less than this share is known."""
MOST_ROUNDS = 5
"""Rounds of products, at most: each begins where the last one has ended."""


class Sharpness(NamedTuple):
    """How curved the loss on the sample is; nan where it is not finite."""

    sharpness: float
    """Largest eigenvalue of the Hessian H, coupled weight decay included."""
    low: float
    """Smallest eigenvalue of H."""
    curvature: float
    """The largest eigenvalue as the rule feels it."""
    limit: float
    """The largest stable learning rate of the first group at this curvature; nan where none is known."""


class SharpnessProbe:
    """Measures the sharpness of a model; every look starts where the last one ended."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        parameters: WatchedParameters,
        closure: Callable[[], Tensor],
    ) -> None:
        self._model, self._optimizer, self._parameters, self._closure = model, optimizer, parameters, closure
        self._places: list[int] = []
        self._choose()
        self._start: tuple[Tensor, Tensor] | None = None

    def _choose(self) -> None:
        """Choose the tensors that gradients come back to: they may be others than before."""
        tensors = self._parameters.tensors
        places = [i for i, p in enumerate(tensors) if p.requires_grad and (p.is_floating_point() or p.is_complex())]
        if places != self._places:
            self._places, self._start = places, None
            self._tensors = [tensors[i] for i in places]
            self._size = sum(map(coordinates_in, self._tensors))

    @property
    def most_products(self) -> int:
        """How many products' directions there is memory for."""
        return LANCZOS_NUMBERS // max(1, self._size)

    @property
    def why_not(self) -> str | None:
        """Why it cannot be measured; None where it can."""
        if self.most_products >= FEWEST_PRODUCTS:
            return None
        return f"The model has {self._size:,} parameters, more than its sharpness can be measured with"

    def look(self, rules: list[Optimizer], rates: Sequence[float]) -> Sharpness:
        """Measure at the present parameters; ``rules`` and ``rates`` are those of the groups."""
        self._choose()
        steps = min(COLD if self._start is None else LATER_PRODUCTS, self.most_products)
        with undisturbed(self._model, self._closure), torch.enable_grad(), _twice_differentiable():
            loss = self._closure()
            if any(p.grad is not None for p in self._tensors):
                raise SlalomError("the closure calls backward(): let it return the loss, with its graph")
            gradients = torch.autograd.grad(
                loss, self._tensors, create_graph=True, allow_unused=True, materialize_grads=True
            )

            def times(v: Tensor) -> Tensor:
                product = torch.autograd.grad(
                    gradients, self._tensors, self._split(v[0]), retain_graph=True, materialize_grads=True
                )
                return _flat(product)[None]

            decay = self._spread([float(rule.coupled_decay) for rule in rules])
            turn = -1.0 if rules[0].maximize else 1.0
            return self._measured(lambda v: turn * times(v), decay, self._scale(rules, rates), rules, steps)

    def _measured(
        self,
        times: Callable[[Tensor], Tensor],
        decay: Tensor,
        scale: Tensor | None,
        rules: list[Optimizer],
        steps: int,
    ) -> Sharpness:
        first, second = self._start or (beginnings(decay), beginnings(decay))
        plain = _settled(times, first, steps)
        same = bool((decay == decay[0, 0]).all())
        added = float(decay[0, 0]) if same else 0.0
        high, felt = float(plain.high) + added, plain
        if scale is None and same:
            curvature = high
        else:
            root = torch.ones_like(decay) if scale is None else scale

            def scaled(v: Tensor) -> Tensor:
                inner = root * v
                return root * (times(inner) + decay * inner)

            felt = _settled(scaled, second, steps)
            curvature = float(felt.high)
        self._start = plain.vectors, felt.vectors
        return Sharpness(high, float(plain.low), curvature, limit_of(rules, curvature))

    def _scale(self, rules: list[Optimizer], rates: Sequence[float]) -> Tensor | None:
        """Return S, shape (1, D); None where it is 1."""
        share = [rate / rates[0] if rates[0] else 1.0 for rate in rates]
        parts, plain = [], all(math.isclose(one, 1.0) for one in share)
        for place, p in zip(self._places, self._tensors, strict=True):
            group = self._parameters.group[place]
            divisor = preconditioner(rules[group], real_memory(self._optimizer.state.get(p, {})))
            plain = plain and divisor is None
            whole = torch.full_like(real(p), share[group]) if divisor is None else share[group] / divisor
            parts.append(whole.clamp(min=0).sqrt())
        return None if plain else _flat(parts)[None]

    def _spread(self, values: list[float]) -> Tensor:
        """Return one number of every group as one per parameter, (1, D)."""
        groups = (values[self._parameters.group[place]] for place in self._places)
        return _flat([torch.full_like(real(p), value) for p, value in zip(self._tensors, groups, strict=True)])[None]

    def _split(self, v: Tensor) -> list[Tensor]:
        parts = zip(v.split([*map(coordinates_in, self._tensors)]), self._tensors, strict=True)
        return [_shaped(part, p) for part, p in parts]


def _settled(times: Callable[[Tensor], Tensor], start: Tensor, steps: int) -> Extremes:
    """Return extreme eigenvalues, from as many rounds of products as the largest one takes to settle."""
    found = lanczos_extremes(times, start, steps)
    for _ in range(MOST_ROUNDS - 1):
        again = lanczos_extremes(times, found.vectors, min(steps, LATER_PRODUCTS))
        change = float((again.high - found.high).abs())
        found = again
        if not change > SETTLES_AT * float(found.high.abs()):
            break
    return found


def _flat(tensors: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """Return tensors as one vector, float32 or wider, where the first one is."""
    first = tensors[0]
    wide = torch.float64 if first.dtype is torch.float64 else torch.float32
    return torch.cat([coordinates(t).to(first.device, wide) for t in tensors])


def _shaped(part: Tensor, like: Tensor) -> Tensor:
    """Return coordinates in the shape of a tensor."""
    if not like.is_complex():
        return part.reshape(like.shape).to(like.device, like.dtype)
    return torch.view_as_complex(part.reshape(*like.shape, 2).to(like.device, like.real.dtype).contiguous())


@contextmanager
def _twice_differentiable() -> Iterator[None]:
    """Use implementations of attention and of recurrent layers that have second derivatives."""
    with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
        yield

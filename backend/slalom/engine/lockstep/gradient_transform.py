"""What a rule is shown: the problem's gradient, disturbed by noise and then clipped, for E runs at once."""

from __future__ import annotations

from typing import NamedTuple

from slalom.catalogue.base.choice import Array, Module

from .arrays import norm

CLIP_EPS = 1e-6
"""torch's ``clip_grad_norm_`` adds this to the norm before dividing by it."""


class GradientTransform(NamedTuple):
    """What stands between the gradient and the rule: a penalty first, noise, then clipping by norm, and by value.

    Every field is None where no run of the group asks for it, else one number per run, shape (E,).
    """

    noise: Array | None = None
    """Standard deviation of the noise added to every component."""
    clip_norm: Array | None = None
    """Longest gradient, as torch's ``clip_grad_norm_``: g · min(1, c / (|g| + 1e-6))."""
    clip_value: Array | None = None
    """Largest component, as torch's ``clip_grad_value_``."""
    l1: Array | None = None
    """Weight of a penalty l1 Σ|pᵢ|, whose slope l1 · sign(p) joins the gradient; of networks only."""

    @property
    def acts(self) -> bool:
        """Whether anything stands there at all."""
        return any(part is not None for part in self)

    def apply(self, g: Array, z: Array | None, xp: Module) -> Array:
        """Return the gradient the rule sees; ``g`` and the noise ``z``, already scaled, have shape (dim, E)."""
        if z is not None:
            g = g + z
        if self.clip_norm is not None:
            g = g * (self.clip_norm / (norm(g, xp) + CLIP_EPS)).clip(None, 1)
        if self.clip_value is not None:
            g = xp.minimum(xp.maximum(g, -self.clip_value), self.clip_value)
        return g

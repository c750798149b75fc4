"""Functions of one variable: the smallest places where descent goes right and wrong."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import Interval, Minimum
from .surface import Surface

DESCENT = "Goodfellow, Bengio, Courville 2016, Deep Learning, section 4.3"


class Parabola(Surface):
    """The simplest valley: the same curvature, 2, everywhere.

    One step of gradient descent multiplies x by 1 - 2 lr. So lr 0.5 arrives at once, from 0.5 to 1 the steps
    cross the valley and still come down, at 1 they bounce for ever, and above 1 every step climbs higher.
    """

    kind: Literal["parabola"] = "parabola"
    title: ClassVar[str] = "Parabola"
    source: ClassVar[str] = "Stevens, Antiga, Viehmann 2020, Deep Learning with PyTorch, figure 5.8"
    template: ClassVar[str] = "x**2"
    window: ClassVar[tuple[Interval, ...]] = ((-6.5, 6.5),)
    origin: ClassVar[tuple[float, ...]] = (-4.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((0.0,),)


class Quartic(Surface):
    """A valley with steep walls and a flat floor.

    The curvature is 12 x²: at the start, x = 2, it is 48 and only lr below 0.0417 is stable; at the minimum it
    is 0, so descent slows down for ever instead of shrinking the distance by a constant factor.
    """

    kind: Literal["quartic"] = "quartic"
    title: ClassVar[str] = "Quartic"
    source: ClassVar[str] = DESCENT
    template: ClassVar[str] = "x**4"
    window: ClassVar[tuple[Interval, ...]] = ((-2.5, 2.5),)
    origin: ClassVar[tuple[float, ...]] = (2.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((0.0,),)


class DoubleWell(Surface):
    """Two equally deep valleys with a hill between them; which one is found depends on start and step.

    Both minima, -1 and 1, have curvature 8; at the hilltop, x = 0, the gradient is 0 as well, with curvature -4.
    """

    kind: Literal["double_well"] = "double_well"
    title: ClassVar[str] = "Double well"
    source: ClassVar[str] = "Strogatz 2015, Nonlinear Dynamics and Chaos, section 2.7"
    template: ClassVar[str] = "x**4 - 2*x**2"
    window: ClassVar[tuple[Interval, ...]] = ((-2.2, 2.2),)
    origin: ClassVar[tuple[float, ...]] = (2.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((-1.0,), (1.0,))


class TiltedDoubleWell(Surface):
    """Two valleys of which one is deeper: a small step stays in the near one, a lucky large one jumps over.

    With tilt 0.3 the deeper minimum is -1.3054 at x = -1.0356, the other -0.7059 at x = 0.9601, and the hill
    stands at 0.0754. Beyond a tilt of 1.5396 only one valley is left.
    """

    kind: Literal["tilted_double_well"] = "tilted_double_well"
    title: ClassVar[str] = "Tilted double well"
    source: ClassVar[str] = "Strogatz 2015, Nonlinear Dynamics and Chaos, section 3.6"
    template: ClassVar[str] = "x**4 - 2*x**2 + tilt*x"
    window: ClassVar[tuple[Interval, ...]] = ((-2.2, 2.2),)
    origin: ClassVar[tuple[float, ...]] = (2.0,)

    tilt: float = Field(0.3, ge=-10, le=10)
    """Slope that is added everywhere; the deeper valley is on the left where it is positive."""

    @property
    def minima(self) -> tuple[Minimum, ...]:
        x = np.roots([4.0, 0.0, -4.0, self.tilt])
        x = x.real[np.abs(x.imag) < 1e-6]
        for _ in range(3):
            bend = 12 * x**2 - 4
            x = x - np.divide(4 * x**3 - 4 * x + self.tilt, bend, out=np.zeros_like(x), where=np.abs(bend) > 1e-3)
        return self.minima_at((root,) for root in x[12 * x**2 - 4 > 1e-3])


class AbsoluteValue(Surface):
    """A kink: the slope is -1 or 1 everywhere except at the minimum itself.

    The step has the same length at every distance, so with a constant rate descent ends up jumping across the
    minimum for ever; only a falling rate settles. The slope at 0 is defined as 0.
    """

    kind: Literal["absolute_value"] = "absolute_value"
    title: ClassVar[str] = "Absolute value"
    source: ClassVar[str] = "Shor 1985, Minimization Methods for Non-Differentiable Functions"
    template: ClassVar[str] = "abs(x)"
    window: ClassVar[tuple[Interval, ...]] = ((-5.0, 5.0),)
    origin: ClassVar[tuple[float, ...]] = (-3.7,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((0.0,),)


class SineBowl(Surface):
    """A wide bowl with ripples: from the right side, small steps stop in the wrong dip.

    The deepest point is -7.9458 at x = -1.3064; a second dip, 8.3156 at x = 3.8375, catches small steps from 6.
    The curvature lies between -8 and 12.
    """

    kind: Literal["sine_bowl"] = "sine_bowl"
    title: ClassVar[str] = "Sine bowl"
    source: ClassVar[str] = "SciPy Lecture Notes, Varoquaux et al., section 1.5.3"
    template: ClassVar[str] = "x**2 + 10*sin(x)"
    window: ClassVar[tuple[Interval, ...]] = ((-7.0, 7.0),)
    origin: ClassVar[tuple[float, ...]] = (6.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((-1.306440008369511,), (3.837467106499049,))

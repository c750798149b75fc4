"""Every surface, in the order of the menu; to add one, write its class and list it here and in problems.py."""

from __future__ import annotations

from .surface import FormulaSurface
from .surfaces_1d import AbsoluteValue, DoubleWell, Parabola, Quartic, SineBowl, TiltedDoubleWell
from .surfaces_2d import (
    Ackley,
    Beale,
    Booth,
    Bowl,
    GoldsteinPrice,
    Griewank,
    Himmelblau,
    Levy,
    Matyas,
    MonkeySaddle,
    PlateauSurface,
    Rastrigin,
    Rosenbrock,
    Saddle,
    SixHumpCamel,
    StyblinskiTang,
    ThreeHumpCamel,
)

AnySurface = (
    Parabola
    | Quartic
    | DoubleWell
    | TiltedDoubleWell
    | AbsoluteValue
    | SineBowl
    | Bowl
    | Rosenbrock
    | Himmelblau
    | Beale
    | Booth
    | Matyas
    | ThreeHumpCamel
    | SixHumpCamel
    | StyblinskiTang
    | GoldsteinPrice
    | Rastrigin
    | Ackley
    | Griewank
    | Levy
    | Saddle
    | MonkeySaddle
    | PlateauSurface
    | FormulaSurface
)
"""Every surface, the one you type yourself last."""

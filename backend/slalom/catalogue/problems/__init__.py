"""Everything that can be minimised: the union that specs use, in the order of the menu."""

from __future__ import annotations

from typing import Annotated, get_args

from slalom.catalogue.base.plugins import Kinds

from .base import Problem
from .linear import Quadratic, Regression
from .networks import Character, Network
from .surfaces import AnySurface

_Own = AnySurface | Quadratic | Regression | Network | Character

PROBLEMS: Kinds[Problem] = Kinds("slalom.problems", Problem, get_args(_Own))
"""Every problem's class."""

AnyProblem = Annotated[_Own, PROBLEMS]
"""Every problem; ``kind`` says which."""

"""Everything that can be minimised: the union that specs use, in the order of the menu."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from .base import Problem
from .linear import Quadratic, Regression
from .networks import Character, Network
from .surfaces import AnySurface

AnyProblem = Annotated[AnySurface | Quadratic | Regression | Network | Character, Field(discriminator="kind")]
"""Every problem; ``kind`` says which."""

PROBLEMS: tuple[type[Problem], ...] = get_args(get_args(AnyProblem)[0])
"""Every problem's class."""

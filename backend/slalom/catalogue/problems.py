"""Everything that can be minimised: the union that specs use, in the order of the menu."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from .matrices import Quadratic, Regression
from .problem import Problem
from .surfaces import AnySurface

AnyProblem = Annotated[AnySurface | Quadratic | Regression, Field(discriminator="kind")]
"""Every problem; ``kind`` says which."""

PROBLEMS: tuple[type[Problem], ...] = get_args(get_args(AnyProblem)[0])
"""Every problem's class."""

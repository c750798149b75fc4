"""A package as others write it, installed by hand: a folder on the path with a distribution's metadata, no pip."""

from pathlib import Path

CODE = '''
"""One of each kind of choice that a package can add, and classes of PyTorch's optimizers."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Module
from slalom.catalogue.datasets.base import DataPart
from slalom.catalogue.datasets.synthetic import Synthetic
from slalom.catalogue.datasets.torch_random import Generator
from slalom.catalogue.optimizers.base import Optimizer, like
from slalom.catalogue.problems.base import Interval
from slalom.catalogue.problems.surface import Surface


class Trough(Surface):
    """A valley whose walls become steeper."""

    kind: Literal["trough"] = "trough"
    title: ClassVar[str] = "Trough"
    source: ClassVar[str] = "This test"
    template: ClassVar[str] = "x**2 + x**4"
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0),)
    origin: ClassVar[tuple[float, ...]] = (1.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((0.0,),)


class Halved(Optimizer):
    """Gradient descent with half of its learning rate."""

    kind: Literal["halved"] = "halved"
    lr: float = Field(0.1, ge=0)
    """Learning rate, twice what is used."""

    title: ClassVar[str] = "Half a step"
    source: ClassVar[str] = "This test"
    torch_class: ClassVar[str] = "torch.optim.SGD"
    operations: ClassVar[int] = 2
    has_theory: ClassVar[bool] = False

    class State(NamedTuple):
        """Nothing."""

    def init(self, p: Array, xp: Module) -> State:
        return self.State()

    def step(self, p, g, state, lr, xp, hessian=None):
        return p - like(lr, p) / 2 * g, state


class Ring(Synthetic):
    """Points of the plane, inside of a circle or not."""

    kind: Literal["ring"] = "ring"
    title: ClassVar[str] = "Ring"
    source: ClassVar[str] = "This test"
    shape: ClassVar[str] = "a disc and what is around it,"

    n: int = Field(100, ge=2, le=1000)
    """Points to train on."""
    noise: float = Field(0.0, ge=0, le=0)
    """There is none."""

    def draw(self, random: Generator, n: int) -> DataPart:
        points = 2 * random.uniform(2 * n).reshape(n, 2) - 1
        return DataPart(points, ((points**2).sum(axis=1) > 0.5).astype(np.int64))

    def sentence(self) -> str:
        return "Points of a plane; the class says whether they are in a disc."


class Nameless(Optimizer):
    """A rule without a kind of its own."""


class Twin(Optimizer):
    """A rule that is called as another one is."""

    kind: Literal["adam"] = "adam"


class Silent(Optimizer):
    """A rule that says nothing of itself."""

    kind: Literal["silent"] = "silent"
'''

CLASSES = '''
"""Optimizers as PyTorch has them."""

import random

import numpy
import torch


class Wandering(torch.optim.Optimizer):
    """Goes down with chance: of PyTorch, of Python and of NumPy; keeps a count beside its state."""

    def __init__(self, params, lr=0.1, spread=0.1, **others):
        self.count = 0
        super().__init__(params, {"lr": lr, "spread": spread})

    @torch.no_grad()
    def step(self, closure=None):
        self.count += 1
        for group in self.param_groups:
            for p in group["params"]:
                drawn = torch.randn_like(p) + random.gauss(0, 1) + numpy.random.standard_normal()
                p -= group["lr"] * (p.grad + group["spread"] * drawn / self.count)


class Tiring(torch.optim.Optimizer):
    """Fails after some steps."""

    def __init__(self, params, lr=0.1, steps=3):
        self.left = steps
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("no more steps")


class Strict(torch.optim.SGD):
    """Fails where a gradient is not finite."""

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if not p.grad.isfinite().all():
                    raise ValueError("the gradient is not finite")
        return super().step()


def factory(params, lr=0.1):
    """No class."""


class Unrelated:
    """No optimizer."""
'''


ENTRY_POINTS = """
[slalom.problems]
trough = slalom_extras:Trough

[slalom.optimizers]
halved = slalom_extras:Halved

[slalom.datasets]
ring = slalom_extras:Ring

[slalom.lessons]
half = slalom_extras.lessons
"""

BROKEN = """
[slalom.problems]
gone = slalom_extras:Gone
missing = no_such_module:Surface
rule = slalom_extras:Halved

[slalom.optimizers]
nameless = slalom_extras:Nameless
silent = slalom_extras:Silent
twin = slalom_extras:Twin

[slalom.lessons]
empty = slalom_extras
"""


def install(folder: Path, *, requires: str = "torch>=2", entries: str = "", lesson: str | None = None) -> Path:
    """Install the package in a folder, which is to be on the path; return the folder."""
    package, about = folder / "slalom_extras", folder / "slalom_extras-1.0.dist-info"
    for path in (package / "lessons", about):
        path.mkdir(parents=True)
    (package / "__init__.py").write_text(CODE.lstrip())
    (package / "classes.py").write_text(CLASSES.lstrip())
    (package / "lessons/__init__.py").write_text('"""Lessons."""\n')
    if lesson is not None:
        (package / "lessons/half.toml").write_text(lesson)
    required = f"Requires-Dist: {requires}\n" if requires else ""
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: slalom-extras\nVersion: 1.0\n{required}")
    (about / "RECORD").write_text("slalom_extras/__init__.py,,\n")
    if entries:
        (about / "entry_points.txt").write_text(entries)
    return folder

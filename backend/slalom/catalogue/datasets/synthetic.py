"""Data made by a formula and a seed: two moons, two circles, spirals, exclusive or, blobs, a Chebyshev polynomial."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import Data, DataPart, Examples, Scaling, Uploads, examples, no_uploads, remembered
from .torch_random import Generator

MOST = 100_000
"""Examples that are generated at most."""
FEWEST_TO_CHECK = 4
"""Validation examples at least."""
FREE: str = "Generated here; free to use."
TAU = np.float32(2 * np.pi)


class Synthetic(Data):
    """Data made by a formula; all n points train, and about n/4 more of the same kind are kept for validation."""

    licence: ClassVar[str] = FREE
    view: ClassVar[str] = "boundary"
    shape: ClassVar[str]
    """What the points look like, in the sentence that says what the data is."""
    class_count: ClassVar[int | str | None] = 2

    n: int
    noise: float
    seed: int = Field(0, ge=0, le=2**32 - 1)
    """Drives the points and their noise."""
    scaling: Scaling = "raw"
    """Inputs as they are, or with mean 0 and standard deviation 1."""

    def load(self, uploads: Uploads = no_uploads) -> Examples:
        del uploads
        return _generated(self)

    def parts(self) -> tuple[DataPart, DataPart]:
        """Return training and validation points, one stream of random numbers after the other."""
        random = Generator(self.seed)
        train = self.draw(random, self.n)
        return train, self.draw(random, max(FEWEST_TO_CHECK, self.n // 4))

    def draw(self, random: Generator, n: int) -> DataPart:
        """Return n points, (n, features) and their targets."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """Return task, classes and features."""
        names = tuple(str(c) for c in range(self.classes))
        return {"task": self.task, "classes": names, "features": ("x1", "x2")}

    @property
    def classes(self) -> int:
        """How many classes there are; 0 where numbers are predicted."""
        count = self.class_count
        return getattr(self, count) if isinstance(count, str) else count or 0

    def sentence(self) -> str:
        """Say what is predicted."""
        return f"{self.shape.capitalize()} of points in a plane; which one a point belongs to is the class."


@remembered(64)
def _generated(data: Synthetic) -> Examples:
    train, check = data.parts()
    about = f"{data.sentence()} {len(train.inputs):,} points to train on, and {len(check.inputs):,} more to check with."
    return examples(train, check, data.scaling, about=about, **data.facts())


class Moons(Synthetic):
    """Two half circles that reach into each other: no straight line separates them, a small network does."""

    kind: Literal["moons"] = "moons"
    title: ClassVar[str] = "Two moons"
    source: ClassVar[str] = "After scikit-learn's make_moons, with torch's random numbers"
    shape: ClassVar[str] = "two half moons"

    n: int = Field(1000, ge=2, le=MOST)
    """Points to train on, half of them in each moon."""
    noise: float = Field(0.2, ge=0, le=10)
    """Standard deviation of the noise on both coordinates; from 0.3 on the moons overlap."""

    def draw(self, random: Generator, n: int) -> DataPart:
        half, pi = n // 2, np.float32(np.pi)
        upper, lower = random.uniform(half) * pi, random.uniform(n - half) * pi
        low = np.stack([1 - np.cos(lower), np.float32(0.5) - np.sin(lower)], axis=1)
        points = np.concatenate([_at(upper), low])
        return _noisy(points, _halves(n), self.noise, random)


class Circles(Synthetic):
    """A circle inside a circle of twice its radius: the class is how far from the middle a point lies."""

    kind: Literal["circles"] = "circles"
    title: ClassVar[str] = "Two circles"
    source: ClassVar[str] = "After scikit-learn's make_circles, with torch's random numbers"
    shape: ClassVar[str] = "two circles"

    n: int = Field(1000, ge=2, le=MOST)
    """Points to train on, half of them on each circle."""
    noise: float = Field(0.1, ge=0, le=10)
    """Standard deviation of the noise on both coordinates; the radii are 1 and 0.5."""

    def draw(self, random: Generator, n: int) -> DataPart:
        classes = _halves(n)
        points = _at(random.uniform(n) * TAU) * np.where(classes == 0, 1.0, 0.5)[:, None].astype(np.float32)
        return _noisy(points, classes, self.noise, random)


class Spirals(Synthetic):
    """Arms wound around each other: easy to see, and hard for a small network."""

    kind: Literal["spirals"] = "spirals"
    title: ClassVar[str] = "Spirals"
    class_count: ClassVar[int | str | None] = "arms"
    source: ClassVar[str] = "After Karpathy's CS231n notes, cs231n.github.io/neural-networks-case-study"
    shape: ClassVar[str] = "spiral arms"

    n: int = Field(300, ge=20, le=MOST)
    """Points to train on; every arm has n/arms of them, rounded down."""
    arms: int = Field(3, ge=2, le=10)
    """Spirals, one class each."""
    noise: float = Field(0.15, ge=0, le=10)
    """Standard deviation of the noise on the angle, in radians."""

    def draw(self, random: Generator, n: int) -> DataPart:
        each = max(1, n // self.arms)
        arms = [self._arm(random, c, each) for c in range(self.arms)]
        return _part(np.concatenate(arms), np.repeat(np.arange(self.arms), each))

    def _arm(self, random: Generator, c: int, each: int) -> np.ndarray:
        radius = np.linspace(0.05, 1, each, dtype=np.float32)
        begin = 2 * np.pi * c / self.arms
        angle = np.linspace(begin, begin + 4, each, dtype=np.float32) + np.float32(self.noise) * random.normal(each)
        return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


class Xor(Synthetic):
    """Four squares like a chessboard's: the class says whether the signs of the coordinates differ.

    The two classes that no straight line separates, by which Minsky and Papert showed what one layer cannot learn.
    """

    kind: Literal["xor"] = "xor"
    title: ClassVar[str] = "Exclusive or"
    source: ClassVar[str] = "Minsky, Papert 1969, Perceptrons"
    shape: ClassVar[str] = "four squares, alternately of two classes,"

    n: int = Field(1000, ge=2, le=MOST)
    """Points to train on, spread over the square from -1 to 1."""
    noise: float = Field(0.1, ge=0, le=10)
    """Standard deviation of the noise on both coordinates; the class is decided before it."""

    def draw(self, random: Generator, n: int) -> DataPart:
        points = 2 * random.uniform(2 * n).reshape(n, 2) - 1
        return _noisy(points, ((points > 0).sum(axis=1) == 1).astype(np.int64), self.noise, random)

    def sentence(self) -> str:
        return "Four squares of points in a plane; the class says whether their coordinates have different signs."


class Blobs(Synthetic):
    """Round clouds on a circle: the task that even a network without hidden layers can do, if they do not overlap."""

    kind: Literal["blobs"] = "blobs"
    title: ClassVar[str] = "Blobs"
    class_count: ClassVar[int | str | None] = "blobs"
    source: ClassVar[str] = "After scikit-learn's make_blobs, with torch's random numbers"
    shape: ClassVar[str] = "round clouds"

    n: int = Field(300, ge=20, le=MOST)
    """Points to train on, equally many in every blob up to one."""
    blobs: int = Field(3, ge=2, le=10)
    """Clouds, one class each; their centres lie evenly on the circle of radius 1."""
    noise: float = Field(0.25, ge=0, le=10)
    """Standard deviation of every cloud, in both coordinates."""

    def draw(self, random: Generator, n: int) -> DataPart:
        classes = np.arange(n) * self.blobs // n
        return _noisy(_at(classes.astype(np.float32) * (TAU / np.float32(self.blobs))), classes, self.noise, random)


class Chebyshev(Synthetic):
    """Points on the Chebyshev polynomial T_d(x) = cos(d·arccos x), evenly spaced on [-1, 1]: a curve to fit.

    T₄(x) = 8x⁴ - 8x² + 1 with 20 points is where gradient descent was seen to work at the edge of stability.
    """

    kind: Literal["chebyshev"] = "chebyshev"
    title: ClassVar[str] = "Chebyshev polynomial"
    task: ClassVar[Literal["classes", "numbers"] | None] = "numbers"
    class_count: ClassVar[int | str | None] = None
    view: ClassVar[str] = "curve"
    source: ClassVar[str] = "Cohen, Kaur, Li, Kolter, Talwalkar 2021, arXiv:2103.00065"

    n: int = Field(20, ge=2, le=MOST)
    """Points to train on; the validation points lie halfway between them."""
    degree: int = Field(4, ge=1, le=20)
    """Degree of the polynomial: how often it turns, plus one."""
    noise: float = Field(0.0, ge=0, le=10)
    """Standard deviation of the noise on the targets."""

    def parts(self) -> tuple[DataPart, DataPart]:
        random, x = Generator(self.seed), np.linspace(-1, 1, self.n)
        return self._on_the_curve(x, random), self._on_the_curve((x[1:] + x[:-1]) / 2, random)

    def _on_the_curve(self, x: np.ndarray, random: Generator) -> DataPart:
        y = np.polynomial.Chebyshev.basis(self.degree)(x) + self.noise * random.normal(len(x))
        return DataPart(x[:, None], y[:, None])

    def facts(self) -> dict[str, Any]:
        return {"task": self.task, "classes": (), "features": ("x",)}

    def sentence(self) -> str:
        return f"The Chebyshev polynomial of degree {self.degree} from -1 to 1; its value is the number to predict."


def _at(angle: np.ndarray) -> np.ndarray:
    """Return points of the unit circle, shape (n, 2)."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _halves(n: int) -> np.ndarray:
    """Return n classes, the first n // 2 of them 0 and the others 1."""
    return (np.arange(n) >= n // 2).astype(np.int64)


def _noisy(points: np.ndarray, classes: np.ndarray, noise: float, random: Generator) -> DataPart:
    return _part(points + np.float32(noise) * random.normal(points.size).reshape(points.shape), classes)


def _part(points: np.ndarray, classes: np.ndarray) -> DataPart:
    return DataPart(points.astype(np.float64), classes.astype(np.int64))

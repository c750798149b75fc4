"""What every data set has in common: examples to train on, others to check with, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, cast

import numpy as np

from slalom.catalogue.base.choice import Choice
from slalom.errors import SpecError

from .torch_random import Generator

Scaling = Literal["raw", "standard"]
"""Inputs as they are, or each with mean 0 and standard deviation 1 over the training examples."""


class UserFile(NamedTuple):
    """A file that a user brought."""

    text: bytes
    reading: str | None = None
    """How a table is read, JSON; decided from the text where it is not given."""


Uploads = Callable[[str], UserFile]
"""Returns a user's own file, given its id; raises a SlalomError where there is none."""


def no_uploads(id: str) -> UserFile:
    """Raise SpecError: nobody has uploaded anything here."""
    raise SpecError(f"There is no data set {id[:40]!r}. Upload it with POST /api/datasets.", ("problem", "data", "id"))


class Examples(NamedTuple):
    """What a network is trained on, and what it is checked with; the arrays are shared and cannot be written to."""

    inputs: np.ndarray
    """As the network sees them, shape (n, features), float64; for characters (n, context), int64."""
    targets: np.ndarray
    """Classes, shape (n,), int64; or numbers, shape (n, outputs), float64."""
    check_inputs: np.ndarray
    """Inputs of the validation examples, shape (m, features); m may be 0."""
    check_targets: np.ndarray
    """Targets of the validation examples."""
    task: Literal["classes", "numbers"]
    """What is predicted."""
    classes: tuple[str, ...]
    """What the classes are called; () for numbers."""
    features: tuple[str, ...]
    """What the inputs are called."""
    about: str
    """One or two sentences: how many examples, how they were split, what is predicted, and why."""
    mean: np.ndarray
    """Shape (features,): inputs = (raw - mean) / scale; zeros where the inputs are raw."""
    scale: np.ndarray
    """Shape (features,); ones where the inputs are raw."""
    image: tuple[int, int] | None = None
    """Rows and columns, where the features are the pixels of a picture."""
    target_mean: float = 0.0
    """Targets that are numbers = (raw - target_mean) / target_scale."""
    target_scale: float = 1.0
    """See ``target_mean``."""


class Data(Choice):
    """Something to train a network on."""

    kind: Any
    title: ClassVar[str]
    """Its name, for people."""
    source: ClassVar[str]
    """Where it comes from."""
    licence: ClassVar[str]
    """What others may do with it."""
    task: ClassVar[Literal["classes", "numbers"] | None] = "classes"
    """What is predicted; None where only the file says it."""
    class_count: ClassVar[int | str | None] = None
    """How many classes are told apart: a number, or the field that says it; None for numbers, or where a file does."""
    view: ClassVar[str] = "data"
    """The view that shows most of what a network makes of it; ``data`` where that depends on the file."""

    def load(self, uploads: Uploads = no_uploads) -> Examples:
        """Return the examples, the same ones every time; ``uploads`` finds the user's own files.

        Raises SpecError where a file is missing, or cannot be read as these settings ask.
        """
        raise NotImplementedError


class DataPart(NamedTuple):
    """Some examples before scaling: inputs (n, features), targets (n,) or (n, outputs)."""

    inputs: np.ndarray
    targets: np.ndarray


def split(whole: DataPart, share: float, seed: int) -> tuple[DataPart, DataPart]:
    """Return training and validation examples: a random ``share`` of them, rounded, is kept for validation.

    At least one example is left to train on; with a share above 0 and two examples or more, at least one to check with.
    """
    n = len(whole.inputs)
    kept = min(max(round(share * n), share > 0), n - 1)
    order = Generator(seed).permutation(n)
    check, train = np.sort(order[:kept]), np.sort(order[kept:])
    return DataPart(whole.inputs[train], whole.targets[train]), DataPart(whole.inputs[check], whole.targets[check])


def measure(values: np.ndarray, scaling: Scaling) -> tuple[np.ndarray, np.ndarray]:
    """Return what to subtract from every column of (n, columns) and what to divide it by, two arrays (columns,).

    Standard: its mean and population deviation, and 1 for a column that is constant. Raw: 0 and 1.
    """
    columns = values.shape[1]
    if scaling == "raw":
        return np.zeros(columns), np.ones(columns)
    constant = np.ptp(values, axis=0) == 0
    return np.where(constant, values[0], values.mean(axis=0)), np.where(constant, 1.0, values.std(axis=0))


def examples(train: DataPart, check: DataPart, scaling: Scaling, **facts: Any) -> Examples:
    """Return scaled examples; ``facts`` are the other fields of :class:`Examples`."""
    mean, scale = measure(train.inputs, scaling)
    inputs, check_inputs = (locked((part.inputs - mean) / scale) for part in (train, check))
    targets, check_targets = locked(train.targets), locked(check.targets)
    return Examples(inputs, targets, check_inputs, check_targets, mean=locked(mean), scale=locked(scale), **facts)


F = TypeVar("F", bound=Callable[..., Examples])


def remembered(most: int) -> Callable[[F], F]:
    """Return a decorator for functions of data: the examples that were asked for last are kept, ``most`` of them."""

    def remembering(function: F) -> F:
        return cast(F, lru_cache(maxsize=most)(function))

    return remembering


def locked(array: np.ndarray) -> np.ndarray:
    """Return an array that nobody can write to: what is cached is shared."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array

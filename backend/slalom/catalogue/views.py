"""Every kind of view of a network while it learns: what it is called, what it is for, and what makes it.

To add one, write a function in ``engine/views`` that makes arrays of it and list it here; the page draws it with the
panel of its name in ``frontend/panels/network/index.js``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from .datasets.base import Examples
from .problems.architecture import Architecture


class ViewKind(NamedTuple):
    """One kind of picture, and which networks and data it suits."""

    name: str
    made_by: str
    """The module in ``engine/views``, and the function in it, that make the arrays of it."""
    tab: str | None = None
    """Its heading on the page; None: it is one of those that ``data`` stands for."""
    grows: tuple[str, ...] | None = ()
    """Its arrays that have one row per snapshot; None: newer snapshots change all of it."""
    options: tuple[str, ...] = ()
    """What can be chosen of it: fields of the query."""
    task: Literal["classes", "numbers"] | None = None
    """What must be predicted; None, here and below: anything."""
    features: int | None = None
    """How many inputs there must be."""
    letters: bool | None = None
    """Whether the inputs must be symbols."""
    log_loss: bool = False
    """Whether the loss must be a cross-entropy."""

    def suits(self, examples: Examples, blueprint: Architecture) -> bool:
        """Return whether it can be made of a network and its data."""
        return (
            self.task in (None, examples.task)
            and self.features in (None, len(examples.features))
            and self.letters in (None, blueprint.symbols > 0)
            and not (self.log_loss and blueprint.loss == "mse")
        )


VIEW_KINDS: tuple[ViewKind, ...] = (
    ViewKind("plane", "loss_plane.loss_plane", tab="Plane", grows=None, options=("directions",)),
    ViewKind("samples", "text.sampled_text", grows=("embedding",), letters=True),
    ViewKind("boundary", "predictions.boundary", grows=("class", "sure"), task="classes", features=2, letters=False),
    ViewKind("curve", "predictions.curve", grows=("y",), task="numbers", features=1),
    ViewKind("actual", "predictions.actual", grows=("predicted", "check_predicted", "rms"), task="numbers"),
    ViewKind("guesses", "predictions.confusion", grows=("guess", "sure", "confusion"), task="classes", letters=False),
    ViewKind(
        "surprise",
        "text.surprise",
        tab="Surprise",
        grows=("p", "surprise", "mean", "train_loss"),
        task="classes",
        log_loss=True,
    ),
    ViewKind(
        "inside",
        "optimizer_state.optimizer_state",
        tab="Inside",
        grows=("weight", "m", "v", "step", "p_value", "p_m", "p_v", "p_step"),
        options=("parameter",),
    ),
)
"""Every kind, in the order of the page's tabs; of those without one, what shows most of the data goes first."""


def suiting(name: str, examples: Examples, blueprint: Architecture) -> ViewKind | None:
    """Return the kind of that name, for ``data`` the one that shows most; None where none suits the network."""
    kinds = (kind for kind in VIEW_KINDS if kind.suits(examples, blueprint))
    return next((kind for kind in kinds if (kind.tab is None if name == "data" else kind.name == name)), None)

"""Pictures of a network while it learns, made from what its worker kept: one function for every kind of view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from slalom.errors import NotFound
from slalom.storage.store import Store
from slalom.wire.arrays import pack_arrays

from .loss_plane import loss_plane
from .optimizer_state import optimizer_state
from .predictions import actual, boundary, confusion, curve
from .source import ViewRequest, ViewResult, ViewSource
from .text import sampled_text, surprise


class View(NamedTuple):
    """One kind of picture."""

    show: Callable[[ViewSource], ViewResult]
    suits: Callable[[ViewSource], bool]
    """Whether it can be made of this network and its data."""


def answer_view(store: Store, wish: dict[str, Any]) -> bytes:
    """Return a view of a stored experiment, as a bundle; ``wish`` has the fields of :class:`ViewRequest`.

    Raises NotFound where there is no such experiment, or no such view of it, and SpecError where it has no such run.
    """
    asked = ViewRequest(**wish)
    subject = ViewSource(store, asked)
    name = _of_data(subject) if asked.kind == "data" else asked.kind
    kind = VIEW_KINDS.get(name)
    if kind is None or not kind.suits(subject):
        fitting = ", ".join(name for name, one in VIEW_KINDS.items() if one.suits(subject))
        sentence = f"There is no view {asked.kind[:40]!r} of the experiment {asked.id}. There are: {fitting}."
        raise NotFound("view", asked.kind, sentence)
    torch.set_num_threads(1)  # A second thread waits for its turn on a busy machine longer than it helps.
    with torch.inference_mode():
        header, arrays = kind.show(subject)
    return pack_arrays({"kind": name, "run": asked.run, **header}, arrays)


def _of_data(subject: ViewSource) -> str:
    """Return the view that shows most of what the network makes of its data; every kind of data has one."""
    return next(name for name in OF_DATA if VIEW_KINDS[name].suits(subject))


def _classes(subject: ViewSource) -> bool:
    return subject.examples.task == "classes"


def _character(subject: ViewSource) -> bool:
    return subject.blueprint.symbols > 0


VIEW_KINDS: dict[str, View] = {
    "plane": View(loss_plane, lambda subject: True),
    "boundary": View(boundary, lambda s: _classes(s) and not _character(s) and len(s.examples.features) == 2),
    "curve": View(curve, lambda s: not _classes(s) and len(s.examples.features) == 1),
    "guesses": View(confusion, lambda s: _classes(s) and not _character(s)),
    "actual": View(actual, lambda s: not _classes(s)),
    "samples": View(sampled_text, _character),
    "surprise": View(surprise, lambda s: _classes(s) and s.blueprint.loss != "mse"),
    "inside": View(optimizer_state, lambda subject: True),
}
"""Every kind of view, in the order of the menu."""

OF_DATA = ("samples", "boundary", "curve", "actual", "guesses")
"""The views that "data" may be, in the order of how much they show; the first that suits is taken."""

"""Pictures of a network while it learns, made from what its worker kept: one function for every kind of view."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch

from slalom.catalogue.views import VIEW_KINDS, ViewKind, suiting
from slalom.errors import NotFound
from slalom.storage.store import Store
from slalom.wire.arrays import pack_arrays

from .source import ViewRequest, ViewResult, ViewSource


def answer_view(store: Store, wish: dict[str, Any]) -> bytes:
    """Return a view of a stored experiment, as a bundle; ``wish`` has the fields of :class:`ViewRequest`.

    Raises NotFound where there is no such experiment, or no such view of it, and SpecError where it has no such run.
    """
    asked = ViewRequest(**wish)
    subject = ViewSource(store, asked)
    kind = suiting(asked.kind, subject.examples, subject.blueprint)
    if kind is None:
        fitting = ", ".join(one.name for one in VIEW_KINDS if one.suits(subject.examples, subject.blueprint))
        sentence = f"There is no view {asked.kind[:40]!r} of the experiment {asked.id}. There are: {fitting}."
        raise NotFound("view", asked.kind, sentence)
    torch.set_num_threads(1)  # A second thread waits for its turn on a busy machine longer than it helps.
    with torch.inference_mode(), np.errstate(all="ignore"):
        header, arrays = _MAKERS[kind.name](subject)
    return pack_arrays({"kind": kind.name, "run": asked.run, **header}, arrays)


def _maker(kind: ViewKind) -> Callable[[ViewSource], ViewResult]:
    module, function = kind.made_by.split(".")
    return getattr(import_module(f".{module}", __name__), function)


_MAKERS = {kind.name: _maker(kind) for kind in VIEW_KINDS}

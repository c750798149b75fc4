"""The parameters that were kept of a network while it learned, and the order of its mini-batches."""

from __future__ import annotations

import numpy as np

from slalom.engine.lockstep.checkpoints import unpack_checkpoints
from slalom.engine.network.batches import ORDERS
from slalom.errors import SpecError
from slalom.storage.store import Store
from slalom.wire.arrays import pack_arrays

from .source import ViewRequest, ViewSource

KEPT_NAMED = 12
"""Entries that a sentence lists."""


def kept_parameters(store: Store, id: str, run: int, step: int | None = None, order: bool = False) -> bytes:
    """Return one run's parameters at the entries at which its worker kept them, or at one of them, as named arrays.

    ``step`` (K,) says which entries these are, the first and the last one included; every tensor is named as in the
    ``state_dict`` of its ``nn.Sequential`` and has shape (K, *shape). With ``order`` there is ``batches`` (updates, B),
    int64: the training examples of every update.

    Raises NotFound where the experiment trains no network, SpecError where there is no such run or entry.
    """
    subject = ViewSource(store, ViewRequest(id, "parameters", run))
    steps = store.artifacts.steps(id, "state")
    if not steps:
        raise SpecError(f"The experiment {id} keeps no parameters yet. Ask again when it is running.", ("step",))
    chosen = steps if step is None else [step]
    if step is not None and step not in steps:
        raise SpecError(f"Entry {step} is not kept. The entries are {_listed(steps)}.", ("step",))
    kept = [unpack_checkpoints(store.artifacts.load(id, "state", one))[run] for one in chosen]
    points = np.array([one.params for one in kept], subject.spec.dtype)
    arrays = {"step": np.array(chosen)}
    for name, tensor in zip(subject.blueprint.state_names, subject.blueprint.tensors, strict=True):
        arrays[name] = points[:, tensor.start : tensor.stop].reshape(len(chosen), *tensor.shape)
    lane, count = subject.lane, len(subject.examples.inputs)
    size = lane.run.batch_size or count
    if order and size < count:
        place = kept[0].place - chosen[0]
        found = ORDERS[lane.run.batches](lane.seed, count, size, place).take(subject.spec.steps)
        arrays["batches"] = found.numpy()
    return pack_arrays({"run": run, "seed": lane.seed}, arrays)


def _listed(steps: list[int]) -> str:
    """Return some entries in words.

    >>> _listed([0, 5, 10]), _listed(list(range(40)))
    ('0, 5, 10', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 to 39')
    """
    if len(steps) <= KEPT_NAMED:
        return ", ".join(map(str, steps))
    return ", ".join(map(str, steps[: KEPT_NAMED - 1])) + f" to {steps[-1]}"

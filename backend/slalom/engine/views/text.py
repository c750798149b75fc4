"""What a network finds surprising, and names that a character model makes up while it learns."""

from __future__ import annotations

from typing import Any

import numpy as np

from slalom.catalogue.base.number_format import number

from .predictions import pictures
from .source import ViewResult, ViewSource, some

NAMES = 12
"""Names made up at every entry."""
LONGEST_SAMPLE = 20
"""Letters of a name that is made up, at most."""
WATCHED = 16
"""Examples whose surprise is shown."""
SHOWN_EXAMPLES = 1024
"""Training examples whose mean surprise, the loss, is shown beside it."""
END_MARK = 0
"""The symbol that begins and ends a name."""


def sampled_text(subject: ViewSource) -> ViewResult:
    """Return names that the model makes up, with the same random numbers at every entry, and its letters in a plane.

    The axes of the plane are those of the last entry, so that letters move only because the model learns.
    """
    frames = subject.one_run(subject.per_example * NAMES * LONGEST_SAMPLE)
    symbols = subject.examples.classes
    written = make_up(subject, frames.params)
    plan = subject.blueprint
    table = frames.params[:, : plan.symbols * plan.embedding].reshape(-1, plan.symbols, plan.embedding)
    embedding, share = embedded(table)
    header: dict[str, Any] = {
        "steps": frames.steps,
        "names": [["".join(symbols[i] for i in name) for name in names] for names in written],
        "symbols": symbols,
        "share": share,
        "axes_note": "The two directions in which the embeddings of the last entry shown differ most"
        + (f": {share:.0%} of their variance." if np.isfinite(share) else "."),
    }
    return header, {"embedding": embedding.astype("f4")}


def make_up(subject: ViewSource, params: np.ndarray) -> list[list[list[int]]]:
    """Return names as positions of symbols, :data:`NAMES` of each network (S, D): drawn until the end or 20 letters."""
    chances = np.random.Generator(np.random.Philox(0)).random((LONGEST_SAMPLE, NAMES))
    context = np.full((len(params), NAMES, subject.blueprint.context), END_MARK)
    written = np.full((len(params), NAMES, LONGEST_SAMPLE), END_MARK)
    going = np.ones(written.shape[:2], bool)
    for place, chance in enumerate(chances):
        if not going.any():
            break
        drawn = draw(subject.outputs(params, context), chance)
        going &= drawn != END_MARK
        written[..., place] = np.where(going, drawn, END_MARK)
        context = np.concatenate([context[..., 1:], drawn[..., None]], axis=-1)
    return [[name[: _length(name)].tolist() for name in names] for names in written]


def draw(logits: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return one symbol for each row of logits (..., V): the first whose summed probability passes ``chance`` (...).

    >>> draw(np.log([[0.5, 0.25, 0.25]] * 3), np.array([0.4, 0.6, 0.99])).tolist()
    [0, 1, 2]
    """
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    summed = weights.cumsum(axis=-1)
    return (summed <= chance[..., None] * summed[..., -1:]).sum(axis=-1)


def embedded(table: np.ndarray) -> tuple[np.ndarray, float]:
    """Return embeddings (S, V, size) in the plane in which the last of them differ most, (S, V, 2), and the share seen.

    Each axis points to where the first letter that is far out on it lies, so that the picture does not flip.
    """
    if len(table) == 0:
        return np.empty((*table.shape[:2], 2)), float("nan")
    last = table[-1].astype(np.float64)
    centre = last.mean(axis=0)
    _, lengths, axes = np.linalg.svd(last - centre, full_matrices=False)
    axes = np.pad(axes, ((0, max(0, 2 - len(axes))), (0, 0)))[:2]
    seen = (last - centre) @ axes.T
    far = (np.abs(seen) >= 0.5 * np.abs(seen).max(axis=0)).argmax(axis=0)
    axes = axes * np.where(seen[far, [0, 1]] < 0, -1, 1)[:, None]
    whole = float((lengths**2).sum())
    return (table - centre) @ axes.T, float((lengths[:2] ** 2).sum()) / whole if whole else float("nan")


def surprise(subject: ViewSource) -> ViewResult:
    """Return the probability p that the network gives to the right answer of some training examples, and -ln p.

    The mean of -ln p over them is ``-prob[arange(B), Y].log().mean()``; over all training examples it is the loss.
    """
    examples = subject.examples
    sample = some(len(examples.inputs), SHOWN_EXAMPLES)
    watched = some(len(examples.inputs), WATCHED)
    frames = subject.one_run(subject.per_example * (len(sample) + WATCHED))
    surprises = nats(subject.outputs(frames.params, examples.inputs[watched]), examples.targets[watched])
    loss = subject.losses(frames.params, *subject.sample(SHOWN_EXAMPLES))
    arrays = {
        "p": np.exp(-surprises),
        "surprise": surprises,
        "mean": surprises.mean(axis=1),
        "train_loss": loss,
    }
    arrays = {name: values.astype("f4") for name, values in arrays.items()}
    if examples.image is not None:
        arrays["images"] = pictures(subject, examples.inputs[watched])
    header = {
        "steps": frames.steps,
        "examples": [{"text": _text(subject, i), "target": examples.classes[examples.targets[i]]} for i in watched],
        "classes": examples.classes,
        "guess": float(np.log(len(examples.classes))),
        "image": examples.image,
        "sample": len(sample),
        "of": len(examples.inputs),
    }
    return header, arrays


def nats(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return -ln p of the right answers, (S, n), from outputs (S, n, C) or, of two classes, (S, n, 1).

    From the outputs themselves: p may be too small for a number, its logarithm is not.

    >>> nats(np.array([[[0.0, 2000.0], [0.0, 0.0]]]), np.array([0, 1])).round(4).tolist()
    [[2000.0, 0.6931]]
    """
    if outputs.shape[-1] == 1:
        return np.logaddexp(0, np.where(targets == 1, -1, 1) * outputs[..., 0])
    largest = outputs.max(axis=-1)
    right = np.take_along_axis(outputs, np.broadcast_to(targets[None, :, None], (*outputs.shape[:2], 1)), -1)[..., 0]
    return largest - right + np.log(np.exp(outputs - largest[..., None]).sum(axis=-1))


def _length(name: np.ndarray) -> int:
    ends = np.flatnonzero(name == END_MARK)
    return int(ends[0]) if len(ends) else len(name)


def _text(subject: ViewSource, i: int) -> str:
    """Return an example in words: the letters before, the number of a picture, or the features with their values."""
    examples = subject.examples
    if subject.blueprint.symbols:
        return "".join(examples.classes[symbol] for symbol in examples.inputs[i])
    if examples.image is not None:
        return f"picture {i}"
    values = subject.raw(examples.inputs[i : i + 1])[0]
    shown = [f"{name} {number(value, 3)}" for name, value in zip(examples.features, values, strict=True)]
    return ", ".join(shown[:4]) + (", …" if len(shown) > 4 else "")

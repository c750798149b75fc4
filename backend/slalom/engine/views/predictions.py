"""The data as a network sees them while it learns: where it draws the line, the curve it fits, what it mistakes."""

from __future__ import annotations

import numpy as np

from slalom.catalogue.cost import VIEW_SECONDS

from .source import FEWEST_FRAMES, ViewResult, ViewSource, box, some

SIDES = (48, 32, 24)
"""Points of the decision boundary's grid along each side; fewer for a network that is large."""
CURVE = 200
"""Points of a fitted curve."""
SHOWN_PICTURES = 2000
"""Examples drawn, at most."""
GUESSES = 120
"""Examples whose guesses are shown, at most."""
CHECKED = 4096
"""Examples counted in a confusion matrix, at most."""
PAIRS = 400
"""Predicted numbers drawn beside the actual ones, at most, of each part of the data."""
CELLS = 4_000_000
"""Cells of all confusion matrices of an answer."""


def boundary(subject: ViewSource) -> ViewResult:
    """Return which class the network would give every place of the plane of two features, and how sure it is."""
    raw = subject.raw(subject.examples.inputs)
    domain = box(raw)
    side = next((side for side in SIDES if FEWEST_FRAMES * _cost(subject, side**2) <= VIEW_SECONDS), SIDES[-1])
    x, y = (np.linspace(low, high, side) for low, high in domain)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    frames = subject.one_run(_cost(subject, len(places)))
    guess, sure = guesses(subject, frames.params, subject.scaled(places))
    shape = (len(frames.steps), side, side)
    header = {
        "steps": frames.steps,
        "domain": domain,
        "classes": subject.examples.classes,
        "features": subject.examples.features,
        "sure": _meaning(subject),
    }
    arrays = {"class": guess.reshape(shape), "sure": sure.reshape(shape)}
    points, check_points = _points(subject)
    labels, check_labels = _labels(subject)
    return header, arrays | {
        "points": points,
        "labels": labels,
        "check_points": check_points,
        "check_labels": check_labels,
    }


def curve(subject: ViewSource) -> ViewResult:
    """Return the curve that the network has fitted to numbers that depend on one feature, in the data's own units."""
    domain = box(subject.raw(subject.examples.inputs))
    x = np.linspace(domain[0][0], domain[0][1], CURVE)
    frames = subject.one_run(_cost(subject, CURVE))
    y = _targets(subject, subject.outputs(frames.params, subject.scaled(x[:, None]))[..., 0])
    inputs, check_inputs = _points(subject)
    targets, check_targets = (_targets(subject, part[:, 0]) for part in _shown(subject, "targets"))
    header = {"steps": frames.steps, "domain": domain, "features": subject.examples.features}
    return header, {
        "x": x.astype("f4"),
        "y": y.astype("f4"),
        "points": np.column_stack([inputs[:, 0], targets]).astype("f4"),
        "check_points": np.column_stack([check_inputs[:, 0], check_targets]).astype("f4"),
    }


def actual(subject: ViewSource) -> ViewResult:
    """Return what the network predicts for examples with a number each, beside that number, in the data's own units.

    ``rms`` (S, 2) is how far off it is on training and validation data, the root of the mean square, nan where there
    are none; ``rms_of_mean`` is how far off always predicting the mean of the training data would be.
    """
    examples = subject.examples
    most = max(PAIRS, min(CHECKED, int(VIEW_SECONDS / (2 * FEWEST_FRAMES * subject.per_example))))
    parts = []
    for inputs, targets in ((examples.inputs, examples.targets), (examples.check_inputs, examples.check_targets)):
        chosen = some(len(inputs), most)
        parts.append((inputs[chosen], _targets(subject, targets[chosen, 0])))
    frames = subject.one_run(_cost(subject, sum(len(inputs) for inputs, _ in parts)))
    arrays, rms, of_mean = {}, [], []
    for name, (inputs, targets) in zip(("", "check_"), parts, strict=True):
        predicted = _targets(subject, subject.outputs(frames.params, inputs)[..., 0])
        rms.append(_rms(predicted - targets))
        of_mean.append(float(_rms(parts[0][1].mean() - targets)))
        shown = some(len(inputs), PAIRS)
        arrays |= {f"{name}actual": targets[shown].astype("f4"), f"{name}predicted": predicted[:, shown].astype("f4")}
    header = {
        "steps": frames.steps,
        "domain": box(np.concatenate([targets for _, targets in parts])[:, None]),
        "rms_of_mean": [None if np.isnan(one) else one for one in of_mean],
    }
    return header, arrays | {"rms": np.stack(rms, axis=-1).astype("f4")}


def _rms(errors: np.ndarray) -> np.ndarray:
    """Return the root of the mean square over the last axis (..., n); nan where n is 0."""
    if errors.shape[-1] == 0:
        return np.full(errors.shape[:-1], np.nan)
    return np.sqrt(np.square(errors).mean(axis=-1))


def confusion(subject: ViewSource) -> ViewResult:
    """Return what the network takes validation examples for (training examples where there are none to check with).

    In the confusion matrix the rows are the classes that examples have, the columns those that they are taken for.
    """
    inputs, targets, of = _checked(subject)
    count = len(subject.examples.classes)
    frames = subject.one_run(max(_cost(subject, len(inputs)), VIEW_SECONDS * count**2 / CELLS))
    guess, sure = guesses(subject, frames.params, inputs)
    table = np.zeros((len(frames.steps), count, count), "u2")
    frame = np.arange(len(frames.steps))[:, None]
    np.add.at(table, (frame, targets[None], guess), 1)
    shown = some(len(inputs), GUESSES)
    arrays = {"guess": guess[:, shown], "sure": sure[:, shown], "labels": _bytes(subject, targets[shown])}
    if subject.examples.image is not None:
        arrays["images"] = pictures(subject, inputs[shown])
    header = {
        "steps": frames.steps,
        "classes": subject.examples.classes,
        "image": subject.examples.image,
        "sample": len(inputs),
        "of": of,
        "sure": _meaning(subject),
    }
    return header, arrays | {"confusion": table}


def guesses(subject: ViewSource, params: np.ndarray, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the class that networks (S, D) give to inputs (n, F), and 255 times how sure they are, u1: two (S, n)."""
    outputs = subject.outputs(params, inputs)
    guess, sure = decisions(outputs, subject.blueprint.loss)
    return _bytes(subject, guess), np.rint(255 * sure).astype("u1")


def decisions(outputs: np.ndarray, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes that outputs (..., C) stand for, (...), and how sure they are, 0 to 1.

    With a squared error the outputs are no probabilities: then sure is the largest output, cut to 0..1.
    """
    if loss == "logistic":
        guess = outputs[..., 0] > 0
        return guess.astype(int), 0.5 + 0.5 * np.tanh(0.5 * np.abs(outputs[..., 0]))
    guess = outputs.argmax(axis=-1)
    largest = outputs.max(axis=-1)
    if loss == "mse":
        return guess, np.clip(largest, 0, 1)
    return guess, 1 / np.exp(outputs - largest[..., None]).sum(axis=-1)


def pictures(subject: ViewSource, inputs: np.ndarray) -> np.ndarray:
    """Return inputs that are pixels as pictures: u1, from 0 to 255, (n, pixels)."""
    low, high = (extreme(subject.raw(subject.examples.inputs)) for extreme in (np.min, np.max))
    return np.rint(255 * np.clip((subject.raw(inputs) - low) / (high - low or 1), 0, 1)).astype("u1")


def _checked(subject: ViewSource) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the examples to look at: inputs, targets, and which they are."""
    examples = subject.examples
    most = max(GUESSES, min(CHECKED, int(VIEW_SECONDS / (FEWEST_FRAMES * subject.per_example))))
    if len(examples.check_inputs):
        chosen = some(len(examples.check_inputs), most)
        return examples.check_inputs[chosen], examples.check_targets[chosen], "validation"
    return *subject.sample(most), "training"


def _cost(subject: ViewSource, inputs: int) -> float:
    return subject.per_example * inputs


def _shown(subject: ViewSource, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs or the targets of the examples that are drawn, to train on and to check with."""
    parts = getattr(subject.examples, what), getattr(subject.examples, f"check_{what}")
    first, second = (part[some(len(part), SHOWN_PICTURES)] for part in parts)
    return first, second


def _points(subject: ViewSource) -> tuple[np.ndarray, np.ndarray]:
    first, second = (subject.raw(part).astype("f4") for part in _shown(subject, "inputs"))
    return first, second


def _labels(subject: ViewSource) -> tuple[np.ndarray, np.ndarray]:
    first, second = (_bytes(subject, part) for part in _shown(subject, "targets"))
    return first, second


def _bytes(subject: ViewSource, classes: np.ndarray) -> np.ndarray:
    """Return classes as u1, or u2 where there are more than one byte can tell apart."""
    return classes.astype("u1" if len(subject.examples.classes) <= 256 else "u2")


def _targets(subject: ViewSource, values: np.ndarray) -> np.ndarray:
    """Return targets that are numbers, or outputs, in the units they came in."""
    return values * subject.examples.target_scale + subject.examples.target_mean


def _meaning(subject: ViewSource) -> str:
    if subject.blueprint.loss == "mse":
        return "the largest output, cut to 0..1: with a squared error the outputs are no probabilities"
    return "the probability that the network gives to its guess"

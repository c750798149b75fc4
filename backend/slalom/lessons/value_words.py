"""What the values of a run are called in a sentence."""

from __future__ import annotations

from slalom.catalogue.base.number_format import number

OUTCOME = {
    "kind": "what becomes of it",
    "step": "the step at which that is decided",
    "first_rise": "the first step that raises the loss",
    "exploded": "the step at which the loss is a thousand times its start",
    "nonfinite": "the step at which the numbers end",
}
COLUMN_NAMES = {
    "lr": "learning rate",
    "limit": "largest stable learning rate",
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "grad_norm": "size of the gradient",
    "step_norm": "length of the step",
}
PLACES = {
    "last": "{} at the end",
    "least": "the least of {}",
    "most": "the most of {}",
    "settled": "the mean of {} over the last fifth of the run",
}


def value_in_words(path: str, *, alone: bool = False) -> str:
    """Return what a path names; which run it is of, unless there is only one.

    >>> value_in_words("run.0.reaches.1e-6", alone=True)
    'the first step with a loss below 10⁻⁶'
    >>> value_in_words("runs.2.mean.train_loss.last")
    'the mean over all seeds of the training loss at the end, of run 3'
    """
    first, index, *rest = path.split(".")
    words = _words(rest[1:] if first == "runs" else rest)
    words = f"the mean over all seeds of {words}" if first == "runs" else words
    return words if alone else f"{words}, of run {int(index) + 1}"


def _words(path: list[str]) -> str:
    name, *rest = path
    column = f"the {COLUMN_NAMES.get(name, name.replace('_', ' '))}"
    match name, rest:
        case "reaches", _:
            return f"the first step with a loss below {number(float('.'.join(rest)))}"
        case "rises", _:
            return "the number of steps that raise the loss"
        case "trench", _:
            return "the learning rate at the bottom of the trench"
        case "note", [kind, part]:
            return f"the {part.replace('_', ' ')} of: {kind.replace('_', ' ')}"
        case "outcome", [part]:
            return OUTCOME.get(part, part.replace("_", " "))
        case "moved", [step, place]:
            return _at(f"the way that parameter {int(place) + 1} has made", step)
        case "params", [step, place]:
            return _at(f"parameter {int(place) + 1}", step)
        case _, [step]:
            return _at(column, step)
    return ".".join(path)


def _at(what: str, step: str) -> str:
    return PLACES[step].format(what) if step in PLACES else f"{what} at step {step}"

"""Diagnoses as a reader gets them: a spec in; what POST /api/simulate answers of its run, and its columns, out."""

from __future__ import annotations

import copy
import math
import re
import warnings
from typing import Any, NamedTuple

import numpy as np
from traces import gather

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent

POWER = r"10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+"
NUMBER = rf"[-−]?(?:{POWER}|(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?: × {POWER})?)"
RUN = ("start", "schedule", "clip_norm", "clip_value", "noise", "batch_size")
"""What belongs to a run rather than to its experiment."""


class Diagnosis(NamedTuple):
    """What came of a spec of one run."""

    spec: dict[str, Any]
    outcome: dict[str, Any]
    """As JSON carries it."""
    columns: dict[str, np.ndarray]

    @property
    def kind(self) -> str:
        return self.outcome["kind"]

    @property
    def step(self) -> int | None:
        return self.outcome["step"]

    @property
    def because(self) -> str:
        return self.outcome["because"]

    @property
    def evidence(self) -> dict[str, Any]:
        return self.outcome["evidence"]

    @property
    def notes(self) -> list[dict[str, Any]]:
        return self.outcome["notes"]

    @property
    def note_kinds(self) -> list[str]:
        return [note["kind"] for note in self.notes]

    @property
    def values(self) -> dict[str, float]:
        """The numbers of all notes, by name; the first note's where several have one."""
        return {name: value for note in reversed(self.notes) for name, value in note["values"].items()}

    @property
    def said(self) -> str:
        """Every sentence and formula, once."""
        texts = [self.because]
        for note in self.notes:
            texts += [note["sentence"], note["formula"]]
        return " ".join(dict.fromkeys(text for text in texts if text))

    @property
    def loss(self) -> np.ndarray:
        return self.columns["loss"].astype(float)

    @property
    def points(self) -> np.ndarray:
        """Parameters, shape (entries, dim)."""
        return np.stack([self.columns[name] for name in self.columns if re.fullmatch(r"p\d+", name)], axis=1)

    @property
    def advice(self) -> list[dict[str, Any]]:
        return [advice for note in self.notes for advice in note["advice"]]

    def advised(self, field: str) -> list[Any]:
        return [advice["value"] for advice in self.advice if advice["field"] == field]

    def note(self, kind: str) -> dict[str, Any]:
        (found,) = [note for note in self.notes if note["kind"] == kind]
        return found

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.said, re.IGNORECASE) is not None


def spec_of(problem: Any, optimizer: dict[str, Any], steps: int, **rest: Any) -> dict[str, Any]:
    """Return the spec of one run; a text of more than a word is a formula."""
    if isinstance(problem, str):
        problem = {"kind": problem} if re.fullmatch(r"[a-z][a-z_]+", problem) else {"kind": "formula", "text": problem}
    run = {"optimizer": optimizer, **{name: rest.pop(name) for name in RUN if name in rest}}
    return {"problem": problem, "runs": [run], "steps": steps, **rest}


def diagnose(problem: Any, optimizer: dict[str, Any], steps: int, **rest: Any) -> Diagnosis:
    """Run one optimizer on a problem, and return what is said of it."""
    return diagnosis_of(spec_of(problem, optimizer, steps, **rest))


def diagnosis_of(spec: dict[str, Any]) -> Diagnosis:
    """Run a spec of one run the way a worker does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        descent = Descent(Comparison.model_validate(spec))
        blocks = [block for tick in descent for block in tick.blocks]
        (outcome,) = descent.outcomes
    names, columns = gather(blocks, 0)
    return Diagnosis(spec, outcome.model_dump(mode="json"), dict(zip(names, columns, strict=True)))


def changed(spec: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Return a spec with one field, a dotted path as in advice, set."""
    new = copy.deepcopy(spec)
    *path, last = field.split(".")
    place = new
    for name in path:
        place = place["runs"][0] if name == "run" else place.setdefault(name, {})
    if last == "kind":
        place.clear()
    place[last] = value
    return new


def followed(found: Diagnosis, advice: dict[str, Any], **rest: Any) -> Diagnosis:
    """Return what comes of a run when a piece of its advice is followed."""
    return diagnosis_of(changed(found.spec, advice["field"], advice["value"]) | rest)


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a sentence, in order.

    >>> numbers_in("Below 1,900 it held: try 2.5 × 10⁻³, or −10⁻⁴.")
    [1900.0, 0.0025, -0.0001]
    """
    return [_value(one) for one in re.findall(NUMBER, text)]


def _value(text: str) -> float:
    plain = text.replace(",", "").replace("−", "-")
    raised = re.search(POWER, plain)
    if not raised:
        return float(plain)
    exponent = raised[0][2:].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(f"{plain[: raised.start()].removesuffix(' × ') or 1}e{exponent}".replace("-e", "-1e"))


def close(one: float, other: float, digits: int = 3) -> bool:
    """Return whether two numbers are the same when written with so many digits."""
    return math.isclose(one, other, rel_tol=10.0 ** (1 - digits), abs_tol=1e-300)


def sgd(lr: float, **settings: Any) -> dict[str, Any]:
    return {"kind": "sgd", "lr": lr, **settings}


def rule(kind: str, lr: float, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "lr": lr, **settings}

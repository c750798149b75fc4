"""From the marks of a verdict to the outcome of every run: its kind, its evidence and its sentence.

Kind and numbers come from arrays; what explains them is made run by run, and may fail without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from slalom.catalogue.experiments.comparison import Lane
from slalom.catalogue.experiments.outcome import Evidence, Note, Outcome
from slalom.engine.lockstep.groups import Group
from slalom.unexpected import attempt

from . import growing, notes, sentences, sentences_networks
from . import notes_motion as motion
from . import notes_networks as networks
from . import notes_slow as slow
from . import notes_stuck as stuck
from .cases import case_of, evidence_of, known, numbers_of, predicted_growths, step_of
from .ground import Place, endless, places
from .habits import Habit
from .kinds import AS_OUTCOME, kinds
from .notes import Scene
from .sentences import Case, Trained
from .verdict import NEVER, Verdict

PACES = (slow.too_small, slow.short_steps, slow.slow)
"""Why a run is not there yet."""


def _of_case(say: Callable[[Case], str]) -> Callable[[Scene], str]:
    return lambda scene: say(scene.case)


SAY: dict[str, Callable[[Scene], str]] = {
    "diverged": _of_case(sentences.diverged),
    "converged": _of_case(sentences.converged),
    "saddle": _of_case(sentences.saddle),
    "minimum": _of_case(sentences.minimum),
    "level": _of_case(sentences.level),
    "growing": growing.rising,
    "endless": growing.sliding,
    "oscillating": _of_case(sentences.oscillating),
    "flat": _of_case(sentences.flat),
    "unfinished": _of_case(sentences.unfinished),
    "chance": _of_case(sentences_networks.chance),
    "edge": _of_case(sentences_networks.edge),
    "learning": _of_case(sentences_networks.learning),
}
"""The sentence for every kind."""
NOTES: dict[str, tuple[Callable[[Scene], Note | None], ...]] = {
    "diverged": (notes.undefined, notes.diverged),
    "converged": (motion.burst, notes.converged, slow.zigzag, motion.ringing),
    "saddle": (stuck.saddle,),
    "minimum": (stuck.minimum,),
    "level": (stuck.plateau,),
    "flat": (stuck.plateau,),
    "growing": (growing.note, motion.burst),
    "endless": (),
    "oscillating": (motion.noise_floor, notes.oscillating),
    "unfinished": (motion.noise_floor, motion.burst, slow.zigzag, motion.ringing, *PACES),
    "chance": (networks.chance,),
    "edge": (networks.edge,),
    "learning": (networks.learning,),
}
"""What may be noted of every kind, the main observation first."""
KIND, REASON, MORE = "What came of this run", "Why it came to this", "What else there is to say of it"
"""What can't be determined where an explanation fails."""


class Told(NamedTuple):
    """The explanation of a run."""

    kind: str
    """As in SAY."""
    because: str
    notes: tuple[Note, ...] = ()


def outcomes(
    verdict: Verdict,
    habit: Callable[[int], Habit],
    groups: Sequence[Group],
    lanes: Sequence[Lane],
    trained: Callable[[], Sequence[Trained] | None] = lambda: None,
) -> list[Outcome]:
    """Return the outcome of every run so far.

    ``habit`` returns what a run kept doing, ``trained`` what is known of all runs as networks, if they are.
    """
    if verdict.start is None:
        return [Outcome(kind="unfinished", because="No step has been made yet.") for _ in lanes]
    doubts: list[str] = []

    def without(why: str) -> list[str]:
        doubts.append(why)
        return _by_marks(verdict)

    found = attempt(KIND, lambda: kinds(verdict, partial(_endless, verdict, groups)), without)
    evidence = _evidence(verdict, groups, lanes)
    told = attempt(
        REASON,
        lambda: _explained(found, verdict, evidence, habit, groups, lanes, trained()),
        lambda why: [Told(kind, why) for kind in found],
    )
    return [_outcome(one, verdict, evidence[run], run, doubts) for run, one in enumerate(told)]


def _endless(verdict: Verdict, groups: Sequence[Group], which: np.ndarray) -> np.ndarray:
    assert verdict.last is not None
    return endless(verdict.last.points, groups, which)


def _by_marks(verdict: Verdict) -> list[str]:
    """Return the kinds that are facts: what blew up, and what has converged."""
    blown = (verdict.marks["exploded"] != NEVER) | (verdict.marks["nonfinite"] != NEVER)
    return np.select([blown, verdict.since != NEVER], ["diverged", "converged"], "unfinished").tolist()


def _evidence(verdict: Verdict, groups: Sequence[Group], lanes: Sequence[Lane]) -> list[Evidence]:
    """Return the numbers behind every outcome; of batches the growth is not predicted: their losses are of samples."""
    unknown = np.full(len(verdict.best), np.nan)
    predicted = attempt("The growth in theory", lambda: predicted_growths(verdict, groups), lambda _: unknown)
    return [
        one.model_copy(update={"predicted_growth": None if lane.run.batch_size else known(growth)})
        for one, growth, lane in zip(evidence_of(verdict, groups), predicted, lanes, strict=True)
    ]


def _outcome(told: Told, verdict: Verdict, evidence: Evidence, run: int, doubts: Sequence[str]) -> Outcome:
    marks = {kind: step_of(mark[run]) for kind, mark in verdict.marks.items()}
    kind = AS_OUTCOME.get(told.kind, told.kind)
    return Outcome(
        kind=kind,  # type: ignore[arg-type]
        step=_step(kind, marks, step_of(verdict.since[run])),
        first_rise=marks["first_rise"],
        exploded=marks["exploded"],
        nonfinite=marks["nonfinite"],
        because=" ".join(dict.fromkeys([*doubts, told.because])),
        evidence=evidence,
        notes=told.notes,
    )


def _step(kind: str, marks: Mapping[str, int | None], since: int | None) -> int | None:
    if kind == "diverged":
        return min((k for k in (marks["exploded"], marks["nonfinite"]) if k is not None), default=marks["runaway"])
    return since if kind == "converged" else None


def _explained(
    found: Sequence[str],
    verdict: Verdict,
    evidence: Sequence[Evidence],
    habit: Callable[[int], Habit],
    groups: Sequence[Group],
    lanes: Sequence[Lane],
    trained: Sequence[Trained] | None,
) -> list[Told]:
    """Return the explanation of every run; where one can't be made, what it says instead."""
    assert verdict.last is not None
    numbers, where = numbers_of(verdict), places(verdict.last.points, groups)

    def tell(run: int) -> Told:
        lane = lanes[run]
        case = case_of(run, verdict, evidence[run], where[run], lane, numbers)
        if trained is None:
            return _told(found[run], _scene(case, run, lane, habit, where[run]))
        case = case._replace(trained=trained[run], batch=lane.run.batch_size)
        return _told(sentences_networks.kind(found[run], case), _scene(case, run, lane, habit, where[run]))

    return [attempt(REASON, partial(tell, run), partial(Told, found[run])) for run in range(len(lanes))]


def _scene(case: Case, run: int, lane: Lane, habit: Callable[[int], Habit], place: Place) -> Scene:
    return Scene(case, lane, partial(habit, run), partial(place.look, case.loss))


def _told(kind: str, scene: Scene) -> Told:
    because = attempt(REASON, lambda: SAY[kind](scene), str)
    noted, lost = _notes(kind, scene)
    bursts = [note.sentence for note in noted if note.kind == "burst"]
    return Told(kind, " ".join([because, *bursts, *lost]), noted)


def _notes(kind: str, scene: Scene) -> tuple[tuple[Note, ...], list[str]]:
    """Return what fits, one observation of a kind, of several reasons why a run is not there yet only the first.

    And a sentence, where one could not be made.
    """
    lost: list[str] = []

    def note(write: Callable[[Scene], Note | None]) -> Note | None:
        return attempt(MORE, partial(write, scene), lost.append)

    found = [one for write in NOTES[kind] if write not in PACES and (one := note(write)) is not None]
    if not found:
        found = [one for write in NOTES[kind] if write in PACES and (one := note(write)) is not None][:1]
    return tuple(found), lost[:1]

"""Whether a lesson is so: every claim, every value in its texts and every quiz question, by running them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import SlalomError

from .claims import Claim, held
from .lesson import Lesson, NumberPrediction, SettingQuestion
from .results import RunsResult, Value, value_of
from .terms import glossary

RunIt = Callable[[Comparison], Awaitable[RunsResult]]
"""Computes a set-up."""


class LessonFault(NamedTuple):
    """Something in a lesson that is not so."""

    loc: tuple[str | int, ...]
    """Which part of the lesson it is."""
    said: str


class Checked(NamedTuple):
    """What was checked in a lesson, and what is not so."""

    claims: int
    values: int
    questions: int
    """Quiz questions that were run."""
    faults: list[LessonFault]


async def checked(lesson: Lesson, run: RunIt) -> Checked:
    """Return how much of a lesson was checked, and all that is not so."""
    faults = list(_unknown_terms(lesson))
    results: dict[str, RunsResult] = {}
    for place, preset in enumerate(lesson.presets):
        result = await _result(run, preset.spec, ("presets", place, "spec"), faults)
        if result is not None:
            results[preset.name] = result
            faults += _of_claims(preset.claims, result, ("presets", place, "claims"), preset.name)
    faults += _of_values(lesson, results)
    settings = [(n, question) for n, question in enumerate(lesson.quiz) if isinstance(question, SettingQuestion)]
    for n, question in settings:
        faults += await _of_question(question, ("quiz", n), run)
    claims = sum(len(preset.claims) for preset in lesson.presets)
    return Checked(claims, len({place.text for place in lesson.placeholders()}), len(settings), faults)


async def _result(
    run: RunIt, spec: Comparison, loc: tuple[str | int, ...], faults: list[LessonFault]
) -> RunsResult | None:
    """Return what a set-up gives; where it cannot be run, note why."""
    try:
        return await run(spec)
    except SlalomError as error:
        faults.append(LessonFault(loc, str(error)))
        return None


def _of_claims(
    claims: tuple[Claim, ...], result: RunsResult, loc: tuple[str | int, ...], name: str
) -> Iterator[LessonFault]:
    for place, claim in enumerate(claims):
        try:
            wrong = held(claim, result)
        except SlalomError as error:
            wrong = str(error)
        if wrong:
            yield LessonFault((*loc, place), f"{name}: {wrong}")


def _of_values(lesson: Lesson, results: dict[str, RunsResult]) -> Iterator[LessonFault]:
    """Yield values in the texts that are not there, each once."""
    for place in dict.fromkeys(lesson.placeholders()):
        if place.preset not in results:
            continue
        try:
            value = value_of(results[place.preset], place.path)
        except SlalomError as error:
            yield LessonFault(_where(lesson, place.text), str(error))
            continue
        if value is None:
            yield LessonFault(
                _where(lesson, place.text), f"{{{place.text}}} has no value: the run never comes to that."
            )
        guess = lesson.prediction
        if isinstance(guess, NumberPrediction) and place.text == guess.truth and not _between(guess, value):
            yield LessonFault(
                ("prediction", "truth"), f"it is {value}, and not between {guess.low:g} and {guess.high:g}."
            )


def _between(guess: NumberPrediction, value: Value) -> bool:
    return isinstance(value, float) and guess.low < value < guess.high


async def _of_question(question: SettingQuestion, loc: tuple[str | int, ...], run: RunIt) -> list[LessonFault]:
    """Return what is wrong with a question: its example must pass, and its set-up as it is must not."""
    faults: list[LessonFault] = []
    answered = Comparison.model_validate_json(json.dumps(question.with_values(question.example)))
    result = await _result(run, answered, (*loc, "example"), faults)
    if result is not None:
        faults += _of_claims(question.passes, result, (*loc, "passes"), "the example does not pass")
    before = await _result(run, question.spec, (*loc, "spec"), faults)
    if before is not None and not list(_of_claims(question.passes, before, (*loc, "passes"), "")):
        faults.append(LessonFault((*loc, "spec"), "the set-up to begin with passes already."))
    return faults


def _unknown_terms(lesson: Lesson) -> Iterator[LessonFault]:
    known = {term.name for term in glossary()}
    for place, term in enumerate(lesson.terms):
        if term not in known:
            yield LessonFault(("terms", place), f"the glossary has no term {term!r}.")


def _where(lesson: Lesson, text: str) -> tuple[str | int, ...]:
    """Return the part of a lesson in whose text a value stands first."""
    return next(iter(_paths(lesson.model_dump(), f"{{{text}}}")), ("prediction", "truth"))


def _paths(value: Any, wanted: str) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, str) and wanted in value:
        yield ()
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, part in parts:
        yield from ((name, *rest) for rest in _paths(part, wanted))

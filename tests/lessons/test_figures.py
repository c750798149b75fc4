"""No figure in a lesson's prose is merely typed: it is a setting, claimed, arithmetic, or of a kind that is listed."""

import re

import numpy as np
import pytest

from slalom.catalogue.formula.of_time import parse_time
from slalom.lessons import LESSONS, lessons_in

FOUND = lessons_in(LESSONS)
FIGURE = re.compile(r"(?<![\w.,⁻⁰-⁹^])\d+(?:,\d{3})*(?:\.\d+)?(?![\w⁻²³⁴-⁹⁰¹]|,\d)")
"""A number that stands alone: no coefficient such as 10 in 10y², and no power."""
EQUATION = re.compile(r"([(\d][\d.,+×/() -]*[\d)])(?: = | is )(-?\d[\d.,]*\d|\d)")
KINDS = {
    "0, 1 or 2, as formulas and counts have them": r"(?<![\w.,])[0-2](?![\w²³]|[.,]\d)",
    "a year": r"\b(?:19|20)\d\d\b",
}
"""What needs no claim, and how it is recognised."""
DERIVED = {
    "how-big-a-step": {"3.4": "(2 - 2^-23) * 2^127 / 10^38", "1.8": "(2 - 2^-52) * (2^1023 / 10^308)", "0.2": "2 / 10"},
    "the-thermometer": {"100": "10^2"},
    "ravines": {"0.818": "(20 - 2) / (20 + 2)", "0.980": "(100 - 1) / (100 + 1)"},
    "mini-batches": {"20,000": "16 * 1250"},
    "cross-entropy": {"26": "27 - 1", "3.1": "-log(0.045)", "2,300": "-1000 * log(0.1)"},
    "edge-of-stability": {"80": "2 / 0.025"},
}
"""Figures that follow from others: the arithmetic that gives them, to the digits that are written."""
SUPPOSED = {
    "adam-and-its-moments": {"5,000"},
    "the-learning-rate-range-test": {"0.4"},
    "cross-entropy": {"0.045", "0.81"},
    "edge-of-stability": {"0.025"},
}
"""What a question, or somebody in a dialogue, supposes."""


def prose(lesson):
    """Yield the texts of a lesson with where they stand; of answers only those that are right."""
    dumped = lesson.model_dump()
    for name in ("title", "question", "why", "explore", "takeaway", "mnemonic"):
        yield name, dumped[name] or ""
    for name in ("summary", "picture"):
        yield from ((f"{name}.{part}", text) for part, text in dumped[name].items())
    yield from ((f"dialogue.{i}", line["says"]) for i, line in enumerate(dumped["dialogue"]))
    yield from ((f"preset {preset['name']}", preset["text"]) for preset in dumped["presets"])
    for name, question in [("prediction", dumped["prediction"]), ("notice", dumped["notice"])]:
        yield from of_question(name, question)
    for i, question in enumerate(dumped["quiz"]):
        yield from of_question(f"quiz.{i}", question)


def of_question(name, question):
    yield f"{name}.text", question["text"]
    if question["kind"] == "choice":
        yield f"{name}.answer", question["answers"][question["right"]]
        yield from ((f"{name}.because.{i}", text) for i, text in enumerate(question["because"]))


def known_numbers(lesson):
    """Return the numbers of a lesson's set-ups and of its claims."""
    parts = [*lesson.presets, *(one for one in lesson.quiz if one.kind == "setting")]
    texts = [part.model_dump_json(exclude={"text", "name"}) for part in parts]
    if lesson.prediction.kind == "number":
        texts.append(lesson.prediction.truth)
    numbers = {float(number) for text in texts for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)}
    claims = [claim for part in parts for claim in (part.passes if hasattr(part, "passes") else part.claims)]
    return numbers | {claim.expected for claim in claims if isinstance(claim.expected, float)}


def is_as_written(figure, value, *, round_too=False):
    """Return whether a value, rounded to the digits of a figure, is that figure; or to those that are not 0."""
    decimals = len(figure.partition(".")[2])
    if round_too and not decimals:
        decimals = len(figure.rstrip("0,").replace(",", "")) - len(figure.replace(",", ""))
    return abs(abs(value) - float(figure.replace(",", ""))) <= 0.5000001 * 10.0**-decimals


def results_in(text):
    """Return what equations in a text give, where they are right."""
    found = []
    for left, right in EQUATION.findall(text):
        worth = float(parse_time(left.replace("×", "*").replace(",", "")).values(np.zeros(1), 1)[0])
        if is_as_written(right.lstrip("-"), worth):
            found.append(abs(float(right.replace(",", ""))))
    return found


def unclaimed(lesson):
    """Return the figures of a lesson that nothing vouches for, each with where it stands."""
    known = known_numbers(lesson)
    listed = {*DERIVED.get(lesson.slug, {}), *SUPPOSED.get(lesson.slug, ())}
    found = []
    for place, text in prose(lesson):
        bare = re.sub(r"\{[^{}]*\}", "", text)
        given = {match.start() for pattern in KINDS.values() for match in re.finditer(pattern, bare)}
        equal = results_in(bare)
        for match in FIGURE.finditer(bare):
            figure = match[0]
            vouched = any(is_as_written(figure, value) for value in [*known, *equal])
            if match.start() not in given and figure not in listed and not vouched:
                found.append((place, figure))
    return found


@pytest.mark.parametrize("lesson", FOUND, ids=lambda lesson: lesson.slug)
def test_no_figure_is_merely_typed(lesson):
    assert unclaimed(lesson) == []


@pytest.mark.parametrize(
    ("slug", "figure", "text"), [(slug, *pair) for slug in DERIVED for pair in DERIVED[slug].items()]
)
def test_what_is_said_to_follow_does(slug, figure, text):
    worth = float(parse_time(text).values(np.zeros(1), 1)[0])
    assert is_as_written(figure, worth, round_too=True), worth


def test_every_figure_that_is_listed_stands_in_its_lesson():
    for lesson in FOUND:
        told = {match[0] for _, text in prose(lesson) for match in FIGURE.finditer(re.sub(r"\{[^{}]*\}", "", text))}
        assert {*DERIVED.get(lesson.slug, {}), *SUPPOSED.get(lesson.slug, ())} <= told, lesson.slug


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("It takes 37 steps.", ["37"]),
        ("It takes 38 steps, to 0.0037.", ["0.0037"]),
        ("In 2021, 1 / 2 of 10⁻⁶ and 3x²; lr 0.9.", []),
        ("1 - 2 × 0.13 = 0.74.", ["0.13"]),
        ("1 - 2 × 0.9 = 0.75.", ["0.75"]),
    ],
)
def test_a_figure_that_nobody_vouches_for_is_found(said, found):
    lesson = FOUND[0].model_copy(update={"takeaway": said})
    assert [figure for place, figure in unclaimed(lesson)] == found

"""Lessons: their texts and set-ups, what their runs gave, and questions that are graded by running the answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import Conflict, NotFound, SpecError
from slalom.lessons import Lesson, held, library, said, value_of
from slalom.lessons.draft import draft
from slalom.lessons.lesson import SettingQuestion
from slalom.lessons.terms import GlossaryTerm, glossary
from slalom.web.downloads.simulated import simulated
from slalom.web.http.dependencies import (
    REFUSALS,
    RUNS_WAIT,
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.disconnect import asker_of, while_listening
from slalom.web.http.interactive import allowed, allowed_by
from slalom.web.http.problem_details import Invalid, parse_body
from slalom.web.http.visitors import visitor_of
from slalom.wire.container import to_json

from .description import examples

router = APIRouter(prefix="/api", tags=["lessons"])

LESSON_TOML = "text/plain"
LESSON_DRAFT: dict[int | str, dict[str, Any]] = {
    200: {"content": {LESSON_TOML: {"schema": {"type": "string"}}}, "description": "A lesson's LESSON_TOML."},
    **REFUSALS,
}
COMPARISON = TypeAdapter(Comparison)
LessonSlug = Annotated[str, Path(max_length=60, description="The name of a lesson.")]
QuestionNumber = Annotated[int, Path(ge=0, le=1000, description="Which question of the lesson's quiz, from 0.")]


class QuizAnswer(BaseModel):
    """The settings that answer a question."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    values: dict[str, Any] = Field(max_length=8)
    """A value for each field that the question names."""


class LessonDraft(BaseModel):
    """What a lesson is to be made of."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, use_attribute_docstrings=True, defer_build=True
    )

    title: str = Field(min_length=1, max_length=200)
    spec: Comparison
    """The runs that it is to show."""


@router.get("/lessons", response_class=Response, responses=response_schema("Lessons", "Every lesson in a few words."))
def list_lessons(server: ServerDep) -> Response:
    """Return every lesson, in order: its name, title, question and terms."""
    shown = {"slug", "title", "question", "terms"}
    return json_answer({"items": [lesson.model_dump(mode="json", include=shown) for lesson in _known(server)]})


@router.get(
    "/lessons/{slug}", response_class=Response, responses=response_schema("Lesson | AskedLesson", "The lesson.")
)
def get_lesson(slug: LessonSlug, server: ServerDep, visitor: VisitorDep) -> Response:
    """Return a lesson: question, prediction, presets with their specs and claims, explanation, quiz and dialogue.

    Values of runs stand in its texts as ``{run.1.outcome.nonfinite}``: paths into what ``POST /api/simulate`` answers
    to the spec of its first preset, or ``{NAME: run.0.loss.last}`` to that of another one.

    To students only what is asked, as long as their class has not seen what its runs do.
    """
    lesson = lesson_of(server, slug)
    if server.keeps_answers(visitor, slug):
        return json_answer(lesson.as_asked())
    return json_answer(lesson.model_dump(mode="json", by_alias=True))


@router.get(
    "/lessons/{slug}/values", response_class=Response, responses=response_schema("LessonValues", "Every value.")
)
async def get_lesson_values(slug: LessonSlug, request: Request, server: ServerDep, visitor: VisitorDep) -> Response:
    """Return every value that stands in braces in a lesson's texts, by what stands there.

    A value is a setting of a preset (``drag runs.0.optimizer.lr``), or what the runs of this server gave: a number, a
    word such as ``converged``, or null where there is none.
    They are computed once; whoever asks first waits for it. Students are refused as long as their class has not seen
    what the runs do.
    """
    lesson = lesson_of(server, slug)
    if server.keeps_answers(visitor, slug):
        raise Conflict(RUNS_WAIT)
    task = server.lesson_values.get(slug)
    if task is None or (task.done() and task.exception() is not None):
        task = asyncio.create_task(_values(server, lesson, request))
        server.lesson_values[slug] = task
    return json_answer({"values": await asyncio.shield(task)})


@router.post(
    "/lessons/{slug}/quiz/{n}",
    response_class=Response,
    openapi_extra=request_schema("QuizAnswer", {"values": {"runs.0.optimizer.lr": 0.3}}),
    responses=response_schema("Grade", "Whether the answer passes, and what its run did."),
)
async def answer_quiz(
    slug: LessonSlug,
    n: QuestionNumber,
    answer: Annotated[QuizAnswer, Depends(JsonBody(TypeAdapter(QuizAnswer)))],
    request: Request,
    server: ServerDep,
) -> Response:
    """Run a question's set-up with somebody's settings and say whether it does what was asked; nothing is stored."""
    question = _question(lesson_of(server, slug), n)
    spec = await server.check(_answered, question, answer.values)
    may = await server.check(allowed, server, visitor_of(request.scope), spec)
    server.metrics.simulations.inc()
    result = await while_listening(request, simulated(server.pool, spec, may, asker_of(request)))
    outcome = result["runs"][0]["outcome"]
    sentences = [outcome["because"], *(said(claim, result) for claim in question.passes)]
    passed = not any(held(claim, result) for claim in question.passes)
    return json_answer({"passed": passed, "said": " ".join(filter(None, sentences)), "run": {"outcome": outcome}})


@router.post(
    "/lessons/draft",
    response_class=Response,
    openapi_extra=request_schema("LessonDraft", {"title": "Two step sizes", "spec": examples.FIRST_SPEC}),
    responses=LESSON_DRAFT,
)
async def draft_lesson(
    wish: Annotated[LessonDraft, Depends(JsonBody(TypeAdapter(LessonDraft)))], request: Request, server: ServerDep
) -> Response:
    """Return a lesson's LESSON_TOML to start from: it shows these runs, and claims what came of them."""
    may = await server.check(allowed, server, visitor_of(request.scope), wish.spec)
    result = await while_listening(request, simulated(server.pool, wish.spec, may, asker_of(request)))
    return Response(await server.check(draft, wish.title, wish.spec, result), media_type=LESSON_TOML)


@router.get("/glossary", response_class=Response, responses=response_schema("Glossary", "Every term."))
def get_glossary(server: ServerDep) -> Response:
    """Return every term of the lessons: its definition, formula and example, and the lessons that name it."""
    lessons = _known(server)

    def entry(term: GlossaryTerm) -> dict[str, Any]:
        where = [lesson.slug for lesson in lessons if term.name in lesson.terms]
        return {"id": term.name, **term.model_dump(mode="json", by_alias=True), "mathml": term.mathml, "lessons": where}

    return json_answer({"items": [entry(term) for term in glossary()]})


def _known(server: Server) -> tuple[Lesson, ...]:
    return library(server.settings.lessons)


def lesson_of(server: Server, slug: str) -> Lesson:
    """Return a lesson; raises NotFound."""
    for lesson in _known(server):
        if lesson.slug == slug:
            return lesson
    raise NotFound("lesson", slug)


def _question(lesson: Lesson, n: int) -> SettingQuestion:
    """Return a question that is graded by running it; raises NotFound, and SpecError where nothing is run for it."""
    if n >= len(lesson.quiz):
        last = len(lesson.quiz) - 1
        raise NotFound("question", str(n), f"There is no question {n}; those of {lesson.slug} are 0 to {last}.")
    question = lesson.quiz[n]
    if not isinstance(question, SettingQuestion):
        raise SpecError(f"Question {n} has answers to choose from; nothing is run for it.", ("n",))
    return question


def _answered(question: SettingQuestion, values: dict[str, Any]) -> Comparison:
    """Return the set-up of a question with somebody's values; raises Invalid, whose places are in their request."""
    names = ", ".join(question.fields)
    for field in {**dict.fromkeys(question.fields), **values}:
        if field not in question.fields or field not in values:
            fault = "is missing" if field in question.fields else "is not asked for"
            raise SpecError(f"{field[:100]} {fault}. Give a value for each of: {names}.", ("values", field[:100]))
    try:
        return parse_body(COMPARISON, to_json(question.with_values(values)))
    except Invalid as error:
        for place in error.body["errors"]:
            path = ".".join(map(str, place["loc"]))
            field = next((field for field in question.fields if f"{path}.".startswith(f"{field}.")), None)
            place["loc"] = ["values"] if field is None else ["values", field]
        raise


async def _values(server: Server, lesson: Lesson, request: Request) -> dict[str, Any]:
    """Return every value of a lesson's texts, from one simulation of each preset that they name."""
    places = lesson.placeholders()
    results = {}
    for name in dict.fromkeys(place.preset for place in places):
        spec = lesson.preset(name).spec
        may = await server.check(allowed_by, server.settings, spec)
        results[name] = await simulated(server.pool, spec, may, asker_of(request))
    settings = {place.text: place.value for place in lesson.settings()}
    return settings | {place.text: value_of(results[place.preset], place.path) for place in places}

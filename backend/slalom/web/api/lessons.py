"""Lessons: their texts and set-ups, and the glossary; what their runs gave is what POST /api/simulate answers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from slalom.errors import NotFound
from slalom.lessons import LESSONS, Lesson, lessons_in
from slalom.lessons.terms import glossary
from slalom.web.http.dependencies import ServerDep, json_answer, response_schema

router = APIRouter(prefix="/api", tags=["lessons"])


@router.get("/lessons", response_class=Response, responses=response_schema("Lessons", "Every lesson in a few words."))
def list_lessons(server: ServerDep) -> Response:
    """Return every lesson, in order: its name, title, question and terms."""
    shown = ("slug", "title", "question", "terms")
    return json_answer({"items": [lesson.model_dump(mode="json", include=set(shown)) for lesson in _known(server)]})


@router.get("/lessons/{slug}", response_class=Response, responses=response_schema("Lesson", "The lesson."))
def get_lesson(slug: str, server: ServerDep) -> Response:
    """Return a lesson: question, prediction, presets with their specs and claims, explanation, quiz and dialogue.

    Values of runs stand in its texts as ``{run.1.outcome.nonfinite}``: paths into what ``POST /api/simulate`` answers
    to the spec of its first preset, or ``{NAME: run.0.loss.last}`` to that of another one.
    """
    for lesson in _known(server):
        if lesson.slug == slug:
            return json_answer(lesson.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"slug": slug})
    raise NotFound(f"There is no lesson {slug!r}. GET /api/lessons lists them.")


@router.get("/glossary", response_class=Response, responses=response_schema("Glossary", "Every term."))
def get_glossary(server: ServerDep) -> Response:
    """Return every term of the lessons, its definition and formula, and in which lessons it appears."""
    lessons = _known(server)

    def entry(term: Any) -> dict[str, Any]:
        return term.model_dump() | {"lessons": [lesson.slug for lesson in lessons if term.name in lesson.terms]}

    return json_answer({"items": [entry(term) for term in glossary()]})


def _known(server: Any) -> tuple[Lesson, ...]:
    return _read(server.settings.lessons)


@lru_cache(maxsize=4)
def _read(folder: Path | None) -> tuple[Lesson, ...]:
    return tuple(lessons_in(folder or LESSONS))

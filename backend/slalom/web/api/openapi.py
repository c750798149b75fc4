"""The API's own description: /openapi.json from the models, and /docs, a page that renders it without any network."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from slalom import __version__
from slalom.catalogue.datasets.tables.choices import TableChoices
from slalom.catalogue.experiments import EXPERIMENTS
from slalom.room.challenges import Challenge
from slalom.room.polls import ChoicePoll, NumberPoll, SketchPoll
from slalom.web.http.dependencies import json_answer
from slalom.web.static.files import file_of

from . import comparisons, datasets, embed, experiments, lessons, recorded
from .landscape import Landscape
from .room import challenges, members, offers, polls

BODIES = (
    *EXPERIMENTS,
    Landscape,
    experiments.Naming,
    experiments.Fork,
    comparisons.Compared,
    recorded.NewRecording,
    recorded.RecordingEnd,
    TableChoices,
    lessons.QuizAnswer,
    lessons.LessonDraft,
    datasets.Sharing,
    members.Joining,
    members.Teaching,
    members.Opening,
    *(ChoicePoll, NumberPoll, SketchPoll, polls.PollMove, polls.PollVote),
    offers.OfferWish,
    *(Challenge, challenges.AttemptWish, challenges.Hiding, challenges.NicknameWish),
    embed.Embedding,
)
"""What requests carry; the routes read them themselves, so their schemas are added here."""
ABOUT = (
    "See optimization happen. Indices, outcomes and the frames of the WebSockets /api/experiments/{id}/stream and "
    "/api/preview are described in the project's documentation. Non-finite numbers are the strings inf, -inf and nan."
)

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=["GET", "HEAD"])
def docs(request: Request) -> Response:
    """Return the page that renders /openapi.json."""
    return file_of(request, "docs.html")


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """Return the description; it takes a second to make, so that no coroutine may do it."""
    return json_answer(describe_routes(request.app))


def describe_routes(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the schemas of bodies and answers; made once."""
    from slalom.web.http.schemas import ANSWERS

    if app.openapi_schema is None:
        schema = get_openapi(title="Slalom", version=__version__, description=ABOUT, routes=app.routes)
        parts = schema.setdefault("components", {}).setdefault("schemas", {})
        parts |= _schemas(BODIES, "validation") | _schemas(ANSWERS, "serialization")
        app.openapi_schema = schema
    return app.openapi_schema


def _schemas(models: Any, mode: Any) -> dict[str, Any]:
    pairs = [(model, mode) for model in models]
    return models_json_schema(pairs, ref_template="#/components/schemas/{model}")[1].get("$defs", {})

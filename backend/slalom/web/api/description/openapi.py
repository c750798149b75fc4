"""The API's own description: /openapi.json from the models, and /docs, a page that renders it without any network."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response

from slalom import __version__
from slalom.catalogue.datasets.tables.choices import TableChoices
from slalom.catalogue.experiments import EXPERIMENTS
from slalom.room.challenges import Challenge
from slalom.room.polls import ChoicePoll, NumberPoll, SketchPoll
from slalom.web.api import comparisons, datasets, embed, experiments, lessons, recorded
from slalom.web.api.landscape import Landscape
from slalom.web.api.room import challenges, members, offers, polls
from slalom.web.http.dependencies import ServerDep, json_answer
from slalom.web.http.proxies import address_of
from slalom.web.static.files import file_of

from .shapes import COMPONENTS, schemas_of, tidy

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
UNIONS = {"AnyExperiment": EXPERIMENTS, "AnyPoll": (ChoicePoll, NumberPoll, SketchPoll)}
"""Those that are one of several."""
ABOUT_REQUESTS = (
    "See optimization happen. The WebSockets are described at /asyncapi.json; indices, outcomes and binary bodies in "
    "the project's documentation. Non-finite numbers are the strings inf, -inf and nan."
)
TAGS = {
    "simulate": "Compute runs at once; nothing is stored.",
    "experiments": "Runs that are stored: create, follow, stop, compare, fork, download, and look into networks.",
    "catalogue": "What can be chosen: problems, optimizers, schedules, averages and data sets.",
    "landscape": "The shape of a problem, for contours and curves.",
    "datasets": "Data of one's own: tables and lists of names.",
    "lessons": "Lessons, their quizzes, and the glossary.",
    "room": "A class: who is in it, polls, offers and challenges.",
    "system": "The server itself: health, limits and metrics.",
}
"""Groups of operations, in the order in which they are read."""
REQUEST_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The server's token; in a class, the secret that joining gave.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "slalom",
        "description": "What a browser has after /?token=<token>. It counts for requests of the server's own pages.",
    },
    "visitor": {
        "type": "apiKey",
        "in": "cookie",
        "name": "slalom_visitor",
        "description": "What a browser has after joining a class.",
    },
}
"""How somebody says who they are; a server without a token asks nobody."""

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=["GET", "HEAD"])
def get_docs(request: Request) -> Response:
    """Return the page that renders /openapi.json."""
    return file_of(request, "docs.html")


@router.get("/openapi.json")
def get_openapi_json(request: Request) -> Response:
    """Return the description; it takes a second to make, so that no coroutine may do it."""
    return json_answer(describe_routes(request.app))


@router.get("/asyncapi.json")
def get_asyncapi_json(request: Request, server: ServerDep) -> Response:
    """Return the description of the WebSockets."""
    from .asyncapi import describe_sockets

    address = urlsplit(address_of(server.settings, request.scope))
    return json_answer(describe_sockets(address.netloc, secure=address.scheme == "https", prefix=address.path))


def describe_routes(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the schemas of bodies and answers; made once.

    An operation is called what its function is: clients in other languages have methods of these names.
    """
    from slalom.web.http.schemas import ANSWERS

    if app.openapi_schema is None:
        for route in app.routes:
            if isinstance(route, APIRoute):
                route.operation_id = route.name
        tags = [{"name": name, "description": text} for name, text in TAGS.items()]
        schema = get_openapi(
            title="Slalom", version=__version__, description=ABOUT_REQUESTS, routes=app.routes, tags=tags
        )
        parts = schema.setdefault("components", {}).setdefault("schemas", {})
        parts |= schemas_of(BODIES, "validation") | schemas_of(ANSWERS, "serialization")
        parts |= {
            name: {"oneOf": [{"$ref": f"{COMPONENTS}{kind.__name__}"} for kind in kinds]}
            for name, kinds in UNIONS.items()
        }
        tidy(schema)
        schema["paths"] = dict(sorted(schema["paths"].items()))
        schema["servers"] = [{"url": ".", "description": "This server, wherever its pages are."}]
        schema["components"]["securitySchemes"] = REQUEST_SECURITY
        schema["security"] = [{}, *({name: []} for name in REQUEST_SECURITY)]
        app.openapi_schema = schema
    return app.openapi_schema

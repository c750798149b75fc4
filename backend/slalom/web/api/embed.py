"""Lessons and experiments within other pages, such as those of a learning platform: a signed link that expires."""

from __future__ import annotations

import html
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from slalom.errors import Conflict, Refused
from slalom.settings import PREFIX
from slalom.web.http.access import REASONS, check_thing
from slalom.web.http.dependencies import (
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.headers import client_of
from slalom.web.http.proxies import address_of
from slalom.web.http.stored import experiment_of, share_experiment
from slalom.web.http.visitors import EMBED_COOKIE, VISIT_SECONDS, VISITOR_COOKIE, Visitor, cookie_header
from slalom.web.static.files import small_page
from slalom.web.static.relative import relative_to

from .lessons import lesson_of

DAY = 86_400
LONGEST_EMBED = 400
"""Days that a link may last: no browser keeps a cookie longer."""

router = APIRouter()


class Embedding(BaseModel):
    """What another page is to show, and for how long."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    lesson: str | None = Field(None, max_length=60)
    """The name of a lesson."""
    experiment: str | None = Field(None, max_length=32)
    """The id of an experiment, which is shared with everybody who may come in."""
    days: int = Field(180, ge=1, le=LONGEST_EMBED)

    @model_validator(mode="after")
    def _one_of_both(self) -> Embedding:
        if (self.lesson is None) == (self.experiment is None):
            raise ValueError("needs a lesson or an experiment, and not both")
        return self


@router.post(
    "/api/embed",
    status_code=201,
    tags=["room"],
    response_class=Response,
    openapi_extra=request_schema("Embedding", {"lesson": "momentum", "days": 120}),
    responses=response_schema("EmbedLink", "The link.", 201),
)
async def create_embed_link(
    wish: Annotated[Embedding, Depends(JsonBody(TypeAdapter(Embedding)))],
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Return a link that shows a lesson or an experiment within another page, without the token or the room's code.

    Whoever opens it is a guest: they may compute, and see what is their own or shared. It works within the pages that
    ``SLALOM_FRAME_ANCESTORS`` allows. In a class it is its teacher's to make.
    """
    if server.room is not None and not visitor.runs_it:
        raise Refused(REASONS["student"])
    if server.settings.frame_ancestors == "'none'":
        advice = f"Start Slalom with {PREFIX}FRAME_ANCESTORS=https://platform.example"
        raise Conflict(f"No other page may show this one. {advice}, with the address of the page that is to.")
    path = await run_in_threadpool(_path_of, server, visitor, wish)
    ticket = server.visitors.new_ticket(path, wish.days * DAY)
    url = f"{address_of(server.settings, request.scope)}/embed?ticket={ticket}"
    return json_answer({"url": url, "html": _frame(url), "days": wish.days}, 201)


@router.get("/embed", include_in_schema=False)
async def open_embed_link(
    request: Request, server: ServerDep, ticket: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """Let a guest in, and lead them where their link does."""
    found = server.visitors.destination(ticket)
    if found is None:
        return HTMLResponse(small_page("expired", request.scope), 403, {"Cache-Control": "no-store"})
    scope, settings, visitors = request.scope, server.settings, server.visitors
    path, seconds = found
    answer = RedirectResponse(relative_to(scope, path), 303, {"Cache-Control": "no-store"})
    answer.raw_headers.append(cookie_header(settings, scope, EMBED_COOKIE, ticket, seconds=seconds))
    secret = None if visitors.known(scope) else visitors.new_secret(client_of(scope))
    if secret is not None:
        answer.raw_headers.append(cookie_header(settings, scope, VISITOR_COOKIE, secret, seconds=VISIT_SECONDS))
    return answer


def _path_of(server: Server, visitor: Visitor, wish: Embedding) -> str:
    """Return the page that shows what is wished; raises NotFound where there is no such thing to show."""
    if wish.lesson is not None:
        return f"/lessons/{lesson_of(server, wish.lesson).slug}"
    id = experiment_of(wish.experiment or "")
    check_thing(server.store, visitor, "experiment", id, change=True)
    share_experiment(server.store, id, True)
    return f"/?experiment={id}"


def _frame(url: str) -> str:
    """Return the HTML that shows a link within another page."""
    host = html.escape(urlsplit(url).netloc)
    return (
        f'<iframe src="{html.escape(url)}" title="Slalom on {host}" width="100%" height="720" '
        'style="border: 0" allow="fullscreen; clipboard-write"></iframe>'
    )

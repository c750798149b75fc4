"""Every refusal as one kind of answer: what happened, with the values, then what to do (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from slalom.catalogue.base.choice import as_json
from slalom.catalogue.misfits import LONGEST_DETAIL, misfit
from slalom.errors import Busy, FormulaError, LimitExceeded, SlalomError, SpecError, StoreError, StoreFull
from slalom.logs import as_event

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20
"""Places named in one answer."""
LONGEST_REASON = 123
"""Bytes that a WebSocket's close frame has room for."""

log = logging.getLogger(__name__)

_T = TypeVar("_T")
ProblemBody = dict[str, Any]


class Unreadable(SlalomError):
    """A body that is not JSON."""

    status = 400
    title = "Not JSON"


def problem_body(status: int, title: str, detail: str, errors: Sequence[ProblemBody] = (), **extra: Any) -> ProblemBody:
    """Return a problem as JSON carries it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail[:LONGEST_DETAIL]}
    return body | {"errors": list(errors)} | extra


def explain_error(error: Exception, given: bytes = b"") -> ProblemBody:
    """Return what an error says to the user; ``given`` is the JSON that was sent, to name places in it."""
    match error:
        case ValidationError():
            return _invalid(error.errors(include_url=False), given)
        case RequestValidationError():
            return _invalid(error.errors(), given)
        case LimitExceeded():
            numbers = {"limit": as_json(error.limit), "value": as_json(error.value), "setting": error.setting}
            return problem_body(error.status, error.title, str(error), **numbers)
        case Busy(place=int(place)):
            return problem_body(error.status, error.title, str(error), place=place)
        case Invalid():
            return error.body
        case SlalomError():
            return problem_body(error.status, error.title, str(error), _places(error))
        case HTTPException():
            return problem_body(
                error.status_code, HTTPStatus(error.status_code).phrase, _HTTP.get(error.status_code, "")
            )
        case ClientDisconnect():
            return problem_body(400, "Hung up", "The connection ended before the body did.")
    return problem_body(
        500, "Something went wrong", "This is a fault of Slalom, not yours. The server's log says more."
    )


_HTTP = {
    400: "The request cannot be read.",
    404: "There is nothing at this address. The paths are listed at /docs.",
    405: "This address does not answer that method. What it answers is listed at /docs.",
}


def _places(error: SlalomError) -> list[ProblemBody]:
    if isinstance(error, FormulaError):
        return [{"loc": ["text"], "msg": str(error)[:LONGEST_DETAIL], "position": error.position}]
    if isinstance(error, SpecError) and error.loc:
        return [{"loc": list(error.loc), "msg": str(error)[:LONGEST_DETAIL]}]
    return []


def _invalid(found: Sequence[Any], given: bytes) -> ProblemBody:
    if any(one["type"] == "json_invalid" for one in found):
        return explain_error(_unreadable(given))
    sent = _parsed(given)
    misfits = [misfit(item, sent) for item in found[:MOST_ERRORS]]
    errors = [one.as_error() for one in misfits]
    position = {"position": errors[0]["position"]} if "position" in errors[0] else {}
    return problem_body(422, SpecError.title, misfits[0].sentence("The request"), errors, **position)


def _unreadable(given: bytes) -> SlalomError:
    try:
        json.loads(given.decode())
    except (ValueError, RecursionError):
        return Unreadable("The body is not JSON. Check its brackets, commas, quotes and encoding (UTF-8).")
    return SpecError(
        "The body is nested too deeply, or has text that is not Unicode. Send plain text and fewer levels."
    )


def _parsed(given: bytes) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return None


def answer(body: ProblemBody, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an HTTP answer."""
    return Response(json.dumps(body).encode(), body["status"], headers, MEDIA_TYPE)


def note_refusal(error: Exception) -> None:
    """Write to the log where a request meets a limit, or the store fails it; all else is its caller's to hear."""
    match error:
        case LimitExceeded():
            numbers = {"setting": error.setting, "limit": error.limit, "value": error.value}
            log.warning("%s", error, extra=as_event("limit_refused", **numbers))
        case SlalomError() if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            event = "storage_error" if isinstance(error, StoreError | StoreFull) else "too_busy"
            log.warning("%s", error, extra=as_event(event))


def reason(error: Exception) -> tuple[int, str]:
    """Return a problem as a WebSocket is closed with it: 4000 + status, and a sentence that fits."""
    note_refusal(error)
    body = explain_error(error)
    text = body["detail"].encode()
    fitting = text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 3] + "…".encode()
    return 4000 + body["status"], fitting.decode(errors="ignore")


def install(app: FastAPI) -> None:
    """Make every refusal of an application a problem."""
    for kind in (SlalomError, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, _respond)


async def _respond(request: Request, error: Exception) -> Response:
    headers = dict(getattr(error, "headers", None) or {})
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods(request))}
    return refusal(error, headers)


def refusal(error: Exception, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that is refused; it says when to ask again where that is known."""
    note_refusal(error)
    wait = error.retry_after if isinstance(error, SlalomError) else None
    return answer(explain_error(error), {**(headers or {}), **({} if wait is None else {"Retry-After": str(wait)})})


def _methods(request: Request) -> list[str]:
    """Return every method that a path answers, of all routes that it has."""
    mine = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in mine for method in getattr(route, "methods", None) or ()})


def parse_body(adapter: TypeAdapter[_T], data: bytes, strict: bool | None = None) -> _T:
    """Return JSON as a checked value; raises Invalid, which knows what was sent."""
    try:
        return adapter.validate_json(data, strict=strict)
    except ValidationError as error:
        raise Invalid(explain_error(error, data)) from None


class Invalid(SlalomError):
    """JSON that does not fit, with its problem ready to be sent."""

    def __init__(self, body: ProblemBody) -> None:
        super().__init__(body["detail"])
        self.body, self.status, self.title = body, body["status"], body["title"]

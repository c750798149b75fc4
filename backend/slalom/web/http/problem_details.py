"""Every refusal as one kind of answer: what happened, with the values, then what to do (RFC 9457)."""

from __future__ import annotations

import json
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
from slalom.catalogue.base.number_format import brief
from slalom.catalogue.experiments import DEFAULT
from slalom.errors import Busy, FormulaError, LimitExceeded, SlalomError, SpecError

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 600
"""Characters of a sentence; a longer one would repeat what the user sent."""
MOST_ERRORS = 20
"""Places named in one answer."""
LONGEST_REASON = 123
"""Bytes that a WebSocket's close frame has room for."""

_T = TypeVar("_T")
ProblemBody = dict[str, Any]
ErrorPlace = tuple[str | int, ...]


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
    errors = [_one(item, sent) for item in found[:MOST_ERRORS]]
    first = errors[0]
    where = ".".join(map(str, first["loc"]))
    detail = first["msg"] if first.pop("whole", False) else f"{where or 'The request'} {first['msg'].rstrip('.')}."
    for other in errors[1:]:
        other.pop("whole", None)
    position = {"position": first["position"]} if "position" in first else {}
    return problem_body(422, SpecError.title, detail, errors, **position)


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


def _one(item: Mapping[str, Any], sent: Any) -> ProblemBody:
    """Return one error of pydantic as a place and a reason, without what the user sent."""
    place, ctx = _path(tuple(item["loc"]), sent), item.get("ctx", {})
    cause = ctx.get("error")
    if isinstance(cause, SpecError):
        return {"loc": [*place, *cause.loc], "msg": str(cause)[:LONGEST_DETAIL], "whole": True}
    if "position" in ctx:
        return {"loc": list(place), "msg": item["msg"][:LONGEST_DETAIL], "position": ctx["position"], "whole": True}
    return {"loc": list(place), "msg": _words(item)[:LONGEST_DETAIL]}


def _words(item: Mapping[str, Any]) -> str:
    """Return pydantic's reason in a learner's words."""
    ctx = item.get("ctx", {})
    match item["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a setting here; check its spelling, or leave it out"
        case "union_tag_invalid":
            return f"names no such kind; there are: {ctx['expected_tags']}"
        case "union_tag_not_found":
            return 'needs a "kind"'
        case "finite_number":
            return "must be a finite number"
        case "float_type" if type(item.get("input")) is int:
            return f"must be a number that is smaller in size than 1.8e308, but is {brief(item['input'])}"
        case "value_error":
            return str(ctx.get("error", item["msg"]))
    if item["type"] in _BOUNDS:
        word, bound = _BOUNDS[item["type"]]
        return f"must be {word} {brief(ctx[bound])}{_given(item)}"
    if item["type"] in _LENGTHS:
        verb, end, bound = _LENGTHS[item["type"]]
        number, length = ctx[bound], ctx.get("actual_length", len(item.get("input") or ""))
        unit = "character" if item["type"].startswith("string") else "value"
        return f"{verb} {end} {number} {unit}{'' if number == 1 else 's'}, but has {length or 'none'}"
    if item["type"] in _KINDS:
        return f"must be {_KINDS[item['type']]}{_given(item)}"
    return item["msg"].replace("Input should be", "must be").replace("Input should", "must")


_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LENGTHS = {
    "too_short": ("needs", "at least", "min_length"),
    "too_long": ("may have", "at most", "max_length"),
    "string_too_short": ("needs", "at least", "min_length"),
    "string_too_long": ("may have", "at most", "max_length"),
}
_KINDS = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "an object with settings",
    "model_attributes_type": "an object with settings",
}


def _given(item: Mapping[str, Any]) -> str:
    """Return what was given instead: a number; text is not repeated, since it may be long, or meant for others."""
    value = item.get("input")
    if isinstance(value, str) and item["type"] in _BOUNDS:  # In an address numbers are text.
        value = _number(value)
    if isinstance(value, bool):
        return f", but is {str(value).lower()}"
    if isinstance(value, int | float):
        return f", but is {brief(value)}"
    if value is None:
        return ", but is empty"
    return ", but is text" if isinstance(value, str) else ""


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _path(loc: ErrorPlace, sent: Any) -> ErrorPlace:
    """Return a place as a path into what was sent: pydantic's also names the kind of every choice on the way."""
    here, path = sent, list[str | int]()
    for position, part in enumerate(loc):
        kind = here.get("kind", DEFAULT if position == 0 else None) if isinstance(here, dict) else None
        if isinstance(here, dict) and part == kind and part not in here:
            continue
        path.append(part)
        here = _at(here, part)
    return tuple(path)


def _at(here: Any, part: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None


def answer(body: ProblemBody, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an HTTP answer."""
    return Response(json.dumps(body).encode(), body["status"], headers, MEDIA_TYPE)


def reason(error: Exception) -> tuple[int, str]:
    """Return a problem as a WebSocket is closed with it: 4000 + status, and a sentence that fits."""
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

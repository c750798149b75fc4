"""A route of the API, written once for both clients: a method that yields requests and is sent their answers.

A route neither waits nor connects. ``Client`` and ``AsyncClient`` drive it, each in its own way, so that the same
method returns a value of one and something to await of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from functools import update_wrapper
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Protocol, Self, TypeVar, overload
from urllib.parse import quote

import httpx

from slalom.errors import SpecError
from slalom.wire.container import to_json

P = ParamSpec("P")
T = TypeVar("T")
Answered = TypeVar("Answered", covariant=True)


class Request(NamedTuple):
    """What is asked of the server."""

    method: str
    path: str
    query: Mapping[str, Any] = {}
    json: Any = None
    content: bytes | None = None
    media_type: str | None = None
    any_status: bool = False
    """Whether an answer is wanted that says no, too."""
    wait: float = 0
    """Seconds for which the server was asked to hold its answer back."""

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again where nobody knows if it arrived."""
        return self.method == "GET"

    @property
    def arguments(self) -> dict[str, Any]:
        """Query, body and headers, as httpx takes them; what was not given is left out."""
        found: dict[str, Any] = {"params": {name: value for name, value in self.query.items() if value is not None}}
        content, media_type = self.content, self.media_type
        if self.json is not None:
            content, media_type = _body(self.json), "application/json"
        if content is not None:
            found["content"] = content
        return found | ({"headers": {"Content-Type": media_type}} if media_type else {})

    def within(self, usual: httpx.Timeout) -> httpx.Timeout:
        """Return how long to wait for the answer, where ``usual`` is how long it takes to be sent at once."""
        if usual.read is None or not self.wait:
            return usual
        return httpx.Timeout(usual.read + self.wait, connect=usual.connect, write=usual.write, pool=usual.pool)


def segment(value: object) -> str:
    """Return one segment of a path, whatever stands in it: an id ends where it ends.

    >>> segment("a/b?c#d"), segment("..")
    ('a%2Fb%3Fc%23d', '%2E%2E')
    """
    text = str(value)
    if not text:
        raise SpecError("What is asked for has an empty name. Give its id, as it is listed.")
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _body(value: Any) -> bytes:
    """Return a body as JSON; raises SpecError where something in it has no place there."""
    try:
        return to_json(value)
    except TypeError as error:
        raise SpecError(f"{error}. Give numbers, text, lists and mappings.") from None


Call = Generator[Request, httpx.Response, T]
"""A route on its way: it yields requests, is sent answers, and returns what the method returns."""


class Blocking(Protocol):
    """A client that waits."""

    def drive(self, call: Call[T]) -> T:
        """Send the requests of a route and return what it makes of the answers."""
        ...


class Awaiting(Protocol):
    """A client whose methods are awaited."""

    async def drive_async(self, call: Call[T]) -> T:
        """Send the requests of a route and return what it makes of the answers."""
        ...


class route(Generic[P, Answered]):
    """Make a method of both clients of a generator function of a route."""

    def __init__(self, function: Callable[Concatenate[Any, P], Call[Answered]]) -> None:
        self._function = function
        update_wrapper(self, function)  # pyright: ignore[reportArgumentType]

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, Answered]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, Answered]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self
        drive = client.drive if hasattr(client, "drive") else client.drive_async

        def ask(*args: P.args, **kwargs: P.kwargs) -> Any:
            return drive(self._function(client, *args, **kwargs))

        return update_wrapper(ask, self._function)

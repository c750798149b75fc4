"""A route of the API, written once for both clients: a method that yields requests and is sent their answers.

A route neither waits nor connects. ``Client`` and ``AsyncClient`` drive it, each in its own way, so that the same
method returns a value of one and something to await of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from functools import update_wrapper
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Protocol, Self, TypeVar, overload

import httpx

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

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again where nobody knows if it arrived."""
        return self.method == "GET"

    @property
    def parameters(self) -> dict[str, Any]:
        """The query, without what was not given."""
        return {name: value for name, value in self.query.items() if value is not None}

    @property
    def arguments(self) -> dict[str, Any]:
        """Body and headers, as httpx takes them."""
        found: dict[str, Any] = {"json": self.json} if self.json is not None else {}
        if self.content is not None:
            found["content"] = self.content
        return found | ({"headers": {"Content-Type": self.media_type}} if self.media_type else {})


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

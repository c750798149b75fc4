"""What the server refused, as an exception; and how long to wait before the same is asked again."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from slalom.errors import SlalomError

from .route import Request

BUSY = frozenset({429, 503})
"""Statuses of a server that may take the same request later, where it says when."""
AWAY = BUSY | {502, 504}
"""Statuses of a proxy whose server does not answer, which may soon."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts to reach a server that does not answer: doubled from one to the next."""
PROBLEM_TYPE = "application/problem+json"
"""What a refusal of Slalom's own is sent as."""
ATTEMPTS_IN_A_ROW = 8
"""Attempts in a row before a server counts as gone: for about 20 seconds."""


class ClientError(SlalomError):
    """The server refused; ``problem`` is its answer, and the sentence is the server's own."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "The server refused without a reason.")
        self.problem: dict[str, Any] = dict(problem)
        self.status: int = int(problem.get("status", 500))

    @property
    def places(self) -> list[tuple[str | int, ...]]:
        """The parts of the spec that do not fit, as paths."""
        return [tuple(error["loc"]) for error in self.problem.get("errors", ())]


def refusal_of(status: int, reason: str, body: bytes) -> ClientError:
    """Return what an answer says went wrong, whoever has given it; ``reason`` is that of its status."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    said = problem if isinstance(problem, dict) else {}
    return ClientError({"title": reason} | said | {"status": status})


def unreachable(url: object, error: Exception) -> ClientError:
    """Return that no server answers at an address, or not in time."""
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        said = f"{url} took the request, but did not answer in time; it may be done all the same."
        return ClientError({"status": 504, "detail": f"{said} Look, or give the client a longer timeout."})
    reason = str(error) or type(error).__name__
    return ClientError(
        {"status": 503, "detail": f"No server answers at {url} ({reason}). Start one with: slalom serve."}
    )


def no_slalom(url: object, answer: httpx.Response) -> ClientError:
    """Return that what has answered at an address is no Slalom: it says no, leads on, or is something else."""
    if answer.has_redirect_location:
        there = f"{url} leads on to {answer.headers['Location']}. Give the client the address that answers itself."
        return ClientError({"status": answer.status_code, "detail": there})
    if answer.is_success:
        said = f"What answers at {url} is no Slalom, or a page before it. Give the server's own address."
        return ClientError({"status": 502, "detail": said})
    return refusal_of(answer.status_code, answer.reason_phrase, answer.content)


def asked_to_wait(answer: httpx.Response) -> float | None:
    """Return after how many seconds a busy server wants to be asked again; None where it does not say."""
    if answer.status_code not in BUSY:
        return None
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def pause_before(attempt: int) -> float:
    """Return how many seconds to wait before an attempt, counted from 1.

    >>> [pause_before(n) for n in (1, 2, 8)]
    [0.1, 0.2, 5.0]
    """
    return min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)


class Attempts:
    """One request, sent until it is answered, or for as long as somebody has patience."""

    def __init__(self, url: str, request: Request, patience: float) -> None:
        self._url, self._request, self._until = url, request, time.monotonic() + patience
        self._failures = 0

    def after_answer(self, answer: httpx.Response) -> float | None:
        """Return how many seconds to wait before the next attempt; None where this is the answer.

        Raises ClientError where it says no, and not when it would say yes.
        """
        if self._request.any_status:
            return None
        if answer.has_redirect_location or (answer.is_success and _media_type(answer) == "text/html"):
            raise no_slalom(self._url, answer)
        if answer.is_success:
            return None
        wait = asked_to_wait(answer)
        if wait is None and self._request.repeatable and _by_a_proxy(answer):
            self._failures += 1
            wait = pause_before(self._failures) if self._failures <= ATTEMPTS_IN_A_ROW else None
        if wait is None or time.monotonic() + wait > self._until:
            raise refusal_of(answer.status_code, answer.reason_phrase, answer.content)
        return wait

    def after_error(self, error: httpx.RequestError | httpx.InvalidURL) -> float:
        """Return how many seconds to wait before the next attempt.

        Raises ClientError after too many, and where the request may have arrived and must not do so twice.
        """
        if isinstance(error, httpx.InvalidURL):
            raise ClientError({"status": 414, "detail": f"This is too much for an address: {error}."}) from error
        self._failures += 1
        again = self._request.repeatable or isinstance(error, httpx.ConnectError)
        if not again or self._failures > ATTEMPTS_IN_A_ROW or time.monotonic() > self._until:
            raise unreachable(self._url, error) from error
        return pause_before(self._failures)


def _by_a_proxy(answer: httpx.Response) -> bool:
    """Return whether an answer says that the server behind a proxy does not answer: the proxy's word, not its own."""
    return answer.status_code in AWAY and _media_type(answer) != PROBLEM_TYPE


def _media_type(answer: httpx.Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()

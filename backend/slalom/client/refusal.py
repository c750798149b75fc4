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
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts to reach a server that does not answer: doubled from one to the next."""
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
    """Return that no server answers at an address."""
    reason = str(error) or type(error).__name__
    return ClientError(
        {"status": 503, "detail": f"No server answers at {url} ({reason}). Start one with: slalom serve."}
    )


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
        if answer.is_success or self._request.any_status:
            return None
        wait = asked_to_wait(answer)
        if wait is None or time.monotonic() + wait > self._until:
            raise refusal_of(answer.status_code, answer.reason_phrase, answer.content)
        return wait

    def after_error(self, error: httpx.TransportError) -> float:
        """Return how many seconds to wait before the next attempt.

        Raises ClientError after too many, and where the request may have arrived and must not do so twice.
        """
        self._failures += 1
        again = self._request.repeatable or isinstance(error, httpx.ConnectError)
        if not again or self._failures > ATTEMPTS_IN_A_ROW or time.monotonic() > self._until:
            raise unreachable(self._url, error) from error
        return pause_before(self._failures)

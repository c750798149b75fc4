"""What is answered at once by a warm process: whether it may be, and what the process says."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

from starlette.requests import Request

from slalom.catalogue.admission import check_interactive, fits, refuse_classes
from slalom.catalogue.cost import seconds
from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments import AnyExperiment
from slalom.settings import Limits
from slalom.wire.envelope import DONE, FRAME

from .dependencies import Server
from .disconnect import asker_of, while_listening
from .problem_details import Invalid, problem_body
from .visitors import Visitor, visitor_of

TRIAL_SECONDS = 1.0
"""Seconds that a class of PyTorch takes to make a step, about; its package may have to be imported first."""


class Allowed(NamedTuple):
    """A spec that may be answered at once, as JSON, and about how long that takes."""

    text: bytes
    seconds: float


def allowed(server: Server, visitor: Visitor, spec: AnyExperiment, every: int = 1) -> Allowed:
    """Return a spec that may be answered at once to somebody, with the data that they see.

    Raises LimitExceeded where it is too large for that, SpecError where it does not fit its data, Conflict where
    nothing is run for them at present.
    """
    server.check_runs(visitor)
    if not visitor.runs_it:
        refuse_classes(spec)
    return allowed_by(server.settings, spec, server.files_of(visitor), every)


def allowed_by(limits: Limits, spec: AnyExperiment, uploads: Uploads = no_uploads, every: int = 1) -> Allowed:
    """Return the same by some limits, and with what finds users' files."""
    work = check_interactive(spec, limits, every) + fits(spec, limits, uploads, interactive=True)
    return Allowed(spec.model_dump_json(by_alias=True).encode(), seconds(work))


async def check_classes(server: Server, request: Request, spec: AnyExperiment) -> None:
    """Let a process try the classes of PyTorch that an experiment names, before it is stored.

    Raises what is wrong with one: it is not there, does not take its options, or fails at its first step.
    """
    if not visitor_of(request.scope).runs_it:
        refuse_classes(spec)
    text = await server.check(_with_classes, spec)
    if text is not None:
        messages = server.pool.request("classes", text, asker=asker_of(request), seconds=TRIAL_SECONDS)
        await while_listening(request, collected(messages))


def _with_classes(spec: AnyExperiment) -> bytes | None:
    return spec.model_dump_json(by_alias=True).encode() if spec.imported else None


async def collected(messages: AsyncGenerator[bytes, None]) -> tuple[list[bytes], dict[str, Any]]:
    """Return all frames and the last word of what a process answers, or raise what it says went wrong."""
    frames: list[bytes] = []
    final: dict[str, Any] = {}
    async with aclosing(messages) as answers:
        async for message in answers:
            if message[:1] == FRAME:
                frames.append(message[1:])
            else:
                final = last_word(message)
    return frames, final


def last_word(message: bytes) -> dict[str, Any]:
    """Return the last message of a process, or raise what it says went wrong."""
    body = json.loads(message[1:])
    if message[:1] == DONE:
        return body
    stopped = {"status": 503, "title": "Stopped", "detail": "This was stopped. Ask again.", "errors": []}
    raise Invalid(problem_body(**{key: body.get(key, value) for key, value in stopped.items()}))

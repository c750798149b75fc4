"""Shapes of answers that stay mappings: the record of an experiment, and of a file of data."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Owner = Literal["all", "me", "shared"]
"""Whose experiments are listed."""


class ExperimentAnswer(TypedDict):
    """The record of an experiment, as GET /api/experiments/{id} answers it; it may gain fields."""

    id: str
    status: str
    """queued, running, paused, done, cancelled, failed or interrupted."""
    kind: str
    name: str
    created: str
    spec: dict[str, Any]
    steps_done: int
    error: str | None
    outcomes: list[dict[str, Any]] | None
    outcome_counts: dict[str, int] | None
    lanes: list[dict[str, Any]] | None
    bytes: int
    parent: dict[str, Any] | None
    source: dict[str, Any] | None
    mine: bool
    shared: bool
    """Whether everybody who may come in may read it."""
    may_change: bool


class PageAnswer(TypedDict):
    """Some experiments, newest first."""

    items: list[ExperimentAnswer]
    next: str | None
    """Given as ``after`` it goes on; None at the end."""


class UploadAnswer(TypedDict, total=False):
    """What was made of a file; that of a table has what was found out about it under ``table``."""

    id: str
    name: str
    kind: str
    rows: int
    bytes: int
    features: list[str]
    table: dict[str, Any]
    source: str | None
    mine: bool
    shared: bool
    may_change: bool


class RoomAnswer(TypedDict):
    """What somebody is in a room, and what they may know about it."""

    role: str
    """owner, teacher, student, guest or stranger."""
    room: str | None
    open: bool
    ended: bool
    members: int
    address: str | None
    """Where students join."""
    code: str | None


class LimitAnswer(TypedDict):
    """What a server allows, and the environment variable that sets it."""

    value: float
    setting: str


class HealthAnswer(TypedDict):
    """Whether a server is well."""

    status: str
    version: str
    workers: str

"""The shapes of answers, for the API's description and for the types of the page; nothing is computed with them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from slalom.catalogue.choice import Extended
from slalom.catalogue.experiment import Comparison, Outcome

Status = Literal["queued", "running", "paused", "done", "cancelled", "failed", "interrupted"]
Numbers = list[Extended]


class Answer(BaseModel):
    """Something the server says; it may gain fields."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="allow", defer_build=True)


class RunTrace(Answer):
    """Every entry of one run: entry k is the state after k updates."""

    label: str
    index: int
    """Position in the spec's list of runs."""
    value: Any
    """The varied value, null where nothing varies."""
    seed: int
    loss: Numbers
    lr: Numbers
    """The rate that update k -> k+1 uses."""
    grad_norm: Numbers
    step_norm: Numbers
    sharpness: Numbers
    """The largest eigenvalue of the Hessian."""
    limit: Numbers
    """The largest learning rate at which this rule is stable there."""
    params: list[Numbers] = []
    step: list[int] = []
    """Which entries these are; given only with ?every=m."""
    outcome: Outcome | None
    """What came of it; null while it is computed."""


class Simulation(Answer):
    """The trace of every run that was computed."""

    runs: list[RunTrace]


class Experiment(Answer):
    """One stored experiment."""

    id: str
    status: Status
    kind: str
    name: str
    created: str
    """UTC, ISO 8601."""
    spec: Comparison
    steps_done: int
    error: str | None
    outcomes: list[Outcome] | None
    parent: dict[str, Any] | None = None
    """What it was forked from: the experiment, the run and the step."""


class Page(Answer):
    """Some experiments, newest first."""

    items: list[Experiment]
    next: str | None
    """Give it as ``after`` to see the next ones; null at the end."""


class Place(Answer):
    """Where something is wrong, and what."""

    loc: list[str | int]
    msg: str


class Problem(Answer):
    """Why a request was refused: what happened, with the values, then what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Place]


class FrameHeader(Answer):
    """The header of a binary frame; the body is columns x runs x n numbers."""

    seq: int
    first: int
    """The frame covers the stored chunks first..seq."""
    step: int
    stride: int
    """Entry i is the state after step + i·stride updates; 0 means that a column ``step`` is present."""
    n: int
    runs: list[int]
    columns: list[str]
    dtype: Literal["<f4", "<f8"]


ANSWERS = (RunTrace, Simulation, Outcome, Experiment, Page, Place, Problem, FrameHeader)

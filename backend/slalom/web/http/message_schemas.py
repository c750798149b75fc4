"""The shapes of what WebSockets say in words, for the description of them and for the types of the page."""

from __future__ import annotations

from typing import Any, Literal

from slalom.catalogue.base.choice import Extended
from slalom.catalogue.experiments import AnyStored
from slalom.catalogue.experiments.outcome import Outcome
from slalom.room.stage import StageDocument

from .answer import AnswerModel
from .room_schemas import Offered, PollResult
from .schemas import Place, Status


class RunEvent(AnswerModel):
    """Something worth telling that happened in a run."""

    run: int
    """Which run, counted as the frames count them."""
    kind: str
    step: int
    sentence: str
    value: Extended | None = None
    """Of a plane the explained share; of a timing the seconds per update of one run."""


class StreamHello(AnswerModel):
    """The first message of a stream: what is followed."""

    type: Literal["hello"]
    id: str
    status: Status
    after: int
    """The last frame that the viewer has: what follows it is sent."""
    spec: AnyStored


class StreamEvent(RunEvent):
    """What happened in the frame before it."""

    type: Literal["event"]


class StreamDone(AnswerModel):
    """The last message of a stream: the experiment has ended, and all of it was sent."""

    type: Literal["done"]
    status: Status
    error: str | None
    outcomes: list[Outcome] | None


class PreviewWaiting(AnswerModel):
    """All processes are busy."""

    type: Literal["waiting"]
    request: int
    """Which message it answers."""
    place: int
    """The place in line: 1 is next."""


class PreviewDone(AnswerModel):
    """All frames of a preview were sent."""

    type: Literal["done"]
    request: int
    outcomes: list[Outcome]
    events: list[RunEvent]


class PreviewSuperseded(AnswerModel):
    """A newer message came before this one was answered."""

    type: Literal["superseded"]
    request: int


class _ProblemMessage(AnswerModel):
    """Why a message was refused: what happened, with the values, then what to do."""

    type: Literal["problem"]
    title: str
    status: int
    """What an HTTP answer would have."""
    detail: str
    errors: list[Place]


class PreviewProblem(_ProblemMessage):
    """Why a message of the preview is not answered. The socket stays open."""

    request: int | None
    """Null where the message could not be read."""


class StageState(AnswerModel):
    """All that a class sees together: the first message, and again after every change."""

    type: Literal["stage"]
    stage: StageDocument
    ack: bool = False
    """Whether it is to be acknowledged."""


class RoomState(AnswerModel):
    """Who is in the room."""

    type: Literal["room"]
    members: int
    connected: int
    """Students with an open socket."""
    open: bool
    """Whether newcomers may come in."""
    ended: bool


class StageProblem(_ProblemMessage):
    """Why a message was refused, and the stage as it is."""

    stage: StageDocument


class StageSync(AnswerModel):
    """To the teacher: how many have drawn the newest revision."""

    type: Literal["sync"]
    students: int
    following: int
    behind: int
    """Those who follow and have not acknowledged."""
    slowest_ms: int


class PollState(AnswerModel):
    """To the teacher: how the poll on the stage stands."""

    type: Literal["poll"]
    id: str
    round: int
    count: int
    histogram: PollResult


class OfferState(AnswerModel):
    """To the teacher: what is offered."""

    type: Literal["offers"]
    offers: list[Offered]


STREAM_MESSAGES = (StreamHello, StreamEvent, StreamDone)
PREVIEW_MESSAGES = (PreviewWaiting, PreviewDone, PreviewSuperseded, PreviewProblem)
ROOM_MESSAGES = (StageState, RoomState, StageProblem, StageSync, PollState, OfferState)
MESSAGES: tuple[Any, ...] = (*STREAM_MESSAGES, *PREVIEW_MESSAGES, *ROOM_MESSAGES)
"""What the server says in words on any socket."""

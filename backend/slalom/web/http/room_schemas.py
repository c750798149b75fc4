"""The shapes of answers about the room, and about what a class sees together: polls, offers and challenges."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from slalom.catalogue.base.choice import Extended
from slalom.catalogue.problems import AnyProblem
from slalom.room.challenges import Goal
from slalom.room.stage import StageDocument

from .answer import AnswerModel


class RoomView(AnswerModel):
    """The room of a class, as somebody sees it."""

    role: Literal["owner", "teacher", "student", "guest", "stranger"]
    """What whoever asks is here."""
    room: str | None
    """What the server calls it; null where there is none."""
    open: bool
    """Whether newcomers may come in."""
    ended: bool
    members: int
    """How many students are in it; 0 for who is not."""
    address: str | None
    """Where students join; null for who is not in it."""
    code: str | None
    """What newcomers type; null for all but its teacher."""


class EmbedLink(AnswerModel):
    """A link that shows a lesson or an experiment within another page."""

    url: str
    """What the frame shows."""
    html: str
    """The frame, to be put into the other page."""
    days: int
    """How long the link lasts."""


class PollResult(AnswerModel):
    """What was answered in one round."""

    round: int
    count: int
    """How many voted."""
    counts: list[int] = Field([])
    """Of a choice: votes for every option; of a number: votes between successive edges."""
    edges: list[float] = Field([])
    median: float | list[float] | None = None
    """Of a number; of a sketch, of every point."""
    low: list[float] | None = None
    """Of a sketch: the lower quartile of every point."""
    high: list[float] | None = None
    """Of a sketch: the upper quartile of every point."""


class AskedPoll(AnswerModel):
    """A poll as it is told."""

    id: str
    kind: Literal["choice", "number", "sketch"]
    question: str
    options: list[str] | None
    """Of a choice."""
    shape: dict[str, Any] | None
    """How it is asked, as it was sent."""
    round: int
    state: Literal["open", "closed", "revealed"]
    results: list[PollResult] | None
    """Of every round that had votes; null until it is revealed, except to the teacher."""
    vote: int | float | list[float] | None = None
    """One's own in the present round."""


class CountedVote(AnswerModel):
    """A vote as it is counted."""

    round: int
    value: int | float | list[float]


class Offered(AnswerModel):
    """Something that a student would show."""

    id: str
    name: str
    state: str | None
    """The set-up, as a share link carries it."""
    experiment: str | None
    created: str
    nickname: str | None


class OfferList(AnswerModel):
    """What is offered, oldest first."""

    items: list[Offered]


class BoardRow(AnswerModel):
    """The best that somebody submitted."""

    id: str
    rank: int | None
    """Null where it is hidden."""
    steps: int
    optimizer: str
    """The settings in words."""
    nickname: str | None
    mine: bool
    hidden: bool


class ChallengeBoard(AnswerModel):
    """A challenge and its board."""

    id: str
    created: str
    title: str
    problem: AnyProblem
    steps: int
    """Updates of a run, at most."""
    goal: Goal
    measure: Literal["steps"]
    optimizers: list[str] | None
    """The kinds of rules that may be submitted; null for all."""
    rows: list[BoardRow]


class PresetTitle(AnswerModel):
    """A challenge that is known by name."""

    name: str
    title: str


class ChallengeList(AnswerModel):
    """The challenges of a room."""

    items: list[ChallengeBoard]
    presets: list[PresetTitle]


class Attempted(AnswerModel):
    """What a submitted run did."""

    reached: bool
    steps: int | None
    """The first entry at which the goal was reached."""
    loss: Extended
    """The lowest."""
    best: int | None
    """Steps of the best that one submitted so far."""
    rank: int | None


class Nickname(AnswerModel):
    """What somebody is called."""

    nickname: str | None


ROOM_ANSWERS = (
    RoomView,
    EmbedLink,
    StageDocument,
    PollResult,
    AskedPoll,
    CountedVote,
    Offered,
    OfferList,
    BoardRow,
    ChallengeBoard,
    ChallengeList,
    Attempted,
    Nickname,
)

"""The shapes of answers about the room."""

from __future__ import annotations

from typing import Literal

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


ROOM_ANSWERS = (RoomView, EmbedLink)

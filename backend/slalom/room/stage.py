"""The stage: one document that says what a class sees, written by the teacher and followed by everybody else."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from slalom.catalogue.base.choice import Choice
from slalom.errors import SpecError

Id = Annotated[str, Field(pattern=r"^[a-z0-9]{12,32}$")]
"""What the server calls an experiment, a poll or a challenge."""
Fragment = Annotated[str, Field(min_length=1, max_length=8000, pattern=r"^[!-~]+$")]
"""What a share link has behind its #."""


BEFORE_RUNS = ("question", "predict")
"""The parts of a lesson in which its runs have not been seen."""


class StageView(Choice):
    """The page that is seen, and in which state."""

    page: Literal["workbench", "lesson", "challenge"] = "workbench"
    lesson: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)] | None = None
    """The lesson, by its name."""
    part: Annotated[str, Field(max_length=60)] | None = None
    """The part of the page."""
    state: Fragment | None = None
    """The set-up."""
    experiment: Id | None = None
    """The stored experiment that is shown."""
    shows: Literal["play", "sweep", "map", "range"] = "play"
    """How the page shows it: its runs are played, or a sweep, a map or a range test is seen."""


class StageCursor(Choice):
    """Which step is shown: the entry that every picture stands at, and whether it goes on."""

    step: int = Field(0, ge=0, le=2**53)
    playing: bool = False
    speed: float = Field(1.0, gt=0, le=1e6)


class Presented(Choice):
    """Whose run is seen."""

    nickname: str | None = None
    """None where the student has none."""


class StageDocument(BaseModel):
    """All that a class sees together."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    revision: int = 0
    """Grows with every change."""
    view: StageView = StageView.model_construct()
    cursor: StageCursor = StageCursor.model_construct()
    axes: dict[str, Any] | None = None
    """The parts of pictures that are seen, where they are not the usual ones."""
    highlight: Annotated[str, Field(max_length=200)] | None = None
    """What is pointed at."""
    poll: dict[str, Any] | None = None
    """What is asked, and once it is revealed, what was answered."""
    challenge: Id | None = None
    presented: Presented | None = None

    @property
    def keeps_back(self) -> bool:
        """Whether runs would give away the answer to a question that the class is asked at present."""
        poll = self.poll
        return poll is not None and poll["state"] != "revealed" and (poll.get("shape") or {}).get("holds", True)

    @property
    def lets_run(self) -> bool:
        """Whether those who follow see the runs of this view.

        They wait for a poll to be revealed, or where there is none, in a lesson for its teacher to let them go.
        """
        if self.poll is not None:
            return not self.keeps_back
        view, cursor = self.view, self.cursor
        begins = view.page == "lesson" and view.part in BEFORE_RUNS and cursor.step == 0 and not cursor.playing
        return not begins

    @property
    def seen_experiment(self) -> str | None:
        """The stored experiment whose runs those who follow see."""
        return self.view.experiment if self.lets_run else None

    def keeps_answers(self, lesson: str) -> bool:
        """Whether the answers of a lesson are kept from those who follow.

        Those of every lesson while the class is asked what runs do; those of the lesson on the stage until its runs go.
        """
        return self.keeps_back or (self.view.lesson == lesson and not self.lets_run)

    def changed(self, change: StageChange, poll: dict[str, Any] | None = None) -> StageDocument:
        """Return the next revision; ``poll`` is what a change that names a poll puts there."""
        given = {name: getattr(change, name) for name in change.model_fields_set}
        if change.cursor is not None:
            given["cursor"] = self.cursor.model_copy(update=change.cursor.model_dump(exclude_unset=True))
        if "poll" in given:
            given["poll"] = poll
        return self.model_copy(update=given | {"revision": self.revision + 1})


class CursorChange(BaseModel):
    """What of the cursor becomes something else."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    step: int = Field(0, ge=0, le=2**53)
    playing: bool = False
    speed: float = Field(1.0, gt=0, le=1e6)


class StageChange(BaseModel):
    """What of the stage becomes something else; what is not named stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    view: StageView = StageView()
    cursor: CursorChange | None = None
    axes: dict[str, Any] | None = None
    highlight: Annotated[str, Field(max_length=200)] | None = None
    poll: Id | None = None
    """The poll that is shown; null for none."""
    challenge: Id | None = None
    presented: None = None
    """Null takes the name away; the server writes it."""

    @property
    def only_cursor(self) -> bool:
        """Whether nothing but the cursor changes, which needs no base: the last word counts."""
        return self.model_fields_set == {"cursor"}


class StageMessage(BaseModel):
    """What a teacher sends to change the stage."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    type: Literal["stage"]
    revision: int = Field(0, ge=0, le=2**53)
    """The revision that the change is made of."""
    change: StageChange


class AckMessage(BaseModel):
    """What everybody sends who has drawn a revision of the stage."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    type: Literal["ack"]
    revision: int = Field(ge=0, le=2**53)
    following: bool = True
    """Whether the page follows the stage, or explores on its own."""


RoomMessage = Annotated[StageMessage | AckMessage, Field(discriminator="type")]
ROOM_MESSAGE: TypeAdapter[RoomMessage] = TypeAdapter(RoomMessage)


def as_stored(document: StageDocument, most: int) -> str:
    """Return a document as JSON; raises SpecError where it has more than ``most`` bytes."""
    text = document.model_dump_json()
    size = len(text.encode())
    if size > most:
        raise SpecError(
            f"The stage would have {size:,} bytes, but at most {most:,} are allowed. Show less.", ("change",)
        )
    return text

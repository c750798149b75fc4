"""What everybody sees together: written by the teacher, stored before it is sent, sent to all in the same bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic import ValidationError

from slalom.errors import Conflict, NotFound
from slalom.room.stage import StageChange, StageCursor, StageDocument, as_stored
from slalom.settings import Limits
from slalom.storage.rooms import RoomRecord
from slalom.storage.store import Store
from slalom.web.http.dependencies import Server
from slalom.web.http.room import Room
from slalom.web.http.stored import share_experiment
from slalom.wire.container import to_json

from .paced import Paced
from .polling import as_told, result_of
from .seat import Seat

STAGE_PAUSE = 0.1
"""Seconds between two times that the stage is sent: a hand on a slider moves it more often."""
TOLD_PAUSE, POLL_PAUSE = 1.0, 0.25
"""Seconds between two times that it is told who is there, and how a poll stands."""
SAVED_PAUSE = 1.0
"""Seconds between two times that the cursor is stored while it moves."""
OVER = 4403, "The class has ended."
"""How the sockets of students are closed then."""
AGAIN = 1012, "Another class begins."
"""How those of teachers are: who connects again is asked who they are in it."""
GIVEN_OUT = 1000
"""Revisions that may have been sent and not stored when a server stops: more than a cursor moves in a second."""


class Asked(NamedTuple):
    """The last revision that everybody was asked to acknowledge, and when."""

    revision: int = -1
    at: float = 0.0


class Stage:
    """The stage of a room, and the seats from which it is seen. Belongs to one event loop."""

    def __init__(self, room: Room, store: Store, limits: Limits) -> None:
        self.room: Room = room
        self.store: Store = store
        self.limits: Limits = limits
        self.seats: set[Seat] = set()
        self.document = restored(room.record)
        self._room_id = room.record.id
        self._written = self.document.revision
        """The last revision that changed more than the cursor."""
        self._asked = Asked()
        self._asking: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._send, self._save = Paced(self._send_stage, STAGE_PAUSE), Paced(self._store_stage, SAVED_PAUSE)
        self._tell, self._sync = Paced(self._tell_room, TOLD_PAUSE), Paced(self._tell_sync, TOLD_PAUSE)
        self._poll, self._offers = Paced(self._tell_poll, POLL_PAUSE), Paced(self._tell_offers, POLL_PAUSE)

    @property
    def room_id(self) -> str:
        """The room that it belongs to."""
        return self.room.record.id

    def start(self) -> None:
        """Listen to the room, on behalf of the running event loop."""
        loop = asyncio.get_running_loop()

        def changed() -> None:
            loop.call_soon_threadsafe(self.room_changed)

        self.room.listeners.append(changed)

    async def close(self) -> None:
        """Store what is not stored yet."""
        self.room.listeners.clear()
        if self._asking is not None:
            self._asking.cancel()
        for paced in (self._save, self._send, self._tell, self._sync, self._poll, self._offers):
            await paced.close()

    # Who is there

    def enter(self, seat: Seat) -> None:
        """Send somebody the present state, and everything new from now on."""
        self.seats.add(seat)
        seat.ask(self.document.revision)
        seat.post("stage", self._stage_text(ask=True))
        self._tell.ask()
        self._sync.ask()
        if seat.leads:
            self._poll.ask()
            self._offers.ask()

    def leave(self, seat: Seat) -> None:
        """Send somebody nothing more."""
        self.seats.discard(seat)
        self._tell.ask()
        self._sync.ask()

    def acknowledged(self, seat: Seat, revision: int, following: bool) -> None:
        """Note what somebody has drawn, and whether they follow."""
        seat.acknowledge(revision, following)
        self._sync.ask()

    def room_changed(self) -> None:
        """Tell everybody that somebody came in, or that the room was closed or has ended."""
        another = self.room.record.id != self._room_id
        if another:
            self._room_id = self.room.record.id
            self.document = StageDocument(revision=self.document.revision + 1)
        for seat in self.seats:
            if seat.leads and another:
                seat.close(*AGAIN)
            elif another or (self.room.ended and not seat.leads):
                seat.post("room", self._room_text(ended=True))
                seat.close(*OVER)
        self._tell.ask()

    # What is seen

    async def change(self, change: StageChange, base: int) -> None:
        """Let the teacher change the stage.

        Raises Conflict where it was changed after ``base``, unless only the cursor is moved, and SpecError where it
        would be too large. Everything but the cursor is stored before it is sent.
        """
        async with self._writing:
            if not change.only_cursor and base < self._written:
                now = self.document.revision
                raise Conflict(f"The stage has changed since revision {base}: it is at {now} now. Change that.")
            poll = None
            if change.poll is not None:
                record = await asyncio.to_thread(self.store.polls.get, self._room_id, change.poll)
                poll = await asyncio.to_thread(as_told, self.store, record)
            await self._become(self.document.changed(change, poll), stored=not change.only_cursor)

    async def show(self, **fields: Any) -> None:
        """Put something on the stage, by the names of the document's fields."""
        await self.rewrite(lambda document: fields)

    async def rewrite(self, write: Callable[[StageDocument], dict[str, Any] | None]) -> None:
        """Put on the stage what is made of the present document; None changes nothing."""
        async with self._writing:
            fields = write(self.document)
            if fields is not None:
                revision = {"revision": self.document.revision + 1}
                await self._become(self.document.model_copy(update=fields | revision), stored=True)

    async def withdraw(self, experiment: str) -> None:
        """Take an experiment off, whose owner shares it no longer or has deleted it; the page that is seen stays."""

        def without(document: StageDocument) -> dict[str, Any] | None:
            if document.view.experiment != experiment:
                return None
            view = document.view.model_copy(update={"experiment": None, "state": None, "shows": "play"})
            cursor = StageCursor(step=0, speed=document.cursor.speed)
            return {"view": view, "cursor": cursor, "axes": None, "presented": None}

        await self.rewrite(without)

    async def _become(self, document: StageDocument, stored: bool) -> None:
        text = as_stored(document, self.limits.stage_bytes)
        await self._share(document)
        if stored:
            await asyncio.to_thread(self.room.set_stage, text, document.revision)
            self._written = document.revision
        self.document: StageDocument = document
        self._send.ask()
        if not stored:
            self._save.ask()

    async def _share(self, document: StageDocument) -> None:
        """Let everybody see the experiment on the stage, as soon as they may see its runs."""
        seen = document.seen_experiment
        if seen is not None and seen != self.document.seen_experiment:
            with suppress(NotFound):  # It was deleted since.
                await asyncio.to_thread(share_experiment, self.store, seen, True)

    async def _store_stage(self) -> None:
        async with self._writing:
            text = as_stored(self.document, self.limits.stage_bytes)
            await asyncio.to_thread(self.room.set_stage, text, self.document.revision)

    async def _send_stage(self) -> None:
        wait = self._asked.at + TOLD_PAUSE - time.monotonic()
        if ask := wait <= 0:
            self._asked = Asked(self.document.revision, time.monotonic())
            self._sync.ask()
        elif self._asking is None:
            self._asking = asyncio.get_running_loop().call_later(wait, self._ask_again)
        text = self._stage_text(ask)
        for seat in self.seats:
            if ask:
                seat.ask(self.document.revision)
            seat.post("stage", text)

    def _ask_again(self) -> None:
        """Send what was sent without asking for an acknowledgement once more, if it is still the newest."""
        self._asking = None
        if self._asked.revision < self.document.revision:
            self._send.ask()

    def _stage_text(self, ask: bool) -> str:
        wish = ',"ack":true' if ask else ""
        return f'{{"type":"stage"{wish},"stage":{self.document.model_dump_json()}}}'

    # What is told besides

    async def _tell_room(self) -> None:
        text = self._room_text(ended=self.room.ended)
        for seat in self.seats:
            seat.post("room", text)

    def _room_text(self, ended: bool) -> str:
        connected = len({seat.visitor.id for seat in self.seats if not seat.leads})
        state = {"open": self.room.record.open, "ended": ended}
        return _text({"type": "room", "members": self.room.students, "connected": connected, **state})

    async def _tell_sync(self) -> None:
        students = [seat for seat in self.seats if not seat.leads]
        following = [seat for seat in students if seat.following]
        behind, slowest = sum(seat.behind for seat in following), max((seat.lag for seat in following), default=0.0)
        told = {"type": "sync", "students": len(students), "following": len(following), "behind": behind}
        self._post_to_teachers("sync", told | {"slowest_ms": round(1000 * slowest)})

    def poll_answered(self) -> None:
        """Tell the teacher how the poll on the stage stands, soon."""
        self._poll.ask()

    async def _tell_poll(self) -> None:
        shown = self.document.poll
        if shown is None or not any(seat.leads for seat in self.seats):
            return
        try:
            record = await asyncio.to_thread(self.store.polls.get, self._room_id, shown["id"])
        except NotFound:
            return
        result = await asyncio.to_thread(result_of, self.store, record, record.round)
        told = {"type": "poll", "id": record.id, "round": record.round, "count": result["count"]}
        self._post_to_teachers("poll", told | {"histogram": result})

    def offers_changed(self) -> None:
        """Tell the teacher what is offered, soon."""
        self._offers.ask()

    async def _tell_offers(self) -> None:
        if any(seat.leads for seat in self.seats):
            offers = await asyncio.to_thread(self.store.offers.list, self._room_id)
            self._post_to_teachers("offers", {"type": "offers", "offers": [one.told() for one in offers]})

    def _post_to_teachers(self, kind: str, body: dict[str, Any]) -> None:
        text = _text(body)
        for seat in self.seats:
            if seat.leads:
                seat.post(kind, text)


def open_stage(server: Server) -> Stage | None:
    """Return the stage of a server's room, which it has from now on; None where it has no room."""
    if server.room is not None:
        server.stage = Stage(server.room, server.store, server.settings)
        server.stage.start()
    return server.stage


def restored(record: RoomRecord) -> StageDocument:
    """Return what stands on a stored stage, with a revision beyond all that may have been sent of it."""
    if record.stage is None:
        return StageDocument(revision=record.revision)
    try:
        document = StageDocument.model_validate_json(record.stage)
    except ValidationError:  # Of a Slalom that had other pages to show.
        document = StageDocument()
    return document.model_copy(update={"revision": record.revision + GIVEN_OUT})


def _text(body: dict[str, Any]) -> str:
    return to_json(body).decode()

"""The room of a running server: who is in it, in memory, and its code; the store has it all for the next start."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from threading import Lock

from slalom.errors import Conflict, NotFound, Refused
from slalom.settings import Settings, refuse
from slalom.storage.rooms import Member, RoomRecord, Rooms

from .allowance import Allowance, Allowances, TooManyTries
from .headers import is_same
from .visitors import Role

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What a code is made of: nothing that is read as something else (0 and O, 1, I and L)."""
CODE_LENGTH = 6
WRONG_AT_ONCE, WRONG_PER_HOUR = 20, 600
"""Wrong codes that one address may try: a class behind one address mistypes, too."""
WRONG_AT_ONCE_BY_ALL, WRONG_PER_HOUR_BY_ALL = 60, 3600
"""Wrong codes that may be tried from all addresses together."""

WRONG_CODE = "That is not this room's code. Look again at where your teacher shows it."
WRONG_SECRET = "That is not the teacher's secret. Look again at what the server printed when it started."


def new_code() -> str:
    """Return a code that nobody guesses: one of 31^6, 890 million."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def current_room(rooms: Rooms) -> RoomRecord:
    """Return the room that has not ended, or a new one."""
    return rooms.newest() or rooms.create(new_code())


class Room:
    """A room that goes on where the store has one that has not ended, and else begins."""

    def __init__(self, rooms: Rooms, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.rooms: Rooms = rooms
        self.settings: Settings = settings
        self.record: RoomRecord = current_room(rooms)
        self.members: dict[str, Member] = rooms.members(self.record.id)
        self.listeners: list[Callable[[], object]] = []
        """Called, from any thread, after somebody came in and after the room changed."""
        self._lock = Lock()
        self._wrong = Allowances(WRONG_AT_ONCE, WRONG_PER_HOUR, clock)
        self._wrong_by_all = Allowance(WRONG_AT_ONCE_BY_ALL, WRONG_PER_HOUR_BY_ALL, clock)

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.record.ended is not None

    @property
    def students(self) -> int:
        """How many students are in it."""
        # A copy: others come in from other threads.
        return sum(one.role == "student" for one in [*self.members.values()])

    def role_of(self, visitor: str | None) -> Role:
        """Return what somebody is in this room; of one that has ended only its teachers are left."""
        one = self.members.get(visitor or "")
        if one is not None and one.role == "teacher":
            return "teacher"
        return "student" if one is not None and not self.ended else "stranger"

    # Who comes in

    def check_code(self, code: str, address: str) -> None:
        """Raise Refused where a code is wrong or nobody may come in, TooManyTries after many wrong ones."""
        self._check(re.sub(r"[\s-]", "", code).upper(), self.record.code, address, WRONG_CODE)
        if self.ended:
            raise Refused("The class has ended.")
        if not self.record.open:
            raise Refused("The code is right, but the room is closed to newcomers. Ask your teacher to open it.")
        refuse(self.settings, "room_size", self.students + 1, "The number of students in the room", status=429)

    def check_secret(self, secret: str, address: str) -> None:
        """Raise Refused where that is not the teacher's secret, TooManyTries after many wrong ones."""
        token = self.settings.token
        self._check(secret, token.get_secret_value() if token else "", address, WRONG_SECRET)

    def _check(self, given: str, expected: str, address: str, wrong: str) -> None:
        mine = self._wrong.of(address)
        if wait := max(mine.wait(), self._wrong_by_all.wait()):
            raise TooManyTries(wait)
        if not expected or not is_same(given, expected):
            mine.take()
            self._wrong_by_all.take()
            raise Refused(wrong)

    def let_in(self, visitor: str, role: Role) -> None:
        """Make somebody a member; a teacher stays one. Raises LimitExceeded where the room is full."""
        with self._lock:
            known = self.members.get(visitor)
            if known is not None and known.role in ("teacher", role):
                return
            if role == "student":
                refuse(self.settings, "room_size", self.students + 1, "The number of students in the room", status=429)
            self.rooms.join(self.record.id, visitor, role)
            self.members[visitor] = Member(role, known and known.nickname)
        self._tell()

    def set_nickname(self, visitor: str, nickname: str | None) -> None:
        """Let a member be called something, or nothing; raises NotFound for who is none."""
        with self._lock:
            self.rooms.set_nickname(self.record.id, visitor, nickname)
            self.members[visitor] = self.members[visitor]._replace(nickname=nickname)
        self._tell()

    # What the teacher does with it

    def set_open(self, open: bool) -> None:
        """Let newcomers in, or not; raises Conflict where it has ended."""
        self._alive()
        self._becomes(self.rooms.set_open(self.record.id, open))

    def rotate_code(self) -> None:
        """Give it another code; whoever is in it stays. Raises Conflict where it has ended."""
        self._alive()
        self._becomes(self.rooms.set_code(self.record.id, new_code()))

    def set_stage(self, stage: str, revision: int) -> None:
        """Store what stands on the stage, JSON."""
        self.record = self.rooms.set_stage(self.record.id, stage, revision)

    def end(self) -> None:
        """Let it be over: its students may do nothing more here, its teachers look at what is left."""
        self._becomes(self.rooms.end(self.record.id))

    def begin_again(self, teacher: str) -> None:
        """Begin another room, with nobody in it but its teacher; raises Conflict where this one has not ended."""
        if not self.ended:
            raise Conflict("The room has not ended. End it first, or give it another code.")
        with self._lock:
            self.record, self.members = self.rooms.create(new_code()), {}
        self.let_in(teacher, "teacher")

    def _alive(self) -> None:
        if self.ended:
            raise Conflict("The class has ended. Begin another one.")

    def _becomes(self, record: RoomRecord) -> None:
        self.record = record
        self._tell()

    def _tell(self) -> None:
        for listener in [*self.listeners]:
            listener()


def present(room: Room | None) -> Room:
    """Return the room of a server; raises NotFound where it has none."""
    if room is None:
        raise NotFound("room", "", "There is no room here. Start one with slalom serve --class.")
    return room

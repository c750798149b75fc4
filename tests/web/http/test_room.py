"""The room of a server: codes that cannot be guessed, who may come in, and that it is there again after a restart."""

from pathlib import Path

import pytest

from slalom.errors import Conflict, LimitExceeded, NotFound, Refused
from slalom.settings import Settings
from slalom.storage.store import Store
from slalom.web.http.allowance import HOUR, MOST_ADDRESSES, Allowance, Allowances
from slalom.web.http.room import (
    CODE_LENGTH,
    CODE_LETTERS,
    WRONG_AT_ONCE,
    WRONG_AT_ONCE_BY_ALL,
    WRONG_PER_HOUR,
    WRONG_PER_HOUR_BY_ALL,
    Room,
    TooManyTries,
    new_code,
    present,
)

SECRET = "the teacher's own"
DOCUMENT = Path(__file__).parents[3] / "docs/room.md"
YEAR = 365.25 * 24


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/slalom.db", Settings())
    yield store
    store.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(store, clock):
    return Room(store.rooms, Settings(mode="class", token=SECRET, room_size=3), clock)


def wrong(room, address):
    with pytest.raises(Refused):
        room.check_code("WRONG1", address)


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_at_once_and_then_so_many_an_hour(most, clock):
    allowance = Allowance(most, 60, clock)
    assert [allowance.take() for _ in range(most + 1)] == [True] * most + [False]
    assert allowance.wait() == pytest.approx(60)
    clock.now += 59
    assert not allowance.take()
    clock.now += 1
    assert allowance.take()
    clock.now += 100 * HOUR
    assert [allowance.take() for _ in range(most + 1)] == [True] * most + [False]


def test_addresses_are_counted_apart_and_those_of_one_network_together(clock):
    allowances = Allowances(1, 1, clock)
    assert allowances.of("192.168.0.1").take()
    assert not allowances.of("192.168.0.1").take()
    assert allowances.of("192.168.0.2").take()
    assert allowances.of("2001:db8:1:2::7").take()
    assert not allowances.of("2001:db8:1:2:ffff::1").take()
    assert allowances.of("2001:db8:1:3::7").take()
    assert allowances.of("").take()


@pytest.mark.parametrize(("others", "forgotten"), [(-1, False), (0, True), (1, True)])
def test_so_many_addresses_are_remembered(others, forgotten, clock):
    allowances = Allowances(1, 1, clock)
    assert allowances.of("first").take()
    for i in range(MOST_ADDRESSES + others):
        allowances.of(f"other {i}")
    assert allowances.of("first").take() is forgotten


def test_a_code_has_no_letter_that_is_read_as_another():
    assert not set("01OIL") & set(CODE_LETTERS)
    assert (len(set(CODE_LETTERS)), CODE_LENGTH) == (31, 6)
    assert len({new_code() for _ in range(200)}) == 200
    assert all(set(new_code()) <= set(CODE_LETTERS) for _ in range(20))


def test_guessing_a_code_takes_years_from_however_many_addresses():
    tries = len(CODE_LETTERS) ** CODE_LENGTH / 2
    assert tries / WRONG_PER_HOUR_BY_ALL / YEAR > 14


@pytest.mark.parametrize("typed", ["{}", " {} ", "{0:.3}-{0:.0}{1}", "{2}"])
def test_a_code_may_be_typed_as_people_do(room, typed):
    code = room.record.code
    room.check_code(typed.format(code, code[3:], code.lower()), "here")


def test_so_many_wrong_codes_from_one_address_and_no_more(room, clock):
    for _ in range(WRONG_AT_ONCE):
        wrong(room, "here")
    with pytest.raises(TooManyTries) as refused:
        room.check_code(room.record.code, "here")
    assert (refused.value.status, refused.value.retry_after) == (429, 6)
    room.check_code(room.record.code, "elsewhere")
    clock.now += 6
    room.check_code(room.record.code, "here")
    wrong(room, "here")
    with pytest.raises(TooManyTries):
        room.check_secret(SECRET, "here")


def test_so_many_wrong_codes_from_all_addresses_and_no_more(room, clock):
    for i in range(WRONG_AT_ONCE_BY_ALL):
        wrong(room, f"10.0.0.{i}")
    with pytest.raises(TooManyTries):
        room.check_code(room.record.code, "10.0.1.1")
    clock.now += 1
    room.check_code(room.record.code, "10.0.1.1")


def test_a_class_that_types_right_is_never_stopped(room):
    for _ in range(2000):
        room.check_code(room.record.code, "one address for all")


@pytest.mark.parametrize("given", ["", "nearly", "the teacher's oww", "é", "the teacher's own "])
def test_the_secret_must_be_that_of_the_teacher(room, given):
    with pytest.raises(Refused) as refused:
        room.check_secret(given, "here")
    assert SECRET not in str(refused.value)
    room.check_secret(SECRET, "here")


def test_without_a_secret_nobody_becomes_a_teacher(store):
    room = Room(store.rooms, Settings(mode="class"))
    with pytest.raises(Refused):
        room.check_secret("", "here")


def test_so_many_students_and_no_more(room):
    room.let_in("teacher", "teacher")
    for name in ("a", "b"):
        room.let_in(name, "student")
    room.check_code(room.record.code, "here")
    room.let_in("c", "student")
    with pytest.raises(LimitExceeded, match="SLALOM_ROOM_SIZE"):
        room.check_code(room.record.code, "here")
    with pytest.raises(LimitExceeded):
        room.let_in("d", "student")
    room.let_in("c", "student")
    assert room.students == 3


def test_a_room_is_the_same_after_a_restart(room, store):
    room.let_in("t", "teacher")
    room.let_in("s", "student")
    room.set_nickname("s", "Ada")
    room.rotate_code()
    room.set_open(False)
    room.set_stage('{"revision": 7}', 7)
    again = Room(store.rooms, room.settings)
    assert (again.record, again.members) == (room.record, room.members)
    assert (again.role_of("t"), again.role_of("s"), again.role_of("x"), again.role_of(None)) == (
        "teacher", "student", "stranger", "stranger",
    )  # fmt: skip
    assert (again.record.stage, again.record.revision, again.record.open) == ('{"revision": 7}', 7, False)


def test_a_teacher_stays_one_and_a_student_may_become_one(room):
    room.let_in("t", "teacher")
    room.let_in("t", "student")
    assert room.role_of("t") == "teacher"
    room.let_in("s", "student")
    room.set_nickname("s", "Ada")
    room.let_in("s", "teacher")
    assert room.members["s"] == ("teacher", "Ada")
    with pytest.raises(NotFound):
        room.set_nickname("x", "Eve")


def test_a_closed_room_lets_nobody_in_and_a_rotated_code_is_another(room):
    told = []
    room.listeners.append(lambda: told.append(room.record.code))
    old = room.record.code
    room.set_open(False)
    with pytest.raises(Refused, match="closed"):
        room.check_code(old, "here")
    room.set_open(True)
    room.rotate_code()
    with pytest.raises(Refused, match="not this room"):
        room.check_code(old, "here")
    room.check_code(room.record.code, "here")
    assert told == [old, old, room.record.code]


def test_when_it_has_ended_only_its_teacher_is_left_and_may_begin_again(room, store):
    for name, role in (("t", "teacher"), ("s", "student")):
        room.let_in(name, role)
    with pytest.raises(Conflict):
        room.begin_again("t")
    old = room.record
    room.end()
    room.end()
    assert (room.role_of("t"), room.role_of("s")) == ("teacher", "stranger")
    with pytest.raises(Refused, match="ended"):
        room.check_code(old.code, "here")
    for change in (room.rotate_code, lambda: room.set_open(True)):
        with pytest.raises(Conflict):
            change()
    room.begin_again("t")
    assert room.record.id > old.id
    assert (room.members, room.role_of("s")) == ({"t": ("teacher", None)}, "stranger")
    assert Room(store.rooms, room.settings).record == room.record


def test_a_server_without_a_class_has_no_room():
    with pytest.raises(NotFound, match="--class"):
        present(None)


def test_the_page_about_the_room_has_these_figures():
    text = " ".join(DOCUMENT.read_text().split())
    codes = len(CODE_LETTERS) ** CODE_LENGTH
    assert f"{codes:,} codes" in text
    assert f"From one address {WRONG_AT_ONCE} wrong ones may be tried at once and then {WRONG_PER_HOUR // 60} a" in text
    assert f"from all addresses together {WRONG_AT_ONCE_BY_ALL} at once and then one a second" in text
    by_all, by_one = (codes / 2 / per_hour / YEAR for per_hour in (WRONG_PER_HOUR_BY_ALL, WRONG_PER_HOUR))
    assert f"half of all codes take {by_all:.0f} years, from one address alone {by_one:.0f};" in text
    assert (2 * WRONG_PER_HOUR_BY_ALL + WRONG_AT_ONCE_BY_ALL) / codes < 1e-5
    assert "below one in 100,000" in text

"""The stage: only the teacher writes it, everybody sees the same, and it is there again when the server is."""

import asyncio
import json
import time
from types import SimpleNamespace

import pytest
from classroom import SECRET, student_of, teacher_of
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from slalom.room.stage import StageDocument
from slalom.web.http.visitors import Visitor
from slalom.web.live.room.paced import Paced
from slalom.web.live.room.seat import Seat
from slalom.web.live.room.stage import GIVEN_OUT, restored

LESSON = {"page": "lesson", "lesson": "momentum", "part": "predict"}


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("room"), mode="class", token=SECRET, stage_bytes=4096) as house:
        yield house


@pytest.fixture(scope="module")
def teacher(house):
    return teacher_of(house)


@pytest.fixture(scope="module")
def student(house):
    return student_of(house)


def test_what_the_teacher_shows_is_what_everybody_sees(teacher, student):
    with teacher.live() as desk, student.live() as phone:
        before = desk.stage()
        phone.stage(revision=before["revision"])
        desk.say(type="stage", revision=before["revision"], change={"view": LESSON, "highlight": "loss"})
        seen = phone.stage(revision=before["revision"] + 1)
        assert seen == desk.stage(revision=before["revision"] + 1)
        assert (seen["view"] | LESSON, seen["highlight"]) == (seen["view"], "loss")
        with student.live() as late:
            assert late.stage() == seen, "Who comes late, or again, sees the present state at once."


def test_a_cursor_is_moved_whatever_the_base_and_nothing_else_is(teacher, student):
    with teacher.live() as desk, student.live() as phone:
        base = desk.stage()["revision"]
        desk.say(type="stage", revision=base, change={"highlight": "a"})
        now = desk.stage(highlight="a")["revision"]
        desk.say(type="stage", revision=0, change={"cursor": {"step": 7}})
        phone.stage(cursor={"step": 7, "playing": False, "speed": 1.0})
        desk.say(type="stage", revision=now, change={"highlight": "b"})
        phone.stage(highlight="b")
        desk.say(type="stage", revision=now, change={"highlight": "c"})
        refused = desk.hear("problem")
        assert (refused["status"], refused["stage"]["highlight"]) == (409, "b")


def test_a_student_changes_nothing(teacher, student):
    with student.live() as phone:
        before = phone.stage()
        for change in ({"highlight": "mine"}, {"cursor": {"step": 99}}):
            phone.say(type="stage", revision=before["revision"], change=change)
            refused = phone.hear("problem")
            assert (refused["status"], refused["stage"]) == (403, before)


@pytest.mark.parametrize(
    ("said", "status"),
    [("not JSON", 400), ("{}", 422), ('{"type":"stage","change":{"view":{"page":"x"}}}', 422), ('{"type":"ack"}', 422)],
)
def test_what_is_no_message_is_answered_and_the_socket_stays(teacher, said, status):
    with teacher.live() as desk:
        desk.socket.send(said)
        assert desk.hear("problem")["status"] == status
        desk.say(type="ack", revision=0)
        before = desk_revision(teacher)
        desk.say(type="stage", revision=before, change={"axes": {"x": [0, 1]}})
        desk.stage(revision=before + 1, axes={"x": [0, 1]})


def desk_revision(teacher):
    with teacher.live() as desk:
        return desk.stage()["revision"]


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_the_stage_has_a_largest_size(house, teacher, spare, fits):
    with teacher.live() as desk:
        before = desk.stage()
        axes = {"n": time.monotonic_ns(), "x": ""}
        after = StageDocument.model_validate(before | {"axes": axes, "revision": before["revision"] + 1})
        axes["x"] = "x" * (4096 - len(after.model_dump_json()) - spare)
        desk.say(type="stage", revision=before["revision"], change={"axes": axes})
        if fits:
            full = desk.stage(axes=axes)
            desk.say(type="stage", revision=full["revision"], change={"axes": None})
            desk.stage(revision=full["revision"] + 1)
        else:
            assert "4,097 bytes, but at most 4,096" in desk.hear("problem")["detail"]


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_a_message_has_a_largest_size(house, student, spare, fits):
    with student.live() as phone:
        said = '{"type": "ack", "revision": 0}'
        phone.socket.send(said + " " * (house.settings.room_message_bytes - len(said) - spare))
        if fits:
            phone.say(type="stage", revision=0, change={})
            assert phone.hear("problem")["status"] == 403
        else:
            with pytest.raises(ConnectionClosed) as closed:
                phone.hear("problem")
            assert closed.value.rcvd.code == 1009


def test_strangers_do_not_see_it(house):
    with pytest.raises(InvalidStatus) as refused, connect(f"{house.ws}/api/room/live"):
        pass
    assert refused.value.response.status_code == 403


def test_where_there_is_no_room_it_is_said(quiet):
    with connect(f"{quiet().ws}/api/room/live") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=20)
    assert closed.value.rcvd.code == 4404


def test_the_teacher_is_told_who_follows_and_who_lags(house, teacher):
    one, other = student_of(house), student_of(house)
    with teacher.live() as desk, one.live() as first, other.live() as second:
        desk.hear("sync", lambda told: told["students"] == 2)
        desk.hear("room", lambda told: told["connected"] == 2 and told["open"] and not told["ended"])
        shown = str(time.monotonic())
        desk.say(type="stage", revision=desk.stage()["revision"], change={"highlight": shown})
        shown = desk.stage(highlight=shown)["revision"]
        asked = first.hear("stage", lambda told: told.get("ack") and told["stage"]["revision"] >= shown)
        asked = asked["stage"]["revision"]
        first.say(type="ack", revision=asked, following=True)
        assert desk.hear("sync", lambda told: (told["following"], told["behind"]) == (2, 1))["slowest_ms"] > 0
        second.say(type="ack", revision=asked, following=False)
        desk.hear("sync", lambda told: (told["following"], told["behind"]) == (1, 0))


def test_a_closed_room_and_its_end_are_told_to_everybody(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("end"), mode="class", token=SECRET) as house:
        teacher = teacher_of(house)
        student = student_of(house)
        with teacher.live() as desk, student.live() as phone:
            desk.say(type="stage", revision=desk.stage()["revision"], change={"highlight": "last"})
            last = phone.stage(highlight="last")
            teacher.patch("", json={"open": False})
            phone.hear("room", lambda told: not told["open"])
            teacher.post("/end")
            phone.hear("room", lambda told: told["ended"])
            with pytest.raises(ConnectionClosed) as closed:
                phone.hear("stage", lambda told: False)
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "The class has ended.")
            desk.hear("room", lambda told: told["ended"])
            teacher.post("/again")
            with pytest.raises(ConnectionClosed) as closed:
                desk.hear("stage", lambda told: False)
            assert closed.value.rcvd.code == 1012
        with teacher.live() as desk:
            fresh = desk.stage(highlight=None)
            assert fresh["revision"] > last["revision"], "Nobody takes the old stage for the newer one."
        with pytest.raises(InvalidStatus), student.live():
            pass


def test_the_stage_and_votes_are_there_again_when_the_server_is(tmp_path, quiet_server):
    with quiet_server(tmp_path, mode="class", token=SECRET) as house:
        teacher, student = teacher_of(house), student_of(house)
        asked = {"kind": "choice", "question": "Which?", "options": ["a", "b"]}
        poll = teacher.post("/polls", json=asked).json()
        assert student.put(f"/polls/{poll['id']}/vote", json={"round": 1, "value": 1}).status_code == 200
        with teacher.live() as desk:
            desk.say(type="stage", revision=desk.stage()["revision"], change={"view": LESSON})
            desk.say(type="stage", revision=0, change={"cursor": {"step": 41}})
            desk.say(type="stage", revision=0, change={"cursor": {"step": 42}})
            last = desk.stage(cursor={"step": 42, "playing": False, "speed": 1.0})
    with quiet_server(tmp_path, mode="class", token=SECRET) as house:
        student.house = teacher.house = house
        for person in (student, teacher):
            person.client.base_url = house.http
        with student.live() as phone, teacher.live() as desk:
            again = phone.stage()
            assert again["revision"] > last["revision"]
            assert {name: again[name] for name in again if name != "revision"} == {
                name: last[name] for name in last if name != "revision"
            }
            assert desk.hear("poll")["histogram"] == {"round": 1, "count": 1, "counts": [0, 1]}
        assert student.get(f"/polls/{poll['id']}").json()["vote"] == 1


# Parts


def test_a_lag_begins_when_one_is_asked_and_grows_until_one_answers():
    seat = Seat(None, Visitor("a", "student"))
    assert (seat.behind, seat.lag) == (False, 0)
    time.sleep(0.02)
    seat.ask(3)
    assert seat.behind
    assert seat.lag < 0.02, "Who comes late is not blamed for what was before."
    time.sleep(0.02)
    seat.ask(5)
    assert seat.lag >= 0.02, "Asked again, one is as late as before."
    seat.acknowledge(3, following=True)
    assert seat.behind
    seat.acknowledge(5, following=False)
    assert (seat.behind, seat.following, seat.lag == seat.lag) == (False, False, True)
    assert seat.lag >= 0.02


@pytest.mark.parametrize("stage", [None, "{}", '{"revision": 3, "highlight": "x"}', '{"view": {"page": "gone"}}', "?"])
def test_a_stored_stage_is_restored_beyond_what_was_sent(stage):
    found = restored(SimpleNamespace(stage=stage, revision=3))
    assert found.revision == (3 if stage is None else 3 + GIVEN_OUT)
    assert found.highlight == ("x" if stage and "x" in stage else None)


def test_a_slow_reader_gets_the_newest_of_every_kind():
    class Slow:
        def __init__(self):
            self.sent, self.may = [], asyncio.Event()

        async def send(self, message):
            await self.may.wait()
            self.sent.append(json.loads(message["text"]))

        async def close(self, code, why):
            self.closed = code, why

    async def main():
        socket = Slow()
        seat = Seat(socket, Visitor("a", "student"))
        pump = asyncio.create_task(seat.pump())
        for n in range(100):
            seat.post("stage", str(n))
            seat.post("room", str(-n))
            await asyncio.sleep(0)
        socket.may.set()
        seat.close(1000, "enough")
        await pump
        assert (socket.sent[0], sorted(socket.sent[1:])) == (0, [-99, 99])
        assert socket.closed == (1000, "enough")

    asyncio.run(main())


def test_what_is_asked_for_often_is_done_seldom_and_never_forgotten():
    async def main():
        asked, done = [], []

        async def work():
            done.append(len(asked))
            if len(done) == 2:
                raise ValueError("told to the log")

        paced = Paced(work, 0.05)
        for n in range(40):
            asked.append(n)
            paced.ask()
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.3)
        assert (done[0], done[-1]) == (1, 40)
        assert len(done) < 20
        asked.append(40)
        paced.ask()
        await paced.close()
        assert done[-1] == 41

    asyncio.run(main())

"""The laws of the stream: every chunk once, in order, at the viewer's pace, and nobody waits for a slow one."""

import json
import random
import socket as raw_socket
import time
from contextlib import suppress

import httpx
import numpy as np
import pytest
from house import quiet_on
from traces import header_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.errors import StoreError
from slalom.web.live import tail
from slalom.wire.frames import decode


def follow(house, id, **query):
    path = "&".join(f"{name}={value}" for name, value in query.items())
    return connect(f"{house.ws}/api/experiments/{id}/stream?{path}", max_size=None, open_timeout=30, close_timeout=0.2)


def everything(socket):
    """Return the frames, the messages and the close frame of a stream."""
    frames, messages = [], []
    try:
        while True:
            message = socket.recv(timeout=30)
            (frames if isinstance(message, bytes) else messages).append(message)
    except ConnectionClosed as closed:
        return frames, [json.loads(message) for message in messages], closed.rcvd


def test_a_finished_experiment_replays_every_chunk_byte_for_byte(quiet):
    house = quiet()
    id = house.create(chunks=30)
    house.finish(id)
    with follow(house, id, ack=0) as socket:
        frames, messages, closed = everything(socket)
    assert frames == [chunk.payload for chunk in house.store.chunks.read(id, 0, 100)]
    assert [message["type"] for message in messages] == ["hello", "done"]
    assert (messages[0]["status"], messages[1]["status"], messages[1]["outcomes"]) == ("done", "done", [])
    assert closed.code == 1000


def test_a_live_experiment_is_followed_to_its_end(quiet):
    house = quiet()
    id = house.create(chunks=2)
    event = {"run": 0, "kind": "first_rise", "step": 9, "sentence": "The loss rose."}
    with follow(house, id, ack=0) as socket:
        sent = [chunk.payload for chunk in house.store.chunks.read(id)]
        for _ in range(40):
            sent.append(house.append(id, events=json.dumps([event])))
        house.finish(id, "cancelled")
        frames, messages, _ = everything(socket)
    assert frames == sent
    assert [message["type"] for message in messages] == ["hello", *["event"] * 40, "done"]
    assert messages[1] == {"type": "event", **event}


def test_a_late_joiner_sees_every_step_once(quiet):
    house = quiet()
    id = house.create(chunks=100)
    with follow(house, id, ack=0) as early, follow(house, id, ack=0) as late:
        house.append(id)
        house.finish(id)
        assert everything(early)[0] == everything(late)[0] == [c.payload for c in house.store.chunks.read(id, 0, 200)]


@pytest.mark.parametrize("seed", range(3))
def test_however_often_it_is_cut_nothing_is_missing_or_double(quiet, seed):
    house, chance = quiet(), random.Random(seed)
    id = house.create(chunks=10)
    received, after = [], 0
    while after < 60:
        with follow(house, id, after=after, ack=chance.randrange(2)) as socket:
            for _ in range(chance.randrange(1, 9)):
                if len(house.store.chunks.read(id)) < 60:
                    house.append(id)
                message = socket.recv(timeout=30)
                if isinstance(message, bytes):
                    received.append(message)
                    after = header_of(message)["seq"]
                if after == 60:
                    break
    assert received == [chunk.payload for chunk in house.store.chunks.read(id)]


def test_at_most_twelve_frames_are_on_their_way(quiet):
    house = quiet()
    id = house.create(chunks=40)
    with follow(house, id) as socket:
        assert json.loads(socket.recv())["type"] == "hello"
        seen = [header_of(socket.recv(timeout=30))["seq"] for _ in range(12)]
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)
        socket.send(json.dumps({"ack": 6}))
        seen += [header_of(socket.recv(timeout=30))["seq"] for _ in range(6)]
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)
    assert seen == list(range(1, 19))


@pytest.mark.parametrize(("chunks", "arrive"), [(4, 4), (5, 5), (6, 5)])
def test_as_many_frames_are_on_their_way_as_the_setting_says(quiet, chunks, arrive):
    house = quiet(frames_in_flight=5)
    id = house.create(chunks=chunks)
    house.finish(id)
    with follow(house, id) as socket:
        assert json.loads(socket.recv())["type"] == "hello"
        seen = [header_of(socket.recv(timeout=30))["seq"] for _ in range(arrive)]
        if arrive < chunks:
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.3)
            socket.send(json.dumps({"ack": 1}))
            seen.append(header_of(socket.recv(timeout=30))["seq"])
        assert json.loads(socket.recv(timeout=30))["type"] == "done"
    assert seen == [*range(1, chunks + 1)]


def test_who_has_everything_is_told_the_end_without_acknowledging(quiet):
    house = quiet()
    id = house.create(chunks=12)
    house.finish(id)
    with follow(house, id) as socket:
        frames, messages, closed = everything(socket)
    assert len(frames) == 12
    assert messages[-1]["type"] == "done"
    assert closed.code == 1000


def test_a_screen_frame_has_at_most_32_entries_and_keeps_the_extremes(quiet):
    house = quiet()
    id = house.create(chunks=5, n=500)
    house.finish(id)
    with follow(house, id, detail="screen") as socket:
        frames, _, _ = everything(socket)
    assert [header_of(frame)["seq"] for frame in frames] == [1, 2, 3, 4, 5]
    for frame, chunk in zip(frames, house.store.chunks.read(id), strict=True):
        thin, full = decode(frame), decode(chunk.payload)
        assert thin.n <= 32
        loss, all_of_it = thin.data[thin.columns.index("loss")], full.data[0]
        np.testing.assert_array_equal(loss.min(axis=1), all_of_it.min(axis=1))
        np.testing.assert_array_equal(loss.max(axis=1), all_of_it.max(axis=1))


def test_a_short_chunk_is_its_own_screen_frame(quiet):
    house = quiet()
    id = house.create(chunks=3)
    house.finish(id)
    with follow(house, id, detail="screen") as socket:
        assert everything(socket)[0] == [chunk.payload for chunk in house.store.chunks.read(id)]


def test_a_screen_viewer_far_behind_gets_one_frame_for_all_of_it(quiet):
    house = quiet()
    id = house.create(chunks=50, n=20)
    house.append(id, 20, json.dumps([{"run": 1, "kind": "exploded", "step": 3, "sentence": "It exploded."}]))
    house.finish(id)
    with follow(house, id, detail="screen", after=4) as socket:
        frames, messages, _ = everything(socket)
    (head,) = map(header_of, frames)
    assert (head["first"], head["seq"], head["stride"]) == (5, 51, 0)
    thin = decode(frames[0])
    steps = thin.data[0]
    whole = np.concatenate([decode(chunk.payload).data for chunk in house.store.chunks.read(id, 4)], axis=2)
    assert (steps[:, 0] == 80).all()
    assert (steps[:, -1] == 1019).all()
    assert (np.diff(steps) > 0).all()
    np.testing.assert_array_equal(thin.data[1].max(axis=1), whole[0].max(axis=1))
    assert [message["kind"] for message in messages if message["type"] == "event"] == ["exploded"]


def test_a_viewer_that_never_reads_delays_nobody(quiet):
    house = quiet()
    id = house.create(chunks=1)
    with follow(house, id, ack=0) as dead, follow(house, id, ack=0) as alive:
        dead.recv_events_paused = True
        for _ in range(60):
            house.append(id, 4000)
        house.finish(id)
        started = time.monotonic()
        frames, _, _ = everything(alive)
        assert time.monotonic() - started < 20
        dead.socket.close()
    assert [header_of(frame)["seq"] for frame in frames] == list(range(1, 62))


def test_a_deleted_experiment_is_followed_to_its_end(quiet):
    house = quiet()
    id = house.create(chunks=1)
    with follow(house, id, ack=0) as socket:
        socket.recv()
        house.finish(id, "cancelled")
        house.store.experiments.delete(id)
        _, messages, _ = everything(socket)
    assert messages[-1]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("nope/stream", 4404, "There is no experiment 'nope'."),
        ("000000000000/stream", 4404, "There is no experiment"),
        ("{id}/stream?after=-1", 4422, "after must be at least 0"),
        ("{id}/stream?after=9", 4422, "There is no frame 9 yet."),
        ("{id}/stream?detail=all", 4422, "detail must be"),
        ("{id}/elsewhere", 4404, "There is no stream at this address."),
    ],
)
def test_what_cannot_be_followed_is_said_in_a_sentence(quiet, path, code, words):
    house = quiet()
    id = house.create(chunks=3)
    with connect(f"{house.ws}/api/experiments/{path.format(id=id)}") as socket:
        closed = everything(socket)[2]
    assert closed.code == code
    assert closed.reason.startswith(words)
    assert len(closed.reason.encode()) <= 123


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", 4400),
        ('{"ack": "1"}', 4422),
        ('{"ack": 1, "more": 2}', 4422),
        (b"\x00", 1008),
        ("x" * 8191, 4400),
        ("x" * 8192, 4400),
        ("x" * 8193, 1009),
    ],
)
def test_what_a_viewer_must_not_say(quiet, message, code):
    house = quiet()
    with follow(house, house.create(chunks=1)) as socket:
        socket.send(message)
        assert everything(socket)[2].code == code


def test_a_viewer_that_acknowledges_every_frame_of_a_long_replay_sees_all_of_it(quiet):
    house = quiet()
    id = house.create(chunks=126)
    house.finish(id)
    with follow(house, id) as socket:
        seen = []
        with suppress(ConnectionClosed):
            while True:
                message = socket.recv(timeout=30)
                if isinstance(message, bytes):
                    seen.append(header_of(message)["seq"])
                    with suppress(ConnectionClosed):  # The server may have sent all of it, and closed, long before.
                        socket.send(json.dumps({"ack": seen[-1]}))
        assert socket.protocol.close_rcvd.code == 1000
    assert seen == list(range(1, 127))


@pytest.mark.parametrize("count", [9, 10, 11, 60])
def test_who_says_much_at_once_is_read_more_slowly_and_never_closed(quiet, count):
    house = quiet(stream_messages_per_second=10)
    id = house.create(chunks=1)
    with follow(house, id) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "hello"
        started = time.monotonic()
        for _ in range(count):
            socket.send('{"ack": 0}')
        socket.send("this is no acknowledgement")
        closed = everything(socket)[2]
        # The last message is the first that is refused: all before it were read, and no faster than the pace.
        assert closed.code == 4400
        assert time.monotonic() - started >= (count - 10) / 10 - 0.1


def test_a_flood_of_pings_waits_on_the_side_of_who_sends_it(quiet):
    house = quiet()
    id = house.create(chunks=1)
    ping = b"\x89\x80\x00\x00\x00\x00"
    with follow(house, id) as socket, follow(house, id) as other:
        assert json.loads(socket.recv(timeout=30))["type"] == "hello"
        sent = pushed(socket.socket, ping * 10_000, 60 << 20)
        assert sent < 20 << 20, "The server read all of it."
        house.append(id)
        house.finish(id)
        assert everything(other)[2].code == 1000


def pushed(connection, data, most):
    """Return how many bytes another side takes that is not waited for: until it takes none for a second."""
    sent = 0
    with suppress(OSError):
        connection.settimeout(1.0)
        while sent < most:
            sent += connection.send(data)
    return sent


def test_who_reads_nothing_and_answers_no_ping_is_let_go_with_all_that_was_on_its_way(quiet):
    house = quiet()
    house.server.config.ws_ping_interval = house.server.config.ws_ping_timeout = 0.3
    id = house.create(chunks=40, n=4096)  # More than the buffers of both sides have room for.
    viewers = house.app.state.server.viewers
    with raw_socket.socket() as line:
        line.setsockopt(raw_socket.SOL_SOCKET, raw_socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", house.port))
        path = f"/api/experiments/{id}/stream?ack=0"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        line.sendall(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
        for people in (1, 0):
            deadline = time.monotonic() + 20
            while len(viewers) != people:
                assert time.monotonic() < deadline, f"There are {len(viewers)} viewers, not {people}."
                time.sleep(0.02)


def test_text_that_is_none_is_refused_without_a_traceback(quiet, caplog):
    house = quiet()
    with follow(house, house.create(chunks=1)) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "hello"
        socket.socket.sendall(b"\x81\x82\x00\x00\x00\x00\xff\xfe")
        assert everything(socket)[2].code == 1007
    assert not [record for record in caplog.records if record.exc_info]


def test_a_late_viewer_sees_the_whole_of_a_long_experiment(quiet):
    house = quiet()
    id = house.create(chunks=40, n=100)
    house.finish(id)
    with follow(house, id, detail="screen") as socket:
        (frame,), _, _ = everything(socket)
    assert decode(frame).n == 2000
    with follow(house, id, detail="screen", after=20) as socket:
        (frame,), _, _ = everything(socket)
    assert decode(frame).n == 32 * 20


def test_what_takes_long_to_read_is_shown_in_parts(quiet, monkeypatch):
    house = quiet()
    id = house.create(chunks=60, n=50)
    house.finish(id)
    size = len(house.store.chunks.read(id)[0].payload)
    monkeypatch.setattr(tail, "FIRST_STAGE", 16 * size)
    with follow(house, id, detail="screen") as socket:
        frames, _, _ = everything(socket)
    heads = [header_of(frame) for frame in frames]
    assert [(head["first"], head["seq"]) for head in heads] == [(1, 16), (17, 60)]
    assert heads[0]["n"] == 2000 * 16 // 60


def test_a_damaged_chunk_ends_the_stream_of_who_needs_it_and_no_other(quiet, caplog):
    house = quiet()
    broken, sound = house.create(chunks=1), house.create(chunks=1)
    with follow(house, broken, detail="screen") as one, follow(house, sound, detail="screen") as other:
        assert header_of(first_frame(one))["seq"] == 1
        house.store.chunks.append(broken, 2, b"\xff" * 40, "[]", 8)
        closed = everything(one)[2]
        assert closed.code == 4500
        assert closed.reason.startswith("Chunk 2 of the trace is damaged")
        assert header_of(first_frame(other))["seq"] == 1
        house.append(sound)
        house.finish(sound)
        frames, _, closed = everything(other)
    assert [header_of(frame)["seq"] for frame in frames] == [2]
    assert closed.code == 1000
    assert house.tail.trouble() is None
    assert not [record for record in caplog.records if record.exc_info]
    with follow(house, broken) as full:
        assert header_of(first_frame(full))["seq"] == 1


def first_frame(socket):
    while not isinstance(message := socket.recv(timeout=30), bytes):
        pass
    return message


def test_the_tail_outlives_whatever_goes_wrong(quiet, monkeypatch, caplog):
    house = quiet()
    id = house.create(chunks=1)
    monkeypatch.setattr(tail, "DATABASE_AWAY_SECONDS", 0.3)
    with follow(house, id) as socket:
        assert header_of(first_frame(socket))["seq"] == 1
        with monkeypatch.context() as broken:
            broken.setattr(house.store.experiments, "states", lambda ids: 1 / 0)
            house.append(id)
            wait_for(lambda: httpx.get(f"{house.http}/healthz").status_code == 503)
            said = httpx.get(f"{house.http}/healthz").json()
            assert said["status"] == "failing"
            assert "division by zero" in said["detail"]
        assert header_of(first_frame(socket))["seq"] == 2
    wait_for(lambda: httpx.get(f"{house.http}/healthz").status_code == 200)
    assert sum("could not be read" in record.message for record in caplog.records) == 1


def wait_for(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def on_postgres(postgres):
    with quiet_on(postgres.fresh("restarted")) as house:
        yield house


def test_a_restart_of_postgres_is_a_pause_and_nothing_else(on_postgres, postgres):
    house = on_postgres
    before = house.create(chunks=1)
    with follow(house, before) as socket:
        assert header_of(first_frame(socket))["seq"] == 1
        postgres.stop()
        time.sleep(1)
        postgres.start()
        sent = patiently(lambda: house.append(before))
        assert first_frame(socket) == sent
        after = house.create(chunks=1)
        with follow(house, after, ack=0) as another:
            assert header_of(first_frame(another))["seq"] == 1
            house.append(after)
            house.finish(after)
            frames, _, closed = everything(another)
        assert ([header_of(frame)["seq"] for frame in frames], closed.code) == ([2], 1000)
        house.finish(before)
        assert everything(socket)[2].code == 1000
    wait_for(lambda: httpx.get(f"{house.http}/healthz").status_code == 200)


def patiently(act):
    """Return what is done as soon as the store lets it be done."""
    while True:
        try:
            return act()
        except StoreError:
            time.sleep(0.1)


@pytest.mark.parametrize(("parts", "code"), [(63, 4400), (64, 4400), (65, 1009), (100_000, 1009)])
def test_a_message_of_many_fragments_is_refused(quiet, parts, code):
    house = quiet()
    with follow(house, house.create(chunks=1)) as socket:
        with suppress(ConnectionClosed):
            socket.send("x" for _ in range(parts - 1))  # The last frame is empty.
        # The server may have hung up before it had read everything; then its reason is lost on the way.
        closed = everything(socket)[2]
    assert closed.code == code if parts < 1000 else closed is None or closed.code == code
    with follow(house, house.create(chunks=1)) as socket:
        assert json.loads(socket.recv())["type"] == "hello"

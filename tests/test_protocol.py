"""docs/protocol.md says what is so: its tables, its example of a frame, and a client written from its text alone."""

import json
import re
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import protocol_client
import pytest
from protocol_client import follow
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.settings import Limits, Settings
from slalom.storage.tables import STATUSES, TERMINAL
from slalom.web.app import create_app
from slalom.wire.frames import Block, encode

TEXT = (Path(__file__).parents[1] / "docs/protocol.md").read_text()
SPEC, PROBLEM = map(json.loads, re.findall(r"```json\n(.*?)```", TEXT, re.S))
(HEX,) = re.findall(r"```hex\n(.*?)```", TEXT, re.S)
STREAMED = SPEC | {"runs": [*SPEC["runs"], {"optimizer": {"kind": "sgd", "lr": 1.6}}], "steps": 3000}
"""Its second run leaves the finite numbers long before the first ends."""


def table(title):
    """Return the rows of a section's last table."""
    section = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.S | re.M)[1]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_route_is_listed_and_no_other():
    paths = create_app(Settings()).openapi()["paths"]
    assert {row[0] for row in table("HTTP")} == {
        f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods
    }


def test_limits_have_the_values_that_are_listed():
    defaults = {name: field.default for name, field in Limits.model_fields.items()}
    for name, value in table("Limits"):
        assert defaults[name.strip("`")] == int(value.replace(",", "")), name


def test_an_experiment_has_the_states_that_are_listed():
    found = re.search(r"`status` is one of (.*?); the last four are final", TEXT, re.S)[1]
    listed = re.findall(r"`(\w+)`", found)
    assert set(listed) == set(STATUSES)
    assert set(listed[-4:]) == set(TERMINAL)


def example():
    """Return the frame of the example."""
    data = np.array([[[16.0, 12.96]], [[-4.0, -3.6]]])
    return encode(Block(0, (0,), ("loss", "p0"), data), 1)


def dumped(frame):
    """Write a frame as the text does: 16 bytes a line of the header, and every number of the body."""
    body = 4 + int.from_bytes(frame[:4], "little")
    lines = [(frame[:4], f"H = {body - 4}")]
    lines += [(frame[i : min(i + 16, body)], frame[i : min(i + 16, body)].decode()) for i in range(4, body, 16)]
    lines += [(frame[i : i + 8], f"{struct.unpack('<d', frame[i : i + 8])[0]:g}") for i in range(body, len(frame), 8)]
    return "".join(f"{part.hex(' '):<47}  {meaning}".rstrip() + "\n" for part, meaning in lines)


def test_the_bytes_of_the_example_are_those_of_the_frame():
    assert dumped(example()) == HEX
    assert f"A whole frame, {len(example())} bytes" in TEXT


def read(container):
    """Read a frame by the text: its header, and its numbers by run and column."""
    (length,) = struct.unpack_from("<I", container)
    header = json.loads(container[4 : 4 + length].decode())
    assert (4 + length) % 8 == 0
    runs, columns, n = header["runs"], header["columns"], header["n"]
    letter = {"<f8": "d", "<f4": "f"}[header["dtype"]]
    body = struct.unpack_from(f"<{len(columns) * len(runs) * n}{letter}", container, 4 + length)
    assert len(container) == 4 + length + struct.calcsize(letter) * len(body)
    numbers = {
        (run, column): [body[(c * len(runs) + r) * n + i] for i in range(n)]
        for r, run in enumerate(runs)
        for c, column in enumerate(columns)
    }
    return header, numbers


def test_the_example_reads_as_it_says():
    header, numbers = read(example())
    assert numbers == {(0, "loss"): [16, 12.96], (0, "p0"): [-4, -3.6]}
    assert header["seq"] == header["first"] == 1


@pytest.fixture(scope="module")
def experiment(api):
    id = api.post("/api/experiments", json=STREAMED).json()["id"]
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    return id


@pytest.fixture
def sockets(server):
    return lambda path: connect(server.replace("http", "ws") + path, max_size=None)


@pytest.mark.parametrize("detail", ["full", "screen"])
def test_a_client_of_the_stream_misses_nothing(api, sockets, experiment, detail):
    with sockets(f"/api/experiments/{experiment}/stream?ack=0&detail={detail}") as socket:
        messages = list(socket)
    hello, *events, done = [json.loads(message) for message in messages if isinstance(message, str)]
    assert hello.keys() == {"type", "id", "status", "after", "spec"}
    assert all(event.keys() == {"type", "run", "kind", "step", "sentence", "value"} for event in events)
    assert (done.keys(), done["type"]) == ({"type", "status", "error", "outcomes"}, "done")
    frames = [read(message) for message in messages if isinstance(message, bytes)]
    assert frames[0][0]["first"] == 1
    assert all(after["first"] == before["seq"] + 1 for (before, _), (after, _) in pairwise(frames))
    trace = api.get(f"/api/experiments/{experiment}/trace").json()["runs"]
    for run in (0, 1):
        found = dict(entry for frame in frames for entry in entries(*frame, run))
        assert max(found) == len(trace[run]["loss"]) - 1
        assert detail == "screen" or len(found) == len(trace[run]["loss"])
        assert all(loss == pytest.approx(float(trace[run]["loss"][k]), nan_ok=True) for k, loss in found.items())


def entries(header, numbers, run):
    """Return the entries of a run in a frame and their losses."""
    if run not in header["runs"]:
        return []
    strided = [header["step"] + i * header["stride"] for i in range(header["n"])]
    steps = strided if header["stride"] else map(int, numbers[run, "step"])
    return list(zip(steps, numbers[run, "loss"], strict=True))


def test_a_stream_goes_on_after_what_a_viewer_has(sockets, experiment):
    with sockets(f"/api/experiments/{experiment}/stream?after=1&ack=0") as socket:
        assert json.loads(socket.recv())["after"] == 1
        assert next(read(message)[0] for message in socket if isinstance(message, bytes))["first"] == 2


def closing(socket):
    """Return the code with which a socket is closed."""
    with pytest.raises(ConnectionClosed) as closed:
        list(iter(lambda: socket.recv(timeout=20), None))
    return closed.value.rcvd.code


@pytest.mark.parametrize(
    ("path", "message", "code"),
    [
        ("/api/experiments/000000000000/stream", None, 4404),
        ("/api/experiments/{id}/stream?after=100000", None, 4422),
        ("/api/experiments/{id}/stream?ack=perhaps", None, 4422),
        ("/api/preview", b"{}", 1008),
        ("/api/preview", "x" * 262_145, 1009),
    ],
)
def test_a_socket_is_closed_with_the_code_that_is_listed(sockets, experiment, path, message, code):
    with sockets(path.format(id=experiment)) as socket:
        if message is not None:
            socket.send(message)
        assert closing(socket) == code
    assert str(code) in str(table("How a WebSocket is refused or closed"))


@pytest.mark.parametrize(("message", "code"), [("?", 4400), ('{"ack": -1}', 4422), ('{"drawn": 1}', 4422)])
def test_what_is_no_acknowledgement_ends_a_stream(api, sockets, message, code):
    id = api.post("/api/experiments", json=STREAMED | {"steps": 1_000_000}).json()["id"]
    with sockets(f"/api/experiments/{id}/stream") as socket:
        socket.send(message)
        assert closing(socket) == code
    api.delete(f"/api/experiments/{id}")


def test_the_preview_answers_every_message_by_its_number(sockets):
    with sockets("/api/preview") as socket:
        socket.send(json.dumps({"id": 7, "spec": SPEC}))
        frames = []
        while isinstance(message := socket.recv(timeout=30), bytes):
            frames.append(read(message)[0])
        done = json.loads(message)
        assert done.keys() == {"type", "request", "outcomes", "events"}
        assert (done["type"], done["request"]) == ("done", 7)
        assert [(frame["request"], frame["seq"]) for frame in frames] == [(7, i + 1) for i in range(len(frames))]
        socket.send(json.dumps({"id": 8, "spec": SPEC | {"steps": 0}}))
        problem = json.loads(socket.recv(timeout=30))
        assert problem == PROBLEM | {"type": "problem", "request": 8}
        socket.send("?")
        assert json.loads(socket.recv(timeout=30))["request"] is None


def test_an_error_is_the_one_that_is_shown(api):
    answer = api.post("/api/simulate", json=SPEC | {"steps": 0})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == PROBLEM


def test_the_shortest_spec_is_accepted(api):
    (run,) = api.post("/api/simulate", json=SPEC).json()["runs"]
    assert len(run["loss"]) == SPEC["steps"] + 1


STEP_BY_STEP = SPEC | {"runs": [*SPEC["runs"], {"optimizer": {"kind": "sgd", "lr": 1.05}}], "steps": 5000}


def followed(parts):
    """Return the messages of a client, and the losses of every run, by entry."""
    messages, losses = [], {0: {}, 1: {}}
    for part in parts:
        if isinstance(part, dict):
            messages.append(part)
        else:
            run, entry, found = part
            assert entry not in losses[run]
            losses[run][entry] = found["loss"]
    return messages, losses


def test_the_client_of_the_protocol_is_short_and_the_one_that_the_documents_show():
    source = (Path(__file__).parent / "protocol_client.py").read_text()
    assert source.count("\n") <= 60
    modules = {name.split(".")[0] for name in re.findall(r"^(?:import|from) ([\w.]+)", source, re.M)}
    assert modules <= {"json", "struct", "sys", "time", "httpx", "websockets"}
    assert f"\n{source}```" in (Path(__file__).parents[1] / "docs/how-to/write-a-client.md").read_text()


def test_a_client_written_by_the_protocol_follows_a_live_run(api, server):
    messages, losses = followed(follow(server, STEP_BY_STEP))
    hello, *events, done = messages
    assert hello["type"] == "hello"
    assert {event["kind"] for event in events} >= {"first_rise", "exploded"}
    assert [outcome["kind"] for outcome in done["outcomes"]] == ["converged", "diverged"]
    trace = api.get(f"/api/experiments/{hello['id']}/trace").json()["runs"]
    for run, found in losses.items():
        assert list(found) == list(range(len(trace[run]["loss"])))
        assert list(found.values()) == [float(loss) for loss in trace[run]["loss"]]


def test_it_goes_on_where_its_connection_was_lost(server, monkeypatch):
    opened = []

    class Breaking:
        """A connection that is lost after its second frame."""

        def __init__(self, address, **options):
            opened.append(address)
            self._inner = connect(address, **options)

        def __enter__(self):
            self._socket = self._inner.__enter__()
            return self

        def __exit__(self, *error):
            self._inner.__exit__(*error)

        def __iter__(self):
            frames = 0
            for message in self._socket:
                yield message
                frames += isinstance(message, bytes)
                if frames == 2 and len(opened) < 3:
                    raise OSError("lost")

    monkeypatch.setattr(protocol_client, "connect", Breaking)
    messages, losses = followed(follow(server, STEP_BY_STEP))
    assert len(opened) > 1
    assert messages[-1]["type"] == "done"
    assert list(losses[0]) == list(range(STEP_BY_STEP["steps"] + 1))


def test_what_is_refused_is_told_to_it_in_the_words_of_the_server(server):
    with pytest.raises(ValueError, match="steps must be at least 1, but is 0"):
        list(follow(server, SPEC | {"steps": 0}))

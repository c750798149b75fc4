"""The warm worker's conversation: frames and a result, a newer message, a bad spec."""

import json
import subprocess
import sys
import threading
from multiprocessing import Pipe

import pytest
from traces import header_of

from slalom.engine.preview_worker import serve_previews
from slalom.wire.envelope import WorkerRequest, write_request
from slalom.wire.frames import decode


@pytest.fixture
def ends():
    ours, theirs = Pipe()
    thread = threading.Thread(target=serve_previews, args=(theirs,))
    thread.start()
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive()


def ask(connection, request, spec):
    connection.send_bytes(write_request(WorkerRequest("spec", json.dumps(spec).encode(), request)))


def answer(connection):
    """Return the frames and the letter and content of the last message."""
    frames = []
    while True:
        assert connection.poll(20)
        message = connection.recv_bytes()
        if message[:1] != b"F":
            return frames, message[:1], json.loads(message[1:])
        frames.append(message[1:])


SMALL = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1.05}, "label": "long"}]}
LONG = {"problem": {"kind": "rosenbrock"}, "runs": [{}], "steps": 1_000_000}


def test_a_spec_is_answered_with_frames_and_outcomes(ends):
    ask(ends, 7, SMALL | {"steps": 40, "seeds": 2})
    frames, letter, content = answer(ends)
    assert letter == b"D"
    assert content["request"] == 7
    assert [outcome["exploded"] for outcome in content["outcomes"]] == [38, 38]
    assert content["findings"] is None
    assert [header_of(frame)["request"] for frame in frames] == [7] * len(frames)
    assert [header_of(frame)["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert sum(decode(frame).n for frame in frames) == 41


def test_a_newer_spec_supersedes_the_one_before(ends):
    ask(ends, 1, LONG)
    assert ends.recv_bytes()[:1] == b"F"
    ask(ends, 2, SMALL)
    _, letter, content = answer(ends)
    assert (letter, content) == (b"S", {"request": 1})
    _, letter, content = answer(ends)
    assert (letter, content["request"]) == (b"D", 2)


def test_an_empty_message_cancels_and_is_ignored_when_idle(ends):
    ends.send_bytes(b"")
    ask(ends, 1, LONG)
    assert ends.recv_bytes()[:1] == b"F"
    ends.send_bytes(b"")
    assert answer(ends)[1:] == (b"S", {"request": 1})
    ask(ends, 2, SMALL)
    assert answer(ends)[1] == b"D"


@pytest.mark.parametrize(
    ("spec", "status", "detail"),
    [
        ({"problem": {"kind": "parabola"}, "runs": []}, 422, "runs"),
        ({"problem": {"kind": "formula", "text": "x +"}, "runs": [{}]}, 422, ""),
        (SMALL | {"vary": [{"field": "run.optimizer.lr", "values": [-1]}]}, 422, "run.optimizer.lr = -1"),
    ],
)
def test_a_bad_spec_is_answered_with_a_problem(ends, spec, status, detail):
    ask(ends, 3, spec)
    frames, letter, content = answer(ends)
    assert (frames, letter) == ([], b"E")
    assert (content["request"], content["status"]) == (3, status)
    assert detail in content["detail"]
    ask(ends, 4, SMALL)
    assert answer(ends)[1] == b"D"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ZeroDivisionError("float division by zero"), "Take a smaller learning rate"),
        (OverflowError(34, "Numerical result out of range"), "Take a smaller learning rate"),
        (MemoryError(), "Ask for fewer runs"),
        (ValueError("operands could not be broadcast together"), "not yours (ValueError)"),
    ],
)
def test_what_nobody_foresaw_is_told_in_words_for_who_asked(ends, monkeypatch, error, sentence):
    def fails(spec, uploads):
        raise error

    monkeypatch.setattr("slalom.engine.preview_worker.runner_of", fails)
    ask(ends, 1, SMALL)
    _, letter, content = answer(ends)
    assert (letter, content["status"]) == (b"E", 500)
    assert sentence in content["detail"]
    assert not any(str(part) in content["detail"] for part in error.args)


@pytest.mark.parametrize("message", [b"[]", b"{}", b"?", write_request(WorkerRequest("toast", b"{}"))])
def test_what_is_no_request_is_a_fault_and_does_not_end_the_conversation(ends, message):
    ends.send_bytes(message)
    assert answer(ends)[2]["status"] == 500
    ask(ends, 4, SMALL)
    assert answer(ends)[1] == b"D"


def test_it_starts_without_torch_and_without_a_database():
    code = (
        "import sys, slalom.engine.preview_worker as i; from multiprocessing import Pipe; import threading, json; "
        "a, b = Pipe(); threading.Thread(target=i.serve_previews, args=(b,), daemon=True).start(); "
        "from slalom.wire.envelope import WorkerRequest, write_request;"
        "spec = {'problem': {'kind': 'rosenbrock'}, 'runs': [{}]};"
        "a.send_bytes(write_request(WorkerRequest('spec', json.dumps(spec).encode())));\n"
        "while a.recv_bytes()[:1] == b'F': pass\n"
        "print(sorted({'torch', 'sqlalchemy', 'fastapi', 'httpx'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "[]"

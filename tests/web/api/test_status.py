"""What a server says of itself to who runs it, and what it writes to its log, as a user starts it."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest
from websockets.sync.client import connect

from slalom import __version__
from slalom.errors import LimitExceeded, StoreFull
from slalom.web.http.problem_details import note_refusal

SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 50}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 2000}, "hidden": [64, 64]}
FOREVER = {"problem": MOONS, "runs": [{}], "steps": 20_000}
TOKEN = "hunter2 of the teacher"
WAIT = 30.0


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A server in class mode that logs as JSON: its address, and what it has written so far."""
    folder = tmp_path_factory.mktemp("logged")
    log = folder / "log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SLALOM_")}
    environ |= {
        "SLALOM_TOKEN": TOKEN,
        "SLALOM_QUEUE_PER_CLIENT": "1",
        "SLALOM_LOG": "json",
        "SLALOM_WARM_WORKERS": "1",
        "SLALOM_HOST": "127.0.0.1",
    }
    command = [sys.executable, "-m", "slalom", "serve", "--class", "--port", "0", "--store", str(folder / "s.db")]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=file, text=True)
    said = process.stdout.readline()
    address = re.search(r"http://\S+?:\d+", said)[0]

    def lines(event=None):
        found = [json.loads(line) for line in log.read_text().splitlines()]
        return [line for line in found if event in (None, line["event"])]

    yield address, lines
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT) == 0
    process.stdout.close()
    assert [line["event"] for line in lines()][-1] == "server_stopping"
    assert "hunter2" not in log.read_text()


def until(ask):
    """Return the first answer that is true."""
    deadline = time.monotonic() + WAIT
    while not (found := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def teacher(logged):
    with httpx.Client(base_url=logged[0], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as client:
        yield client


def test_the_life_of_an_experiment_and_the_death_of_its_worker_are_logged(logged, teacher):
    _, lines = logged
    (started, *_) = until(lambda: lines("server_started"))
    assert (started["mode"], started["version"]) == ("class", __version__)
    done = teacher.post("/api/experiments", json=SPEC).json()["id"]
    assert teacher.get(f"/api/experiments/{done}?wait=60").json()["status"] == "done"
    killed = teacher.post("/api/experiments", json=FOREVER).json()["id"]
    pid = until(lambda: {w["experiment"]: w["pid"] for w in teacher.get("/api/status").json()["workers"]}.get(killed))
    os.kill(pid, signal.SIGKILL)
    ended = until(lambda: [line for line in lines("experiment_ended") if line["experiment"] == killed])
    (death,) = lines("worker_died")
    assert (death["level"], death["experiment"], death["pid"], death["signal"]) == ("warning", killed, pid, 9)
    assert (ended[0]["level"], ended[0]["status"]) == ("warning", "failed")
    (first,) = [line for line in lines("experiment_ended") if line["experiment"] == done]
    assert (first["level"], first["status"], first["steps"]) == ("info", "done", 50)
    assert first["seconds"] > 0
    (queued,) = [line for line in lines("experiment_queued") if line["experiment"] == done]
    assert (queued["role"], queued["kind"], len(queued["owner"])) == ("teacher", "comparison", 12)
    assert [line["experiment"] for line in lines("experiment_started")] == [done, killed]
    errors = teacher.get("/api/status").json()["errors"]
    assert {"worker_died", "experiment_ended"} <= {one["event"] for one in errors}


def test_a_limit_and_a_wrong_secret_are_logged_and_a_flood_of_them_is_not(logged, teacher):
    address, lines = logged
    for _ in range(40):
        refused = teacher.post("/api/simulate", json=SPEC | {"steps": 10**7})
        assert refused.status_code == 422
    limits = lines("limit_refused")
    assert 1 <= len(limits) < 20
    assert {(one["setting"], one["value"], one["limit"]) for one in limits} == {("SLALOM_STEPS", 10**7, 100_000)}
    for head, path in (({"Authorization": "Bearer nonsense"}, "/api/experiments"), ({}, "/api/experiments")):
        assert httpx.get(address + path, headers=head).status_code == 403
    httpx.post(f"{address}/api/room/teacher", json={"secret": "guess\n"})
    failed = lines("sign_in_failed")
    assert [one["address"] for one in failed] == ["127.0.0.1"] * 2
    assert "guess" not in json.dumps(failed)


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (LimitExceeded("Too much.", limit=1, value=2, setting="SLALOM_X"), "limit_refused"),
        (StoreFull("disk full"), "storage_error"),
        (ValueError("x"), None),
    ],
)
def test_what_a_request_meets_is_an_event(caplog, error, event):
    with caplog.at_level(logging.INFO, "slalom"):
        note_refusal(error)
    assert [record.event for record in caplog.records] == ([event] if event else [])


def test_students_guests_and_strangers_are_refused(logged, teacher):
    address, _ = logged
    code = teacher.get("/api/room").json()["code"]
    with httpx.Client(base_url=address) as student:
        assert student.get("/api/status").status_code == 403
        assert student.get("/status", headers={"Accept": "text/html"}).status_code == 303
        assert student.post("/api/room/join", json={"code": code}).status_code == 200
        assert student.get("/api/room").json()["role"] == "student"
        assert student.get("/api/status").status_code == 403
        assert student.get("/status", headers={"Accept": "text/html"}).status_code in (303, 403)
    assert "<h1>Status</h1>" in teacher.get("/status", headers={"Accept": "text/html"}).text


def test_what_is_told_is_what_there_is(quiet):
    house = quiet(sockets=50, free_bytes=1)
    id = house.create(chunks=3)
    with connect(f"{house.ws}/api/experiments/{id}/stream?ack=0&detail=full") as socket:
        while not isinstance(socket.recv(timeout=WAIT), bytes):
            continue
        told = httpx.get(f"{house.http}/api/status").json()
    assert told["version"] == __version__
    assert told["server"] == house.supervisor.owner
    assert told["queue"]["running"] == 1
    assert told["queue"]["most"] == house.settings.queue
    assert told["store"]["kind"] == "sqlite"
    assert told["store"]["bounds"]["free_bytes"] == 1
    assert told["store"]["taken_bytes"] == house.store.quota.taken()
    assert told["viewers"] | {"count": 1, "sockets": 1, "most_sockets": 50} == told["viewers"]
    assert [(one["owner"], one["this"], one["experiments"]) for one in told["servers"]] == [("test", False, 1)]
    assert until(lambda: httpx.get(f"{house.http}/api/status").json()["viewers"]["count"] == 0)


def test_how_far_a_viewer_is_behind_is_told(quiet):
    house = quiet(frames_in_flight=2)
    id = house.create()
    with connect(f"{house.ws}/api/experiments/{id}/stream?detail=full") as socket:
        (log,) = until(lambda: [*house.app.state.server.viewers.values()])
        until(lambda: log.head is not None)  # It waits for the first chunk.
        house.append(id)
        house.tail.nudge()
        while not isinstance(socket.recv(timeout=WAIT), bytes):
            continue
        for _ in range(6):
            house.append(id)
            house.tail.nudge()
            time.sleep(0.02)
        viewers = until(
            lambda: (v := httpx.get(f"{house.http}/api/status").json()["viewers"])["behind_frames"] == 5 and v
        )
        assert 0 < viewers["behind_seconds"] < WAIT

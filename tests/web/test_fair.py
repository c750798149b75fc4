"""Nobody is worked for who went away, and nobody's long work keeps others waiting: seen from outside, on one server."""

import contextlib
import itertools
import json
import socket
import threading
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.settings import Settings

PATIENCE = 60.0
"""Seconds in which short work is answered on a busy machine; long work takes minutes."""
NUMBERS = itertools.count()
EIGHT = {"kind": "formula", "text": " + ".join(f"x{i}**4" for i in range(1, 9))}
MINUTES = {"problem": EIGHT, "runs": [{"optimizer": {"kind": "newton", "lr": 1e-6}}], "steps": 1_000_000, "seeds": 2}
NETWORK = {"problem": {"kind": "network", "data": {"kind": "moons"}, "hidden": [4]}, "runs": [{}], "steps": 20}


def parabola():
    """Return a set-up that nobody has asked for yet: what is known is answered without a process."""
    runs = [{"optimizer": {"kind": "sgd", "lr": 1.05}}]
    return {"problem": {"kind": "parabola"}, "runs": runs, "steps": 40, "seed": next(NUMBERS)}


@contextlib.contextmanager
def server_of(serving, place, *arguments, **environ):
    process, address = serving.start(place / "slalom.db", *arguments, **environ)
    try:
        serving.warm(address)
        yield address
    finally:
        assert serving.stop(process) == 0


@pytest.fixture(scope="module")
def generous(serving, tmp_path_factory):
    """Yield the address of a server with one warm process that lets in what takes minutes."""
    allowed = {"SLALOM_SIMULATE_SURFACE_WORK": str(10**15), "SLALOM_SIMULATE_NUMBERS": str(10**9)}
    with server_of(serving, tmp_path_factory.mktemp("fair"), SLALOM_WARM_WORKERS="1", **allowed) as address:
        yield address


def begin(address, path, spec):
    """Send a request and return its connection, without waiting for the answer."""
    host, port = address.removeprefix("http://").split(":")
    body = json.dumps(spec).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_refused_a_process(address):
    """Return whether all processes are taken: a request waits."""
    try:
        httpx.post(f"{address}/api/simulate", json=parabola(), timeout=1.0)
    except httpx.TimeoutException:
        return True
    return False


@pytest.mark.parametrize("path", ["/api/simulate?every=1000", "/api/simulate/steps?first=999999"])
def test_who_hangs_up_is_not_worked_for(generous, path):
    with begin(generous, path, MINUTES):
        until(lambda: is_refused_a_process(generous))
    answer = httpx.post(f"{generous}/api/simulate", json=parabola(), timeout=PATIENCE)
    assert answer.status_code == 200


def test_who_waits_and_hangs_up_gives_up_its_place(generous):
    with begin(generous, "/api/simulate?every=1000", MINUTES), contextlib.ExitStack() as stack:
        until(lambda: is_refused_a_process(generous))
        for _ in range(5):
            stack.enter_context(begin(generous, "/api/simulate", parabola()))
        until(lambda: waiting(generous) == 5)
        stack.close()
        until(lambda: waiting(generous) == 0)
    assert httpx.post(f"{generous}/api/simulate", json=parabola(), timeout=PATIENCE).status_code == 200


def waiting(address):
    text = httpx.get(f"{address}/metrics", timeout=PATIENCE).text
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("slalom_simulations_waiting "))


@contextlib.contextmanager
def hog(url, seed):
    """Preview what takes minutes, and read all that comes; yield what says that a frame came."""
    came = threading.Event()

    def read(connection):
        with contextlib.suppress(ConnectionClosed):
            for message in connection:
                if isinstance(message, bytes):
                    came.set()

    with connect(url, max_size=None) as connection:
        reader = threading.Thread(target=read, args=(connection,))
        reader.start()
        connection.send(json.dumps({"id": 1, "spec": MINUTES | {"seed": seed}}))
        yield came
    reader.join()


def test_a_preview_is_answered_while_others_preview_what_takes_minutes(serving, tmp_path):
    allowed = {"SLALOM_SIMULATE_SURFACE_WORK": str(10**15), "SLALOM_SIMULATE_NUMBERS": str(10**9)}
    with server_of(serving, tmp_path, **allowed) as address, contextlib.ExitStack() as stack:
        url = f"{address.replace('http', 'ws')}/api/preview"
        hogs = [stack.enter_context(hog(url, seed)) for seed in (0, 10)]
        until(lambda: any(came.is_set() for came in hogs) and waiting(address) == 1)
        mine = stack.enter_context(connect(url, max_size=None))
        for request in range(5):
            mine.send(json.dumps({"id": request, "spec": parabola()}))
            said = mine.recv(timeout=PATIENCE)
            while isinstance(said, bytes) or json.loads(said)["type"] == "waiting":
                said = mine.recv(timeout=PATIENCE)
            assert json.loads(said)["type"] == "done"
        assert sum(came.is_set() for came in hogs) == waiting(address) == 1


def test_newton_on_eight_variables_is_refused_by_its_work(api):
    answer = api.post("/api/simulate", params={"every": 1000}, json=MINUTES)
    body = answer.json()
    assert answer.status_code == 422
    assert (body["limit"], body["setting"]) == (Settings().simulate_surface_work, "SLALOM_SIMULATE_SURFACE_WORK")
    assert body["value"] > 2 * body["limit"]
    assert "POST /api/experiments" in body["detail"]


def test_where_strangers_have_access_warm_processes_have_room_for_networks(serving, tmp_path):
    with server_of(serving, tmp_path, "--public", SLALOM_TOKEN="a secret of tests") as address:
        headers = {"Authorization": "Bearer a secret of tests"}
        answer = httpx.post(f"{address}/api/simulate", json=NETWORK, headers=headers, timeout=60.0)
        assert answer.status_code == 200, answer.text[:500]

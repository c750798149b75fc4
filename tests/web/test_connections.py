"""HTTP connections are bounded: in number, in what they hold, and in how long they wait for their clients."""

import json
import os
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from unittest.mock import MagicMock

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.web.connections import PING, PONG, HttpConnection

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
PART = b"POST /api/simulate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
UPGRADE = (
    b"GET /api/experiments/{id}/stream?ack=0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
LONG = 20.0
"""Seconds after which a test that waits gives up."""


def reach(port, said=b""):
    opened = socket.create_connection(("127.0.0.1", port), timeout=LONG)
    opened.sendall(said)
    return opened


def is_open(one):
    """Return whether the server has not ended a connection; what it has said is read."""
    one.settimeout(0.05)
    try:
        while one.recv(65536):
            continue
        return False
    except TimeoutError:
        return True
    except ConnectionError:
        return False


def answer(one):
    """Return the status of an answer and its JSON, where it has any."""
    one.settimeout(LONG)
    data = b""
    while b"\r\n\r\n" not in data or b"}" not in data:
        if not (more := one.recv(65536)):
            break
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else None


@pytest.mark.parametrize(("count", "kept"), [(2, True), (3, True), (4, False)])
def test_so_many_are_open_and_the_longest_idle_goes(quiet, count, kept):
    house = quiet(connections=3)
    with ExitStack() as stack:
        idle = []
        for _ in range(count):
            idle.append(stack.enter_context(closing(reach(house.port))))
            time.sleep(0.02)  # The order in which they came is what this is about.
        assert [is_open(one) for one in idle] == [kept, *[True] * (count - 1)]
        idle[-1].sendall(GET)
        assert answer(idle[-1])[0] == 200
    assert httpx.get(f"{house.http}/healthz").status_code == 200


def test_where_all_are_at_work_a_new_one_is_told_to_come_back(quiet):
    house = quiet(connections=2)
    id = house.create(chunks=1)
    wait = f"GET /api/experiments/{id}?wait=20 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with closing(reach(house.port, wait)), closing(reach(house.port, wait)):
        time.sleep(0.2)
        with closing(reach(house.port)) as late:
            status, body = answer(late)
    assert (status, body["title"]) == (503, "Busy")


def test_who_does_not_send_the_rest_is_not_waited_for(quiet):
    """Who sends nothing, half of the headers, a byte of them now and then, or half of a body; who reads nothing."""
    house = quiet(client_seconds=1)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(reach(house.port, said))) for said in (b"", GET[:-2], GET[:-2], PART)]
        early = [stack.enter_context(closing(reach(house.port, GET[:-1]))) for _ in range(2)]
        began = time.monotonic()
        closed = {}
        while len(closed) < len(slow) and time.monotonic() - began < LONG:
            if 2 not in closed:
                slow[2].sendall(b"X")
            if early and time.monotonic() - began > 0.3:
                for one in early:  # In time: the rest is taken.
                    one.sendall(GET[-1:])
                    assert answer(one)[0] == 200
                early = []
            closed |= {
                i: time.monotonic() - began for i, one in enumerate(slow) if i not in closed and not is_open(one)
            }
    assert sorted(closed) == [0, 1, 2, 3]
    assert min(closed.values()) > 0.9


@pytest.mark.parametrize(("waited", "left"), [(19, False), (20, False), (21, True)])
def test_a_client_may_take_as_long_as_the_setting_says(waited, left):
    connection = MagicMock(_patience=20.0, _waits_since=100.0, _unread=0)
    connection.loop.time.return_value = 100.0 + waited
    connection.transport.get_write_buffer_size.return_value = 0
    HttpConnection._look(connection)
    assert connection.leave.called is left


@pytest.mark.parametrize(("waited", "left"), [(19, False), (20, False), (21, True)])
def test_a_client_may_leave_an_answer_unread_as_long_as_the_setting_says(waited, left):
    connection = MagicMock(_patience=20.0, _waits_since=None, _unread=7, _read_at=100.0)
    connection.loop.time.return_value = 100.0 + waited
    connection.transport.get_write_buffer_size.return_value = 7
    HttpConnection._look(connection)
    assert connection.transport.abort.called is left


def test_a_viewer_that_is_gone_without_a_word_is_closed(quiet, monkeypatch):
    """One that has read all, and one on whose way much waits: neither answers a ping."""
    monkeypatch.setattr("slalom.web.connections.PING", 0.3)
    monkeypatch.setattr("slalom.web.connections.PONG", 0.3)
    house = quiet()
    many, none = house.create(chunks=12, n=20_000), house.create()
    with ExitStack() as stack:
        for id in (many, none):
            gone = stack.enter_context(closing(reach(house.port)))
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            gone.sendall(UPGRADE.replace(b"{id}", id.encode()))
        deadline = time.monotonic() + LONG
        while len(house.server.server_state.connections) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        while house.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not house.server.server_state.connections
    assert PING + PONG <= 40


def test_who_reads_nothing_of_an_answer_is_not_waited_for(quiet):
    house = quiet(client_seconds=1)
    many = house.create(chunks=40, n=4000)
    with closing(reach(house.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET /api/experiments/{many}/trace?format=csv HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        deadline = time.monotonic() + LONG
        while not house.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.01)
        while house.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not house.server.server_state.connections


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1000,
        b"GET /" + b"x" * 1000,
        b"\r\n" * 1000,
        PART.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")[:-1] + b"1\r\n{\r\n0\r\nX-Trailer: ",
    ],
    ids=["a value", "many", "a path", "empty lines", "after a body"],
)
def test_headers_without_end_are_not_kept(quiet_once, endless):
    with closing(reach(quiet_once.port, endless)) as sender:
        deadline = time.monotonic() + LONG
        sent = 0
        try:
            while time.monotonic() < deadline and sent < 2**22 and is_open(sender):
                sender.sendall(b"x" * 4096 if endless[-1:] != b"\n" else endless[-6:] * 700)
                sent += 4096
        except ConnectionError:
            pass
        assert sent < 2**18
    assert httpx.get(f"{quiet_once.http}/healthz").status_code == 200


def test_who_sends_too_long_headers_is_told_the_limit(quiet_once):
    long = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 40_000
    with closing(reach(quiet_once.port, long)) as sender:
        status, body = answer(sender)
    assert (status, body["limit"], body["setting"]) == (413, 16 * 1024, "SLALOM_HEADER_BYTES")
    assert body["value"] > body["limit"]


def posted(path, body, way):
    """Return a request whose body has its length said before, or comes in pieces."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n".encode()
    if way == "with a length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    size = {"in small chunks": 100, "in large chunks": 100_000}[way]
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(_chunk(one) for one in [*pieces, b""])


def _chunk(piece):
    return b"%x\r\n%b\r\n" % (len(piece), piece)


@pytest.mark.parametrize("way", ["with a length", "in small chunks", "in large chunks"])
@pytest.mark.parametrize(
    ("path", "most", "status"),
    [("/api/datasets", 2_000_000, 422), ("/api/simulate", 300_000, 413), ("/api/nothing", 200_000, 404)],
    ids=["a file", "too large", "a wrong address"],
)
def test_no_body_is_taken_for_headers_however_it_comes(quiet_once, path, most, status, way):
    """Also where the answer came before all of the body, and where the next request comes with its end."""
    for size in (1, 20_000, most):
        said = posted(path, b"1,2\n" * (size // 4) or b"1", way)
        for segment in (700, 50_000, len(said) + len(GET)):
            if len(said) / segment > 1000:
                continue
            with closing(reach(quiet_once.port)) as sender:
                sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                whole = said + GET[:-2]
                for start in range(0, len(whole), segment):
                    sender.sendall(whole[start : start + segment])
                first, told = answer(sender)
                assert (told or {}).get("setting") != "SLALOM_HEADER_BYTES"
                assert first in {status, 422}
                sender.sendall(GET[-2:])
                assert answer(sender)[0] == 200


def test_a_body_that_comes_after_its_answer_is_not_the_next_requests_headers(quiet_once):
    said = posted("/api/simulate", b"1" * 300_000, "with a length")
    with closing(reach(quiet_once.port, said[:200])) as sender:
        assert answer(sender)[0] == 413
        for start in range(200, len(said), 10_000):
            sender.sendall(said[start : start + 10_000])
        sender.sendall(GET)
        assert answer(sender)[0] == 200


@pytest.fixture(scope="module")
def quiet_once(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("once")) as house:
        yield house


def test_who_waits_for_the_end_of_an_experiment_is_answered_when_the_server_stops(quiet):
    house = quiet()
    id = house.create(chunks=1)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(httpx.get, f"{house.http}/api/experiments/{id}?wait=30", timeout=40)
        time.sleep(0.3)
        began = time.monotonic()
        house.server.should_exit = True
        found = waiting.result()
    assert (found.status_code, found.json()["status"]) == (200, "running")
    assert time.monotonic() - began < 20  # not the 30 seconds that it would have waited


def test_a_file_that_is_removed_under_a_running_server_is_noticed(quiet):
    house = quiet()
    id = house.create(chunks=2)
    path = house.store.database.writer.url.database
    os.rename(path, f"{path}.moved")
    refused = httpx.post(f"{house.http}/api/experiments", json={"problem": {"kind": "bowl"}, "runs": [{}]})
    assert refused.status_code == 503
    assert "was removed while it was in use" in refused.json()["detail"]
    assert httpx.get(f"{house.http}/api/experiments/{id}").status_code == 200, "what is stored can be read"
    assert httpx.get(f"{house.http}/api/experiments/{id}/trace?every=2").status_code == 200
    health = httpx.get(f"{house.http}/healthz")
    assert (health.status_code, health.json()["status"]) == (503, "failing")
    os.rename(f"{path}.moved", path)
    assert httpx.get(f"{house.http}/healthz").status_code == 200, "the same file is back"


def test_a_thousand_idle_connections_and_a_stop_with_viewers(tmp_path, serving):
    """Where the system allows 1,024 files, 1,100 idle connections keep nobody out, and viewers are told of the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    process, address = _with_few_files(serving, tmp_path / "slalom.db")
    try:
        port = int(address.rpartition(":")[2])
        serving.warm(address)
        spec = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-6}}], "steps": 1_000_000}
        id = httpx.post(f"{address}/api/experiments", json=spec, timeout=LONG).json()["id"]
        with ExitStack() as stack:
            idle = [stack.enter_context(closing(reach(port))) for _ in range(1100)]
            for _ in range(5):
                assert httpx.get(f"{address}/api/experiments/{id}", timeout=LONG).status_code == 200
            stream = f"{address.replace('http', 'ws')}/api/experiments/{id}/stream?detail=screen"
            viewers = [stack.enter_context(connect(stream)) for _ in range(5)]
            codes = [None] * len(viewers)

            def follow(i):
                try:
                    for _ in viewers[i]:
                        viewers[i].send('{"ack": 9000000000000000}')
                except ConnectionClosed as closed:
                    codes[i] = closed.rcvd and closed.rcvd.code

            threads = [threading.Thread(target=follow, args=(i,)) for i in range(len(viewers))]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            began = time.monotonic()
            assert serving.stop(process) == 0
            assert time.monotonic() - began < 5
            for thread in threads:
                thread.join()
            assert codes == [1012] * len(viewers)
            assert len(idle) == 1100
    finally:
        process.kill()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _with_few_files(serving, store):
    """Start a server that may have 1,024 files open."""
    return serving.start(store, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))

"""Both clients know every route, keep the path of their server, wait where it is busy, and go on where it was lost."""

import asyncio
import json
import threading
from urllib.parse import unquote, urlsplit

import httpx
import numpy as np
import pytest
from client_routes import PREFIX, ROUTES, Busy, arguments, asked, matches
from websockets.sync.server import serve

from slalom.client import AsyncClient, Client, ClientError
from slalom.client.conversing import LIVE, PREVIEW
from slalom.client.following import Position
from slalom.settings import Settings
from slalom.web.api.description.asyncapi import CHANNELS
from slalom.web.app import create_app
from slalom.wire.arrays import pack_arrays
from slalom.wire.container import write_container
from slalom.wire.frames import Block, encode


def operation(path, paths):
    """The path of the description that a request is for: of those that match, the one with the fewest variables."""
    return min((known for known in paths if matches(known, path)), key=lambda known: known.count("{"), default=path)


def test_there_is_a_method_for_every_route_and_the_path_of_the_server_is_kept():
    sent = {(r.method, urlsplit(str(r.url)).path) for name, member in ROUTES.items() for r in asked(name, member)}
    root = urlsplit(PREFIX).path
    assert all(path.startswith(root) for _, path in sent)
    paths = create_app(Settings(store="sqlite://")).openapi()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    called = {(method, operation(path.removeprefix(root), paths)) for method, path in sent}
    assert known - called == set()
    assert called - known == set()


def test_there_is_a_method_for_every_websocket():
    streams = Position(httpx.URL("http://here"), "{id}", 0, "full").address
    called = {unquote(urlsplit(streams).path), PREVIEW, LIVE}
    assert {channel.address for channel in CHANNELS} == called


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_is_documented_and_awaited_by_the_other_client(name):
    assert ROUTES[name].__doc__.endswith((".", ".\n        "))

    async def ask():
        transport = httpx.MockTransport(lambda request: httpx.Response(418, json={"detail": "I am a teapot."}))
        async with AsyncClient(PREFIX, transport=transport) as client:
            with pytest.raises((ClientError, json.JSONDecodeError, KeyError, AttributeError)) as refused:
                await getattr(client, name)(*arguments(ROUTES[name]))
            return refused.value

    if name != "health":  # Says how a server is, also where it is not well.
        assert str(asyncio.run(ask())) == "I am a teapot."


def test_a_view_is_a_header_and_arrays():
    urls = []

    def answer(request):
        urls.append(str(request.url))
        if "nothing" in str(request.url):
            return httpx.Response(404, json={"status": 404, "detail": "There is no such view."})
        return httpx.Response(200, content=pack_arrays({"kind": "curve"}, {"x": np.arange(3, dtype="f4")}))

    with Client("http://here", transport=httpx.MockTransport(answer)) as client:
        header, arrays = client.view("e1", "curve", run=2, frames=5)
        with pytest.raises(ClientError, match="There is no such view") as refused:
            client.view("e1", "nothing")
    assert urls[0] == "http://here/api/experiments/e1/views/curve?run=2&frames=5"
    assert header["kind"] == "curve"
    assert arrays["x"].tolist() == [0, 1, 2]
    assert refused.value.status == 404


SOON = httpx.Response(503, headers={"Retry-After": "0"}, json={"detail": "Busy."})
LOST = httpx.ReadError("lost")
NOT_THERE = httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("faults", "method", "seen"),
    [
        ((SOON, SOON), "create", 3),
        ((httpx.Response(429, headers={"Retry-After": "0"}),), "create", 2),
        ((NOT_THERE,), "create", 2),
        ((LOST,), "datasets", 2),
    ],
)
def test_what_may_be_possible_soon_is_asked_again(faults, method, seen):
    server = Busy(*faults)
    with Client("http://here", transport=httpx.MockTransport(server)) as client:
        getattr(client, method)(*arguments(ROUTES[method]))
    assert server.seen == seen


@pytest.mark.parametrize(
    ("faults", "method", "sentence"),
    [
        ((httpx.Response(429, json={"detail": "Too much is stored."}),), "create", "Too much is stored."),
        ((httpx.Response(503, headers={"Retry-After": "9999"}, json={"detail": "Away."}),), "create", "Away."),
        ((httpx.Response(502, text="<html>"),), "create", "Bad Gateway"),
        ((httpx.Response(404, json={"status": "error"}),), "create", "Not Found"),
        ((httpx.Response(404, json=["error"]),), "create", "Not Found"),
        ((LOST,), "create", "No server answers at http://here (lost). Start one with: slalom serve."),
    ],
)
def test_what_will_not_be_possible_is_said_at_once(faults, method, sentence):
    server = Busy(*faults)
    with Client("http://here", transport=httpx.MockTransport(server)) as client, pytest.raises(ClientError) as refused:
        getattr(client, method)(*arguments(ROUTES[method]))
    assert (str(refused.value), server.seen) == (sentence, 1)


class Broken:
    """A stream of four chunks whose connection is lost after some messages, once or more often."""

    HELLO = json.dumps({"type": "hello", "spec": {}})

    def __init__(self, *breaks):
        self.breaks, self.asked = list(breaks), []

    def __call__(self, socket):
        query = dict(pair.split("=") for pair in urlsplit(socket.request.path).query.split("&"))
        self.asked.append((urlsplit(socket.request.path).path, int(query["after"])))
        messages = [self.HELLO]
        for seq in range(int(query["after"]) + 1, 5):
            messages.append(encode(Block(seq, (0,), ("loss",), np.array([[[float(seq)]]])), seq))
            messages.append(json.dumps({"type": "event", "run": 0, "kind": "first_rise", "step": seq}))
        messages.append(json.dumps({"type": "done", "status": "done", "outcomes": []}))
        left = self.breaks.pop(0) if self.breaks else len(messages)
        for message in messages[:left]:
            socket.send(message)
        if left < len(messages):
            socket.socket.close()


@pytest.fixture
def streaming():
    """Return a function that serves a stream, and what followed it."""

    def follow(handler, after=0, **options):
        with serve(handler, "127.0.0.1", 0, **options) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.socket.getsockname()[1]}/a/prefix"
            with Client(url) as client:
                return list(client.follow("e1", after))

    return follow


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_stream_goes_on_once_the_server_behind_a_proxy_is_back(streaming, status):
    handler, refused = Broken(3), [1, 2, 3]

    def proxy(connection, request):
        """Let the first connection through, and then none for a while."""
        return connection.respond(status, "Away.") if handler.asked and refused and refused.pop() else None

    parts = streaming(handler, process_request=proxy)
    assert [part.step for part in parts if isinstance(part, Block)] == [1, 2, 3, 4]
    assert refused == []


@pytest.mark.parametrize("breaks", [(), (2,), (3,), (4, 3, 2), (1, 1)])
def test_a_lost_stream_goes_on_without_a_gap_or_a_repetition(streaming, breaks):
    handler = Broken(*breaks)
    parts = streaming(handler)
    assert [part.step for part in parts if isinstance(part, Block)] == [1, 2, 3, 4]
    told = [part for part in parts if isinstance(part, dict)]
    assert [one["type"] for one in told] == ["hello", *["event"] * 4, "done"]
    assert [one["step"] for one in told if one["type"] == "event"] == [1, 2, 3, 4]
    assert {path for path, _ in handler.asked} == {"/a/prefix/api/experiments/e1/stream"}
    assert len(handler.asked) == len(breaks) + 1


def test_what_the_server_closes_a_stream_with_is_raised(streaming):
    with pytest.raises(ClientError, match="There is no such") as refused:
        streaming(lambda socket: socket.close(4404, "There is no such experiment."))
    assert refused.value.status == 404


def test_an_answer_of_a_newer_server_is_read_without_what_is_unknown():
    spec = {
        "problem": {"kind": "parabola", "hue": 3},
        "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1, "z": 1}}],
        "u": 2,
    }
    outcome = {"kind": "converged", "step": 3, "mood": "good", "notes": [], "evidence": {"x": 1}}
    run = {"loss": [1.0, "inf"], "lr": [0.1, 0.1], "params": [[1.0], ["nan"]], "outcome": outcome, "more": []}
    answers = {"/healthz": {"version": "9.0"}, "/api/experiments/e/trace": {"spec": spec, "runs": [run]}}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))
    with Client("http://here", transport=transport) as client:
        (found,) = client.trace("e")
    assert found.loss.tolist() == [1, np.inf]
    assert found.params.shape == (2, 1)
    assert found.outcome.step == 3


@pytest.mark.parametrize("health", [{"text": "ok"}, {"json": {"status": 429}}, {"json": []}])
def test_what_was_computed_is_not_lost_where_a_proxy_answers_for_the_servers_health(health):
    run = {"loss": [1.0], "lr": [0.1], "params": [[1.0]], "outcome": None}
    answers = {"/healthz": health, "/api/simulate": {"json": {"runs": [run]}}}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, **answers[request.url.path]))
    with Client("http://here", transport=transport) as client:
        found = client.simulate({"problem": {"kind": "parabola"}, "runs": [{}]})
    assert found[0].loss.tolist() == [1]
    assert found.provenance.version == "unknown"


def test_a_landscape_is_a_header_and_heights():
    body = write_container({"dtype": "<f4", "shape": [2, 3]}, np.arange(6, dtype="<f4").tobytes())
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    with Client("http://here", transport=transport) as client:
        header, heights = client.landscape({"kind": "bowl"})
    assert header["shape"] == [2, 3]
    assert heights.tolist() == [[0, 1, 2], [3, 4, 5]]

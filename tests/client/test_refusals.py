"""What a client says of what goes wrong before, beside and instead of a server."""

import inspect
import json
from urllib.parse import unquote, urlsplit

import httpx
import numpy as np
import pytest
from client_routes import GIVEN, PREFIX, ROUTES, Busy, arguments, asked, matches

from slalom import Comparison
from slalom.client import AsyncClient, Client, ClientError
from slalom.client.refusal import PROBLEM_TYPE
from slalom.errors import SpecError
from slalom.settings import Settings
from slalom.web.app import create_app

ODD_IDS = ["a/b", "../catalogue", "..", "id?wait=0", "id#x", "50%", "é ü"]


@pytest.mark.parametrize("odd", ODD_IDS)
def test_what_an_id_holds_leads_nowhere_else(odd):
    paths = create_app(Settings(store="sqlite://")).openapi()["paths"]
    for name, member in ROUTES.items():
        needed = inspect.signature(member.__wrapped__).parameters
        for place in {"id", "slug", "kind", "submission"} & set(needed):
            given = [odd if one == GIVEN.get(place) else one for one in arguments(member)]
            if given == arguments(member) or (place == "kind" and name != "view"):
                continue
            for request in asked(name, member, given):
                path = request.url.raw_path.decode().partition("?")[0].removeprefix(urlsplit(PREFIX).path)
                assert any(matches(known, path) for known in paths), (name, path)
                assert odd in unquote(path), (name, path)


def test_an_empty_id_is_no_list():
    with Client(PREFIX, transport=httpx.MockTransport(lambda request: httpx.Response(204))) as client:
        for name, member in ROUTES.items():
            if "id" in inspect.signature(member.__wrapped__).parameters:
                with pytest.raises(SpecError, match="empty name"):
                    getattr(client, name)(*["" if one == GIVEN["id"] else one for one in arguments(member)])


def test_numbers_of_numpy_are_sent_as_json_has_them():
    bodies = []

    def answer(request):
        bodies.append(json.loads(request.content))
        return httpx.Response(422, json={"detail": "No."})

    spec = {
        "problem": {"kind": "bowl"},
        "runs": [{"optimizer": {"kind": "sgd", "lr": np.float32(0.5)}, "start": np.array([1.0, np.nan])}],
        "steps": np.int64(3),
    }
    with Client("http://here", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(ClientError, match="No"):
            client.create(spec)
        with pytest.raises(ClientError, match="No"):
            client.vote("a", float("inf"))
        with pytest.raises(SpecError, match="type complex is not JSON"):
            client.create(spec | {"steps": 3j})
    assert bodies[0]["runs"][0] == {"optimizer": {"kind": "sgd", "lr": 0.5}, "start": [1.0, "nan"]}
    assert bodies[0]["steps"] == 3
    assert bodies[1]["value"] == "inf"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"url": "localhost:8000"}, "'localhost:8000' is no address of a server"),
        ({"url": "http://"}, "'http://' is no address of a server"),
        ({"url": "http://[::1"}, "is no address of a server"),
        ({"url": "http://here/?token=a-long-secret"}, "has no \\? and no #"),
        ({"token": "señor-señor-señor"}, "no HTTP header carries"),
        ({"token": "one\nanother"}, "no HTTP header carries"),
    ],
)
def test_an_address_or_a_token_that_cannot_be_one_is_refused_before_anything_is_sent(kind, given, sentence):
    with pytest.raises(SpecError, match=sentence):
        kind(**given)


def test_a_token_may_come_from_a_file_with_a_line_s_end():
    with Client("http://here", "a-long-secret\n") as client:
        assert client.headers == {"Authorization": "Bearer a-long-secret"}


LOGIN = httpx.Response(200, html="<html>Sign in</html>")
MOVED = httpx.Response(301, headers={"Location": "https://here/slalom"})


@pytest.mark.parametrize(("answer", "sentence"), [(LOGIN, "is no Slalom"), (MOVED, "leads on to https://here/slalom")])
@pytest.mark.parametrize("name", ROUTES)
def test_what_stands_before_a_server_is_named(name, answer, sentence):
    server = Busy(answer)
    with (
        Client("http://here", transport=httpx.MockTransport(server)) as client,
        pytest.raises(ClientError, match=sentence),
    ):
        getattr(client, name)(*arguments(ROUTES[name]))
    assert server.seen == 1


def test_the_health_of_another_server_is_none():
    for answer in (httpx.Response(200, json={"status": "ok"}), httpx.Response(200, json=[]), httpx.Response(502)):
        with (
            Client("http://here", transport=httpx.MockTransport(lambda request, said=answer: said)) as client,
            pytest.raises(ClientError),
        ):
            client.health()


def test_a_query_that_no_address_has_room_for_is_refused():
    with Client("http://here") as client, pytest.raises(ClientError, match="too much for an address") as refused:
        client.page(search="x" * 100_000)
    assert refused.value.status == 414


def test_a_slow_answer_is_no_server_that_is_gone():
    server = Busy(httpx.ReadTimeout("timed out"))
    with (
        Client("http://here", transport=httpx.MockTransport(server)) as client,
        pytest.raises(ClientError, match="did not answer in time") as refused,
    ):
        client.simulate(GIVEN["spec"])
    assert (refused.value.status, server.seen) == (504, 1)


def test_what_is_waited_for_may_take_longer():
    seen = []

    def answer(request):
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json={})

    with Client("http://here", timeout=5.0, transport=httpx.MockTransport(answer)) as client:
        client.get("e1", wait=30)
        client.get("e1")
    assert [(one["read"], one["connect"]) for one in seen] == [(35, 5), (5, 5)]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_whose_server_is_away_is_asked_again_where_nothing_can_be_done_twice(status, monkeypatch):
    monkeypatch.setattr("slalom.client.refusal.FIRST_PAUSE", 0.0)
    away = httpx.Response(status, html="<html>Away</html>")
    server = Busy(away, away)
    with Client("http://here", transport=httpx.MockTransport(server)) as client:
        assert client.datasets() == []
    assert server.seen == 3
    server = Busy(*[away] * 9)
    with Client("http://here", transport=httpx.MockTransport(server)) as client, pytest.raises(ClientError):
        client.datasets()
    assert server.seen == 9
    own = httpx.Response(status, json={"detail": "The store is away."}, headers={"Content-Type": PROBLEM_TYPE})
    with (
        Client("http://here", transport=httpx.MockTransport(Busy(own))) as client,
        pytest.raises(ClientError, match="The store is away"),
    ):
        client.datasets()


def test_ctrl_c_is_told_also_where_the_server_is_gone():
    def answer(request):
        if request.url.path == "/api/experiments":
            spec = Comparison.model_validate(GIVEN["spec"]).model_dump(mode="json", by_alias=True)
            return httpx.Response(201, json={"id": "e1", "name": "n", "kind": "comparison", "spec": spec})
        raise httpx.ReadError("gone")

    def stop(*_):
        raise KeyboardInterrupt
        yield

    with Client("http://here", transport=httpx.MockTransport(answer)) as client:
        client.follow = stop
        with pytest.raises(KeyboardInterrupt):
            client.run(GIVEN["spec"], progress=False)

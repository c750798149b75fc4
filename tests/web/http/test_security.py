"""Nobody comes in who should not: Host, Origin, token and size, on the wire and for every route there is."""

import hashlib
import http.client
import re
import socket

import httpx
import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute
from foreign_pages import HOSTS, origins
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from slalom.settings import Settings
from slalom.web.app import create_app
from slalom.web.http.security import POLICY
from slalom.web.http.visitors import WRONG_AT_ONCE

HTTP = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))
"""One for all: making one takes longer than most requests."""

APP = create_app(Settings())
HANDSHAKE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n".format(
        "dGhlIHNhbXBsZSBub25jZQ=="
    )
)
TOKEN = "a-long-secret"


MUTATING = [
    (method, route.path.replace("{id}", "000000000000"))
    for route in routes_of(APP, APIRoute)
    for method in route.methods - {"GET", "HEAD", "OPTIONS"}
]
SOCKETS = [route.path.replace("{id}", "000000000000") for route in routes_of(APP, WebSocketRoute)]


def raw(port, request):
    """Send bytes as they are, and return the status of the answer (0 where the connection was closed)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        try:
            answer.begin()
        except (http.client.HTTPException, ConnectionError):
            return 0
        return answer.status


@pytest.mark.parametrize("upgrade", ["", HANDSHAKE], ids=["http", "websocket"])
@pytest.mark.parametrize(("hosts", "ours"), HOSTS, ids=lambda value: ",".join(value) if isinstance(value, list) else "")
def test_only_our_own_names_are_answered(quiet_once, hosts, ours, upgrade):
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    path = "/api/preview" if upgrade else "/api/limits"
    status = raw(quiet_once.port, f"GET {path} HTTP/1.1\r\n{lines}{upgrade}Accept: */*\r\n\r\n".encode())
    assert status in ((101 if upgrade else 200,) if ours else (0, 400, 403))


@pytest.fixture(scope="module")
def quiet_once(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house"), allowed_hosts="friend.example") as house:
        yield house


def test_no_other_page_opens_a_socket(quiet_once):
    tried = 0
    for path in SOCKETS:
        for origin in origins(quiet_once.port):
            lines = "".join(f"Origin: {one}\r\n" for one in origin)
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{quiet_once.port}\r\n{lines}{HANDSHAKE}\r\n"
            assert raw(quiet_once.port, request.encode()) in (400, 403), (path, origin)
            tried += 1
    assert tried == 48


def test_our_own_page_opens_every_socket(quiet_once):
    for path in SOCKETS:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{quiet_once.port}\r\n"
        request += f"Origin: http://127.0.0.1:{quiet_once.port}\r\nSec-Fetch-Site: same-origin\r\n{HANDSHAKE}\r\n"
        assert raw(quiet_once.port, request.encode()) == 101, path


@pytest.mark.parametrize(("method", "path"), MUTATING)
def test_no_other_page_changes_anything(quiet_once, method, path):
    port = quiet_once.port
    foreign = [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none", "")]
    foreign += [{"Origin": origin[0]} for origin in origins(port) if len(origin) == 1]
    foreign += [{"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"}]
    for headers in foreign:
        answer = HTTP.request(method, quiet_once.http + path, headers=headers, json={})
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json"), headers
    for headers in ({}, {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}):
        assert HTTP.request(method, quiet_once.http + path, headers=headers, json={}).status_code != 403


def test_every_route_that_changes_something_was_tried():
    paths = {path for _, path in MUTATING}
    assert "/api/simulate" in paths
    assert "/api/experiments/000000000000/fork" in paths
    assert ("DELETE", "/api/experiments/000000000000") in MUTATING
    assert len(SOCKETS) == 3


def test_reading_changes_nothing():
    getters = [route for route in routes_of(APP, APIRoute) if "GET" in route.methods]
    assert getters
    assert not [route.path for route in getters if route.methods - {"GET", "HEAD"}]


def test_an_allowed_origin_may_use_the_server(quiet):
    house = quiet(allowed_origins="https://class.example")
    headers = {"Origin": "https://class.example", "Sec-Fetch-Site": "cross-site"}
    assert HTTP.post(f"{house.http}/api/experiments/000000000000/cancel", headers=headers).status_code == 404
    assert HTTP.post(f"{house.http}/api/simulate", headers={"Origin": "https://evil.example"}).status_code == 403


FRIEND = "https://class.example"
CLOSED = [
    "http://evil.example",
    "null",
    "",
    f"{FRIEND}:8443",
    f"{FRIEND}.evil.example",
    "http://class.example",
    FRIEND.upper(),
]
"""Origins whose pages may not use a server that allows one."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory, quiet_server):
    """Yield a server with a token that allows the pages of another origin."""
    with quiet_server(tmp_path_factory.mktemp("shared"), allowed_origins=f"{FRIEND}/", token=TOKEN) as house:
        yield house


def preflight(house, origin, method="POST", headers="authorization,content-type", path="/api/simulate", **more):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return HTTP.options(house.http + path, headers=asked | more)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_page_of_an_allowed_origin_may_ask_for_everything(shared, method):
    answer = preflight(shared, FRIEND, method, path="/api/experiments/000000000000")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert method in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", CLOSED)
def test_a_page_of_another_origin_may_neither_ask_nor_read(shared, origin):
    refused = preflight(shared, origin)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        for method in ("GET", "POST"):
            path = "/api/limits" if method == "GET" else "/api/experiments/000000000000/cancel"
            answer = HTTP.request(method, shared.http + path, headers={"Origin": origin, **headers})
            assert "access-control-allow-origin" not in answer.headers
            assert method == "GET" or answer.status_code == 403


@pytest.mark.parametrize(("method", "headers"), [("TRACE", ""), ("PURGE", ""), ("GET", "x-else"), ("GET", "cookie, x")])
def test_nothing_but_what_our_own_pages_send_is_allowed(shared, method, headers):
    assert preflight(shared, FRIEND, method, headers).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/api/limits", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("GET", "/api/catalogue", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("GET", "/healthz", {}, 200),
        ("GET", "/api/limits", {}, 403),
        ("POST", "/api/simulate", {}, 403),
        ("GET", "/api/nothing-here", {"Authorization": f"Bearer {TOKEN}"}, 404),
        ("POST", "/api/simulate", {"Authorization": f"Bearer {TOKEN}"}, 422),
        ("GET", f"/api/limits?{'x' * 5000}", {"Authorization": f"Bearer {TOKEN}"}, 413),
        ("POST", "/api/simulate", {"Authorization": f"Bearer {TOKEN}", "Sec-Fetch-Site": "same-site"}, 422),
    ],
)
def test_a_page_of_an_allowed_origin_reads_answers_and_refusals(shared, method, path, headers, status):
    answer = HTTP.request(method, shared.http + path, headers={"Origin": FRIEND} | headers, json={})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "Origin" in answer.headers["vary"]
    assert {"ETag", "Retry-After", "Content-Disposition"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )
    assert answer.headers["content-security-policy"] == POLICY.format("'none'")


def test_a_preflight_is_answered_by_our_own_names_only(shared):
    refused = preflight(shared, FRIEND, Host="evil.example")
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_the_token_s_cookie_is_believed_from_an_allowed_page_and_from_no_other(shared):
    with httpx.Client(base_url=shared.http) as browser:
        assert browser.get("/", params={"token": TOKEN}).status_code == 303
        cancel = "/api/experiments/000000000000/cancel"
        for origin, status in ((FRIEND, 404), *((one, 403) for one in CLOSED)):
            assert (
                browser.post(cancel, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}).status_code == status
            )


def test_a_server_that_allows_no_other_origin_says_nothing_of_origins(quiet_once):
    assert preflight(quiet_once, FRIEND).status_code == 405
    for path in ("/api/limits", "/healthz"):
        answer = HTTP.get(quiet_once.http + path, headers={"Origin": FRIEND})
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_public_address_is_one_of_our_own(quiet):
    house = quiet(public_url="https://hub.example/user/ann/")
    own = {"Origin": "https://hub.example", "Sec-Fetch-Site": "same-origin"}
    for host in ("hub.example", "HUB.example:443", f"127.0.0.1:{house.port}"):
        assert HTTP.get(f"{house.http}/api/limits", headers={"Host": host}).status_code == 200
        for path in ("/user/ann/api/simulate", "/api/simulate"):
            assert HTTP.post(house.http + path, headers=own | {"Host": host}, json={}).status_code == 422
    for origin in ("https://hub.example.evil.example", "http://hub.example", "https://hub.example:8443", "null"):
        headers = own | {"Origin": origin, "Host": "127.0.0.1:8000"}
        assert HTTP.post(f"{house.http}/api/simulate", headers=headers, json={}).status_code == 403
    foreign = own | {"Sec-Fetch-Site": "cross-site"}
    assert HTTP.post(f"{house.http}/api/simulate", headers=foreign, json={}).status_code == 403
    assert HTTP.get(f"{house.http}/api/limits", headers={"Host": "evil.example"}).status_code == 403
    answer = HTTP.get(f"{house.http}/api/limits", headers=own)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_unspecified_address_is_reached_by_number_but_not_by_a_strange_name(quiet):
    house = quiet(host="0.0.0.0", auth=False)
    for host, status in (("192.168.7.9:8000", 200), ("[fe80::1]", 200), ("evil.example", 403)):
        assert HTTP.get(f"{house.http}/healthz", headers={"Host": host}).status_code == status


def test_without_the_token_nothing_but_healthz_answers(quiet):
    house = quiet(token=TOKEN)
    assert HTTP.get(f"{house.http}/healthz").status_code == 200
    readable = [route.path.replace("{id}", "000000000000") for route in routes_of(APP, APIRoute)]
    for path in {*readable, "/workbench/main.js", "/openapi.json", "/docs", "/"} - {"/healthz"}:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Cookie": "slalom=x"},
        ):
            wrong = "Bearer wrong" in headers.values()
            # Whoever brings wrong tokens has to wait after some.
            assert HTTP.get(house.http + path, headers=headers).status_code in ((403, 429) if wrong else (403,)), path
    for method, path in MUTATING:
        assert HTTP.request(method, house.http + path, json={}).status_code == 403, path
    for path in SOCKETS:
        with pytest.raises(InvalidStatus) as refused, connect(house.ws + path):
            pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("path", "asked"), [("/library", True), ("/", True), ("/api/limits", False), ("/workbench/main.js", False)]
)
def test_somebody_who_opens_a_page_is_asked_for_the_token_there(quiet, path, asked):
    house = quiet(token=TOKEN)
    answer = HTTP.get(house.http + path, headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 403
    assert ("<form" in answer.text) is asked


def test_with_the_token_everything_answers(quiet):
    house = quiet(token=TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert HTTP.get(f"{house.http}/api/limits", headers=headers).status_code == 200
    assert HTTP.post(f"{house.http}/api/experiments/000000000000/cancel", headers=headers).status_code == 404
    with connect(f"{house.ws}/api/preview", additional_headers=headers) as opened:
        assert opened.response.status_code == 101


def test_a_browser_signs_in_once_and_its_cookie_is_of_no_use_to_other_pages(quiet):
    house = quiet(token=TOKEN)
    with httpx.Client(base_url=house.http) as browser:
        assert browser.get("/", params={"token": "wrong-secret"}).status_code == 403
        answer = browser.get("/", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert TOKEN not in answer.headers["set-cookie"]
        assert browser.get("/api/limits").status_code == 200
        cancel = "/api/experiments/000000000000/cancel"
        assert browser.post(cancel).status_code == 403
        assert browser.post(cancel, headers={"Origin": house.http}).status_code == 404
        assert browser.post(cancel, headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_form_that_asks_for_the_token_does_not_put_it_into_the_address(quiet):
    house = quiet(token=TOKEN)
    own = {"Origin": house.http, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=house.http) as browser:
        page = browser.get("/library", headers={"Accept": "text/html"}).text
        assert re.search(r'<form action="\./" method="post">', page)
        for form, headers, status in (
            ({"token": "wrong-secret"}, own, 403),
            ({}, own, 403),
            ({"token": TOKEN}, own | {"Origin": "http://evil.example"}, 403),
            ({"token": "x" * house.settings.body_bytes}, own, 413),
            ({"token": TOKEN}, own, 303),
        ):
            answer = browser.post("/", data=form, headers=headers)
            assert answer.status_code == status
            assert ("set-cookie" in answer.headers) is (status == 303)
        assert browser.get("/api/limits").status_code == 200


@pytest.mark.parametrize(
    "settings", [{}, {"mode": "public"}, {"mode": "class"}], ids=lambda one: one.get("mode", "local")
)
def test_who_guesses_the_token_has_to_wait_and_who_has_brought_it_does_not(quiet, settings):
    house = quiet(token=TOKEN, **settings)
    with httpx.Client(base_url=house.http) as browser, httpx.Client(base_url=house.http) as guesser:
        if "class" in settings.values():
            browser.post("/api/room/teacher", json={"secret": TOKEN})
        else:
            assert browser.get("/", params={"token": TOKEN}).status_code == 303
        tried = [guesser.get("/api/limits", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(40)]
        assert [one.status_code for one in tried[:WRONG_AT_ONCE]] == [403] * WRONG_AT_ONCE
        # One more may have come back meanwhile.
        assert {one.status_code for one in tried[WRONG_AT_ONCE + 2 :]} == {429}
        assert int(tried[-1].headers["retry-after"]) >= 1
        right = guesser.get("/api/limits", headers={"Authorization": f"Bearer {TOKEN}"})
        assert right.status_code == 429
        assert browser.get("/api/limits").status_code == 200
        assert guesser.get("/healthz").status_code == 200
        forged = hashlib.sha256(b"slalom cookie " + TOKEN.encode()).hexdigest()
        assert guesser.get("/api/limits", headers={"Cookie": f"slalom={forged}"}).status_code == 403
        house.app.state.server.visitors.wrong.of("127.0.0.1").left = 1
        assert guesser.get("/api/limits", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_so_many_wrong_tokens_at_once_and_then_so_many_an_hour(quiet):
    house = quiet(token=TOKEN)
    allowed = house.app.state.server.visitors.wrong.of("127.0.0.1")
    for left, status in ((2.0, 403), (1.0, 403), (0.0, 429)):
        allowed.left, allowed.per_hour = left, 1e-9
        answer = HTTP.get(f"{house.http}/api/limits", headers={"Authorization": "Bearer wrong-secret"})
        assert answer.status_code == status


def test_every_answer_has_the_security_headers(quiet_once):
    for path in ("/", "/healthz", "/nope", "/api/limits", "/docs"):
        headers = HTTP.get(quiet_once.http + path).headers
        assert headers["content-security-policy"] == POLICY.format("'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    refused = HTTP.get(f"{quiet_once.http}/", headers={"Host": "evil.example"})
    assert refused.headers["content-security-policy"] == POLICY.format("'none'")


def test_the_policy_is_the_one_that_was_checked_in_browsers():
    assert POLICY.format("'none'") == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(("over", "status"), [(-1, 400), (0, 400), (1, 413)])
def test_a_body_may_be_as_large_as_the_limit(quiet_once, over, status):
    size = quiet_once.settings.body_bytes + over
    headers = {"Content-Type": "application/json"}
    url = f"{quiet_once.http}/api/simulate"
    for body in (b"x" * size, iter([b"x" * (size // 2), b"x" * (size - size // 2)])):
        answer = HTTP.post(url, content=body, headers=headers)
        assert answer.status_code == status
        assert status == 400 or (answer.json()["limit"], answer.json()["setting"]) == (262_144, "SLALOM_BODY_BYTES")


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_a_query_may_be_as_long_as_the_limit(quiet_once, over, status):
    query = "x" * (quiet_once.settings.query_bytes + over)
    assert HTTP.get(f"{quiet_once.http}/api/limits?{query}").status_code == status


@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_headers_may_be_as_large_as_the_limit(quiet_once, over, status):
    head = "Host: localhost\r\nX-Long: "
    used = len("Hostlocalhost") + 4 + len("X-Long") + 4
    long = "x" * (quiet_once.settings.header_bytes - used + over)
    assert raw(quiet_once.port, f"GET /api/limits HTTP/1.1\r\n{head}{long}\r\n\r\n".encode()) == status


def test_a_megabyte_of_ranges_is_refused(quiet_once):
    try:
        answer = HTTP.get(f"{quiet_once.http}/workbench/main.js", headers={"Range": "bytes=" + "0-1," * 250_000})
    except httpx.HTTPError:
        return
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("setting", ["sockets", "sockets_per_client"])
def test_so_many_sockets_and_no_more(quiet, setting):
    house = quiet(**{setting: 2})
    with connect(f"{house.ws}/api/preview") as first, connect(f"{house.ws}/api/preview") as second:
        with connect(f"{house.ws}/api/preview") as third, pytest.raises(ConnectionClosed) as closed:
            third.recv(timeout=10)
        assert closed.value.rcvd.code == 1013
        assert first.response.status_code == second.response.status_code == 101
    with connect(f"{house.ws}/api/preview") as fourth:
        fourth.send("nope")
        assert "Not JSON" in fourth.recv(timeout=10)


def test_the_server_does_not_say_what_it_is_made_of(api):
    assert "server" not in api.get("/healthz").headers

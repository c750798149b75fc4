"""Behind a proxy: its path, left or taken away, is the same; only declared proxies say who asks, and where we are."""

import asyncio
import re
from urllib.parse import urljoin

import httpx
import pytest
from websockets.sync.client import connect

from slalom.errors import SettingsError
from slalom.settings import Settings
from slalom.web.http.access import check_base_path
from slalom.web.http.proxies import BehindProxies, address_of, is_secure
from slalom.web.http.visitors import cookie_header
from slalom.web.static.files import frontend
from slalom.web.static.relative import depth_of, root_of
from slalom.web.static.slash import SLASH_SCRIPT

HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))
ROOT = "/user/ann@x.example/slalom"
PAGE = {"Accept": "text/html"}
TOKEN = "a-long-secret"
SPEC = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}


def seen(settings, path="/", peer="10.0.0.7", kind="http", root_path="", raw=None, **headers):
    """Return the scope of a request as the application sees it."""
    found = []

    async def app(scope, receive, send):
        del receive, send
        found.append(scope)

    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": kind,
        "scheme": "http" if kind == "http" else "ws",
        "client": (peer, 1) if peer else None,
        "path": path,
        "raw_path": (raw or path).encode(),
        "root_path": root_path,
        "headers": [(b"host", b"inside:8000"), *named],
    }
    asyncio.run(BehindProxies(app, settings)(scope, None, None))
    return found[0]


def host_of(scope):
    return [value.decode() for name, value in scope["headers"] if name == b"host"]


@pytest.mark.parametrize(
    ("root", "path", "becomes"),
    [
        ("", "/library", "/library"),
        ("/slalom", "/library", "/library"),
        ("/slalom", "/slalom/library", "/library"),
        ("/slalom", "/slalom/", "/"),
        ("/slalom", "/slalom", ""),
        ("/slalom", "/slalomon", "/slalomon"),
        ("/slalom", "/slalom/slalom/x", "/slalom/x"),
        ("/a/b/c", "/a/b/c/lessons/x", "/lessons/x"),
        ("/a/b/c", "/a/b/x", "/a/b/x"),
        ("/user/a%40x", "/user/a@x/map", "/map"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_path_begins_at_our_own_root_whether_the_proxy_takes_its_own_away_or_not(root, path, becomes, kind):
    scope = seen(Settings(root_path=root), path, kind=kind)
    assert (scope["path"], root_of(scope), scope["root_path"]) == (becomes, root, "")
    assert scope["raw_path"].decode() == becomes
    assert seen(Settings(), path, kind=kind, root_path=root)["path"] == becomes


def test_depth_is_counted_below_the_path_of_the_proxy():
    settings = Settings(root_path="/user/a%40x")
    assert depth_of(seen(settings, "/user/a@x/lessons/b c", raw="/user/a%40x/lessons/b%20c")) == 1
    assert depth_of(seen(settings, "/lessons/b c", raw="/lessons/b%20c")) == 1


SAID = {
    "x_forwarded_for": "203.0.113.9",
    "x_forwarded_proto": "https",
    "x_forwarded_host": "class.example",
    "x_forwarded_prefix": "/forwarded",
}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("proxies", "peer", "believed"),
    [
        ("", "10.0.0.7", False),
        ("", "127.0.0.1", False),
        ("127.0.0.1", "10.0.0.7", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.0/30", "10.0.0.4", False),
        ("10.0.0.0/30", "10.0.0.3", True),
        ("192.168.0.1, 10.0.0.7", "10.0.0.7", True),
        ("fd00::/8", "fd00::7", True),
        ("fd00::/8", "fe80::7", False),
        ("10.0.0.7", None, False),
        ("*", "203.0.113.1", True),
        ("*", None, True),
    ],
)
def test_only_a_declared_proxy_says_who_asks_and_where_we_are(proxies, peer, believed, kind):
    settings = Settings(trusted_proxies=proxies, root_path="/slalom")
    plain, scope = seen(settings, "/x", peer, kind), seen(settings, "/x", peer, kind, **SAID)
    if not believed:
        assert {**scope, "headers": host_of(scope)} == {**plain, "headers": host_of(plain)}
        return
    secure = "https" if kind == "http" else "wss"
    assert (scope["client"][0], scope["scheme"], host_of(scope)) == ("203.0.113.9", secure, ["class.example"])
    assert (root_of(scope), scope["path"]) == ("/forwarded", "/x")
    assert seen(settings, "/forwarded/x", peer, kind, **SAID)["path"] == "/x"


@pytest.mark.parametrize(
    ("headers", "client", "host", "root"),
    [
        ({"x_forwarded_for": "198.51.100.1, 203.0.113.9, 10.0.0.8"}, "203.0.113.9", "inside:8000", "/slalom"),
        ({"x_forwarded_host": "forged.example, class.example:8443"}, "10.0.0.7", "class.example:8443", "/slalom"),
        ({"x_forwarded_host": " "}, "10.0.0.7", "inside:8000", "/slalom"),
        ({"x_forwarded_prefix": "/below/"}, "10.0.0.7", "inside:8000", "/below"),
        ({"x_forwarded_prefix": "//evil.example"}, "10.0.0.7", "inside:8000", "/slalom"),
        ({"x_forwarded_prefix": "/a;Domain=x"}, "10.0.0.7", "inside:8000", "/slalom"),
        ({"x_forwarded_prefix": "/"}, "10.0.0.7", "inside:8000", "/slalom"),
    ],
)
def test_of_several_words_the_nearest_proxys_counts_and_what_is_no_path_does_not(headers, client, host, root):
    scope = seen(Settings(trusted_proxies="10.0.0.0/8", root_path="/slalom"), **headers)
    assert (scope["client"][0], host_of(scope), root_of(scope)) == (client, [host], root)


@pytest.mark.parametrize(
    ("settings", "headers", "address", "secure"),
    [
        ({}, {}, "http://inside:8000", False),
        ({"root_path": "/slalom"}, {}, "http://inside:8000/slalom", False),
        ({"trusted_proxies": "*"}, SAID, "https://class.example/forwarded", True),
        ({"public_url": "https://hub.example/a/"}, SAID, "https://hub.example/a", False),
        ({"public_url": "https://inside:8000/a/"}, {}, "https://inside:8000/a", True),
    ],
)
def test_the_address_that_is_given_away(settings, headers, address, secure):
    settings = Settings(**settings)
    scope = seen(settings, **headers)
    assert (address_of(settings, scope), is_secure(settings, scope)) == (address, secure)


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("", False),
        ("/slalom", False),
        ("/user/ann/proxy/8000", False),
        ("/proxy/absolute/8000", False),
        ("/tools/lessons", False),
        ("/lessons", True),
        ("/api/slalom", True),
        ("/library", True),
        ("/css", True),
        ("/bundle", True),
        ("/map", True),
        ("/desk", True),
        ("/de", True),
        ("/embed/x", True),
    ],
)
def test_slalom_is_not_below_a_path_that_could_be_its_own(path, refused):
    if refused:
        with pytest.raises(SettingsError, match=f"cannot be below {path}: .* Choose another path"):
            check_base_path(path)
    else:
        check_base_path(path)


def test_a_cookie_is_for_the_path_below_which_we_are():
    for given, path in (("", "/"), (ROOT, ROOT)):
        scope = seen(Settings(root_path=given))
        _, value = cookie_header(Settings(root_path=given), scope, "c", "v")
        assert f"; Path={path}; " in value.decode()


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    """Yield a class behind a proxy whose path it knows."""
    settings = {"mode": "class", "host": "127.0.0.1", "token": TOKEN, "frame_ancestors": "https://lms.example"}
    with quiet_server(tmp_path_factory.mktemp("house"), root_path=ROOT, **settings) as house:
        yield house


@pytest.fixture(params=["", ROOT], ids=["taken away", "left"])
def base(request, house):
    """The address of the class, as a proxy asks for it that takes its path away, or leaves it."""
    return house.http + request.param


def named(page):
    return re.findall(r'(?:src|href|data-plotly)="([^"#?][^"#]*)"', page)


def test_everything_that_a_page_names_is_there_however_the_proxy_asks(house, base):
    head = {"Authorization": f"Bearer {TOKEN}", "Accept": "text/html"}
    for path in ("/", "/library", "/lessons/ravines", "/desk", "/join", "/no/such/page"):
        page = HTTP.get(base + path, headers=head)
        assert page.status_code == (404 if "such" in path else 200), path
        found = named(page.text)
        assert len(found) >= 3
        for address in found:
            # What a browser asks the proxy for, below its path, and the proxy us.
            there = urljoin(f"https://hub.example{ROOT}{path}", address)
            assert there.startswith(f"https://hub.example{ROOT}/"), address
            inside = there.removeprefix(f"https://hub.example{ROOT}")
            assert HTTP.get(base + inside, headers=head).status_code == 200, address


def test_redirects_lead_within_the_path_of_the_proxy(base):
    for path, leads in (("/", "/join"), ("/library", "/join?to=/library"), ("/lessons/x", "/join?to=/lessons/x")):
        answer = HTTP.get(base + path, headers=PAGE)
        assert answer.status_code == 303
        assert (
            urljoin(f"https://hub.example{ROOT}{path}", answer.headers["location"])
            == f"https://hub.example{ROOT}{leads}"
        )
    HTTP.cookies.clear()


def test_who_leaves_out_the_last_slash_is_led_on_but_not_by_another_name(house):
    for query in ("", "?token=x&a=%2F"):
        answer = HTTP.get(house.http + ROOT + query)
        assert answer.status_code == 307
        assert urljoin(f"https://hub.example{ROOT}", answer.headers["location"]) == f"https://hub.example{ROOT}/{query}"
    assert HTTP.get(house.http + ROOT, headers={"Host": "evil.example"}).status_code == 403


def test_whoever_is_led_on_or_asked_for_the_token_gets_the_last_slash_first(house, quiet):
    behind = PAGE | {"X-Forwarded-Prefix": "/proxy/8000"}
    to_door = HTTP.get(house.http, headers=behind)
    assert (to_door.status_code, to_door.headers["cache-control"]) == (200, "no-store")
    assert '<script src="?slash" data-to="./join"></script>' in to_door.text
    assert HTTP.get(f"{house.http}/library", headers=behind).headers["location"] == "./join?to=/library"
    alone = quiet(token=TOKEN)
    asked = HTTP.get(alone.http, headers=behind)
    assert (asked.status_code, '<script src="?slash"></script>' in asked.text) == (403, True)
    assert "?slash" not in HTTP.get(alone.http, headers=PAGE).text
    script = HTTP.get(f"{alone.http}/?slash")
    assert (script.status_code, script.text) == (200, (frontend() / SLASH_SCRIPT).read_text("utf-8")), (
        "Nobody is asked for a token for it."
    )
    given = HTTP.get(f"{alone.http}/?token={TOKEN}", headers=behind)
    assert given.headers["set-cookie"].startswith("slalom=")
    assert 'data-to="./"' in given.text
    HTTP.cookies.clear()


def test_who_joins_is_known_below_the_path_and_gets_addresses_with_it(house, base):
    code = house.app.state.server.room.record.code
    joined = HTTP.post(f"{base}/api/room/join", json={"code": code})
    cookie = joined.headers["set-cookie"]
    assert f"; Path={ROOT};" in cookie
    held = {"Cookie": cookie.partition(";")[0], "Origin": house.http}
    assert HTTP.get(f"{base}/api/room", headers=held).json()["role"] == "student"
    assert joined.json()["address"].endswith(f":{house.port}{ROOT}/join")
    with connect(f"{base.replace('http', 'ws', 1)}/api/room/live", additional_headers=held) as live:
        assert "stage" in live.recv(timeout=10)
    head = {"Authorization": f"Bearer {TOKEN}"}
    made = HTTP.post(f"{base}/api/embed", json={"lesson": "momentum"}, headers=head).json()
    assert made["url"].startswith(f"{house.http}{ROOT}/embed?ticket=")
    opened = HTTP.get(made["url"])
    assert urljoin(f"https://hub.example{ROOT}/embed", opened.headers["location"]).endswith(f"{ROOT}/lessons/momentum")
    assert all(f"; Path={ROOT};" in one for one in opened.headers.get_list("set-cookie"))
    chosen = HTTP.get(f"{base}/library?lang=de", headers=head)
    assert f"Path={ROOT};" in chosen.headers["set-cookie"]
    HTTP.cookies.clear()


def test_what_is_given_away_begins_with_the_public_address(quiet):
    house = quiet(mode="class", token=TOKEN, frame_ancestors="https://lms.example", public_url="https://hub.example/a/")
    head = {"Authorization": f"Bearer {TOKEN}", "Host": "hub.example"}
    assert HTTP.get(f"{house.http}/api/room", headers=head).json()["address"] == "https://hub.example/a/join"
    made = HTTP.post(f"{house.http}/api/embed", json={"lesson": "momentum"}, headers=head).json()
    assert made["url"].startswith("https://hub.example/a/embed?ticket=")
    assert 'title="Slalom on hub.example"' in made["html"]
    for path in ("/a/library", "/library", "/a/lessons/ravines"):
        page = HTTP.get(house.http + path, headers=head)
        assert 'data-public="https://hub.example/a/"' in page.text
    given = HTTP.post(f"{house.http}/api/room/teacher", json={"secret": TOKEN}, headers={"Host": "hub.example"})
    assert given.headers["set-cookie"].endswith("; Secure; Partitioned")
    assert "; Path=/a; " in given.headers["set-cookie"]


@pytest.mark.parametrize("proxies", ["", "10.0.0.0/8", "127.0.0.1"])
def test_who_says_that_they_are_many_are_one_unless_a_declared_proxy_says_so(quiet, proxies):
    house = quiet(mode="class", token=TOKEN, visitors_per_address=2, trusted_proxies=proxies)
    code = house.app.state.server.room.record.code
    statuses = [
        HTTP.post(
            f"{house.http}/api/room/join", json={"code": code}, headers={"X-Forwarded-For": f"203.0.113.{i}"}
        ).status_code
        for i in range(4)
    ]
    HTTP.cookies.clear()
    assert statuses == ([200] * 4 if proxies == "127.0.0.1" else [200, 200, 429, 429])


@pytest.mark.parametrize("believed", [False, True])
def test_a_forged_name_scheme_or_path_changes_nothing_but_a_declared_proxys_does(quiet, believed):
    house = quiet(allowed_hosts="class.example", trusted_proxies="127.0.0.1" if believed else "")
    said = {name.replace("_", "-"): value for name, value in SAID.items()}
    post = f"{house.http}/api/experiments/000000000000/cancel"
    ours = {"Origin": house.http, "Sec-Fetch-Site": "same-origin"}
    theirs = {"Origin": "https://class.example", "Sec-Fetch-Site": "same-origin"}
    passes, refused = (theirs, ours) if believed else (ours, theirs)
    assert HTTP.post(post, headers=said | passes).status_code == 404
    assert HTTP.post(post, headers=said | refused).status_code == 403
    evil = said | {"x-forwarded-host": "evil.example"}
    assert HTTP.get(f"{house.http}/api/limits", headers=evil).status_code == (403 if believed else 200)
    assert HTTP.get(f"{house.http}/forwarded/api/limits", headers=said).status_code == (200 if believed else 404)

"""What is put into an address, a name or a query stays text: no file, no statement, no header and no line of a log."""

import json
import os
import re
import socket

import httpx
import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import WebSocketRoute

from slalom.settings import Settings
from slalom.storage.tables import metadata
from slalom.web.api.description.openapi import describe_routes
from slalom.web.app import create_app

APP = create_app(Settings())
DESCRIPTION = describe_routes(APP)
ID = "000000000000"

UP = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%2e%2e%5c", "..%c0%af", "..%e0%80%af", "....//", "..;/")
UP += ("%252e%252e%252f", "..%252f", ".%2e/", "%u002e%u002e/", "..%00/", "..%0d/", "\u2025/".encode().decode("latin-1"))
TARGETS = ("etc/passwd", "pyproject.toml", "backend/slalom/settings.py")
ALONE = (
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "file:%2f%2f/etc/passwd"),
    *("\\\\host\\share\\x", "%5c%5chost%5cshare", "C:/windows/win.ini", "C:%5cwindows%5cwin.ini", "con", "nul.js"),
    *("%00", "a%00.js", "%0d%0aX-Injected:%20yes", "%0aSet-Cookie:%20a=b", "%e2%80%ae.js", "%ff%fe", "~root/x"),
    *("$HOME", "${HOME}", "`id`", "$(id)", "|id", ";id", "*", "%3f", "%23", "a" * 3000, "%2e" * 900),
)
TRAVERSALS = [up * depth + target for up in UP for depth, target in zip((1, 3, 8), TARGETS, strict=True)] + [*ALONE]
PLACES = (
    "/{}",
    "/css/{}",
    "/de/{}",
    "/lessons/{}",
    "/plotly-{}.min.js",
    "/api/lessons/{}",
    "/api/datasets/{}",
    "/api/experiments/{}",
    "/api/experiments/{}/trace?format=csv",
    "/api/experiments/" + ID + "/views/{}",
    "/embed?ticket={}",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def client(house):
    with httpx.Client(base_url=house.http, timeout=30) as client:
        yield client


def answered(house, path):
    """Send a path byte for byte; return the status, the lines of the head and the body."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as raw:
        raw.sendall(request.encode("latin-1"))
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head.split(b"\r\n"), body


def test_there_are_enough_of_them():
    assert len(set(TRAVERSALS)) >= 80


@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_to_another_file(house, place):
    for path in TRAVERSALS:
        status, head, body = answered(house, place.format(path))
        assert status in (303, 307, 400, 403, 404, 413, 422), (place, path)
        assert not any(line.lower().startswith((b"x-injected", b"set-cookie")) for line in head), (place, path)
        assert b"root:" not in body, (place, path)
        assert b"[build-system]" not in body, (place, path)
        assert b"class Settings" not in body, (place, path)


NTH = int(os.environ.get("EVERY_NTH_CASE", "1"))
"""One of how many statements each parameter is given; another one each."""
STATEMENTS = (
    *(
        "'",
        '"',
        "';",
        "' OR '1'='1",
        '" OR "1"="1',
        "1 OR 1=1",
        "1; DROP TABLE experiment",
        "'; DROP TABLE experiment; --",
    ),
    *("' UNION SELECT id, spec FROM experiment --", "1 UNION ALL SELECT NULL, NULL --", "0x27", "%27", "\\'", "''"),
    *("') OR ('a'='a", "1' AND 1=randomblob(100000000) --", "1); ATTACH DATABASE '/tmp/x' AS x --", "1/**/OR/**/1=1"),
    *(
        "'||(SELECT hex(key) FROM signing)||'",
        "1; PRAGMA writable_schema=1",
        "pg_sleep(5)",
        "'; SELECT pg_sleep(5); --",
    ),
    *("$$x$$", "a' ESCAPE '%", "%' --", "_", "\u02bc OR 1=1", "\uff07 OR 1=1"),
)


def parameters():
    """Every parameter that an address has: where it is, its method and path, its name."""
    for path, operations in DESCRIPTION["paths"].items():
        for method, about in operations.items():
            for one in about.get("parameters", []):
                if one["in"] in ("query", "path"):
                    yield method.upper(), path, one["in"], one["name"]


def kept(house):
    """Return everything that is stored."""
    with house.store.database.read() as connection:
        return {table.name: [*map(tuple, connection.execute(table.select()))] for table in metadata.sorted_tables}


def test_no_parameter_is_a_statement(house, client):
    id = house.create(chunks=2)
    house.finish(id)
    client.get("/api/experiments")
    before, tried = kept(house), set()
    for method, path, where, name in parameters():
        if method not in ("GET", "POST"):
            continue
        for statement in STATEMENTS[len(tried) % NTH :: NTH]:
            known = (
                re.sub(r"\{id\}", id, path)
                if where == "query"
                else path.replace(f"{{{name}}}", httpx.URL(path=statement).raw_path.decode() or "x")
            )
            known = re.sub(r"\{\w+\}", "0", known)
            query = {name: statement} if where == "query" else {}
            answer = client.request(method, known, params=query, json={} if method == "POST" else None)
            assert answer.status_code < 500 or answer.status_code == 503, (method, path, name, statement)
            assert "syntax error" not in answer.text.lower(), (method, path, name, statement)
        tried.add((path, name))
    assert kept(house) == before
    assert len(tried) > 40


def test_what_only_reads_cannot_write(store):
    for table in metadata.sorted_tables:
        with pytest.raises(SQLAlchemyError), store.database.reader.connect() as connection:
            connection.execute(table.delete())


NAMES = (
    *(
        "<script>pwn=1</script>",
        "<img src=x onerror=pwn=1>",
        "<svg onload=pwn=1>",
        '"><script>pwn=1</script>',
        "'-pwn=1-'",
    ),
    *(
        "javascript:pwn=1",
        "{{pwn=1}}",
        "${pwn=1}",
        "</title><script>pwn=1</script>",
        "<a href='javascript:pwn=1'>x</a>",
    ),
    *('=HYPERLINK("http://evil.example")', "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-1+1", "\u2028pwn=1", "a\u2029b"),
)


@pytest.mark.parametrize("format", ["json", "csv", "npz"])
def test_a_name_is_no_markup_and_no_header_wherever_it_is_shown(house, client, format):
    id = house.create(chunks=2)
    house.finish(id)
    for name in NAMES:
        renamed = client.patch(f"/api/experiments/{id}", json={"name": name})
        assert renamed.status_code in (200, 422), name
        record = client.get(f"/api/experiments/{id}")
        assert record.headers["content-type"].startswith("application/json")
        answer = client.get(
            f"/api/experiments/{id}/trace",
            params={"format": format, "spec": "true"} if format != "csv" else {"format": format},
        )
        assert answer.status_code == 200
        assert not answer.headers["content-type"].startswith("text/html")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.get("content-disposition", "").isascii()
        assert renamed.status_code == 422 or json.loads(record.text)["name"] == name.strip()


JSON_ROUTES = [
    (method.upper(), path)
    for path, operations in DESCRIPTION["paths"].items()
    for method, about in operations.items()
    if [*about.get("requestBody", {}).get("content", {})] == ["application/json"]
]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_no_form_can_send_what_a_route_takes_as_json(client, kind):
    assert len(JSON_ROUTES) > 15
    for method, path in JSON_ROUTES:
        address = re.sub(r"\{\w+\}", ID, path)
        answer = client.request(method, address, content=b"{}", headers={"Content-Type": kind} if kind else {})
        assert answer.status_code in (404, 415, 422), (method, path)


def test_every_path_says_all_that_it_answers(client):
    for route in routes_of(APP, APIRoute):
        path = re.sub(r"\{\w+(:\w+)?\}", ID, route.path)
        for method in ("OPTIONS", "TRACE", "PROPFIND"):
            answer = client.request(method, path)
            assert answer.status_code == 405, path
            assert route.methods <= set(answer.headers["allow"].split(", ")), path
    assert client.options("/api/experiments").headers["allow"] == "GET, POST"
    assert client.options(f"/api/experiments/{ID}").headers["allow"] == "DELETE, GET, PATCH"


RANGES = (
    "bytes=" + ",".join(f"{i}-{i}" for i in range(2000)),
    "bytes=" + "0-,".join([""] * 4000) + "0-",
    "bytes=" + "0-1," * 3000,
    "bytes=-" + "9" * 5000,
    "bytes=" + "-1," * 4000,
    "bytes=0-" + "," * 12_000,
    "octets=0-1" + " " * 9000 + ",2-3",
    "bytes = " + "\t" * 9000 + "0-1",
)


@pytest.mark.parametrize("path", ["/workbench/main.js", "/css/style.css", "/", "/api/catalogue"])
def test_many_ranges_are_no_more_than_the_file(client, path):
    whole = client.get(path)
    assert whole.status_code == 200
    for ranges in RANGES:
        answer = client.get(path, headers={"Range": ranges})
        assert answer.status_code in (200, 400, 413, 416), ranges[:40]
        assert len(answer.content) <= len(whole.content), ranges[:40]


def test_sockets_answer_where_there_is_nothing_like_routes_do(house):
    assert len(routes_of(APP, WebSocketRoute)) == 3
    for path in TRAVERSALS[:10]:
        status, _, _ = answered(house, f"/api/experiments/{path}/stream")
        assert status in (400, 404, 405)

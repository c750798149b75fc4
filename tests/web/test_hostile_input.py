"""The thirty rows of what such a server gets wrong by default: what each of them does here."""

import contextlib
import json
import socket
import subprocess
import sys
import zlib
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.web.http.problem_details import MEDIA_TYPE
from slalom.web.http.stored import disposition

JSON = {"Content-Type": "application/json"}


def spec(lr="0.1", **replaced):
    """Return a spec as text, so that it may hold what JSON libraries refuse to write."""
    parts = {
        "problem": '{"kind": "parabola"}',
        "runs": f'[{{"optimizer": {{"kind": "sgd", "lr": {lr}}}}}]',
        "steps": "5",
    } | replaced
    return "{" + ", ".join(f'"{name}": {value}' for name, value in parts.items()) + "}"


def refused(answer, *statuses):
    """Check that an answer is a problem with sentences, and return it."""
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail", "errors"} <= body.keys()
    assert body["detail"].endswith((".", "…")) or len(body["detail"]) == 600
    assert all({"loc", "msg"} <= one.keys() for one in body["errors"])
    return body


BODIES = {
    "row 1: the literal NaN": (spec("NaN"), (422,)),
    "row 2: the literal Infinity": (spec("Infinity"), (422,)),
    "row 2: minus infinity": (spec("-Infinity"), (422,)),
    "row 2: too large for a float": (spec("1e999"), (422,)),
    "row 2: infinity as text": (spec('"inf"'), (422,)),
    "row 5: a lone surrogate in a name": (spec(runs='[{"label": "\\ud800"}]'), (422,)),
    "row 5: a lone surrogate as a kind": (spec(problem='{"kind": "\\udfff"}'), (422,)),
    "row 6: a control character in a name": (spec(runs='[{"label": "a\\u0000b"}]'), (422,)),
    "row 6: a bidirectional character in a name": (spec(runs='[{"label": "a\\u202eb"}]'), (422,)),
    "row 6: a name that is too long": (spec(runs=json.dumps([{"label": "x" * 81}])), (422,)),
    "row 7: a seed that no database holds": (spec(seed=str(2**70)), (422,)),
    "row 7: steps that no database holds": (spec(steps=str(2**70)), (422,)),
    "row 7: seeds that nobody can count": (spec(seeds=str(2**70)), (422,)),
    "row 10: an integer of 5000 digits": (spec("9" * 5000), (400,)),
    "row 10: 60 000 open brackets": ("[" * 60_000, (400,)),
    "row 10: 10 000 open objects": ('{"problem":' * 5000, (400,)),
    "row 10: an empty body": ("", (400,)),
    "a rate of 309 digits": (spec("9" * 309), (422,)),
    "a rate of 4 300 digits": (spec("9" * 4300), (422,)),
    "steps of 400 digits": (spec(steps="9" * 400), (422,)),
    "seeds of 4 300 digits": (spec(seeds="9" * 4300), (422,)),
    "a seed far below zero": (spec(seed="-" + "9" * 400), (422,)),
    "a varied rate of 400 digits": (spec(vary=f'[{{"field": "run.optimizer.lr", "values": [{"9" * 400}]}}]'), (422,)),
    "a varied seed of 400 digits": (spec(vary=f'[{{"field": "seed", "values": [{"9" * 400}]}}]'), (422,)),
    "a range from 400 digits": (
        spec(vary=f'[{{"field": "run.optimizer.lr", "from": {"9" * 400}, "to": 1, "n": 2}}]'),
        (422,),
    ),
    "lists in lists that vary": (
        spec(vary=f'[{{"field": "run.optimizer.lr", "values": [{"[" * 100}{"]" * 100}]}}]'),
        (422,),
    ),
    "an infinity that varies": (spec(vary='[{"field": "run.optimizer.lr", "values": [1e999]}]'), (422,)),
    "a name given twice": (spec(more="1", steps="NaN", seed='3, "seed": -1'), (422,)),
    "row 11: a boolean for a number": (spec("true"), (422,)),
    "row 11: text for a number": (spec('"0.1"'), (422,)),
    "row 11: text for a whole number": (spec(steps='"7"'), (422,)),
    "row 11: a fraction for a whole number": (spec(steps="7.5"), (422,)),
    "an unknown field": (spec(more="1"), (422,)),
    "an unknown kind": (spec(problem='{"kind": "nowhere"}'), (422,)),
    "a list": ("[1, 2]", (422,)),
    "null": ("null", (422,)),
    "row 24: code as a formula": (spec(problem='{"kind": "formula", "text": "__import__(\'os\').getpid()"}'), (422,)),
    "row 24: a tower of powers": (spec(problem='{"kind": "formula", "text": "9**9**9**9*x.real"}'), (422,)),
    "row 26: 100 000 signs": (spec(problem=json.dumps({"kind": "formula", "text": "-" * 60_000 + "x"})), (422,)),
    "row 26: 20 000 terms": (spec(problem=json.dumps({"kind": "formula", "text": "x" + "+x" * 20_000})), (422,)),
    "row 26: a NUL": (spec(problem='{"kind": "formula", "text": "x\\u0000"}'), (422,)),
    "a huge range of values": (
        spec(vary=json.dumps([{"field": "run.optimizer.lr", "from": 0.1, "to": 1, "n": 2**70}])),
        (422,),
    ),
    "a range too wide to be divided": (
        spec(
            problem='{"kind": "network"}',
            vary='[{"field": "run.batch_size", "from": -1.7e308, "to": 1.7e308, "n": 3}]',
        ),
        (422,),
    ),
    "a batch of more examples than there are atoms": (
        spec(problem='{"kind": "network"}', vary='[{"field": "run.batch_size", "from": 1, "to": 1e300, "n": 3}]'),
        (422,),
    ),
    "a thousand layers": (spec(problem=json.dumps({"kind": "network", "hidden": [1] * 1000})), (422,)),
    "millions of parameters": (spec(problem=json.dumps({"kind": "network", "hidden": [1024] * 8})), (422,)),
    "a layer without units": (spec(problem='{"kind": "network", "hidden": [0]}'), (422,)),
    "a layer of NaN units": (spec(problem='{"kind": "network", "hidden": [NaN]}'), (422,)),
    "a scale of infinity": (spec(problem='{"kind": "network", "init_scale": 1e999}'), (422,)),
    "a path as a data set": (
        spec(problem='{"kind": "network", "data": {"kind": "csv", "id": "../../etc/passwd"}}'),
        (422,),
    ),
    "a data set with a NUL": (spec(problem='{"kind": "network", "data": {"kind": "csv", "id": "d\\u0000"}}'), (422,)),
    "somebody's data set": (spec(problem='{"kind": "network", "data": {"kind": "csv", "id": "d0"}}'), (422,)),
    "names that are not there": (spec(problem='{"kind": "character", "data": {"kind": "names", "id": "d0"}}'), (422,)),
    "a deck of a hundred million": (
        spec(problem='{"kind": "network", "data": {"kind": "moons", "n": 100000000}}'),
        (422,),
    ),
    "a path into nowhere": (spec(vary='[{"field": "run.__class__.x", "values": [1]}]'), (422,)),
    "a value that does not fit": (spec(vary='[{"field": "run.optimizer.lr", "values": ["x"]}]'), (422,)),
}


@pytest.mark.parametrize("path", ["/api/simulate", "/api/experiments"])
@pytest.mark.parametrize("row", BODIES)
def test_a_hostile_body_is_refused_in_words(api, row, path):
    body, statuses = BODIES[row]
    refused(api.post(path, content=body.encode(), headers=JSON), *statuses)


HUGE = ("9" * 309, "9" * 400, "-" + "9" * 400, "9" * 4300, "9" * 4301, "1e999", "NaN", "-Infinity")


@pytest.mark.parametrize("number", HUGE, ids=lambda text: f"{text[:4]} of {len(text)}")
def test_a_huge_number_is_refused_wherever_json_is_read(api, number):
    id = api.post("/api/experiments", content=spec(), headers=JSON).json()["id"]
    runs = f'[{{"optimizer": {{"kind": "sgd", "lr": {number}}}}}]'
    for path, body in (
        ("/api/landscape", f'{{"problem": {{"kind": "bowl"}}, "shape": [{number}, 2]}}'),
        ("/api/landscape", f'{{"problem": {{"kind": "bowl", "kappa": {number}}}}}'),
        ("/api/simulate/steps", spec(number)),
        ("/api/experiments", spec(steps=number)),
        (f"/api/experiments/{id}/fork", f'{{"run": {number}, "step": 0}}'),
        (f"/api/experiments/{id}/fork", f'{{"run": 0, "step": 0, "runs": {runs}}}'),
    ):
        answer = refused(api.post(path, content=body, headers=JSON), 422, 400)
        assert (answer["status"] == 400) == (len(number) > 4300)
        assert len(json.dumps(answer)) < 2000
    refused(api.patch(f"/api/experiments/{id}", content=f'{{"name": {number}}}', headers=JSON), 422, 400)


@pytest.mark.parametrize("number", HUGE, ids=lambda text: f"{text[:4]} of {len(text)}")
def test_a_huge_number_is_refused_in_a_preview_that_goes_on(server, number):
    with connect(f"{server.replace('http', 'ws')}/api/preview") as socket:
        for text in (f'{{"id": {number}, "spec": {spec()}}}', f'{{"id": 1, "spec": {spec(number)}}}', spec(number)):
            socket.send(text)
            assert json.loads(socket.recv(timeout=30))["status"] in (400, 422)
        socket.send(f'{{"id": 7, "spec": {spec()}}}')
        while isinstance(answer := socket.recv(timeout=30), bytes):
            pass
        assert json.loads(answer)["request"] == 7


@pytest.mark.parametrize("number", HUGE, ids=lambda text: f"{text[:4]} of {len(text)}")
def test_a_viewer_who_says_a_huge_number_is_told_what_is_wrong(quiet, number):
    house = quiet()
    address = f"{house.ws}/api/experiments/{house.create(chunks=1)}/stream"
    with connect(f"{address}?after={number[:3900]}") as socket:
        assert heard_at_the_end(socket).code == 4422
    with connect(address) as socket:
        socket.send(f'{{"ack": {number}}}')
        ending = heard_at_the_end(socket)
    assert (ending.code, ending.reason[-1]) in ((4422, "."), (4400, "."))


def heard_at_the_end(socket):
    """Return the close frame with which a server ends a socket."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=30)
    return socket.protocol.close_rcvd


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("every=-1", "every must be at least 1, but is -1."),
        ("every=0", "every must be at least 1, but is 0."),
        (f"every={'9' * 400}", "every must be at most 2.14748e+09, but is 1e+400."),
        ("every=x", "every must be a whole number, but is text."),
        ("every=1.5", "every must be a whole number, but is text."),
        (f"every={'9' * 4000}0", "every must be at most 2.14748e+09, but is 1e+4001."),
    ],
)
def test_a_number_in_the_address_is_told_as_a_number(api, query, words):
    assert refused(api.post(f"/api/simulate?{query}", content=spec(), headers=JSON), 422)["detail"].endswith(words)


def test_runs_that_do_not_fit_are_no_fork(api):
    id = api.post("/api/experiments", content=spec(), headers=JSON).json()["id"]
    wish = {"run": 0, "step": 0, "runs": [{"start": [1, 2, 3]}]}
    answer = refused(api.post(f"/api/experiments/{id}/fork", json=wish), 422)
    assert answer["errors"][0]["loc"] == ["runs", 0, "start"]


def test_row_1_what_was_sent_is_not_echoed(api):
    secret = "do-not-repeat-me"
    for body in (spec(f'"{secret}"'), spec(problem=f'{{"kind": "{secret}"}}'), spec(runs=f'"{secret}"'), f"{secret}["):
        assert secret not in api.post("/api/simulate", content=body, headers=JSON).text


@pytest.mark.parametrize("body", [b'{"problem": "\xff"}', b"\xff\xfe{}", b"\x00"])
def test_row_10_bytes_that_are_not_text(api, body):
    refused(api.post("/api/simulate", content=body, headers=JSON), 400)


def test_rows_3_and_4_infinities_come_back_as_strings(api):
    answer = api.post("/api/simulate", content=spec("1e300", steps="3"), headers=JSON)
    assert answer.status_code == 200
    (run,) = answer.json()["runs"]
    assert run["loss"][-1] in ("inf", "nan")
    assert None not in run["loss"]
    assert run["outcome"]["nonfinite"] == len(run["loss"]) - 1


def test_row_6_a_name_of_every_script_survives_the_store(api):
    id = api.post("/api/experiments", content=spec(), headers=JSON).json()["id"]
    for name in ("Ünïcödé", "学习率", "👩‍🏫 réseau", "<img src=x onerror=alert(1)>", "'; DROP TABLE experiment; --"):
        renamed = api.patch(f"/api/experiments/{id}", json={"name": name})
        assert (renamed.status_code, renamed.json()["name"]) == (200, name)
        for format in ("json", "csv", "npz"):
            assert api.get(f"/api/experiments/{id}/trace", params={"format": format}).status_code == 200
    for name in ("\ud800", "a\r\nSet-Cookie: x=1", "\x1b[31m", "x" * 81, "a\u202eb"):
        text = json.dumps({"name": name})
        refused(api.patch(f"/api/experiments/{id}", content=text, headers=JSON), 422)


@pytest.mark.parametrize(
    "id", [str(2**70), "nope", "..%2f..", "%00", "x" * 2000, "ABCDEFGHIJKL", "000000000000", "%ff", "é"]
)
def test_row_7_an_id_that_cannot_be_one_is_not_found(api, id):
    for path in (f"/api/experiments/{id}", f"/api/experiments/{id}/trace"):
        assert api.get(path).status_code == 404
    assert api.post(f"/api/experiments/{id}/cancel").status_code == 404
    assert api.delete(f"/api/experiments/{id}").status_code == 404


@pytest.mark.parametrize("query", ["after=%00", "after=x';--", "limit=0", "limit=201", f"limit={2**70}", "limit=x"])
def test_row_7_a_query_that_does_not_fit_is_refused(api, query):
    refused(api.get(f"/api/experiments?{query}"), 422)


def test_rows_8_and_9_a_download_may_have_any_name():
    header = disposition('температура\r\nX: 1".csv')
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "filename*=UTF-8''%D1%82" in header


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_row_12_a_form_cannot_send_json(api, kind):
    headers = {"Content-Type": kind} if kind else {}
    refused(api.post("/api/simulate", content=spec().encode(), headers=headers), 422)


def test_row_13_thirty_megabytes_are_not_read(api):
    refused(api.post("/api/simulate", content=b"x" * 30_000_000, headers=JSON), 413)
    parts = (b"x" * 65_536 for _ in range(460))
    refused(api.post("/api/simulate", content=parts, headers=JSON), 413)


def test_row_16_a_deflate_bomb_is_not_inflated(server):
    host, port = urlsplit(server).netloc.split(":")
    bomb = zlib.compress(b"\0" * 30_000_000, 9)[2:-4]
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(
            f"GET /api/preview HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += raw.recv(4096)
        assert head.startswith(b"HTTP/1.1 101")
        assert b"permessage-deflate" not in head
        raw.sendall(b"\xc2\xfe" + min(len(bomb), 60_000).to_bytes(2) + b"\0\0\0\0" + bomb[:60_000])
        closing = raw.recv(4096)
    assert closing[:1] == b"\x88"
    assert int.from_bytes(closing[2:4]) == 1002


def test_row_17_a_message_of_many_fragments_is_refused(server):
    with connect(f"{server.replace('http', 'ws')}/api/preview") as socket, pytest.raises(ConnectionClosed) as closed:
        send_fragments(socket)
    # The server may have hung up before it had read everything; then its reason is lost on the way.
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    assert httpx.get(f"{server}/healthz").status_code == 200


def send_fragments(socket):
    socket.send("x" for _ in range(100_000))
    while True:
        socket.recv(timeout=30)


def test_row_25_what_overflows_is_data(api):
    for text in ("exp(1000*x)", "1/(x-x)", "log(0*x)", "(x-10)**0.5", "2**(10000*x**2)"):
        run = {"optimizer": {"kind": "sgd", "lr": 0.1}, "start": [1]}
        body = spec(problem=json.dumps({"kind": "formula", "text": text}), runs=json.dumps([run]))
        answer = api.post("/api/simulate", content=body, headers=JSON)
        assert answer.status_code == 200, text
        assert answer.json()["runs"][0]["outcome"]["nonfinite"] is not None


PATHS = [
    *("../" * n + "etc/passwd" for n in range(1, 6)),
    *(f"{dots}{dots}etc/passwd" for dots in ("%2e%2e/", "..%2f", "%2e%2e%2f", "..%5c", "..%c0%af", "..;/", "....//")),
    *(
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc/passwd",
        "main.js%00.html",
        "\\\\host\\share",
        "C:/windows",
        "file:///etc/passwd",
    ),
    *(
        "pyproject.toml",
        ".gitignore",
        "../backend/slalom/cli.py",
        "panels/../../README.md",
        "panels",
        "panels/",
        "./workbench/main.js",
    ),
    *(
        "tsconfig.json",
        "types/page.d.ts",
        "types/wire.d.ts",
        "biome.json",
        "a" * 3000 + ".js",
        "workbench/main.js/",
        "workbench/main.JS",
        "workbench/main.js.",
        "con.js",
    ),
    *(
        "~/.bashrc",
        "main.js%0d%0a",
        "%E2%80%A6/main.js",
        "..%e0%80%af..%e0%80%afetc/passwd",
        "$HOME/x.js",
        "`id`.js",
        "*.js",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_page(server, path):
    host, port = urlsplit(server).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := raw.recv(65_536):
            answer += part
    assert answer.split(b" ")[1] in (b"400", b"404", b"422")
    assert b"root:" not in answer


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/docs/x", "/api/experiments/000000000000/nope"])
def test_an_unknown_address_says_where_to_look(api, path):
    assert "/docs" in refused(api.get(path), 404)["detail"]
    refused(api.post(path, json={}), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/simulate", "POST"),
        ("PUT", "/api/experiments", "GET, POST"),
        ("OPTIONS", "/api/experiments/0123456789abcdef", "DELETE, GET, PATCH"),
        ("TRACE", "/healthz", "GET"),
    ],
)
def test_an_unknown_method_says_what_is_allowed(api, method, path, allowed):
    answer = api.request(method, path)
    refused(answer, 405)
    assert answer.headers["allow"] == allowed


def test_the_web_process_never_imports_torch():
    code = "import sys, slalom.cli, slalom.web.app as app, slalom.settings as s, slalom.web.api.catalogue as c;"
    code += "app.create_app(s.Settings()).openapi(); c.describe_catalogue(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

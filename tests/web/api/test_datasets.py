"""Uploading data over the wire: what it is is said at once, its size is limited, and what is used cannot be removed."""

import httpx
import pytest

from slalom.settings import Settings

TABLE = "width,height,kind\n1,2,cat\n3,4,dog\n5,6,cat\n7,8,dog\n"
NAMES = "Anna\nBert\nZoë\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def web(house):
    with httpx.Client(base_url=house.http, timeout=30) as client:
        yield client


def send(web, body, media_type="text/plain", **query):
    content = body if isinstance(body, bytes) else body.encode()
    return web.post("/api/datasets", content=content, params=query, headers={"Content-Type": media_type})


@pytest.mark.parametrize("media_type", ["text/csv", "text/plain", "text/csv; charset=utf-8", "Text/CSV"])
def test_a_table_is_kept_and_described(web, house, media_type):
    answer = send(web, TABLE, media_type, name="Pets")
    found = answer.json()
    assert answer.status_code == 201
    assert found.keys() >= {"id", "kind", "name", "rows", "columns", "task", "classes", "about", "created"}
    assert (found["kind"], found["name"], found["rows"], found["columns"]) == ("csv", "Pets", 4, 3)
    assert (found["task"], found["classes"], found["features"]) == ("classes", ["cat", "dog"], ["width", "height"])
    assert '"kind", holds 2 different words: they are classes.' in found["about"]
    assert web.get(f"/api/datasets/{found['id']}").json() == found
    assert web.get("/api/datasets").json()["items"][0] | {"table": found["table"]} == found
    assert house.store.datasets.file(found["id"]).text == TABLE.encode()


def test_a_list_of_names_is_told_from_a_table(web):
    found = send(web, NAMES).json()
    assert (found["kind"], found["name"], found["rows"]) == ("names", "Names", 3)
    assert found["classes"] == [".", "a", "b", "e", "n", "o", "r", "t", "z", "ë"]
    assert found["about"].startswith("3 names written with 9 letters.")


def test_who_uploads_may_say_which_of_the_two_it_is(web):
    assert send(web, "smith, john\ndoe, jane\n", kind="names").json()["kind"] == "names"
    assert send(web, NAMES, kind="csv").json()["detail"].startswith("The table has 1 column.")
    answer = send(web, NAMES, kind="novel")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "kind"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "There are no names in this list. Give at least 2 names, one a line."),
        ("a,y\n1,2\n1e999,3\n2,5\n", 'Row 3, column 1 ("a") is "1e999", and numbers may be at most 1e+30.'),
        (
            b"a,y\n1,2\n\x81,3\n",
            "Line 3 is neither UTF-8 nor Windows-1252: it has the byte 0x81. Save the file",
        ),
        (b"a,y\n1,\0\n", "Line 2 has a NUL character"),
        ("a,y\n1,<script>\n2,<script>\n", 'No column is left to predict from. "y": It is "<script>" in every row.'),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(web, body, said):
    before = len(web.get("/api/datasets").json()["items"])
    answer = send(web, body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["detail"].startswith(said)
    assert len(web.get("/api/datasets").json()["items"]) == before


@pytest.mark.parametrize("media_type", ["application/json", "", "multipart/form-data; boundary=x", "text/html"])
def test_only_text_is_taken(web, media_type):
    answer = send(web, TABLE, media_type)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith("Content-Type: text/csv or text/plain.")


@pytest.mark.parametrize(("name", "status"), [("x" * 80, 201), ("x" * 81, 422), ("a\x00b", 422), ("Ça va", 201)])
def test_a_name_fits_on_a_line(web, name, status):
    answer = send(web, TABLE, name=name)
    assert answer.status_code == status
    assert status != 201 or answer.json()["name"] == name


@pytest.mark.parametrize("id", ["d0000000000000000", "nope", "x' OR 1=1", "d" * 33, "D00000000000000"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_one_says_where_to_look(web, method, id):
    answer = web.request(method, f"/api/datasets/{id}")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no dataset {id!r}. List them with GET /api/datasets."


def test_one_can_be_removed(web):
    id = send(web, TABLE).json()["id"]
    assert web.delete(f"/api/datasets/{id}").status_code == 204
    assert web.get(f"/api/datasets/{id}").status_code == 404
    assert web.delete(f"/api/datasets/{id}").status_code == 404


def test_one_that_an_experiment_uses_stays(web, house):
    id = send(web, TABLE).json()["id"]
    data = {"kind": "csv", "id": id}
    spec = {"problem": {"kind": "network", "data": data}, "runs": [{}], "steps": 5}
    experiment = web.post("/api/experiments", json=spec)
    assert experiment.status_code == 201, experiment.text
    answer = web.delete(f"/api/datasets/{id}")
    assert answer.status_code == 409
    assert experiment.json()["id"] in answer.json()["detail"]
    web.delete(f"/api/experiments/{experiment.json()['id']}")
    assert web.delete(f"/api/datasets/{id}").status_code == 204


@pytest.mark.parametrize(("classes", "status"), [(99, 201), (100, 201), (101, 422)])
def test_numbers_taken_for_classes_are_counted_like_words(web, classes, status):
    id = send(web, "".join(f"{i},{i % classes}.5\n" for i in range(300))).json()["id"]
    data = {"kind": "csv", "id": id, "target": "classes"}
    spec = {"problem": {"kind": "network", "data": data}, "runs": [{}], "steps": 5}
    answer = web.post("/api/experiments", json=spec)
    assert answer.status_code == status
    assert status == 201 or answer.json()["setting"] == "SLALOM_DATASET_CLASSES"
    assert web.post("/api/experiments", json=spec | {"steps": 6}).status_code == status


MONEY = 'when,city,price\n1.3.2021,Rome,"1,250.50"\n13.3.2021,Oslo,"2,000"\n2.4.2021,Rome,"3,100"\n'


def test_a_table_is_answered_as_it_is_understood(web):
    table = send(web, MONEY).json()["table"]
    assert (table["separator"], table["decimal"], table["thousands"], table["header"]) == (",", ".", ",", True)
    assert table["rows"][0] == ["1.3.2021", "Rome", "1,250.50"]
    assert table["target"] == "price"
    assert [(one["name"], one["kind"], one["kinds"]) for one in table["columns"]] == [
        ("when", "date", ["date", "class", "one-hot", "ignore"]),
        ("city", "one-hot", ["class", "one-hot", "ignore"]),
        ("price", "number", ["number", "class"]),
    ]
    assert table["columns"][0]["because"] == "All 3 cells are dates (d.m.y)."
    assert '1,250.50 in "price" is read as 1250.5.' in table["understood"]


def test_a_table_can_be_read_otherwise_and_trained_so(web):
    first = send(web, MONEY, name="Money").json()
    body = {"target": "city", "columns": {"when": {"kind": "ignore"}}}
    answer = web.post(f"/api/datasets/{first['id']}/readings", json=body)
    found = answer.json()
    assert (answer.status_code, found["name"], found["source"]) == (201, "Money", first["id"])
    assert (found["features"], found["classes"], found["task"]) == (["price"], ["Oslo", "Rome"], "classes")
    again = web.post(f"/api/datasets/{found['id']}/readings", json=body)
    assert (again.status_code, again.json()) == (200, found)
    same = web.post(f"/api/datasets/{found['id']}/readings", json={})
    assert (same.status_code, same.json()) == (200, first)
    problem = {"kind": "network", "data": {"kind": "csv", "id": found["id"]}}
    spec = {"problem": problem, "runs": [{"batch_size": 16}], "steps": 5}
    assert web.post("/api/experiments", json=spec).status_code == 201


@pytest.mark.parametrize(
    ("body", "loc", "said"),
    [
        ({"target": "rent"}, ["target"], 'There is no column "rent".'),
        ({"columns": {"city": {"kind": "number"}}}, ["columns", "city", "kind"], 'Row 2, column 2 ("city") is "Rome"'),
        ({"columns": {"city": {"kind": "novel"}}}, ["columns", "city", "kind"], "columns.city.kind must be"),
        ({"columns": {"city": {"on_missing": "mean"}}}, ["columns", "city", "on_missing"], 'Missing values of "city"'),
        ({"decimal": ";"}, ["decimal"], "decimal must be"),
        ({"rows": 5}, ["rows"], "rows is not a setting here"),
        (
            {"columns": {"price": {"kind": "ignore"}}, "target": "price"},
            ["columns", "price", "kind"],
            '"price" is both',
        ),
    ],
)
def test_a_reading_that_cannot_be_is_refused_with_its_place(web, body, loc, said):
    id = send(web, MONEY).json()["id"]
    answer = web.post(f"/api/datasets/{id}/readings", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == loc
    assert answer.json()["detail"].startswith(said)


def test_names_and_what_is_not_there_have_no_readings(web):
    id = send(web, NAMES).json()["id"]
    assert web.post(f"/api/datasets/{id}/readings", json={}).json()["detail"].startswith("A list of names has no")
    assert web.get(f"/api/datasets/{id}").json()["table"] is None
    assert web.post("/api/datasets/d0000000000000000/readings", json={}).status_code == 404


def in_parts(body):
    yield body[: len(body) // 2]
    yield body[len(body) // 2 :]


@pytest.mark.parametrize(("over", "status"), [(-1, 201), (0, 201), (1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_may_be_as_large_as_the_limit(quiet_small, over, status, chunked):
    size = 300_000 + over
    body = (b"1,2,cat\n3,4,dog\n" * (size // 16 + 1))[: size - size % 16] + b"\n" * (size % 16)
    assert len(body) == size > Settings().body_bytes
    headers = {"Content-Type": "text/csv"}
    url = f"{quiet_small.http}/api/datasets"
    answer = httpx.post(url, content=in_parts(body) if chunked else body, headers=headers, timeout=30)
    assert answer.status_code == status
    if status == 413:
        assert (answer.json()["limit"], answer.json()["setting"]) == (300_000, "SLALOM_DATASET_BYTES")


@pytest.fixture(scope="module")
def quiet_small(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house"), dataset_bytes=300_000, dataset_rows=40_000) as house:
        yield house


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/simulate"), ("PUT", "/api/datasets"), ("POST", "/api/datasets/x"), ("POST", "/api//datasets")],
)
def test_other_bodies_are_not_larger_for_it(web, method, path):
    answer = web.request(method, path, content=b"x" * 262_145, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["setting"]) == (413, "SLALOM_BODY_BYTES")


def test_a_file_of_two_megabytes_is_taken_by_default(web):
    body = (b"1,2,cat\n3,4,dog\n" * 125_000)[:2_000_000]
    answer = send(web, body)
    assert (answer.status_code, answer.json()["setting"]) == (422, "SLALOM_DATASET_ROWS")
    wide = "".join(f"{i}{',1' * 100},{'ab'[i % 2]}\n" for i in range(9_500))
    assert 1_900_000 < len(wide) <= 2_000_000
    answer = send(web, wide)
    assert (answer.status_code, answer.json()["rows"], answer.json()["columns"]) == (201, 9_500, 102)


def test_as_many_are_kept_as_the_limit_allows(quiet):
    house = quiet(datasets=3)
    with httpx.Client(base_url=house.http) as web:
        answers = [send(web, TABLE) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
        assert answers[3].json()["setting"] == "SLALOM_DATASETS"
        assert "DELETE /api/datasets/{id}" in answers[3].json()["detail"]
        web.delete(f"/api/datasets/{answers[0].json()['id']}")
        assert send(web, TABLE).status_code == 201


def test_the_newest_is_listed_first(web):
    first, second = (send(web, TABLE, name=name).json()["id"] for name in ("one", "two"))
    listed = [item["id"] for item in web.get("/api/datasets").json()["items"]]
    assert listed.index(second) < listed.index(first)


def test_another_page_cannot_upload(web):
    headers = {"Content-Type": "text/plain", "Origin": "http://evil.example"}
    assert web.post("/api/datasets", content=TABLE, headers=headers).status_code == 403

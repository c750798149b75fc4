"""Joining over HTTP: the code, the cookie, the teacher's decisions; and that everybody has what is their own."""

from types import SimpleNamespace

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.client import Client, ClientError
from slalom.jobs.fair_queue import Asker
from slalom.web.http.disconnect import asker_of
from slalom.web.http.visitors import Visitor

TOKEN = "a-secret-of-the-teacher"
SPEC = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}
TABLE = b"x,y\n1,2\n2,4\n3,6\n"
TRAINED = {"problem": {"kind": "network", "data": {"kind": "csv", "id": ""}}, "runs": [{}], "steps": 3}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    settings = {"mode": "class", "token": TOKEN, "room_size": 12, "queue_per_client": 3}
    with quiet_server(tmp_path_factory.mktemp("class"), **settings) as house:
        yield house


@pytest.fixture
def visit(house):
    """Return a function that makes a browser of somebody's own."""
    browsers = []

    def visit(**headers):
        browsers.append(httpx.Client(base_url=house.http, headers={"Origin": house.http, **headers}, timeout=30))
        return browsers[-1]

    yield visit
    for browser in browsers:
        browser.close()


@pytest.fixture
def teacher(visit):
    return visit(Authorization=f"Bearer {TOKEN}")


@pytest.fixture
def student(visit, teacher):
    """Return a function that lets somebody join."""

    def join():
        browser = visit()
        assert browser.post("/api/room/join", json={"code": teacher.get("/api/room").json()["code"]}).status_code == 200
        return browser

    return join


def test_a_stranger_hears_whether_the_room_is_open_and_nothing_else(visit, house):
    seen = visit().get("/api/room").json()
    assert seen == {"role": "stranger", "room": house.app.state.server.room.record.id, "open": True, "ended": False,
                    "members": 0, "address": None, "code": None}  # fmt: skip


def test_whoever_joins_twice_is_one_student(student, teacher):
    browser = student()
    before = teacher.get("/api/room").json()["members"]
    cookie = dict(browser.cookies)
    again = browser.post("/api/room/join", json={"code": "whatever, they are in"})
    assert (again.json()["role"], "set-cookie" in again.headers) == ("student", False)
    assert dict(browser.cookies) == cookie
    assert teacher.get("/api/room").json()["members"] == before
    assert browser.get("/api/room").json()["code"] is None


def test_a_cookie_is_for_the_browser_alone_and_holds_128_bits(visit, teacher):
    code = teacher.get("/api/room").json()["code"]
    given = visit().post("/api/room/join", json={"code": code}).headers["set-cookie"]
    name, _, rest = given.partition("=")
    assert (name, "HttpOnly" in rest, "SameSite=Lax" in rest) == ("slalom_visitor", True, True)
    assert [len(part) for part in rest.partition(";")[0].split(".")] == [22, 22]


def test_a_teacher_closes_opens_and_gives_another_code(visit, teacher):
    old = teacher.get("/api/room").json()["code"]
    assert teacher.patch("/api/room", json={"open": False}).json()["open"] is False
    refused = visit().post("/api/room/join", json={"code": old})
    assert (refused.status_code, "closed" in refused.json()["detail"]) == (403, True)
    assert teacher.patch("/api/room", json={"open": True}).json()["open"] is True
    new = teacher.post("/api/room/code").json()["code"]
    assert new != old
    assert visit().post("/api/room/join", json={"code": old}).status_code == 403
    assert visit().post("/api/room/join", json={"code": f"{new[:3]} {new[3:]}".lower()}).status_code == 200


def test_what_is_anothers_is_not_there_until_it_is_shared(student, teacher):
    mine, yours = student(), student()
    id = mine.post("/api/experiments", json=SPEC).json()["id"]
    assert mine.get(f"/api/experiments/{id}").json()["mine"]
    assert yours.get(f"/api/experiments/{id}").json() == yours.get("/api/experiments/000000000000").json() | {
        "detail": f"There is no experiment '{id}'. List them with GET /api/experiments."
    }
    assert [list_of(yours, owner) for owner in ("all", "me", "shared")] == [[], [], []]
    assert id in list_of(teacher, "all")
    assert id not in list_of(teacher, "me")
    assert mine.patch(f"/api/experiments/{id}", json={"shared": True}).json()["shared"]
    record = yours.get(f"/api/experiments/{id}").json()
    assert (record["mine"], record["shared"], record["may_change"]) == (False, True, False)
    assert [list_of(yours, owner) for owner in ("all", "me", "shared")] == [[id], [], [id]]
    fork = yours.post(f"/api/experiments/{id}/fork", json={"run": 0, "step": 1}).json()
    assert (fork["mine"], fork["shared"], fork["parent"]["id"]) == (True, False, id)
    assert mine.get(f"/api/experiments/{fork['id']}").status_code == 404
    assert teacher.patch(f"/api/experiments/{id}", json={"name": "seen", "shared": False}).json()["name"] == "seen"
    assert yours.get(f"/api/experiments/{id}").status_code == 404
    assert mine.delete(f"/api/experiments/{id}").status_code == 204
    assert yours.post(f"/api/experiments/{id}/restore").status_code == 404
    assert mine.post(f"/api/experiments/{id}/restore").json()["id"] == id
    assert mine.patch(f"/api/experiments/{id}", json={}).status_code == 422


def list_of(browser, owner):
    return [item["id"] for item in browser.get("/api/experiments", params={"owner": owner}).json()["items"]]


def test_data_are_used_by_their_owner_until_an_experiment_with_them_is_shared(student):
    mine, yours = student(), student()
    file = mine.post("/api/datasets", content=TABLE, headers=CSV).json()["id"]
    spec = TRAINED | {"problem": {"kind": "network", "data": {"kind": "csv", "id": file}}}
    for path in ("/api/experiments", "/api/simulate", "/api/script"):
        refused = yours.post(path, json=spec)
        assert (refused.status_code, "There is no dataset" in refused.json()["detail"]) == (422, True), path
    assert yours.get("/api/datasets").json() == {"items": []}
    made = mine.post("/api/experiments", json=spec)
    assert made.status_code == 201, made.text
    assert mine.patch(f"/api/experiments/{made.json()['id']}", json={"shared": True}).status_code == 200
    assert yours.get(f"/api/datasets/{file}").json()["shared"]
    assert yours.post("/api/experiments", json=spec).status_code == 201
    assert yours.delete(f"/api/datasets/{file}").status_code == 403
    reading = yours.post(f"/api/datasets/{file}/readings", json={"target": "x"}).json()
    assert reading["mine"]
    assert mine.get(f"/api/datasets/{reading['id']}").status_code == 404
    own = mine.post(f"/api/datasets/{file}/readings", json={"target": "x"})
    assert (own.status_code, own.json()["mine"]) == (201, True)
    kept = mine.delete(f"/api/datasets/{file}")
    assert kept.status_code == 409
    assert mine.patch(f"/api/datasets/{file}", json={"shared": False}).json()["shared"] is False
    assert yours.get(f"/api/datasets/{file}").status_code == 404


def test_a_quota_is_each_students_though_all_have_one_address(student):
    first, second = student(), student()
    for browser in (first, second):
        answers = [browser.post("/api/experiments", json=SPEC).status_code for _ in range(4)]
        assert answers == [201, 201, 201, 429]


def test_turns_are_each_students_too():
    client = SimpleNamespace(port=7)
    for id in ("one", "other"):
        asking = SimpleNamespace(scope={"slalom.visitor": Visitor(id, "student")}, client=client)
        assert asker_of(asking) == Asker(id, 7)


def test_a_program_works_in_a_room(house, teacher):
    with Client(house.http) as program:
        with pytest.raises(ClientError, match="code"):
            program.join("WRONG2")
        assert program.join(teacher.get("/api/room").json()["code"])["role"] == "student"
        id = program.create(SPEC)["id"]
        assert [one["id"] for one in program.list(owner="me")] == [id]
        assert program.share(id)["shared"]
        secret = program.headers["Authorization"].removeprefix("Bearer ")
        assert next(program.follow(id))["type"] == "hello"
    with Client(house.http, secret) as again:
        assert again.rename(id, "mine again")["mine"]
    with Client(house.http, TOKEN) as program:
        assert program.get(id)["may_change"]


def test_the_room_is_full_when_it_is_full(student, teacher, visit, house):
    while teacher.get("/api/room").json()["members"] < house.settings.room_size:
        student()
    full = visit().post("/api/room/join", json={"code": teacher.get("/api/room").json()["code"]})
    assert (full.status_code, full.json()["setting"]) == (429, "SLALOM_ROOM_SIZE")


def test_when_it_has_ended_students_are_strangers_and_another_class_begins(quiet):
    house = quiet(mode="class", token=TOKEN)
    head = {"Origin": house.http}
    with httpx.Client(base_url=house.http, headers=head) as teacher, httpx.Client(base_url=house.http) as pupil:
        code = teacher.post("/api/room/teacher", json={"secret": TOKEN}).json()["code"]
        pupil.post("/api/room/join", json={"code": code})
        assert pupil.get("/api/experiments").status_code == 200
        assert teacher.post("/api/room/again").status_code == 409
        held = {"Authorization": f"Bearer {pupil.cookies['slalom_visitor']}"}
        with connect(f"{house.ws}/api/preview", additional_headers=held) as preview:
            preview.send("not JSON")
            assert "Not JSON" in preview.recv(timeout=10)
            assert teacher.post("/api/room/end").json()["ended"]
            preview.send("not JSON")
            with pytest.raises(ConnectionClosed):
                preview.recv(timeout=10)
        assert pupil.get("/api/experiments").status_code == 403
        assert (pupil.get("/api/room").json()["role"], pupil.get("/api/room").json()["ended"]) == ("stranger", True)
        assert teacher.get("/api/experiments").status_code == 200
        assert teacher.post("/api/room/code").status_code == 409
        begun = teacher.post("/api/room/again").json()
        assert (begun["role"], begun["ended"], begun["members"], begun["code"] == code) == ("teacher", False, 0, False)
        assert pupil.post("/api/room/join", headers=head, json={"code": begun["code"]}).json()["role"] == "student"


def test_so_many_newcomers_from_one_address_and_no_more(quiet):
    house = quiet(mode="class", token=TOKEN, visitors_per_address=2)
    code = house.app.state.server.room.record.code
    answers = [httpx.post(f"{house.http}/api/room/join", json={"code": code}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["setting"] == "SLALOM_VISITORS_PER_ADDRESS"


def test_with_no_auth_everybody_is_a_student(quiet):
    house = quiet(mode="class", auth=False)
    assert httpx.get(f"{house.http}/api/room").json()["role"] == "student"
    with httpx.Client(base_url=house.http, headers={"Accept": "text/html"}) as browser:
        browser.get("/")
        assert "slalom_visitor" in browser.cookies


def test_in_local_mode_there_is_no_room_and_everything_is_ones_own(quiet):
    house = quiet()
    seen = httpx.get(f"{house.http}/api/room").json()
    assert (seen["role"], seen["room"]) == ("owner", None)
    assert httpx.post(f"{house.http}/api/room/join", json={"code": "AAAAAA"}).status_code == 404
    record = httpx.get(f"{house.http}/api/experiments/{house.create()}").json()
    assert (record["mine"], record["may_change"], record["shared"]) == (True, True, False)
    assert len(httpx.get(f"{house.http}/api/experiments?owner=me").json()["items"]) == 1
    assert "set-cookie" not in httpx.get(house.http, headers={"Accept": "text/html"}).headers


@pytest.mark.parametrize("token", [None, TOKEN])
def test_in_public_mode_everybody_has_what_is_their_own(quiet, token):
    house = quiet(mode="public", token=token, auth=token is not None, visitors_per_address=2)
    head = {"Origin": house.http, "Accept": "text/html"}
    browsers = [httpx.Client(base_url=house.http, headers=head) for _ in range(4)]
    for browser in browsers:
        if token:
            assert browser.get("/api/experiments").status_code == 403
            assert browser.get("/", params={"token": token}).status_code == 303
        browser.get("/")
    assert ["slalom_visitor" in browser.cookies for browser in browsers] == [True, True, False, False]
    first, second, *address = browsers
    id = first.post("/api/experiments", json=SPEC).json()["id"]
    assert first.get("/api/room").json()["role"] == "student"
    for other in (second, *address):
        assert other.get(f"/api/experiments/{id}").status_code == 404
        assert other.delete(f"/api/experiments/{id}").status_code == 404
    theirs = address[0].post("/api/experiments", json=SPEC).json()["id"]
    assert address[1].get(f"/api/experiments/{theirs}").json()["mine"]
    assert first.get(f"/api/experiments/{theirs}").status_code == 404
    assert first.patch(f"/api/experiments/{id}", json={"shared": True}).status_code == 200
    assert second.patch(f"/api/experiments/{id}", json={"name": "x"}).status_code == 403
    assert second.post("/api/room/end").status_code == 403
    for browser in browsers:
        browser.close()


def test_programs_hold_a_class(quiet):
    house = quiet(mode="class", token=TOKEN)
    with Client(house.http) as teacher, Client(house.http) as pupil:
        code = teacher.teach(TOKEN)["code"]
        assert pupil.join(code)["role"] == "student"
        assert pupil.choose_nickname("Ada") == "Ada"
        asked = {"kind": "choice", "question": "Which is faster?", "options": ["Adam", "Momentum"]}
        poll = teacher.ask_poll(asked)["id"]
        assert pupil.vote(poll, 1) == {"round": 1, "value": 1}
        assert [teacher.move_poll(poll, state)["state"] for state in ("closed", "revealed")] == ["closed", "revealed"]
        assert (pupil.poll(poll)["vote"], pupil.poll(poll)["results"][0]["counts"]) == (1, [0, 1])
        assert teacher.poll_results(poll) == "round,value,count\n1,Momentum,1\n"
        teacher.drop_poll(poll)
        stage = teacher.lead({"cursor": {"step": 3, "playing": False}, "highlight": "loss"})
        assert (stage["cursor"]["step"], stage["poll"]) == (3, None)
        heard = next(told for told in pupil.live() if told["type"] == "stage")["stage"]
        assert heard == stage
        with pytest.raises(ClientError, match="teacher's to change") as refused:
            pupil.lead({"cursor": {"step": 4}})
        assert refused.value.status == 403
        offer = pupil.offer("It turns back", experiment=pupil.create(SPEC)["id"])["id"]
        assert [one["id"] for one in teacher.offers()] == [offer]
        teacher.present_offer(offer)
        assert teacher.offers() == []
        challenge = teacher.set_challenge({"preset": "rosenbrock"})["id"]
        assert pupil.challenge(challenge)["rows"] == []
        assert [one["id"] for one in pupil.challenges()["items"]] == [challenge]
        assert teacher.rotate_code()["code"] != code
        assert [teacher.open_room(is_open)["open"] for is_open in (False, True)] == [False, True]
        assert teacher.end_class()["ended"]
        assert pupil.room()["role"] == "stranger"

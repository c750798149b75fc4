"""Every route and every WebSocket with every role: who may not change something does not, and hears no secret."""

import contextlib
import re

import httpx
import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from slalom.settings import Settings
from slalom.storage.tables import challenge, dataset, experiment, member, offer, poll, room, submission, vote
from slalom.web.app import create_app
from slalom.web.http.access import SOCKET, TABLE, rule_of
from slalom.web.http.visitors import RANKS, Visitor

APP = create_app(Settings())
TOKEN = "a-secret-of-the-teacher"
OPEN = {
    ("GET", "/healthz"),
    ("GET", "/embed"),
    ("GET", "/api/room"),
    ("POST", "/api/room/join"),
    ("POST", "/api/room/teacher"),
    ("GET", "/plotly-{version}.min.js"),
}
"""All that a stranger may ask for, besides the entrances and the files that pages are made of."""
TEACHERS = {
    ("GET", "/api/status"),
    ("POST", "/api/room/code"),
    ("PATCH", "/api/room"),
    ("POST", "/api/room/end"),
    ("POST", "/api/room/again"),
    ("POST", "/api/embed"),
    ("POST", "/api/room/polls"),
    ("PATCH", "/api/room/polls/{id}"),
    ("DELETE", "/api/room/polls/{id}"),
    ("GET", "/api/room/polls/{id}/results.csv"),
    ("GET", "/api/room/offers"),
    ("POST", "/api/room/offers/{id}/present"),
    ("POST", "/api/room/challenges"),
    ("PATCH", "/api/room/challenges/{id}/submissions/{sid}"),
}
"""What only a teacher may do."""
READS = {"fork", "readings"}
"""What a path ends with that changes nothing of what it names, though it is no GET."""
BODIES = {
    ("PATCH", "/api/experiments/{id}"): {"name": "stolen", "shared": True},
    ("POST", "/api/experiments/{id}/fork"): {"run": 0, "step": 0},
    ("POST", "/api/experiments/recorded"): {
        "spec": {"kind": "recorded", "problem": {"kind": "recorded", "name": "Net"}, "runs": [{}]}
    },
    ("POST", "/api/experiments/{id}/end"): {"status": "failed"},
    ("PATCH", "/api/datasets/{id}"): {"shared": True},
    ("POST", "/api/datasets/{id}/readings"): {"target": "y"},
    ("PATCH", "/api/room"): {"open": False},
    ("POST", "/api/room/join"): {"code": "AAAAAA"},
    ("POST", "/api/room/teacher"): {"secret": "not the secret"},
    ("POST", "/api/embed"): {"lesson": "momentum"},
    ("POST", "/api/room/polls"): {"kind": "choice", "question": "Which?", "options": ["a", "b"]},
    ("PATCH", "/api/room/polls/{id}"): {"state": "closed"},
    ("PUT", "/api/room/polls/{id}/vote"): {"round": 1, "value": 0},
    ("POST", "/api/room/offers"): {"name": "mine", "state": "1.a.b"},
    ("POST", "/api/room/challenges"): {"preset": "bowl"},
    ("PATCH", "/api/room/challenges/{id}/submissions/{sid}"): {"hidden": True},
}
"""Bodies that would do something."""
ROUTES = sorted(
    (method, route.path) for route in routes_of(APP, APIRoute) for method in route.methods - {"HEAD", "OPTIONS"}
)
SOCKETS = sorted(route.path for route in routes_of(APP, WebSocketRoute))


class Hall:
    """A class in which one student has things of their own, and everybody else tries what there is."""

    def __init__(self, house):
        self.house, self.store = house, house.store
        self.record = house.app.state.server.room.record
        self.http = {"stranger": self.browser()}
        self.http["teacher"] = self.browser()
        assert self.http["teacher"].post("/api/room/teacher", json={"secret": TOKEN}).json()["role"] == "teacher"
        for name in ("victim", "student"):
            self.http[name] = self.browser()
            assert self.http[name].post("/api/room/join", json={"code": self.record.code}).json()["role"] == "student"
        self.http["guest"] = self.browser()
        ticket = house.app.state.server.visitors.new_ticket("/lessons/momentum", 1000)
        assert self.http["guest"].get(f"/embed?ticket={ticket}").headers["location"] == "./lessons/momentum"
        victim = self.http["victim"]
        spec = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}
        self.ids = [victim.post("/api/experiments", json=spec).json()["id"] for _ in range(2)]
        self.file = victim.post("/api/datasets", content=b"x,y\n1,2\n2,4\n", headers={"Content-Type": "text/csv"})
        self.file = self.file.json()["id"]
        self._play()

    def _play(self):
        """Let the class do what a class does: the victim votes, offers, and is on a board."""
        teacher, victim = self.http["teacher"], self.http["victim"]
        poll, self.bowl = (
            teacher.post(f"/api/room/{part}", json=BODIES["POST", f"/api/room/{part}"]).json()["id"]
            for part in ("polls", "challenges")
        )
        victim.put(f"/api/room/polls/{poll}/vote", json={"round": 1, "value": 1})
        offer = victim.post("/api/room/offers", json={"name": "mine", "state": "1.a.b"}).json()["id"]
        self.room_ids = {"polls": poll, "offers": offer, "challenges": self.bowl}
        (self.victim,) = {one.visitor for one in self.store.offers.list(self.record.id)}
        self.store.challenges.submit(self.bowl, self.victim, 9, "SGD")

    def browser(self):
        return httpx.Client(base_url=self.house.http, headers={"Origin": self.house.http}, timeout=30)

    def path(self, template, id=None):
        thing = self.file if "datasets" in template else self.ids[0]
        thing = self.room_ids.get(template.split("/")[3] if template.count("/") > 3 else "", thing)
        (row,) = self.store.challenges.board(self.bowl, self.record.id)
        values = {"sid": row.id, "id": id or thing, "slug": "momentum", "n": "0", "kind": "data", "version": "0"}
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: values.get(found[1], "x"), template)

    def ask(self, role, method, template):
        if (method, template) == ("POST", "/api/experiments/compare"):
            body = {"experiments": self.ids}
        else:
            body = BODIES.get((method, template), {})
        sent = {} if method in ("GET", "DELETE") else {"json": body}
        return self.http[role].request(method, self.path(template), **sent)

    def socket(self, role, template):
        """Return how a socket ends: 101 where it is open, a status, or a code."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http[role].cookies.items())
        headers = {"Cookie": cookies, "Origin": self.house.http}
        try:
            with connect(self.house.ws + self.path(template), additional_headers=headers) as opened:
                with contextlib.suppress(TimeoutError):
                    opened.recv(timeout=0.3)
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code
        except ConnectionClosed as closed:
            return closed.rcvd.code

    def share(self, shared):
        self.store.experiments.share(self.ids[0], shared)
        self.store.experiments.share(self.ids[1], shared)
        self.store.datasets.share(self.file, shared)

    def kept(self):
        """Return everything that another than its owner could have changed."""
        with self.store.database.read() as connection:
            rows = [
                [*connection.execute(table.select().where(table.c.id.in_(ids)).order_by(table.c.id))]
                for table, ids in ((experiment, self.ids), (dataset, [self.file]))
            ]
            rows += [
                [*connection.execute(table.select().where(table.c.visitor == self.victim))]
                for table in (vote, offer, submission)
            ]
            rows += [[*connection.execute(table.select())] for table in (poll, challenge)]
            return rows, [*connection.execute(room.select())], sorted(connection.execute(member.select()))


@pytest.fixture(scope="module")
def hall(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("hall"), mode="class", token=TOKEN) as house:
        hall = Hall(house)
        yield hall
        for browser in hall.http.values():
            browser.close()


def test_the_walk_meets_every_kind_of_route():
    assert len(ROUTES) > 50
    assert ("PATCH", "/api/experiments/{id}") in ROUTES
    assert "/api/experiments/{id}/stream" in SOCKETS
    assert set(BODIES) <= set(ROUTES)
    assert set(ROUTES) >= OPEN | TEACHERS


def test_every_route_is_in_the_table_and_the_table_has_no_others():
    pages = {path for method, path in TABLE if method == "GET" and not path.startswith("/api/")}
    for method, path in [*ROUTES, *((SOCKET, path) for path in SOCKETS)]:
        assert rule_of(method, path.replace("{id}", "000000000000")) is not None, (method, path)
    known = {*ROUTES, *((SOCKET, path) for path in SOCKETS)}
    assert {key for key in TABLE if key not in known and key[1] not in pages} == set()


@pytest.mark.parametrize("role", ["stranger", "guest", "student"])
@pytest.mark.parametrize("shared", [False, True])
def test_nobody_changes_what_is_anothers_or_the_teachers(hall, role, shared):
    hall.share(shared)
    before = hall.kept()
    for method, template in ROUTES:
        answer = hall.ask(role, method, template)
        place = (role, method, template, answer.status_code, answer.text[:200])
        about = (method, template)
        if role == "stranger":
            allowed = about in OPEN
            assert (
                allowed
                or answer.status_code == 403
                or answer.headers.get("location", "").lstrip("./").startswith("join")
            ), place
        elif about in TEACHERS:
            assert answer.status_code == 403, place
        elif template.startswith("/api/room/"):
            assert about in OPEN or (answer.status_code == 403) == (role == "guest"), place
            assert '"results":[' not in answer.text, place
        elif "{id}" in template:
            reads = method == "GET" or template.rpartition("/")[2] in READS
            assert (answer.status_code == 404) if not shared else reads or answer.status_code == 403, place
            assert shared or "own" not in answer.json()["detail"], place
        elif template == "/api/experiments/compare":
            assert shared or answer.status_code == 404, place
        assert TOKEN not in answer.text + str(answer.headers), place
        assert role == "teacher" or hall.record.code not in answer.text, place
        assert hall.kept()[0] == before[0], place
    assert hall.kept() == before


def test_a_recorded_loop_is_that_of_who_began_it(hall):
    begin = "/api/experiments/recorded"
    id = hall.http["victim"].post(begin, json=BODIES["POST", begin]).json()["id"]
    for shared, statuses in ((False, {"stranger": 403, "guest": 404, "student": 404}), (True, {"student": 403})):
        hall.store.experiments.share(id, shared)
        for role, status in statuses.items():
            for part in ("frames", "beat", "end"):
                assert hall.http[role].post(f"/api/experiments/{id}/{part}", json={}).status_code == status
    assert hall.http["student"].get(f"/api/experiments/{id}").json()["kind"] == "recorded"
    for role in ("victim", "teacher"):
        assert hall.http[role].post(f"/api/experiments/{id}/beat").status_code == 204
    assert hall.http["victim"].post(f"/api/experiments/{id}/end", json={}).json()["status"] == "done"


@pytest.mark.parametrize(("role", "shared", "codes"), [
    ("stranger", True, {403}), ("guest", False, {101, 4404}), ("student", False, {101, 4404}), ("student", True, {101}),
])  # fmt: skip
def test_sockets_show_nobody_what_is_anothers(hall, role, shared, codes):
    hall.share(shared)
    for template in SOCKETS:
        code = hall.socket(role, template)
        if template == "/api/room/live":
            assert code == (101 if role == "student" else 403)
            continue
        assert code in codes, template
        assert "{id}" not in template or code != 101 or shared, template


def test_what_is_not_in_the_table_nobody_but_the_teacher_does(hall):
    for role, status in (("stranger", 403), ("guest", 403), ("student", 403), ("teacher", 404)):
        assert hall.http[role].post("/api/something/new").status_code == status
        assert hall.http[role].get("/api/something/new").status_code == status


def test_a_teacher_does_everything_and_no_answer_has_the_secret(hall):
    teacher, (id, _) = hall.http["teacher"], hall.ids
    assert teacher.patch(f"/api/experiments/{id}", json={"name": "well done"}).json()["name"] == "well done"
    assert not teacher.get(f"/api/experiments/{id}").json()["mine"]
    assert teacher.get("/api/room").json()["code"] == hall.record.code
    for method, template in ROUTES:
        if method == "GET":
            answer = hall.ask("teacher", method, template)
            assert answer.status_code != 403 or template == "/embed", template
            assert TOKEN not in answer.text + str(answer.headers), template
    for page in ("/teach", "/join", "/", "/library"):
        assert TOKEN not in teacher.get(page).text
        assert teacher.get(page).headers["referrer-policy"] == "no-referrer"


def test_who_opens_a_lesson_is_led_to_it_once_they_have_joined(hall):
    ways = {
        "/": "./join",
        "/library": "./join?to=/library",
        "/lessons/momentum": "../join?to=/lessons/momentum",
    }
    for page, way in ways.items():
        answer = hall.http["stranger"].get(page, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, way)


def test_roles_that_a_rule_names_have_ranks():
    assert {rule.role for rule in TABLE.values()} <= set(RANKS)
    assert Visitor("x", "owner").seen_by is None
    assert Visitor("x", "student").seen_by == "x"

"""Polls over HTTP: asked, answered in two rounds, counted once each, hidden until they are revealed; and offers."""

import threading

import pytest
from classroom import SECRET, student_of, teacher_of

CHOICE = {"kind": "choice", "question": "Which is faster?", "options": ["SGD", "=Adam"], "shape": {"holds": False}}
NUMBER = {"kind": "number", "question": "When?", "shape": {"low": 1, "high": 100, "whole": True, "mark": "step"}}
SKETCH = {"kind": "sketch", "question": "How?", "shape": {"steps": [0, 1, 2, 3, 4], "name": "loss"}}


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("polls"), mode="class", token=SECRET) as house:
        yield house


@pytest.fixture(scope="module")
def teacher(house):
    return teacher_of(house)


@pytest.fixture(scope="module")
def students(house):
    return [student_of(house) for _ in range(3)]


@pytest.fixture
def ask(teacher):
    def ask(asked=CHOICE):
        answer = teacher.post("/polls", json=asked)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return ask


def vote(person, id, value, round=1):
    return person.put(f"/polls/{id}/vote", json={"round": round, "value": value})


def test_two_rounds_and_what_is_seen_of_them(teacher, students, ask):
    with students[0].live() as phone, teacher.live() as desk:
        id = ask()
        asked = phone.hear("stage", lambda told: (told["stage"]["poll"] or {}).get("id") == id)["stage"]["poll"]
        assert asked == CHOICE | {"id": id, "round": 1, "state": "open", "results": None}
        assert [vote(one, id, value).status_code for one, value in zip(students, (0, 0, 1), strict=True)] == [200] * 3
        assert desk.hear("poll", lambda told: told["count"] == 3)["histogram"]["counts"] == [2, 1]
        assert vote(students[0], id, 1, round=2).status_code == 409
        assert teacher.patch(f"/polls/{id}", json={"state": "closed"}).json()["results"][0]["counts"] == [2, 1]
        late = vote(students[0], id, 1)
        assert (late.status_code, "is closed in round 1" in late.json()["detail"]) == (409, True)
        hidden = students[1].get(f"/polls/{id}").json()
        assert (hidden["results"], hidden["vote"], hidden["state"]) == (None, 0, "closed")
        assert teacher.patch(f"/polls/{id}", json={"state": "open", "round": 2}).status_code == 200
        assert students[1].get(f"/polls/{id}").json()["vote"] is None, "The second round is another."
        for one in students[:2]:
            vote(one, id, 1, round=2)
        for move in ({"state": "closed", "round": 2}, {"state": "revealed", "round": 2}):
            assert teacher.patch(f"/polls/{id}", json=move).status_code == 200
        revealed = phone.hear("stage", lambda told: (told["stage"]["poll"] or {}).get("state") == "revealed")
        results = [{"round": 1, "count": 3, "counts": [2, 1]}, {"round": 2, "count": 2, "counts": [0, 2]}]
        assert revealed["stage"]["poll"]["results"] == students[2].get(f"/polls/{id}").json()["results"] == results
        assert vote(students[0], id, 0, round=2).status_code == 409
        table = teacher.get(f"/polls/{id}/results.csv")
        assert table.headers["content-type"].startswith("text/csv")
        assert table.text == "round,value,count\n1,SGD,2\n1,'=Adam,1\n2,'=Adam,2\n"


def test_taps_and_reconnects_are_one_vote(teacher, students, ask):
    id = ask()
    taps = [threading.Thread(target=vote, args=(one, id, n % 2)) for n in range(8) for one in students]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert vote(students[0], id, 1).json() == {"round": 1, "value": 1}
    (result,) = teacher.get(f"/polls/{id}").json()["results"]
    assert (result["count"], sum(result["counts"])) == (3, 3)


def test_numbers_and_curves_are_tables_too(teacher, students, ask):
    number, sketch = ask(NUMBER), ask(SKETCH)
    for one, steps in zip(students, (7, 7, 90), strict=True):
        assert vote(one, number, steps).json()["value"] == steps
        assert vote(one, sketch, [1, 0.5, steps, 0.25, 0]).status_code == 200
    assert teacher.get(f"/polls/{number}/results.csv").text == "round,value,count\n1,7,2\n1,90,1\n"
    rows = "1,1.0,0.5,7.0,0.25,0.0,2\n1,1.0,0.5,90.0,0.25,0.0,1\n"
    assert teacher.get(f"/polls/{sketch}/results.csv").text == f"round,y1,y2,y3,y4,y5,count\n{rows}"
    (result,) = teacher.get(f"/polls/{sketch}").json()["results"]
    assert (result["median"], result["high"][2]) == ([1, 0.5, 7, 0.25, 0], 48.5)


@pytest.mark.parametrize(
    ("asked", "value"), [(CHOICE, 2), (CHOICE, 0.5), (NUMBER, 7.5), (NUMBER, 101), (SKETCH, [1, 2, 3, 4]), (SKETCH, 1)]
)
def test_what_is_no_answer_is_refused(students, ask, asked, value):
    answer = vote(students[0], ask(asked), value)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["value"])


def test_a_poll_leaves_the_stage_and_not_the_store(teacher, students, ask):
    id = ask()
    vote(students[0], id, 0)
    assert teacher.delete(f"/polls/{id}").status_code == 204
    with students[0].live() as phone:
        assert phone.stage()["poll"] is None
    assert teacher.get(f"/polls/{id}").json()["results"][0]["count"] == 1
    with teacher.live() as desk:
        desk.say(type="stage", revision=desk.stage()["revision"], change={"poll": id})
        told = desk.hear("stage", lambda told: told["stage"]["poll"])["stage"]["poll"]
        assert (told["id"], told["results"]) == (id, None), "What is not revealed stays hidden."


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("patch", ""), ("delete", ""), ("put", "/vote"), ("get", "/results.csv")]
)
def test_a_poll_that_is_not_there(teacher, method, path):
    bodies = {"patch": {"state": "closed"}, "put": {"round": 1, "value": 0}}
    about = {"json": bodies[method]} if method in bodies else {}
    assert getattr(teacher, method)(f"/polls/0123456789abcdef{path}", **about).status_code == 404


# Offers


def test_an_offer_is_shown_with_its_nickname(teacher, students):
    student = students[0]
    assert student.put("/nickname", json={"nickname": " Ada  L "}).json() == {"nickname": "Ada L"}
    with teacher.live() as desk, student.live() as phone:
        student.post("/offers", json={"name": "first", "state": "1.abc.x"})
        id = student.post("/offers", json={"name": "It turns", "state": "1.def.y"}).json()["id"]
        (told,) = desk.hear("offers", lambda told: [one["id"] for one in told["offers"]] == [id])["offers"]
        assert told == teacher.get("/offers").json()["items"][0]
        assert (told["name"], told["nickname"], told["state"]) == ("It turns", "Ada L", "1.def.y")
        assert teacher.post(f"/offers/{id}/present").status_code == 204
        seen = phone.stage(presented={"nickname": "Ada L"})
        assert (seen["view"]["state"], seen["cursor"]["step"]) == ("1.def.y", 0)
        desk.hear("offers", lambda told: told["offers"] == [])
        desk.say(type="stage", revision=seen["revision"], change={"presented": None})
        phone.stage(presented=None)


def test_only_its_own_experiments_does_somebody_offer_and_shown_they_are_shared(house, teacher, students):
    spec = {"problem": {"kind": "parabola"}, "runs": [{}]}
    mine = students[0].client.post(f"{house.http}/api/experiments", json=spec).json()["id"]
    assert students[1].post("/offers", json={"name": "not mine", "experiment": mine}).status_code == 404
    id = students[0].post("/offers", json={"name": "mine", "experiment": mine}).json()["id"]
    look = f"{house.http}/api/experiments/{mine}"
    assert students[1].client.get(look).status_code == 404
    assert teacher.post(f"/offers/{id}/present").status_code == 204
    assert students[1].client.get(look).status_code == 200


def test_an_offer_is_taken_back_by_its_own_or_declined_by_the_teacher(teacher, students):
    id = students[0].post("/offers", json={"name": "mine", "state": "1.a.b"}).json()["id"]
    assert students[1].delete(f"/offers/{id}").status_code == 404
    assert students[0].delete(f"/offers/{id}").status_code == 204
    id = students[0].post("/offers", json={"name": "mine", "state": "1.a.b"}).json()["id"]
    assert teacher.delete(f"/offers/{id}").status_code == 204
    assert teacher.post(f"/offers/{id}/present").status_code == 404


@pytest.mark.parametrize("wrong", [{"name": "nothing"}, {"name": "", "state": "1.a.b"}, {"state": "1.a.b"}])
def test_an_offer_has_a_name_and_something_to_show(students, wrong):
    assert students[0].post("/offers", json=wrong).status_code == 422


def test_what_a_shape_has_besides_is_for_who_asked(teacher, students, ask):
    given = SKETCH["shape"] | {"right": 3, "note": "it turns back"}
    with students[0].live() as phone:
        id = ask(SKETCH | {"shape": given})
        seen = phone.hear("stage", lambda told: (told["stage"]["poll"] or {}).get("id") == id)["stage"]["poll"]["shape"]
    told = students[0].get(f"/polls/{id}").json()["shape"]
    assert told == seen
    assert SKETCH["shape"].items() <= told.items()
    assert not {"right", "note"} & set(told)
    assert given.items() <= teacher.get(f"/polls/{id}").json()["shape"].items()

"""Challenges over HTTP: what is submitted is run by the server, and what it did decides."""

import pytest
from classroom import SECRET, ComputesHere, student_of, teacher_of

BOWL = {"title": "Down", "problem": {"kind": "bowl"}, "steps": 200, "goal": {"loss": 1e-3}}


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("challenges"), mode="class", token=SECRET) as house:
        house.app.state.server.pool = ComputesHere()
        yield house


@pytest.fixture(scope="module")
def teacher(house):
    return teacher_of(house)


@pytest.fixture(scope="module")
def students(house):
    return [student_of(house) for _ in range(3)]


@pytest.fixture
def challenge(teacher):
    answer = teacher.post("/challenges", json=BOWL)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def submit(person, id, lr, **more):
    return person.post(f"/challenges/{id}/submissions", json={"run": {"optimizer": {"kind": "sgd", "lr": lr}, **more}})


def test_the_run_decides_and_the_best_of_everybody_is_ranked(house, teacher, students, challenge):
    students[0].put("/nickname", json={"nickname": "Ada"})
    slow, fast = submit(students[0], challenge, 0.01).json(), submit(students[0], challenge, 0.1).json()
    assert slow["steps"] is None or slow["steps"] > fast["steps"]
    spec = {"problem": BOWL["problem"], "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 200}
    losses = teacher.client.post(f"{house.http}/api/simulate", json=spec).json()["runs"][0]["loss"]
    assert fast["steps"] == next(k for k, loss in enumerate(losses) if loss <= 1e-3)
    assert (fast["reached"], fast["rank"], fast["best"], fast["loss"]) == (True, 1, fast["steps"], min(losses))
    assert submit(students[0], challenge, 0.09).json()["best"] == fast["steps"], "The better one is kept."
    submit(students[1], challenge, 0.1)
    board = students[1].get(f"/challenges/{challenge}").json()
    assert [(row["rank"], row["nickname"], row["mine"]) for row in board["rows"]] == [
        (1, "Ada", False),
        (1, None, True),
    ]
    assert board["rows"][0]["optimizer"].endswith("lr 0.1")
    assert BOWL.items() <= (board | {"problem": BOWL["problem"]}).items()


def test_what_does_not_reach_the_goal_is_told_and_not_ranked(students, challenge):
    told = submit(students[0], challenge, 10.0).json()
    assert (told["reached"], told["steps"], told["best"], told["rank"]) == (False, None, None, None)
    assert students[0].get(f"/challenges/{challenge}").json()["rows"] == []


def test_the_teacher_hides_a_row(teacher, students, challenge):
    submit(students[0], challenge, 0.1)
    submit(students[1], challenge, 0.08)
    first = teacher.get(f"/challenges/{challenge}").json()["rows"][0]
    path = f"/challenges/{challenge}/submissions/{first['id']}"
    assert students[1].patch(path, json={"hidden": True}).status_code == 403
    shown = teacher.patch(path, json={"hidden": True}).json()["rows"]
    assert [(row["hidden"], row["rank"]) for row in shown] == [(True, None), (False, 1)]
    assert [row["mine"] for row in students[1].get(f"/challenges/{challenge}").json()["rows"]] == [True]
    assert len(teacher.patch(path, json={"hidden": False}).json()["rows"]) == 2


def test_a_challenge_is_on_the_stage_and_in_the_list(teacher, students, challenge):
    with students[0].live() as phone:
        assert phone.stage()["challenge"] == challenge
    listed = students[0].get("/challenges").json()
    assert listed["items"][0]["id"] == challenge
    for preset in listed["presets"]:
        made = teacher.post("/challenges", json={"preset": preset["name"]})
        assert (made.status_code, made.json()["title"]) == (201, preset["title"])


@pytest.mark.parametrize(
    ("wrong", "loc"),
    [
        (BOWL | {"goal": {"loss": "low"}}, ["goal", "loss"]),
        (BOWL | {"problem": {"kind": "quadratic", "eigenvalues": []}}, ["problem", "eigenvalues"]),
        ({"preset": "unheard of"}, ["preset"]),
        ({"preset": "bowl", "steps": 0}, ["steps"]),
        ({}, ["title"]),
    ],
)
def test_what_is_no_challenge_is_refused_by_its_place(teacher, wrong, loc):
    answer = teacher.post("/challenges", json=wrong)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, loc)


def test_a_submission_begins_where_the_problem_begins(students, challenge):
    assert submit(students[0], challenge, 0.1, start=[0, 0]).status_code == 422
    assert submit(students[0], challenge, -1).json()["errors"][0]["loc"][:2] == ["run", "optimizer"]
    assert submit(students[0], "0123456789abcdef", 0.1).status_code == 404


def test_nobody_is_called_nearly_what_another_is(students):
    students[1].put("/nickname", json={"nickname": "Oca"})
    for name in ("OCA", "Оса", "O-c a"):
        assert students[2].put("/nickname", json={"nickname": name}).status_code == 409
    assert students[1].put("/nickname", json={"nickname": "oca"}).status_code == 200, "One's own may change."
    assert students[1].put("/nickname", json={"nickname": None}).json() == {"nickname": None}
    assert students[2].put("/nickname", json={"nickname": "Оса"}).status_code == 200
    assert students[2].put("/nickname", json={"nickname": "x\u202ey"}).status_code == 422

"""While a class is asked what runs do, only its teacher has any run, and the experiment on the stage is not shared."""

import json

import pytest
from classroom import PATIENCE, SECRET, student_of, teacher_of
from websockets.sync.client import connect

SPEC = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.3}}], "steps": 10}
QUESTION = {"kind": "choice", "question": "What does it do?", "options": ["It converges", "It diverges"]}
LESSON = {"page": "lesson", "lesson": "momentum", "part": "predict"}
WAITS = "Your class is asked what the runs will do"


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("wait"), mode="class", token=SECRET) as house:
        yield house


@pytest.fixture(scope="module")
def teacher(house):
    return teacher_of(house)


@pytest.fixture(scope="module")
def student(house):
    return student_of(house)


@pytest.fixture(scope="module")
def runs(house, teacher, student):
    """Return all requests that let something run: their paths, and what is sent."""
    quiz = teacher.client.get("/api/lessons/how-big-a-step").json()["quiz"]
    n, asked = next((n, one) for n, one in enumerate(quiz) if one["kind"] == "setting")
    mine = student.client.post("/api/experiments", json=SPEC).json()["id"]
    challenge = teacher.post("/challenges", json={"preset": "rosenbrock"}).json()["id"]
    return {
        "/api/simulate": SPEC,
        "/api/simulate/steps": SPEC,
        "/api/experiments": SPEC,
        f"/api/experiments/{mine}/fork": {"run": 0, "step": 0},
        f"/api/experiments/{mine}/resume": {},
        f"/api/lessons/how-big-a-step/quiz/{n}": {"values": dict.fromkeys(asked["fields"], 0.1)},
        "/api/lessons/draft": {"title": "Mine", "spec": SPEC},
        f"/api/room/challenges/{challenge}/submissions": {"run": {"optimizer": {"kind": "sgd", "lr": 0.1}}},
    }


@pytest.fixture
def ask(teacher):
    """Return a function that asks the class something, for as long as the test runs."""
    asked = []

    def ask(**about):
        asked.append(teacher.post("/polls", json=QUESTION | about).json()["id"])
        return asked[-1]

    yield ask
    for id in asked:
        teacher.delete(f"/polls/{id}")


def waiting(person, runs):
    """Return which requests are refused because the class is asked."""
    answers = {path: person.client.post(path, json=body) for path, body in runs.items()}
    return {path for path, answer in answers.items() if answer.status_code == 409 and WAITS in answer.text}


def told_of_preview(house, person):
    with connect(f"{house.ws}/api/preview", additional_headers=person.head) as socket:
        socket.send(json.dumps({"id": 7, "spec": SPEC}))
        return json.loads(socket.recv(timeout=PATIENCE))


def test_nothing_runs_from_the_question_to_its_reveal_but_for_the_teacher(house, teacher, student, runs, ask):
    assert waiting(student, runs) == set()
    id = ask()
    assert waiting(student, runs) == set(runs)
    told = told_of_preview(house, student)
    assert (told["type"], told["request"], told["status"], WAITS in told["detail"]) == ("problem", 7, 409, True)
    assert waiting(teacher, runs) == set()
    assert told_of_preview(house, teacher)["status"] == 503  # Nobody computes here.
    teacher.patch(f"/polls/{id}", json={"state": "closed"})
    assert waiting(student, runs) == set(runs)
    teacher.patch(f"/polls/{id}", json={"state": "revealed"})
    assert waiting(student, runs) == set()
    assert told_of_preview(house, student)["status"] == 503


def test_a_question_that_needs_no_runs_holds_none(student, runs, ask):
    ask(shape={"holds": False})
    assert waiting(student, runs) == set()


def test_a_question_that_is_taken_away_holds_none(teacher, student, runs, ask):
    teacher.delete(f"/polls/{ask()}")
    assert waiting(student, runs) == set()


def test_the_experiment_on_the_stage_is_shared_once_its_runs_may_be_seen(teacher, student, ask):
    shown = teacher.client.post("/api/experiments", json=SPEC).json()["id"]

    def is_seen():
        return student.client.get(f"/api/experiments/{shown}").status_code == 200

    with teacher.live() as desk:
        base = desk.stage()["revision"]
        desk.say(type="stage", revision=base, change={"view": LESSON | {"experiment": shown}})
        desk.hear("stage", lambda told: told["stage"]["view"]["experiment"] == shown)
        assert not is_seen(), "The class has not predicted."
        id = ask()
        desk.say(type="stage", change={"cursor": {"step": 3, "playing": True}})
        desk.hear("stage", lambda told: told["stage"]["cursor"]["step"] == 3)
        assert not is_seen()
        for state in ("closed", "revealed"):
            teacher.patch(f"/polls/{id}", json={"state": state})
        assert is_seen()

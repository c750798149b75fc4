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


def leaks(answer):
    """Return what of a lesson says more than what is asked."""
    told = answer.json()
    prediction = set(told["prediction"]) - {"kind", "text", "answers", "low", "high", "run", "column"}
    presets = {name for preset in told["presets"] for name in preset} - {"name", "text", "spec"}
    return (set(told) - {"slug", "title", "question", "terms", "prediction", "presets"}) | prediction | presets


def test_no_lesson_has_its_answers_for_students_while_they_are_asked(teacher, student, ask):
    slugs = [one["slug"] for one in teacher.client.get("/api/lessons").json()["items"]]

    def told(person):
        found = set()
        for slug in slugs:
            found |= leaks(person.client.get(f"/api/lessons/{slug}"))
        return found, person.client.get("/api/lessons/momentum/values").status_code

    everything = {"right", "because", "truth", "claims", "notice", "why", "takeaway", "summary", "quiz", "dialogue"}
    id = ask()
    for state in ("open", "closed"):
        if state == "closed":
            teacher.patch(f"/polls/{id}", json={"state": state})
        assert told(student) == (set(), 409)
        assert everything <= told(teacher)[0]
        refused = student.client.get("/api/lessons/momentum/values").json()
        assert WAITS in refused["detail"]
    teacher.patch(f"/polls/{id}", json={"state": "revealed"})
    assert everything <= told(student)[0]
    ask(shape={"holds": False})
    assert everything <= told(student)[0]


def test_the_lesson_on_the_stage_has_none_until_its_runs_go(teacher, student):
    with teacher.live() as desk:
        base = desk.stage()["revision"]
        change = {"view": LESSON, "poll": None, "cursor": {"step": 0, "playing": False}}
        desk.say(type="stage", revision=base, change=change)
        desk.hear("stage", lambda told: told["stage"]["view"]["lesson"] == "momentum")
        assert leaks(student.client.get("/api/lessons/momentum")) == set()
        assert leaks(student.client.get("/api/lessons/how-big-a-step")), "Another one is read as ever."
        desk.say(type="stage", change={"cursor": {"playing": True}})
        desk.hear("stage", lambda told: told["stage"]["cursor"]["playing"])
        assert leaks(student.client.get("/api/lessons/momentum"))


def test_an_experiment_that_is_shared_no_longer_leaves_the_stage_and_may_come_again(teacher, student):
    other = student_of(student.house)

    def made():
        return student.client.post("/api/experiments", json=SPEC).json()["id"]

    def present(id):
        student.post("/offers", json={"name": "mine", "experiment": id})
        (offer,) = teacher.get("/offers").json()["items"]
        assert teacher.post(f"/offers/{offer['id']}/present").status_code == 204

    mine = made()
    with student.live() as phone:
        for _ in range(2):
            present(mine)
            phone.hear("stage", lambda told: told["stage"]["view"]["experiment"] == mine)
            assert other.client.get(f"/api/experiments/{mine}").status_code == 200
            assert student.client.patch(f"/api/experiments/{mine}", json={"shared": False}).status_code == 200
            seen = phone.hear("stage", lambda told: told["stage"]["view"]["experiment"] is None)["stage"]
            assert (seen["view"]["state"], seen["presented"], seen["cursor"]["step"]) == (None, None, 0)
            assert other.client.get(f"/api/experiments/{mine}").status_code == 404
        present(mine)
        phone.hear("stage", lambda told: told["stage"]["view"]["experiment"] == mine)
        student.client.patch(f"/api/experiments/{mine}", json={"name": "renamed"})
        assert teacher.client.get(f"/api/experiments/{mine}").json()["shared"]
        student.client.delete(f"/api/experiments/{mine}")
        phone.hear("stage", lambda told: told["stage"]["view"]["experiment"] is None)

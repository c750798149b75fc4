"""POST /api/simulate and /api/preview: the book's numbers, the law of ?every, limits, and the newest request wins."""

import json
import time

import httpx
import pytest
from thermometer import check, each_row
from traces import header_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from slalom.wire.frames import decode

PARABOLA = {"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1.05}}], "steps": 40}


def simulate(api, spec, **query):
    answer = api.post("/api/simulate", json=spec, params=query)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()["runs"]


def thermometer(scaling, lr, steps):
    problem = {"kind": "regression", "data": "thermometer", "scaling": scaling}
    return {"problem": problem, "runs": [{"optimizer": {"kind": "sgd", "lr": lr}}], "steps": steps, "dtype": "float32"}


@each_row
def test_the_thermometer_of_the_book(api, scaling, lr, steps, printed, parameters):
    (run,) = simulate(api, thermometer(scaling, lr, steps))
    check(printed, parameters, run["loss"], run["params"])


def test_the_thermometer_says_why_it_blew_up(api):
    (run,) = simulate(api, thermometer("raw", 1e-2, 20))
    outcome = run["outcome"]
    assert (outcome["kind"], outcome["nonfinite"], outcome["first_rise"]) == ("diverged", 10, 1)
    assert len(run["loss"]) == 11
    assert run["loss"][-1] == "inf"
    for number in ("5,880", "3.4 × 10⁻⁴", "3,340-fold"):
        assert number in outcome["because"]
    evidence = outcome["evidence"]
    assert evidence["sharpness"] == pytest.approx(5883.421261, rel=1e-5)
    assert evidence["limit"] == pytest.approx(3.399383e-4, rel=1e-5)
    assert evidence["predicted_growth"] == pytest.approx(3344.7961, rel=1e-5)
    assert evidence["measured_growth"] == pytest.approx(3344.7961, rel=1e-5)


@pytest.mark.parametrize(
    ("problem", "runs", "steps", "losses"),
    [
        (
            {"kind": "formula", "text": "0.5*(x*y - 1)**2"},
            [{"optimizer": {"kind": "sgd", "lr": lr}, "start": [3, 0.5]} for lr in (0.1, 0.2, 0.25, 0.3, 0.4)],
            2000,
            [],
        ),
        (
            {"kind": "parabola"},
            [{"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9, "dampening": 1}}],
            20,
            [16, 10.24, 6.1504],
        ),
        (
            {"kind": "bowl"},
            [
                {"optimizer": {"kind": "sgd", "lr": 0.05, "momentum": b, "dampening": d}}
                for b in (0.5, 1.0)
                for d in (0, 1)
            ],
            60,
            [],
        ),
    ],
)
def test_ground_and_rules_without_an_inverse_have_outcomes(api, problem, runs, steps, losses):
    found = simulate(api, {"problem": problem, "runs": runs, "steps": steps})
    assert [len(run["loss"]) for run in found] == [steps + 1] * len(runs)
    assert found[0]["loss"][: len(losses)] == pytest.approx(losses)
    assert all(run["outcome"]["because"] and "fault" not in run["outcome"]["because"] for run in found)


def test_a_sweep_of_dampening_keeps_all_its_runs(api):
    vary = [{"field": "run.optimizer.dampening", "from": 0, "to": 1, "n": 5}]
    runs = [{"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9}}]
    found = simulate(api, PARABOLA | {"runs": runs, "vary": vary, "steps": 20})
    assert [run["value"] for run in found] == [0, 0.25, 0.5, 0.75, 1]
    assert all("fault" not in run["outcome"]["because"] for run in found)


def test_the_same_spec_gives_the_same_bytes(api):
    spec = PARABOLA | {"runs": [{"optimizer": {"kind": "adam", "lr": 0.1}, "noise": 0.5}], "seeds": 3}
    assert api.post("/api/simulate", json=spec).content == api.post("/api/simulate", json=spec).content


def test_every_run_says_which_it_is(api):
    vary = [{"field": "run.optimizer.lr", "values": [0.1, 0.2]}]
    runs = [{"label": "one"}, {"label": "two", "optimizer": {"kind": "adam"}}]
    found = simulate(api, PARABOLA | {"runs": runs, "vary": vary, "seeds": 2, "seed": 7})
    about = [(run["label"], run["index"], run["value"], run["seed"]) for run in found]
    assert about[:4] == [("one", 0, 0.1, 7), ("one", 0, 0.1, 8), ("one", 0, 0.2, 7), ("one", 0, 0.2, 8)]
    assert [one[:2] for one in about[4:]] == [("two", 1)] * 4


@pytest.mark.parametrize("every", [1, 2, 3, 7, 40, 41, 1000])
def test_every_mth_entry_is_that_of_the_whole_answer(api, every):
    (whole,), (some,) = simulate(api, PARABOLA), simulate(api, PARABOLA, every=every)
    for name in ("loss", "lr", "grad_norm", "step_norm", "sharpness", "limit", "params"):
        assert some[name] == whole[name][::every]
    assert some["outcome"] == whole["outcome"]
    assert some.get("step", list(range(41))) == list(range(0, 41, every))


def test_a_run_ends_with_its_first_nonfinite_entry_and_the_others_go_on(api):
    runs = [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (30.0, 0.1)]
    first, second = simulate(api, PARABOLA | {"runs": runs, "steps": 300})
    assert len(first["loss"]) == first["outcome"]["nonfinite"] + 1 < 301
    assert len(second["loss"]) == 301


def test_what_is_too_large_is_told_what_to_do(api):
    answer = api.post("/api/simulate", json=PARABOLA | {"steps": 200_000})
    body = answer.json()
    assert answer.status_code == 422
    assert (body["limit"], body["setting"]) == (1_000_000, "SLALOM_SIMULATE_NUMBERS")
    assert body["value"] == 200_001 * 7
    assert "every=m" in body["detail"]
    assert "POST /api/experiments" in body["detail"]


@pytest.mark.parametrize(
    ("change", "loc", "words"),
    [
        ({"steps": 0}, ["steps"], "must be at least 1, but is 0"),
        ({"steps": None}, ["steps"], "must be a whole number, but is empty"),
        ({"runs": []}, ["runs"], "needs at least 1 value, but has none"),
        (
            {"problem": {"kind": "network", "data": {"kind": "moons"}, "hidden": [4] * 50}},
            ["problem", "hidden"],
            "may have at most 8 values, but has 50",
        ),
        (
            {"runs": [{"optimizer": {"kind": "sgd", "lr": -1}}]},
            ["runs", 0, "optimizer", "lr"],
            "at least 0",
        ),
        (
            {"runs": [{"optimizer": {"kind": "sgd", "rate": 1}}]},
            ["runs", 0, "optimizer", "rate"],
            "is not a setting here",
        ),
        ({"runs": [{"optimizer": {"kind": "adma"}}]}, ["runs", 0, "optimizer"], "'adam'"),
        ({"runs": [{"start": [1, 2]}]}, ["runs", 0, "start"], "start has 2 numbers"),
        ({"problem": {"kind": "formula", "text": "x + qq"}}, ["problem", "text"], "qq"),
        ({"runs": [{"batch_size": 4}]}, ["runs", 0, "batch_size"], "no examples to batch"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(api, change, loc, words):
    answer = api.post("/api/simulate", json=PARABOLA | change)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["loc"] == loc
    assert words in error["msg"]
    assert words in answer.json()["detail"]


def test_a_formula_error_says_where(api):
    body = api.post("/api/simulate", json=PARABOLA | {"problem": {"kind": "formula", "text": "x + * 2"}}).json()
    assert body["errors"][0]["position"] == body["position"] == 4


def preview(server):
    return connect(f"{server.replace('http', 'ws')}/api/preview", max_size=None)


def answers(socket, request):
    """Return the frames of a request and the messages until its last."""
    frames, said = [], []
    while True:
        message = socket.recv(timeout=60)
        if isinstance(message, bytes):
            frames.append(message)
            continue
        said.append(json.loads(message))
        if said[-1]["request"] == request and said[-1]["type"] in ("done", "problem"):
            return [frame for frame in frames if header_of(frame)["request"] == request], said


def test_a_preview_is_the_same_computation(server, api):
    with preview(server) as socket:
        socket.send(json.dumps({"id": 5, "spec": PARABOLA}))
        frames, said = answers(socket, 5)
    (run,) = simulate(api, PARABOLA)
    assert [loss for frame in frames for loss in decode(frame).data[0, 0]] == run["loss"]
    (done,) = said
    events = done.pop("events")
    assert done == {"type": "done", "request": 5, "outcomes": [run["outcome"]]}
    assert [(event["run"], event["kind"], event["step"]) for event in events] == [
        (0, "crossing", 0),
        (0, "first_rise", run["outcome"]["first_rise"]),
        (0, "exploded", run["outcome"]["exploded"]),
    ]


def test_the_newest_preview_wins(server):
    slow = PARABOLA | {"steps": 60_000, "runs": [{"optimizer": {"kind": "adam"}}]}
    with preview(server) as socket:
        for request in range(5):
            socket.send(json.dumps({"id": request, "spec": slow}))
        socket.send(json.dumps({"id": 9, "spec": PARABOLA}))
        frames, said = answers(socket, 9)
    assert [one["request"] for one in said if one["type"] == "superseded"] == [0, 1, 2, 3, 4]
    assert said[-1]["type"] == "done"
    assert len(frames) >= 1


def test_a_bad_preview_is_answered_and_the_socket_stays_open(server):
    with preview(server) as socket:
        socket.send(json.dumps({"id": 1, "spec": PARABOLA | {"steps": -1}}))
        _, (problem,) = answers(socket, 1)
        assert (problem["type"], problem["status"], problem["request"]) == ("problem", 422, 1)
        assert problem["errors"] == [{"loc": ["steps"], "msg": "must be at least 1, but is -1"}]
        socket.send(json.dumps({"id": 2, "spec": PARABOLA | {"steps": 3_000_000}}))
        assert answers(socket, 2)[1][0]["setting"] == "SLALOM_STEPS"
        for text, status in (("nope", 400), ("{}", 422), ('{"id": "1", "spec": {}}', 422), ("[]", 422)):
            socket.send(text)
            assert json.loads(socket.recv(timeout=60))["status"] == status
        socket.send(json.dumps({"id": 3, "spec": PARABOLA}))
        assert answers(socket, 3)[1][-1]["type"] == "done"


def test_only_so_many_simulations_wait(quiet):
    house = quiet()
    answer = httpx.post(f"{house.http}/api/simulate", json=PARABOLA)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["detail"].startswith("32 simulations wait already.")


def test_a_regression_may_have_as_many_pairs_as_it_promises(api):
    x = [(-1) ** i * (1 + i / 7919) * 1e-100 for i in range(5000)]
    problem = {"kind": "regression", "x": x, "y": x[::-1]}
    spec = {"problem": problem, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 1}
    assert len(json.dumps(spec)) > 200_000
    assert api.post("/api/simulate", json=spec).status_code == 200
    longer = spec | {"problem": problem | {"x": [*x, 1], "y": [*x, 1]}}
    assert api.post("/api/simulate", json=longer).json()["errors"][0]["loc"] == ["problem", "x"]


@pytest.mark.parametrize(("size", "answered"), [(262_143, True), (262_144, True), (262_145, False)])
def test_a_preview_message_may_be_as_large_as_the_limit(quiet, size, answered):
    with connect(f"{quiet().ws}/api/preview") as socket:
        socket.send("x" * size)
        if answered:
            assert json.loads(socket.recv(timeout=30))["status"] == 400
        else:
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=30)
            assert closed.value.rcvd.code == 1009


def test_previews_beyond_the_pace_are_read_more_slowly(quiet):
    with connect(f"{quiet(preview_messages_per_second=10).ws}/api/preview") as socket:
        started = time.monotonic()
        for _ in range(25):
            socket.send("x")
        assert [json.loads(socket.recv(timeout=30))["status"] for _ in range(25)] == [400] * 25
        assert time.monotonic() - started >= 1.3


def test_updates_are_told_with_all_that_the_rule_remembers(api):
    spec = PARABOLA | {"runs": [{"optimizer": {"kind": "sgd", "lr": 0.1, "momentum": 0.9}}]}
    answer = api.post("/api/simulate/steps", json=spec, params={"first": 1, "count": 2})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["steps"]
    assert (first["step"], second["step"]) == (1, 2)
    assert first["gradient"] == pytest.approx([2 * first["point"][0]])
    assert first["state"]["velocity"] == pytest.approx([0.9 * -8 + first["gradient"][0]])
    assert first["after"] == second["point"] == pytest.approx([first["point"][0] - 0.1 * first["state"]["velocity"][0]])


@pytest.mark.parametrize("count", [0, 65])
def test_too_many_updates_at_once_are_refused(api, count):
    assert api.post("/api/simulate/steps", json=PARABOLA, params={"count": 64}).status_code == 200
    assert api.post("/api/simulate/steps", json=PARABOLA, params={"count": count}).status_code == 422


def test_updates_of_a_network_or_of_no_run_are_refused_in_words(api):
    answer = api.post("/api/simulate/steps", json=PARABOLA, params={"run": 7})
    assert (answer.status_code, answer.json()["detail"][:21]) == (422, "There is no run 7; th")
    network = {"problem": {"kind": "network", "data": {"kind": "moons"}}, "runs": [{}], "steps": 5}
    answer = api.post("/api/simulate/steps", json=network)
    assert answer.status_code == 422
    assert "too many parameters" in answer.json()["detail"]

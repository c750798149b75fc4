"""Whatever is asked, the thread that serves everybody gets its turn: no body, however slow to check, holds it."""

import asyncio
import gc
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.sync.client import connect

from slalom.memory import look_for_garbage_seldom

LONGEST = 0.25
"""Seconds between two turns, at most; some 10 ms on a quiet machine, where the goal is 50."""
JSON = {"Content-Type": "application/json"}
BOWL, MOONS = {"kind": "bowl"}, {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [2]}
NUMBERS = [i / 7 for i in range(1200)]
FORMULAS = [f"sin({i}*x)*exp(cos(y*{i}))/(1+tanh(x*y)**2)+log(x**2+y**2+{i})**3" for i in range(700)]


def swept(n, field="run.optimizer.lr", problem=BOWL, **more):
    axis = {"field": field, "from": 0.1, "to": 0.9, "n": n}
    return {"problem": problem, "runs": [{}], "steps": 2, "vary": [axis]} | more


def listed(field, values, problem=BOWL):
    return {"problem": problem, "runs": [{}], "steps": 2, "vary": [{"field": field, "values": values}]}


WORST = {
    "a sweep of 4 095": swept(4095),
    "a sweep of 4 096": swept(4096),
    "a sweep of 4 097": swept(4097),
    "a sweep of 100 000": swept(100_000),
    "a sweep of a network": swept(4096, problem=MOONS),
    "a sweep of inline data": swept(2000, "problem.x.0", {"kind": "regression", "x": NUMBERS, "y": NUMBERS}),
    "rules": listed("run.optimizer", [{"kind": "adam"}] * 3600),
    "schedules": listed("run.schedule", [{"kind": "cosine"}] * 3000),
    "formulas": listed("problem.text", FORMULAS, {"kind": "formula", "text": "x*y"}),
    "a map of lists": {
        "kind": "map",
        "problem": BOWL,
        "vary": [{"field": "run.optimizer.lr", "values": [0.5] * 8000}, {"field": "run.start.0", "values": [1]}],
    },
    "a map of 10 000 000 columns": {
        "kind": "map",
        "problem": BOWL,
        "vary": [
            {"field": "run.optimizer.lr", "from": 0, "to": 1, "n": 10**7},
            {"field": "run.start.0", "values": [1]},
        ],
    },
    "runs": {"problem": BOWL, "runs": [{}] * 20_000},
    "wrong runs": {"problem": BOWL, "runs": [0] * 30_000},
    "wrong numbers": {"problem": {"kind": "quadratic", "eigenvalues": ["x"] * 15_000}, "runs": [{}]},
    "unknown fields": {"problem": BOWL, "runs": [{}]} | {f"a{i}": 1 for i in range(6000)},
    "a long list": {"problem": {"kind": "regression", "x": [1] * 30_000, "y": [1]}, "runs": [{}]},
    "deep lists": {"problem": BOWL, "runs": [{}], "vary": json.loads("[" * 150 + "]" * 150)},
}
TABLE = "\n".join(f"{i},{i % 7}.5,{i % 3}" for i in range(100_000))


class Turns:
    """Takes a turn every 5 ms on a loop, and notes what the process computed between two of them.

    Not how late it is: on a busy machine that is up to others. A thread that keeps Python's lock counts as well.
    """

    def __init__(self):
        self.longest = 0.0

    async def take(self):
        while True:
            begin = time.process_time()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.process_time() - begin)


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    """Yield a server that looks for garbage as ``slalom serve`` does."""
    before = gc.get_threshold()
    with quiet_server(tmp_path_factory.mktemp("loop"), queue_per_client=1000) as house:
        look_for_garbage_seldom()
        yield house
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.fixture
def watched(house):
    """Yield that server and the turns of its loop."""
    turns = Turns()
    taking = asyncio.run_coroutine_threadsafe(turns.take(), house.loop)
    yield house, turns
    taking.cancel()


@pytest.mark.parametrize("name", WORST)
def test_no_body_holds_the_loop(watched, name):
    house, turns = watched
    text = json.dumps(WORST[name], separators=(",", ":"))
    assert len(text) < 64 * 1024
    with httpx.Client(base_url=house.http, headers=JSON, timeout=120) as api:
        statuses = [api.post(path, content=text).status_code for path in ("/api/simulate", "/api/experiments")]
    with connect(f"{house.ws}/api/preview") as socket:
        socket.send(json.dumps({"id": 1, "spec": WORST[name]}, separators=(",", ":")))
        assert json.loads(socket.recv(timeout=120))["status"] in (400, 422, 503)
    print(f"{name}: {1e3 * turns.longest:.0f} ms between two turns; {statuses}")
    assert set(statuses) <= {201, 400, 422, 503}
    assert turns.longest < LONGEST


def test_neither_does_a_fork_of_a_large_sweep_nor_a_cell_of_a_large_map(watched):
    house, turns = watched
    with httpx.Client(base_url=house.http, headers=JSON, timeout=120) as api:
        id = api.post("/api/experiments", json=swept(4096)).json()["id"]
        assert api.post(f"/api/experiments/{id}/fork", json={"run": 4095, "step": 1}).status_code == 201
        wide = WORST["a map of lists"] | {"vary": [{"field": "run.optimizer.lr", "from": 0, "to": 1, "n": 2**20}]}
        wide["vary"].append({"field": "run.start.0", "values": [1]})
        id = api.post("/api/experiments", json=wide).json()["id"]
        assert api.get(f"/api/experiments/{id}/cell?x={2**20 - 1}&y=0").status_code == 503
    print(f"{1e3 * turns.longest:.0f} ms between two turns")
    assert turns.longest < LONGEST


def test_nor_does_a_table_of_two_megabytes(watched):
    house, turns = watched
    headers = {"Content-Type": "text/csv"}
    answer = httpx.post(f"{house.http}/api/datasets", content=TABLE[:2_000_000], headers=headers, timeout=120)
    print(f"{1e3 * turns.longest:.0f} ms between two turns")
    assert answer.status_code == 201
    assert turns.longest < LONGEST


def test_nor_do_many_of_them_at_once(watched):
    house, turns = watched

    def ask(name):
        return httpx.post(f"{house.http}/api/simulate", json=WORST[name], timeout=300).status_code

    with ThreadPoolExecutor(8) as askers:
        assert set(askers.map(ask, ["a sweep of 4 096", "rules", "a sweep of a network", "formulas"] * 2)) == {503}
    print(f"{1e3 * turns.longest:.0f} ms between two turns")
    assert turns.longest < LONGEST


def test_nor_does_the_description_of_the_api(watched):
    house, turns = watched
    assert httpx.get(f"{house.http}/openapi.json", timeout=120).status_code == 200
    print(f"{1e3 * turns.longest:.0f} ms between two turns")
    assert turns.longest < LONGEST

"""A fourth kind of experiment, in a copy of the tree: a class, a runner, and a line in each of the two lists."""

import json
import shutil
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from slalom.wire.frames import decode

ROOT = Path(__file__).parents[2]

SPEC_CLASS = '''
"""One run, repeated with one seed after the other."""

from __future__ import annotations

from typing import ClassVar, Literal

from slalom.settings import Count

from .base import ExperimentSpec, Lane
from .run import Run


class Repeat(ExperimentSpec):
    """One run, repeated; what is found is how far apart its ends are."""

    offers: ClassVar[tuple[str, ...]] = ("trace", "findings")
    keeps: ClassVar[str] = "every entry, and how far apart the ends are"
    findings: ClassVar[str | None] = "spread"

    kind: Literal["repeat"] = "repeat"
    run: Run = Run.model_construct()
    steps: Count = 20
    times: Count = 3

    @property
    def runs(self) -> list[Run]:
        return [self.run]

    @property
    def lane_count(self) -> int:
        return self.times

    def lanes(self) -> list[Lane]:
        return [Lane(self.problem, self.run, self.seed + i, 0, None) for i in range(self.times)]

    def place(self, lane: Lane, field: str) -> tuple[str | int, ...]:
        return ("run", field)
'''

RUNNER = '''
"""Repetitions on their way."""

from __future__ import annotations

from .runner import ComparisonRunner, Result, unwatched


class RepeatRunner(ComparisonRunner):
    """Watches the last losses."""

    def __init__(self, spec, uploads, share=None):
        super().__init__(spec, uploads, share)
        self._last = [0.0] * spec.times

    def frames(self, alive=unwatched, known=()):
        for tick in super().frames(alive, known):
            yield tick
            for block in tick.blocks:
                for place, run in enumerate(block.runs):
                    self._last[run] = float(block.data[block.columns.index("loss"), place, -1])

    def result(self, alive=unwatched):
        return Result(self.outcomes, {"lowest": min(self._last), "highest": max(self._last)})
'''

LISTED = {
    "catalogue/experiments/__init__.py": (
        ("from .range_test import RangeTest", "from .range_test import RangeTest\nfrom .repeat import Repeat"),
        ('Annotated[Map, Tag("map")],', 'Annotated[Map, Tag("map")] | Annotated[Repeat, Tag("repeat")],'),
    ),
    "engine/runners.py": (
        ("from .map.runner", "from slalom.catalogue.experiments.repeat import Repeat\n\nfrom .map.runner"),
        ("from .runner import", "from .repeat import RepeatRunner\nfrom .runner import"),
        ("    Map: MapRunner,\n", "    Map: MapRunner,\n    Repeat: RepeatRunner,\n"),
    ),
}

SPEC = {"kind": "repeat", "problem": {"kind": "bowl"}, "run": {"noise": 0.1}, "steps": 30, "times": 4}


@pytest.fixture(scope="module")
def address(tmp_path_factory, serving):
    """A server that knows repetitions, too."""
    tree = tmp_path_factory.mktemp("tree")
    package = tree / "backend/slalom"
    shutil.copytree(ROOT / "backend/slalom", package, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "frontend").symlink_to(ROOT / "frontend")
    (package / "catalogue/experiments/repeat.py").write_text(SPEC_CLASS.lstrip())
    (package / "engine/repeat.py").write_text(RUNNER.lstrip())
    for file, changes in LISTED.items():
        text = (package / file).read_text()
        for old, new in changes:
            assert text.count(old) == 1, (file, old)
            text = text.replace(old, new)
        (package / file).write_text(text)
    process, address = serving.start(tree / "slalom.db", PYTHONPATH=str(package.parent))
    serving.warm(address)
    yield address
    assert serving.stop(process) == 0


@pytest.fixture(scope="module")
def web(address):
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def simulated(web):
    return web.post("/api/simulate", json=SPEC).json()


def heard(socket):
    """Return the frames and the messages of a socket, up to the one that says that it is done."""
    frames, said = [], []
    while not said or said[-1]["type"] != "done":
        message = socket.recv(timeout=60)
        if isinstance(message, bytes):
            frames.append(message)
        else:
            said.append(json.loads(message))
    return frames, said


def losses(frames, run):
    blocks = [decode(frame) for frame in frames]
    mine = [block.data[0, block.runs.index(run)].tolist() for block in blocks if run in block.runs]
    return [loss for part in mine for loss in part]


def test_it_is_simulated(simulated):
    assert [len(run["loss"]) for run in simulated["runs"]] == [31] * 4
    assert [run["seed"] for run in simulated["runs"]] == [0, 1, 2, 3]
    ends = [run["loss"][-1] for run in simulated["runs"]]
    assert len(set(ends)) == 4
    assert simulated["repeat"] == {"lowest": min(ends), "highest": max(ends)}


def test_it_is_previewed(address, simulated):
    with connect(f"{address.replace('http', 'ws')}/api/preview") as socket:
        socket.send(json.dumps({"id": 1, "spec": SPEC}))
        frames, said = heard(socket)
    assert said[-1]["outcomes"] == [run["outcome"] for run in simulated["runs"]]
    assert [losses(frames, run) for run in range(4)] == [run["loss"] for run in simulated["runs"]]


def test_it_is_stored_streamed_and_asked_for_what_it_found(web, address, simulated):
    id = web.post("/api/experiments", json=SPEC).json()["id"]
    with connect(f"{address.replace('http', 'ws')}/api/experiments/{id}/stream?ack=0") as socket:
        frames, said = heard(socket)
    assert said[-1]["status"] == "done"
    assert [losses(frames, run) for run in range(4)] == [run["loss"] for run in simulated["runs"]]
    record = web.get(f"/api/experiments/{id}").json()
    assert (record["kind"], record["name"], record["status"]) == ("repeat", "Bowl, Gradient descent, lr 0.001", "done")
    assert record["outcomes"] == [run["outcome"] for run in simulated["runs"]]
    assert web.get(f"/api/experiments/{id}/trace").json()["runs"] == simulated["runs"]
    assert web.get(f"/api/experiments/{id}/findings").json() == simulated["repeat"]


@pytest.mark.parametrize("part", ["map", "sweep", "range", "views/plane"])
def test_what_it_does_not_have_is_said(web, part):
    id = web.post("/api/experiments", json=SPEC).json()["id"]
    answer = web.get(f"/api/experiments/{id}/{part}")
    assert answer.status_code == 404
    assert "is a repeat, which has no" in answer.json()["detail"]


def test_it_is_limited_like_others(web):
    answer = web.post("/api/experiments", json=SPEC | {"times": 10**9})
    assert (answer.status_code, answer.json()["setting"]) == (422, "SLALOM_LANES")

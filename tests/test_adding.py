"""One of each, added to a copy of the tree as docs/architecture.md says: a file, and a line where such are listed.

And one of each that another package adds.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import extras
import httpx
import pytest

from slalom.lessons import LESSONS
from slalom.wire.arrays import unpack_arrays as read_arrays

ROOT = Path(__file__).parents[1]

FILES = {
    "backend/slalom/catalogue/problems/trough.py": '''
"""A trough."""

from __future__ import annotations

from typing import ClassVar, Literal

from .base import Interval
from .surface import Surface


class Trough(Surface):
    """A valley whose walls become steeper."""

    kind: Literal["trough"] = "trough"
    title: ClassVar[str] = "Trough"
    source: ClassVar[str] = "This test"
    template: ClassVar[str] = "x**2 + x**4"
    window: ClassVar[tuple[Interval, ...]] = ((-2.0, 2.0),)
    origin: ClassVar[tuple[float, ...]] = (1.0,)
    known: ClassVar[tuple[tuple[float, ...], ...]] = ((0.0,),)
''',
    "backend/slalom/catalogue/optimizers/halved.py": '''
"""Half a step."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from slalom.catalogue.base.choice import Array, Module

from .base import Optimizer, like


class Halved(Optimizer):
    """Gradient descent with half of its learning rate."""

    kind: Literal["halved"] = "halved"
    lr: float = Field(0.1, ge=0)
    """Learning rate, twice what is used."""

    title = "Half a step"
    source = "This test"
    torch_class = "Halved"
    torch_source = """
class Halved(torch.optim.Optimizer):
    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] / 2 * p.grad
"""
    operations = 2
    has_theory = False

    class State(NamedTuple):
        """Nothing."""

    def init(self, p: Array, xp: Module) -> State:
        return self.State()

    def step(self, p, g, state, lr, xp, hessian=None):
        return p - like(lr, p) / 2 * g, state
''',
    "backend/slalom/catalogue/schedules/alternating.py": '''
"""To and fro."""

from __future__ import annotations

from typing import Literal

from slalom.catalogue.base.choice import Array

from .base import Schedule


class Alternating(Schedule):
    """Every other update has a tenth of the learning rate."""

    kind: Literal["alternating"] = "alternating"

    title = "Alternating"
    source = "This test"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        return lr * (1 - 0.9 * (t % 2))

    def torch_source(self, rest: int) -> str:
        return "return lr * (1 - 0.9 * (t % 2))"
''',
    "backend/slalom/catalogue/datasets/ring.py": '''
"""A ring."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import DataPart
from .synthetic import Synthetic
from .torch_random import Generator


class Ring(Synthetic):
    """Points of the plane, inside of a circle or not."""

    kind: Literal["ring"] = "ring"
    title: ClassVar[str] = "Ring"
    source: ClassVar[str] = "This test"
    shape: ClassVar[str] = "a disc and what is around it,"

    n: int = Field(100, ge=2, le=1000)
    """Points to train on."""
    noise: float = Field(0.0, ge=0, le=0)
    """There is none."""

    def draw(self, random: Generator, n: int) -> DataPart:
        points = 2 * random.uniform(2 * n).reshape(n, 2) - 1
        return DataPart(points, ((points**2).sum(axis=1) > 0.5).astype(np.int64))

    def sentence(self) -> str:
        return "Points of a plane; the class says whether they are in a disc."
''',
    "backend/slalom/engine/views/weights.py": '''
"""The length of all weights."""

from __future__ import annotations

import numpy as np

from .source import ViewResult, ViewSource


def length_of_weights(source: ViewSource) -> ViewResult:
    """Return the length of all weights at every entry that was kept."""
    seen = source.one_run()
    return {"steps": seen.steps}, {"length": np.linalg.norm(seen.params, axis=1)}
''',
    "frontend/panels/network/weights.js": """
/** The length of all weights, as a number. */

import { fit } from "./fit.js";

/** @type {import("../../types/page.js").Panel} */
export const weights = { ...fit, id: "weights", title: "All weights" };
""",
    "frontend/hello.html": """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Hello</title>
    <script src="pages/hello.js" type="module"></script>
  </head>
  <body></body>
</html>
""",
    "frontend/pages/hello.js": """/** A page that greets. */

import { el } from "../ui/dom.js";

document.body.append(el("p", {}, "Hello"));
""",
}

LISTED = {
    "catalogue/problems/surfaces.py": (
        (
            "\nAnySurface = (\n    Parabola\n",
            "from .trough import Trough\n\nAnySurface = (\n    Parabola\n    | Trough\n",
        ),
    ),
    "catalogue/optimizers/__init__.py": (
        ("from .base import", "from .halved import Halved\nfrom .base import"),
        ("    | Newton\n)\n", "    | Newton\n    | Halved\n)\n"),
    ),
    "catalogue/schedules/single.py": (
        ("from .cyclic import", "from .alternating import Alternating\nfrom .cyclic import"),
        ("| Lambda | Ramp\n", "| Lambda | Ramp | Alternating\n"),
    ),
    "catalogue/datasets/__init__.py": (("_Own = Moons | ", "from .ring import Ring\n\n_Own = Ring | Moons | "),),
    "catalogue/views.py": (
        (
            "VIEW_KINDS: tuple[ViewKind, ...] = (\n",
            "VIEW_KINDS: tuple[ViewKind, ...] = (\n"
            '    ViewKind("weights", "weights.length_of_weights", tab="Weights", grows=("length",)),\n',
        ),
    ),
    "../../frontend/panels/network/index.js": (
        (
            "export const NETWORK_PANELS = {\n",
            'import { weights } from "./weights.js";\n\nexport const NETWORK_PANELS = {\n  weights,\n',
        ),
    ),
}

PLAIN = '{ optimizer = { kind = "sgd", lr = 0.5 }, start = [-4] }'
HALVED = '{ optimizer = { kind = "halved", lr = 1.0 }, start = [-4] }'

PAGE = """
import { networkPicture } from "./frontend/panels/main-panel.js";
import { questionFor } from "./frontend/server/views.js";
import { joined } from "./frontend/state/arrays.js";
import { readMore, written } from "./frontend/state/link-options.js";
import { picturesFor, tabOf } from "./frontend/state/network-views.js";

const spec = { problem: { kind: "network" }, runs: [] };
const view = { picture: "weights", selected: 0 };
const views = { experiment: "1", directions: "path", parameter: 0, bundles: {}, refused: {} };
const part = (step) => ({
  kind: "weights",
  run: 0,
  steps: [step],
  arrays: { length: { shape: [1], data: new Float64Array([step]) } },
});
console.log(
  JSON.stringify({
    tabs: picturesFor(spec.problem, "classes").map(tabOf),
    key: questionFor(spec, view, views).key,
    title: networkPicture({ spec, view, views }).title,
    link: readMore(written({}, view)).view,
    grown: [...joined(part(0), part(5)).arrays.length.data],
  }),
);
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory, serving):
    """A client of a server that knows one more of each."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in ("backend/slalom", "frontend"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for file, text in FILES.items():
        (tree / file).write_text(text.lstrip())
    for file, changes in LISTED.items():
        listing = tree / "backend/slalom" / file
        text = listing.read_text()
        for old, new in changes:
            assert text.count(old) == 1, (file, old)
            text = text.replace(old, new)
        listing.write_text(text)
    subprocess.run(
        [sys.executable, "-m", "slalom.web.typescript"], env=os.environ | {"PYTHONPATH": f"{tree}/backend"}, check=True
    )
    (tree / "page.mjs").write_text(PAGE)
    process, address = serving.start(tree / "slalom.db", PYTHONPATH=str(tree / "backend"))
    with httpx.Client(base_url=address, timeout=60) as client:
        client.tree = tree
        yield client
    assert serving.stop(process) == 0


def test_it_is_in_the_catalogue_with_its_help_and_its_form(web):
    catalogue = web.get("/api/catalogue").json()
    parts = {"problems": "trough", "optimizers": "halved", "schedules": "alternating", "datasets": "ring"}
    for part, kind in parts.items():
        (one,) = (one for one in catalogue[part] if one["kind"] == kind)
        assert one["title"]
        assert one["help"]
        assert "kind" in one["schema"]["properties"]
    (trough,) = (one for one in catalogue["problems"] if one["kind"] == "trough")
    assert trough["minima"][0]["point"] == [0]
    assert "<math" in trough["mathml"]


def test_a_surface_an_optimizer_and_a_schedule_are_run(web):
    run = {"optimizer": {"kind": "halved", "lr": 0.2}, "schedule": {"kind": "alternating"}}
    spec = {"problem": {"kind": "trough"}, "runs": [run], "steps": 2}
    (found,) = web.post("/api/simulate", json=spec).json()["runs"]
    assert found["lr"] == pytest.approx([0.2, 0.02, 0.2])
    first = 1 - 0.1 * (2 + 4)
    second = first - 0.01 * (2 * first + 4 * first**3)
    assert [point[0] for point in found["params"]] == pytest.approx([1, first, second])
    assert found["outcome"]["because"]
    names = {"__name__": "program"}
    exec(web.post("/api/script", json=spec).text, names)
    assert names["main"]() == pytest.approx(found["loss"])


def test_a_network_learns_the_data_set_and_is_seen_in_the_view(web):
    network = {"kind": "network", "data": {"kind": "ring"}, "hidden": [4]}
    spec = {"problem": network, "runs": [{"optimizer": {"kind": "adam", "lr": 0.05}}], "steps": 60}
    id = web.post("/api/experiments", json=spec).json()["id"]
    record = web.get(f"/api/experiments/{id}", params={"wait": 60}).json()
    assert (record["status"], record["error"]) == ("done", None)
    trace = web.get(f"/api/experiments/{id}/trace").json()["runs"][0]
    assert trace["loss"][-1] < trace["loss"][0]
    header, arrays = read_arrays(web.get(f"/api/experiments/{id}/views/weights").content)
    assert (header["kind"], header["steps"][0], header["steps"][-1]) == ("weights", 0, 60)
    assert len(arrays["length"]) == len(header["steps"])
    assert arrays["length"].min() > 0


def test_the_page_has_a_tab_for_the_view_and_draws_it(web):
    run = subprocess.run(["node", "page.mjs"], cwd=web.tree, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == {
        "tabs": ["Weights", "Plane", "Data", "Surprise", "Inside"],
        "key": "weights 0",
        "title": "All weights",
        "link": {"picture": "weights"},
        "grown": [0, 5],
    }


def test_a_page_is_served_with_what_it_needs(web):
    page = web.get("/hello")
    assert (page.status_code, "hello.js" in page.text) == (200, True)
    script = page.text.partition('src="')[2].partition('"')[0]
    assert "Hello" in web.get(script).text


@pytest.fixture(scope="module")
def extended(tmp_path_factory, serving):
    """A client of a server beside which a package is installed that adds one of each."""
    folder = tmp_path_factory.mktemp("site")
    lesson = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")
    assert lesson.count(PLAIN) == 1
    extras.install(folder, entries=extras.ENTRY_POINTS, lesson=lesson.replace(PLAIN, HALVED))
    path = os.pathsep.join([str(folder), str(ROOT / "backend")])
    process, address = serving.start(folder / "slalom.db", PYTHONPATH=path)
    with httpx.Client(base_url=address, timeout=60) as client:
        client.folder, client.path = folder, path
        yield client
    assert serving.stop(process) == 0


def test_what_a_package_adds_is_in_the_catalogue_and_on_the_page(extended):
    catalogue = extended.get("/api/catalogue").json()
    for part, kind in {"problems": "trough", "optimizers": "halved", "datasets": "ring"}.items():
        (one,) = (one for one in catalogue[part] if one["kind"] == kind)
        assert one["help"]
        assert "kind" in one["schema"]["properties"]
    assert {(one["name"], one["error"]) for one in catalogue["plugins"]} == {
        ("trough", None),
        ("halved", None),
        ("ring", None),
        ("half", None),
    }
    for address in ("/state/kinds.js", "/bundle/workbench/main.js", "/de/state/kinds.js"):
        assert "  halved: { hessian: false, scale_free: false, memory: null }," in extended.get(address).text
    assert "ring" in json.dumps(extended.get("/openapi.json").json()["components"]["schemas"])


def test_what_a_package_adds_is_run_and_stored(extended):
    spec = {"problem": {"kind": "trough"}, "runs": [{"optimizer": {"kind": "halved", "lr": 0.2}}], "steps": 1}
    (found,) = extended.post("/api/simulate", json=spec).json()["runs"]
    assert [point[0] for point in found["params"]] == pytest.approx([1, 1 - 0.1 * 6])
    network = {"kind": "network", "data": {"kind": "ring"}, "hidden": [4]}
    wandering = {"kind": "torch", "path": "slalom_extras.classes.Wandering", "lr": 0.05}
    spec = {"problem": network, "runs": [{"optimizer": {"kind": "halved"}}, {"optimizer": wandering}], "steps": 9}
    id = extended.post("/api/experiments", json=spec).json()["id"]
    record = extended.get(f"/api/experiments/{id}", params={"wait": 60}).json()
    assert (record["status"], record["error"]) == ("done", None)
    fork = extended.post(f"/api/experiments/{id}/fork", json={"run": 1, "step": 4}).json()["id"]
    assert extended.get(f"/api/experiments/{fork}", params={"wait": 60}).json()["status"] == "done"
    losses = [extended.get(f"/api/experiments/{one}/trace").json()["runs"] for one in (id, fork)]
    assert losses[1][0]["loss"] == losses[0][1]["loss"][4:]


def test_a_class_that_does_not_fit_is_refused_before_it_is_stored(extended):
    path = {"kind": "torch", "path": "slalom_extras.classes.Wanderer"}
    spec = {"problem": {"kind": "bowl"}, "runs": [{}, {"optimizer": path}], "steps": 5}
    for route in ("/api/experiments", "/api/simulate"):
        answer = extended.post(route, json=spec)
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["runs", 1, "optimizer", "path"])
        assert "Optimizers there are: Wandering" in answer.json()["detail"]


def test_the_lessons_of_a_package_are_listed_and_checked(extended):
    assert [one["slug"] for one in extended.get("/api/lessons").json()["items"]][-1] == "half"
    assert extended.get("/lessons/half", headers={"Accept": "text/html"}).status_code == 200
    command = [sys.executable, "-m", "slalom", "lessons", "check", str(extended.folder / "slalom_extras/lessons")]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": extended.path}, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1].endswith("all hold.")) == (0, True), done.stdout

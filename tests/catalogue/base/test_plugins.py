"""Entry points of other packages add choices; what cannot be used is said, and breaks nothing."""

import json
import os
import subprocess
import sys

import extras
import pytest

from slalom.lessons import LESSONS

PROGRAM = """
import json
import sys

from slalom.catalogue.experiments import SPEC
from slalom.lessons import library
from slalom.web.api.catalogue import describe_catalogue
from slalom.web.static.kinds import MODULE, source_of

lessons = [lesson.slug for lesson in library()]
found = describe_catalogue()
parts = {name: [one.get("kind") for one in found[name]] for name in ("problems", "optimizers", "datasets")}
specs = []
for spec in json.loads(sys.argv[1]):
    try:
        specs.append(json.loads(SPEC.validate_python(spec).model_dump_json()))
    except ValueError as error:
        specs.append(str(error))
from slalom.web.static.files import frontend
facts = source_of(MODULE, lambda name: (frontend() / name).read_bytes())
more = {"lessons": lessons, "plugins": found["plugins"], "specs": specs, "facts": facts}
print(json.dumps(parts | more | {"torch": "torch" in sys.modules}))
"""
TROUGH = {"problem": {"kind": "trough"}, "runs": [{"optimizer": {"kind": "halved", "lr": 0.2}}]}
RING = {"problem": {"kind": "network", "data": {"kind": "ring"}}, "runs": [{}]}


def loaded(folder, *specs):
    """Return what a fresh process knows with a folder on its path, and what it said to the log."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", PROGRAM, json.dumps(specs)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    lesson = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")
    return loaded(extras.install(folder, entries=extras.ENTRY_POINTS, lesson=lesson), TROUGH, RING)


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    return loaded(
        extras.install(tmp_path_factory.mktemp("bad"), entries=extras.BROKEN),
        TROUGH,
        {"problem": {"kind": "bowl"}, "runs": [{}]},
    )


def test_a_package_adds_one_of_each(good):
    found, said = good
    assert (found["problems"][-1], found["optimizers"][-2:], found["datasets"][-2:]) == (
        "trough",
        ["halved", "torch"],
        ["ring", "names"],
    )
    assert found["lessons"][-1] == "half"
    assert {(one["group"], one["name"], one["package"], one["kind"], one["error"]) for one in found["plugins"]} == {
        ("slalom.problems", "trough", "slalom-extras 1.0", "trough", None),
        ("slalom.optimizers", "halved", "slalom-extras 1.0", "halved", None),
        ("slalom.datasets", "ring", "slalom-extras 1.0", "ring", None),
        ("slalom.lessons", "half", "slalom-extras 1.0", None, None),
    }
    assert not said
    assert found["torch"] is False


def test_a_spec_names_what_a_package_adds_and_the_page_knows_it(good):
    found, _ = good
    trough, ring = found["specs"]
    assert (trough["problem"], trough["runs"][0]["optimizer"]["lr"]) == ({"kind": "trough"}, 0.2)
    assert ring["problem"]["data"]["kind"] == "ring"
    assert "  halved: { hessian: false, scale_free: false, memory: null },\n" in found["facts"]
    assert '  ring: { task: "classes", view: "boundary", classes: 2, counted: null },\n' in found["facts"]


def test_what_cannot_be_used_is_said_and_breaks_nothing(bad):
    found, log = bad
    errors = {one["name"]: one["error"] for one in found["plugins"]}
    assert all(one["kind"] is None for one in found["plugins"] if one["name"] not in ("silent", "twin", "nameless"))
    for name, words in {
        "gone": "slalom_extras:Gone cannot be loaded (AttributeError",
        "missing": "no_such_module:Surface cannot be loaded (ModuleNotFoundError: No module named 'no_such_module')",
        "rule": "Halved'> is no subclass of slalom.catalogue.problems.base.Problem",
        "nameless": "Nameless needs a kind of its own",
        "twin": "there is a kind 'adam' already",
        "silent": "Silent does not say operations, source, title, torch_class",
        "empty": "its lessons cannot be read (There are no lessons in ",
    }.items():
        assert words in errors[name], errors
        assert f"{name} of slalom-extras 1.0 adds nothing to slalom." in log
    assert "halved" not in found["optimizers"]
    assert "trough" in found["specs"][0]
    assert found["specs"][1]["problem"]["kind"] == "bowl"

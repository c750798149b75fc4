"""What the README shows, done: its REST call, its Python call, and its list of settings."""

import json
import re
from pathlib import Path

import pytest

from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.surface import Surface
from slalom.catalogue.schedules import SCHEDULES
from slalom.settings import Limits, Settings

README = (Path(__file__).parents[1] / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def post(api, call):
    """Send what a call with curl sends."""
    path = re.search(rf"{ADDRESS}(\S+)", call)[1]
    return api.post(path, json=json.loads(re.search(r"-d '(.*?)'", call, re.S)[1]))


@pytest.mark.parametrize(
    ("section", "path"),
    [("range test", "range"), ("sweep", "sweep"), ("map", "map?format=png"), ("map", "map?format=npz")],
)
def test_what_each_section_shows_can_be_had_by_its_call(api, section, path):
    text = README.split(f"### The {section}\n")[1]
    (call, *_) = re.findall(r"```sh\n(.*?)```", text, re.S)
    id = post(api, call).json()["id"]
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    answer = api.get(f"/api/experiments/{id}/{path}")
    assert answer.status_code == 200
    assert f"/api/experiments/{{id}}/{path.partition('?')[0]}" in text


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]*\]\((docs/\S+)\)", README))
def test_every_picture_is_there_and_small(picture):
    data = (Path(__file__).parents[1] / picture).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 200_000


def test_the_rest_call_answers_what_the_text_says(api):
    (call,) = [block for block in blocks("sh") if "/api/simulate" in block]
    (run,) = post(api, call).json()["runs"]
    assert (run["outcome"]["kind"], run["outcome"]["nonfinite"]) == ("diverged", 10)
    assert all(number in run["outcome"]["because"] for number in ("5,880", "3.4 × 10⁻⁴"))


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_the_python_calls_run(server, capsys, number):
    call = blocks("python")[number]
    exec(compile(call.replace(ADDRESS, server), "README.md", "exec"), {})
    assert capsys.readouterr().out.count("\n") == (3, 1)[number]


def test_there_is_no_python_call_that_is_not_run():
    assert len(blocks("python")) == 2


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - set(Limits.model_fields)))
def test_every_setting_is_listed(name):
    assert f"| `SLALOM_{name.upper()}` |" in README


def test_what_it_counts_is_there():
    surfaces = [kind for kind in PROBLEMS if issubclass(kind, Surface)]
    assert (len(surfaces), len(OPTIMIZERS), len(SCHEDULES)) == (23, 17, 18)
    assert "Twenty-three functions" in README
    assert "eighteen learning-rate schedules" in README

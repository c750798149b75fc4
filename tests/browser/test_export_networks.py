"""What is saved of a network in training: films in which its picture changes, and a replay without a network."""

import re

import pytest
from exporting import WAIT, choose_film, in_gif, in_webm, open_export, saved
from playwright.sync_api import expect
from safetensors.torch import load_file

SGD = {"optimizer": {"kind": "sgd", "lr": 0.3}, "batch_size": 32}
ADAM = {"optimizer": {"kind": "adam", "lr": 0.01}, "batch_size": 32}
PROBLEMS = {
    "moons": {"kind": "network", "data": {"kind": "moons"}, "hidden": [8]},
    "digits": {"kind": "network", "data": {"kind": "digits"}, "hidden": [16]},
    "names": {"kind": "character"},
}
STEPS = 60
CANVASES = "[...document.querySelectorAll('#picture canvas')].map((c) => c.toDataURL())"


@pytest.fixture(params=sorted(PROBLEMS))
def workbench(request, open_page, api):
    """The page of a trained network with its export open."""
    spec = {"problem": PROBLEMS[request.param], "runs": [SGD, ADAM], "steps": STEPS}
    made = api.post("/api/experiments", json=spec).json()
    assert api.get(f"/api/experiments/{made['id']}", params={"wait": 30}).json()["status"] == "done"
    page = open_page(f"/?experiment={made['id']}", reduced_motion="reduce")
    expect(page.locator("#controls .training")).to_contain_text("Trained", timeout=WAIT)
    expect(page.locator("#stage")).to_contain_text(re.compile("SGD, lr 0.3, step 60; "), timeout=WAIT)
    open_export(page)
    return page


def test_its_films_play_and_its_replay_needs_no_network(workbench, tmp_path, chromium):
    choose_film(workbench)
    film = in_gif(workbench, saved(workbench, "GIF", tmp_path))
    assert film["different"] == film["frames"] > 5
    assert in_webm(chromium, saved(workbench, "WebM", tmp_path))["different"] > 5
    replay(chromium, saved(workbench, "HTML", tmp_path))


def test_its_program_takes_its_parameters(workbench, tmp_path):
    names = {"__name__": "program"}
    exec(saved(workbench, "Program", tmp_path, "py").read_text(), names)
    state = load_file(saved(workbench, "Parameters", tmp_path, "safetensors"))
    assert names["build"]().load_state_dict(state).missing_keys == []


def replay(chromium, path):
    """Open a saved file with the network off, and see its picture change with the step."""
    said = []
    context = chromium.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    counter = page.locator("#transport output")
    expect(counter).to_have_text(f"step {STEPS} / {STEPS}", timeout=WAIT)
    expect(page.locator("#outcomes li")).to_have_count(2)
    page.wait_for_timeout(200)
    after = page.evaluate(CANVASES)
    page.keyboard.press("Home")
    expect(counter).to_have_text(f"step 0 / {STEPS}")
    page.wait_for_timeout(200)
    assert page.evaluate(CANVASES) != after
    context.close()
    assert said == []

"""The library in a real Chromium: find, rename, delete and restore, open, fork, compare, import; keyboard alone too."""

import json

import httpx
import pytest
from playwright.sync_api import expect

WAIT = 15_000  # milliseconds, on a busy machine
MADE = iter(range(1000))


def made(api, name, kind="bowl", lr=0.1, steps=30):
    spec = {"problem": {"kind": kind}, "runs": [{"optimizer": {"kind": "sgd", "lr": lr}}], "steps": steps}
    id = api.post("/api/experiments", json=spec).json()["id"]
    api.patch(f"/api/experiments/{id}", json={"name": name})
    return api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["id"]


@pytest.fixture
def word():
    """A word that only the experiments of this test have in their names."""
    return f"shelf{next(MADE)}q"


@pytest.fixture
def shelf(api, open_page, word):
    """A function that makes experiments and opens the library where only they are shown."""

    def shelf(*experiments, **options):
        for name, settings in experiments:
            made(api, f"{word} {name}", **settings)
        page = open_page(f"/library?search={word}", **options)
        expect(page.locator(".entry .title")).to_have_count(len(experiments), timeout=WAIT)
        return page

    return shelf


def ended_runs(api, word, name):
    """Return the trace of the newest experiment of that name, once it has ended."""
    (id, *_) = [
        item["id"]
        for item in api.get("/api/experiments", params={"search": word}).json()["items"]
        if f"{word} {name}" in item["name"]
    ]
    api.get(f"/api/experiments/{id}", params={"wait": 60})
    return api.get(f"/api/experiments/{id}/trace").json()["runs"]


def titles(page):
    return page.locator(".entry .title")


def test_an_experiment_is_found_by_problem_and_optimizer_and_has_a_picture_and_an_outcome(shelf, word):
    page = shelf(("one", {"lr": 1.0}), ("two", {"kind": "parabola"}))
    expect(titles(page).first).to_have_text(f"{word} two")
    expect(page.locator(".entry").nth(1)).to_contain_text("diverged")
    expect(page.locator(".entry .thumb path")).to_have_count(2, timeout=WAIT)
    page.get_by_role("searchbox").fill(f"{word} bowl sgd")
    expect(titles(page)).to_have_text([f"{word} one"], timeout=WAIT)
    page.get_by_role("searchbox").fill(f"{word} nothing")
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)


def test_a_name_is_changed_in_place(shelf, word, api):
    page = shelf(("old", {}))
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_role("textbox", name="Name")
    field.fill("thrown away")
    field.press("Escape")
    expect(titles(page)).to_have_text(f"{word} old")
    page.keyboard.press("F2")
    field.fill(f"{word} new")
    field.press("Enter")
    expect(titles(page)).to_have_text(f"{word} new")
    expect(titles(page)).to_be_focused()
    items = api.get("/api/experiments", params={"search": word}).json()["items"]
    assert [item["name"] for item in items] == [f"{word} new"]


def test_what_is_deleted_can_be_taken_back(shelf, word, api):
    page = shelf(("one", {}), ("two", {}))
    page.get_by_role("button", name=f"Delete “{word} two”").click()
    expect(titles(page)).to_have_text([f"{word} one"])
    expect(titles(page)).to_be_focused()
    assert len(api.get("/api/experiments", params={"search": word}).json()["items"]) == 1
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text([f"{word} two", f"{word} one"])
    page.reload()
    expect(titles(page)).to_have_text([f"{word} two", f"{word} one"], timeout=WAIT)


def test_an_experiment_opens_in_the_workbench_and_forks_there(shelf, word):
    page = shelf(("one", {}))
    address = page.url
    titles(page).click()
    expect(page.locator(".runs > .run")).to_have_count(1, timeout=WAIT)
    expect(page.locator("body")).to_contain_text(f"“{word} one” has finished", timeout=WAIT)
    page.goto(address)
    page.get_by_role("link", name="Fork lr 0.1").click()
    expect(page.locator(".fork h3")).to_contain_text("30", timeout=WAIT)


RATE = "run.optimizer.lr"
KINDS = {
    "/sweep": {"runs": [{}], "vary": [{"field": RATE, "values": [0.01, 0.1, 1.5]}]},
    "/range": {"kind": "range_test", "run": {}, "lr_from": 0.001, "lr_to": 3},
    "/map": {
        "kind": "map",
        "run": {},
        "vary": [
            {"field": RATE, "from": 0.01, "to": 2, "n": 8, "scale": "log"},
            {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 8},
        ],
    },
}


@pytest.mark.parametrize("path", sorted(KINDS))
def test_a_sweep_a_range_test_and_a_map_have_a_picture_and_open_on_their_pages(open_page, api, word, path):
    spec = {"problem": {"kind": "bowl"}, "steps": 60} | KINDS[path]
    id = api.post("/api/experiments", json=spec).json()["id"]
    api.patch(f"/api/experiments/{id}", json={"name": word})
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    page = open_page(f"/library?search={word}")
    drawn = "img" if path == "/map" else "path"
    expect(page.locator(f".entry .thumb {drawn}").first).to_be_visible(timeout=WAIT)
    titles(page).click()
    page.wait_for_url(f"**{path}?experiment={id}*", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    result = {"/sweep": ".sweep-progress", "/range": "#chosen", "/map": ".map-progress"}[path]
    said = {"/sweep": "has finished", "/range": "Use lr", "/map": "64 of 64"}[path]
    expect(page.locator(result)).to_contain_text(said, timeout=WAIT)


def test_two_are_compared_as_they_were_stored_or_it_says_why_not(shelf, word, api):
    page = shelf(("one", {}), ("two", {"lr": 0.2}), ("three", {"steps": 40}))
    bar = page.get_by_role("region", name="Compare")
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    expect(bar).to_contain_text("another one")
    boxes.nth(1).check()
    expect(bar).to_contain_text("different numbers of steps: 40, 30")
    expect(bar.get_by_role("button", name="Compare")).to_be_disabled()
    boxes.nth(0).uncheck()
    boxes.nth(2).check()
    one, other = ended_runs(api, word, "two"), ended_runs(api, word, "one")
    bar.get_by_role("button", name="Compare").click()
    expect(page.locator(".runs > .run")).to_have_count(2, timeout=WAIT)
    expect(page.locator("body")).to_contain_text("stored runs of several experiments", timeout=WAIT)
    assert [run["loss"] for run in ended_runs(api, word, "two and")] == [one[0]["loss"], other[0]["loss"]]
    rates = page.locator('.runs > .run [data-loc$="optimizer.lr"] .number')
    assert {rates.nth(i).input_value() for i in range(2)} == {"0.1", "0.2"}


def test_everything_can_be_done_with_the_keyboard(shelf, word):
    page = shelf(("one", {}), ("two", {}))
    page.keyboard.press("ArrowDown")
    expect(titles(page).first).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.get_by_role("region", name="Compare")).to_contain_text("2 selected")
    page.keyboard.press("Delete")
    expect(titles(page)).to_have_count(1)
    page.keyboard.press("u")
    expect(titles(page)).to_have_count(2)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    titles(page).first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Undo the last deletion")
    page.keyboard.press("Escape")
    titles(page).first.press("Enter")
    page.wait_for_url("**/?experiment=*", timeout=WAIT)


def test_an_exported_file_is_imported_and_a_bad_one_answered(shelf, word, server, tmp_path):
    page = shelf(("one", {}), expected="422")
    spec = httpx.get(f"{server}/api/experiments", params={"search": word}).json()["items"][0]["spec"]
    good, bad, refused = (tmp_path / name for name in ("good.json", "bad.json", "refused.json"))
    good.write_text(json.dumps({"slalom": 1, "name": f"{word} again", "spec": spec}))
    bad.write_text("<html>")
    refused.write_text(json.dumps({"slalom": 1, "spec": spec | {"steps": -3}}))
    for file, words in ((bad, "bad.json is not JSON"), (refused, "refused.json was refused. "), (good, "was imported")):
        page.locator("#file").set_input_files(file)
        expect(page.get_by_role("alert")).to_contain_text(words, timeout=WAIT)
    expect(titles(page).first).to_have_text(f"{word} again")


@pytest.mark.parametrize("format", ["json", "npz"])
def test_the_numbers_of_an_exported_file_are_shown_and_not_computed_again(shelf, word, api, tmp_path, format):
    page = shelf(("one", {}))
    (item,) = api.get("/api/experiments", params={"search": word}).json()["items"]
    file = tmp_path / f"runs.{format}"
    query = {"format": format, "spec": "true"}
    content = api.get(f"/api/experiments/{item['id']}/trace", params=query).content
    if format == "json":
        whole = json.loads(content)
        whole["runs"][0]["loss"][30] = 7.5  # No run of this set-up ends there.
        content = json.dumps(whole).encode()
    file.write_bytes(content)
    page.locator("#file").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("was imported", timeout=WAIT)
    expect(page.locator(".entry").first).to_contain_text("imported")
    page.locator(".entry .title").first.click()
    expect(page.locator("body")).to_contain_text(f"Imported from runs.{format}", timeout=WAIT)
    (run,) = ended_runs(api, word, "one")
    assert (run["loss"][30] == 7.5) is (format == "json")


def test_what_could_not_be_asked_is_asked_again_without_a_word(open_page):
    page = open_page("/library?search=nothing-at-all", expected="Failed to load resource")
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)
    page.route("**/api/experiments?*", lambda route: route.abort())
    page.reload()
    page.wait_for_timeout(500)
    expect(page.locator(".message")).to_have_count(0)
    page.unroute("**/api/experiments?*")
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)


def test_a_refusal_is_told_and_can_be_asked_again(open_page):
    page = open_page("/library?search=nothing-at-all", expected="Failed to load resource")
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)
    page.route("**/api/experiments?*", lambda route: route.fulfill(status=503))
    page.reload()
    expect(page.locator(".message")).to_contain_text("could not be read", timeout=WAIT)
    page.unroute("**/api/experiments?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)


def test_on_a_phone_the_outcomes_of_runs_fit_into_their_cards(shelf):
    page = shelf(("valley", {"kind": "rosenbrock", "lr": 0.001, "steps": 300}), ("bowl", {}), width=360, height=740)
    expect(page.locator(".run-line .badge").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_back_in_the_library_what_was_made_meanwhile_is_there(shelf, word, api):
    page = shelf(("one", {}))
    page.get_by_role("link", name="Workbench").click()
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    made(api, f"{word} two")
    page.go_back()
    expect(titles(page)).to_have_text([f"{word} two", f"{word} one"], timeout=WAIT)

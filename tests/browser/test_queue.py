"""What waits for a worker says that it waits, in every view and in both languages, and what it does once it has one."""

import pytest
from both_stores import client_of
from playwright.sync_api import expect
from workbench_page import look_at

WAIT = 60_000  # milliseconds, on a busy machine
LONG = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 2000}, "hidden": [64, 64]},
    "runs": [{}],
    "steps": 1_000_000,
}
SENTENCES = {"en": "Queued, until a worker is free.", "de": "Wartet, bis ein Prozess frei ist."}
WORDS = {"en": "Queued", "de": "Wartet"}


@pytest.fixture(scope="module")
def crowded(serving, tmp_path_factory):
    """Yield the client of a server whose only worker has something to do for long."""
    process, address = serving.start(tmp_path_factory.mktemp("crowded") / "slalom.db", SLALOM_WORKERS="1")
    try:
        with client_of(address) as client:
            assert client.post("/api/experiments", json=LONG).status_code < 300
            yield client
    finally:
        serving.stop(process)


@pytest.fixture
def visit(chromium, crowded):
    """A function that opens a page of the crowded server."""
    contexts = []

    def visit(path):
        contexts.append(chromium.new_context(reduced_motion="reduce"))
        page = contexts[-1].new_page()
        page.goto(f"{str(crowded.base_url).rstrip('/')}{path}", timeout=WAIT)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", WORDS)
def test_a_training_in_the_queue_is_called_so(visit, language):
    page = visit(f"/?lang={language}")
    page.locator("select[name=problem]").select_option("network", timeout=WAIT)
    expect(page.locator("#status")).to_have_text(WORDS[language], timeout=WAIT)
    expect(page.locator("#controls .training")).to_contain_text(SENTENCES[language], timeout=WAIT)


@pytest.mark.parametrize("view", ["Sweep", "Map", "Find lr"])
def test_the_views_say_that_they_wait(visit, view):
    page = visit("/")
    look_at(page, view)
    expect(page.locator("#status")).to_have_text("Queued", timeout=WAIT)
    expect(page.locator(".view:visible")).to_contain_text(SENTENCES["en"], timeout=WAIT)


def test_an_experiment_in_the_queue_goes_live_as_soon_as_the_worker_is_free(visit, crowded):
    before = [one["id"] for one in crowded.get("/api/experiments").json()["items"]]
    id = crowded.post("/api/experiments", json=LONG).json()["id"]
    page = visit(f"/?experiment={id}")
    expect(page.locator("#status")).to_have_text("Queued", timeout=WAIT)
    for one in before:
        crowded.delete(f"/api/experiments/{one}?purge=true")
    expect(page.locator("#status")).to_have_text("Live", timeout=WAIT)
    expect(page.locator("#controls .training")).to_contain_text("of 1,000,000 steps", timeout=WAIT)
    crowded.delete(f"/api/experiments/{id}?purge=true")

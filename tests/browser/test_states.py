"""Every page with nothing to show: before anything was asked for, unknown experiments, a server that is away."""

import pytest
from playwright.sync_api import expect

WAIT = 15_000  # milliseconds, on a busy machine
EMPTY = {
    "/range": ("#notes", "Choose a problem and press Start"),
    "/sweep": ("#result", "Pick a setting and its values"),
    "/map": (".map-read", "Pick two settings"),
    "/library?search=nothing-at-all-like-this": (".message", "No experiments match"),
}


@pytest.mark.parametrize("path", sorted(EMPTY))
def test_an_empty_page_says_what_to_do_and_is_ready(open_page, path):
    page = open_page(path)
    place, words = EMPTY[path]
    expect(page.locator(place)).to_contain_text(words, timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/range", "/sweep", "/map"])
def test_an_experiment_that_is_not_there_is_told_and_the_page_can_be_used(open_page, path):
    page = open_page(f"{path}?experiment=0000000000000000", expected="404")
    expect(page.locator("#notice")).to_contain_text("not on this server. It may have been deleted.", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    assert "0000000000000000" not in page.url
    if path in EMPTY:
        place, words = EMPTY[path]
        expect(page.locator(place)).to_contain_text(words, timeout=WAIT)


@pytest.mark.parametrize(
    ("path", "button"), [("/range", "Start"), ("/sweep", "Start the sweep"), ("/map", "Compute the map")]
)
def test_a_server_that_is_away_is_told_in_words_and_the_button_comes_back(open_page, path, button):
    page = open_page(path, expected=("Failed to load resource", "net::ERR"))
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.route("**/api/experiments", lambda route: route.abort())
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached", timeout=WAIT)
    expect(page.get_by_role("button", name=button, exact=True)).to_be_enabled(timeout=WAIT)


def test_nothing_above_jumps_while_a_range_test_runs_and_ends(open_page):
    page = open_page("/range")
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    tops = "['plot', 'notes', 'chosen', 'rules'].map((id) => document.getElementById(id).getBoundingClientRect().top)"
    before = page.evaluate(tops)
    page.get_by_label("Steps", exact=True).last.fill("200")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#chosen")).to_contain_text("Use this rate", timeout=60_000)
    assert page.evaluate(tops)[:2] == before[:2]


def test_while_a_training_has_not_begun_the_step_of_what_was_shown_before_is_gone(open_page):
    page = open_page(reduced_motion="reduce")
    card = page.locator(".this-step")
    expect(card).to_contain_text("gradient", timeout=WAIT)
    tall, held = card.bounding_box()["height"], []
    page.route("**/api/experiments", lambda route: held.append(route))
    page.locator("select[name=problem]").select_option("network")
    expect(card).to_have_text("", timeout=WAIT)
    assert card.bounding_box()["height"] == tall
    page.wait_for_timeout(500)  # A training begins once nothing has changed for a quarter of a second.
    expect(card).to_have_text("")
    assert held
    held[0].continue_()
    expect(card).to_contain_text("loss", timeout=WAIT)

"""Every page with nothing to show: nothing found, unknown experiments, refused set-ups, a server that is away."""

import pytest
from playwright.sync_api import expect
from workbench_page import look_at, set_up

WAIT = 60_000  # milliseconds, on a busy machine


def test_a_search_without_a_match_says_so_and_the_page_is_ready(open_page):
    page = open_page("/library?search=nothing-at-all-like-this")
    expect(page.locator(".message")).to_contain_text("No experiments match", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/range", "/sweep", "/map"])
def test_an_experiment_that_is_not_there_is_told_and_the_page_can_be_used(open_page, path):
    page = open_page(f"{path}?experiment=0000000000000000", expected="404")
    expect(page.locator("#notice")).to_contain_text("not on this server. It may have been deleted.", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=3 * WAIT)
    assert "0000000000000000" not in page.url


def test_a_set_up_of_which_there_is_no_picture_is_told_in_every_view(open_page):
    page = open_page("/sweep", expected="422")
    set_up(page, problem={"kind": "formula", "text": "x**2 +"})
    for view in ("sweep", "map", "range"):
        look_at(page, {"sweep": "Sweep", "map": "Map", "range": "Find lr"}[view])
        expect(page.locator(f"#{view} .view-note")).to_contain_text("formula", ignore_case=True, timeout=WAIT)
        expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)


@pytest.mark.parametrize(
    ("path", "button"), [("/range", "Start the range test"), ("/sweep", "Start the sweep"), ("/map", "Compute the map")]
)
def test_a_server_that_is_away_is_told_in_words_and_the_button_comes_back(open_page, path, button):
    page = open_page(path, expected=("Failed to load resource", "net::ERR"))
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.route("**/api/experiments", lambda route: route.abort())
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached", timeout=WAIT)
    expect(page.get_by_role("button", name=button, exact=True)).to_be_enabled(timeout=WAIT)


def test_while_a_training_has_not_begun_the_step_of_what_was_shown_before_is_gone(open_page):
    page = open_page(reduced_motion="reduce")
    card = page.locator(".this-step")
    expect(card).to_contain_text("gradient", timeout=WAIT)
    tall, held = card.bounding_box()["height"], []
    page.route("**/api/experiments", lambda route: held.append(route))
    page.locator("select[name=problem]").select_option("network")
    expect(card).to_have_text("This step", timeout=WAIT)
    assert card.bounding_box()["height"] == tall
    page.wait_for_timeout(500)  # A training begins once nothing has changed for a quarter of a second.
    expect(card).to_have_text("This step")
    assert held
    held[0].continue_()
    expect(card).to_contain_text("loss", timeout=WAIT)

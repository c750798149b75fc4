"""What somebody does who is here for the first time: each of seven things takes at most five clicks, and no help."""

import re

import pytest
from playwright.sync_api import expect
from workbench_page import example, look_at, runs, wait_for_outcomes

WAIT = 60_000  # milliseconds, on a busy machine
COUNTER = """addEventListener("click", (event) => {
  const before = Number(sessionStorage.getItem("clicks") ?? 0);
  if (event.isTrusted && event.detail > 0) sessionStorage.setItem("clicks", before + 1);
}, true)"""
HOUSES = "price;area;rooms\n" + "".join(f"{200 + 9 * i},5;{60 + 4 * i},2;{2 + i % 4}\n" for i in range(24))
PROBLEM, DATA, RATE = "select[name=problem]", "select[name=data]", "[data-loc$='optimizer.lr'] .number"


@pytest.fixture
def visit(open_page):
    """Return a first visit, and how many clicks it has taken; choosing in a menu counts as two."""
    page = open_page(first=True, cold=True, permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(COUNTER)
    page.reload()
    page.menus = 0
    wait_for_outcomes(page, "diverged", "converged")
    yield page
    clicks = page.evaluate("Number(sessionStorage.getItem('clicks'))")
    assert 1 <= clicks + 2 * page.menus <= 5


def choose(page, menu, value):
    page.menus += 1
    page.locator(menu).first.select_option(value, timeout=WAIT)


def test_figure_five_eight_is_made_to_converge(visit):
    visit.locator("#why").get_by_role("button", name=re.compile("^Use half the limit")).click()
    expect(runs(visit).first).to_contain_text("converged", timeout=WAIT)


def test_the_largest_stable_rate_of_a_typed_formula_is_found(visit):
    choose(visit, PROBLEM, "formula")
    visit.locator(".formula textarea").fill("3x^2 + 4x")
    look_at(visit, "Find lr")
    expect(visit.locator("#chosen")).to_contain_text("of the stability limit 0.333", timeout=WAIT)


def test_an_own_table_is_trained_on(visit):
    choose(visit, PROBLEM, "network")
    choose(visit, DATA, "csv")
    file = {"name": "homes.csv", "mimeType": "text/csv", "buffer": HOUSES.encode()}
    visit.locator(".upload input[type=file]").first.set_input_files(file)
    expect(visit.locator(".reading:visible")).to_contain_text("price", timeout=WAIT)
    expect(visit.locator("#controls .training")).to_contain_text("Trained", timeout=WAIT)


def test_a_rate_for_digits_is_found_and_used(visit):
    example(visit, "Digits: good, stuck, blown up")
    look_at(visit, "Find lr")
    visit.locator("#chosen").get_by_role("button", name="Use lr").click(timeout=WAIT)
    expect(visit.locator("#stage")).to_be_visible()


def test_a_map_is_read_and_a_point_of_it_taken_over(visit):
    look_at(visit, "Map")
    expect(visit.locator(".map-progress")).to_contain_text("4,096 runs in", timeout=WAIT)
    before = runs(visit).first.locator(RATE).input_value()
    picture = visit.locator(".map-picture canvas")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] / 3, "y": box["height"] / 3})
    visit.get_by_role("button", name=re.compile("^Use ")).first.click(timeout=WAIT)
    expect(visit.locator("#stage")).to_be_visible()
    assert runs(visit).first.locator(RATE).input_value() != before


def test_one_gets_back_to_where_one_was(visit):
    choose(visit, PROBLEM, "bowl")
    expect(visit.locator(PROBLEM)).to_have_value("bowl")
    visit.get_by_role("button", name="Undo", exact=True).click()
    expect(visit.locator(PROBLEM)).to_have_value("parabola")


def test_it_is_sent_to_a_friend(visit):
    visit.get_by_role("button", name="Share").click()
    expect(visit.get_by_role("alert")).to_contain_text("Link copied", timeout=WAIT)
    assert visit.evaluate("navigator.clipboard.readText()").startswith("http")

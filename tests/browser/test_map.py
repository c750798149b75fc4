"""The map in a real browser: compute it, read a cell, play its run, zoom twice, go back."""

import re

import pytest
from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine

READY = "#status[data-status='ready']"


def begin(page, size="64"):
    page.wait_for_selector(READY)
    page.get_by_label("Cells", exact=True).select_option(size)
    page.get_by_role("button", name="Compute the map").click()
    ended(page)


def ended(page):
    page.locator(".map-progress", has_text=re.compile(r"\d runs in ")).wait_for(timeout=WAIT)


def experiment(page):
    return re.search(r"experiment=(\w+)", page.url)[1]


def place(page, x, y):
    box = page.locator(".map-picture canvas").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page, x0, y0, x1, y1):
    before = experiment(page)
    page.mouse.move(*place(page, x0, y0))
    page.mouse.down()
    page.mouse.move(*place(page, x1, y1), steps=4)
    page.mouse.up()
    page.wait_for_url(lambda url: before not in url)
    ended(page)


def test_compute_hover_click_zoom_twice_and_go_back(open_page):
    page = open_page("/map")
    begin(page)
    whole = experiment(page)
    page.mouse.move(*place(page, 0.95, 0.5))
    read = page.locator(".map-read")
    expect(read).to_have_text(re.compile(r"learning rate .*momentum .*: diverged at step \d+"), timeout=WAIT)
    page.mouse.click(*place(page, 0.95, 0.5))
    said = page.locator(".map-said[data-kind]")
    expect(said).to_have_attribute("data-kind", "diverged", timeout=WAIT)
    expect(page.get_by_role("link", name="Open in the workbench")).to_have_attribute(
        "href", re.compile(r"^/#1\."), timeout=WAIT
    )

    drag(page, 0.55, 0.3, 0.8, 0.6)
    first = experiment(page)
    drag(page, 0.4, 0.4, 0.6, 0.6)
    expect(page.locator(".map-trail li")).to_have_count(3, timeout=WAIT)
    page.go_back()
    page.wait_for_url(lambda url: first in url)
    page.get_by_role("button", name="Whole map").click()
    page.wait_for_url(lambda url: whole in url)
    expect(page.locator(".map-trail [aria-current]")).to_have_text("Whole map", timeout=WAIT)


def test_the_keyboard_reads_plays_and_zooms(open_page):
    page = open_page("/map")
    begin(page, "32")
    before = experiment(page)
    page.locator(".map-picture canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map-read")).to_contain_text("step", timeout=WAIT)
    page.keyboard.press("Enter")
    page.locator(".map-said[data-kind]").wait_for()
    page.keyboard.press("+")
    page.wait_for_url(lambda url: before not in url)


@pytest.mark.parametrize("width", [360, 1024])
def test_a_stored_map_is_shown_again_whatever_the_width(open_page, width):
    page = open_page("/map")
    page.wait_for_selector(READY)
    page.locator("#controls").get_by_label("From", exact=True).first.fill("0.02")
    begin(page, "32")
    again = open_page(f"/map?experiment={experiment(page)}", width=width)
    again.locator(".map-progress", has_text="1,024 of 1,024").wait_for()
    expect(again.get_by_label("From", exact=True).first).to_have_value("0.02")
    expect(again.get_by_label("Cells", exact=True)).to_have_value("32")
    assert again.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_stored_map_says_and_what_is_typed_stays_when_the_ground_comes_late(open_page):
    page = open_page("/map")
    page.locator("#controls").get_by_label("From", exact=True).first.fill("0.02", timeout=WAIT)
    begin(page, "32")
    held = []
    again = open_page("/")
    again.route("**/api/landscape", lambda route: held.append(route))
    again.goto(page.url)
    low, cells = again.get_by_label("From", exact=True), again.get_by_label("Cells", exact=True)
    expect(cells).to_have_value("32", timeout=WAIT)
    low.last.fill("0.3")
    assert again.locator("select[name=pair] option", has_text="basins").count() == 0
    for route in held:
        route.continue_()
    expect(again.locator("select[name=pair] option", has_text="basins")).to_have_count(1, timeout=WAIT)
    expect(cells).to_have_value("32")
    expect(low.first).to_have_value("0.02")
    expect(low.last).to_have_value("0.3")

"""The map in a real browser: its first look, a map of one's own, reading, playing and using a cell, zooming."""

import re

from playwright.sync_api import expect
from workbench_page import look_at, runs

WAIT = 60_000  # milliseconds, on a busy machine
LOW = {"field": "run.optimizer.lr", "from": 0.02, "to": 1, "scale": "log", "n": 32}
MOMENTA = {"field": "run.optimizer.momentum", "from": 0, "to": 0.99, "scale": "linear", "n": 32}
STORED = {
    "kind": "map",
    "problem": {"kind": "bowl"},
    "run": {"optimizer": {"kind": "sgd", "lr": 0.1}},
    "vary": [LOW, MOMENTA],
    "steps": 40,
}


def begin(page, size="64"):
    page.get_by_label("Cells", exact=True).select_option(size, timeout=WAIT)
    page.get_by_role("button", name="Compute the map").click()
    page.wait_for_url("**experiment=*")
    ended(page)


def ended(page):
    page.locator(".map-progress", has_text=re.compile(r"\d runs in ")).wait_for(timeout=WAIT)


def experiment(page):
    return re.search(r"experiment=(\w+)", page.url)[1]


def place(page, x, y):
    box = page.locator(".map-picture canvas").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page, x0, y0, x1, y1):
    before = page.url
    page.mouse.move(*place(page, x0, y0))
    page.mouse.down()
    page.mouse.move(*place(page, x1, y1), steps=4)
    page.mouse.up()
    page.wait_for_url(lambda url: url.split("#")[0] != before.split("#")[0])
    ended(page)


def test_the_first_look_is_read_played_used_and_undone(open_page):
    page = open_page("/map")
    ended(page)
    assert "experiment=" not in page.url
    page.mouse.move(*place(page, 0.97, 0.9))
    read = page.locator(".map-read")
    expect(read).to_have_text(re.compile(r"learning rate .*momentum .*: diverged at step \d+"), timeout=WAIT)
    page.mouse.click(*place(page, 0.97, 0.9))
    expect(page.locator(".map-said[data-kind]")).to_have_attribute("data-kind", "diverged", timeout=WAIT)
    page.get_by_role("button", name="Use these values").click()
    expect(page.locator("#stage")).to_be_visible()
    rate = runs(page).first.locator(".number").first
    assert float(rate.input_value()) > 2
    page.get_by_role("button", name="Undo").click()
    expect(rate).to_have_value("1.05")
    look_at(page, "Map")
    expect(page.locator(".map-said")).to_be_visible()


def test_zoom_twice_and_go_back(open_page):
    page = open_page("/map")
    ended(page)
    drag(page, 0.55, 0.3, 0.8, 0.6)
    first = experiment(page)
    drag(page, 0.4, 0.4, 0.6, 0.6)
    expect(page.locator(".map-trail li")).to_have_count(3, timeout=WAIT)
    page.go_back()
    page.wait_for_url(lambda url: first in url)
    page.get_by_role("button", name="Whole map").click()
    page.wait_for_url(lambda url: first not in url)
    expect(page.locator(".map-trail")).to_be_hidden(timeout=WAIT)
    expect(page.locator(".map-progress")).to_contain_text("4,096", timeout=WAIT)


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


def test_what_a_stored_map_says_and_what_is_typed_stays_when_the_ground_comes_late(open_page, api):
    id = api.post("/api/experiments", json=STORED).json()["id"]
    assert api.get(f"/api/experiments/{id}", params={"wait": 60}).json()["status"] == "done"
    page = open_page("/docs", width=360)
    held = []
    page.route("**/api/landscape", lambda route: held.append(route))
    page.goto(page.url.replace("/docs", f"/map?experiment={id}"))
    page.locator(".map-progress", has_text="1,024 of 1,024").wait_for(timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1024, "height": 768})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    low, cells = page.get_by_label("From", exact=True), page.get_by_label("Cells", exact=True)
    expect(cells).to_have_value("32", timeout=WAIT)
    low.last.fill("0.3")
    assert page.locator("select[name=pair] option", has_text="basins").count() == 0
    for route in held:
        route.continue_()
    expect(page.locator("select[name=pair] option", has_text="basins")).to_have_count(1, timeout=WAIT)
    expect(cells).to_have_value("32")
    expect(low.first).to_have_value("0.02")
    expect(low.last).to_have_value("0.3")


FIRST_COLOURED = """(canvas) => {
  const row = canvas.getContext("2d").getImageData(0, canvas.height / 2, canvas.width, 1).data;
  const opaque = Array.from({ length: canvas.width }, (_, x) => row[4 * x + 3] === 255);
  return opaque.findIndex((_, x) => opaque.slice(x, x + 100).every(Boolean)) / canvas.width;
}"""


def test_on_a_large_screen_the_axes_are_larger_and_the_cell_under_the_pointer_is_read(open_page):
    page = open_page("/map", 3840, 2160, reduced_motion="reduce")
    ended(page)
    canvas = page.locator(".map-picture canvas")
    box, left = canvas.bounding_box(), canvas.evaluate(FIRST_COLOURED)
    assert left * box["width"] > 90, "The axis has room for larger type."
    page.mouse.move(*place(page, left + 0.002, 0.5))
    expect(page.locator(".map-read")).to_contain_text("learning rate 0.006,", timeout=WAIT)

"""The page for a room: one picture, its playback, one number, all of it large; and the page on large screens."""

import pytest
from axe_rules import violations
from playwright.sync_api import expect

WAIT = 15_000  # milliseconds, on a busy machine
SEEN = "(name) => { const e = document.querySelector(name); return e.getBoundingClientRect().height / e.offsetHeight; }"


def number(page):
    return page.locator(".one-number output")


@pytest.mark.parametrize(("size", "smallest"), [((1920, 1080), 24), ((1024, 768), 17)], ids=["1080p", "1024x768"])
def test_a_room_sees_one_picture_and_one_number_in_large_type(open_page, size, smallest):
    page = open_page("/?projector=1", *size, color_scheme="dark", reduced_motion="reduce")
    expect(number(page)).to_have_text("32,800", timeout=WAIT)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    for hidden in ("header", "#controls", "#side"):
        expect(page.locator(hidden)).to_be_hidden()
    zoom = page.evaluate(SEEN, "#transport")
    assert 14 * zoom >= smallest
    picture = page.locator("#stage .plot").bounding_box()
    assert picture["width"] * picture["height"] > 0.6 * size[0] * size[1]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    assert violations(page) == []


def test_escape_ends_a_presentation_and_before_that_closes_what_is_open(open_page):
    page = open_page("/?projector=1", reduced_motion="reduce")
    expect(number(page)).to_have_text("32,800", timeout=WAIT)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.wait_for_timeout(300)
    assert "projector" in page.url
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "projector" not in url)
    expect(page.locator(".run").first).to_contain_text("diverged", timeout=WAIT)


def test_present_leads_to_the_room_and_back_with_the_same_runs(open_page):
    page = open_page(reduced_motion="reduce")
    expect(page.locator(".run").first).to_contain_text("diverged", timeout=WAIT)
    page.get_by_role("button", name="Present").click()
    expect(number(page)).to_have_text("32,800", timeout=WAIT)
    page.keyboard.press("Home")
    expect(number(page)).to_have_text("16")
    page.get_by_role("button", name="End the presentation").click()
    expect(page.locator(".run").first).to_contain_text("diverged", timeout=WAIT)
    assert "projector" not in page.url


@pytest.mark.parametrize("size", [(2560, 1440), (3840, 2160)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_a_large_screen_is_filled_with_larger_type(open_page, size):
    page = open_page("/", *size, reduced_motion="reduce")
    expect(page.locator(".run").first).to_contain_text("diverged", timeout=WAIT)
    assert page.evaluate(SEEN, "#transport") >= size[1] / 1440
    bottom = page.locator("#transport").bounding_box()
    assert 0 <= size[1] - bottom["y"] - bottom["height"] < 48
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_on_a_large_screen_the_start_follows_the_pointer(open_page):
    page = open_page("/", 3840, 2160, reduced_motion="reduce")
    expect(page.locator(".run").first).to_contain_text("diverged", timeout=WAIT)
    ring = page.locator("#stage [role=slider]").first
    box = ring.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)
    after = ring.bounding_box()
    assert after["x"] + after["width"] / 2 == pytest.approx(x + 300, abs=12)

"""What is printed: the whole picture in dark ink, what was found, and none of what it was asked for with."""

import re

import pytest
from playwright.sync_api import expect
from workbench_page import wait_for_outcomes

WAIT = 60_000  # milliseconds, on a busy machine
FOUND = {
    "/sweep": "#sweep .card-head .primary:not([data-none])",
    "/map": "#map .map-head .button:not([hidden])",
    "/range": "#chosen button",
}
"""What is there when a view has its picture."""
BRIGHTNESS = """() => {
  const canvas = document.querySelector('#stage .on-paper');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const ink = [];
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) ink.push((data[i] + data[i + 1] + data[i + 2]) / 3);
  return { share: ink.length / (data.length / 4), darkest: Math.min(...ink.slice(0, 50000)) };
}"""


def test_paper_has_the_whole_picture_in_dark_ink_also_where_the_page_is_dark(open_page):
    page = open_page(color_scheme="dark", reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".plot > .on-paper")).to_have_count(3)
    expect(page.locator(".plot > :not(.on-paper):visible")).to_have_count(0)
    ink = page.evaluate(BRIGHTNESS)
    assert ink["share"] > 0.01, "Axes, ground and trails are there."
    assert ink["darkest"] < 100, "They are those of a light page."
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".on-paper")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_printing_leaves_the_picture_on_the_screen_as_it_is(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    size = "[...document.querySelectorAll('.plot > canvas')].map(({ width, height }) => [width, height]).join()"
    before = page.evaluate(size)
    page.pdf(format="A4")
    assert page.evaluate(size) == before


@pytest.mark.parametrize("path", FOUND)
def test_a_view_is_printed_on_two_pages_at_most_with_what_was_found_and_nothing_to_press(open_page, path):
    page = open_page(path)
    expect(page.locator(FOUND[path]).first).to_be_attached(timeout=WAIT)
    expect(page.locator(".runs .badge").nth(1)).to_be_visible(timeout=WAIT)
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))
    assert 1 <= pages <= 2
    page.emulate_media(media="print")
    expect(page.locator(f"{path.replace('/', '#')} .view-main")).to_be_visible()
    expect(page.locator(".view-side > .card:visible, .view .primary:visible, .view progress:visible")).to_have_count(0)


STROKES = "[...document.querySelectorAll('.runs svg path, #why svg path')].map((one) => one.getAttribute('stroke'))"


def test_the_marks_of_the_runs_are_printed_in_the_light_themes_colours(open_page):
    page = open_page(color_scheme="light", reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    light = page.evaluate(STROKES)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_timeout(300)
    assert page.evaluate(STROKES) != light
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {STROKES}; }})")
    page.pdf(format="A4")
    assert page.evaluate("window.printed") == light

"""Links in a real Chromium: the same picture in a fresh browser, exercises that hide and lock, and what is too long."""

import base64
import json
import time

import pytest
from playwright.sync_api import expect
from workbench_page import INK, settled

WAIT = 15_000  # milliseconds, on a busy machine
CLIPBOARD = ["clipboard-read", "clipboard-write"]
SEEN = """[document.querySelector('#transport output').textContent,
  [...document.querySelectorAll('.run')].findIndex((run) => run.hasAttribute('data-selected')),
  [...document.querySelectorAll('#loss [aria-pressed]')].map((b) => b.ariaPressed).join(),
  [...document.querySelectorAll('.runs > .run .number')].map((one) => one.value).join()]"""


def until_drawn(page):
    expect(page.locator(".runs > .run .badge").first).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(300)
    if page.get_by_role("button", name="Play", exact=True).is_visible():
        settled(page)


def until_alike(page, other):
    """Wait until two pages show one picture: on a busy machine either may still be waiting for numbers."""
    end = time.monotonic() + WAIT / 1000
    while (ink := page.evaluate(INK)) != other.evaluate(INK) and time.monotonic() < end:
        page.wait_for_timeout(200)
    assert other.evaluate(INK) == ink


def path_of(link):
    return "/" + link.split("/", 3)[3]


def shared(page):
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("alert")).to_contain_text("Link copied")
    return path_of(page.evaluate("navigator.clipboard.readText()"))


def test_a_link_opens_the_same_picture_in_a_fresh_browser(open_page):
    page = open_page(reduced_motion="reduce", permissions=CLIPBOARD)
    until_drawn(page)
    page.locator("select[name=problem]").select_option("bowl")
    page.get_by_role("button", name="Add run").click()
    page.locator("body").press("l")
    page.locator("body").press("Home")
    page.locator("body").press("Shift+ArrowRight")
    page.locator("body").press("ArrowRight")
    until_drawn(page)
    link = shared(page)
    before = page.evaluate(SEEN)
    assert before[0] == "step 11 / 40"
    other = open_page(link)
    until_drawn(other)
    assert other.evaluate(SEEN) == before
    until_alike(page, other)
    assert other.evaluate("location.hash") == link[link.index("#") :]


def test_a_link_that_plays_opens_one_that_plays(open_page):
    page = open_page(permissions=CLIPBOARD)
    until_drawn(page)
    other = open_page(shared(page))
    until_drawn(other)
    expect(other.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=WAIT)


def test_an_exercise_hides_what_it_says_and_a_lock_leaves_only_playback(open_page):
    page = open_page("/#hide=lr,optimizer,why&lock=1&step=3", reduced_motion="reduce")
    until_drawn(page)
    run = page.locator(".runs > .run").first
    for hidden in (run.get_by_label("lr, run").first, run.locator(".rule"), page.locator("#why")):
        expect(hidden).to_be_hidden()
    expect(page.locator("#controls")).to_contain_text("only playback can be changed")
    expect(page.get_by_role("button", name="Add run")).to_be_disabled()
    expect(page.locator("select[name=problem]")).to_be_disabled()
    expect(page.locator("#stage [role=slider]")).to_have_count(2)
    expect(page.locator("#stage [role=slider]").first).to_be_hidden()
    expect(page.locator("#transport output")).to_have_text("step 3 / 40")
    page.locator("body").press("ArrowRight")
    expect(page.locator("#transport output")).to_have_text("step 4 / 40")
    page.wait_for_timeout(400)
    link = path_of(page.url)
    assert "hide=" not in link
    again = open_page(link, reduced_motion="reduce")
    until_drawn(again)
    expect(again.locator("#why")).to_be_hidden()
    expect(again.get_by_role("button", name="Add run")).to_be_disabled()
    expect(again.locator("#transport output")).to_have_text("step 4 / 40")


def test_a_set_up_that_is_too_long_has_a_sentence_instead_of_a_broken_link(open_page):
    page = open_page(reduced_motion="reduce", expected="422")
    until_drawn(page)
    page.get_by_role("button", name="Edit this formula").click()
    page.locator(".formula textarea").fill("x**2 + " + " + ".join(f"0.{i}*x**2" for i in range(10, 130)))
    page.wait_for_timeout(800)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("alert")).to_contain_text("too long for a link")
    assert page.evaluate("location.hash") == ""


@pytest.mark.parametrize("state", ["not even base64!", base64.urlsafe_b64encode(json.dumps([1, 2]).encode()).decode()])
def test_a_damaged_link_says_so_and_the_first_example_can_be_used(open_page, state):
    page = open_page(f"/#1.{state}.0000000&lock=1", reduced_motion="reduce")
    until_drawn(page)
    expect(page.get_by_role("alert")).to_contain_text("damaged")
    expect(page.get_by_role("button", name="Add run")).to_be_enabled()

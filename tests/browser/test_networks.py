"""Real training in a real Chromium: what a visitor sees of a network while it learns, and does to it."""

import re
import time

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import INK, example, settled

WAIT = 30_000  # milliseconds, on a busy machine
DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}
MOONS = {"kind": "network", "data": {"kind": "moons"}, "hidden": [16]}
LONG = 1_000_000
STEP = "parseInt(document.querySelector('#transport output').textContent.match(/[0-9,]+/)[0].replaceAll(',', ''))"


def sgd(lr, **rest):
    return {"optimizer": {"kind": "sgd", "lr": lr}, **rest}


def until(page, expression):
    """Return as soon as the expression is true in the page, whose policy forbids Playwright's own polling."""
    deadline = time.monotonic() + WAIT / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def until_true(page, question):
    """Return as soon as a question has a true answer, and the answer."""
    deadline = time.monotonic() + WAIT / 1000
    while not (answer := question()):
        assert time.monotonic() < deadline, question
        page.wait_for_timeout(50)
    return answer


def runs(page):
    return page.locator(".run:not(.fork)")


def progress(page):
    return page.locator("#controls .training")


def share_right(page, run=0):
    """Return how many per cent a run's card says are right; None where it does not say."""
    said = re.search(r"([\d.]+)\s% right", runs(page).nth(run).inner_text())
    return float(said[1]) if said else None


def steps_done(page):
    said = re.search(r"([\d,]+) of", progress(page).inner_text())
    return int(said[1].replace(",", "")) if said else 0


@pytest.fixture
def training(api):
    """Yield a function that starts an experiment and returns the path of its page; all end with the test.

    Ask for it before ``open_page``: then the page is closed before what it shows is deleted.
    """
    made = []

    def start(problem, *given, steps=LONG, **rest):
        answer = api.post("/api/experiments", json={"problem": problem, "runs": given, "steps": steps, **rest})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        return f"/?experiment={made[-1]}"

    yield start
    for id in made:
        api.delete(f"/api/experiments/{id}")


def test_digits_stream_live_and_more_and_more_are_right(training, open_page):
    page = open_page(training(DIGITS, sgd(0.001, batch_size=32)))
    early = until_true(page, lambda: share_right(page))
    before = until_true(page, lambda: steps_done(page))
    until_true(page, lambda: steps_done(page) > before)
    late = until_true(page, lambda: (share_right(page) or 0) > early and share_right(page))
    expect(progress(page)).to_contain_text("is running")
    assert late > early
    until_true(page, lambda: share_right(page) > 85)


def test_a_rate_far_too_high_is_called_what_it_is(open_page):
    page = open_page()
    example(page, "Digits: good, stuck, blown up")
    expect(progress(page)).to_contain_text("Trained", timeout=WAIT)
    assert share_right(page, 0) > 90
    bad = runs(page).nth(1)
    expect(bad).to_contain_text(re.compile("diverged|stuck at chance", re.I), timeout=WAIT)
    bad.click(position={"x": 8, "y": 8})
    expect(page.locator("#why")).to_contain_text(re.compile("diverge|chance"), timeout=WAIT)


def test_training_pauses_and_goes_on(training, open_page):
    page = open_page(training(MOONS, sgd(0.05, batch_size=16)))
    until_true(page, lambda: steps_done(page) > 100)
    page.get_by_role("button", name="Pause training").click()
    expect(progress(page)).to_contain_text("Paused", timeout=WAIT)
    page.wait_for_timeout(500)
    stands = steps_done(page)
    page.wait_for_timeout(700)
    assert steps_done(page) == stands
    page.get_by_role("button", name="Resume training").click()
    until_true(page, lambda: steps_done(page) > stands)
    page.get_by_role("button", name="Stop training").click()
    expect(progress(page)).to_contain_text("Stopped", timeout=WAIT)


def test_a_run_forks_from_the_step_that_is_shown(training, open_page):
    page = open_page(training(MOONS, sgd(0.05, batch_size=16), steps=400), reduced_motion="reduce")
    expect(progress(page)).to_contain_text("Trained", timeout=WAIT)
    page.locator("body").press("Home")
    until(page, f"{STEP} === 0")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    until(page, f"{STEP} === 50")
    shown = 50
    before = page.url
    page.get_by_role("button", name="Fork from here").click()
    panel = page.locator(".run.fork")
    expect(panel).to_contain_text(f"step {shown}")
    panel.get_by_role("button", name="Continue", exact=True).click()
    until_true(page, lambda: page.url != before)
    expect(page.locator("#controls")).to_contain_text(f"Continued from step {shown} of run 1", timeout=WAIT)
    expect(progress(page)).to_contain_text(f"Trained: {400 - shown} steps", timeout=WAIT)


def test_scrubbing_moves_the_boundary(open_page):
    page = open_page(reduced_motion="reduce")
    example(page, "Moons: a boundary learns to bend")
    expect(progress(page)).to_contain_text("Trained", timeout=WAIT)
    until(page, "document.querySelectorAll('#stage canvas').length > 0")
    page.locator("body").press("End")
    page.wait_for_timeout(1000)
    before = settled(page)
    page.locator("body").press("Home")
    until_true(page, lambda: page.evaluate(INK) != before)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_a_network(open_page, theme):
    page = open_page(color_scheme=theme, reduced_motion="reduce")
    example(page, "Digits: good, stuck, blown up")
    expect(progress(page)).to_contain_text("Trained", timeout=WAIT)
    page.wait_for_timeout(300)
    settled(page)
    assert violations(page) == []


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (360, 740)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_nothing_overflows(training, open_page, size):
    page = open_page(training(DIGITS, sgd(0.1, batch_size=32), sgd(20.0, batch_size=32), steps=2000), *size)
    expect(progress(page)).to_contain_text("Trained", timeout=WAIT)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    wide = "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.js-plotly-plot')"
    outside = page.evaluate(f"{wide} && e.getBoundingClientRect().right > innerWidth + 1).length")
    assert outside == 0
    cramped = "[...document.querySelectorAll('#edge [role=tab], .counter')].filter((e) => e.checkVisibility()"
    assert page.evaluate(f"{cramped} && e.scrollWidth > e.clientWidth).map((e) => e.textContent)") == []

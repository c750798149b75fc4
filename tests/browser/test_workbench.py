"""The workbench in a real Chromium: what a visitor sees, does, and comes back to."""

import re
import time

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import INK, runs, step, wait_for_outcomes

SIZES = [(1440, 900), (1024, 768), (360, 740)]
THEMES = ["light", "dark"]
STEP = "parseInt(document.querySelector('#transport output').textContent.match(/[0-9,]+/)[0].replace(',', ''))"
WAIT = 15_000  # milliseconds, on a busy machine


def counter(page):
    return page.locator("#transport output")


def explanation(page):
    return page.locator("#why")


def until(page, expression):
    """Return as soon as the expression is true in the page, whose policy forbids Playwright's own polling."""
    deadline = time.monotonic() + WAIT / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(20)


def wait_for_plots(page):
    """Point at the picture, for which Plotly comes, until it has drawn; it does not come while a picture plays."""
    box = page.locator("#stage .plot").bounding_box()
    deadline = time.monotonic() + WAIT / 1000
    while page.evaluate("document.querySelectorAll('.js-plotly-plot .main-svg').length") < 3:
        assert time.monotonic() < deadline
        for right in (8, 9):
            page.mouse.move(box["x"] + box["width"] - right, box["y"] + 8)
        page.wait_for_timeout(50)


def test_plotly_comes_when_a_picture_is_pointed_at_and_not_before(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    asked = "performance.getEntriesByType('resource').filter((e) => e.name.includes('plotly')).length"
    page.wait_for_timeout(500)
    assert page.evaluate(asked) == 0
    wait_for_plots(page)
    assert page.evaluate(asked) == 1


def test_the_first_visit_moves(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged", "converged")
    until(page, f"{STEP} >= 2")
    before, ink = step(page), page.evaluate(INK)
    until(page, f"{STEP} > {before}")
    assert page.evaluate(INK) != ink


def test_with_reduced_motion_the_first_visit_stands_at_the_end(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    expect(counter(page)).to_have_text("step 40 / 40", timeout=WAIT)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_diverging_run_says_so_with_its_own_numbers(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged")
    expect(explanation(page)).to_contain_text("Why did it diverge?")
    expect(explanation(page)).to_contain_text("1.21-fold per step")
    expect(explanation(page)).to_contain_text("lr × λ = 1.05 × 2 = 2.1 > 2")
    explanation(page).get_by_role("button", name="Use half the limit").click()
    wait_for_outcomes(page, "converged")
    assert runs(page).first.locator('[data-loc$="optimizer.lr"] .number').input_value() == "0.5"


def test_dragging_the_learning_rate_changes_the_picture(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    before = page.evaluate(INK)
    slider = runs(page).nth(1).locator("[data-loc$='optimizer.lr'] input[type=range]")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.65 * box["width"], middle)
    page.mouse.down()
    for share in (0.7, 0.75, 0.8, 0.9):
        page.mouse.move(box["x"] + share * box["width"], middle)
    page.mouse.up()
    wait_for_outcomes(page, "diverged", "diverged")
    assert page.evaluate(INK) != before


def test_the_start_can_be_moved_with_the_keyboard(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    ring = page.locator("#stage [role=slider]").first
    before = float(page.locator("input[name=start]").input_value())
    ring.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(page, f"parseFloat(document.querySelector('input[name=start]').value) > {before}")


def test_the_start_can_be_dragged_on_the_map(open_page):
    page = open_page(reduced_motion="reduce")
    page.locator("select[name=problem]").select_option("bowl")
    wait_for_plots(page)
    until(page, "document.querySelector('input[name=start]').value.includes(',')")
    page.wait_for_timeout(1000)
    before = page.locator("input[name=start]").input_value()
    box = page.locator("#stage [role=slider]").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 60, steps=6)
    page.mouse.up()
    assert page.locator("input[name=start]").input_value() != before


def test_a_typed_formula_is_drawn_or_its_error_is_shown_where_it_is(open_page):
    page = open_page(expected="422")
    wait_for_outcomes(page, "diverged")
    page.get_by_role("button", name="Edit this formula").click()
    text = page.locator(".formula textarea")
    text.fill("x**2 + 3*y**2 +")
    expect(page.locator(".formula .error")).to_be_visible(timeout=WAIT)
    text.fill("x**2 + 3*y**2")
    expect(page.locator(".formula .error")).to_be_hidden(timeout=WAIT)
    expect(page.locator("#problem-title ~ *, .typeset math").last).to_contain_text("y", timeout=WAIT)


def test_the_cases_of_a_formula_stand_below_each_other(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged")
    page.get_by_role("button", name="Edit this formula").click()
    page.locator(".formula textarea").fill("where(x >= 0, x**2, -3*x)")
    rows = page.locator(".typeset math[data-right] mtr")
    expect(rows).to_have_count(2, timeout=WAIT)
    first, second = (rows.nth(i).bounding_box() for i in range(2))
    assert first["y"] + first["height"] <= second["y"] + 1
    left = [rows.nth(i).locator("mtd").first.locator("> *").first.bounding_box()["x"] for i in range(2)]
    assert abs(left[0] - left[1]) < 2


def test_reload_restores_the_state(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged", "converged")
    page.locator("select[name=problem]").select_option("rosenbrock")
    page.get_by_role("button", name="Add run").click()
    expect(runs(page)).to_have_count(3)
    page.wait_for_timeout(500)
    fragment = page.evaluate("location.hash")
    page.reload()
    expect(runs(page)).to_have_count(3, timeout=WAIT)
    assert page.locator("select[name=problem]").input_value() == "rosenbrock"
    assert page.evaluate("location.hash") == fragment


def test_a_damaged_link_opens_the_first_example_and_says_so(open_page):
    page = open_page("/#1.damaged.link")
    wait_for_outcomes(page, "diverged", "converged")
    expect(page.get_by_role("alert")).to_contain_text("damaged")


def test_the_keyboard_alone_plays_steps_and_seeks(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    page.locator("body").press("Home")
    expect(counter(page)).to_have_text("step 0 / 40")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(counter(page)).to_have_text("step 11 / 40")
    page.keyboard.press("ArrowLeft")
    expect(counter(page)).to_have_text("step 10 / 40")
    page.keyboard.press("End")
    expect(counter(page)).to_have_text("step 40 / 40")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_pause_is_the_first_thing_that_the_keyboard_reaches_after_the_skip_link(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged")
    names = []
    for _ in range(2):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert names[0].startswith("Skip")
    assert names[1] in ("Pause", "Play")


def test_an_experiment_streams_and_can_be_opened_again(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged", "converged")
    page.get_by_role("button", name="Run as experiment").click()
    page.wait_for_url("**experiment=*", timeout=WAIT)
    expect(page.locator("body")).to_contain_text("finished", timeout=2 * WAIT)
    page.reload()
    expect(page.locator("body")).to_contain_text("finished", timeout=2 * WAIT)
    wait_for_outcomes(page, "diverged", "converged")


def test_a_long_experiment_says_how_long_it_still_takes(api, open_page):
    run = {"optimizer": {"kind": "sgd", "lr": 1e-4}}
    spec = {"problem": {"kind": "rosenbrock"}, "runs": [run] * 8, "steps": 1_000_000}
    id = api.post("/api/experiments", json=spec).json()["id"]
    page = open_page(f"/?experiment={id}", expected="422")  # Its steps are too many to be explained one by one.
    foot = page.locator(".experiment")
    expect(foot).to_contain_text(re.compile(r"[\d,]+ of 1,000,000 steps, about \d+ (s|min) left\."), timeout=WAIT)
    foot.get_by_role("button", name="Stop").click()
    expect(foot.get_by_text("left")).to_be_hidden(timeout=WAIT)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(open_page, theme):
    page = open_page(color_scheme=theme, reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    wait_for_plots(page)
    page.wait_for_timeout(500)
    assert violations(page) == []


@pytest.mark.parametrize(("theme", "size"), [("light", SIZES[0]), ("dark", SIZES[1]), ("light", SIZES[2])], ids=str)
def test_nothing_overflows_or_jumps(open_page, theme, size):
    page = open_page("/docs", *size, color_scheme=theme, cold=True)
    page.add_init_script(SHIFTS)
    page.goto(page.url.replace("/docs", "/"))
    wait_for_outcomes(page, "diverged")
    page.keyboard.press("End")
    wait_for_plots(page)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("window.__shift") < 0.01


SHIFTS = """window.__shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def test_a_schedule_of_parts_is_made_in_forms(open_page):
    page = open_page(expected="422")
    page.locator(".run").first.get_by_role("button", name="More settings").click()
    page.locator(".run-settings .schedule select").first.select_option("sequential")
    parts = page.locator(".run-settings").first.locator(".schedule-parts > li")
    expect(parts).to_have_count(2)
    page.get_by_role("button", name="Add part").click()
    parts.nth(2).locator("select").first.select_option("lambda")
    factor = parts.nth(2).get_by_role("textbox", name="factor f")
    factor.fill("1 - x/9")
    expect(parts.nth(2)).to_contain_text("The name 'x' is not known here at character 4.", timeout=WAIT)
    factor.fill("0.9^t")
    expect(parts.nth(2)).not_to_contain_text("is not known", timeout=WAIT)
    page.get_by_role("button", name="Remove part 1").click()
    expect(parts).to_have_count(2)

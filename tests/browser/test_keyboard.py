"""The first preset with nothing but a keyboard: no pointer, and no focus that a key has not moved."""

import pytest
from playwright.sync_api import expect
from workbench_page import INK, WAIT, runs, settled, step, until, wait_for_outcomes

MOST = 90
"""Presses of Tab after which a control counts as out of reach."""
HERE = "(selector) => document.activeElement.matches(selector)"


def tab_to(page, selector, key="Tab"):
    """Press Tab until the focus is on what the selector names."""
    for _ in range(MOST):
        page.keyboard.press(key)
        if page.evaluate(HERE, selector):
            assert page.evaluate("document.activeElement.matches(':focus-visible')"), selector
            return
    raise AssertionError(f"Tab never came to {selector}.")


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


@pytest.fixture
def page(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    return page


def test_the_clock_is_played_stepped_and_taken_to_an_event(page):
    tab_to(page, "#transport .primary")
    press(page, "Home")
    until(page, lambda: step(page) == 0)
    press(page, "ArrowRight", 3)
    until(page, lambda: step(page) == 3)
    tab_to(page, ".tick")
    expect(page.locator(".moment")).to_contain_text("Step 1: the loss rises for the first time")
    press(page, "Enter")
    until(page, lambda: step(page) == 1)
    press(page, "ArrowRight")
    press(page, "Enter")
    until(page, lambda: step(page) > 15)
    tab_to(page, "#transport .primary", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("#transport .primary")).to_have_text("Pause")
    press(page, " ")
    expect(page.locator("#transport .primary")).to_have_text("Play")


def test_the_rate_is_lowered_until_the_run_converges_and_the_reason_is_read(page):
    tab_to(page, "[data-loc$='optimizer.lr'] input[type=range]")
    press(page, "PageDown")
    expect(runs(page).first).to_contain_text("converged", timeout=WAIT)
    expect(page.locator("#why")).to_contain_text("Why did it converge?")


def test_the_advice_of_the_explanation_is_followed(page):
    """Tab goes past the controls of the other run on its way, and must not select it."""
    expect(page.locator("#why")).to_contain_text("Why did it diverge?", timeout=WAIT)
    tab_to(page, "#why .use")
    press(page, "Enter")
    expect(runs(page).first).to_contain_text("converged", timeout=WAIT)


def test_the_start_and_a_number_of_the_formula_are_moved(page):
    before = settled(page)
    start = page.locator("input[name=start]").input_value()
    tab_to(page, ".number-handle")
    press(page, "ArrowUp")
    until(page, lambda: page.evaluate(INK) != before)
    assert page.evaluate(HERE, ".number-handle")
    assert page.locator("select[name=problem]").input_value() == "formula"
    tab_to(page, ".start-ring")
    press(page, "Shift+ArrowRight")
    until(page, lambda: page.locator("input[name=start]").input_value() != start)


def test_the_numbers_behind_a_picture_are_opened_and_the_axis_is_changed(page):
    tab_to(page, "#loss summary")
    press(page, "Enter")
    expect(page.locator("#loss tbody tr").first).to_be_visible()
    button = page.locator("#loss button[aria-pressed]")
    log = button.get_attribute("aria-pressed")
    press(page, "l")
    expect(button).not_to_have_attribute("aria-pressed", log)


def test_the_list_of_keys_opens_and_closes_and_the_focus_comes_back(page):
    tab_to(page, "#transport .primary")
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Help")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Play or pause")
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate(HERE, "#transport .primary")

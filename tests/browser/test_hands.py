"""The workbench under a visitor's hands: point, click and drag, and every picture follows."""

import pytest
from playwright.sync_api import expect
from workbench_page import INK, LOSS, WAIT, runs, settled, step, until, wait_for_outcomes

FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until the page has drawn what was done to it."""


@pytest.fixture
def page(open_page):
    """Return the first preset at its last step: one run diverges, one converges."""
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    expect(page.locator("#stage .plot canvas").first).to_be_visible()
    settled(page)
    return page


def place(page, panel, across, down):
    box = page.locator(f"#{panel} .plot").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def over_a_run(page, panel, across=0.5):
    """Move the pointer down a panel until it is over a run, and return where that is."""
    for percent in range(15, 96, 2):
        x, y = place(page, panel, across, percent / 100)
        page.mouse.move(x, y)
        page.evaluate(FRAMES)
        if page.locator(".run[data-hovered]").count():
            return x, y
    raise AssertionError("There was no run under the pointer.")


def drag(page, handle, right):
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y, steps=5)
    page.mouse.up()


@pytest.mark.parametrize(("panel", "other"), [("loss", INK), ("edge", INK), ("stage", LOSS)])
def test_a_run_that_is_pointed_at_in_one_picture_stands_out_in_the_others_and_in_the_list(page, panel, other):
    plain = settled(page, other)
    over_a_run(page, panel, 0.3 if panel == "stage" else 0.5)
    expect(page.locator(".run[data-hovered]")).to_have_count(1)
    until(page, lambda: page.evaluate(other) != plain)
    page.mouse.move(5, 5)
    expect(page.locator(".run[data-hovered]")).to_have_count(0)
    until(page, lambda: page.evaluate(other) == plain)


def test_a_run_that_is_pointed_at_in_the_list_or_in_a_table_stands_out_in_all_pictures(page):
    plain = [page.evaluate(ink) for ink in (INK, LOSS)]
    runs(page).nth(1).hover()
    until(page, lambda: all(page.evaluate(ink) != was for ink, was in zip((INK, LOSS), plain, strict=True)))
    page.mouse.move(5, 5)
    until(page, lambda: page.evaluate(INK) == plain[0])
    page.locator("#loss summary").click()
    page.locator("#loss tbody tr").last.hover()
    expect(runs(page).nth(1)).to_have_attribute("data-hovered", "")


def test_a_click_on_the_loss_takes_the_clock_and_all_pictures_there(page):
    before = page.evaluate(INK)
    page.mouse.click(*place(page, "loss", 0.5, 0.5))
    until(page, lambda: 0 < step(page) < 40)
    until(page, lambda: page.evaluate(INK) != before)
    expect(page.locator(".this-step")).to_contain_text(f"{step(page)} → {step(page) + 1}", timeout=WAIT)


def test_a_click_on_a_step_of_the_landscape_takes_the_clock_and_the_loss_there(page):
    before = page.evaluate(LOSS)
    page.mouse.click(*over_a_run(page, "stage", 0.3))
    until(page, lambda: step(page) < 40)
    until(page, lambda: page.evaluate(LOSS) != before)
    expect(page.locator(".this-step")).to_contain_text(f"{step(page)} → {step(page) + 1}", timeout=WAIT)


def test_this_step_is_told_with_the_formula_filled_in(page):
    page.keyboard.press("Home")
    expect(page.locator(".this-step")).to_contain_text("x: −4 − 1.05 · (−8) = 4.4", timeout=WAIT)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".this-step")).to_contain_text("x: 4.4 − 1.05 · 8.8 = −4.84", timeout=WAIT)


def test_playing_pauses_at_the_first_rise_where_that_is_wished(open_page):
    page = open_page()
    wait_for_outcomes(page, "diverged")
    page.get_by_role("button", name="Pause at events").click()
    page.keyboard.press("r")
    expect(page.locator(".moment")).to_contain_text("Step 1: the loss rises for the first time", timeout=WAIT)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert step(page) == 1


def test_a_number_of_the_formula_is_dragged_and_the_picture_follows(page):
    page.locator("select[name=problem]").select_option("bowl")
    kappa = page.get_by_role("slider", name="kappa")
    expect(kappa).to_have_attribute("aria-valuenow", "12", timeout=WAIT)
    before = settled(page)
    drag(page, page.locator("mi.scrub-number"), 41)
    expect(kappa).to_have_attribute("aria-valuenow", "22", timeout=WAIT)
    until(page, lambda: page.evaluate(INK) != before)


def test_momentum_is_dragged_and_the_picture_follows(page):
    runs(page).nth(1).locator("select").first.select_option("sgd:momentum")
    slider = runs(page).nth(1).locator("[data-loc$='optimizer.momentum'] input[type=range]")
    expect(slider).to_be_visible(timeout=WAIT)
    before = settled(page)
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2)
    until(page, lambda: page.evaluate(INK) != before)


def test_an_exploding_run_does_not_flatten_the_other(page):
    """The run that converges keeps the height of the picture, also beside one that grows 17-fold at every step."""
    runs(page).first.locator("[data-loc$='optimizer.lr'] .number").fill("9")
    wait_for_outcomes(page, "diverged", "converged")
    settled(page, LOSS)
    lows = [over_a_run(page, "loss", across)[1] for across in (0.25, 0.9)]
    assert lows[1] - lows[0] > 0.3 * page.locator("#loss .plot").bounding_box()["height"]

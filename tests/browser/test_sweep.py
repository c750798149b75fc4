"""The sweep in a real Chromium: Ng's series on the valley, its best value, and the run with it."""

import re

from playwright.sync_api import expect
from workbench_page import BOWL, runs, set_up, until

WAIT = 60_000  # milliseconds, on a busy machine
BEST = "lr = 0.1 is best of 9 values: it reaches a loss of 2.14\u00a0×\u00a010⁻⁵ after 62 steps"


def said(page):
    return page.locator(".sweep-said")


def swept(open_page):
    page = open_page("/sweep")
    set_up(page, **BOWL)
    page.get_by_role("button", name="1-3-10 steps").click(timeout=WAIT)
    page.get_by_role("button", name="Start the sweep").click()
    page.wait_for_url("**experiment=*")
    expect(said(page)).to_have_text(re.compile("^" + re.escape(BEST)), timeout=WAIT)
    return page


def test_a_series_of_rates_names_the_best_and_puts_it_into_the_run(open_page):
    page = swept(open_page)
    expect(said(page)).to_contain_text("From 0.3 on runs diverge; the stability limit is 0.167.")
    expect(page.locator(".tile")).to_have_count(9)
    expect(page.locator(".tile", has_text="diverged")).to_have_count(2)
    expect(page.locator(".tile[data-best] strong")).to_have_text("0.1")
    for figure in page.locator(".sweep-plot").all():
        expect(figure).to_contain_text("limit 0.167")
        expect(figure).to_contain_text("diverged")
    page.get_by_text("All numbers").click()
    expect(page.locator("#sweep tbody tr", has_text="0.06")).to_contain_text("105")
    rate = runs(page).first.locator(".number").first
    page.locator(".tile").nth(7).click()
    expect(runs(page).first).to_contain_text("diverged", timeout=WAIT)
    assert rate.input_value() == "0.3"
    page.go_back()
    page.get_by_role("button", name="Use lr 0.1").click()
    expect(runs(page).first).to_contain_text("converged", timeout=WAIT)
    assert rate.input_value() == "0.1"
    assert page.locator("select[name=problem]").input_value() == "bowl"


def test_a_sweep_comes_back_by_its_address_and_answers_to_the_pointer(open_page):
    page = swept(open_page)
    page.reload()
    expect(said(page)).to_have_text(re.compile("^" + re.escape(BEST)), timeout=WAIT)
    expect(page.locator("textarea[name=values]")).to_have_value("0.001, 0.003, 0.006, 0.01, 0.03, 0.06, 0.1, 0.3, 1")
    page.locator(".tile").nth(5).hover()
    expect(page.locator(".readout")).to_have_text(
        "lr 0.06: ends at 3.13 × 10⁻⁶; at the target after 105 steps; converged"
    )
    page.locator("input[name=target]").fill("1")
    expect(said(page)).to_contain_text("a loss of 1 after 11 steps", timeout=WAIT)
    page.get_by_role("button", name="Choose the target for me").click()
    expect(said(page)).to_contain_text("2.14 × 10⁻⁵", timeout=WAIT)


def test_back_leads_to_the_sweep_before_and_to_the_first_look_before_any(open_page):
    page = swept(open_page)
    first = page.url
    page.locator("textarea[name=values]").fill("0.01, 0.1")
    page.get_by_role("button", name="Start the sweep").click()
    expect(page.locator(".tile")).to_have_count(2, timeout=WAIT)
    page.go_back()
    assert page.url == first
    expect(page.locator(".tile")).to_have_count(9, timeout=WAIT)
    page.go_back()
    page.wait_for_url(lambda url: "experiment" not in url)
    expect(said(page)).to_contain_text("is best of", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.go_forward()
    expect(said(page)).to_have_text(re.compile("^" + re.escape(BEST)), timeout=WAIT)


def test_what_does_not_fit_is_told_below_the_values(open_page):
    page = open_page("/sweep")
    set_up(page, **BOWL)
    values = page.locator("textarea[name=values]")
    values.fill("0.1, quick", timeout=WAIT)
    expect(page.locator(".sweep-values > .error")).to_have_text("Give a number, such as 0.1.")
    expect(page.get_by_role("button", name="Start the sweep")).to_be_disabled()
    page.locator("select[name=field]").select_option("run.start.1")
    expect(page.locator("input[name=n]")).to_have_value("9")
    expect(page.get_by_role("button", name="Start the sweep")).to_be_enabled()


def test_on_a_large_screen_the_value_under_the_pointer_is_read(open_page):
    page = open_page("/sweep", 2560, 1440, reduced_motion="reduce")
    expect(page.locator(".tile path").nth(8)).to_be_attached(timeout=WAIT)
    plot = page.locator(".sweep-plot").first
    text, boxes = plot.locator("text", has_text=re.compile("^0.01$")), []

    def measured():
        # What is still being drawn may be taken away, to be drawn anew, while it is measured.
        boxes[:] = text.bounding_box(), plot.bounding_box()
        return all(boxes)

    until(page, measured)
    label, area = boxes
    page.mouse.move(label["x"] + label["width"] / 2, area["y"] + area["height"] / 2)
    expect(page.locator("#sweep .readout")).to_contain_text("lr 0.01:", timeout=WAIT)

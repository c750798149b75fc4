"""One set-up and its views: what is kept when one goes from view to view, back, away and home, and what is undone."""

from playwright.sync_api import expect
from workbench_page import example, look_at, runs, step, until, wait_for_outcomes

WAIT = 60_000  # milliseconds, on a busy machine


def rate(page, run=0):
    return runs(page).nth(run).locator("[data-loc$='optimizer.lr'] .number")


def stored(api):
    return {one["id"] for one in api.get("/api/experiments", params={"limit": 200}).json()["items"]}


def test_every_view_opens_with_a_picture_of_the_set_up_and_keeps_it_and_nothing_is_left_in_the_library(open_page, api):
    before = stored(api)
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    page.locator("select[name=problem]").select_option("bowl")
    look_at(page, "Sweep")
    said = page.locator(".sweep-said")
    expect(said).to_contain_text("the stability limit is 0.167", timeout=WAIT)
    look_at(page, "Map")
    expect(page.locator(".map-progress")).to_contain_text("4,096 runs in", timeout=WAIT)
    look_at(page, "Find lr")
    expect(page.locator("#chosen")).to_contain_text("of the stability limit 0.167", timeout=WAIT)
    look_at(page, "Sweep")
    expect(said).to_contain_text("the stability limit is 0.167")
    expect(page.locator("select[name=problem]")).to_have_value("bowl")

    page.locator("[data-loc='problem.kappa'] input").fill("24")
    expect(said).to_contain_text("the stability limit is 0.0833", timeout=WAIT)
    rate(page).fill("0.01")
    page.get_by_role("button", name="Use lr 0.06").click(timeout=WAIT)
    expect(page.locator("#stage")).to_be_visible()
    expect(rate(page)).to_have_value("0.06")
    page.goto(page.url.split("#")[0] + "docs")
    until(page, lambda: stored(api) <= before)


def test_back_goes_to_the_view_before_and_to_the_set_up_before_an_example(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    look_at(page, "Sweep")
    page.wait_for_url("**/sweep*")
    rate(page).fill("0.3")
    page.go_back()
    page.wait_for_url(lambda url: "/sweep" not in url)
    expect(page.locator("#stage")).to_be_visible()
    expect(rate(page)).to_have_value("0.3")
    example(page, "Two wells")
    expect(runs(page)).to_have_count(3)
    page.go_back()
    expect(runs(page)).to_have_count(2, timeout=WAIT)
    expect(rate(page)).to_have_value("0.3")
    page.go_forward()
    expect(runs(page)).to_have_count(3, timeout=WAIT)

    look_at(page, "Map")
    page.locator("header").get_by_role("link", name="Library").click()
    page.wait_for_url("**/library")
    page.locator("header").get_by_role("link", name="Workbench").click()
    page.wait_for_url("**/map*")
    expect(runs(page)).to_have_count(3, timeout=WAIT)
    expect(page.get_by_role("tab", name="Map", exact=True)).to_have_attribute("aria-selected", "true")


def test_changes_are_undone_and_redone_by_keys_and_buttons_a_drag_as_one(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    slider = runs(page).nth(1).locator("[data-loc$='optimizer.lr'] input[type=range]")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.6 * box["width"], middle)
    page.mouse.down()
    for share in (0.65, 0.7, 0.8):
        page.mouse.move(box["x"] + share * box["width"], middle)
    page.mouse.up()
    page.get_by_role("button", name="Add run").click()
    expect(runs(page)).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(runs(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(rate(page, 1)).to_have_value("0.1")
    expect(undo).to_be_disabled()
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    expect(runs(page)).to_have_count(3)
    undo.click()
    expect(runs(page)).to_have_count(2)
    redo.click()
    expect(runs(page)).to_have_count(3)
    rate(page, 1).fill("7")
    page.keyboard.press("Control+z")
    expect(runs(page)).to_have_count(3)


def test_the_views_are_reached_and_used_with_the_keyboard_alone(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    page.get_by_role("tab", name="Play", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile").first).to_be_visible(timeout=WAIT)
    page.keyboard.press(" ")
    page.keyboard.press("Tab")
    before = step(page)
    page.keyboard.press("Home")
    assert step(page) == before, "What is not in sight is not played."
    best = page.locator("#sweep .card-head .primary")
    expect(best).to_be_visible(timeout=WAIT)
    best.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Play", exact=True)).to_have_attribute("aria-selected", "true")
    wait_for_outcomes(page, "converged")

    page.get_by_role("tab", name="Map", exact=True).click()
    page.locator("select[name=problem]").select_option("network")
    expect(runs(page).first.locator(".badge")).to_be_hidden(timeout=WAIT)  # That was another problem's run.

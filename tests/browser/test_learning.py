"""The glossary and the flashcards as a learner uses them: by keyboard, kept in the browser, told to nobody."""

import json

from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine


def ready(page):
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)


def test_a_term_is_found_and_its_picture_moves_until_it_is_told_not_to(open_page):
    page = open_page("/glossary#momentum")
    ready(page)
    card = page.locator("#momentum")
    expect(card).to_be_focused()
    expect(card.locator("math mi").first).to_have_text("v")
    expect(card.get_by_role("link", name="Momentum")).to_have_attribute("href", "/lessons/momentum")
    walk = card.locator(".walk").first
    expect(walk).to_be_attached(timeout=WAIT)
    expect(walk).not_to_have_attribute("d", walk.get_attribute("d"), timeout=WAIT)
    page.get_by_role("button", name="Moving pictures").click()
    still = walk.get_attribute("d")
    page.wait_for_timeout(200)
    assert walk.get_attribute("d") == still
    page.locator("#find").fill("saddle")
    expect(page.locator(".term-card:visible")).to_have_count(1)


def test_pictures_stand_still_where_motion_is_not_wanted(open_page):
    page = open_page("/glossary#saddle", reduced_motion="reduce")
    walk = page.locator("#saddle .walk")
    expect(walk).to_be_attached(timeout=WAIT)
    expect(page.get_by_role("button", name="Moving pictures")).to_have_attribute("aria-pressed", "false")
    whole = walk.get_attribute("d")
    page.wait_for_timeout(200)
    assert whole == walk.get_attribute("d")
    assert whole.count("L") > 50
    page.locator("#epoch").scroll_into_view_if_needed()
    expect(page.locator("#epoch .walk")).to_be_attached(timeout=WAIT)


def test_cards_are_learnt_by_keyboard_and_nothing_of_it_is_sent(open_page, tmp_path):
    page = open_page("/flashcards")
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url, request.post_data)))
    ready(page)
    left, known = page.locator("#left"), page.locator("#known")
    expect(left).to_have_text("0 due, 12 new")
    first = page.locator("#table h2").inner_text()
    page.keyboard.press("Space")
    expect(page.locator(".card-answer")).to_be_focused()
    page.keyboard.press("3")
    expect(page.locator("#table h2")).not_to_have_text(first)
    expect(left).to_have_text("0 due, 11 new")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Forgotten").click()
    expect(left).to_have_text("0 due, 10 new, 1 once more")
    page.reload()
    ready(page)
    expect(left).to_have_text("0 due, 10 new")
    expect(known).to_contain_text("2 of ")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "cards.json")
    kept = json.loads((tmp_path / "cards.json").read_text())
    assert {card["interval"] for card in kept["cards"].values()} == {1}
    page.get_by_role("button", name="Erase").click()
    expect(known).to_contain_text("0 of ")
    page.locator("#file").set_input_files(tmp_path / "cards.json")
    expect(known).to_contain_text("2 of ")
    page.get_by_role("button", name="Undo").click()
    expect(known).to_contain_text("0 of ")
    told = [(method, url) for method, url, data in asked if method != "GET" or data or "term" in url]
    assert told == []


def test_an_answer_has_the_numbers_of_the_lesson_s_runs(open_page):
    page = open_page("/flashcards")
    ready(page)
    day = page.evaluate("Math.floor((Date.now() - new Date().getTimezoneOffset() * 60000) / 86400000)")
    due = {"quiz:the-thermometer:1": {"ease": 2.5, "interval": 6, "repetition": 2, "due": day}}
    kept = json.dumps({"cards": due, "begun": {"day": day, "n": 12}})
    page.evaluate("(text) => localStorage.setItem('slalom.cards', text)", kept)
    page.reload()
    expect(page.locator("#left")).to_have_text("1 due, 0 new", timeout=WAIT)
    page.get_by_role("button", name="Show the answer").click()
    expect(page.locator(".card-right")).to_have_text("About a hundredth")
    expect(page.locator(".card-answer")).to_contain_text("from 0.033 to 3.4 × 10⁻⁴", timeout=WAIT)
    expect(page.get_by_role("button", name="Good")).to_contain_text("15 days")
    page.keyboard.press("3")
    expect(page.locator("#table h2")).to_have_text("That is all for today.")
    expect(page.locator("#table h2")).to_be_focused()

"""Lessons in a real Chromium: one by keyboard alone, all of them as far as their first movement, and what is sent."""

import json
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import INK, LOSS, WAIT, runs, settled, step, until

from slalom.lessons import library

LESSONS = library(None)
FIRST = LESSONS[0]
ANSWERS = "JSON.parse(localStorage.getItem('slalom.lessons')).lessons"

VOICES = """window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [{ name: "Bob", lang: "en-GB" }, { name: "Ada", lang: "en-US" }, { name: "Zoé", lang: "fr-FR" }],
  speak: (utterance) => window.spoken.push(utterance),
  cancel: () => {},
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };"""
"""A browser with two English voices, which notes what is spoken instead of speaking."""


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focus_by_tab(page, locator, key="Tab"):
    """Go on until an element has the focus, as somebody does who has no mouse."""
    for _ in range(60):
        if locator.evaluate("(one) => one === document.activeElement || one.contains(document.activeElement)"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab does not lead to {locator}")


def part(page, name):
    return page.locator(f"[data-step={name}]")


def test_a_lesson_from_question_to_quiz_by_keyboard_alone(open_page):
    page = open_page(f"/lessons/{FIRST.slug}", reduced_motion="reduce")
    expect(page.get_by_role("heading", name=FIRST.title, level=1)).to_be_visible(timeout=WAIT)
    expect(part(page, "notice")).to_be_hidden()
    page.keyboard.press(" ")  # Nothing plays before a prediction.
    assert step(page) == 0
    focus_by_tab(page, part(page, "predict").get_by_role("radio").first)
    press(page, "ArrowDown", "Tab", "Enter")
    expect(part(page, "predict")).to_contain_text("You predicted “0.1”. The runs say “0.5”.", timeout=WAIT)
    expect(part(page, "predict")).to_contain_text("lr 1.05: diverged, loss 32,800")
    expect(part(page, "notice").get_by_role("heading")).to_be_focused()
    expect(page.locator("#why .why-headline .term")).to_have_text("steps")
    focus_by_tab(page, part(page, "notice").get_by_role("button", name="The losses"))
    page.keyboard.press("Enter")
    expect(part(page, "notice")).to_contain_text("after 40 steps both are 2.83 × 10⁻⁷", timeout=WAIT)
    expect(part(page, "why")).to_contain_text("both need 38 steps")
    focus_by_tab(page, part(page, "why").locator(".term").first)
    more = part(page, "why").get_by_role("link", name="In the glossary")
    expect(more).to_be_visible()
    press(page, "Tab")
    expect(more).to_be_focused()
    press(page, "Escape")
    expect(more).to_be_hidden()
    focus_by_tab(page, part(page, "summary").get_by_role("tab", name="Medium"))
    page.keyboard.press("ArrowRight")
    expect(part(page, "summary").get_by_role("tabpanel")).to_contain_text("at step 451 in single")
    focus_by_tab(page, part(page, "quiz").get_by_role("slider"))
    page.keyboard.press("Tab")
    page.keyboard.type("0.42")
    press(page, "Enter")
    expect(part(page, "quiz").locator(".tried .badge")).to_have_text("right", timeout=WAIT)
    expect(runs(page)).to_have_count(1)
    expect(page.locator("#why")).to_contain_text("lr 0.42", timeout=WAIT)
    focus_by_tab(page, page.locator("#presets").get_by_role("button", name="Reset"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(runs(page)).to_have_count(6)
    page.keyboard.press("Control+z")
    expect(runs(page)).to_have_count(1)
    kept = page.evaluate(ANSWERS)[FIRST.slug]
    assert (kept["prediction"], kept["notice"], kept["quiz"]["0"]["passed"]) == (1, 1, True)
    page.add_init_script(VOICES)
    page.reload()
    expect(part(page, "quiz").locator(".tried .badge")).to_have_text("right", timeout=WAIT)
    focus_by_tab(page, page.locator(".lesson summary"), "Shift+Tab")
    press(page, "Enter", "Tab", "Enter")
    line = page.locator(".dialogue [aria-current]")
    expect(line).to_contain_text(FIRST.dialogue[0].says)
    page.evaluate("spoken.at(-1).onend()")
    expect(line).to_contain_text(FIRST.dialogue[1].says)
    assert page.evaluate("spoken.map(({ voice }) => voice.name)") == ["Ada", "Bob"]
    press(page, "Enter")  # Pause.
    expect(line).to_have_count(0)
    assert violations(page) == []


def test_every_lesson_opens_and_moves_once_it_was_asked_for(open_page):
    page = open_page("/lessons")
    expect(page.locator(".lesson-card")).to_have_count(len(LESSONS), timeout=WAIT)
    for lesson in LESSONS:
        page.goto(page.url.partition("/lessons")[0] + f"/lessons/{lesson.slug}")
        expect(part(page, "question")).to_be_visible(timeout=WAIT)
        page.get_by_role("button", name="Skip, just run it").click()
        until(page, lambda: step(page) > 0)
        before = page.evaluate(INK)
        until(page, lambda before=before: page.evaluate(INK) != before)


def test_nothing_of_a_reader_is_sent_but_the_setting_to_be_run(open_page):
    page = open_page("/lessons/ravines", reduced_motion="reduce")
    sent = []
    page.on("request", lambda request: sent.append((request.method, request.url, request.post_data)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(("WS", socket.url, text))))
    page.get_by_label("Your number").last.fill("773")
    page.get_by_role("button", name="Run it").first.click()
    expect(part(page, "predict")).to_contain_text("You predicted 773; it is 43.", timeout=WAIT)
    expect(page.locator(".ghost-scale .ghost")).to_have_text("predicted 773")
    part(page, "notice").locator(".answer").first.click()
    part(page, "quiz").locator(".answer").first.click()
    part(page, "quiz").get_by_role("button", name="Run it").click()
    expect(part(page, "quiz").locator(".tried .badge")).to_be_visible(timeout=WAIT)
    posts = [(url.rpartition("/api/")[2], json.loads(body)) for method, url, body in sent if method == "POST"]
    assert [body for path, body in posts if path.startswith("lessons")] == [{"values": {"runs.0.optimizer.lr": 0.03}}]
    assert len(sent) > 3
    assert not [url for _, url, body in sent if re.search(r"\b773\b", f"{url}{body}")]


def test_a_lesson_stands_alone_in_another_page_and_for_a_room(open_page):
    page = open_page("/lessons/ravines?embed=1", 900, 600, reduced_motion="reduce")
    expect(part(page, "question")).to_be_visible(timeout=WAIT)
    expect(page.locator("header")).to_be_hidden()
    page.get_by_role("button", name="Skip, just run it").click()
    until(page, lambda: step(page) == 450)
    expect(part(page, "notice")).to_be_hidden()
    page.goto(page.url.partition("?")[0] + "?projector=1")
    expect(page.locator("#stage")).to_be_visible(timeout=WAIT)
    expect(part(page, "question")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 1


@pytest.mark.parametrize("size", [(740, 360), (740, 520), (360, 740)])
def test_within_another_page_nothing_of_a_lesson_lies_on_something_else(open_page, size):
    page = open_page("/lessons/ravines?embed=1", *size, reduced_motion="reduce")
    page.locator("[data-step=predict] .primary").wait_for(timeout=WAIT)
    parts = ("[data-step=predict]", "#tabs", "#stage", "#transport")
    found = [page.locator(part).bounding_box() for part in parts]
    for i, one in enumerate(found):
        assert one["x"] + one["width"] <= size[0]
        for other in found[:i]:
            beside = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            below = one["y"] + 1 >= other["y"] + other["height"] or other["y"] + 1 >= one["y"] + one["height"]
            assert beside or below, (parts[i], one, other)


@pytest.fixture
def course(server, tmp_path):
    """Yield the port of another server, whose page shows a lesson inside its own."""
    frame = f'<!doctype html><title>Course</title><iframe src="{server}/lessons/ravines?embed=1"></iframe>'
    (tmp_path / "index.html").write_text(frame)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield site.server_port
        site.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_lesson_is_shown_in_a_page_of_a_course_that_the_server_allows_and_in_no_other(open_page, course):
    page = open_page("/lessons", reduced_motion="reduce", expected=("frame-ancestors", "'localStorage'", "favicon"))
    page.goto(f"http://localhost:{course}/")
    expect(page.frame_locator("iframe").locator("[data-step=question]")).to_be_visible(timeout=WAIT)
    page.goto(f"http://127.0.0.1:{course}/")
    until(page, lambda: page.frames[1].url.startswith("chrome-error:"))


def test_a_number_in_the_text_is_dragged_and_the_runs_follow_and_the_handout_has_no_controls(open_page):
    page = open_page(f"/lessons/{FIRST.slug}", reduced_motion="reduce")
    page.get_by_role("button", name="Skip, just run it").click(timeout=WAIT)
    part(page, "notice").locator(".answer").first.click()
    handle = part(page, "explore").get_by_role("slider", name="learning rate, run 4")
    expect(handle).to_have_text("0.9")
    expect(page.locator("#why")).to_contain_text("lr 0.01", timeout=WAIT)
    before = page.evaluate(INK)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=4)
    page.mouse.up()
    expect(handle).to_have_text("0.285")  # 200 pixels are a factor of ten.
    expect(page.locator("#why")).to_contain_text("lr 0.285", timeout=WAIT)
    until(page, lambda: page.evaluate(INK) != before)
    press(page, "ArrowRight", "Shift+ArrowDown", "ArrowUp")
    expect(handle).to_have_attribute("aria-valuenow", "0.197")
    page.locator("#presets").get_by_role("button", name="Reset").click()
    expect(handle).to_have_text("0.9")
    page.locator("#presets").get_by_role("tab", name="half the digits").click()
    handle.press("ArrowLeft")
    expect(page.locator("#presets [aria-selected=true]")).to_have_text("six rates")
    expect(runs(page)).to_have_count(6)
    assert violations(page) == []
    page.set_viewport_size({"width": 740, "height": 360})
    boxes = [page.locator(name).bounding_box() for name in ("header", "#stage", "#transport")]
    assert [(box["x"], box["width"]) for box in boxes] == [(0, 740), (8, 724), (8, 724)]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(media="print")
    for name in ("#transport", "#presets", ".lesson", "header", "#controls button"):
        expect(page.locator(name).first).to_be_hidden()
    expect(page.locator(".handout").first).to_contain_text(FIRST.title)
    expect(page.locator(".handout-link")).to_contain_text(f"/lessons/{FIRST.slug}")
    expect(page.locator("#stage .plot canvas").first).to_be_visible()
    assert page.locator(".handout .qr").evaluate("(one) => one.complete && one.naturalWidth") > 20


def test_every_sketch_is_drawn_run_and_compared(open_page):
    page = open_page("/lessons", reduced_motion="reduce")
    index = page.url
    sketched = [lesson for lesson in LESSONS if lesson.prediction.kind == "sketch"]
    assert sketched
    for lesson in sketched:
        page.goto(f"{index}/{lesson.slug}")
        points = part(page, "predict").locator(".sketch-point")
        expect(points).to_have_count(5, timeout=WAIT)
        drawn = []
        for i in range(5):
            box = points.nth(i).bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x, y + 8 * i, steps=3)
            page.mouse.up()
            drawn.append(points.nth(i).get_attribute("aria-valuetext"))
        assert len(set(drawn)) > 3
        plain = page.evaluate(LOSS)
        page.get_by_role("button", name="Run it").first.click()
        told = part(page, "predict").locator(".compared")
        expect(told).to_contain_text("You are farthest off at step", timeout=WAIT)
        assert any(value in told.inner_text() for value in drawn)
        assert told.locator(".sketch-truth").get_attribute("d").startswith("M")
        assert settled(page, LOSS) != plain


def test_the_index_chooses_and_orders_and_forgets(open_page):
    momentum = next(lesson for lesson in LESSONS if lesson.slug == "momentum")
    answered = f"1 of {2 + len(momentum.quiz)} answered"
    page = open_page("/lessons?only=momentum,ravines,nothing")
    titles = page.locator(".lesson-card h2")
    expect(titles).to_have_text(["Momentum", "Ravines"], timeout=WAIT)
    expect(page.locator("#notice")).to_contain_text("There is no lesson called nothing.")
    titles.first.get_by_role("link").click()
    expect(page.locator(".lesson-place")).to_have_text("Lesson 1 of 2", timeout=WAIT)
    page.get_by_role("button", name="Skip, just run it").click()
    page.locator(".lesson-place").click()
    expect(page.locator(".lesson-card").first).to_contain_text(answered, timeout=WAIT)
    page.get_by_role("button", name="Erase").click()
    expect(page.locator(".lesson-card").first).not_to_contain_text(answered)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".lesson-card").first).to_contain_text(answered)

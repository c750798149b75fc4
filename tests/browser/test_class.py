"""A class in a real Chromium: a teacher and two students, one of them on a phone, from the code to the board."""

import re
import signal

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import asleep, step, until

SECRET = "a-secret-of-the-teacher"
WAIT = 30_000  # milliseconds, on a busy machine
LOST = ("WebSocket connection", "net::ERR_")
"""What a browser says of a server that is away for a moment."""
BAD = ("error", "warning")
MINE = "fetch('/api/experiments?owner=me').then((answer) => answer.json()).then(({ items }) => items)"
NETWORK = {"problem": {"kind": "network", "data": {"kind": "moons", "n": 40}, "hidden": [4]}, "runs": [{}], "steps": 30}
BOWL = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 10}


class Hall:
    """A server of a class, and the pages of those who are in it."""

    def __init__(self, serving, store, chromium):
        self.serving, self.store, self.chromium = serving, store, chromium
        self.process, self.address = self.start("0")
        serving.warm(self.address)
        self.said = []
        self.contexts = []

    def start(self, port):
        environ = {"SLALOM_TOKEN": SECRET, "SLALOM_HOST": "127.0.0.1"}
        return self.serving.start(self.store, "--class", "--port", port, **environ)

    def restart(self):
        """Kill the server, and start it again at the same address."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        self.process.stdout.close()
        self.process, _ = self.start(self.address.rpartition(":")[2])

    def person(self, path, width, height, **about):
        """Return a page in a browser of somebody's own."""
        self.contexts.append(self.chromium.new_context(viewport={"width": width, "height": height}, **about))
        return self.page(path)

    def page(self, path):
        """Return another page in the browser that came last."""
        return self.page_of(self.contexts[-1], path)

    def page_of(self, context, path):
        """Return another page in somebody's browser."""
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("console", lambda m: self.said.append(m.text) if m.type in BAD else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self.address + path)
        return page

    def post(self, page, path, body):
        """Return the answer to what somebody's browser sends."""
        return page.context.request.post(self.address + path, data=body, headers={"Origin": self.address})

    def close(self):
        for context in self.contexts:
            context.close()
        assert self.serving.stop(self.process) == 0
        assert [text for text in self.said if not any(word in text for word in LOST)] == []


@pytest.fixture(scope="module")
def hall(serving, chromium, tmp_path_factory):
    hall = Hall(serving, tmp_path_factory.mktemp("class") / "slalom.db", chromium)
    yield hall
    hall.close()


@pytest.fixture(scope="module")
def desk(hall):
    page = hall.person(f"/teach#{SECRET}", 1440, 900)
    expect(page.get_by_text("Nobody has joined yet.")).to_be_visible(timeout=WAIT)
    return page


@pytest.fixture(scope="module")
def code(desk):
    return desk.evaluate("fetch('/api/room').then((answer) => answer.json()).then(({ code }) => code)")


@pytest.fixture(scope="module")
def laptop(hall, code):
    page = hall.person("/library", 1280, 720)
    page.get_by_role("textbox").fill(code.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/library"), timeout=WAIT)
    page.goto(page.url.replace("/library", "/"))
    return page


@pytest.fixture(scope="module")
def phone(hall, code):
    return hall.person(f"/join?code={code}", 360, 740, has_touch=True, color_scheme="dark")


def button(page, name, exact=True):
    return page.get_by_role("button", name=name, exact=exact)


def said(page):
    """Return what the bar of a student's page says."""
    return page.locator(".room-state")


def test_students_join_by_code_and_are_where_the_class_is(desk, laptop, phone):
    for page in (laptop, phone):
        expect(said(page)).to_have_text("With the class", timeout=WAIT)
    expect(desk.locator(".sync")).to_contain_text("2 of 2 in sync", timeout=WAIT)
    desk.get_by_label("Lesson", exact=True).select_option(label="Ravines")
    for page in (laptop, phone):
        page.wait_for_url(re.compile("/lessons/ravines"))
        expect(page.get_by_role("heading", name="Ravines")).to_be_visible()
        expect(page.get_by_text("The runs wait for the class.")).to_be_visible()
    expect(laptop.locator(".sheet")).to_have_count(2)  # of a poll and of a challenge, neither of which is shown
    expect(laptop.locator(".sheet:visible")).to_have_count(0)


def test_the_class_predicts_twice_though_the_server_is_killed_between(hall, desk, laptop, phone):
    button(desk, "Ask what the lesson asks").click()
    for page, value in ((laptop, "60"), (phone, "200")):
        poll = page.get_by_role("region", name="Question to the class")
        poll.get_by_role("textbox").fill(value)
        button(poll, "Send").dblclick()
        expect(poll.get_by_text("Your answer is counted")).to_be_visible()
    counted = desk.locator(".votes-count")
    expect(counted).to_have_text("2 of 2 have answered")
    button(desk, "Close the round").click()
    expect(phone.get_by_text("Talk with your neighbours")).to_be_visible()
    hall.restart()
    expect(said(phone)).to_have_text("With the class", timeout=WAIT)
    expect(desk.locator(".sync")).to_contain_text("2 of 2 in sync", timeout=WAIT)
    button(desk, "Talk, then ask again").click()
    poll = laptop.get_by_role("region", name="Question to the class")
    expect(poll.get_by_role("textbox")).to_have_value("60")
    button(poll, "Send").click()
    expect(counted).to_have_text("1 of 2 have answered")
    button(desk, "Close the round").click()
    button(desk, "Reveal and play").click()
    for page in (desk, laptop, phone):
        expect(page.get_by_text("2 answers before talking, 1 answer after; median 60")).to_be_visible()
        until(page, lambda page=page: step(page) > 4)
    button(desk, "Pause").click()
    rest = step(desk)
    for page in (laptop, phone):
        until(page, lambda page=page: step(page) == rest)
    button(desk, "Take it away").click()
    expect(laptop.locator(".sheet:visible")).to_have_count(0)


def test_a_phone_that_slept_wakes_where_the_class_is(hall, desk, phone):
    with asleep(phone):
        button(desk, "Next: Predict").click()
        desk.locator("#transport .scrub").fill("30")
        until(desk, lambda: step(desk) == 30)
    until(phone, lambda: step(phone) == 30)
    assert step(desk) == 30


def test_a_student_explores_offers_a_run_and_comes_back(desk, laptop, phone):
    button(laptop, "Explore on my own").click()
    expect(desk.locator(".sync")).to_contain_text("1 of 2 in sync", timeout=WAIT)
    laptop.get_by_text("Change the set-up", exact=True).click()
    laptop.get_by_role("textbox", name="lr, run 1").fill("0.04")
    expect(button(laptop, "Back to class", exact=False)).to_be_visible()
    button(laptop, "Offer my run").click()
    button(desk.locator(".offers"), "Present").click()
    phone.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/(#|$)"))
    expect(said(phone)).to_have_text("Shown: a run of a student", timeout=WAIT)
    phone.get_by_role("tab", name="Controls").click()
    expect(phone.get_by_role("textbox", name="lr, run 1")).to_have_value("0.04")
    expect(said(laptop)).to_have_text("On your own")
    button(laptop, "Back to class (it has moved on)").click()
    laptop.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/(#|$)"))
    expect(said(laptop)).to_have_text("Shown: a run of a student", timeout=WAIT)
    expect(desk.locator(".sync")).to_contain_text("2 of 2 in sync", timeout=WAIT)


def test_a_challenge_is_run_by_the_server_and_ranked(hall, desk, phone):
    desk.get_by_label("Challenge", exact=True).select_option(index=2)
    button(desk, "Start it").click()
    challenge = phone.get_by_role("region", name="Challenge")
    button(challenge, "Unfold").click()
    button(challenge, "Start with this problem").click()
    expect(said(phone)).to_have_text("On your own")
    phone.get_by_label("Nickname", exact=False).fill("Ada")
    button(challenge, "Submit my run").click()
    expect(challenge.get_by_text(": place 1.")).to_be_visible()
    row = desk.locator(".board-rows li")
    expect(row).to_contain_text("Ada", timeout=WAIT)
    button(row, "Hide").click()
    expect(button(row, "Show")).to_be_visible()
    button(desk, "End it").click()
    expect(challenge).to_be_hidden()
    button(phone, "Back to class", exact=False).click()
    expect(said(phone)).to_have_text("Shown: a run of a student")


def test_the_class_sees_the_map_that_the_desk_opens_and_what_it_points_at(desk, laptop, phone):
    desk.get_by_role("tab", name="Map").click()
    for page in (laptop, phone):
        page.wait_for_url(re.compile("/map"))
        expect(page.locator(".map-head, #map .card-head").first).to_contain_text("runs in", timeout=WAIT)
        expect(said(page)).to_have_text("With the class")
    assert phone.evaluate(MINE) == [], "It is computed once."
    desk.get_by_role("tab", name="Play").click()
    for page in (laptop, phone):
        page.wait_for_url(re.compile(r":\d+/(#|$)"))
    desk.locator("#loss").get_by_role("button", name="Point at it").click()
    for page in (laptop, phone):
        expect(page.locator("[data-pointed]")).to_have_id("loss")
    desk.locator("#loss").get_by_role("button", name="Point at it").click()
    expect(phone.locator("[data-pointed]")).to_have_count(0)


def test_a_network_is_trained_once_for_the_class_and_not_shown_while_it_predicts(hall, desk, laptop, phone):
    id = hall.post(desk, "/api/experiments", NETWORK).json()["id"]
    bench = hall.page_of(desk.context, f"/?experiment={id}")
    button(bench, "Show this to the class").click()
    for page in (desk, laptop, phone):
        page.wait_for_url(re.compile(id))
    assert phone.evaluate(MINE) == []
    bench.close()
    button(laptop, "Explore on my own").click()
    desk.get_by_text("Ask something else").click()
    desk.get_by_label("Question", exact=True).fill("Does it learn?")
    desk.locator(".own-poll textarea").fill("yes\nno")
    desk.get_by_label("The runs wait until the answers are revealed").check()
    button(desk, "Ask").click()
    expect(laptop.get_by_text("The runs wait for the class.")).to_be_visible()
    assert hall.post(laptop, "/api/simulate", BOWL).status == 409
    button(desk, "Close the round").click()
    button(desk, "Reveal and play").click()
    expect(laptop.get_by_text("The runs wait for the class.")).to_be_hidden()
    assert hall.post(laptop, "/api/simulate", BOWL).status == 200
    button(desk, "Take it away").click()
    button(laptop, "Back to class", exact=False).click()
    laptop.wait_for_url(re.compile(id))


def test_every_page_of_the_class_is_in_order(hall, desk, phone):
    pages = {"desk": desk, "phone": phone}
    for path in ("/challenge", "/selfcheck"):
        pages[path] = hall.page(path)
        expect(pages[path].locator("[aria-busy]")).to_have_count(0, timeout=WAIT)
    for name, page in pages.items():
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_the_bar_of_a_phone_on_its_side_covers_no_picture(phone):
    before = phone.viewport_size
    phone.set_viewport_size({"width": 740, "height": 360})
    phone.get_by_role("tab", name="Play").click()
    boxes = {name: phone.locator(name).bounding_box() for name in (".room-bar", "#stage", "#loss", "#tabs", "header")}
    bar = boxes.pop(".room-bar")
    for name, box in boxes.items():
        beside = box["x"] >= bar["x"] + bar["width"] or bar["x"] >= box["x"] + box["width"]
        assert beside or box["y"] >= bar["y"] + bar["height"] or bar["y"] >= box["y"] + box["height"], name
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    phone.set_viewport_size(before)


def test_a_page_of_the_teacher_goes_onto_the_stage_which_the_projector_shows_with_the_way_in(hall, desk, laptop, code):
    hall.contexts.append(desk.context)
    wall = hall.page("/projector")
    expect(wall.locator(".one-number output")).not_to_be_empty(timeout=WAIT)
    expect(wall.locator("#transport")).to_be_hidden()
    bench = hall.page("/")
    expect(bench.locator(".run").first).to_contain_text("diverged", timeout=WAIT)
    button(bench, "Show this to the class").click()
    expect(said(laptop)).to_have_text("With the class")
    expect(laptop.get_by_role("textbox", name="lr, run 1")).to_have_value("1.05")
    expect(desk.locator(".run .number").first).to_have_value("1.05")  # It is folded.
    button(desk, "On the projector").click()
    expect(wall.locator(".door-code")).to_have_text(code)
    assert violations(wall) == []
    answer = laptop.request.get(f"{hall.address}/desk")
    assert "data-room-page" not in answer.text()
    assert code not in answer.text()

"""The ways into a class in a real Chromium: with its code, with the secret, and within another site's page."""

import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from axe_rules import violations
from playwright.sync_api import expect

from slalom.lessons import library

LESSON = library(None)[3]
SECRET = "a-secret-of-the-teacher"
WAIT = 60_000  # milliseconds, on a busy machine
MAKE = """async () => {
  const ask = (path, method, body) =>
    fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const spec = { problem: { kind: "bowl" }, runs: [{}], steps: 30 };
  const { id } = await (await ask("/api/experiments", "POST", spec)).json();
  await ask(`/api/experiments/${id}`, "PATCH", { name: "a bowl" });
}"""
EXAMPLE = re.search(r"```html\n(.*?)```", (Path(__file__).parents[2] / "docs/room.md").read_text(), re.S)[1]
"""The page of a course that the documentation shows."""
SRC = re.compile(r'src="[^"]+"')
"""What its frame shows."""


class Course(BaseHTTPRequestHandler):
    """A learning platform: one page, whose frame shows what the path of the request names."""

    def __init__(self, shown, *request):
        self.shown = shown
        super().__init__(*request)

    def do_GET(self):
        page = SRC.sub(lambda _: f'src="{self.shown.get(self.path, "")}"', EXAMPLE).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def course():
    """Yield the address of a course on another site, and what its pages show."""
    shown = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Course, shown))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}", shown
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def hall(serving, course, tmp_path_factory):
    """Yield the address of a class whose pages the course may show, and its teacher."""
    environ = {"SLALOM_TOKEN": SECRET, "SLALOM_FRAME_ANCESTORS": course[0], "SLALOM_HOST": "127.0.0.1"}
    process, address = serving.start(tmp_path_factory.mktemp("class") / "slalom.db", "--class", **environ)
    serving.warm(address)
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {SECRET}"}, timeout=60) as teacher:
        yield address, teacher
    assert serving.stop(process) == 0


@pytest.fixture
def person(chromium):
    """Return a function that makes a browser of somebody's own, which remembers nothing of others."""
    contexts = []

    def person(width=1440, height=900, **about):
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **about))
        page = contexts[-1].new_page()
        page.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
        return page

    yield person
    for context in contexts:
        context.close()


def embedded(hall, **wish):
    answer = hall[1].post("/api/embed", json=wish)
    assert answer.status_code == 201, answer.text
    assert answer.json()["url"] in answer.json()["html"]
    return answer.json()["url"]


def test_a_course_of_another_site_shows_a_lesson_without_a_code(person, hall, course):
    address, shown = course
    shown["/lesson"] = embedded(hall, lesson=LESSON.slug, days=120)
    shown["/stranger"] = f"{hall[0]}/lessons/{LESSON.slug}"
    page = person()
    page.goto(f"{address}/lesson")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name=LESSON.title, level=1)).to_be_visible(timeout=WAIT)
    expect(frame.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(frame.locator("[data-step=predict]")).to_be_visible()
    made = page.frames[1].evaluate("fetch('/api/experiments').then((answer) => answer.json())")
    assert made == {"items": [], "next": None}
    stranger = person()
    stranger.goto(f"{address}/stranger")
    expect(stranger.frame_locator("iframe").get_by_role("heading", name="Join the class")).to_be_visible(timeout=WAIT)


def test_a_course_of_another_site_shows_an_experiment_and_a_room(person, hall, course):
    address, shown = course
    spec = {"problem": {"kind": "parabola"}, "runs": [{"label": "ours"}], "steps": 20}
    id = hall[1].post("/api/experiments", json=spec).json()["id"]
    assert hall[1].get(f"/api/experiments/{id}?wait=60").json()["status"] == "done"
    shown["/experiment"] = embedded(hall, experiment=id)
    shown["/room"] = f"{hall[0]}/join"
    page = person()
    page.goto(f"{address}/experiment")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("ours").first).to_be_visible(timeout=WAIT)
    page.goto(f"{address}/room")
    frame.get_by_label("Code").fill(hall[1].get("/api/room").json()["code"].lower())
    frame.get_by_role("button", name="Join").click()
    page.frames[1].wait_for_url(f"{hall[0]}/", wait_until="commit", timeout=WAIT)
    assert page.frames[1].evaluate("fetch('/api/room').then((answer) => answer.json())")["role"] == "student"
    expect(frame.locator(".room-state")).to_have_text("Waiting for the teacher", timeout=WAIT)


def test_a_page_that_is_not_allowed_shows_nothing(person, hall, course):
    address, shown = course
    shown["/lesson"] = embedded(hall, lesson=LESSON.slug)
    page, said = person(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address.replace('localhost', '127.0.0.1')}/lesson")
    page.wait_for_timeout(500)
    assert any("frame-ancestors" in text for text in said), said
    assert not page.frame_locator("iframe").get_by_role("heading").count()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_student_comes_in_with_the_code(person, hall, width):
    page = person(width, 740, color_scheme="dark" if width == 360 else "light")
    page.goto(f"{hall[0]}/library")
    expect(page).to_have_url(f"{hall[0]}/join")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_label("Code").fill("wrong1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not this room's code")
    code = hall[1].get("/api/room").json()["code"]
    page.goto(f"{hall[0]}/join?code={code}")
    expect(page).to_have_url(re.compile(rf"{hall[0]}/(#.*)?$"))
    page.goto(f"{hall[0]}/join")
    expect(page).to_have_url(re.compile(rf"{hall[0]}/(#.*)?$"))


def test_a_browser_that_keeps_no_cookie_is_told_so(person, hall):
    page, stranger = person(360, 740), httpx.get(f"{hall[0]}/api/room").json()
    page.route("**/api/room", lambda route: route.fulfill(json=stranger))
    page.goto(f"{hall[0]}/join?code={hall[1].get('/api/room').json()['code']}")
    expect(page.get_by_role("alert")).to_contain_text("keeps no cookie here")
    expect(page.get_by_role("link", name="Open Slalom in a window of its own")).to_have_attribute("href", "/join")


def test_in_the_library_students_share_what_is_theirs(person, hall):
    code = hall[1].get("/api/room").json()["code"]
    mine, theirs = person(), person(360, 740)
    for page in (mine, theirs):
        page.goto(f"{hall[0]}/join?code={code}")
        expect(page).to_have_url(re.compile(rf"{hall[0]}/(#.*)?$"))
    mine.evaluate(MAKE)
    mine.goto(f"{hall[0]}/library")
    share = mine.get_by_role("button", name="Share “a bowl” with everybody")
    expect(share).to_have_attribute("aria-pressed", "false", timeout=WAIT)
    theirs.goto(f"{hall[0]}/library")
    expect(theirs.get_by_label("Whose experiments")).to_be_visible(timeout=WAIT)
    expect(theirs.get_by_role("link", name="a bowl")).to_be_hidden()
    share.click()
    expect(share).to_have_attribute("aria-pressed", "true")
    theirs.get_by_label("Whose experiments").select_option("Shared")
    card = theirs.locator(".entry", has_text="a bowl")
    expect(card.get_by_text("another’s")).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(0)
    assert violations(theirs) == []
    theirs.get_by_label("Whose experiments").select_option("Mine")
    expect(theirs.get_by_text("You have kept no experiments yet.")).to_be_visible()


def test_the_teachers_secret_is_in_no_address_and_no_referer(person, hall):
    page, seen = person(), []
    page.on("request", lambda request: seen.append(f"{request.url} {request.all_headers()}"))
    page.goto(f"{hall[0]}/teach#not-the-secret")
    expect(page.get_by_role("alert")).to_contain_text("That is not the teacher's secret")
    assert violations(page) == []
    seen.clear()
    page.goto(f"{hall[0]}/teach#{SECRET}")
    expect(page).to_have_url(f"{hall[0]}/desk")
    assert page.evaluate("fetch('/api/room').then((answer) => answer.json())")["role"] == "teacher"
    page.goto(f"{hall[0]}/library")
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    assert len(seen) > 5
    assert [one for one in seen if SECRET in one.replace(f"{hall[0]}/teach#{SECRET}", "", 1)] == []
    assert [url for url in (entry for entry in page.evaluate("performance.getEntries().map(({ name }) => name)")) if
            SECRET in url] == []  # fmt: skip


def test_a_student_shares_a_data_set_in_the_library(person, hall):
    address, teacher = hall
    page = person()
    page.goto(f"{address}/join?code={teacher.get('/api/room').json()['code']}")
    expect(page).to_have_url(re.compile(rf"{address}/(#.*)?$"), timeout=WAIT)
    head = {"Content-Type": "text/csv", "Origin": address}
    table = "\n".join(["width,height", *(f"{n},{2 * n + 1}" for n in range(12))])
    given = page.context.request.post(f"{address}/api/datasets?name=heights", data=table, headers=head)
    assert given.status == 201, given.text()
    page.goto(f"{address}/library")
    share = page.get_by_role("button", name="Share “heights” with everybody")
    expect(share).to_have_attribute("aria-pressed", "false", timeout=WAIT)
    share.click()
    expect(share).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("region", name="Data sets")).to_contain_text("shared")
    assert violations(page) == []
    assert teacher.get(f"/api/datasets/{given.json()['id']}").json()["shared"] is True

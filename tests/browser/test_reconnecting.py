"""A server that dies, hangs or forgets under an open page: the page says so, counts the seconds, and goes on after."""

import re
import signal

import httpx
import pytest
from playwright.sync_api import expect
from workbench_page import asleep, runs, step, until, wait_for_outcomes

WAIT = 60_000  # milliseconds, on a busy machine
AWAY = re.compile(r"Reconnecting \d+ s")
GREYED = "grayscale(1) opacity(0.6)"


class Outage:
    """A server of a test's own, which can be away."""

    def __init__(self, serving, folder):
        self.serving, self.folder = serving, folder
        self.process, self.address = serving.start(folder / "slalom.db")
        serving.warm(self.address)

    def end(self):
        self.serving.stop(self.process)

    def begin(self, store="slalom.db"):
        """Be back at the same address."""
        self.process, again = self.serving.start(
            self.folder / store, "--port", self.address.rpartition(":")[2], SLALOM_QUEUE_PER_CLIENT="1000"
        )
        assert again == self.address
        self.serving.warm(self.address)

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def outage(serving, tmp_path):
    own = Outage(serving, tmp_path)
    yield own
    own.go_on()
    own.end()


@pytest.fixture
def visit(chromium, outage):
    """A function that opens a page of the server that can be away, for somebody who wants no motion."""
    contexts = []

    def visit(path="/"):
        contexts.append(chromium.new_context(reduced_motion="reduce"))
        page = contexts[-1].new_page()
        page.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
        page.goto(outage.address + path, timeout=WAIT)
        expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
        expect(page.locator(".card.wait")).to_have_count(0, timeout=WAIT)  # The forms come from the server, too.
        return page

    yield visit
    for context in contexts:
        context.close()


def choose(page, problem):
    page.locator("select[name=problem]").select_option(problem, timeout=WAIT)


def expect_whole(page, title, count=2):
    """Expect that everything is there again, and belongs together."""
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden(timeout=WAIT)
    expect(page.locator("#stage h2").first).to_have_text(title, timeout=WAIT)
    expect(page.locator(".runs > .run .badge")).to_have_count(count, timeout=WAIT)


def test_the_page_says_that_the_server_is_away_and_goes_on_when_it_is_back(outage, visit):
    page = visit()
    expect(page.locator("#why")).to_contain_text("Why did it diverge?", timeout=WAIT)
    before = page.locator("#why").inner_text()
    outage.end()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    assert page.locator("#why").inner_text() == before
    expect(page.locator("#stage .plot")).to_have_css("filter", GREYED, timeout=WAIT)
    expect(page.locator("#stage .plot")).to_be_visible()
    outage.begin()
    expect_whole(page, "Descent")
    expect(page.locator("#stage .plot")).to_have_css("filter", "none", timeout=WAIT)


def test_what_was_chosen_in_the_gallery_meanwhile_is_shown_whole(outage, visit):
    page = visit()
    outage.end()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    page.get_by_role("button", name="Examples").click()
    page.locator("#gallery button", has_text="Rosenbrock").first.click()
    expect(runs(page)).to_have_count(4)
    page.wait_for_timeout(1000)
    assert page.locator("#stage h2").first.inner_text() == "Descent", "The old picture stays whole."
    outage.begin()
    expect_whole(page, "Landscape", 4)


def test_a_server_that_hangs_is_told_and_answers_when_it_goes_on(outage, visit):
    page = visit()
    outage.hang()
    choose(page, "rosenbrock")
    expect(page.locator("#status")).not_to_have_text("Ready", timeout=WAIT)
    expect(page.locator("html[data-late]")).to_have_count(1, timeout=WAIT)
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    assert page.locator("#stage h2").first.inner_text() == "Descent"
    outage.go_on()
    expect_whole(page, "Landscape")
    expect(page.locator("html[data-late]")).to_have_count(0, timeout=WAIT)


def test_a_training_that_was_wished_meanwhile_begins(outage, visit):
    page = visit()
    outage.end()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    choose(page, "network")
    page.wait_for_timeout(1000)
    outage.begin()
    page.wait_for_url(re.compile("experiment="), timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(".picture-wait")).to_be_hidden(timeout=WAIT)


def test_a_server_with_another_store_does_not_know_what_is_shown(outage, visit):
    page = visit()
    page.get_by_role("button", name="Run as experiment").click(timeout=WAIT)
    page.wait_for_url(re.compile("experiment="), timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    outage.end()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    outage.begin("other.db")
    expect(page.locator("#notice")).to_contain_text("not on this server", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    assert "experiment=" not in page.url
    wait_for_outcomes(page, "diverged", "converged")


def test_a_stream_goes_on_where_it_was(outage, visit):
    spec = {
        "problem": {"kind": "rosenbrock"},
        "runs": [{"optimizer": {"kind": "newton", "lr": 1e-6}}],
        "steps": 1_000_000,
    }
    made = httpx.post(f"{outage.address}/api/experiments", json=spec).json()
    page = visit()
    page.goto(f"{outage.address}/?experiment={made['id']}", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Live", timeout=WAIT)
    outage.hang()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    outage.go_on()
    expect(page.locator("#status")).to_have_text("Live", timeout=WAIT)
    outage.end()
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    outage.begin()
    expect(page.locator("#status")).not_to_have_text(AWAY, timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden(timeout=WAIT)


def test_a_tab_that_slept_while_its_server_was_away_wakes_where_the_run_is(outage, visit):
    spec = {
        "problem": {"kind": "rosenbrock"},
        "runs": [{"optimizer": {"kind": "newton", "lr": 1e-6}}],
        "steps": 1_000_000,
    }
    with httpx.Client(base_url=f"{outage.address}/api", timeout=WAIT / 1000) as api:
        id = api.post("/experiments", json=spec).raise_for_status().json()["id"]
        page = visit()
        page.goto(f"{outage.address}/?experiment={id}", timeout=WAIT)
        expect(page.locator("#status")).to_have_text("Live", timeout=WAIT)
        with asleep(page):
            outage.end()
            outage.begin()
        done = api.get(f"/experiments/{id}").raise_for_status().json()
    assert done["status"] == "interrupted"
    until(page, lambda: step(page) == done["steps_done"])
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden()


def test_a_page_whose_server_went_away_while_it_was_loaded_is_whole_when_it_is_back(chromium, outage):
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    asked = re.compile(r"/(api/|healthz)")
    page.route(asked, lambda route: route.abort())
    page.route_web_socket(asked, lambda socket: socket.close())
    page.goto(outage.address, timeout=WAIT)
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    page.unroute(asked)
    page.route_web_socket(asked, lambda socket: socket.connect_to_server())
    expect_whole(page, "Descent")
    context.close()


MADE = {"/map": ".map-picture", "/sweep": ".tile path", "/range": "#rules td"}


@pytest.mark.parametrize(("path", "there"), [("/map", "64 × 64"), ("/sweep", "A list"), ("/range", "Seeds")])
def test_other_views_have_their_forms_and_pictures_when_the_server_is_back(chromium, outage, path, there):
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    asked = re.compile(r"/(api/|healthz)")
    page.route(asked, lambda route: route.abort())
    page.goto(outage.address + path, timeout=WAIT)
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    page.unroute(asked)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(f"#{path[1:]} .view-side")).to_contain_text(there, timeout=WAIT)
    expect(page.locator(MADE[path]).first).to_be_visible(timeout=WAIT)
    context.close()


def test_the_library_shows_what_the_server_has_when_it_is_back(outage, visit):
    spec = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 20}
    httpx.post(f"{outage.address}/api/experiments", json=spec)
    page = visit("/library")
    expect(page.locator(".entry")).to_have_count(1, timeout=WAIT)
    outage.end()
    page.locator("#search").fill("b")
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    outage.begin("other.db")
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator(".entry")).to_have_count(0, timeout=WAIT)
    page.locator("#search").fill("")
    expect(page.locator(".welcome")).to_be_visible(timeout=WAIT)


def test_an_action_that_failed_is_told_until_the_server_is_back(outage, visit):
    page = visit("/sweep")
    outage.end()
    page.get_by_role("button", name="Start the sweep", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached", timeout=WAIT)
    expect(page.locator("#status")).to_have_text(AWAY, timeout=WAIT)
    outage.begin()
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator("#notice")).to_be_hidden(timeout=WAIT)

"""A picture that was out of sight, turned, enlarged or emptied is drawn again, and is the one that it was."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect
from workbench_page import INK, LOSS, WAIT, look_at, settled, until, wait_for_outcomes

PHONE = {"width": 360, "height": 740, "reduced_motion": "reduce"}
DRAWN = """(canvas) => {
  const blank = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  return canvas.toDataURL() !== blank.toDataURL();
}"""


def tab(page, name):
    page.get_by_role("tab", name=name).click()


def density(page, ratio, width=PHONE["width"], height=PHONE["height"]):
    """Give the page a screen with so many pixels for one of CSS; a line more makes Chromium look at once."""
    session = page.context.new_cdp_session(page)
    screen = {"width": width, "height": height + 1, "deviceScaleFactor": ratio, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", screen)


def drawn(page, canvas):
    return page.locator(canvas).evaluate(DRAWN)


@pytest.mark.parametrize("away", ["Controls", "Why"])
@pytest.mark.parametrize(("picture", "ink"), [("#stage", INK), ("#loss", LOSS)], ids=["stage", "loss"])
def test_a_picture_is_there_again_after_another_tab(open_page, away, picture, ink):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    before = settled(page, ink)
    tab(page, away)
    page.locator(f"{picture} .plot").wait_for(state="hidden")
    tab(page, "Play")
    assert settled(page, ink) == before
    assert drawn(page, f"{picture} canvas >> nth=1")


def test_what_was_hidden_shows_what_was_chosen_meanwhile(open_page):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    before = settled(page)
    tab(page, "Controls")
    page.locator(".run").first.get_by_role("textbox", name="lr, run 1").fill("0.3")
    page.keyboard.press("Enter")
    wait_for_outcomes(page, "converged", "converged")
    tab(page, "Play")
    assert settled(page) != before
    assert drawn(page, "#stage canvas >> nth=1")


def test_a_picture_out_of_sight_keeps_its_size(open_page):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    size = "[...document.querySelectorAll('#stage canvas')].map(({ width, height }) => [width, height])"
    before = page.evaluate(size)
    tab(page, "Controls")
    settled(page)
    assert page.evaluate(size) == before
    assert all(width > 0 and height > 0 for width, height in before)


@pytest.mark.parametrize("away", [True, False], ids=["while it is hidden", "while it is seen"])
def test_a_phone_that_is_turned_and_turned_back_shows_what_it_did(open_page, away):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    before = settled(page)
    if away:
        tab(page, "Controls")
    page.set_viewport_size({"width": 740, "height": 360})
    turned = settled(page)
    if not away:
        assert turned != before
        assert drawn(page, "#stage canvas >> nth=1")
    page.set_viewport_size({"width": 360, "height": 740})
    if away:
        tab(page, "Play")
    assert settled(page) == before


@pytest.mark.parametrize("away", [True, False], ids=["while it is hidden", "while it is seen"])
def test_a_finer_screen_gets_a_finer_picture(open_page, away):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    canvas = page.locator("#loss canvas").nth(1)
    width = canvas.evaluate("(canvas) => canvas.width")
    if away:
        tab(page, "Controls")
    density(page, 2)
    if away:
        tab(page, "Play")
    until(page, lambda: canvas.evaluate("(canvas) => canvas.width") == 2 * width)
    settled(page, LOSS)
    assert canvas.evaluate(DRAWN)


def test_canvases_that_the_browser_has_emptied_are_filled_again(open_page):
    page = open_page(reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    before = settled(page)
    page.evaluate("""for (const canvas of document.querySelectorAll("#stage canvas")) {
      canvas.width = canvas.width;
      canvas.dispatchEvent(new Event("contextrestored"));
    }""")
    assert settled(page) == before


def test_a_map_that_was_hidden_is_there_again(open_page):
    page = open_page("/map", **PHONE)
    picture, canvas = page.locator(".map-picture"), page.locator(".map-picture canvas")
    page.locator(".map-progress", has_text=" runs in ").wait_for(timeout=3 * WAIT)
    for shown in ("none", ""):
        picture.evaluate("(element, shown) => { element.style.display = shown; }", shown)
        page.wait_for_timeout(100)
    until(page, lambda: canvas.evaluate(DRAWN))
    density(page, 3)
    until(page, lambda: canvas.evaluate("(canvas) => canvas.width / canvas.clientWidth > 2.9"))
    assert canvas.evaluate(DRAWN)


ROOM = [((1280, 720), 400), ((1024, 768), 380), ((740, 360), 200), ((720, 450), 200)]
TALL = "(canvas) => canvas.getBoundingClientRect().height"


def test_the_picture_has_the_room_and_an_opened_step_takes_nothing_of_it(open_page):
    page = open_page(reduced_motion="reduce")
    picture = page.locator("#stage canvas >> nth=1")
    for problem in ("rosenbrock", "network", "parabola"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.locator("select[name=problem]").select_option(problem, timeout=WAIT)
        expect(page.locator(".this-step summary")).not_to_be_empty(timeout=WAIT)
        for (width, height), least in ROOM:
            page.set_viewport_size({"width": width, "height": height})
            assert picture.evaluate(TALL) >= least, (problem, width, height)
    page.set_viewport_size({"width": 1280, "height": 720})
    tall = picture.evaluate(TALL)
    page.locator(".this-step summary").click()
    expect(page.locator(".update-parts")).to_be_visible()
    assert picture.evaluate(TALL) == tall
    look_at(page, "Map")
    expect(page.locator(".map-progress")).to_contain_text("runs in", timeout=3 * WAIT)
    for (width, height), least in ROOM:
        page.set_viewport_size({"width": width, "height": height})
        assert page.locator(".map-picture canvas").evaluate(TALL) >= least, (width, height)


PLACES = """() => {
  const { top, bottom, height } = document.querySelector("#stage .plot").getBoundingClientRect();
  return { top, bottom, height, transport: document.querySelector("#transport").getBoundingClientRect().top };
}"""
WATCH_WIDTH = """() => {
  window.wide = new Set();
  const watch = () => {
    const out = document.documentElement.scrollWidth - innerWidth;
    if (out > 0) {
      const parts = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility());
      const last = parts.findLast((one) => one.getBoundingClientRect().right > innerWidth + 0.5);
      window.wide.add(`${out} px: ${last?.outerHTML.slice(0, 80)}`);
    }
    requestAnimationFrame(watch);
  };
  watch();
}"""
CUT = """() => {
  const header = document.querySelector("header").getBoundingClientRect();
  const outside = (one) => {
    const { top, bottom, right } = one.getBoundingClientRect();
    return top < header.top - 0.5 || bottom > header.bottom + 0.5 || right > innerWidth + 0.5;
  };
  const shown = (one) => one.checkVisibility({ checkVisibilityCSS: true });
  const parts = [...document.querySelectorAll("header *")].filter((one) => shown(one) && outside(one));
  return parts.map((one) => one.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("problem", ["parabola", "rosenbrock", "network"])
@pytest.mark.parametrize(
    "size", [(740, 360), (720, 450), (640, 360), (932, 430), (480, 320)], ids=lambda s: f"{s[0]}x{s[1]}"
)
def test_on_a_low_screen_the_whole_picture_is_seen(open_page, size, problem):
    page = open_page("/", *size, reduced_motion="reduce")
    page.evaluate(WATCH_WIDTH)
    tab(page, "Controls")
    page.locator("select[name=problem]").select_option(problem, timeout=WAIT)
    tab(page, "Play")
    settled(page)
    places = page.evaluate(PLACES)
    assert places["height"] >= 200
    assert places["top"] >= 0
    if size[1] >= 360:
        assert places["bottom"] <= places["transport"]
    assert page.evaluate("[...window.wide]") == []
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("size", [(320, 454), (360, 560), (500, 520)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_on_a_small_screen_the_picture_does_not_shrink(open_page, size):
    page = open_page("/", *size, reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    assert page.evaluate(PLACES)["height"] >= 200
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_no_width_cuts_the_header(open_page):
    page = open_page("/library")
    page.wait_for_selector("#status[data-status='ready']")
    for width in range(320, 1460, 20):
        for height in (360, 700):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(CUT) == [], (width, height)


@pytest.mark.parametrize("name", ["Full screen", "Present"])
def test_the_full_screen_of_a_low_screen_is_all_picture(open_page, name):
    page = open_page("/", 740, 360, reduced_motion="reduce")
    wait_for_outcomes(page, "diverged", "converged")
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("#controls").wait_for(state="hidden")
    settled(page)
    places = page.evaluate(PLACES)
    height = page.evaluate("innerHeight")
    assert places["height"] >= height - 160
    assert places["bottom"] <= places["transport"] <= height


TABLET = (768, 1024)
PARTS = """(view) => {
  const box = (part) => document.querySelector(`#${view} ${part}`).getBoundingClientRect();
  const canvas = document.querySelector(`#${view} .view-main canvas`)?.getBoundingClientRect();
  const wide = document.documentElement.scrollWidth - innerWidth;
  return [box(".view-main").bottom, box(".view-side").top, canvas?.width ?? 0, box(".view-main").width, wide];
}"""


@pytest.mark.parametrize("view", ["sweep", "map", "range"])
def test_on_an_upright_tablet_what_varies_is_below_a_picture_as_wide_as_its_card(open_page, view):
    page = open_page(f"/{view}", *TABLET, reduced_motion="reduce")
    density(page, 2, *TABLET)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    bottom, top, canvas, card, wide = page.evaluate(PARTS, view)
    assert bottom <= top
    assert canvas <= card
    assert wide <= 0


WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("width", [320, 360, 390])
def test_what_stands_over_a_landscape_fits_a_phone(open_page, width):
    page = open_page(**PHONE)
    wait_for_outcomes(page, "diverged", "converged")
    tab(page, "Controls")
    page.locator("select[name=problem]").select_option("rosenbrock", timeout=WAIT)
    tab(page, "Play")
    page.set_viewport_size({"width": width, "height": 740})
    expect(page.locator("#stage .looks")).to_be_visible(timeout=WAIT)
    assert page.evaluate(WIDE) <= 0


WHOLE = """[...document.querySelectorAll("#strip li")].map((item) => {
  const name = item.querySelector("strong");
  const [one, said, all] = [item, name, item.parentElement].map((element) => element.getBoundingClientRect());
  const beside = one.left >= all.left - 1 && one.right <= all.right + 1;
  return [one.top < all.bottom, beside && said.bottom <= all.bottom];
}).filter(([seen]) => seen).map(([, whole]) => whole)"""


ABOVE = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const { height, bottom } = box("#stage .plot");
  return [height, bottom, box("#strip").top];
}"""


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (1024, 768), (768, 1024), (740, 360), (360, 740)])
def test_the_examples_that_a_first_visit_offers_are_whole_and_cover_nothing_of_the_picture(open_page, size):
    page = open_page("/", *size, first=True, reduced_motion="reduce")
    page.locator("#strip li").first.wait_for(timeout=WAIT)
    whole = page.evaluate(WHOLE)
    assert len(whole) >= 3, "There is a choice."
    height, bottom, strip = page.evaluate(ABOVE)
    assert height >= dict(ROOM).get(size, 200)
    assert bottom <= strip
    assert all(whole)


PAGES = (
    *("/", "/lessons", "/lessons/how-big-a-step", "/library", "/glossary", "/flashcards", "/status", "/selfcheck"),
    *("/docs", "/nothing-here"),
)
LAID_OUT = """[document.body.currentCSSZoom, document.documentElement.scrollWidth - innerWidth]"""


@pytest.mark.parametrize(("size", "scale"), [((1920, 1080), 1), ((2560, 1440), 1.25), ((3840, 2160), 1.9)])
def test_every_page_grows_with_the_screen(open_page, size, scale):
    page = open_page("/", *size, expected="404")
    for path in PAGES:
        page.goto(urljoin(page.url, path))
        zoom, wide = page.evaluate(LAID_OUT)
        assert zoom == pytest.approx(scale), path
        assert wide <= 0, path


OUT = """[...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest(".unseen, pre, table"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("size", [(720, 450), (640, 360)], ids=["of 1440x900", "of 1280x720"])
def test_at_twice_the_size_no_page_is_cut_or_scrolls_sideways(open_page, size):
    page = open_page("/", *size, expected="404", reduced_motion="reduce")
    density(page, 2, *size)
    for path in (*PAGES, "/sweep", "/map", "/range"):
        page.goto(urljoin(page.url, path))
        expect(page.locator("h1").first).to_be_attached(timeout=WAIT)
        assert page.evaluate(WIDE) <= 0, path
        assert page.evaluate(OUT) == [], path

"""What holds for every page, in a real Chromium: its header, no overflow, no jumps, nothing that axe finds."""

import re

import pytest
from axe_rules import violations
from playwright.sync_api import expect

from slalom.web.static.files import frontend

SHELVES = [
    f"/{path.stem}"
    for path in sorted(frontend().glob("*.html"))
    if "<!-- header -->" in path.read_text() and path.stem != "index"
]
ALONE = ["/recorded", "/status"]
"""Pages to which the navigation does not lead: of one experiment each, or for who runs the server."""
VIEWS = ["/sweep", "/map", "/range"]
"""The workbench in another view than that of test_workbench.py."""
OTHERS = [*SHELVES, *VIEWS]
PAGES = ["/", *OTHERS]
SIZES = [(1440, 900), (1024, 768), (360, 740)]
THEMES = ["light", "dark"]
WAIT = 60_000  # milliseconds, on a busy machine
SHIFTS = """window.__shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def wait_until_ready(page):
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)


@pytest.mark.parametrize(
    ("path", "theme"),
    [*((path, theme) for path in SHELVES for theme in THEMES), *zip(VIEWS, [*THEMES, "light"], strict=True)],
)
def test_axe_finds_nothing(open_page, path, theme):
    page = open_page(path, color_scheme=theme)
    wait_until_ready(page)
    page.wait_for_timeout(300)
    assert violations(page) == []


@pytest.mark.parametrize(
    ("path", "size"),
    [*((path, size) for path in SHELVES for size in (SIZES[0], SIZES[2])), *zip(VIEWS, SIZES, strict=True)],
    ids=str,
)
def test_nothing_overflows_or_jumps(open_page, path, size):
    page = open_page("/docs", *size, cold=True)
    page.add_init_script(SHIFTS)
    page.goto(page.url.replace("/docs", path))
    wait_until_ready(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("window.__shift") < 0.01


def test_the_navigation_leads_from_page_to_page(open_page):
    page = open_page()
    for path in [*(path for path in SHELVES if path not in ALONE), "/"]:
        link = path[1:] or "./"
        page.locator(f'header nav a[href="{link}"]').click()
        expect(page.locator("header nav a[aria-current=page]")).to_have_attribute("href", link)


def test_on_a_narrow_screen_the_pages_are_behind_a_button(open_page):
    page = open_page("/library", 360, 740)
    links = page.locator("header nav")
    expect(links).to_be_hidden()
    page.get_by_role("button", name="Pages").click()
    expect(links).to_be_visible()
    page.keyboard.press("Escape")
    expect(links).to_be_hidden()
    page.keyboard.press("Enter")
    links.get_by_role("link", name="Workbench").click()
    expect(page.locator("header nav a[aria-current=page]")).to_have_attribute("href", "./")


def test_the_theme_is_the_same_on_every_page(open_page):
    page = open_page("/library", color_scheme="light")
    page.locator("#theme").click()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    for path in PAGES:
        page.goto(page.url.rpartition("/")[0] + path)
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.dataset.theme") == "dark", path


def test_without_bundles_every_page_works_from_the_files_on_disk(serving, chromium, tmp_path):
    process, address = serving.start(tmp_path / "slalom.db", SLALOM_BUNDLE="false")
    serving.warm(address)
    page = chromium.new_page(reduced_motion="reduce")
    said, asked = [], set()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.removeprefix(address)))
    for path in PAGES:
        page.goto(address + path, timeout=90_000)
        wait_until_ready(page)
    page.close()
    assert serving.stop(process) == 0
    assert said == []
    assert {"/workbench/main.js", "/views/map/view.js", "/plot/palette.js", "/css/style.css"} <= asked
    assert [url for url in asked if url.startswith("/bundle/")] == []


def test_german_fits_a_phone_and_leads_back_to_english(open_page):
    page = open_page("/docs", *SIZES[2], cold=True)  # Its cookie is nobody else's.
    for path in ["/?lang=de", "/lessons/ravines", "/library"]:
        page.goto(page.url.partition("/docs")[0].partition("/?")[0].partition("/lessons")[0] + path)
        expect(page.locator("#status")).to_have_text("Bereit", timeout=WAIT)
        assert page.locator("html").get_attribute("lang") == "de"
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[2][0], path
    page.get_by_role("button", name="Seiten").click()
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile(r"/library\?lang=en$"))
    expect(page.get_by_role("heading", name="Library")).to_be_visible()

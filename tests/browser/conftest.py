"""A real Chromium for the tests of the page: found, not downloaded; on CI it must be there."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--in-process-gpu",
]


@pytest.fixture(scope="module")
def chromium():
    """Yield a browser; it ends with the module, since Playwright leaves its event loop running in this thread."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("There is no Chromium on this machine. Install it: apt-get install chromium.")
    if path is None:
        pytest.skip("Tests of the page need Chromium, and none was found. Install it: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, server):
    """A function that opens the page and watches its console: only what is expected may be said.

    Unless it is a first visit, the gallery's strip has been put away.
    """
    contexts, said, allowed = [], [], []

    def open_page(path="/", width=1440, height=900, expected=None, first=False, **options):
        allowed.extend(expected if isinstance(expected, tuple) else [expected])
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if not first:
            context.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
        page = context.new_page()
        page.set_default_navigation_timeout(90_000)  # A busy machine has its processor elsewhere for a while.
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in said if not any(word and word in text for word in allowed)] == []

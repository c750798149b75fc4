"""A real Chromium for the tests of the page: found, not downloaded; on CI it must be there."""

import os

import pytest
from a_browser import ARGUMENTS, chromium_path
from playwright.sync_api import Error, expect, sync_playwright

QUIET = [*ARGUMENTS, "--in-process-gpu"]


expect.set_options(timeout=30_000)  # milliseconds: a busy machine has its processor elsewhere for a while
STARTS = 3
"""How often Chromium is started, at most, until it runs."""
BAD = ("error", "warning")
KEPT = "cookies,local_storage,indexeddb,cache_storage,service_workers"
"""What a page can leave in a browser for the next test, and must not."""


@pytest.fixture(scope="session")
def profile(tmp_path_factory):
    """A folder where Chromium keeps what it has compiled, so that not every page compiles Plotly again."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def visitor(profile):
    """Yield a browser with a profile; it ends with the module, since Playwright's event loop runs on in this thread."""
    path = chromium_path()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("There is no Chromium on this machine. Install it: apt-get install chromium.")
    if path is None:
        pytest.skip("Tests of the page need Chromium, and none was found. Install it: apt-get install chromium.")
    with sync_playwright() as playwright:
        context = started(playwright.chromium, profile, path)
        yield context
        context.close()


def started(chromium, profile, path):
    """Return a browser; one that crashes at its start, as Chromium does at times, is started again."""
    for left in reversed(range(STARTS)):
        try:
            return chromium.launch_persistent_context(profile, executable_path=path, args=QUIET)
        except Error as error:
            if not left:
                raise
            print(error)


@pytest.fixture(scope="module")
def chromium(visitor):
    """The browser, for contexts of a test's own."""
    return visitor.browser


@pytest.fixture
def open_page(visitor, chromium, server):
    """A function that opens the page for a new visitor and watches its console: only what is expected may be said.

    Unless it is a first visit, the gallery's strip has been put away. Where it is cold, no file was fetched before.
    """
    opened, said, allowed = [], [], []

    def open_page(path="/", width=1440, height=900, expected=None, first=False, cold=False, permissions=(), **media):
        allowed.extend(expected if isinstance(expected, tuple) else [expected])
        page = chromium.new_page() if cold or opened else forgetful_page(visitor, server)
        opened.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(**media)
        page.context.grant_permissions(permissions)
        if not first:
            page.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
        page.set_default_navigation_timeout(90_000)  # A busy machine has its processor elsewhere for a while.
        page.on("console", lambda m: said.append(f"{m.text} {m.location['url']}") if m.type in BAD else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(server + path)
        return page

    yield open_page
    for page in opened:
        page.close()
    visitor.clear_permissions()
    assert [text for text in said if not any(word and word in text for word in allowed)] == []


def forgetful_page(visitor, server):
    """Return a page in a browser that remembers nothing of earlier ones but their compiled scripts."""
    page = visitor.new_page()
    session = visitor.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": server, "storageTypes": KEPT})
    session.detach()
    return page

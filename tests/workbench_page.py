"""What the tests of the workbench's page share: its clock, its runs, its ink, and patience."""

import time
from contextlib import contextmanager

from playwright.sync_api import expect

WAIT = 60_000
"""Milliseconds that something may take on a busy machine."""
INK = "[...document.querySelectorAll('#stage canvas')].map((c) => c.toDataURL()).join()"
LOSS = "[...document.querySelectorAll('#loss canvas')].map((c) => c.toDataURL()).join()"


SET_UP = """(spec) => Promise.all(["/state/link.js", "/state/spec.js"].map((path) => import(path))).then(
  ([{ encode, USUAL }, { FIRST }]) => {
    location.hash = `#${encode({ ...USUAL, spec: { ...FIRST, ...spec } })}`;
  })"""
BOWL = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1}}], "steps": 120}


def set_up(page, **spec):
    """Give the page a set-up, as somebody does who types an address."""
    page.evaluate(SET_UP, spec)


def example(page, title):
    """Choose one of the examples."""
    page.get_by_role("button", name="Examples", exact=True).click(timeout=WAIT)
    page.get_by_role("dialog", name="Examples").get_by_role("button", name=title).click()


def look_at(page, view):
    """Choose a view of the set-up."""
    page.get_by_role("tablist", name="View", exact=True).get_by_role("tab", name=view, exact=True).click()


def step(page):
    """Return the step that the counter shows."""
    return int(page.locator("#transport output").inner_text().split()[1].replace(",", ""))


def runs(page):
    return page.locator(".run:not(.fork)")


def wait_for_outcomes(page, *words):
    for i, word in enumerate(words):
        expect(runs(page).nth(i)).to_contain_text(word, timeout=WAIT)


def until(page, question):
    """Return as soon as the question has a true answer; the page's policy forbids Playwright's own polling."""
    deadline = time.monotonic() + WAIT / 1000
    while not question():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


@contextmanager
def asleep(page):
    """Let no task of a page run meanwhile, as in a laptop that is closed: no timer, no message, no frame.

    To freeze it, as browsers do with tabs in the background, has no effect on a page that is visible to a test.
    """
    session, stopped = page.context.new_cdp_session(page), []
    session.on("Debugger.paused", lambda event: stopped.append(event))
    session.send("Debugger.enable")
    session.send("Runtime.evaluate", {"expression": "setTimeout(() => { debugger; })"})
    until(page, lambda: stopped)
    yield
    session.send("Debugger.resume")
    session.detach()


def settled(page, ink=INK):
    """Return a picture's ink as soon as it has stood still for three frames."""
    before, same = page.evaluate(ink), 0
    while same < 3:
        page.wait_for_timeout(40)
        now = page.evaluate(ink)
        before, same = now, same + 1 if now == before else 0
    return before

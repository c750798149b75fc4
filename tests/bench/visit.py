"""A visit to the page: its longest task, every page over a slow line, and ten minutes of use."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright
from tests.a_browser import ARGUMENTS, chromium_path

from .measure import Row
from .page import LESSON, LOADS, drawn, opened, until
from .server import Server, serving

BEGINNING = 5000  # milliseconds of a visit in which no task may hold the page up
TASKS = """window.__tasks = [];
new PerformanceObserver((list) => window.__tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask", buffered: true });"""
LINE = {"offline": False, "latency": 50, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
"""10 Mbit a second, 50 milliseconds to the server and back."""
INK = "__bench.firstInk"
PICTURES = {
    "/": INK,
    LESSON: "document.querySelector('[data-step=predict] [type=button]')",
    "/lessons": "document.querySelector('main a[href*=\"lessons/\"]')",
    "/library": "document.querySelector('main h1') && document.querySelector('#status').textContent === 'Ready'",
    "/glossary": "document.querySelector('main dt, main h2')",
    "/flashcards": "document.querySelector('main button')",
    "/docs": "document.querySelector('main h2')",
    "/sweep": "document.querySelectorAll('#sweep svg path').length > 10",
    "/map": "__bench.firstImage",
    "/range": INK,
}
"""What is there when a page shows what it is for: text, or the first of its picture."""
ROUNDS, SETTLED = 60, 6
"""How often the visitor does everything (about ten seconds each), and after which round memory is looked at first."""
USE = ("Home", "Space", "ArrowRight", "Shift+ArrowRight", "l", "End", "Home")
MOST_GROWTH = 5.0  # MB of the page's own objects from then on; a leak of one run a round would be more


def rows() -> Iterator[Row]:
    """Measure the visit, or say that there is no Chromium."""
    path = chromium_path()
    if path is None:
        yield Row("a visit", "no Chromium here", "", None)
        return
    with serving(SLALOM_SIMULATE_NUMBERS="2000000") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, "--js-flags=--expose-gc"])
        for part in (beginning, slowly, long):
            yield from part(browser, server)
        browser.close()


def beginning(browser: Browser, server: Server) -> Iterator[Row]:
    """Load pages with an empty cache, and find the longest task of their first five seconds."""
    for path in ("/", "/map", LESSON):
        longest = []
        for _ in range(LOADS):
            page = opened(browser, server.url + path, TASKS)
            page.wait_for_timeout(BEGINNING)
            longest.append(max(page.evaluate("__tasks"), default=0.0))
            page.context.close()
        median = statistics.median(longest)
        yield Row(f"{path}: longest task of {BEGINNING // 1000} s", f"{median:.0f} ms", "<= 100 ms", median <= 100)


def slowly(browser: Browser, server: Server) -> Iterator[Row]:
    """Open every page over a slow line, with an empty cache, and wait for what it is for."""
    for path, there in PICTURES.items():
        times = []
        for _ in range(3):
            page = opened(browser, "about:blank")
            page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
            page.goto(server.url + path, wait_until="commit")
            until(page, there)
            times.append(page.evaluate("performance.now()"))
            page.context.close()
        median = statistics.median(times)
        yield Row(f"{path}, 10 Mbit and 50 ms", f"{median:.0f} ms", "<= 800 ms", median <= 800)


def long(browser: Browser, server: Server) -> Iterator[Row]:
    """Use the workbench for ten minutes: play, step, change the learning rate and the problem, add and remove runs."""
    page = opened(browser, server.url)
    drawn(page)
    sizes = []
    for k in range(ROUNDS):
        used(page, k)
        sizes.append(kept(page))
    page.context.close()
    before, after = sizes[SETTLED], sizes[-1]
    grown = (after.bytes - before.bytes) / 1e6
    nodes, listeners = after.nodes - before.nodes, after.listeners - before.listeners
    figure = (
        f"{grown:+.1f} MB of {before.bytes / 1e6:.0f}, {nodes:+.0f} nodes of {before.nodes:.0f}, "
        f"{listeners:+.0f} listeners of {before.listeners:.0f}"
    )
    met = grown <= MOST_GROWTH and nodes <= 0.1 * before.nodes and listeners <= 0.1 * before.listeners
    yield Row(f"{ROUNDS} rounds of use, ten minutes: growth", figure, f"<= {MOST_GROWTH:g} MB", met)


def used(page: Page, k: int) -> None:
    """Do once what a visitor does again and again; every round ends with the set-up that it began with."""
    page.locator("select[name=problem]").select_option(("bowl", "rosenbrock", "beale")[k % 3])
    page.get_by_role("button", name="Add run").click()
    page.wait_for_timeout(500)
    for slid in (0.3, 0.5, 0.4):
        page.evaluate(SLIDE, slid)
        page.wait_for_timeout(400)
    for key in USE:
        page.locator("body").press(key)
        page.wait_for_timeout(800)
    for view in ("Sweep", "Play"):
        page.get_by_role("tab", name=view).click()
        page.wait_for_timeout(800)
    page.get_by_role("button", name="Remove").last.click()
    page.wait_for_timeout(400)


SLIDE = """(share) => {
    const slider = document.querySelector('.run input[type=range]');
    slider.value = +slider.min + share * (slider.max - slider.min);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""


class Kept(NamedTuple):
    """What a page keeps."""

    bytes: float
    nodes: float
    listeners: float


def kept(page: Page) -> Kept:
    """Return the page's own objects, nodes and listeners, after everything unused was collected."""
    page.evaluate("__bench.frames.length = __bench.binary.length = 0")  # What was noted here grows with every frame.
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return Kept(metrics["JSHeapUsedSize"], metrics["Nodes"], metrics["JSEventListeners"])

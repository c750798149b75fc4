"""The page in a real Chromium: first paint, first movement, clicks, drags, and what a frame of ink costs."""

from __future__ import annotations

import base64
import itertools
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from tests.a_browser import ARGUMENTS, chromium_path

from .measure import Row, percentile
from .server import Server, serving

SPY = Path(__file__).with_name("page.js")
LOADS = 5
DRAGS = 40
WINDOW = 800
"""Milliseconds in which a new window has loaded its own bars, which are pages of Chromium's and take both cores."""
CLICKS = 9


def rows() -> Iterator[Row]:
    """Measure the page, or say that there is no Chromium."""
    path = chromium_path()
    if path is None:
        yield Row("the page", "no Chromium here", "", None)
        return
    with serving(SLALOM_SIMULATE_NUMBERS="2000000") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for part in (loading, viewing, learning, dragging, clicking, drawing, filming):
            yield from part(browser, server)
        browser.close()


def opened(browser: Browser, address: str, script: str = "") -> Page:
    """Return the page in a fresh context, watched from its first moment; its window is there before it."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.wait_for_timeout(WINDOW)
    page.add_init_script(path=str(SPY))
    page.add_init_script(script)
    page.goto(address)
    return page


def drawn(page: Page) -> None:
    """Return as soon as the runs have been drawn and their form is there."""
    until(page, "__bench.firstInk && document.querySelector('.run input[type=range]')")


def until(page: Page, condition: str) -> None:
    """Return as soon as something holds; the page's policy forbids Playwright's own polling."""
    while not page.evaluate(f"Boolean({condition})"):
        page.wait_for_timeout(5)


def loading(browser: Browser, server: Server) -> list[Row]:
    """Load the page with an empty cache."""
    paints, inks = [], []
    for _ in range(LOADS):
        page = opened(browser, server.url)
        drawn(page)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        inks.append(page.evaluate("__bench.firstInk"))
        page.context.close()
    paint, ink = (statistics.median(times) for times in (paints, inks))
    return [
        Row("first paint, cold", f"{paint:.0f} ms", "<= 200 ms", paint <= 200),
        Row("first moving picture, cold", f"{ink:.0f} ms", "<= 500 ms", ink <= 500),
    ]


VIEWS = {
    "sweep": "document.querySelector('#sweep .card-head .primary:not([hidden])')",
    "map": "document.querySelector('#map').textContent.includes('runs in')",
    "range": "document.querySelector('#chosen button')",
}
"""What is there when a view has the picture that it computes as it opens."""


def viewing(browser: Browser, server: Server) -> Iterator[Row]:
    """Open every view on the set-up of a first visit, and wait for its picture."""
    for view, there in VIEWS.items():
        times = []
        for _ in range(LOADS):
            page = opened(browser, f"{server.url}/{view}")
            until(page, there)
            times.append(page.evaluate("performance.now()"))
            page.context.close()
        median = statistics.median(times)
        yield Row(f"/{view} -> its picture, cold", f"{median:.0f} ms", "<= 1000 ms", median <= 1000)


LESSON = "/lessons/how-big-a-step"
RUN = """async () => {
    const begin = performance.now();
    document.querySelector('[data-step=predict] [type=button]').click();
    const counter = document.querySelector('#transport output');
    const still = () => counter.textContent.startsWith('step 0') || !(__bench.lastInk > begin);
    while (still()) await new Promise((r) => setTimeout(r, 0));
    return performance.now() - begin;
}"""
"""The first step is shown after a third of a second, by the clock of every picture."""


def learning(browser: Browser, server: Server) -> Iterator[Row]:
    """Open a lesson with an empty cache, and have its runs begin without a prediction."""
    times: dict[str, list[float]] = {"first paint, cold": [], "its question, cold": [], "run -> first step": []}
    for _ in range(LOADS):
        page = opened(browser, server.url + LESSON)
        until(page, "document.querySelector('[data-step=predict] [type=button]')")
        times["its question, cold"].append(page.evaluate("performance.now()"))
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        times["first paint, cold"].append(paint)
        times["run -> first step"].append(page.evaluate(RUN))
        page.context.close()
    for (name, taken), most in zip(times.items(), (200, 500, 500), strict=True):
        median = statistics.median(taken)
        yield Row(f"a lesson: {name}", f"{median:.0f} ms", f"<= {most} ms", median <= most)


DRAG = """async (value) => {
    const slider = document.querySelector('.run input[type=range]');
    const frames = __bench.binary.length;
    slider.value = value;
    const begin = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    while (__bench.binary.length === frames) await new Promise((r) => setTimeout(r, 0));
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
    return performance.now() - begin;
}"""


def dragging(browser: Browser, server: Server) -> list[Row]:
    """Move the learning rate, and wait for the frame in which its picture is painted."""
    page = opened(browser, server.url)
    drawn(page)
    low, high = page.evaluate("(s => [+s.min, +s.max])(document.querySelector('.run input[type=range]'))")
    times = []
    for k in range(DRAGS):
        times.append(page.evaluate(DRAG, low + (high - low) * (0.4 + 0.4 * k / DRAGS)))
        page.wait_for_timeout(60)
    page.context.close()
    p95 = percentile(times, 0.95)
    return [
        Row(
            "learning rate dragged -> new picture, p95",
            f"{p95:.0f} ms (median {statistics.median(times):.0f})",
            "<= 50 ms",
            p95 <= 50,
        )
    ]


def filming(browser: Browser, server: Server) -> list[Row]:
    """Save the first visit's animation as a video, and compare how long that takes with how long it lasts."""
    page = opened(browser, server.url)
    drawn(page)
    page.get_by_role("button", name="Export").press("Enter")
    times, film = [], ""
    for _ in range(3):
        with page.expect_download() as saved:
            began = time.perf_counter()
            page.locator("dialog.export").get_by_role("button", name="WebM", exact=True).press("Enter")
        times.append(time.perf_counter() - began)
        film = base64.b64encode(saved.value.path().read_bytes()).decode()
    lasts = page.context.new_page().evaluate(LASTS, film)
    page.context.close()
    took = statistics.median(times)
    figure = f"{took:.2f} s for {lasts:.1f} s ({lasts / took:.0f} x)"
    return [Row("a video of the first visit's animation", figure, "10 x real time", took <= lasts / 10)]


LASTS = """async (film) => {
    const video = document.createElement('video');
    video.src = `data:video/webm;base64,${film}`;
    await new Promise((done) => { video.onloadedmetadata = done; });
    return video.duration;
}"""


CLICK = """async (spec) => {
    const begin = performance.now();
    const answer = await fetch('/api/experiments', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(spec) });
    const { id } = await answer.json();
    const socket = new WebSocket(`ws://${location.host}/api/experiments/${id}/stream?detail=screen`);
    socket.binaryType = 'arraybuffer';
    await new Promise((r) => { socket.onmessage = ({ data }) => { if (typeof data !== 'string') r(); }; });
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
    socket.close();
    return performance.now() - begin;
}"""


def clicking(browser: Browser, server: Server) -> list[Row]:
    """Start a stored experiment, and wait for the frame after its first entries have arrived."""
    page = opened(browser, server.url)
    page.wait_for_timeout(6000)  # the first idle worker loads torch
    spec = {"problem": {"kind": "rosenbrock"}, "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-3}}], "steps": 2000}
    times = []
    for _ in range(CLICKS):
        times.append(page.evaluate(CLICK, spec))
        page.wait_for_timeout(700)
    page.context.close()
    median = statistics.median(times)
    return [Row("click -> first frame painted, stored experiment", f"{median:.0f} ms", "<= 50 ms", median <= 50)]


def drawing(browser: Browser, server: Server) -> Iterator[Row]:
    """Play eight runs of many points in three panels, and seek in them."""
    yield from _smooth(opened(browser, server.url + "#" + crowded(browser, server, SMOOTH)))
    yield from _tangled(opened(browser, server.url + "#" + crowded(browser, server, TANGLED)))


def _smooth(page: Page) -> list[Row]:
    drawn(page)
    page.wait_for_timeout(4000)
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press(".")  # 64 times as fast
    before = page.evaluate("__bench.frames.length")
    page.evaluate("(b) => b.textContent.includes('Play') && b.click()", page.query_selector("#transport button"))
    page.wait_for_timeout(5000)
    frames: list[dict[str, float]] = page.evaluate("(n) => __bench.frames.slice(n)", before)
    gaps = [b["time"] - a["time"] for a, b in itertools.pairwise(frames)]
    ink = percentile([frame["ms"] for frame in frames], 0.5)
    worst = percentile([frame["ms"] for frame in frames], 0.95)
    fps = 1000 / statistics.mean(gaps)
    seek = statistics.median(page.evaluate(SEEK, share) for share in (0.5, 0.9, 0.2, 0.7, 1.0))
    page.context.close()
    return [
        Row(
            f"8 runs x {POINTS:,} points, 3 panels: ink a frame, median",
            f"{ink:.1f} ms (p95 {worst:.1f}, {fps:.0f} fps)",
            "<= 4 ms",
            ink <= 4,
        ),
        Row("  seek to a far step", f"{seek:.0f} ms", "<= 33 ms (2 frames)", seek <= 33),
    ]


def _tangled(page: Page) -> list[Row]:
    """Seek where eight runs jump about at random: the two frames after it, and when the last of the ink has come."""
    drawn(page)
    page.wait_for_timeout(4000)
    found = [page.evaluate(SEEK, share) for share in (0.5, 0.9, 0.2, 0.7, 1.0)]
    page.evaluate(SEEK, 0.1)
    whole = page.evaluate(WHOLE)
    page.context.close()
    worst = max(found)
    return [
        Row(
            "  seek in a tangle of noise, worst of five",
            f"{worst:.0f} ms (median {statistics.median(found):.0f}; all ink after {whole:.0f})",
            "<= 33 ms (2 frames)",
            worst <= 33,
        )
    ]


WHOLE = """async () => {
    const scrub = document.querySelector('#transport input.scrub');
    const begin = performance.now();
    scrub.value = scrub.max;
    scrub.dispatchEvent(new Event('input', { bubbles: true }));
    for (let quiet = 0; quiet < 10; ) {
        const before = __bench.lastInk;
        await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
        quiet = __bench.lastInk === before ? quiet + 1 : 0;
    }
    return __bench.lastInk - begin;
}"""

SEEK = """async (share) => {
    const scrub = document.querySelector('#transport input.scrub');
    scrub.value = share * scrub.max;
    const frames = __bench.frames.length;
    scrub.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 0))));
    return __bench.frames.slice(frames).reduce((sum, frame) => sum + frame.ms, 0);
}"""


POINTS = 20_000


SMOOTH: dict[str, Any] = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-4 * (k + 1)}, "schedule": {"kind": "constant"}} for k in range(8)],
}
TANGLED: dict[str, Any] = {
    "problem": {"kind": "bowl"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 0.1 + 0.005 * k}, "noise": 9.0} for k in range(8)],
}


def crowded(browser: Browser, server: Server, setup: dict[str, Any]) -> str:
    """Return the fragment of a page with eight long runs."""
    spec = setup | {"steps": POINTS, "seed": 0, "dtype": "float64"}
    page = opened(browser, server.url)
    encode = (
        "async (spec) => (await import('/state/link.js'))"
        ".encode({ spec, view: { selected: 0, log: true, follow: false, axis: 'steps' } })"
    )
    fragment = page.evaluate(encode, spec)
    page.context.close()
    return fragment

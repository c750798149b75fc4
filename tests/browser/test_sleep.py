"""A tab that sleeps, as in a closed laptop: nothing piles up for it, and when it wakes it is where the run is."""

import time

import pytest
from workbench_page import asleep, step, until

LONG = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-6}}],
    "steps": 1_000_000,
}
ASLEEP = 10.0
"""Seconds without a single task of the page, at least."""
GROWN = 16 * 2**20
"""Bytes that a page may take more than before, whatever was computed meanwhile."""
MESSAGES = 60
"""Messages until a page that slept has caught up, at most: a third of those that were written meanwhile."""


@pytest.fixture
def run(api):
    """An experiment that computes for as long as anybody sleeps."""
    id = api.post("/api/experiments", json=LONG).raise_for_status().json()["id"]
    yield id
    api.post(f"/api/experiments/{id}/cancel")


def heap(session):
    """Return the bytes that the page's scripts hold."""
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"]


def done(api, run):
    return api.get(f"/api/experiments/{run}").raise_for_status().json()["steps_done"]


def test_a_tab_that_slept_is_where_the_run_is_and_nothing_has_piled_up(open_page, api, run):
    page = open_page(f"/?experiment={run}")
    until(page, lambda: step(page) > 0)
    session, frames = page.context.new_cdp_session(page), []
    session.on("Network.webSocketFrameReceived", lambda frame: frames.append(frame))
    session.send("Network.enable")
    until(page, lambda: len(frames) > 3)
    before = heap(session)
    with asleep(page):
        slept, seen = time.monotonic(), done(api, run)
        while time.monotonic() - slept < ASLEEP or done(api, run) <= seen:
            page.wait_for_timeout(200)
        woken = done(api, run)
        frames.clear()
    until(page, lambda: step(page) >= woken)
    print(f"{woken - seen:,} steps were slept through, {len(frames)} messages to catch up")
    assert len(frames) <= MESSAGES
    assert heap(session) - before < GROWN

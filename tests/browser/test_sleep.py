"""A tab that sleeps, as in a closed laptop: nothing piles up for it, and when it wakes it is where the run is."""

import time
from base64 import b64decode

import pytest
from workbench_page import asleep, step, until

from slalom.settings import Settings
from slalom.wire.frames import decode

LONG = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-6}}],
    "steps": 1_000_000,
}
ASLEEP = 10.0
"""Seconds without a single task of the page, at least."""
GROWN = 16 * 2**20
"""Bytes that a page may take more than before, whatever was computed meanwhile."""
AT_ONCE = 2
"""Frames in which all that was computed meanwhile fits, at most, after those that were on their way before."""
BINARY = 2
"""The opcode of a WebSocket's message that is no text."""


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


def last_step(frame):
    """Return the last step that a frame tells of."""
    return decode(b64decode(frame)).last


def note(frames, response):
    if response["opcode"] == BINARY:
        frames.append(response["payloadData"])


def test_a_tab_that_slept_is_where_the_run_is_and_nothing_has_piled_up(open_page, api, run):
    page = open_page(f"/?experiment={run}")
    until(page, lambda: step(page) > 0)
    session, frames = page.context.new_cdp_session(page), []
    session.on("Network.webSocketFrameReceived", lambda event: note(frames, event["response"]))
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
    late = [last_step(frame) < woken for frame in frames]
    print(f"{woken - seen:,} steps were slept through, {sum(late)} frames to catch up, {len(late)} came")
    assert sum(late) <= Settings().frames_in_flight + AT_ONCE
    assert heap(session) - before < GROWN

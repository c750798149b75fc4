"""A long experiment is drawn alike while it runs, reopened, and with all its steps; zoomed into, it shows these."""

import numpy as np
import pytest
from playwright.sync_api import expect
from workbench_page import INK, LOSS, settled, until

CARDS = ("#stage", "#loss")
"""Where lines grow; of a network only the losses do."""
WAIT = 120_000  # milliseconds, on a busy machine
SIZE = (1440, 900)
TRAILS = """(card) => {
  const canvas = document.querySelectorAll(`${card} canvas`)[1];
  const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, copy.width, copy.height);
  const inked = [];
  for (let i = 3; i < data.length; i += 4) if (data[i] > 100) inked.push((i - 3) / 4);
  return [copy.height, copy.width, inked];
}"""
WHOLE = """window.WebSocket = class extends WebSocket {
  constructor(url, ...rest) { super(String(url).replace("detail=screen", "detail=full"), ...rest); }
};"""
"""A page that is sent every step, and not as many as a screen can show."""
VALLEY = {"problem": {"kind": "rosenbrock"}, "steps": 50_000}
MOONS = {"kind": "network", "data": {"kind": "moons", "n": 200}, "hidden": [8]}
SPECS = {
    "gradient descent": VALLEY | {"runs": [{"optimizer": {"kind": "sgd", "lr": 0.001}}]},
    "momentum": VALLEY | {"runs": [{"optimizer": {"kind": "sgd", "lr": 0.001, "momentum": 0.9}}]},
    "network": {
        "problem": MOONS,
        "runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.1, 0.3)],
        "steps": 20_000,
    },
}


def trails(page, card):
    """Return which pixels of a card's trails have ink, (height, width)."""
    height, width, inked = page.evaluate(TRAILS, card)
    picture = np.zeros(height * width, bool)
    picture[inked] = True
    return picture.reshape(height, width)


def wider(picture, pixels):
    """Return a picture with ink wherever there is some within so many pixels."""
    padded = np.pad(picture, pixels)
    height, width = picture.shape
    ways = range(2 * pixels + 1)
    return np.any([padded[y : y + height, x : x + width] for y in ways for x in ways], axis=0)


def expect_alike(one, other, what, within=1, share=0.95):
    """Expect nearly all ink in each picture to have ink of the other beside it, so many pixels away at most."""
    for a, b in ((one, other), (other, one)):
        assert np.mean(wider(b, within)[a]) > share, what


def ended(page, steps):
    """Wait until a page shows the last step of an experiment that has ended, and stands still."""
    expect(page.locator(".counter")).to_have_text(f"step {steps:,} / {steps:,}", timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.locator(".badge").first).to_be_visible(timeout=WAIT)
    for ink in (INK, LOSS):
        settled(page, ink)
    return {card: drawn for card in CARDS if (drawn := trails(page, card)).any()}


@pytest.mark.parametrize("spec", SPECS)
def test_a_long_experiment_is_drawn_alike_live_reopened_and_with_all_its_steps(open_page, api, spec):
    page = open_page("/docs", *SIZE, reduced_motion="reduce")
    id = api.post("/api/experiments", json=SPECS[spec]).json()["id"]
    steps = SPECS[spec]["steps"]
    page.goto(page.url.replace("/docs", f"/?experiment={id}"))
    live = ended(page, steps)
    page.reload()
    reopened = ended(page, steps)
    page.add_init_script(WHOLE)
    page.reload()
    whole = ended(page, steps)
    assert set(whole) == set(live) == set(reopened) >= {"#loss"}
    for card, picture in whole.items():
        expect_alike(reopened[card], picture, f"{card}, reopened and whole")
        # Of some 600 pixels one or another is at the edge of what counts as ink; a bend that is missing is dozens.
        expect_alike(reopened[card], picture, f"{card}, reopened and whole", within=3, share=0.99)
        # A live frame has 32 entries of a run, whatever it covers: fine rings of momentum may lose some of theirs.
        expect_alike(live[card], picture, f"{card}, live and whole", within=3, share=0.9)
        expect_alike(live[card], reopened[card], f"{card}, live and reopened")


def test_a_picture_that_is_zoomed_into_asks_for_the_steps_it_shows_and_draws_them(open_page, api):
    run = {"optimizer": {"kind": "sgd", "lr": 0.1}, "noise": 1.0}
    id = api.post("/api/experiments", json={"problem": {"kind": "bowl"}, "runs": [run], "steps": 50_000}).json()["id"]
    page = open_page(f"/?experiment={id}", *SIZE, reduced_motion="reduce")
    until(page, lambda: api.get(f"/api/experiments/{id}").json()["status"] == "done")
    page.reload()
    ended(page, 50_000)
    held = []
    page.route("**/detail?*", lambda route: held.append(route))
    box = page.locator("#loss .plot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.locator("#loss .nsewdrag").wait_for(state="attached", timeout=WAIT)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=5)
    page.mouse.up()
    until(page, lambda: held)
    coarse = settled(page, LOSS)
    before = trails(page, "#loss").sum()
    held[0].continue_()
    until(page, lambda: page.evaluate(LOSS) != coarse)
    settled(page, LOSS)
    assert trails(page, "#loss").sum() > before

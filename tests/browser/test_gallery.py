"""The examples: every preset keeps its promise, and the pictures can be found, opened and put away."""

import numpy as np
import pytest
from gallery_pictures import columns_of
from playwright.sync_api import expect

WAIT = 15_000  # milliseconds, on a busy machine
NEVER = None


@pytest.fixture(scope="module")
def gallery(chromium, server):
    """The gallery's presets by name, as the browser reads them."""
    page = chromium.new_page()
    page.goto(server + "/docs")
    presets = page.evaluate("import('/state/presets.js').then(({ GALLERY }) => JSON.parse(JSON.stringify(GALLERY)))")
    page.close()
    return {preset["name"]: preset["spec"] for preset in presets}


@pytest.fixture
def runs_of(gallery):
    return lambda name: columns_of(gallery[name])


def first_below(run, value, column="loss"):
    hits = np.flatnonzero(run[column] < value)
    return int(hits[0]) if len(hits) else NEVER


def steps_to(runs, value):
    return [first_below(run, value) for run in runs]


def test_there_are_twelve(gallery):
    assert len(gallery) == 12


def test_too_long_a_step_leaves_and_the_right_one_arrives(runs_of):
    long, right = runs_of("overshoot")
    assert long["p0"][40] == pytest.approx(-181, rel=1e-3) or long["p0"][40] == pytest.approx(181, rel=1e-3)
    assert long["loss"][40] == pytest.approx(32_774, rel=1e-3)
    assert right["loss"][40] == pytest.approx(2.8e-7, rel=0.02)
    assert first_below(right, 1e-6) == 38


def test_the_steep_wall_sets_the_limit_and_the_flat_floor_the_time(runs_of):
    runs = runs_of("valley")
    assert steps_to(runs, 1e-6) == [79, 43, NEVER]
    assert runs[2]["loss"][-1] > 1000 * runs[2]["loss"][0]
    assert abs(runs[2]["p0"][-1]) < 0.01 < abs(runs[2]["p1"][-1])


def test_momentum_helps_and_too_much_of_it_rings(runs_of):
    runs = runs_of("rings")
    assert steps_to(runs, 1e-6) == [NEVER, 164, NEVER]
    assert [round(float(run["p0"].max()), 2) for run in runs[1:]] == [0.61, 3.42]
    assert runs[0]["p0"].max() < 0


def test_nesterov_has_the_smaller_limit(runs_of):
    plain, above, below = runs_of("nesterov")
    assert first_below(plain, 1e-6) is not NEVER
    assert first_below(above, 1e-6) is NEVER
    assert above["loss"][100] == pytest.approx(688.4, rel=1e-3)
    assert first_below(below, 1e-6) == 135


def test_adam_does_not_see_the_scale_and_gradient_descent_does(gallery, runs_of):
    adam, sgd = runs_of("scale")
    spec = gallery["scale"]
    small = {**spec, "problem": {**spec["problem"], "text": "x**2 + 100*y**2"}, "runs": spec["runs"][:1]}
    (unscaled,) = columns_of(small)
    for name in ("p0", "p1"):
        np.testing.assert_allclose(adam[name][:100], unscaled[name][:100], atol=1e-5)
    assert first_below(unscaled, 1e-6) == 151
    assert adam["p0"][1] == pytest.approx(-3.9)
    assert np.flatnonzero(~np.isfinite(sgd["loss"]))[0] == 51


def test_a_longer_step_finds_the_deeper_well(runs_of):
    short, long, heavy = runs_of("wells")
    assert short["loss"][-1] == pytest.approx(-0.7059, abs=1e-4)
    assert long["loss"][-1] == pytest.approx(-1.3054, abs=1e-4)
    assert long["p0"][1] == pytest.approx(-0.43, abs=1e-6)
    assert heavy["loss"][-1] == pytest.approx(-1.3054, abs=1e-3)


def test_a_saddle_is_left_late_or_never(runs_of):
    runs = runs_of("saddle")
    assert steps_to(runs, -0.2) == [291, 102, 21, NEVER]
    flat = np.abs(np.diff(runs[0]["loss"])) < 1e-4
    assert flat[50:239].all()


def test_rosenbrocks_race_has_an_order(runs_of):
    sgd, heavy, adam, newton = steps_to(runs_of("rosenbrock"), 1e-4)
    assert sgd is NEVER
    assert newton < 10 < adam < heavy


def test_warm_up_rescues(runs_of):
    cold, warm = runs_of("warmup")
    assert not np.isfinite(cold["loss"][-1])
    # It ends at the edge of stability, where the last steps may be in a burst: by rounding .0001 to .0014.
    assert np.median(warm["loss"][-200:]) < 0.003


def test_the_noise_ball_is_as_large_as_the_rate_says(runs_of):
    for run, lr in zip(runs_of("noise"), (0.1, 0.01), strict=True):
        assert run["loss"][1000:].mean() == pytest.approx(lr / (2 * (2 - 2 * lr)), rel=0.1)


def test_sharpness_ends_at_the_edge_of_stability(runs_of):
    for run, lr in zip(runs_of("edge"), (0.05, 0.1, 0.2), strict=True):
        assert 0.85 < lr * run["sharpness"][-1] / 2 < 1.25
        assert np.median(run["sharpness"][3000:]) == pytest.approx(2 / lr, rel=0.05)


def test_digits_are_learned_guessed_or_lost(runs_of):
    good, stuck, lost = runs_of("digits")
    assert good["val_accuracy"][-1] > 0.9
    assert stuck["val_accuracy"][-1] < 0.2
    assert not np.isfinite(lost["loss"][-1]) or lost["val_accuracy"][-1] < 0.2


def strip(page):
    return page.get_by_role("region", name="Gallery", exact=True)


def runs(page):
    return page.locator(".runs > .run")


def height(page):
    return page.locator("#stage .plot").bounding_box()["height"]


def test_on_the_first_visit_the_strip_lies_below_the_picture_until_the_first_action(open_page):
    page = open_page(first=True)
    expect(strip(page).get_by_role("button")).to_have_count(14)
    expect(runs(page)).to_have_count(2, timeout=WAIT)
    tall, bar = height(page), page.locator("#transport").bounding_box()
    page.keyboard.press("Tab")
    expect(strip(page)).to_be_visible()
    page.locator("#transport .primary").click()
    expect(strip(page)).to_be_hidden()
    assert height(page) > tall
    assert page.locator("#transport").bounding_box() == bar, "What was pressed stays where it is."
    page.goto(page.url.split("#")[0])
    expect(runs(page)).to_have_count(2, timeout=WAIT)
    expect(strip(page)).to_be_hidden()


def test_the_strip_opens_an_example_and_is_gone(open_page):
    page = open_page(first=True)
    strip(page).get_by_role("button", name="Two wells").click()
    expect(runs(page)).to_have_count(3, timeout=WAIT)
    expect(strip(page)).to_be_hidden()


def test_all_examples_are_a_press_away_from_the_strip(open_page):
    page = open_page(first=True, width=360, height=740)
    strip(page).get_by_role("button", name="All 19").click()
    expect(page.get_by_role("dialog", name="Examples").get_by_role("listitem")).to_have_count(19)


def test_a_shared_link_opens_its_picture_without_the_strip(open_page):
    page = open_page("/#1.damaged.link", first=True)
    expect(runs(page)).to_have_count(2, timeout=WAIT)
    expect(strip(page)).to_be_hidden()


def test_the_gallery_is_opened_and_used_with_the_keyboard_alone(open_page):
    page = open_page(reduced_motion="reduce")
    button = page.get_by_role("button", name="Examples", exact=True)
    button.press("Enter", timeout=WAIT)
    dialog = page.get_by_role("dialog", name="Examples")
    expect(dialog.get_by_role("listitem")).to_have_count(19)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(runs(page)).to_have_count(3)
    expect(runs(page).nth(2)).to_contain_text("diverged", timeout=WAIT)

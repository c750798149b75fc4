"""What axe finds where a page has been used: dialogs open, pictures changed, work done; nothing, in both themes."""

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import WAIT, wait_for_outcomes

THEMES = ["light", "dark"]
GPU = ("GL Driver Message", "willReadFrequently")
"""What Chromium says of Plotly's own drawing in three dimensions."""
BOWL = {"problem": {"kind": "bowl"}, "steps": 30}
RUN = {"optimizer": {"kind": "sgd", "lr": 0.1}}
RATES = {"scale": "log", "n": 16}
SPECS = {
    "sweep": BOWL | {"runs": [RUN], "vary": [{"field": "run.optimizer.lr", "values": [0.01, 0.1, 0.3]}]},
    "range": BOWL | {"kind": "range_test", "run": RUN, "steps": 60},
    "map": BOWL
    | {
        "kind": "map",
        "run": RUN,
        "vary": [
            {"field": "run.optimizer.lr", "from": 0.001, "to": 1, **RATES},
            {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "scale": "linear", "n": 16},
        ],
    },
}
DONE = {"sweep": ".tile svg", "range": "#rules tbody tr", "map": ".map-progress", "library": ".entry .thumb path"}


@pytest.fixture(scope="module")
def done(api):
    """The addresses of pages with finished work on them."""
    made = {}
    for name, spec in SPECS.items():
        answer = api.post("/api/experiments", json=spec)
        assert answer.status_code < 300, answer.text
        made[name] = f"/{name}?experiment={answer.json()['id']}"
        api.get(f"/api/experiments/{answer.json()['id']}", params={"wait": 60})
    return made | {"library": "/library"}


@pytest.mark.parametrize("theme", THEMES)
def test_the_workbench_with_strip_tables_step_dialogs_and_looks(open_page, theme):
    page = open_page(color_scheme=theme, reduced_motion="reduce", first=True, expected=GPU)
    wait_for_outcomes(page, "diverged", "converged")
    for panel in ("#stage", "#loss", "#edge"):
        page.locator(f"{panel} .data > summary").click()
    page.keyboard.press("Home")
    expect(page.locator(".update-lines")).to_contain_text("4.4", timeout=WAIT)
    page.locator(".tick").first.focus()
    assert violations(page) == []
    for panel in ("#stage", "#loss", "#edge"):
        page.locator(f"{panel} .data > summary").click()
    for name in ("Help", "Examples"):
        page.get_by_role("button", name=name, exact=True).click()
        assert violations(page, "dialog[open]") == []
        page.keyboard.press("Escape")
    page.locator("select[name=problem]").select_option("bowl")
    look = {"light": "Heat", "dark": "3-D"}[theme]  # 3-D in light is looked at in test_ground.py.
    page.get_by_role("group", name="How the surface is drawn").get_by_role("button", name=look, exact=True).click()
    expect(page.locator("#stage h2")).to_have_text({"light": "Landscape", "dark": "Surface"}[theme], timeout=WAIT)
    expect(page.locator("#stage .panel-help")).to_contain_text("Light is low" if theme == "light" else "as a height")
    if theme == "dark":
        expect(page.locator(".solid-wait")).to_be_hidden(timeout=WAIT)
    assert violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_for_a_room(open_page, theme):
    page = open_page("/?projector=1", reduced_motion="reduce")
    page.evaluate(f"localStorage.setItem('slalom.theme', '{theme}')")
    page.reload()
    expect(page.locator(".one-number output")).to_have_text("32,800", timeout=WAIT)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", DONE)
def test_finished_work(open_page, done, name, theme):
    page = open_page(done[name], color_scheme=theme, reduced_motion="reduce")
    expect(page.locator(DONE[name]).first).to_be_attached(timeout=WAIT)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    for details in page.locator("main details").all():
        details.evaluate("one => { one.open = true; }")
    page.wait_for_timeout(300)
    assert violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_a_lesson_from_a_sketch_to_its_quiz(open_page, theme):
    page = open_page("/lessons/the-thermometer", color_scheme=theme, reduced_motion="reduce")
    expect(page.get_by_role("slider", name="Step 5,000")).to_be_visible(timeout=WAIT)
    assert violations(page) == []
    page.get_by_role("slider", name="Step 5,000").press("PageDown")
    page.get_by_role("button", name="Run it", exact=True).click()
    expect(page.locator("[data-step=predict]")).to_contain_text("You are farthest off at step", timeout=WAIT)
    for step in ("notice", "quiz"):
        page.locator(f"[data-step={step}] .answer").first.click()
    page.locator(".lesson details").evaluate("one => { one.open = true; }")
    page.locator("[data-step=why] .term").first.focus()
    assert violations(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_of_the_api_with_a_path_and_a_shape_open(open_page, theme):
    page = open_page("/docs", color_scheme=theme, expected="422")
    for part in ("#simulate", "#schemas"):
        page.locator(f"{part} summary").first.click()
    call = page.locator("#simulate")
    call.get_by_label("every").fill("0")
    call.get_by_role("button", name="Send").click()
    expect(call.locator(".bad")).to_contain_text("422", timeout=WAIT)
    expect(call.locator(".answer")).to_contain_text("every must be at least 1, but is 0.")
    call.get_by_label("every").fill("20")
    call.get_by_label("Example").select_option(label="The printed regression of a book, in single precision")
    call.get_by_role("button", name="Send").click()
    expect(call.locator(".good")).to_contain_text("200", timeout=WAIT)
    expect(call.locator(".answer")).to_contain_text("1763.88")
    expect(call.locator(".answer")).to_contain_text("curl -X POST")
    assert violations(page) == []

"""What the workbench saves: pictures, animations, data and a replay that needs nothing but itself."""

import base64
import json
import re
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from exporting import WAIT, choose_film, in_gif, in_webm, open_export, saved
from playwright.sync_api import expect

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.script.program import program
from slalom.lessons import lesson_in

LABEL = '=</script><img src=x onerror="document.title=1">&'
RECIPE = {
    "problem": {"kind": "bowl", "kappa": 12},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 0.15}, "label": LABEL}, {"optimizer": {"kind": "sgd", "lr": 0.172}}],
    "steps": 70,
    "seed": 0,
    "dtype": "float64",
}
ENCODE = """async (spec) => (await import('/state/link.js'))
    .encode({ spec, view: { selected: 0, log: true, follow: false, axis: 'steps' } })"""


@pytest.fixture(scope="module")
def link(chromium, server):
    """The path of the page with two runs on a bowl, one of which has a hostile name."""
    page = chromium.new_page()
    page.goto(server + "/docs")
    fragment = page.evaluate(ENCODE, RECIPE)
    page.close()
    return f"/#{fragment}"


@pytest.fixture
def workbench(open_page, link):
    """That page with its export open."""
    page = open_page(link, reduced_motion="reduce")
    expect(page.locator("#transport output")).to_have_text("step 70 / 70", timeout=WAIT)
    expect(page.locator(".run").nth(1)).to_contain_text("diverged", timeout=WAIT)
    open_export(page)
    return page


def test_the_keyboard_opens_and_closes_the_export_and_comes_back(workbench):
    page = workbench
    page.keyboard.press("Tab")
    expect(page.locator("dialog.export input[name=title]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Export")).to_be_hidden()
    expect(page.get_by_role("button", name="Export")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_export_is_accessible_and_fits_every_screen(open_page, theme):
    page = open_page(reduced_motion="reduce", color_scheme=theme, width=360, height=740)
    page.get_by_role("tab", name="Play").click()
    open_export(page)
    violations = Axe().run(page, "dialog.export").response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
    assert page.evaluate("(d => d.scrollWidth - d.clientWidth)(document.querySelector('dialog.export'))") == 0


def test_png_is_a_picture_of_2560_by_1600(workbench, tmp_path):
    path = saved(workbench, "PNG", tmp_path)
    data = base64.b64encode(path.read_bytes()).decode()
    script = """async (data) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        [pen.canvas.width, pen.canvas.height] = [image.width, image.height];
        pen.drawImage(image, 0, 0);
        const seen = new Set(new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer));
        return [image.width, image.height, seen.size];
    }"""
    width, height, colors = workbench.evaluate(script, data)
    assert (width, height) == (2560, 1600)
    assert colors > 100


def test_svg_is_curves_and_text_and_no_name_is_markup(workbench, tmp_path):
    root = ElementTree.parse(saved(workbench, "SVG", tmp_path)).getroot()
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"path", "text", "clipPath"} <= tags
    assert not tags & {"image", "img", "script"}
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert any(text.startswith('=</script><img src=x onerror="') for text in texts)
    assert "Bowl" in texts
    assert any("diverged" in text for text in texts)


def test_csv_and_npz_and_json_hold_the_numbers_of_the_api(workbench, tmp_path, api):
    answer = api.post("/api/simulate", json=RECIPE).json()["runs"]
    arrays = np.load(saved(workbench, "NPZ", tmp_path))
    assert arrays["length"].tolist() == [71, 71]
    for name in ("loss", "lr", "grad_norm", "sharpness", "limit"):
        assert arrays[name].tolist() == [[float(value) for value in run[name]] for run in answer], name
    assert arrays["p1"][0].tolist() == [point[1] for point in answer[0]["params"]]
    header, *rows = saved(workbench, "CSV", tmp_path).read_text().splitlines()
    assert header == "run,label,step,loss,lr,grad_norm,step_norm,sharpness,limit,p0,p1"
    assert len(rows) == 142
    assert rows[0].startswith("0,\"'=</script>")
    assert float(rows[-1].split(",")[3]) == answer[1]["loss"][-1]
    result = json.loads(saved(workbench, "JSON", tmp_path).read_text())
    assert (result["slalom"], result["spec"]["problem"]) == (1, RECIPE["problem"])
    assert [run["loss"] for run in result["runs"]] == [run["loss"] for run in answer]
    assert result["outcomes"] == [run["outcome"] for run in answer]
    assert api.post("/api/simulate", json=result["spec"]).json()["runs"] == answer


def test_the_selected_run_is_saved_as_a_program(workbench, tmp_path):
    text = saved(workbench, "Program", tmp_path, "py").read_text()
    assert text == program(SPEC.validate_python(RECIPE), 0)
    expect(workbench.locator("dialog.export").get_by_role("button", name="Parameters")).to_be_disabled()
    expect(workbench.locator("dialog.export")).to_contain_text("Only a network has parameters to save")


def test_the_draft_of_a_lesson_shows_the_same_runs(workbench, tmp_path):
    lesson = lesson_in(saved(workbench, "Draft", tmp_path, "toml"))
    assert lesson.presets[0].spec == SPEC.validate_python(RECIPE)
    assert lesson.prediction.answers[0] == LABEL


def test_the_archive_is_whole(workbench, tmp_path):
    with zipfile.ZipFile(saved(workbench, "NPZ", tmp_path)) as archive:
        assert archive.testzip() is None
        assert "loss.npy" in archive.namelist()


def test_gif_plays_all_its_frames_in_its_size(workbench, tmp_path):
    choose_film(workbench)
    seen = in_gif(workbench, saved(workbench, "GIF", tmp_path))
    assert 5 < seen["frames"] <= 200
    assert seen["different"] == seen["frames"]
    assert (seen["forever"], seen["width"], seen["height"], seen["hold"]) == (True, 640, 400, 1_500_000)


@pytest.mark.parametrize("encoder", ["its own encoder", "the recorder alone"])
def test_webm_plays(workbench, tmp_path, encoder, chromium):
    choose_film(workbench)
    if encoder == "the recorder alone":  # As on a page that came over plain HTTP from another machine.
        workbench.evaluate("delete window.VideoEncoder")
    seen = in_webm(chromium, saved(workbench, "WebM", tmp_path))
    assert (seen["width"], seen["height"]) == (640, 400)
    assert seen["different"] > 5
    if encoder == "its own encoder":
        assert seen["blue"] > 30
        assert seen["seconds"] == pytest.approx(2.67, abs=0.05)


def test_an_animation_can_be_cancelled_and_nothing_is_saved(workbench):
    page = workbench
    downloads = []
    page.on("download", lambda download: downloads.append(download.url))
    page.locator("dialog.export").get_by_role("button", name="GIF", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".export-said")).to_have_text("Cancelled; nothing was saved.", timeout=WAIT)
    expect(page.locator("dialog.export").get_by_role("button", name="GIF", exact=True)).to_be_focused()
    assert downloads == []


PLAYS = "document.querySelector('#transport .primary').textContent.includes('Pause')"


def test_what_plays_behind_the_export_rests_while_a_film_is_made_and_goes_on(open_page, link, tmp_path):
    page = open_page(link)
    expect(page.locator(".run").nth(1)).to_contain_text("diverged", timeout=WAIT)
    page.keyboard.press("Home")
    page.locator("#transport .primary").click()
    assert page.evaluate(PLAYS)
    open_export(page)
    page.evaluate(
        "(p => { window.__rested = false; new MutationObserver(() => { window.__rested ||= !(" + PLAYS + "); })"
        ".observe(p, { childList: true, subtree: true, characterData: true, attributes: true }); })"
        "(document.querySelector('#transport'))"
    )
    choose_film(page)
    saved(page, "WebM", tmp_path)
    expect(page.locator("dialog.export").get_by_role("button", name="WebM", exact=True)).to_be_enabled(timeout=WAIT)
    assert page.evaluate("__rested")
    assert page.evaluate(PLAYS)


@pytest.fixture
def replay(workbench, tmp_path, chromium):
    """The saved file, opened from disk with the network off."""
    path = saved(workbench, "HTML", tmp_path)
    said = []
    context = chromium.new_context(offline=True, reduced_motion="reduce", color_scheme="dark")
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    expect(page.locator("#transport output")).to_have_text("step 70 / 70", timeout=WAIT)
    yield page
    context.close()
    assert said == []


def test_the_saved_replay_plays_steps_and_seeks_without_a_network(replay):
    page = replay
    counter = page.locator("#transport output")
    ink = "[...document.querySelectorAll('#picture canvas')].map((c) => c.toDataURL()).join()"
    page.keyboard.press("Home")
    expect(counter).to_have_text("step 0 / 70")
    page.get_by_role("button", name="Play").click()
    expect(counter).to_have_text(re.compile(r"step [2-9] / 70"), timeout=WAIT)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.locator("input.scrub").fill("12")
    expect(counter).to_have_text("step 12 / 70")
    page.wait_for_timeout(100)
    before = page.evaluate(ink)
    page.keyboard.press("ArrowRight")
    expect(counter).to_have_text("step 13 / 70")
    page.wait_for_timeout(100)
    assert page.evaluate(ink) != before


def test_the_saved_replay_says_what_came_of_every_run_and_no_name_is_markup(replay):
    page = replay
    outcomes = page.locator("#outcomes li")
    expect(outcomes).to_have_count(2)
    expect(outcomes.nth(0)).to_contain_text(LABEL)
    expect(outcomes.nth(1)).to_contain_text("1.03 times the stability limit")
    assert page.locator("img").count() == 0
    assert page.title() == "Bowl: replay"


@pytest.mark.parametrize("size", [(1440, 900), (360, 740)])
def test_the_saved_replay_is_accessible_in_both_themes(replay, size):
    page = replay
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for _ in range(2):
        violations = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.locator("header button").last.click()


def test_of_a_stored_experiment_the_whole_trace_is_saved(open_page, api, server, tmp_path):
    made = api.post("/api/experiments", json=RECIPE).json()
    api.get(f"/api/experiments/{made['id']}", params={"wait": 30})
    page = open_page(f"/?experiment={made['id']}", reduced_motion="reduce")
    expect(page.locator(".run").nth(1)).to_contain_text("diverged", timeout=WAIT)
    open_export(page)
    expected = api.get(f"/api/experiments/{made['id']}/trace", params={"format": "csv"}).text
    assert saved(page, "CSV", tmp_path).read_text() == expected
    result = json.loads(saved(page, "JSON", tmp_path).read_text())
    assert len(result["runs"][1]["loss"]) == 71
    assert [outcome["kind"] for outcome in result["outcomes"]] == ["converged", "diverged"]

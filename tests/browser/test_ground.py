"""The ways a surface can be looked at, in a real Chromium: contour, heat, 3-D; eigen-directions over the steps."""

from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import INK, settled, until

WAIT = 30_000  # milliseconds: Chromium draws in software where there is no graphics card
GPU = ("GL Driver Message", "willReadFrequently")
"""What Chromium says of Plotly's own drawing, with no graphics card and with one."""
NO_WEBGL = """HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {
  apply: (get, canvas, [kind, ...rest]) => (kind.startsWith("webgl") ? null : get.call(canvas, kind, ...rest)),
});"""


def look(page, name):
    return page.get_by_role("group", name="How the surface is drawn").get_by_role("button", name=name, exact=True)


def choose(page, problem, looks):
    page.locator("select[name=problem]").select_option(problem, timeout=WAIT)
    for name in looks:
        expect(look(page, name)).to_be_visible(timeout=WAIT)


def test_the_surface_is_drawn_in_three_dimensions_and_turned_with_the_keyboard(open_page):
    page = open_page(reduced_motion="reduce", expected=GPU)
    choose(page, "bowl", ["Contour", "Heat", "3-D"])
    assert page.evaluate("performance.getEntriesByName(location.origin + '/bundle/panels/solid.js').length") == 0
    look(page, "3-D").press("Enter")
    expect(page.locator(".solid-wait")).to_be_hidden(timeout=WAIT)
    expect(page.locator(".solid canvas").first).to_be_visible(timeout=WAIT)
    eye = "document.querySelector('.solid-plot').layout.scene.camera.eye.x"
    before = page.evaluate(eye)
    page.get_by_role("button", name="Turn left").press("Enter")
    page.wait_for_timeout(500)
    assert page.evaluate(eye) != before
    assert violations(page) == []
    look(page, "Heat").press("Enter")
    expect(page.locator(".solid")).to_be_hidden()
    expect(look(page, "Heat")).to_have_attribute("aria-pressed", "true")


def test_without_webgl_the_page_says_so(open_page):
    page = open_page(reduced_motion="reduce")
    page.add_init_script(NO_WEBGL)
    page.reload()
    choose(page, "bowl", ["3-D"])
    look(page, "3-D").click()
    expect(page.locator(".solid-wait")).to_contain_text("WebGL is switched off or missing", timeout=WAIT)


def test_eigen_directions_are_shown_over_the_steps(open_page):
    page = open_page(reduced_motion="reduce")
    choose(page, "quadratic", ["Now", "Over steps"])
    look(page, "Over steps").click()
    expect(page.locator("#stage h2")).to_have_text("Eigen-directions")
    expect(look(page, "3-D")).to_be_hidden()


def test_two_eigen_directions_are_chosen_with_the_keyboard_and_kept_in_the_link(open_page):
    page = open_page(reduced_motion="reduce")
    choose(page, "quadratic", ["Now", "Over steps", "Pair"])
    expect(page.locator(".pair-choice")).to_be_hidden()
    look(page, "Pair").press("Enter")
    expect(page.locator("#stage h2")).to_have_text("Two eigen-directions")
    across, up = page.get_by_label("Horizontal"), page.get_by_label("Vertical")
    expect(up.locator("option")).to_have_text(["x1 · λ 1", "x2 · λ 3", "x3 · λ 10", "x4 · λ 30"])
    assert (across.input_value(), up.input_value()) == ("0", "3")
    before = settled(page)
    up.press("ArrowUp")
    until(page, lambda: page.evaluate(INK) != before)
    across.press("ArrowDown")
    across.press("ArrowDown")  # Already on the other axis: they change places.
    assert (across.input_value(), up.input_value()) == ("2", "1")
    until(page, lambda: page.evaluate("location.hash") != "")
    page.wait_for_timeout(400)
    page.reload()
    expect(across).to_be_visible(timeout=WAIT)
    assert (across.input_value(), up.input_value()) == ("2", "1")
    assert violations(page) == []
    page.locator("select[name=problem]").select_option("bowl")
    expect(page.locator(".pair-choice")).to_be_hidden(timeout=WAIT)


def test_the_start_moves_along_the_two_directions_that_are_shown(open_page):
    page = open_page(reduced_motion="reduce")
    choose(page, "quadratic", ["Now", "Over steps", "Pair"])
    look(page, "Pair").press("Enter")
    ring = page.locator("#stage .start-ring")
    expect(ring).to_be_visible(timeout=WAIT)

    def start():
        return [float(number) for number in page.get_by_label("Start", exact=True).input_value().split(",")]

    before = start()
    ring.press("ArrowLeft")
    ring.press("ArrowDown")
    until(page, lambda: start() != before)
    after = start()
    assert after[0] < before[0]
    assert after[1:3] == before[1:3]
    assert after[3] < before[3]
    box = ring.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + 20, steps=3)
    page.mouse.up()
    until(page, lambda: start()[0] < after[0])
    assert start()[1:3] == before[1:3]

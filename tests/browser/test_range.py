"""The range test in a real Chromium: run it, read it, reload it, and put its rate into the run."""

from playwright.sync_api import expect
from workbench_page import runs, set_up

WAIT = 90_000  # milliseconds, on a busy machine
THERMOMETER = {"kind": "regression", "data": "thermometer", "scaling": "tenth"}


def test_a_range_test_on_the_thermometer_puts_its_rate_into_the_run(open_page):
    page = open_page("/range")
    set_up(page, problem=THERMOMETER)
    page.locator('[data-loc="steps"] input').last.fill("200", timeout=WAIT)
    page.get_by_role("button", name="Start the range test").click()
    page.wait_for_url("**experiment=*")
    chosen = page.locator("#chosen")
    expect(chosen).to_contain_text("of the stability limit 0.033", timeout=WAIT)
    rate = float(chosen.locator(".rate").inner_text())
    assert rate < 0.03298
    expect(page.locator("#rules tbody tr")).to_have_count(9)
    expect(page.locator("#rules tbody tr").first).to_contain_text("does not train")
    drawn = "new Set(document.querySelector('#plot canvas').getContext('2d').getImageData(0, 0, 900, 400).data).size"
    assert page.evaluate(drawn) > 20
    assert page.evaluate("'Plotly' in window") is False

    page.reload()
    expect(chosen).to_contain_text("of the stability limit 0.033", timeout=WAIT)
    assert float(chosen.locator(".rate").inner_text()) == rate

    box = runs(page).first.get_by_role("textbox").first
    chosen.get_by_role("button", name="Use lr").click()
    expect(page.locator("#stage")).to_be_visible()
    expect(box).to_have_value(str(rate), timeout=WAIT)
    page.go_back()
    page.locator("#rules").get_by_role("button", name="Use lr").first.click()
    expect(box).not_to_have_value(str(rate))


def test_a_range_that_does_not_climb_is_refused_beside_its_field(open_page):
    page = open_page("/range", expected="422")
    page.locator('[data-loc="lr_to"] input').fill("0.000001", timeout=WAIT)
    page.get_by_role("button", name="Start the range test").click()
    expect(page.locator('[data-loc="lr_to"] .error')).to_contain_text("has to climb", timeout=WAIT)
    expect(page.get_by_role("button", name="Start the range test")).to_be_enabled()

"""The range test in a real Chromium: run it, read it, reload it, and take its rate into the workbench."""

from playwright.sync_api import expect

WAIT = 90_000  # milliseconds, on a busy machine


def test_a_range_test_on_the_thermometer_hands_its_rate_to_the_workbench(open_page):
    page = open_page("/range")
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.get_by_label("Steps", exact=True).last.fill("200")
    page.get_by_role("button", name="Start").click()
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

    page.get_by_role("link", name="Use this rate").click()
    box = page.locator(".run").first.get_by_role("textbox").first
    expect(box).to_have_value(str(rate), timeout=WAIT)


def test_a_range_that_does_not_climb_is_refused_beside_its_field(open_page):
    page = open_page("/range", expected="422")
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.locator('[data-loc="lr_to"] input').fill("0.000001")
    page.get_by_role("button", name="Start").click()
    expect(page.locator('[data-loc="lr_to"] .error')).to_contain_text("has to climb", timeout=WAIT)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()

"""The page of whoever runs the server: what it shows is so, and changes beneath nobody's hands."""

import re

from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine
LONG = {
    "problem": {"kind": "network", "data": {"kind": "moons", "n": 2000}, "hidden": [64, 64]},
    "runs": [{}],
    "steps": 100_000,
}


def test_what_waits_and_runs_is_shown_as_it_changes_and_what_has_the_focus_keeps_it(open_page, api):
    page = open_page("/library")
    page.keyboard.press("?")
    page.get_by_role("link", name="What this server does").click()
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    store = page.get_by_role("region", name="Store")
    expect(store.locator("strong")).to_have_text(re.compile(r"^[\d.]+ (bytes|kB|MB|GB)$"))
    id = api.post("/api/experiments", json=LONG).json()["id"]
    refused = api.post("/api/simulate", json=LONG | {"steps": 10**8})
    assert refused.status_code == 422
    try:
        link = page.locator(f"#workers a[href$='experiment={id}']")
        expect(link).to_be_visible(timeout=WAIT)
        link.focus()
        expect(page.locator("#errors code").first).to_have_text("limit_refused", timeout=WAIT)
        expect(page.locator("#servers .badge")).to_have_text("this one")
        row = page.locator("#workers tr", has=page.locator(f"a[href$='experiment={id}']"))
        expect(row.locator("td").nth(2)).to_have_text(re.compile("[2-9] s|[1-9][0-9] s"), timeout=WAIT)
        expect(link).to_be_focused()
    finally:
        api.delete(f"/api/experiments/{id}?purge=true")
    expect(link).to_have_count(0, timeout=WAIT)

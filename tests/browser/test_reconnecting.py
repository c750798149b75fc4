"""A server that dies under an open page: the page says so, counts the seconds, and goes on when it is back."""

import re

from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine


def test_the_page_says_that_the_server_is_away_and_goes_on_when_it_is_back(chromium, serving, tmp_path):
    store = tmp_path / "slalom.db"
    process, address = serving.start(store)
    context = chromium.new_context(reduced_motion="reduce")
    try:
        serving.warm(address)
        page = context.new_page()
        page.goto(address, timeout=WAIT)
        status = page.locator("#status")
        expect(status).to_have_text("Ready", timeout=WAIT)
        before = page.locator("#why").inner_text()
        serving.stop(process)
        expect(status).to_have_text(re.compile(r"Reconnecting \d+ s"), timeout=WAIT)
        assert page.locator("#why").inner_text() == before
        process, again = serving.start(store, "--port", address.rpartition(":")[2])
        assert again == address
        serving.warm(address)
        expect(status).to_have_text("Ready", timeout=WAIT)
    finally:
        context.close()
        serving.stop(process)

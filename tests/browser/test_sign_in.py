"""A server that asks for its token, in a real Chromium: the form brings it, and the address never has it."""

import pytest
from playwright.sync_api import expect

TOKEN = "a-long-secret"
WAIT = 30_000  # milliseconds, on a busy machine


@pytest.fixture(scope="module")
def guarded(serving, tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    settings = {"SLALOM_TOKEN": TOKEN, "SLALOM_WARM_WORKERS": "1"}
    process, address = serving.start(folder / "slalom.db", **settings)
    yield address
    assert serving.stop(process) == 0


def test_whoever_has_the_token_comes_in_by_the_form(chromium, guarded):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{guarded}/library")
    for token in ("wrong-secret", TOKEN):
        page.get_by_label("token").focus(timeout=WAIT)
        page.keyboard.type(token)
        page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Library")).to_be_visible(timeout=WAIT)
    assert [url for url in asked if TOKEN in url or "secret" in url] == []
    page.goto(f"{guarded}/library")
    expect(page.get_by_role("searchbox")).to_be_visible(timeout=WAIT)
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "slalom"]
    assert (cookie["httpOnly"], cookie["sameSite"], TOKEN in cookie["value"]) == (True, "Strict", False)
    page.close()

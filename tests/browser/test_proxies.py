"""The workbench in a real Chromium behind proxies that have it below a path: Jupyter's, and plain ones."""

import csv
import re

import pytest
from exporting import open_export, saved
from playwright.sync_api import expect
from prefix_proxy import PrefixProxy, free_port, jupyter
from workbench_page import WAIT, runs, wait_for_outcomes

WAYS = ["jupyter", "jupyter that leaves the path", "plain", "plain that leaves the path"]
SLASH = {"jupyter": "/"}
"""What must be at the end of an address: other proxies, or we, add it before anything is shown."""
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def ways(server, serving, tmp_path_factory):
    """Yield the addresses at which a server is found that knows of no proxy, and one that knows its path."""
    folder, port = tmp_path_factory.mktemp("proxied"), free_port()
    root = f"/proxy/absolute/{port}"
    process, knowing = serving.start(folder / "slalom.db", "--port", str(port), "--root-path", root)
    with jupyter(folder) as notebook, PrefixProxy({"/a/slalom": (server, False), root: (knowing, True)}) as plain:
        serving.warm(knowing)
        bases = [f"{notebook}/proxy/{server.rpartition(':')[2]}", notebook + root]
        yield dict(zip(WAYS, [*bases, f"{plain.address}/a/slalom", plain.address + root], strict=True))
    assert serving.stop(process) == 0


@pytest.fixture
def visit(chromium, ways):
    """A function that opens a new browser at one of the addresses, which asks nothing elsewhere and says nothing."""
    opened, said, asked = [], [], []

    def visit(way):
        context = chromium.new_context(reduced_motion="reduce", permissions=CLIPBOARD, accept_downloads=True)
        page = context.new_page()
        opened.append((context, ways[way]))
        page.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("ws", "http", 1)))
        page.goto(ways[way] + SLASH.get(way, ""))
        return page, ways[way]

    yield visit
    for context, _ in opened:
        context.close()
    assert said == []
    (base,) = {base for _, base in opened}
    assert [url for url in asked if not (url == base or url.startswith(f"{base}/")) and url.startswith("http")] == []
    assert any("/api/preview" in url for url in asked)


@pytest.mark.parametrize("way", WAYS)
def test_the_way_through_the_workbench_is_the_same_behind_a_proxy(visit, way, tmp_path):
    page, base = visit(way)
    wait_for_outcomes(page, "diverged", "converged")
    assert re.fullmatch(rf"{re.escape(base)}/(#.*)?", page.url)
    runs(page).nth(1).locator("[data-loc$='optimizer.lr'] input[type=range]").press("End")
    wait_for_outcomes(page, "diverged", "diverged")

    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("alert")).to_contain_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{base}/#1.")

    page.get_by_role("button", name="Run as experiment").click()
    expect(page.locator("body")).to_contain_text("has finished", timeout=WAIT)
    experiment = re.search(r"\?experiment=\w+", page.url)[0]
    assert page.url.startswith(f"{base}/?experiment=")
    open_export(page)
    rows = [*csv.reader(saved(page, "CSV", tmp_path).read_text().splitlines())]
    assert len(rows) > 40

    page.goto(f"{base}/library")
    page.locator(f'.entry a[href$="{experiment}"]').first.click()
    expect(page.locator("body")).to_contain_text("has finished", timeout=WAIT)
    assert page.url.startswith(base + "/" + experiment)

    page.goto(link)
    wait_for_outcomes(page, "diverged", "diverged")
    page.get_by_role("link", name="Lessons").click()
    page.locator("#lessons a").first.click()
    expect(page).to_have_url(re.compile(rf"{re.escape(base)}/lessons/[a-z-]+"))
    expect(page.locator("[data-step=predict]")).to_be_visible(timeout=WAIT)
    page.get_by_role("link", name="Glossary").click()
    expect(page.locator("#terms li").first).to_be_visible(timeout=WAIT)


def test_jupyter_s_address_without_its_last_slash_leads_to_the_workbench(chromium, ways):
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(f"{ways['jupyter']}?experiment=#step=3")
    wait_for_outcomes(page, "diverged", "converged")
    assert page.url.startswith(f"{ways['jupyter']}/?experiment=#")
    page.close()

"""The documentation as a site: built without a warning, whole without a network, and searched without a server."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import expect

import slalom

ROOT = Path(__file__).parents[2]
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Attributes whose address a browser fetches by itself."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environ = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environ)
    assert answer.returncode == 0, answer.stderr
    assert "WARNING" not in answer.stderr
    return folder


class Page(HTMLParser):
    """What a page fetches, and where one can go in it."""

    def __init__(self, path):
        super().__init__()
        self.fetched, self.places = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.places.add(found.get("id"))
        if tag in FETCHED and FETCHED[tag] in found:
            self.fetched.append(found[FETCHED[tag]])


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for path in pages:
        fetched = Page(path).fetched
        assert fetched
        assert [address for address in fetched if re.match(r"(?:https?:)?//", address)] == [], path
    for path in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", path.read_text()) == []


def test_every_public_name_is_in_the_reference(site):
    places = set().union(*(Page(path).places for path in (site / "python").glob("*.html")))
    names = {f"slalom.{name}" for name in dir(slalom) if not name.startswith("_")}
    assert names - places == set()


def test_the_search_finds_a_page_that_was_opened_from_a_file(site, visitor):
    page = visitor.new_page()
    try:
        page.goto((site / "index.html").as_uri())
        page.get_by_role("textbox", name="Search").click()
        page.get_by_role("textbox", name="Search").press_sequentially("divergence")
        expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
        page.locator(".md-search-result__link", has_text="Understand a divergence").first.click()
        expect(page.locator("h1")).to_contain_text("Understand a divergence")
        assert page.url.startswith("file:")
    finally:
        page.close()

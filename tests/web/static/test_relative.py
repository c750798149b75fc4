"""Addresses of a page lead where they should from any depth, below any path."""

import re
from urllib.parse import urljoin

import pytest

from slalom.web.static.relative import RELATIVE, at_depth, depth_of, relative_to, with_data

PAGE = """<html lang="en" data-plotly="plotly.min.js"><link href="css/style.css" /><a href="./">a</a>
<a href="library">b</a><a href="#main">c</a><a href="?lang=de">d</a><form action="./"></form>
<a href="https://x.example/y">e</a><img src="data:image/png;base64,x" /><use href="#icon" />"""


NAMED = re.compile(r'(?:src|href|action|data-plotly)="([^"]*)"')
LEADS = ["plotly.min.js", "css/style.css", "", "library", "#main", "?lang=de", "", "https://x.example/y"]


@pytest.mark.parametrize("depth", [0, 1, 2, 7])
@pytest.mark.parametrize("base", ["https://x.example/", "https://x.example/user/ann/proxy/8000/"])
def test_the_addresses_of_a_page_lead_to_the_same_from_every_depth(base, depth):
    page = at_depth(PAGE, depth)
    here = base + "folder/" * depth + "page"
    expected = [urljoin(here if path[:1] in ("#", "?") else base, path) for path in LEADS]
    assert [urljoin(here, address) for address in NAMED.findall(page)] == [
        *expected,
        "data:image/png;base64,x",
        f"{here}#icon",
    ]
    ups = re.findall(r'data-root="([^"]*)"', page)
    assert [urljoin(here, up) for up in ups] == [base] * (depth > 0)


def test_an_address_that_is_not_relative_stays():
    for kept in ("#x", "?x", "/x", "//x.example", "https://x.example", "data:x", "mailto:x"):
        assert RELATIVE.search(f'<a href="{kept}">') is None


@pytest.mark.parametrize(
    ("scope", "depth"),
    [
        ({"path": "/"}, 0),
        ({"path": "/library"}, 0),
        ({"path": "/lessons/momentum"}, 1),
        ({"path": "/a/b/", "raw_path": b"/a/b/"}, 2),
        ({"path": "/a/b", "raw_path": b"/a%2Fb"}, 0),
        ({"path": "/a", "raw_path": b"/a?x=/b/c"}, 0),
    ],
)
def test_folders_are_counted_as_browsers_do(scope, depth):
    assert depth_of(scope) == depth
    here = "https://x.example/below" + scope.get("raw_path", scope["path"].encode()).decode().partition("?")[0]
    for path in ("/", "/join", "/join?to=/lessons/x", "/?experiment=abc"):
        assert urljoin(here, relative_to(scope, path)) == f"https://x.example/below{path}"


def test_scripts_read_more_of_the_first_element_only():
    page = with_data('<!doctype html>\n<html lang="en">\n<p data-x="<html>"></p>', public="https://x.example/")
    assert page.startswith('<!doctype html>\n<html lang="en" data-public="https://x.example/">')
    assert page.count("data-public") == 1

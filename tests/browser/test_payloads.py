"""Sixty names that would be markup or script: the library, the workbench and its pictures show them as they are."""

import pytest
from playwright.sync_api import expect

WAIT = 30_000  # milliseconds, on a busy machine
RUN = "pwn=1"
TAGS = ("img src=x onerror", "svg onload", "body onload", "input autofocus onfocus", "details open ontoggle")
TAGS += ("video src=x onerror", "iframe srcdoc", "marquee onstart", "audio src onerror", "select autofocus onfocus")
PAYLOADS = (
    *(f"<{tag}={RUN}>" for tag in TAGS),
    *(f'"><{tag}={RUN}>' for tag in TAGS),
    *(f"</title><{tag}={RUN}>" for tag in TAGS[:5]),
    *(f"<{name}>{RUN}</{name}>" for name in ("script", "SCRIPT", "style", "math", "template", "noscript", "textarea")),
    *(f"<a href='{scheme}{RUN}'>x</a>" for scheme in ("javascript:", "JaVaScRiPt:", "data:text/html,", "vbscript:")),
    *(f"{scheme}{RUN}" for scheme in ("javascript:", "data:text/html,<script>")),
    *(f"' on{event}={RUN} x='" for event in ("click", "mouseover", "focus", "error")),
    *(
        f"{before}{RUN}{after}"
        for before, after in (("{{", "}}"), ("${", "}"), ("<%=", "%>"), ("#{", "}"), ("[[", "]]"))
    ),
    *(
        "<b>bold</b>",
        "<sup>2</sup>",
        "<br>",
        "a<br/>b",
        "<!--",
        "]]>",
        "&lt;img src=x onerror=pwn=1&gt;",
        "&#60;script&#62;",
    ),
    *("%3Cscript%3Epwn=1%3C/script%3E", "\\u003cscript\\u003e", "__proto__", "constructor", "${alert`1`}"),
)


def test_there_are_enough_of_them():
    assert len(set(PAYLOADS)) >= 60


SHELF = 22
"""As many as the library shows at a time."""


@pytest.fixture(scope="module")
def named(api):
    """Experiments that are called so, some on each shelf, and one whose runs are."""
    spec = {"problem": {"kind": "bowl"}, "runs": [{"label": payload} for payload in PAYLOADS[:32]], "steps": 20}
    whole = api.post("/api/experiments", json=spec).json()["id"]
    assert api.get(f"/api/experiments/{whole}", params={"wait": 60}).json()["status"] == "done"
    file = api.get(f"/api/experiments/{whole}/trace", params={"spec": "true"}).json()
    file |= {"runs": file["runs"][:1], "outcomes": file["outcomes"][:1]}
    file["spec"]["runs"] = file["spec"]["runs"][:1]
    shelves, made = {}, [whole]
    for n, payload in enumerate(PAYLOADS):
        shelf = f"shelf{'ABC'[n // SHELF]}w"
        record = api.post("/api/experiments/import", json=file | {"name": f"{shelf} {payload}"}).json()
        assert record["name"] == f"{shelf} {payload}"
        shelves.setdefault(shelf, []).append(record["name"])
        made.append(record["id"])
    yield shelves, whole
    for id in made:
        api.delete(f"/api/experiments/{id}")


@pytest.mark.parametrize("shelf", ["shelfAw", "shelfBw", "shelfCw"])
def test_the_library_shows_names_as_they_are(open_page, named, shelf):
    names = named[0][shelf]
    page = open_page(f"/library?search={shelf}")
    expect(page.locator(".entry .title")).to_have_count(len(names), timeout=WAIT)
    assert sorted(page.locator(".entry .title").all_text_contents()) == sorted(names)
    assert page.evaluate("window.pwn") is None


def test_the_workbench_shows_labels_as_they_are(open_page, named):
    page = open_page(f"/?experiment={named[1]}")
    for n, payload in enumerate(PAYLOADS[:8], 1):
        page.get_by_role("button", name=f"Explain run {n}", exact=True).click(timeout=WAIT)
        expect(page.locator("strong").get_by_text(payload, exact=True)).to_be_visible(timeout=WAIT)
    assert page.evaluate("window.pwn") is None
    assert page.locator("img[src=x], iframe, marquee").count() == 0

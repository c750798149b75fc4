"""Tables of one's own: pictures, help and tabs that fit what is predicted, live and reopened; never a refusal."""

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine
RANDOM = np.random.default_rng(5)
ALWAYS, CLASSES = ["Plane", "Data", "Inside"], ["Plane", "Data", "Surprise", "Inside"]
FACTS = ["Limit", "Ratio", "Noise", "Saturation"]
TABLES = {
    "a number from three": (3, None, {}, ALWAYS, "Predicted against actual", "off by"),
    "a number from three, none to check with": (
        3,
        None,
        {"validation": 0},
        ALWAYS,
        "Predicted against actual",
        "off by",
    ),
    "a number from one": (1, None, {}, ALWAYS, "Fitted curve", "loss"),
    "a class from three": (3, ["yes", "no"], {}, CLASSES, "Guesses", "right"),
    "a class from two": (2, ["yes", "no"], {}, CLASSES, "Decision boundary", "right"),
}


def lines(inputs, words):
    """Return a table of 40 rows whose last column is a number, or one of two words."""
    x = RANDOM.normal(size=(40, inputs)).round(3)
    y = (3 + 2 * x.sum(axis=1)).round(3).tolist()
    last = y if words is None else [words[value > 3] for value in y]
    rows = [",".join(map(str, [*row, end])) for row, end in zip(x.tolist(), last, strict=True)]
    return "\n".join([",".join([f"in{i}" for i in range(inputs)] + ["out"]), *rows])


def expect_pictures(page, tabs, title, said):
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT)
    page.locator("#stage [role=tab]", has_text="Data").click()
    expect(page.locator("#stage h2").first).to_have_text(title, timeout=WAIT)
    expect(page.locator(".caption").first).to_contain_text(said, timeout=WAIT)
    expect(page.locator(".picture-wait")).to_be_hidden()
    assert page.locator("#stage .tabs [role=tab]:visible").all_inner_texts() == tabs
    facts = FACTS if tabs == ALWAYS else ["Limit", "Accuracy", *FACTS[1:]]
    assert page.locator("#edge .tabs [role=tab]:visible").all_inner_texts() == facts
    assert "There is no view" not in page.locator("body").inner_text()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_pictures_that_suit_it_live_and_reopened(open_page, server, name):
    inputs, words, data, tabs, title, said = TABLES[name]
    headers = {"Content-Type": "text/csv"}
    given = httpx.post(f"{server}/api/datasets?kind=csv", content=lines(inputs, words), headers=headers).json()
    problem = {"kind": "network", "data": {"kind": "csv", "id": given["id"], **data}, "hidden": [4]}
    spec = {"problem": problem, "runs": [{"optimizer": {"kind": "adam", "lr": 0.01}}], "steps": 60}
    made = httpx.post(f"{server}/api/experiments", json=spec).json()
    page = open_page(f"/?experiment={made['id']}", reduced_motion="reduce")
    expect_pictures(page, tabs, title, said)
    page.reload()
    expect_pictures(page, tabs, title, said)
    for tab in tabs:
        page.locator("#stage [role=tab]", has_text=tab).click()
        expect(page.locator(".picture-wait")).to_be_hidden(timeout=WAIT)


def test_a_table_of_numbers_that_is_pasted_is_drawn_against_what_it_is(open_page):
    page = open_page(reduced_motion="reduce")
    page.locator("select[name=problem]").select_option("network", timeout=WAIT)
    page.locator("select[name=data]").select_option("csv")
    page.locator(".upload textarea").first.fill(lines(3, None))
    page.locator(".upload textarea").first.blur()
    expect(page.locator("#stage h2").first).to_have_text("Predicted against actual", timeout=WAIT)
    expect_pictures(page, ALWAYS, "Predicted against actual", "off by")
    offered = page.locator("select[name=loss] option:not([disabled])")
    assert offered.evaluate_all("all => all.map(({ value }) => value)") == ["null", "mse"]
    page.locator("select[name=data]").select_option("moons")
    expect_pictures(page, CLASSES, "Decision boundary", "right")
    assert offered.evaluate_all("all => all.map(({ value }) => value)") == ["null", "softmax", "logistic", "mse"]


def test_a_beside_card_that_does_not_apply_to_numbers_gives_way(open_page):
    page = open_page(reduced_motion="reduce")
    page.locator("select[name=problem]").select_option("network", timeout=WAIT)
    page.locator("#edge [role=tab]", has_text="Accuracy").click()
    page.locator("select[name=data]").select_option("chebyshev")
    expect(page.locator("#edge [role=tab]", has_text="Accuracy")).to_be_hidden(timeout=WAIT)
    expect(page.locator("#edge [role=tab][aria-selected=true]")).to_have_text("Limit")


def test_a_file_that_a_busy_server_refused_is_sent_again_with_one_click(open_page):
    page = open_page(reduced_motion="reduce", expected="503")
    page.locator("select[name=problem]").select_option("network", timeout=WAIT)
    page.locator("select[name=data]").select_option("csv", timeout=WAIT)
    busy = {"title": "Busy", "status": 503, "detail": "Too many are waiting."}
    page.route("**/api/datasets?*", lambda route: route.fulfill(status=503, json=busy))
    box = page.locator(".upload:visible")
    table = {"name": "own.csv", "mimeType": "text/csv", "buffer": lines(2, ["yes", "no"]).encode()}
    box.locator("input[type=file]").set_input_files(table)
    expect(box.locator(":scope > .error")).to_have_text("Too many are waiting.", timeout=WAIT)
    page.unroute("**/api/datasets?*")
    box.get_by_role("button", name="Try again").click()
    expect(box.locator(".about")).to_contain_text("40 rows", timeout=WAIT)
    expect(box.get_by_role("button", name="Try again")).to_be_hidden()

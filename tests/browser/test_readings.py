"""A table of one's own as it is read: shown, chosen otherwise by pointer and by keys, and trained on at once."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from axe_rules import violations
from playwright.sync_api import expect
from workbench_page import until

WAIT = 60_000  # milliseconds, on a busy machine
HOUSES = [
    *("Preis;Fläche;Zimmer;Alter;Art", "1.399,5;210,4;3;;Haus", "329,9;160,0;3;12;Wohnung", "369;240,5;3;4;Haus"),
    *("232;141,6;2;30;Wohnung", "539,9;300,2;4;8;Haus", "299,9;198,5;4;15;Wohnung", "314,9;153,4;3;21;Haus"),
    *("198,99;142,7;3;40;Wohnung", "212;138,0;3;33;Haus", "242,5;149,4;3;27;Wohnung", "239,99;194,0;4;19;Haus"),
    *("347;200,0;3;6;Wohnung", "330;189,0;3;9;Haus", "699,9;447,8;5;2;Wohnung"),
]
XOR = "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
HURRIED = "closed before the connection is established"
"""What Chromium says where a new training takes the place of one whose stream was not open yet."""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def upload(page, text, encoding="utf-8", name="houses.csv"):
    """Give a file as it is to somebody who looks at the workbench's first picture."""
    if page.get_by_role("tab", name="Controls").is_visible():
        page.get_by_role("tab", name="Controls").click()
    page.locator("select[name=problem]").select_option("network", timeout=WAIT)
    page.locator("select[name=data]").select_option("csv")
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode(encoding)}
    page.locator(".upload input[type=file]").first.set_input_files(file)
    expect(reading(page)).to_be_visible(timeout=WAIT)


def reading(page):
    return page.locator(".reading:visible")


def kind_of(page, column):
    return page.get_by_label(f"Kind of {column}", exact=True)


def predicted(page, column):
    return page.get_by_label(f"Predict {column}", exact=True)


def trained(page, api, *others):
    """Return what is trained on, as soon as it is none of the others, and the experiment of it is done."""
    found = {}

    def other():
        id = parse_qs(urlparse(page.url).query).get("experiment", [""])[0]
        if id:
            found.update(api.get(f"/api/experiments/{id}").json())
        return found and found["spec"]["problem"]["data"].get("id") not in (None, *others)

    until(page, other)
    done = api.get(f"/api/experiments/{found['id']}", params={"wait": 30}).json()
    assert done["status"] == "done", done
    return api.get(f"/api/datasets/{done['spec']['problem']['data']['id']}").json(), done


def test_a_table_is_shown_as_it_is_read_and_trained_on_at_once_as_it_is_chosen(open_page, api):
    page = open_page(expected=HURRIED, reduced_motion="reduce")
    upload(page, "\n".join(HOUSES), "windows-1252")
    expect(reading(page)).to_contain_text("semicolon")
    expect(reading(page).locator("th")).to_have_text(["Preis", "Fläche", "Zimmer", "Alter", "Art"])
    expect(reading(page).locator("tbody tr").first.locator("td")).to_have_text(["1.399,5", "210,4", "3", "", "Haus"])
    expect(kind_of(page, "Fläche")).to_have_value("number")
    expect(predicted(page, "Art")).to_be_checked()
    expect(page.get_by_label("Missing values of Alter")).to_be_visible()
    expect(page.get_by_label("Missing values of Preis")).to_have_count(0)
    first, _ = trained(page, api)
    assert first["task"] == "classes"

    predicted(page, "Preis").check()
    priced, made = trained(page, api, first["id"])
    assert (priced["task"], priced["table"]["target"]) == ("numbers", "Preis")
    assert [outcome["kind"] for outcome in made["outcomes"]] != ["diverged"]
    expect(page.locator("#stage h2").first).to_have_text("Predicted against actual", timeout=WAIT)
    expect(page.locator("#edge [role=tab]", has_text="Accuracy")).to_be_hidden()

    kind_of(page, "Zimmer").select_option("ignore")
    fewer, _ = trained(page, api, first["id"], priced["id"])
    assert "Zimmer" in priced["features"]
    assert "Zimmer" not in fewer["features"]
    page.get_by_label("Missing values of Alter").select_option("mean")
    filled, _ = trained(page, api, first["id"], priced["id"], fewer["id"])
    assert (filled["table"]["target"], "Zimmer" in filled["features"]) == ("Preis", False)
    assert next(one for one in filled["table"]["columns"] if one["name"] == "Alter")["on_missing"] == "mean"
    files = page.locator(".upload select").first.locator("option", has_text="houses.csv")
    expect(files).to_have_count(1, timeout=WAIT)

    page.reload()
    expect(kind_of(page, "Zimmer")).to_have_value("ignore", timeout=WAIT)
    expect(predicted(page, "Preis")).to_be_checked()


def test_a_choice_that_cannot_be_is_refused_at_its_column(open_page, api):
    page = open_page(expected="422", reduced_motion="reduce")
    upload(page, "a,b,y\n" + "".join(f"{i},{i * i % 7},{i * 1.5}\n" for i in range(3, 23)))
    first, _ = trained(page, api)
    kind_of(page, "b").select_option("ignore")
    second, _ = trained(page, api, first["id"])
    kind_of(page, "a").select_option("ignore")
    expect(reading(page).locator("[role=alert]:visible")).to_contain_text("No column is left", timeout=WAIT)
    expect(kind_of(page, "a")).to_have_value("ignore")
    kind_of(page, "a").select_option("number")
    expect(reading(page).locator("[role=alert]:visible")).to_have_count(0, timeout=WAIT)
    assert trained(page, api, first["id"])[0]["id"] == second["id"]


def test_a_table_is_chosen_with_the_keyboard_alone(open_page, api):
    page = open_page(expected=HURRIED, reduced_motion="reduce")
    upload(page, "\n".join(HOUSES))
    first, _ = trained(page, api)
    predicted(page, "Art").focus()
    page.keyboard.press("ArrowLeft")
    second, _ = trained(page, api, first["id"])
    assert second["table"]["target"] == "Alter"
    expect(predicted(page, "Alter")).to_be_focused()
    page.get_by_label("Enlarge the table").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="The table as it is read")
    expect(dialog.locator("th").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(kind_of(page, "Preis")).to_be_visible()


def test_four_rows_are_all_trained_on_and_the_page_says_so(open_page, api):
    page = open_page(expected=HURRIED, reduced_motion="reduce")
    upload(page, XOR, name="xor.csv")
    dataset, made = trained(page, api)
    assert dataset["rows"] == 4
    assert [run.get("batch_size") for run in made["spec"]["runs"]] == [None]
    expect(page.locator(".data-choice")).to_contain_text("every update looks at all of them")
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(".caption").first).to_contain_text(re.compile("right"), timeout=WAIT)


def test_the_next_file_replaces_the_first_and_either_can_be_opened_again(open_page, api):
    page = open_page(expected=HURRIED, reduced_motion="reduce")
    upload(page, "\n".join(HOUSES), name="again.csv")
    first, _ = trained(page, api)
    upload(page, XOR, name="other.csv")
    other, _ = trained(page, api, first["id"])
    expect(reading(page).locator("th")).to_have_text(["a", "b", "xor"])
    page.locator(".upload select").first.select_option(label="again.csv")
    assert trained(page, api, other["id"])[0]["id"] == first["id"]
    expect(reading(page).locator("th").first).to_have_text("Preis")
    page.locator("select[name=data]").select_option("moons")
    expect(reading(page)).to_be_hidden()


@pytest.mark.parametrize(("theme", "size"), [("light", (1280, 720)), ("dark", (360, 740))], ids=str)
def test_the_table_scrolls_in_its_box_and_axe_finds_nothing(open_page, api, size, theme):
    page = open_page("/", *size, color_scheme=theme, reduced_motion="reduce")
    names = [f"a rather long name of column {i}" for i in range(12)]
    rows = [",".join(str(i * k % 11 + 0.5) for k in range(1, 13)) for i in range(20)]
    upload(page, "\n".join([",".join(names), *rows]))
    trained(page, api)
    assert page.evaluate(SIDEWAYS) <= 0
    scrolled = reading(page).locator(".reading-scroll")
    assert scrolled.evaluate("box => box.scrollWidth > box.clientWidth")
    scrolled.evaluate("box => box.scrollIntoView()")
    expect(predicted(page, names[-1])).to_be_in_viewport()
    assert violations(page) == []
    page.get_by_label("Enlarge the table").first.click()
    assert page.evaluate(SIDEWAYS) <= 0
    assert violations(page, "dialog[open]") == []

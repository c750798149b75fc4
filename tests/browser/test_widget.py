"""The widget of notebooks in a browser: its module is loaded as a notebook does, with a model like anywidget's."""

import base64

import pytest
from playwright.sync_api import expect

import slalom
from slalom.widget import widget_script, widget_styles

NOTEBOOK = "http://notebook.test/"
SPEC = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "adam", "lr": 0.1}}, {"optimizer": {"kind": "sgd", "lr": 0.01}}],
    "steps": 80,
}
TRAITS = ("spec", "runs", "events", "landscape", "frames", "step", "playing", "theme", "height")
SHOW = """async ({ script, traits }) => {
    const bytes = (value) => {
        if (Array.isArray(value)) return value.map(bytes);
        if (value?.base64 === undefined) return value;
        const data = Uint8Array.from(atob(value.base64), (sign) => sign.charCodeAt(0));
        return new DataView(Uint8Array.from([0, ...data, 0]).buffer, 1, data.length);
    };
    const values = Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, bytes(value)]));
    const heard = {};
    const tell = (name, ...what) => (heard[name] ?? []).slice().forEach((act) => act(...what));
    window.saved = 0;
    window.sent = [];
    window.model = {
        get: (name) => values[name],
        set: (name, value) => { values[name] = value; tell(`change:${name}`); },
        save_changes: () => { window.saved += 1; },
        on: (name, act) => (heard[name] ??= []).push(act),
        off: (name, act) => { heard[name] = (heard[name] ?? []).filter((one) => one !== act); },
        send: (content) => window.sent.push(content),
    };
    window.answer = (content, buffer) => tell("msg:custom", content, [bytes(buffer)]);
    window.revive = bytes;
    window.listening = () => Object.values(heard).flat().length;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    window.stop = widget.render({ model: window.model, el: document.querySelector("#place") });
}"""
INK = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((n, value, i) => n + (i % 4 === 3 && value > 0), 0);
}"""


def as_sent(value):
    """A trait as JSON carries it to the page: bytes are marked."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return [as_sent(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def notebook(chromium):
    """Return a function that shows a widget on a page that is not Slalom's, and may ask for nothing."""
    pages, asked = [], []

    def show(widget, **media):
        page = chromium.new_page(viewport={"width": 900, "height": 700}, **media)
        pages.append(page)
        html = f"<!doctype html><style>{widget_styles()}</style><h2>Heading</h2><div id=place></div>"
        page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(NOTEBOOK)
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(
            SHOW, {"script": widget_script(), "traits": {name: as_sent(getattr(widget, name)) for name in TRAITS}}
        )
        return page

    yield show
    for page in pages:
        page.close()
    assert [url for url in asked if not url.startswith("blob:")] == []


def drawn(page):
    """How much ink there is on every canvas."""
    return [canvas.evaluate(INK) for canvas in page.locator("canvas").all()]


def test_paths_and_losses_are_drawn_and_the_clock_plays_them(notebook):
    page = notebook(slalom.Widget(SPEC), reduced_motion="reduce")
    counter = page.locator("output")
    expect(counter).to_have_text("step 0 / 80")
    expect(page.locator(".said li")).to_have_count(2)
    expect(page.locator(".said li").first).to_contain_text("Adam, lr 0.1: ")
    page.wait_for_function(
        f"[...document.querySelectorAll('canvas')].length === 6 && ({INK})(document.querySelector('canvas'))"
    )
    before = drawn(page)
    page.get_by_role("slider").fill("40")
    expect(counter).to_have_text("step 40 / 80")
    page.wait_for_function("model.get('step') === 40")
    page.wait_for_function(f"({INK})(document.querySelectorAll('canvas')[1]) > {before[1]}")
    assert drawn(page)[4] > before[4]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("model.get('playing')")
    expect(counter).to_have_text("step 80 / 80")
    page.wait_for_function("!model.get('playing') && model.get('step') === 80")
    page.evaluate("model.set('step', 12)")
    expect(counter).to_have_text("step 12 / 80")
    page.evaluate("stop()")
    assert page.evaluate("listening()") == 0


def test_what_python_answers_is_drawn_beyond_the_surface(notebook):
    page = notebook(slalom.Widget(SPEC))
    page.wait_for_function("sent.length > 0")
    asked = page.evaluate("sent[0]")
    answers = []
    widget = slalom.Widget(SPEC)
    widget.send = lambda content, buffers: answers.append((content, buffers[0]))
    widget._answer(widget, asked, [])
    before = drawn(page)[0]
    content, buffer = answers[0]
    page.evaluate("([content, buffer]) => answer(content, buffer)", [content, as_sent(buffer)])
    page.wait_for_function(f"({INK})(document.querySelector('canvas')) !== {before}")


@pytest.mark.parametrize(
    ("theme", "color"), [("dark", "rgb(23, 28, 34)"), ("light", "rgb(255, 255, 255)"), ("system", "rgb(23, 28, 34)")]
)
def test_it_has_a_theme_and_the_notebook_around_it_keeps_its_own(notebook, theme, color):
    page = notebook(slalom.Widget(SPEC, theme=theme, height=150, step=30), color_scheme="dark")
    expect(page.locator("output")).to_have_text("step 30 / 80")
    expect(page.locator(".slalom-widget")).to_have_css("background-color", color)
    assert page.locator(".plot").first.bounding_box()["height"] == 150
    assert page.locator("h2").evaluate("(h) => getComputedStyle(h).fontSize") == "24px"


SET = "(traits) => { for (const [name, value] of Object.entries(traits)) model.set(name, revive(value)); }"


def test_other_runs_have_pictures_of_their_own(notebook):
    page = notebook(slalom.Widget(SPEC))
    network = {"kind": "network", "data": {"kind": "xor"}, "hidden": [2]}
    for problem, pictures in (({"kind": "parabola"}, 2), ({"kind": "quadratic"}, 2), (network, 1)):
        other = slalom.Widget({"problem": problem, "runs": [{}], "steps": 5})
        page.evaluate(SET, {name: as_sent(getattr(other, name)) for name in TRAITS if name != "frames"})
        page.evaluate(SET, {"frames": as_sent(other.frames)})
        expect(page.locator("output")).to_have_text("step 0 / 5")
        expect(page.locator(".plot")).to_have_count(pictures)
        expect(page.locator(".said li")).to_have_count(1)

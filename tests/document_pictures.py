"""Take the pictures of the documentation: ``make pictures``, or ``python -m tests.document_pictures sweep`` for one.

Starts a server with an empty store, sets the page up as a reader would, and writes ``docs/pictures/<name>.png``.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

sys.path.append(str(Path(__file__).parent))

from a_browser import ARGUMENTS, chromium_path
from workbench_page import BOWL, look_at, set_up, step, until, wait_for_outcomes

FOLDER = Path(__file__).parents[1] / "docs/pictures"
WIDTH, HEIGHT = 1440, 900
COLORS = 256
MOST_BYTES = 200_000
WAIT = 120_000  # milliseconds, for what is trained
MOONS = {"kind": "network", "data": {"kind": "moons"}, "hidden": [16]}
DIGITS = {"kind": "network", "data": {"kind": "digits"}, "hidden": [32]}


def played(page):
    """Wait until the clock stands at the end."""
    last = int(page.locator("#transport output").inner_text().split()[-1].replace(",", ""))
    until(page, lambda: step(page) == last)


def workbench(page):
    """What a first visitor sees, played to its end."""
    wait_for_outcomes(page, "diverged", "converged")
    played(page)


def network(page):
    """Two rules on two moons."""
    rules = ({"kind": "adam", "lr": 0.05}, {"kind": "sgd", "lr": 0.3})
    set_up(page, problem=MOONS, runs=[{"optimizer": rule, "batch_size": 16} for rule in rules], steps=600)
    expect(page.locator("#controls .training")).to_contain_text("Trained", timeout=WAIT)
    wait_for_outcomes(page, "trained", "trained")
    page.get_by_role("tab", name="Data", exact=True).click()
    played(page)


def solid(page):
    """Three rules in Rosenbrock's valley, in three dimensions."""
    rules = ({"kind": "sgd", "lr": 0.001, "momentum": 0.9}, {"kind": "adam", "lr": 0.05}, {"kind": "sgd", "lr": 0.001})
    set_up(page, problem={"kind": "rosenbrock"}, runs=[{"optimizer": rule} for rule in rules], steps=400)
    wait_for_outcomes(page, "unfinished")
    page.get_by_role("button", name="3-D", exact=True).click()
    expect(page.locator(".solid canvas").first).to_be_visible(timeout=WAIT)
    expect(page.locator(".solid-wait")).to_be_hidden(timeout=WAIT)
    played(page)


def sweep(page):
    """Learning rates of gradient descent in a valley."""
    set_up(page, **BOWL)
    look_at(page, "Sweep")
    page.get_by_role("button", name="1-3-10 steps").click(timeout=WAIT)
    page.get_by_role("button", name="Start the sweep").click()
    expect(page.locator(".sweep-said")).to_contain_text("is best of 9 values", timeout=WAIT)


def range_test(page):
    """The range test on handwritten digits."""
    set_up(page, problem=DIGITS, runs=[{"optimizer": {"kind": "sgd", "momentum": 0.9}, "batch_size": 32}])
    look_at(page, "Find lr")
    for place, value in (("lr_from", "1e-4"), ("lr_to", "10"), ("steps", "400"), ("seeds", "2")):
        page.locator(f'[data-loc="{place}"] input').last.fill(value, timeout=WAIT)
    page.get_by_role("button", name="Start the range test").click()
    page.wait_for_url("**experiment=*")
    expect(page.locator("#chosen .rate")).to_be_visible(timeout=WAIT)


def map_of_cells(page):
    """Learning rate and momentum in a valley."""
    set_up(page, **BOWL)
    look_at(page, "Map")
    page.get_by_label("Cells", exact=True).select_option("128", timeout=WAIT)
    page.get_by_role("button", name="Compute the map").click()
    page.wait_for_url("**experiment=*")
    expect(page.locator(".map-progress")).to_contain_text("runs in", timeout=WAIT)


def lesson(page):
    """A lesson that waits for its reader's prediction."""
    page.goto(f"{page.url.split('#')[0].rstrip('/')}/lessons/momentum")
    expect(page.locator("#stage canvas").first).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(2000)


PICTURES = {
    "workbench": workbench,
    "network": network,
    "solid": solid,
    "sweep": sweep,
    "range": range_test,
    "map": map_of_cells,
    "lesson": lesson,
}


def small(png):
    """Return a picture in few colours, which no reader tells from the first."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    out = io.BytesIO()
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if out.tell() >= MOST_BYTES:
        raise SystemExit(f"A picture has {out.tell():,} bytes; {MOST_BYTES:,} are too many.")
    return out.getvalue()


def main(names):
    """Take the pictures of some names, or all of them."""
    from conftest import start_server, stop_server, wait_until_warm

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process, address = start_server(Path(folder) / "slalom.db")
        wait_until_warm(address)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        try:
            for name in names or PICTURES:
                page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
                page.add_init_script("localStorage.setItem('slalom.gallery', 'away')")
                page.goto(address)
                PICTURES[name](page)
                page.mouse.move(0, HEIGHT - 1)
                page.wait_for_timeout(500)
                file = FOLDER / f"{name}.png"
                file.write_bytes(small(page.screenshot()))
                print(f"{file.name}: {file.stat().st_size:,} bytes")
                page.close()
        finally:
            browser.close()
            stop_server(process)


if __name__ == "__main__":
    main(sys.argv[1:])

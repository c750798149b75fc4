"""The page of a recorded loop, in a real Chromium: its charts say what they have where one of them is pointed at."""

import numpy as np
import pytest
from playwright.sync_api import expect

from slalom import Client
from slalom.catalogue.experiments.recorded import RecordedLoop
from slalom.wire.frames import Block, encode

WAIT = 60_000  # milliseconds, on a busy machine
COUNT = 101


def recorded(server):
    """Record a loop whose loss at entry k is k, and its rate a tenth."""
    loop = RecordedLoop.model_validate({"runs": [{}]})
    columns = loop.recorded_columns
    data = np.full((len(columns), 1, COUNT), np.nan, loop.dtype)
    data[columns.index("loss")], data[columns.index("lr")] = np.arange(COUNT), 0.1
    with Client(server) as client:
        id = client.record(loop)["id"]
        client.send_frame(id, encode(Block(0, (0,), columns, data, 1), 1))
        client.end(id)
    return id


@pytest.mark.parametrize("size", [(1440, 900), (2560, 1440)], ids=["a desk", "a large screen"])
def test_all_charts_say_what_they_have_where_one_is_pointed_at(open_page, server, size):
    page = open_page(f"/recorded?experiment={recorded(server)}", *size)
    expect(page.get_by_text("101 entries recorded")).to_be_visible(timeout=WAIT)
    said = page.locator("figcaption .help")
    expect(said).to_have_text(["100", "0.1"], timeout=WAIT)
    box = page.locator("#charts svg").first.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 20)
    expect(said).to_have_text(["at update 0: 0", "at update 0: 0.1"])
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20)
    expect(said).to_have_text(["at update 100: 100", "at update 100: 0.1"])
    expect(page.locator("#charts .cursor")).to_have_count(2)
    page.mouse.move(5, 5)
    expect(said).to_have_text(["100", "0.1"])
    box = page.locator("#charts svg").last.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 1, box["y"] + 20)
    expect(said.first).to_have_text("at update 100: 100")

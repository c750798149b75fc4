"""The library with a thousand experiments: how long until those in sight are there, with their pictures."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np
from playwright.sync_api import sync_playwright
from tests.a_browser import ARGUMENTS, chromium_path

from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.outcome import Outcome
from slalom.catalogue.problems.surfaces_2d import Bowl
from slalom.storage.store import Store
from slalom.wire.frames import Block, encode

from .measure import Row
from .page import LOADS, opened, until
from .server import serving

KEPT = 1000
COLUMNS = Bowl(kappa=12).columns
CONVERGED = Outcome(kind="converged", step=100).model_dump_json()
GIVEN = '{"problem": {"kind": "bowl"}, "runs": [{"label": "run %d"}], "steps": 200}'
LISTED = "document.querySelectorAll('.entry .title').length"
PICTURED = """[...document.querySelectorAll('.entry .thumb')]
    .filter((place) => place.getBoundingClientRect().top < innerHeight)
    .every((place) => place.querySelector('path'))"""


def rows() -> Iterator[Row]:
    """Keep experiments, and open the list of them in a browser that knows nothing."""
    path = chromium_path()
    if path is None:
        yield Row("the library", "no Chromium here", "", None)
        return
    with serving(SLALOM_QUEUE="100000", SLALOM_QUEUE_PER_CLIENT="100000") as server, sync_playwright() as playwright:
        keep(server.store)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        times = []
        for _ in range(LOADS):
            page = opened(browser, f"{server.url}/library")
            until(page, f"{LISTED} && {PICTURED}")
            times.append(page.evaluate("performance.now()"))
            page.context.close()
        browser.close()
    median = statistics.median(times)
    yield Row(f"library of {KEPT:,}, cold -> what is in sight", f"{median:.0f} ms", "<= 500 ms", median <= 500)


def keep(url: str) -> None:
    """Store a thousand experiments that have ended."""
    store = Store.open(url)
    data = np.exp(-np.arange(201) / np.linspace(20, 80, len(COLUMNS))[:, None])
    for i in range(KEPT):
        name, spec = f"Bowl {i}", SPEC.validate_json(GIVEN % i).model_dump_json(by_alias=True)
        id = store.experiments.create(kind="comparison", name=name, spec=spec, owner="bench", running=True).id
        store.chunks.append(id, 1, encode(Block(0, (0,), COLUMNS, data[:, None]), 1), "[]", 200)
        store.experiments.finish(id, "done", f"[{CONVERGED}]")
    store.close()

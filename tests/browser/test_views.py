"""Map, sweep and range test as views of any page: mounted on one that knows nothing of them, shown, and taken away."""

import httpx
import pytest
from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine
SURFACE = {"problem": {"kind": "bowl"}, "steps": 20}
RUN = {"optimizer": {"kind": "sgd", "lr": 0.1}}
RATES = {"field": "run.optimizer.lr", "from": 0.01, "to": 0.1, "scale": "log", "n": 8}
MOMENTA = {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "scale": "linear", "n": 8}
STORED = {
    "map": ({"kind": "map", "run": RUN, "vary": [RATES, MOMENTA]}, ".map-progress", "64 of 64 cells"),
    "sweep": ({"runs": [RUN], "vary": [{"field": "run.optimizer.lr", "values": [0.1, 0.01]}]}, ".tile-head", "0.1"),
    "range": ({"kind": "range_test", "run": RUN, "lr_from": 1e-4, "lr_to": 1}, "#rules", "Steepest"),
}
MOUNT = """async (name) => {
  const factory = { map: "createMapView", sweep: "createSweepView", range: "createRangeView" }[name];
  const create = (await import(`/views/${name}/view.js`))[factory];
  const { createStores } = await import("/state/workbench.js");
  const { USUAL } = await import("/state/link.js");
  const { getCatalogue } = await import("/server/api.js");
  const stores = createStores(USUAL, false);
  const watching = new Map();
  for (const store of Object.values(stores)) {
    const { watch } = store;
    store.watch = (watcher) => {
      const stop = watch(watcher);
      watching.set(watcher, store);
      return () => { watching.delete(watcher); stop(); };
    };
  }
  const said = [];
  const say = (what) => (value) => value !== null && said.push([what, String(value)]);
  const quiet = { status() {}, reveal() {} };
  const host = { stores, ...quiet, notice: say("notice"), refuse: say("refuse"), elsewhere: say("elsewhere") };
  const [place, beside] = [0, 1].map(() => document.body.appendChild(document.createElement("div")));
  const view = create(host);
  view.mount(place, beside);
  const form = view.form(await getCatalogue());
  document.body.append(form);
  window.mounted = { view, place, beside, stores, said, watching };
}"""


@pytest.mark.parametrize("name", STORED)
def test_a_view_is_mounted_on_any_page_shows_an_experiment_and_leaves_nothing(open_page, server, name):
    given, where, words = STORED[name]
    made = httpx.post(f"{server}/api/experiments", json=SURFACE | given).json()
    assert httpx.get(f"{server}/api/experiments/{made['id']}?wait=60", timeout=90).json()["status"] == "done"
    page = open_page("/docs")
    page.evaluate(MOUNT, name)
    page.evaluate("mounted.view.show(null)")
    assert page.locator(where, has_text=words).count() == 0
    page.evaluate("(id) => mounted.view.show(id)", made["id"])
    expect(page.locator(where, has_text=words).first).to_be_visible(timeout=WAIT)
    assert page.evaluate("mounted.stores.spec.get()")["problem"] == {"kind": "bowl", "kappa": 12}
    climbs = name == "range"  # Its updates are its own: the set-up keeps its steps.
    assert page.evaluate("mounted.stores.spec.get().steps") == (40 if climbs else 20)
    assert page.evaluate("mounted.watching.size") > 0
    page.evaluate("mounted.view.unmount()")
    assert page.evaluate("[mounted.place, mounted.beside].map((one) => one.childElementCount)") == [0, 0]
    assert page.evaluate("[mounted.watching.size, mounted.said]") == [0, []]

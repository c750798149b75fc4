import assert from "node:assert/strict";
import { test } from "node:test";

import {
  forgetExperiment,
  lessonAt,
  openAddress,
  pushView,
  readAddress,
  startAddress,
} from "../../../frontend/state/address.js";
import { encode } from "../../../frontend/state/link.js";
import { FIRST } from "../../../frontend/state/spec.js";
import { createStores } from "../../../frontend/state/workbench.js";

test("a first visit opens figure 5.8 without a notice", () => {
  const { shared, damaged, experiment } = readAddress({ search: "", hash: "" });
  assert.deepEqual(shared.spec, FIRST);
  assert.equal(damaged, false);
  assert.equal(experiment, null);
});

test("a link opens what was shared", () => {
  const spec = { ...FIRST, steps: 77 };
  const hash = `#${encode({ spec, view: { selected: 1, log: false, follow: true, axis: "examples" } })}`;
  const { shared, damaged } = readAddress({ search: "", hash });
  assert.deepEqual(shared, { spec, view: { selected: 1, log: false, follow: true, axis: "examples" } });
  assert.equal(damaged, false);
});

test("a damaged link opens figure 5.8 and says so", () => {
  const { shared, damaged } = readAddress({ search: "", hash: "#1.abc.def" });
  assert.deepEqual(shared.spec, FIRST);
  assert.equal(damaged, true);
});

test("only an id as the server makes them is an experiment", () => {
  const read = (id) => readAddress({ search: `?experiment=${id}`, hash: "" }).experiment;
  assert.equal(read("a1b2c3d4e5f6"), "a1b2c3d4e5f6");
  assert.equal(read("../../etc"), null);
  assert.equal(read(""), null);
});

test("a lesson is named by its path, and what it begins with is shown where the address says nothing else", () => {
  assert.equal(lessonAt("/lessons/how-big-a-step"), "how-big-a-step");
  for (const path of ["/", "/lessons", "/lessons/", "/lessons/a/b", "/lessons/guide.js"])
    assert.equal(lessonAt(path), null);
  const usual = { spec: { ...FIRST, steps: 7 }, view: { selected: 0, log: true, follow: false, axis: "steps" } };
  assert.equal(readAddress({ search: "", hash: "" }, usual).shared.spec.steps, 7);
});

/** A browser's tab, with its history and what it keeps. */
function tab(t, href = "http://here/") {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const listeners = new Map();
  const entries = [{ state: null, url: new URL(href) }];
  let at = 0;
  const kept = new Map();
  const put = (state, url) => ({ state: structuredClone(state), url: new URL(url, entries[at].url) });
  const history = {
    get state() {
      return entries[at].state;
    },
    replaceState: (state, _title, url) => entries.splice(at, 1, put(state, url)),
    pushState(state, _title, url) {
      entries.splice(at + 1, Infinity, put(state, url));
      at += 1;
    },
  };
  const here = {};
  for (const name of ["href", "origin", "pathname", "search", "hash"])
    Object.defineProperty(here, name, { get: () => entries[at].url[name] });
  const fire = (name, event = {}) => (listeners.get(name) ?? []).map((listen) => listen(event));
  Object.assign(globalThis, {
    location: here,
    history,
    document: { documentElement: { dataset: {} }, getElementById: (id) => (id === "controls" ? {} : null) },
    requestAnimationFrame: (act) => act(),
    addEventListener: (name, listen) => listeners.set(name, [...(listeners.get(name) ?? []), listen]),
    sessionStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  });
  return {
    location: here,
    entries,
    leave: () => fire("pagehide"),
    go(steps) {
      at += steps;
      fire("popstate", { state: entries[at].state });
    },
    type(hash) {
      entries.splice(at + 1, Infinity, { state: null, url: new URL(hash, entries[at].url) });
      at += 1;
      fire("popstate", { state: null });
    },
  };
}

function started(t, href) {
  const browser = tab(t, href);
  const stores = createStores(openAddress().shared, false);
  const heard = [];
  const address = startAddress(stores, {}, (other) => heard.push(other));
  const steps = (n) => {
    stores.spec.update((now) => ({ ...now, steps: n }));
    t.mock.timers.tick(1000);
  };
  const written = () => readAddress(browser.location).shared.spec.steps;
  return { ...browser, address, stores, heard, steps, written };
}

test("a fragment that was changed by hand is heard, and one that leads to a part of the page is not", (t) => {
  const { type, heard, steps, written, location } = started(t);
  steps(77);
  assert.equal(written(), 77);
  type("#controls");
  assert.deepEqual([heard, written()], [[], 77]);
  type("#by-hand");
  assert.deepEqual([heard, location.hash], [[true], "#by-hand"]);
  steps(78);
  assert.equal(written(), 78);
});

test("back goes to the view before with the set-up of now, and to the set-up before an example", (t) => {
  const { address, go, heard, steps, written, location } = started(t);
  steps(50);
  pushView("sweep", null, []);
  steps(60);
  go(-1);
  assert.deepEqual([heard, location.pathname, written()], [[false], "/", 60]);
  address.part();
  pushView("play", null, []);
  steps(70);
  go(-1);
  assert.deepEqual([heard, written()], [[false, true], 60]);
  go(1);
  assert.deepEqual([heard, written()], [[false, true, true], 70]);
});

test("who leaves the workbench and comes back finds it, in the view that it had", (t) => {
  const { leave, steps, location } = started(t, "http://here/sweep?experiment=a1b2c3d4e5f6");
  steps(90);
  leave();
  history.pushState(null, "", "/");
  const { shared, experiment } = openAddress();
  assert.equal(shared.spec.steps, 90);
  assert.deepEqual([location.pathname, experiment], ["/sweep", "a1b2c3d4e5f6"]);
  history.pushState(null, "", "/map");
  assert.deepEqual([openAddress().shared.spec.steps, location.pathname], [90, "/map"]);
  history.pushState(null, "", "/#1.damaged.link");
  assert.deepEqual([openAddress().damaged, openAddress().shared.spec], [true, FIRST]);
});

test("an experiment is taken out of the address only where it is in it", (t) => {
  const { location } = started(t, "http://here/map?experiment=a1b2c3d4e5f6");
  forgetExperiment("b1b2c3d4e5f6");
  assert.equal(location.search, "?experiment=a1b2c3d4e5f6");
  forgetExperiment("a1b2c3d4e5f6");
  assert.equal(location.search, "");
});

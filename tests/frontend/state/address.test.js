import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress, startAddress } from "../../../frontend/state/address.js";
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

test("a fragment that was changed by hand is heard, not written over", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let hear = () => {};
  let heard = 0;
  const location = { pathname: "/", search: "", hash: "" };
  const history = { replaceState: (_state, _title, url) => Object.assign(location, { hash: url.slice(1) }) };
  const document = { documentElement: { dataset: {} } };
  const requestAnimationFrame = (/** @type {() => void} */ act) => act();
  const addEventListener = (_name, listen) => (hear = listen);
  Object.assign(globalThis, { location, history, document, requestAnimationFrame, addEventListener });
  const stores = createStores(readAddress(location).shared, false);
  startAddress(stores, {}, () => (heard += 1));

  stores.spec.update((now) => ({ ...now, steps: 77 }));
  t.mock.timers.tick(1000);
  const written = location.hash;
  assert.equal(readAddress(location).shared.spec.steps, 77);
  hear();
  assert.equal(heard, 0);

  stores.spec.update((now) => ({ ...now, steps: 78 }));
  location.hash = "#by-hand";
  t.mock.timers.tick(1000);
  assert.equal(location.hash, "#by-hand");
  hear();
  assert.equal(heard, 1);
  stores.spec.update((now) => ({ ...now, steps: 77 }));
  t.mock.timers.tick(1000);
  assert.equal(location.hash, written);
});

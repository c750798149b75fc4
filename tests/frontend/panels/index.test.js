import assert from "node:assert/strict";
import { test } from "node:test";
import { heights } from "../../../frontend/panels/contours.js";
import { curve } from "../../../frontend/panels/curve.js";
import { markerAt } from "../../../frontend/panels/frame/markers.js";
import { panels } from "../../../frontend/panels/index.js";
import { landscape } from "../../../frontend/panels/landscape.js";
import { loss } from "../../../frontend/panels/loss.js";
import { lrLimit, shareOf } from "../../../frontend/panels/lr-limit.js";
import { mainPanel, pictureOf } from "../../../frontend/panels/main-panel.js";
import { profile } from "../../../frontend/panels/profile.js";
import { styleOf } from "../../../frontend/plot/palette.js";
import { appendBlock } from "../../../frontend/state/run-data.js";
import { blockOf, descent, groundOf, penOf, runOf, sceneOf } from "../made.js";

const PICTURES = { curve, landscape, profile, loss, lrLimit };
const DIMENSIONS = { curve: 1, landscape: 2, profile: 5, loss: 2, edge: 2 };

/** Runs for every case that a panel has to survive. */
function casesOf(dim) {
  const start = Array(dim).fill(-2);
  const nothing = descent({ steps: 3, start });
  for (const column of Object.values(nothing)) column.fill(NaN);
  return {
    "no run": [],
    "a run without entries": [{ ...runOf(descent({ steps: 1, start })), n: 0, columns: new Map() }],
    "one entry": [runOf(descent({ steps: 0, start }))],
    "two runs": [0, 1].map((index) => runOf(descent({ lr: 0.05 + 0.01 * index, start }), { index, kind: "converged" })),
    "eight runs": Array.from({ length: 8 }, (_, index) => runOf(descent({ lr: 0.01 * index, start }), { index })),
    "nothing but NaN": [runOf(nothing, { kind: "diverged" })],
    "a run to infinity": [runOf(descent({ lr: 50, steps: 200, start }), { kind: "diverged" })],
  };
}

/** Draw everything a panel draws, as its mount does. */
function drawn(panel, scene) {
  const pen = penOf();
  const facets = panel.facets(scene);
  const series = panel.series(scene, facets);
  const markers = series.flatMap((one) => markerAt(facets[one.facet], one, scene.clock.step) ?? []);
  if (panel !== landscape && panel !== mainPanel) panel.base(pen, scene, facets);
  panel.markers(pen, scene, markers, facets);
  return { pen, facets, series, markers };
}

function numbersIn(calls) {
  return calls.flatMap(([name, ...values]) =>
    name === "setLineDash" ? [] : values.filter((value) => typeof value === "number"),
  );
}

for (const [name, panel] of Object.entries(PICTURES)) {
  const dim = DIMENSIONS[name];
  for (const [what, runs] of Object.entries(casesOf(dim))) {
    for (const step of [0, 4.5, 1000]) {
      test(`${name}, ${what}, step ${step}: axes are finite and ascending, boxes inside, no pixel is NaN`, () => {
        const scene = sceneOf(runs, { dim, step });
        const { pen, facets } = drawn(panel, scene);
        assert.ok(facets.length > 0);
        for (const { box, x, y } of facets) {
          for (const { range } of [x, y]) assert.ok(range.every(Number.isFinite) && range[0] < range[1], String(range));
          assert.ok(
            box.x >= 0 && box.y >= 0 && box.x + box.width <= 640 && box.y + box.height <= 480,
            JSON.stringify(box),
          );
        }
        assert.ok(!numbersIn(pen.calls).some(Number.isNaN));
      });
    }

    test(`${name}, ${what}: Plotly gets ranges and plain numbers, below the ink's axes`, () => {
      const scene = sceneOf(runs, { dim });
      const facets = panel.facets(scene);
      const { data, layout } = panel.figure(scene, facets);
      assert.ok(Array.isArray(data));
      assert.deepEqual(layout.xaxis.range, facets[0].x.range);
      assert.deepEqual(layout.yaxis.range, facets[0].y.range);
      assert.ok(Math.abs(layout.xaxis.domain[0] * 640 - facets[0].box.x) < 1e-9);
      assert.ok(Math.abs((1 - layout.yaxis.domain[1]) * 480 - facets[0].box.y) < 1e-9);
      for (const trace of data) assert.ok(!JSON.stringify(trace.y ?? trace.z).includes("Infinity"));
    });

    test(`${name}, ${what}: the table has a run's first step, the clock's, and no hole`, () => {
      const { columns, rows } = panel.table(runs, 3, ["w", "b"]);
      for (const run of runs.filter(({ n }) => n > 0)) {
        const steps = rows.filter(([label]) => label === run.label).map(([, step]) => Number(step));
        assert.equal(steps[0], 0);
        assert.equal(steps.at(-1), Math.min(3, run.n - 1));
      }
      for (const row of rows) assert.ok(row.length === columns.length && row.every((cell) => cell !== ""), String(row));
    });
  }
}

test("a table calls the variables what their problem calls them, and x and y before that is known", () => {
  assert.deepEqual(landscape.table([], 0, ["w", "b"]).columns, ["run", "step", "w", "b", "loss"]);
  assert.deepEqual(landscape.table([], 0, []).columns, ["run", "step", "x", "y", "loss"]);
  assert.equal(curve.table([], 0, ["t"]).columns[2], "t");
});

test("a table takes a few steps of a long run, evenly and with both ends, and their own numbers", () => {
  const run = runOf({ loss: Array.from({ length: 20_001 }, (_, k) => k / 2) });
  const { rows } = loss.table([run], 20_000, []);
  assert.equal(rows.length, 12);
  assert.deepEqual(rows[0].slice(0, 3), ["run 0", "0", "0"]);
  assert.deepEqual(rows.at(-1).slice(0, 3), ["run 0", "20,000", "10,000"]);
  assert.deepEqual(rows[1].slice(1, 3), ["1,818", "909"]);
  assert.deepEqual(
    loss.table([run], 3, []).rows.map(([, step]) => step),
    ["0", "1", "2", "3"],
  );
});

test("every panel explains itself in one sentence, and has a name of its own", () => {
  for (const panel of [...panels, curve, landscape, profile]) assert.match(panel.help, /^[A-Z].*\.$/);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});

test("the middle shows the picture of the problem's dimension, and nothing while there is no landscape", () => {
  assert.deepEqual(
    [1, 2, 3, 64].map((dim) => pictureOf(groundOf(dim)).id),
    ["curve", "landscape", "profile", "profile"],
  );
  assert.deepEqual(mainPanel.facets({ ...sceneOf([]), landscape: null, field: null }), []);
});

test("two to four runs on a curve have a picture each, side by side; one or five share one", () => {
  const runs = Array.from({ length: 5 }, (_, index) => runOf(descent(), { index }));
  const facetsFor = (n) => curve.facets(sceneOf(runs.slice(0, n), { dim: 1 })).length;
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(facetsFor), [1, 1, 2, 3, 4, 1]);
  const { series } = drawn(curve, sceneOf(runs.slice(0, 3), { dim: 1 }));
  assert.deepEqual(series.map(({ run, facet }) => [run.index, facet]).sort(), [
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

test("a curve says its run's label and verdict, in a word and a sign", () => {
  const runs = [
    runOf(descent({ lr: 1.05 }), { label: "lr 1.05", kind: "diverged" }),
    runOf(descent(), { index: 1, kind: "converged" }),
  ];
  const { pen } = drawn(curve, sceneOf(runs, { dim: 1 }));
  assert.ok(
    pen.texts().includes("lr 1.05") && pen.texts().includes("▲ diverged") && pen.texts().includes("✓ converged"),
  );
});

test("a run that has left the picture is told by an arrow and the coordinate that is out", () => {
  const run = runOf(descent({ lr: 1.05, steps: 40 }));
  const { pen } = drawn(curve, sceneOf([run], { dim: 1, step: 40, steps: 40 }));
  assert.ok(pen.texts().includes("x = −181"), String(pen.texts()));
});

test("following, the view doubles until the run is in it, and stays while the run comes back", () => {
  const run = runOf({ ...descent({ steps: 3 }), p0: [1, 38, 2, 1], p1: [0, 0, 0, 0] });
  const spanAt = (step) => landscape.facets(sceneOf([run], { step, follow: true }))[0].x.range;
  assert.equal(spanAt(0)[1] - spanAt(0)[0], landscape.facets(sceneOf([run]))[0].x.range[1] * 2);
  assert.ok(spanAt(1)[1] >= 38);
  assert.deepEqual(spanAt(3), spanAt(1));
});

test("the landscape fills its card, with one scale for x and y", () => {
  const [{ box, x, y }] = landscape.facets(sceneOf([]));
  assert.ok(box.width * box.height > 0.85 * 640 * 480);
  const perUnit = [box.width / (x.range[1] - x.range[0]), box.height / (y.range[1] - y.range[0])];
  assert.ok(Math.abs(perUnit[0] - perUnit[1]) < 1e-9);
});

test("contours are drawn of the logarithm of the distance from the best, finite even at the minimum", () => {
  const { u, low, high } = heights(groundOf(2));
  assert.ok(u.every(Number.isFinite) && low < high);
  assert.ok(Math.min(...u) >= low - 1e-6);
});

test("an exit is told in words once the clock has reached it, and the end of numbers after that", () => {
  const columns = descent({ lr: 1.5, steps: 1200 });
  const cut = columns.loss.findIndex((value) => !Number.isFinite(value)) + 1;
  for (const name of Object.keys(columns)) columns[name] = columns[name].slice(0, cut);
  const runs = [
    runOf(columns, { label: "lr 1.5", kind: "diverged" }),
    runOf(descent(), { index: 1, kind: "converged" }),
  ];
  const textAt = (step) =>
    drawn(loss, sceneOf(runs, { step, steps: 1200 }))
      .pen.texts()
      .join(" ");
  assert.ok(!textAt(2).includes("off scale"));
  assert.match(textAt(100), /lr 1\.5: off scale at step \d+/);
  assert.ok(!textAt(100).includes("inf at"));
  assert.match(textAt(1100), /inf at step 510/);
  assert.ok(textAt(1100).includes("∞"));
});

test("in a low picture an exit is told in one line, which does not cover the other lines", () => {
  const columns = descent({ lr: 1.5, steps: 1200 });
  const cut = columns.loss.findIndex((value) => !Number.isFinite(value)) + 1;
  for (const name of Object.keys(columns)) columns[name] = columns[name].slice(0, cut);
  const scene = sceneOf([runOf(columns, { label: "lr 1.5", kind: "diverged" })], { step: 1100, steps: 1200 });
  const textsAt = (size) => drawn(loss, { ...scene, ...size }).pen.texts();
  assert.ok(textsAt({ width: 240, height: 480 }).some((text) => text.startsWith("off scale at step")));
  const low = textsAt({ width: 240, height: 110 });
  assert.ok(low.includes("lr 1.5: inf at step 510"));
  assert.ok(!low.some((text) => text.includes("off scale")));
});

test("a loss without a logarithm is never dropped silently", () => {
  const textOf = (losses) =>
    drawn(loss, sceneOf([runOf({ loss: losses })]))
      .pen.texts()
      .join(" ");
  assert.ok(textOf([4, 0]).includes("lower edge"));
  assert.ok(
    drawn(loss, { ...sceneOf([runOf({ loss: [4, -1] })]), landscape: null })
      .pen.texts()
      .join(" ")
      .includes("loss + 1"),
  );
});

test("rules without theory are named, not drawn", () => {
  const known = runOf(descent(), { label: "SGD" });
  const unknown = runOf({ ...descent(), limit: Array(11).fill(NaN) }, { index: 1, label: "Lion" });
  const { pen, series } = drawn(lrLimit, sceneOf([known, unknown]));
  assert.deepEqual(
    series.map(({ run }) => run.label),
    ["SGD"],
  );
  assert.ok(pen.texts().includes("No limit is known for Lion."));
  assert.ok(pen.texts().includes("stability limit"));
});

test("shares of the limit grow with the run, and an infinite limit is a share of 0", () => {
  const run = runOf({ lr: [1, 1], limit: [2, Infinity] });
  assert.deepEqual([...shareOf(run).slice(0, 2)], [0.5, 0]);
  appendBlock([run], blockOf({ lr: Array(200).fill(3), limit: Array(200).fill(2) }, { step: 2 }));
  assert.deepEqual([shareOf(run)[0], shareOf(run)[201]], [0.5, 1.5]);
});

test("labels on the loss panel do not overlap", () => {
  const runs = Array.from({ length: 5 }, (_, index) =>
    runOf({ loss: [1, 1 + 1e-6 * index] }, { index, label: `run number ${index}` }),
  );
  const { pen } = drawn(loss, sceneOf(runs, { step: 1, steps: 10 }));
  const rows = pen.calls
    .filter(([name, text]) => name === "fillText" && String(text).startsWith("run number"))
    .map(([, , , y]) => y)
    .sort((a, b) => a - b);
  assert.equal(rows.length, 5);
  for (let i = 1; i < rows.length; i++) assert.ok(rows[i] - rows[i - 1] >= 14, String(rows));
});

test("pointing at a run puts it on top and lets the others step back", () => {
  const runs = [0, 1, 2].map((index) => runOf(descent({ start: [-2, 1] }), { index }));
  const { series } = drawn(landscape, sceneOf(runs, { hovered: 1 }));
  assert.equal(series.at(-1).run.index, 1);
  assert.equal(series.at(-1).color, styleOf(1, "light").color);
  assert.notEqual(series[0].color, styleOf(0, "light").color);
});

test("a label cannot bring markup into Plotly", () => {
  const { data } = loss.figure(sceneOf([runOf(descent(), { label: "<b>&" })]), loss.facets(sceneOf([])));
  assert.equal(data[0].name, "&lt;b>&amp;");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { legendOf, textOf } from "../../../frontend/export/legend.js";
import { boxesOf, titleOf } from "../../../frontend/export/picture.js";
import { lighter } from "../../../frontend/export/surface.js";
import { MOST_FRAMES, momentsOf } from "../../../frontend/export/video/film.js";
import { webmFile } from "../../../frontend/export/video/webm.js";
import { advance, secondsTo } from "../../../frontend/state/clock.js";
import { descent, groundOf, penOf, runOf, sceneOf } from "../made.js";

test("the panels stand beside each other where there is room, else below each other, and never overlap", () => {
  for (const room of [
    { x: 24, y: 100, width: 1232, height: 680 },
    { x: 24, y: 90, width: 592, height: 298 },
    { x: 8, y: 0, width: 340, height: 840 },
  ]) {
    const boxes = boxesOf(room);
    assert.equal(boxes.length, 3);
    for (const [i, a] of boxes.entries()) {
      assert.ok(a.x >= room.x && a.x + a.width <= room.x + room.width + 1);
      assert.ok(a.y >= room.y && a.y + a.height <= room.y + room.height + 1);
      for (const b of boxes.slice(i + 1))
        assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
    }
    assert.equal(boxes[0].y === boxes[1].y, room.width > room.height, "only what is flat has its panels side by side");
  }
});

test("the legend says what came of every run, wraps, and counts what it leaves out", () => {
  const runs = Array.from({ length: 20 }, (_, index) => runOf(descent(), { index, label: `learning rate ${index}` }));
  runs[0].outcome = { kind: "converged", step: 7, evidence: {} };
  const scene = sceneOf(runs);
  assert.equal(textOf(scene, 0), "learning rate 0: converged at step 7");
  const { entries, height } = legendOf(penOf(), scene, { x: 10, y: 20, width: 500 });
  assert.equal(entries.length, 13);
  assert.equal(entries.at(-1).text, "and 8 more");
  assert.equal(height, entries.at(-1).y - 20 + 10);
  assert.ok(entries.every(({ x }) => x >= 10 && x < 510));
});

test("a picture has the problem's title, a network's its data", () => {
  const scene = sceneOf([]);
  assert.equal(titleOf({ ...scene, landscape: { ...groundOf(1), title: "Parabola" } }), "Parabola");
  const spec = { ...scene.spec, problem: { kind: "network", data: { kind: "moons" } } };
  assert.equal(titleOf({ ...scene, landscape: null, spec }), "A network on moons");
});

test("the clock's time to a step is the inverse of its advance", () => {
  for (const step of [0, 1, 9.5, 10, 40, 20_000])
    assert.ok(Math.abs(advance(0, secondsTo(step), step) - step) < 1e-6 * (1 + step));
});

test("an animation begins at the start, ends at the last step, and has at most 200 frames", () => {
  for (const last of [1, 40, 500, 20_000, 1_000_000]) {
    for (const speed of [1, 8]) {
      const moments = momentsOf(last, speed);
      assert.ok(moments.length <= MOST_FRAMES);
      assert.equal(moments[0].step, 0);
      assert.equal(moments.at(-1).step, last);
      for (let i = 1; i < moments.length; i++) assert.ok(moments[i].step > moments[i - 1].step);
      const seconds = moments.slice(0, -1).reduce((sum, one) => sum + one.seconds, 0);
      assert.ok(Math.abs(seconds - secondsTo(last) / speed) < 1e-9);
    }
  }
  assert.deepEqual(
    momentsOf(0, 1).map(({ step }) => step),
    [0],
  );
});

test("the ground of a replay keeps heights to a thousandth of the rise above the lowest", () => {
  const field = { ...groundOf(2), best: -7, z: groundOf(2).z.map((value) => value - 7) };
  const light = lighter(field);
  light.z.forEach((value, i) => {
    const rise = field.z[i] + 7;
    assert.ok(Math.abs(value - rise) <= 1e-3 * rise);
  });
  assert.equal(light.best, 0);
});

/** The elements of a part of a WebM file whose lengths have eight bytes, as [id, content]. */
function elementsOf(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const idLength = Math.clz32(bytes[at]) - 23;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + idLength, 8);
    const length = Number(view.getBigUint64(0) & 0xffffffffffffffn);
    const id = bytes.subarray(at, at + idLength).reduce((value, byte) => 256 * value + byte, 0);
    at += idLength + 8;
    found.push([id, bytes.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

test("a WebM has its size, its length, a cluster for each key frame, and an index of them", () => {
  const frames = Array.from({ length: 70 }, (_, i) => ({
    data: Uint8Array.of(i),
    key: i % 30 === 0,
    milliseconds: Math.round((1000 * i) / 30),
  }));
  const space = { matrix: "smpte170m", transfer: "iec61966-2-1", primaries: "bt709", fullRange: false };
  const file = webmFile(frames, { width: 640, height: 400, milliseconds: 2333, codec: "V_VP9", space });
  const [[ebml], [segment, content]] = elementsOf(file);
  assert.deepEqual([ebml, segment], [0x1a45dfa3, 0x18538067]);
  const inside = elementsOf(content);
  const clusters = inside.filter(([id]) => id === 0x1f43b675).map(([, body]) => elementsOf(body));
  assert.deepEqual(
    clusters.map((one) => one.length - 1),
    [30, 30, 10],
  );
  const [, info] = inside.find(([id]) => id === 0x1549a966);
  const [, duration] = elementsOf(info).find(([id]) => id === 0x4489);
  assert.equal(new DataView(duration.buffer, duration.byteOffset).getFloat64(0), 2333);
  const [, tracks] = inside.find(([id]) => id === 0x1654ae6b);
  const [, entry] = elementsOf(tracks)[0];
  const [, video] = elementsOf(entry).find(([id]) => id === 0xe0);
  const [, colour] = elementsOf(video).find(([id]) => id === 0x55b0);
  assert.deepEqual(
    elementsOf(colour).map(([id, [value]]) => [id, value]),
    [
      [0x55b1, 6],
      [0x55b9, 1],
      [0x55ba, 13],
      [0x55bb, 1],
    ],
  );
  const [, cues] = inside.find(([id]) => id === 0x1c53bb6b);
  for (const [, cue] of elementsOf(cues)) {
    const places = elementsOf(elementsOf(cue)[1][1]);
    const at = places[1][1].reduce((value, byte) => 256 * value + byte, 0);
    assert.deepEqual([...content.subarray(at, at + 4)], [0x1f, 0x43, 0xb6, 0x75]);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { createField, questionFor } from "../../../../frontend/panels/frame/field.js";
import { heightAt } from "../../../../frontend/panels/frame/start.js";
import { landscape as picture } from "../../../../frontend/panels/landscape.js";
import { groundOf, sceneOf } from "../../made.js";

function made(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const state = { arrived: 0 };
  const asks = (question, signal) =>
    new Promise((resolve, reject) => {
      asked.push({ question, signal, resolve, reject });
    });
  const field = createField(() => {
    state.arrived += 1;
  }, asks);
  return { field, asked, state, wait: (ms) => context.mock.timers.tick(ms) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the picture is wider than the domain: the landscape is asked for over what is shown, once it has settled", async (context) => {
  const { field, asked, state, wait } = made(context);
  const scene = sceneOf([]);
  const facets = picture.facets(scene);
  field.want(scene, facets);
  field.want(scene, facets);
  wait(119);
  assert.equal(asked.length, 0);
  wait(1);
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0].question.domain, [facets[0].x.range, facets[0].y.range]);
  assert.equal(field.of(scene.landscape), scene.landscape);

  const answer = groundOf(2);
  asked[0].resolve(answer);
  await settled();
  assert.equal(state.arrived, 1);
  assert.equal(field.of(scene.landscape), answer);
  assert.equal(field.of(null), null);
});

test("an answer to an older question is kept for later but not shown", async (context) => {
  const { field, asked, state, wait } = made(context);
  const scene = sceneOf([]);
  const [facet] = picture.facets(scene);
  const near = { ...facet, x: { ...facet.x, range: [0, 1] } };
  field.want(scene, [near]);
  wait(120);
  field.want(scene, [facet]);
  assert.equal(asked[0].signal.aborted, true);
  asked[0].resolve(groundOf(2));
  await settled();
  assert.deepEqual([state.arrived, field.of(scene.landscape)], [0, scene.landscape]);
  field.want(scene, [near]);
  await settled();
  assert.equal(asked.length, 1);
  assert.equal(state.arrived, 1);
});

test("a refusal leaves the picture as it is", async (context) => {
  const { field, asked, state, wait } = made(context);
  const scene = sceneOf([]);
  field.want(scene, picture.facets(scene));
  wait(120);
  asked[0].reject(new Error("422"));
  await settled();
  assert.deepEqual([state.arrived, field.of(scene.landscape)], [0, scene.landscape]);
});

test("nothing is asked where the landscape says enough, is of another problem, or has more than two dimensions", () => {
  const facet = (x, y) => ({
    box: { x: 0, y: 0, width: 100, height: 100 },
    x: { range: x },
    y: { range: y },
    run: null,
  });
  const line = groundOf(1);
  assert.equal(questionFor({ kind: "ground" }, line, facet([-5, 5], [0, 1])), null);
  assert.deepEqual(questionFor({ kind: "ground" }, line, facet([-9, 9], [0, 1])).shape, [400]);
  assert.equal(questionFor({ kind: "other" }, line, facet([-9, 9], [0, 1])), null);
  assert.equal(questionFor({ kind: "ground" }, groundOf(3), facet([-9, 9], [0, 1])), null);
});

test("the ring stands on the curve, between its samples too", () => {
  const ground = { domain: [[0, 2]], z: Float32Array.of(0, 1, 4) };
  assert.deepEqual(
    [0, 0.5, 1, 1.5, 2, 9].map((x) => heightAt(ground, x)),
    [0, 0.5, 1, 2.5, 4, 4],
  );
});

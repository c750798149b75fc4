import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, curlOf } from "../../../../frontend/pages/docs/call.js";

const BASE = new URL("http://localhost:8000/lab/slalom/");
const field = (name, place, value) => ({ name, place, input: { value } });

test("a call goes to the server's own addresses, wherever they begin", () => {
  assert.equal(addressOf(BASE, "/api/limits", []).href, "http://localhost:8000/lab/slalom/api/limits");
});

test("what a path needs is put into it, and what is left empty is left out", () => {
  const fields = [field("id", "path", "a/b c"), field("every", "query", "2"), field("format", "query", "")];
  assert.equal(
    addressOf(BASE, "/api/experiments/{id}/trace", fields).href,
    "http://localhost:8000/lab/slalom/api/experiments/a%2Fb%20c/trace?every=2",
  );
});

test("a line for a terminal has all of a call, and no quote ends it", () => {
  const body = '{\n  "text": "x\'s"\n}';
  assert.equal(
    curlOf("post", new URL("http://localhost/api"), { Authorization: "Bearer t" }, body),
    `curl -X POST 'http://localhost/api' -H 'Authorization: Bearer t' -d '{ "text": "x'\\''s" }'`,
  );
  assert.match(curlOf("post", BASE, {}, new Blob(["x"])), /--data-binary @file$/);
});

import assert from "node:assert/strict";
import { test } from "node:test";

/** The module as a page loads it that has these attributes, at this address. */
async function onPage(t, href, dataset = {}) {
  const before = { document: globalThis.document, location: globalThis.location };
  Object.assign(globalThis, { document: { documentElement: { dataset } }, location: new URL(href) });
  t.after(() => Object.assign(globalThis, before));
  return import(`../../../../frontend/state/site/root.js?${encodeURIComponent(href)}${JSON.stringify(dataset)}`);
}

for (const [href, dataset, root] of [
  ["http://here/", {}, "/"],
  ["http://here/library?search=a/b#c/d", {}, "/"],
  ["http://here/lessons/momentum", { root: "../" }, "/"],
  ["https://hub.example/user/ann/proxy/8000/", {}, "/user/ann/proxy/8000/"],
  ["https://hub.example/user/ann/proxy/8000/sweep?experiment=a", {}, "/user/ann/proxy/8000/"],
  ["https://hub.example/user/ann/proxy/8000/lessons/momentum#x", { root: "../" }, "/user/ann/proxy/8000/"],
  ["https://hub.example/a/b/c/d/nothing", { root: "../../" }, "/a/b/"],
]) {
  test(`${href}: Slalom is below ${root}`, async (t) => {
    const { hrefOf, pathIn, publicHref } = await onPage(t, href, dataset);
    assert.equal(hrefOf(), root);
    assert.equal(hrefOf("api/catalogue"), `${root}api/catalogue`);
    assert.equal(pathIn(`${root}lessons/momentum`), "lessons/momentum");
    assert.equal(pathIn(root), "");
    assert.equal(publicHref(hrefOf("join")), new URL(`${root}join`, href).href);
    const given = publicHref(`${root}sweep?experiment=a#1.b`, "https://class.example/slalom/");
    assert.equal(given, "https://class.example/slalom/sweep?experiment=a#1.b");
  });
}

test("what is given away begins with the public address where the server has one", async (t) => {
  const { publicHref } = await onPage(t, "http://127.0.0.1:8000/library?search=x", {
    public: "https://class.example/",
  });
  assert.equal(publicHref(location.href), "https://class.example/library?search=x");
});

for (const href of ["file:///home/ann/replay.html", "blob:https://x.example/1", "about:srcdoc", "data:text/html,x"]) {
  test(`${href.slice(0, 12)}: a page that no server has sent can be opened`, async (t) => {
    const { hrefOf } = await onPage(t, href);
    assert.equal(hrefOf("library"), "/library");
  });
}

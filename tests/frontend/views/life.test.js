import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ApiError } from "../../../frontend/server/api.js";
import { away } from "../../../frontend/server/connection.js";
import { createLife } from "../../../frontend/views/life.js";
import { blockOf } from "../made.js";

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
const recordOf = (id, rest = {}) => ({ id, kind: "map", status: "queued", error: null, spec: { steps: 10 }, ...rest });
const gone = () => new ApiError({ title: "Not found", status: 404, detail: "There is none." });

/** The address of the page, as far as an experiment changes it. */
beforeEach(() => {
  globalThis.location = { href: "http://here/map" };
  globalThis.history = {
    state: null,
    pushState(state, _, url) {
      this.state = state;
      globalThis.location = { href: String(url) };
    },
    replaceState(state, _, url) {
      this.state = state;
      globalThis.location = { href: String(url) };
    },
  };
});

const lives = [];
afterEach(() => {
  for (const life of lives.splice(0)) life.close();
});

/** A view whose page, server and stream are this test. */
function view({ stored = {}, kind = "map", entries, problem = "bowl" } = {}) {
  const heard = { status: [], notices: [], refused: [], elsewhere: [], adopted: [], cleared: 0, busy: [], revealed: 0 };
  const asked = { created: [], told: [], discarded: [], listed: [] };
  const streams = {};
  const pictures = {};
  const host = {
    status: (status) => heard.status.push(status),
    notice: (text) => heard.notices.push(text),
    refuse: (error) => error && heard.refused.push(error),
    elsewhere: (record) => heard.elsewhere.push(record.id),
    reveal: () => {
      heard.revealed += 1;
    },
  };
  const api = {
    async createExperiment(spec, listed = true) {
      asked.listed.push(listed);
      asked.created.push(spec);
      if (spec.bad) throw new ApiError({ title: "Bad", status: 422, detail: "It does not fit." });
      return recordOf(`made${asked.created.length}`, { kind, spec: { steps: 10, problem: { kind: problem } } });
    },
    async getExperiment(id) {
      if (!stored[id]) throw gone();
      return stored[id];
    },
    async discardExperiment(id) {
      asked.discarded.push(id);
    },
    async tellExperiment(id, what) {
      asked.told.push([id, what]);
    },
  };
  const follow = (id, on, { detail }) => {
    streams[id] = { ...on, detail, followed: true };
    return () => {
      streams[id].followed = false;
    };
  };
  const on = {
    adopt: (record, trail) => heard.adopted.push([record.id, [...trail]]),
    clear: () => {
      heard.cleared += 1;
    },
    wait: (busy) => heard.busy.push(busy),
    picture(record) {
      const picture = {
        entries,
        blocks: 0,
        seen: [],
        left: 0,
        ended: async ({ status }) => picture.seen.push(`ended ${status}`),
        block: () => {
          picture.blocks += 1;
        },
        show: ({ status }) => picture.seen.push(status),
        leave: () => {
          picture.left += 1;
        },
      };
      pictures[record.id] = picture;
      return picture;
    },
  };
  const life = createLife(host, kind, on, { api, follow });
  lives.push(life);
  return { life, heard, asked, streams, pictures };
}

test("what is started is put into the address, followed, and ends", async () => {
  const { life, heard, streams, pictures } = view();
  await life.start({ steps: 10 });
  assert.match(location.href, /\?experiment=made1$/);
  assert.deepEqual(heard.busy, [true, false]);
  assert.equal(heard.revealed, 1);
  assert.deepEqual(heard.adopted, [], "The set-up says already what it is of.");
  assert.equal(heard.status.at(-1), "queued");
  streams.made1.block(blockOf({ loss: [1] }));
  assert.equal(life.record.status, "running");
  assert.equal(heard.status.at(-1), "live");
  streams.made1.done({ status: "done", error: null, outcomes: null });
  await soon();
  assert.equal(pictures.made1.blocks, 1);
  assert.deepEqual(pictures.made1.seen, ["queued", "running", "ended done", "done"]);
  assert.equal(heard.status.at(-1), "ready");
});

test("what is refused is told with what was asked for, and what was shown stays", async () => {
  const { life, heard } = view();
  await life.start({ steps: 10 });
  await life.start({ bad: true });
  assert.equal(heard.refused[0].problem.detail, "It does not fit.");
  assert.equal(life.record.id, "made1");
  assert.deepEqual(heard.busy, [true, false, true, false]);
});

test("a stored experiment is opened, the forms say what it is of, and the page is ready once it is whole", async () => {
  const { life, heard, streams } = view({ stored: { a: recordOf("a", { status: "done" }) } });
  await life.show("a");
  assert.deepEqual(heard.adopted, [["a", ["a"]]]);
  assert.equal(heard.status.at(-1), "loading");
  streams.a.done({ status: "done", error: null, outcomes: null });
  await soon();
  assert.equal(heard.status.at(-1), "ready");
});

test("an experiment of another kind is shown elsewhere, one that is not there is told", async () => {
  const { life, heard } = view({ stored: { b: recordOf("b", { kind: "range_test" }) } });
  await life.show("b");
  assert.deepEqual(heard.elsewhere, ["b"]);
  globalThis.location = { href: "http://here/map?experiment=c" };
  await life.show("c");
  assert.match(heard.notices[0], /not on this server/);
  assert.equal(location.href, "http://here/map");
  assert.equal(heard.cleared, 1);
  assert.equal(heard.status.at(-1), "ready");
});

test("no experiment is what there is before one", async () => {
  const { life, heard } = view();
  await life.show(null);
  assert.equal(heard.cleared, 1);
  assert.equal(heard.status.at(-1), "ready");
  assert.equal(life.record, null);
});

test("what has ended is kept and shown again at once; what was running is followed anew", async () => {
  const stored = { a: recordOf("a", { status: "done" }), b: recordOf("b", { status: "running" }) };
  const { life, streams, pictures } = view({ stored });
  await life.show("a");
  streams.a.done({ status: "done", error: null, outcomes: null });
  await soon();
  const kept = pictures.a;
  await life.show("b");
  assert.equal(kept.left, 1);
  await life.show("a");
  assert.equal(pictures.a, kept);
  assert.equal(streams.b.followed, false);
  const running = pictures.b;
  await life.show("b");
  assert.notEqual(pictures.b, running);
  assert.ok(streams.b.followed);
});

test("a part of an experiment has the way to it, which the address keeps", async () => {
  const { life } = view({ stored: { made1: recordOf("made1") } });
  await life.start({ steps: 10 });
  await life.start({ steps: 10 }, life.trail);
  assert.deepEqual(life.trail, ["made1", "made2"]);
  assert.deepEqual(history.state.trail, ["made1", "made2"]);
  await life.open("made1");
  assert.deepEqual(life.trail, ["made1"]);
  assert.match(location.href, /\?experiment=made1$/);
});

test("the newest wish wins, whatever is answered first", async () => {
  const { life, heard, pictures } = view({ stored: { a: recordOf("a"), b: recordOf("b") } });
  await Promise.all([life.show("a"), life.show("b")]);
  assert.equal(life.record.id, "b");
  assert.deepEqual(Object.keys(pictures), ["b"]);
  assert.deepEqual(heard.adopted, [["b", ["b"]]]);
});

test("a stream that is refused is told, and begins anew when it is asked for again", async () => {
  const { life, heard, streams, pictures } = view({ stored: { a: recordOf("a"), b: recordOf("b") } });
  await life.show("a");
  streams.a.error("Too many viewers.", 4429);
  assert.deepEqual(heard.refused, ["Too many viewers."]);
  assert.equal(heard.status.at(-1), "ready");
  const first = pictures.a;
  await life.show("b");
  await life.show("a");
  assert.notEqual(pictures.a, first);
});

test("a large experiment is followed with as many entries as a screen shows, a map with all of its cells", async () => {
  const large = view({ entries: 20_001 });
  await large.life.start({});
  assert.equal(large.streams.made1.detail, "screen");
  const cells = view();
  await cells.life.start({});
  assert.equal(cells.streams.made1.detail, "full");
});

test("it is stopped by the server, which says so", async () => {
  const { life, asked, heard } = view();
  await life.stop();
  assert.deepEqual(asked.told, []);
  await life.start({});
  await life.stop();
  assert.deepEqual(asked.told, [["made1", "cancel"]]);
  assert.equal(heard.refused.length, 0);
});

test("a server that has come back without the experiment is told; a view that was closed asks nothing", async () => {
  const { life, heard, streams } = view();
  await life.start({});
  away.update(() => true);
  away.update(() => false);
  await soon();
  assert.match(heard.notices[0], /not on this server/);
  assert.equal(life.record, null);
  assert.equal(streams.made1.followed, false);
  const other = view();
  await other.life.start({});
  other.life.close();
  assert.equal(other.streams.made1.followed, false);
  away.update(() => true);
  away.update(() => false);
  await soon();
  assert.deepEqual(other.heard.notices, []);
});

test("what nobody asked for is in no address, is told when it is refused, and is gone with what comes next", async () => {
  const { life, heard, asked, pictures } = view();
  const refused = [];
  await life.glance({ steps: 10 }, (error) => refused.push(error));
  assert.equal(location.href, "http://here/map");
  assert.equal(life.passing, true);
  assert.equal(life.address(), null);
  await life.show(null);
  assert.equal(pictures.made1.left, 0, "It is what there is without an experiment.");
  await life.glance({ steps: 20 }, (error) => refused.push(error));
  assert.deepEqual(asked.discarded, ["made1"]);
  await life.glance({ bad: true }, (error) => refused.push(error));
  assert.equal(refused[0].problem.detail, "It does not fit.");
  assert.equal(life.record.id, "made2");
  await life.start({ steps: 30 });
  assert.deepEqual(asked.discarded, ["made1", "made2"]);
  assert.equal(life.passing, false);
  assert.deepEqual(life.address(), { id: "made4", trail: ["made4"] });
  assert.deepEqual(heard.refused, []);
});

test("what a part was asked of stays, and is in the address before that", async () => {
  const { life, asked } = view();
  await life.glance({ steps: 10 }, () => {});
  const pushed = [];
  const { pushState } = history;
  history.pushState = function (state, title, url) {
    pushed.push(location.href);
    pushState.call(this, state, title, url);
  };
  await life.start({ steps: 10 }, life.trail);
  assert.deepEqual(
    pushed.map((href) => new URL(href).search),
    ["?experiment=made1"],
  );
  assert.deepEqual([asked.discarded, life.trail], [[], ["made1", "made2"]]);
  assert.deepEqual(asked.listed, [false, true]);
  assert.deepEqual(asked.told, [["made1", "restore"]]);
});

test("one that nobody asked for and that the server has lost is not told, and there is room for another", async () => {
  const { life, heard } = view();
  await life.glance({ steps: 10 }, () => {});
  away.update(() => true);
  away.update(() => false);
  await soon();
  assert.deepEqual([heard.notices, life.record, heard.cleared], [[], null, 1]);
});

test("a training that nobody asked for waits while nobody sees it", async () => {
  const { life, asked, streams } = view({ problem: "network" });
  await life.glance({ steps: 10 }, () => {});
  life.seen(true);
  assert.deepEqual(asked.told, []);
  life.seen(false);
  life.seen(true);
  assert.deepEqual(asked.told, [
    ["made1", "pause"],
    ["made1", "resume"],
  ]);
  streams.made1.done({ status: "done", error: null, outcomes: null });
  await soon();
  life.seen(false);
  await life.start({});
  life.seen(false);
  assert.equal(asked.told.length, 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { SvgPen } from "../../../frontend/export/svg-pen.js";
import { escaped } from "../../../frontend/export/xml.js";

const penOf = () => new SvgPen(100, 50, (text) => 6 * text.length);

test("a path is written with its style, moved by the pen's place", () => {
  const pen = penOf();
  pen.translate(10, 20);
  pen.strokeStyle = "#123456";
  pen.lineWidth = 2.5;
  pen.setLineDash([4, 2]);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(1.23456, NaN);
  pen.lineTo(5, 5.4321);
  pen.stroke();
  const text = pen.text("");
  assert.match(text, /d="M10 20L15 25.43" fill="none" stroke="#123456" stroke-width="2.5" stroke-dasharray="4 2"/);
});

test("what is saved comes back: place, style and clip", () => {
  const pen = penOf();
  pen.fillStyle = "#aa0000";
  pen.save();
  pen.translate(5, 5);
  pen.fillStyle = "#00bb00";
  pen.beginPath();
  pen.rect(1, 2, 30, 10);
  pen.clip();
  pen.fillRect(0, 0, 1, 1);
  pen.restore();
  pen.fillRect(0, 0, 1, 1);
  const text = pen.text("");
  assert.match(text, /<clipPath id="clip1"><rect x="6" y="7" width="30" height="10"\/><\/clipPath>/);
  assert.match(text, /<rect x="5" y="5" width="1" height="1" fill="#00bb00" clip-path="url\(#clip1\)"\/>/);
  assert.match(text, /<rect x="0" y="0" width="1" height="1" fill="#aa0000"\/>/);
});

test("a clip inside a clip is both, and equal ones are one", () => {
  const pen = penOf();
  for (let i = 0; i < 2; i++) {
    pen.save();
    for (const side of [50, 20]) {
      pen.beginPath();
      pen.rect(0, 0, side, side);
      pen.clip();
    }
    pen.fillRect(0, 0, 9, 9);
    pen.restore();
  }
  assert.equal(pen.text("").match(/<clipPath /g).length, 2);
  assert.match(pen.text(""), /<clipPath id="clip2" clip-path="url\(#clip1\)">/);
});

test("a circle is two arcs", () => {
  const pen = penOf();
  pen.beginPath();
  pen.moveTo(14, 10);
  pen.arc(10, 10, 4, 0, 2 * Math.PI);
  pen.fill();
  assert.match(pen.text(""), /d="M14 10A4 4 0 0 1 6 10A4 4 0 0 1 14 10"/);
});

test("text stays text, with its font and its place", () => {
  const pen = penOf();
  pen.font = "600 20px system-ui, sans-serif";
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillText("loss", 40, 10);
  assert.match(
    pen.text(""),
    /<text x="40" y="17" font-weight="600" font-size="20" font-family="system-ui, sans-serif" text-anchor="end" fill="#000000">loss<\/text>/,
  );
});

test("no label or title becomes markup", () => {
  const pen = penOf();
  const bad = `</text><script>alert("1")</script>&amp; \u0000\u0001\ud800`;
  pen.fillText(bad, 0, 0);
  const text = pen.text(bad);
  assert.doesNotMatch(text, /<script/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
  assert.doesNotMatch(text, /[\u0000\u0001\ud800]/);
  assert.equal(escaped('a<b&"c">\u{1F600}'), "a&lt;b&amp;&quot;c&quot;&gt;\u{1F600}");
});

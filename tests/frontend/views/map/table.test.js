import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsTable } from "../../../../frontend/views/map/table.js";

test("the table of a map has its corners, upwards as in the picture, and says what is not known yet", () => {
  const about = {
    fields: ["run.optimizer.lr", "run.optimizer.momentum"],
    x: Array.from({ length: 64 }, (_, i) => i),
    y: Array.from({ length: 32 }, (_, i) => i / 31),
  };
  const kinds = {
    0: { kind: "converged", step: 7 },
    63: { kind: "diverged", step: 3 },
    64: { kind: "stalled", step: 9 },
  };
  const at = (x, y) => (y === 31 ? null : (kinds[x] ?? { kind: "unfinished", step: 200 }));
  const { columns, rows } = cellsTable({ about, width: 64, height: 32, at });
  assert.equal(columns[0], "momentum ↑, learning rate →");
  assert.deepEqual([columns[1], columns.at(-1), columns.length, rows.length], ["0", "63", 10, 9]);
  assert.deepEqual([rows[0][0], rows[0][1], rows.at(-1)[0]], ["1", "not yet", "0"]);
  assert.deepEqual([rows[8][1], rows[8][2], rows[8][9]], ["converged at 7", "still on its way", "diverged at 3"]);
});

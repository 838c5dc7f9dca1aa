// Keys of rows that come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { handOn } from "../../../static/lib/keys.js";

test("a row keeps its key, and one that goes leaves its own to one that comes", () => {
  const first = handOn(new Map(), ["c", "b", "a"], 0);
  assert.deepEqual([...first.keys], [["c", 0], ["b", 1], ["a", 2]]);
  const second = handOn(first.keys, ["d", "c", "b"], first.next);
  assert.deepEqual([...second.keys], [["d", 2], ["c", 0], ["b", 1]]);
  const longer = handOn(second.keys, ["f", "e", "d", "c"], second.next);
  assert.deepEqual([...longer.keys], [["f", 1], ["e", 3], ["d", 2], ["c", 0]]);
  assert.equal(new Set(longer.keys.values()).size, 4, "no two rows have the same");
});

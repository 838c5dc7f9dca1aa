// What a tenant may have, in words and figures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { roomOf, scarce, sizeOf, sizeText } from "../../../static/lib/usage.js";

test("a size is read as people write it, and back to the byte", () => {
  assert.deepEqual(["0", "1500", "500 MB", "1.5 GiB", "10k"].map(sizeOf), [0, 1_500, 500_000_000, 1_610_612_736, 10_000]);
  for (const text of ["", "much", "5 apples", "-1", "1e9"]) assert.ok(Number.isNaN(sizeOf(text)), text);
  for (const size of [0, 1, 1_024, 1_500, 1_610_612_736, 5 * 1_024 ** 4]) assert.equal(sizeOf(sizeText(size)), size);
});

test("what is nearly used up is told of, what has no limit is not", () => {
  const usage = { storageBytes: { limit: null, used: 9e12 }, eventsPerDay: { limit: 100, used: 80 }, jobsPerDay: { limit: 10, used: 10 } };
  assert.deepEqual(scarce(usage, "/settings").map(({ tone, text }) => [tone, text]), [
    ["warn", "Events today: 80 of 100."],
    ["bad", "Jobs today: 10 of 10. Nothing new is taken until midnight, UTC."],
  ]);
  assert.equal(roomOf("storageBytes", { limit: 1_024, used: null }).text, "not weighed yet of 1.0 KiB");
  assert.equal(roomOf("jobsPerDay", { limit: null, used: 1_234 }).text, "1,234, no limit");
});

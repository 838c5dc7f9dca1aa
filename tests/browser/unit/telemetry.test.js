// What the front end thinks of traces and of the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLogged } from "../../../static/lib/history.js";
import { fine, rowsOf } from "../../../static/lib/waterfall.js";

const span = (/** @type {string} */ spanId, /** @type {string | null} */ parentId, /** @type {number} */ offsetMs, /** @type {number} */ durationMs) => ({ spanId, parentId, offsetMs, durationMs });

test("a span lies under the one of which it is a part, the earlier first", () => {
  const spans = [span("c", "a", 50, 50), span("b", "a", 10, 20), span("d", "b", 12, 5), span("a", "caller", 0, 100), span("e", "gone", 90, 10)];
  const rows = rowsOf(spans, [{ spanId: "d", message: "hello" }], 100);
  assert.deepEqual(rows.map(({ span, depth }) => `${span.spanId} ${depth}`), ["a 0", "b 1", "d 2", "c 1", "e 0"]);
  assert.deepEqual(rows.map(({ start, width }) => [start, width])[3], [0.5, 0.5]);
  assert.deepEqual(rows.map(({ logs }) => logs.length), [0, 0, 1, 0, 0]);
});

test("spans that name each other are shown all the same, once", () => {
  assert.equal(rowsOf([span("a", "a", 0, 1)], [], 1).length, 1);
  assert.equal(rowsOf([span("a", "b", 0, 1), span("b", "a", 0, 1)], [], 1).length, 2);
  assert.deepEqual(rowsOf([], [], 0), []);
});

test("a short time is told precisely", () => {
  assert.deepEqual([0.01, 0.5, 1.25, 9.99, 12].map(fine), ["10 µs", "500 µs", "1.3 ms", "10.0 ms", ""]);
});

test("a line that is heard of joins the list that it belongs to", () => {
  const filters = { level: "warn", text: "Disk" };
  const line = { level: "error", message: "the disk is full", traceId: "t", at: "2026-01-01T00:00:00Z" };
  assert.ok(isLogged(filters, line) && isLogged({ trace: "t" }, line));
  for (const other of [{ level: "info" }, { message: "all is well" }]) assert.ok(!isLogged(filters, { ...line, ...other }), JSON.stringify(other));
  assert.ok(!isLogged({ since: "2026-01-02T00:00:00Z" }, line));
});

// How the machine fares, and who fills it, in words and parts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOf } from "../../../static/lib/advice.js";
import { flushText, gaugesOf, machineConcerns, partOf, percent, rowsOf, sharesOf } from "../../../static/lib/machine.js";

const disk = { freeBytes: 25 * 1_024 ** 3, totalBytes: 100 * 1_024 ** 3, keptFreeBytes: 1, standing: "enough", problem: null };
const memory = { heldBytes: 1_024 ** 2, availableBytes: 1_024 ** 3, totalBytes: 4 * 1_024 ** 3, isOfGroup: false, standing: "enough", problem: null };

test("what is left is told, and a bar shows what is used", () => {
  const gauges = gaugesOf({ disk, memory });
  assert.deepEqual(gauges.map(({ name, text, more, used, total, tone }) => [name, text, more, used / total, tone]), [
    ["Disk", "25.0 GiB free", "of 100 GiB", 0.75, undefined],
    ["Memory", "1.0 GiB free", "of 4.0 GiB", 0.75, undefined],
  ]);
  assert.deepEqual(gaugesOf({ disk, memory: null }).map(({ name }) => name), ["Disk"]);
});

test("what runs out is told of in the words of the server, once", () => {
  const short = { disk: { ...disk, standing: "short", problem: "1 KiB are free" }, memory: { ...memory, standing: "scarce", problem: "little is left" } };
  assert.deepEqual(machineConcerns({ disk, memory }), []);
  assert.deepEqual(machineConcerns(short).map(({ tone, text }) => [tone, text]), [["bad", "disk: 1 KiB are free"], ["warn", "memory: little is left"]]);
  const advice = adviceOf({ troubles: [{ path: "disk", message: "1 KiB are free" }], machine: short, places: [] });
  assert.deepEqual(advice.map(({ text }) => text), ["disk: 1 KiB are free", "memory: little is left"]);
});

test("a share is of what runs and waits; where there is nothing, of what ended", () => {
  const load = (/** @type {any} */ more) => ({ running: 0, ready: 0, scheduled: 0, done: 0, dead: 0, ...more });
  assert.equal(partOf(load({ running: 1, ready: 2, done: 90 }), load({ running: 1, ready: 5, done: 100 })), 0.5);
  assert.equal(partOf(load({ done: 1, dead: 1 }), load({ done: 7, dead: 1 })), 0.25);
  assert.equal(partOf(load({ scheduled: 3 }), load({ scheduled: 3 })), 0);
  assert.deepEqual([0, 0.001, 0.126, 1].map(percent), ["0 %", "< 1 %", "13 %", "100 %"]);
});

test("each queue is followed by those who fill it, and the others as one", () => {
  const queue = { name: "mail", ready: 8, running: 0, scheduled: 0, done: 0, dead: 0,
    tenants: [{ slug: "acme", name: "Acme", ready: 6, running: 0 }], others: { tenants: 2, ready: 2, running: 0 } };
  assert.deepEqual(rowsOf([queue]).map(({ key, part, others }) => [key, part, others]), [["mail", 1, undefined], ["mail acme", 0.75, undefined], ["mail others", 0.25, 2]]);
  assert.equal(sharesOf({ ...queue, others: { tenants: 0 } }).length, 1);
});

test("a flush has figures that say something", () => {
  assert.deepEqual(flushText({ flushes: 3, medianMs: 0.4321, slowestMs: 1_234 }), { median: "0.43 ms", slowest: "1.2 s" });
  assert.equal(flushText(null), undefined);
});

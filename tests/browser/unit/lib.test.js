// The parts of the front end that only think.

import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, inWords, mayReach, operationsOf } from "../../../static/lib/allow.js";
import { queryOf } from "../../../static/lib/query.js";
import { attention, withSample } from "../../../static/lib/attention.js";
import { ago, bytes, duration, initials, ranFor, short } from "../../../static/lib/format.js";
import { catchUp, fits, takeIn } from "../../../static/lib/jobs.js";
import { gather, parseEvents } from "../../../static/lib/events.js";
import { barsOf, roundUp, timeMarks } from "../../../static/lib/plot.js";
import { rank } from "../../../static/lib/rank.js";
import { perMinute, withCount } from "../../../static/lib/rates.js";
import { exampleOf, faultsOf, fieldsOf, valueOf } from "../../../static/lib/schema.js";
import { asCurl, asTypeScript } from "../../../static/lib/snippet.js";
import { fill, match } from "../../../static/lib/address.js";

test("a duration has at most two units", () => {
  assert.deepEqual([0, 999, 1_000, 9_940, 59_999, 61_000, 3_600_000, 90_061_000].map(duration), ["0 ms", "999 ms", "1.0 s", "9.9 s", "59 s", "1 min 1 s", "1 h", "1 d 1 h"]);
  assert.equal(duration(undefined), "");
});

test("initials are characters as people see them, not halves of them", () => {
  const told = ["Ada Lovelace", "ada", "ada.l@example.org", "Ada M. \u{1F469}\u200D\u{1F4BB}", "\u00e9lan", ""].map(initials);
  assert.deepEqual(told, ["AL", "A", "A", "A\u{1F469}\u200D\u{1F4BB}", "\u00c9", "?"]);
});

test("a moment is told by how far it is", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  const told = (/** @type {string} */ at) => ago(at, now);
  assert.equal(told("2026-01-01T12:00:00.400Z"), "now");
  assert.equal(told("2026-01-01T11:59:01Z"), "59 s ago");
  assert.equal(told("2026-01-01T13:30:00Z"), "in 1 h");
  assert.equal(told("2025-12-25T12:00:00Z"), "7 d ago");
});

test("large figures are short", () => {
  assert.deepEqual([0, 9_999, 12_345, 1_000_000, 0.5].map(short), ["0", "9,999", "12.3k", "1.0M", "0.5"]);
});

test("a size has three digits at most", () => {
  assert.deepEqual([0, 999, 1_024, 1_572_864, 200 * 1_024 ** 3].map(bytes), ["0 B", "999 B", "1.0 KiB", "1.5 MiB", "200 GiB"]);
  assert.equal(bytes(null), "");
});

test("a path gives what stands in the place of its names", () => {
  assert.deepEqual(match("/t/:tenant/runs/:id", "/t/acme/runs/a%20b"), { tenant: "acme", id: "a b" });
  assert.equal(match("/t/:tenant/runs", "/t/acme/queues"), null);
  assert.equal(match("/t/:tenant", "/t/"), null);
  assert.equal(match("/t/:tenant", "/t/%E0%A4%A"), null, "what can't be read is no page");
  assert.deepEqual(match("/instance", "/instance/"), {});
  assert.equal(fill("/t/:tenant/x/:id", { tenant: "acme", id: "a/b" }), "/t/acme/x/a%2Fb");
});

test("what is empty is left out of a query", () => {
  assert.equal(queryOf({ state: "dead", queue: "", tag: undefined, limit: 5 }), "?state=dead&limit=5");
  assert.equal(queryOf({}), "");
});

test("events are read in pieces, and what is not whole waits", () => {
  const first = parseEvents(": hello\n\nevent: job\ndata: {\"id\":\"1\"}\n\nevent: cou");
  assert.deepEqual(first.events, [{ name: "job", data: "{\"id\":\"1\"}" }]);
  const second = parseEvents(`${first.rest}nts\r\ndata: {}\r\n\r\n`);
  assert.deepEqual(second, { events: [{ name: "counts", data: "{}" }], rest: "" });
});

test("a job that is heard of often is handed on once, as it is last", () => {
  const gathered = { counts: undefined, jobs: new Map(), lagged: false };
  for (const state of ["ready", "running", "done"]) gather(gathered, { name: "job", data: JSON.stringify({ id: "1", state }) });
  gather(gathered, { name: "lagged", data: "{}" });
  assert.deepEqual([...gathered.jobs.values()], [{ id: "1", state: "done" }]);
  assert.ok(gathered.lagged);
});

const job = (/** @type {string} */ id, /** @type {any} */ more = {}) => ({ id, state: "done", jobName: "a", queue: "q", tags: [], createdAt: "2026-01-01T00:00:00Z", envelope: { traceId: "t" }, ...more });

test("rows change where they stand, and new ones wait apart", () => {
  const list = { rows: [job("3"), job("2")], newer: [] };
  const taken = takeIn(list, [job("2", { state: "dead" }), job("4"), job("5", { queue: "other" }), job("1")], { queue: "q" });
  assert.deepEqual(taken.rows.map(({ id, state }) => `${id} ${state}`), ["3 done", "2 dead"]);
  assert.deepEqual(taken.newer.map(({ id }) => id), ["4"], "neither one of another queue nor one that is older than the list");
  const again = takeIn(taken, [job("4", { state: "dead" }), job("6")], {});
  assert.deepEqual(again.newer.map(({ id, state }) => `${id} ${state}`), ["6 done", "4 dead"]);
});

test("what was missed is taken in, and a list that was left behind is replaced", () => {
  const list = { rows: [job("3"), job("2")], newer: [], next: "older" };
  const near = catchUp(list, { data: [job("4"), job("3", { state: "dead" })], meta: { nextCursor: "x" } }, {});
  assert.deepEqual([near.rows[0].state, near.newer.map(({ id }) => id), near.next], ["dead", ["4"], "older"]);
  const far = catchUp(list, { data: [job("9"), job("8")], meta: { nextCursor: "x" } }, {});
  assert.deepEqual([far.rows.map(({ id }) => id), far.next], [["9", "8"], "x"]);
  const all = catchUp({ rows: [], newer: [], next: null }, { data: [job("1")], meta: { nextCursor: null } }, {});
  assert.deepEqual(all.newer.map(({ id }) => id), ["1"]);
});

test("a filter looks where the server looks", () => {
  assert.ok(fits({ search: "boom" }, job("1", { error: "it went boom" })));
  assert.ok(!fits({ search: "boom" }, job("1")));
  assert.ok(!fits({ since: "2026-02-01T00:00:00Z" }, job("1")));
});

test("how long a job ran goes on while it runs", () => {
  const started = { startedAt: "2026-01-01T00:00:00Z" };
  assert.equal(ranFor({ ...started, finishedAt: "2026-01-01T00:00:02Z", state: "done" }, 0), 2_000);
  assert.equal(ranFor({ ...started, state: "running" }, Date.parse("2026-01-01T00:00:05Z")), 5_000);
  assert.equal(ranFor({ ...started, state: "scheduled" }, 0), undefined, "it waits for another attempt");
});

test("what failed comes before what waits", () => {
  const now = Date.parse("2026-01-01T00:10:00Z");
  const queues = [
    { name: "slow", states: { ready: 2 }, waitingSince: "2026-01-01T00:00:00Z", settings: null },
    { name: "held", states: { ready: 1, dead: 3 }, waitingSince: "2026-01-01T00:09:59Z", settings: { paused: true } },
    { name: "fine", states: { ready: 1 }, waitingSince: "2026-01-01T00:09:59Z", settings: null },
  ];
  const schedules = [{ id: "1", name: "nightly", lastFiring: { result: "enqueued", jobState: "dead" } }, { id: "2", name: "well", lastFiring: null }];
  const found = attention({ queues, schedules, now, at: (path) => path });
  assert.deepEqual(found.map(({ key }) => key), ["dead", "schedule 1", "late slow", "paused held"]);
});

test("a rate is what was added, and never less than nothing", () => {
  let samples = withSample([], { at: 0, ready: 1, done: 10, dead: 0 }, 60_000);
  samples = withSample(samples, { at: 2_000, ready: 1, done: 30, dead: 1 }, 60_000);
  assert.deepEqual([samples[1]?.finished, samples[1]?.failed], [10, 0.5]);
  samples = withSample(samples, { at: 3_000, ready: 1, done: 5, dead: 1 }, 60_000);
  assert.equal(samples[2]?.finished, 0, "old jobs were deleted");
  assert.equal(withSample(samples, { at: 70_000, ready: 0, done: 5, dead: 1 }, 60_000).length, 1, "what is old goes");
});

test("a queue's rate is told when it was seen for long enough", () => {
  let counts = withCount([], 0, { q: { done: 10 } });
  assert.equal(perMinute(counts, "q", 1_000), undefined);
  counts = withCount(counts, 30_000, { q: { done: 20, dead: 5 } });
  assert.equal(perMinute(counts, "q", 30_000), 30);
});

const SCHEMA = {
  type: "object", additionalProperties: false, required: ["to", "kind"],
  properties: {
    to: { type: "string", minLength: 1 },
    kind: { $ref: "#/$defs/Kind" },
    times: { type: ["integer", "null"], minimum: 1 },
    loud: { type: "boolean" },
  },
  $defs: { Kind: { oneOf: [{ const: "mail", description: "by mail" }, { const: "call" }] } },
};

test("a form has a field for each simple property, and none for what is more than that", () => {
  assert.deepEqual(fieldsOf(SCHEMA)?.map(({ name, kind, required, choices }) => [name, kind, required, choices]), [
    ["to", "text", true, []], ["kind", "choice", true, ["mail", "call"]], ["times", "number", false, []], ["loud", "tick", false, []],
  ]);
  assert.equal(fieldsOf({ type: "object", properties: { list: { type: "array" } } }), null);
  assert.equal(fieldsOf(true), null);
  const times = fieldsOf(SCHEMA)?.[2];
  assert.ok(times);
  assert.deepEqual([valueOf(times, "3"), valueOf(times, "")], [3, undefined]);
});

test("what is wrong with a payload is said by its place", () => {
  const faults = (/** @type {any} */ value) => faultsOf(SCHEMA, value).map(({ path, message }) => `${path}: ${message}`);
  assert.deepEqual(faults({ to: "a", kind: "mail", times: null }), []);
  assert.deepEqual(faults({ to: "", kind: "fax", times: 0, extra: 1 }), ["to: must not be empty", "kind: must be one of mail, call", "times: must be 1 or more", "extra: is not known here"]);
  assert.deepEqual(faults([]), [": must be an object"]);
  assert.deepEqual(faults({}), ["to: is required", "kind: is required"]);
});

test("an example has what is required", () => {
  assert.deepEqual(exampleOf(SCHEMA, SCHEMA), { to: "", kind: "mail" });
});

test("a star stands for what it names", () => {
  assert.ok(covers("jobs:*", "jobs:read") && covers("*:read", "jobs:read") && covers("*:*", "a:b"));
  assert.ok(!covers("jobs:*", "job:read") && !covers("*:read", "jobs:write"));
});

test("a path is reached as the server lets keys reach it", () => {
  const path = "/api/requests/{id}/comments";
  assert.ok(mayReach([], path) && mayReach(["requests/*"], path) && mayReach(["*"], path) && mayReach(["requests/0198/comments"], path));
  assert.ok(!mayReach(["jobs/*"], path) && !mayReach(["requests"], path));
  assert.ok(mayReach(["requests"], "/api/requests") && !mayReach(["requests/*"], "/api/requests"));
});

test("a key says what it allows before it is made", () => {
  const document = { paths: { "/api/jobs": { get: { summary: "List", "x-permission": "jobs:read" }, post: { summary: "Make", "x-permission": "jobs:write" } }, "/healthz": { get: { summary: "Live" } } } };
  assert.deepEqual(operationsOf(document, ["jobs:read"], []).map(({ summary }) => summary), ["List"]);
  const words = inWords({ permissions: [{ name: "jobs:read", summary: "See jobs" }], resources: ["jobs/*"], expiresAt: "2026-01-11T00:00:00Z", tenant: "acme", now: Date.parse("2026-01-01T00:00:00Z") });
  assert.deepEqual(words.may, ["See jobs"]);
  assert.deepEqual(words.limits, ["Only in the tenant acme, and only while you may do it yourself.", "Only on these paths: those that begin with /api/jobs/.", "Until 11 January 2026, 10 days from now."]);
});

test("text is quoted as the shell takes it", () => {
  const curl = asCurl({ method: "POST", url: "http://x/api", tenant: "acme", body: { title: "it's" } });
  assert.ok(curl.includes(`-d '{"title":"it'\\''s"}'`) && curl.includes("X-Tenant-ID: acme") && curl.includes("-X POST"), curl);
  assert.ok(asTypeScript({ method: "GET", url: "http://x/api" }).includes('method: "GET"'));
});

test("the best name comes first", () => {
  const names = rank([{ name: "API keys" }, { name: "Keys of issuers" }, { name: "Monkeys" }, { name: "Audit" }], "key");
  assert.deepEqual(names.map(({ name }) => name), ["Keys of issuers", "API keys", "Monkeys"]);
});

test("marks are round and not more than wanted", () => {
  assert.deepEqual(timeMarks(500, 31_000, 4), [10_000, 20_000, 30_000]);
  assert.deepEqual([0, 1, 3, 7, 12, 45, 99].map(roundUp), [1, 1, 5, 10, 20, 50, 100]);
});

test("the bars of a job are its planned delay, its waiting and its running", () => {
  const at = (/** @type {number} */ second) => new Date(second * 1_000).toISOString();
  const entry = { createdAt: at(0), runAt: at(2), startedAt: at(5), finishedAt: at(10), state: "done" };
  assert.deepEqual(barsOf(entry, 0, 10_000), [{ part: "planned", start: 0, end: 0.2 }, { part: "waited", start: 0.2, end: 0.5 }, { part: "ran", start: 0.5, end: 1 }]);
  const waiting = { createdAt: at(0), runAt: at(0), startedAt: null, finishedAt: null, state: "ready" };
  assert.deepEqual(barsOf(waiting, 0, 10_000), [{ part: "waited", start: 0, end: 1 }]);
});

// What the front end thinks of events and of those who get them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOf } from "../../../static/lib/advice.js";
import { attention } from "../../../static/lib/attention.js";
import { causeOf, hrefOfEntry } from "../../../static/lib/causes.js";
import { isListed, marksOf } from "../../../static/lib/history.js";
import { takeIn } from "../../../static/lib/jobs.js";
import { filtersOf } from "../../../static/lib/query.js";
import { isPattern, isType, means, meets, proposals } from "../../../static/lib/patterns.js";
import { backupNotices, noticesOf, standingOf } from "../../../static/lib/standing.js";

test("a pattern means one type, a prefix or all", () => {
  assert.ok(means("order.paid", "order.paid") && !means("order.paid", "order.paid.twice"));
  assert.ok(means("order.*", "order.line.added") && !means("order.*", "orders.paid") && !means("order.*", "order"));
  assert.ok(means("*", "anything.at.all"));
  assert.deepEqual(["*", "order.*", "a.b.c", "order_2.paid-twice"].filter(isPattern).length, 4);
  assert.deepEqual(["", "order", "**", "*.paid", "order*", "order.*.paid", ".*", "Order.*"].filter(isPattern), []);
  assert.ok(isType("order.paid") && !isType("order.*") && !isType("order"));
});

test("every prefix that types share is proposed, and each type", () => {
  assert.deepEqual(proposals(["order.paid", "order.sent", "user.created"]), ["*", "order.*", "order.paid", "order.sent", "user.*", "user.created"]);
});

test("a filter compares as the server does", () => {
  const payload = { amount: 100, state: "paid", customer: { country: "AT" }, none: null };
  /** @type {[any, boolean][]} */
  const cases = [
    [{ amount: 100 }, true], [{ amount: "100" }, false], [{ amount: { gte: 100, lt: 101 } }, true], [{ amount: { gt: 100 } }, false],
    [{ amount: { lte: 99.5 } }, false], [{ state: { gt: "p" } }, true], [{ state: { gt: 5 } }, false], [{ state: { ne: "open" } }, true],
    [{ missing: { ne: "open" } }, true], [{ "customer.country": { in: ["DE", "AT"] } }, true], [{ "customer.country": { in: ["DE"] } }, false],
    [{ "customer.city": { exists: false }, amount: { exists: true } }, true], [{ none: null }, true], [{ missing: null }, false], [{ state: "paid", amount: 1 }, false],
  ];
  for (const [filter, isMet] of cases) assert.equal(meets(filter, payload), isMet, JSON.stringify(filter));
});

const event = (/** @type {string} */ id, /** @type {any} */ more = {}) => ({ id, type: "order.paid", subject: null, status: "pending", createdAt: "2026-01-01T00:00:00Z", ...more });

test("an event that is heard of joins the list that it belongs to", () => {
  const filters = filtersOf(new URLSearchParams("type=order.*&status=pending&nonsense=1&subject="), ["type", "subject", "status"]);
  assert.deepEqual(filters, { type: "order.*", status: "pending" });
  assert.ok(isListed(filters, event("1")));
  for (const other of [{ type: "user.created" }, { status: "delivered" }]) assert.ok(!isListed(filters, event("1", other)), JSON.stringify(other));
  assert.ok(!isListed({ since: "2026-01-02T00:00:00Z" }, event("1")) && !isListed({ until: "2026-01-01T00:00:00Z" }, event("1")));
  const taken = takeIn({ rows: [event("2")], newer: [] }, [event("3"), event("4", { type: "user.created" }), event("2", { status: "dead" })], filters, isListed);
  assert.deepEqual([taken.rows[0].status, taken.newer.map(({ id }) => id)], ["dead", ["3"]]);
});

test("a delivery's attempts lie where they happened", () => {
  const at = (/** @type {number} */ second) => new Date(second * 1_000).toISOString();
  const attempts = [{ startedAt: at(1), finishedAt: at(2), outcome: "handler_error" }];
  const failing = { createdAt: at(0), endedAt: null, held: false, nextAttemptAt: at(8), attempts };
  assert.deepEqual(marksOf(failing, 0, 10_000), { begun: 0, end: 1, tried: [{ start: 0.1, end: 0.2, outcome: "handler_error" }], next: 0.8 });
  assert.equal(marksOf({ ...failing, held: true }, 0, 10_000).next, undefined, "nobody knows when one that is held goes on");
  assert.equal(marksOf({ ...failing, endedAt: at(5), nextAttemptAt: null }, 0, 10_000).end, 0.5);
});

test("how a handler stands is one word", () => {
  const stands = (/** @type {any} */ one) => standingOf({ state: "enabled", ...one });
  assert.equal(stands({}), "untried");
  assert.equal(stands({ successes: 1 }), "healthy");
  assert.equal(stands({ health: { failures: 3, failuresInARow: 1 } }), "failing");
  assert.equal(stands({ state: "probing", disabledFor: "failures" }), "probing");
  assert.deepEqual(["by_hand", "gone", "failures"].map((disabledFor) => stands({ state: "disabled", disabledFor })), ["disabled", "gone", "given_up"]);
});

test("a notice tells of what was disabled by itself, and of nothing else", () => {
  const at = (/** @type {string} */ path) => `/t/acme${path}`;
  const one = { id: "1", name: "chat", state: "disabled", disabledFor: "failures", disabledAt: "2026-01-01T00:00:00Z", waiting: 3 };
  const found = noticesOf([one, { ...one, disabledFor: "by_hand" }, { ...one, state: "enabled", disabledFor: null }], at);
  assert.deepEqual(found.map(({ key, text, href }) => [key, text, href]), [["handler 1 2026-01-01T00:00:00Z", "The handler chat kept failing and was disabled. 3 deliveries wait for it.", "/t/acme/handlers/1"]]);
});

test("what needs attention counts handlers and dead letters in", () => {
  const at = (/** @type {string} */ path) => path;
  const queues = [{ name: "events.chat", states: { ready: 3, dead: 2 }, settings: { paused: true } }];
  const handlers = [
    { id: "1", name: "chat", state: "disabled", disabledFor: "failures", waiting: 3 },
    { id: "2", name: "mail", state: "disabled", disabledFor: "by_hand", waiting: 0 },
    { id: "3", name: "crm", state: "enabled", health: { failuresInARow: 1, lastError: "500" } },
  ];
  const found = attention({ queues, schedules: [], handlers, letters: 2, now: 0, at });
  assert.deepEqual(found.map(({ tone, text }) => `${tone}: ${text}`), [
    "bad: 2 deliveries never arrived.",
    "bad: The handler chat kept failing and is disabled, and 3 deliveries wait for it.",
    "warn: The handler crm fails: 500",
  ]);
});

test("a cause leads to its page where one may see it", () => {
  const here = { at: (/** @type {string} */ path) => path, can: (/** @type {string} */ permission) => permission === "jobs:read" };
  assert.deepEqual(causeOf(here, "job:7"), { word: "a job", href: "/runs/7" });
  assert.deepEqual(causeOf(here, "event:7"), { word: "an event", href: undefined });
  assert.equal(causeOf(here, null), null);
  assert.equal(hrefOfEntry(here, { id: "7", kind: "job" }), "/runs/7");
  assert.equal(hrefOfEntry(here, { id: "7", kind: "event" }), undefined);
});

test("who looks after the instance is told of what fails and of keys without an end", () => {
  const found = adviceOf({
    troubles: [{ path: "disk", message: "has 10 MiB left" }],
    places: [{
      slug: "acme", name: "Acme",
      handlers: [{ name: "chat", state: "disabled", disabledFor: "failures" }, { name: "crm", state: "enabled", failuresInARow: 2 }],
      endlessKeys: ["backup"],
    }],
  });
  assert.deepEqual(found.map(({ tone, text }) => `${tone}: ${text}`), [
    "bad: disk: has 10 MiB left",
    "bad: In Acme the handler chat kept failing and is disabled.",
    "warn: In Acme the handler crm fails.",
    "warn: In Acme 1 API key ends never and is good for every path: backup.",
  ]);
  assert.deepEqual(adviceOf({ troubles: [], places: [] }), []);
});

test("a backup that failed is told of until one was made since, and an old one is said to be old", () => {
  const now = Date.parse("2026-01-10T00:00:00Z");
  const advice = (/** @type {any} */ backups) => adviceOf({ troubles: [], places: [], backups, now }).map(({ tone, text }) => `${tone}: ${text}`);
  const lastFailure = { jobId: "7", error: "the disk is full", createdAt: "2026-01-09T02:30:00Z", finishedAt: "2026-01-09T02:40:00Z" };
  assert.deepEqual(advice({ lastSuccess: null, lastFailure: null }), ["warn: There is no backup yet."]);
  assert.deepEqual(advice({ lastSuccess: "2026-01-08T02:30:00Z", lastFailure }), ["bad: The last backup failed: the disk is full"]);
  assert.deepEqual(advice({ lastSuccess: "2026-01-09T12:00:00Z", lastFailure }), []);
  assert.deepEqual(advice({ lastSuccess: "2026-01-05T00:00:00Z", lastFailure: null }), ["warn: The newest backup is 5 days old."]);
  assert.deepEqual(backupNotices({ lastSuccess: null, lastFailure }).map(({ key, text }) => [key, text]), [["backup 7", "The last backup failed: the disk is full"]]);
  assert.deepEqual(backupNotices({ lastSuccess: "2026-01-09T12:00:00Z", lastFailure }), []);
});

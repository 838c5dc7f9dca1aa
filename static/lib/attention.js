// @ts-check
// What needs somebody's attention, the most pressing first.

import { ago, count, plural } from "./format.js";
import { standingOf } from "./standing.js";

const LONG_WAIT_MS = 5 * 60_000;

/**
 * @param {{ queues: any[], schedules: any[], handlers?: any[], letters?: number, now: number, at: (path: string) => string }} seen
 * @returns {{ key: string, tone: "bad" | "warn", text: string, href: string, word: string }[]}
 */
export function attention({ queues, schedules, handlers = [], letters = 0, now, at }) {
  /** @type {ReturnType<typeof attention>} */
  const found = [];
  const add = (/** @type {string} */ key, /** @type {"bad" | "warn"} */ tone, /** @type {string} */ text, /** @type {string} */ href, /** @type {string} */ word) => { found.push({ key, tone, text, href: at(href), word }); };
  // What goes to handlers is told of with the handlers.
  const others = queues.filter(({ name }) => !name.startsWith("events."));
  const dead = others.reduce((sum, queue) => sum + (queue.states.dead ?? 0), 0);
  if (dead) add("dead", "bad", `${plural(dead, "job")} gave up after all attempts.`, "/runs?state=dead", "See why");
  if (letters) add("letters", "bad", `${plural(letters, "delivery", "deliveries")} never arrived.`, "/dead-letters", "See what went wrong");
  for (const { name, states, waitingSince, settings } of others) {
    const ready = states.ready ?? 0;
    const waits = waitingSince ? now - Date.parse(waitingSince) : 0;
    if (settings?.paused && ready) {
      add(`paused ${name}`, "warn", `The queue ${name} is paused, and ${count(ready)} ${ready === 1 ? "job waits" : "jobs wait"} in it.`, "/queues", "Resume it");
    } else if (waits > LONG_WAIT_MS) {
      add(`late ${name}`, "warn", `The oldest job in the queue ${name} has been due since ${ago(waitingSince, now)}.`, `/runs?queue=${encodeURIComponent(name)}&state=ready`, "See which");
    }
  }
  for (const { id, name, lastFiring } of schedules) {
    const failed = lastFiring && (lastFiring.result === "refused" || lastFiring.jobState === "dead");
    if (failed) add(`schedule ${id}`, "bad", `The schedule ${name} failed the last time.`, `/schedules/${id}`, "See why");
  }
  for (const handler of handlers) {
    const standing = standingOf(handler);
    const { id, name, waiting } = handler;
    const waits = waiting ? `, and ${plural(waiting, "delivery waits", "deliveries wait")} for it` : "";
    const say = (/** @type {"bad" | "warn"} */ tone, /** @type {string} */ text) => add(`handler ${id}`, tone, `The handler ${name} ${text}`, `/handlers/${id}`, "See it");
    if (standing === "failing") say("warn", `fails: ${(handler.health?.lastError ?? "no error was told").slice(0, 160)}`);
    else if (standing === "disabled" && waiting) say("warn", `is disabled${waits}.`);
    else if (standing === "gone") say("bad", `is gone for good${waits}.`);
    else if (["given_up", "probing"].includes(standing)) say("bad", `kept failing and is disabled${waits}.`);
  }
  return found.sort((a, b) => Number(b.tone === "bad") - Number(a.tone === "bad"));
}

/**
 * Adds a sample to a series of rates and depths, and drops what is too old.
 * @param {{ at: number, ready: number, done: number, dead: number, finished: number, failed: number }[]} samples
 * @param {{ at: number, ready: number, done: number, dead: number }} next
 * @param {number} span
 */
export function withSample(samples, next, span) {
  const before = samples.at(-1);
  const seconds = before ? Math.max(0.001, (next.at - before.at) / 1_000) : 1;
  // Counts fall when old jobs are deleted, and that is no rate.
  const rate = (/** @type {"done" | "dead"} */ name) => (before ? Math.max(0, next[name] - before[name]) / seconds : 0);
  const sample = { ...next, finished: rate("done"), failed: rate("dead") };
  return [...samples.filter(({ at }) => at >= next.at - span), sample];
}

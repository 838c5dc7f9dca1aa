// @ts-check
// What needs somebody's attention, the most pressing first.

import { ago, count, plural } from "./format.js";

const LONG_WAIT_MS = 5 * 60_000;

/**
 * @param {{ queues: any[], schedules: any[], now: number, at: (path: string) => string }} seen
 * @returns {{ key: string, tone: "bad" | "warn", text: string, href: string, word: string }[]}
 */
export function attention({ queues, schedules, now, at }) {
  const found = [];
  const dead = queues.reduce((sum, queue) => sum + (queue.states.dead ?? 0), 0);
  if (dead) {
    found.push({ key: "dead", tone: /** @type {const} */ ("bad"), text: `${plural(dead, "job")} gave up after all attempts.`, href: at("/runs?state=dead"), word: "See why" });
  }
  for (const { name, states, waitingSince, settings } of queues) {
    const ready = states.ready ?? 0;
    const waits = waitingSince ? now - Date.parse(waitingSince) : 0;
    const href = at(`/runs?queue=${encodeURIComponent(name)}&state=ready`);
    if (settings?.paused && ready) {
      found.push({ key: `paused ${name}`, tone: /** @type {const} */ ("warn"), text: `The queue ${name} is paused, and ${count(ready)} ${ready === 1 ? "job waits" : "jobs wait"} in it.`, href: at("/queues"), word: "Resume it" });
    } else if (waits > LONG_WAIT_MS) {
      found.push({ key: `late ${name}`, tone: /** @type {const} */ ("warn"), text: `The oldest job in the queue ${name} has been due since ${ago(waitingSince, now)}.`, href, word: "See which" });
    }
  }
  for (const { id, name, lastFiring } of schedules) {
    const failed = lastFiring && (lastFiring.result === "refused" || lastFiring.jobState === "dead");
    if (failed) found.push({ key: `schedule ${id}`, tone: /** @type {const} */ ("bad"), text: `The schedule ${name} failed the last time.`, href: at(`/schedules/${id}`), word: "See why" });
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

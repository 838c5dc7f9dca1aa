// @ts-check
// How fast each queue finishes jobs, from counts that come now and then.

const SPAN_MS = 60_000;

/**
 * @typedef {{ at: number, over: Record<string, number> }} Count
 */

/**
 * Adds what was finished until now in each queue, and drops what is too old.
 * @param {Count[]} counts
 * @param {number} at
 * @param {Record<string, Record<string, number>>} queues
 * @returns {Count[]}
 */
export function withCount(counts, at, queues) {
  const over = Object.fromEntries(Object.entries(queues).map(([name, states]) => [name, (states.done ?? 0) + (states.dead ?? 0) + (states.cancelled ?? 0)]));
  return [...counts.filter((count) => count.at >= at - SPAN_MS), { at, over }];
}

/**
 * Jobs finished in a minute, as far as it was seen; nothing until it was seen for long enough.
 * @param {Count[]} counts
 * @param {string} queue
 * @param {number} now
 */
export function perMinute(counts, queue, now) {
  const first = counts[0];
  const last = counts.at(-1);
  if (!first || !last || now - first.at < 5_000) return undefined;
  const done = Math.max(0, (last.over[queue] ?? 0) - (first.over[queue] ?? 0));
  return (done * 60_000) / (now - first.at);
}

// @ts-check
// Which events and which lines of the log belong to a list, and when a delivery was tried.

import { means } from "./patterns.js";
import { isWithin } from "./query.js";

/**
 * Whether an event that was heard of belongs to the list.
 * @param {Record<string, string>} filters
 * @param {any} event
 */
export function isListed(filters, event) {
  const { type, subject, status } = filters;
  if (type && !means(type, event.type)) return false;
  if (subject && event.subject !== subject) return false;
  if (status && event.status !== status) return false;
  return isWithin(filters, event.createdAt);
}

/** Whether something still happens to it by itself. @param {{ status: string }} event */
export const isUnderWay = ({ status }) => status === "pending" || status === "failing";

/**
 * What becomes of a delivery, on a line from when its event was published to `to`: each attempt, and
 * the next one when it is known.
 * @param {any} delivery
 * @param {number} from
 * @param {number} to
 */
export function marksOf(delivery, from, to) {
  const span = Math.max(1, to - from);
  const at = (/** @type {string} */ time) => Math.min(1, Math.max(0, (Date.parse(time) - from) / span));
  const tried = delivery.attempts.map((/** @type {any} */ { startedAt, finishedAt, outcome }) => ({ start: at(startedAt), end: at(finishedAt), outcome }));
  const begun = at(delivery.createdAt);
  const end = delivery.endedAt ? at(delivery.endedAt) : at(new Date(to).toISOString());
  const next = delivery.nextAttemptAt && !delivery.held && Date.parse(delivery.nextAttemptAt) > from ? at(delivery.nextAttemptAt) : undefined;
  return { begun, end, tried, next };
}

/** From the least that matters to the most. */
const LEVELS = ["trace", "debug", "info", "warn", "error"];

/**
 * Whether a line that was heard of belongs to the list.
 * @param {Record<string, string>} filters
 * @param {any} line
 */
export function isLogged(filters, line) {
  const { level, text, trace, tenant } = filters;
  if (level && LEVELS.indexOf(line.level) < LEVELS.indexOf(level)) return false;
  if (text && !line.message.toLowerCase().includes(text.toLowerCase())) return false;
  if (tenant && line.tenant !== tenant) return false;
  if (trace && line.traceId !== trace) return false;
  return isWithin(filters, line.at);
}

// @ts-check
// Lists of events and their filters, as the address bar has them.

import { means } from "./patterns.js";

export const EVENT_FILTERS = ["type", "subject", "status", "since", "until"];

/**
 * The filters of an address, as the API takes them.
 * @param {URLSearchParams} query
 * @returns {Record<string, string>}
 */
export function eventFiltersOf(query) {
  return Object.fromEntries(EVENT_FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? ""]] : [])));
}

/**
 * Whether an event that was heard of belongs to the list.
 * @param {Record<string, string>} filters
 * @param {any} event
 */
export function isListed({ type, subject, status, since, until }, event) {
  if (type && !means(type, event.type)) return false;
  if (subject && event.subject !== subject) return false;
  if (status && event.status !== status) return false;
  if (since && Date.parse(event.createdAt) < Date.parse(since)) return false;
  return !until || Date.parse(event.createdAt) < Date.parse(until);
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

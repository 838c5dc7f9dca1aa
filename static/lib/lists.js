// @ts-check
// Lists that are short enough to be had whole, and that several parts of a page ask for: at the same time
// they are asked for once. Who may not read one has none of it.

import { changes } from "./api.js";

/** @typedef {Pick<import("./session.js").Here, "can" | "read">} Where */

/** What is asked for and not answered yet, and since which change. @type {WeakMap<Where, Map<string, { since: number, answer: Promise<any[]> }>>} */
const underWay = new WeakMap();

/** @param {Where} here @param {string} path @returns {Promise<any[]>} */
function readOnce(here, path) {
  const asked = underWay.get(here) ?? new Map();
  underWay.set(here, asked);
  const before = asked.get(path);
  if (before?.since === changes.get()) return before.answer;
  const one = { since: changes.get(), answer: here.read(path) };
  asked.set(path, one);
  const over = () => { if (asked.get(path) === one) asked.delete(path); };
  one.answer.then(over, over);
  return one.answer;
}

/**
 * @param {string} permission
 * @param {string} path
 */
export const whole = (permission, path) => async (/** @type {Where} */ here, /** @type {AbortSignal | undefined} */ signal = undefined) => {
  const found = /** @type {any[]} */ (here.can(permission) ? await readOnce(here, path) : []);
  signal?.throwIfAborted();
  return found;
};

export const listHandlers = whole("subscriptions:read", "/api/subscriptions?limit=200");
export const listTypes = whole("events:read", "/api/event-types");
export const listLetterGroups = whole("dead-letters:read", "/api/dead-letters/groups?limit=200");

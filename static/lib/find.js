// @ts-check
// What the palette finds beyond pages: who and what of this tenant is called something like that.

import { listHandlers, whole } from "./lists.js";

/** @typedef {{ name: string, kind: string, href: string }} Choice */
/** @typedef {Pick<import("./session.js").Here, "can" | "read" | "at" | "tenant">} Where */

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOST_OF_EACH = 5;

/** So long the short lists serve for further letters. */
const KEPT_MS = 30_000;

const lists = {
  handlers: listHandlers,
  queues: whole("jobs:read", "/api/jobs/queues"),
  schedules: whole("schedules:read", "/api/schedules?limit=200"),
  keys: whole("keys:read", "/api/keys?limit=200"),
};

/** @type {{ here: Where, at: number, answers: Promise<Choice[]> } | undefined} */
let kept;

/** What is so short that it is had whole, once for a while. @param {Where} here */
async function named(here) {
  const none = () => /** @type {any[]} */ ([]);
  const [handlers, queues, schedules, keys] = await Promise.all([
    lists.handlers(here).catch(none), lists.queues(here).catch(none), lists.schedules(here).catch(none),
    here.tenant === "instance" ? [] : lists.keys(here).catch(none),
  ]);
  return [
    ...handlers.map(({ id, name }) => ({ name, kind: "handler", href: here.at(`/handlers/${id}`) })),
    ...queues.map(({ name }) => ({ name, kind: "queue", href: here.at(`/runs?queue=${encodeURIComponent(name)}`) })),
    ...schedules.map(({ id, name }) => ({ name, kind: "schedule", href: here.at(`/schedules/${id}`) })),
    ...keys.map(({ name }) => ({ name, kind: "API key", href: here.at("/keys") })),
  ];
}

/** @param {Where} here @param {any} person @returns {Choice} */
function choiceOf(here, { name, email }) {
  const [path, kind] = here.tenant === "instance" ? ["/accounts", "account"] : ["/users", "user"];
  return { name: name ? `${name}, ${email}` : email, kind, href: here.at(`${path}?search=${encodeURIComponent(email)}`) };
}

/** Those whose address or name begins so, or whose id it is. @param {Where} here @param {string} text @param {AbortSignal} signal */
async function people(here, text, signal) {
  if (!here.can("users:read")) return [];
  if (ID.test(text)) return here.can("people:read") ? here.read(`/api/people?ids=${text}`, signal) : [];
  return here.read(`/api/users?limit=${MOST_OF_EACH}&search=${encodeURIComponent(text)}`, signal);
}

/**
 * @param {Where} here
 * @param {string} text of two letters or more
 * @param {AbortSignal} signal
 * @returns {Promise<Choice[]>}
 */
export async function find(here, text, signal) {
  if (kept?.here !== here || performance.now() - kept.at > KEPT_MS) kept = { here, at: performance.now(), answers: named(here) };
  const wanted = text.toLowerCase();
  const [all, found] = await Promise.all([kept.answers, people(here, text, signal)]);
  const fit = all.filter(({ name }) => name.toLowerCase().includes(wanted));
  const few = ["handler", "queue", "schedule", "API key"].flatMap((kind) => fit.filter((one) => one.kind === kind).slice(0, MOST_OF_EACH));
  return [...few, ...found.map((/** @type {any} */ person) => choiceOf(here, person))];
}

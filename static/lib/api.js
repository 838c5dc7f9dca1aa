// @ts-check
// Calls to the API. The session's cookie goes along by itself; the tenant is named in a header.

import { queryOf } from "./query.js";
import { store } from "./store.js";

/** How often a call was refused for want of a session. */
export const strangers = store(0);

/** Whether the last call reached the server. */
export const reached = store(true);

/** How often something was to be changed from here: what was asked before may not be so any more. */
export const changes = store(0);

/** What the server said when it did not do what it was asked for. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} reply
   */
  constructor(status, reply) {
    super(wordsOf(reply?.error) ?? `The server answered ${status}.`);
    this.status = status;
    this.code = reply?.error?.code ?? "";
    /** @type {{ path: string, message: string }[]} */
    this.details = reply?.error?.details ?? [];
    /** @type {string} */
    this.traceId = reply?.meta?.traceId ?? "";
  }
}

/** A sentence, as people write them. @param {string} text */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** What is wrong, each by its place, or the whole in one sentence. @param {any} error */
function wordsOf(error) {
  const details = error?.details ?? [];
  if (!details.length) return error?.message;
  return details.map((/** @type {any} */ { path, message }) => sentence(`${path} ${message}`)).join(" ");
}

/** The server did not answer at all. */
class Unreached extends Error {
  constructor() {
    super("The server does not answer. Is it running, and is this machine connected to it?");
  }
}

/**
 * @typedef {object} Call
 * @property {string} [tenant] its slug
 * @property {Record<string, any> | URLSearchParams} [query] what is empty is left out
 * @property {any} [body]
 * @property {AbortSignal} [signal]
 * @property {boolean} [once] sent again by hand it is not done twice
 */

/**
 * @param {string} method
 * @param {string} path
 * @param {Call} [call]
 * @returns {Promise<{ data: any, meta: any, status: number }>}
 */
export async function send(method, path, { tenant, query, body, signal, once } = {}) {
  if (method !== "GET") changes.set(changes.get() + 1);
  const reply = await fetchFrom(method, path + queryOf(query), {
    tenant, signal, body, looks: method === "GET", key: once && method === "POST" ? freshKey() : undefined,
  });
  const read = await reply.json().catch(() => null);
  if (method !== "GET") changes.set(changes.get() + 1);
  if (reply.status === 401) strangers.set(strangers.get() + 1);
  if (!reply.ok) throw new Refused(reply.status, read);
  return { data: read?.data ?? read, meta: read?.meta ?? {}, status: reply.status };
}

/**
 * @param {string} method
 * @param {string} url
 * @param {{ tenant?: string, signal?: AbortSignal, body?: any, key?: string, accept?: string, looks?: boolean }} how `looks`
 *   when it is for showing a page: it would only hide, among the traces, what people and programs do
 */
export async function fetchFrom(method, url, { tenant, signal, body, key, accept, looks = false }) {
  const headers = new Headers({ accept: accept ?? "application/json" });
  if (tenant) headers.set("x-tenant-id", tenant);
  if (looks) headers.set("x-looking", "1");
  if (key) headers.set("idempotency-key", key);
  if (body !== undefined) headers.set("content-type", "application/json");
  try {
    const reply = await fetch(url, {
      method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
    });
    reached.set(true);
    return reply;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reached.set(false);
    throw new Unreached();
  }
}

/** A key that nobody else has. `crypto.randomUUID` is missing where the page comes without TLS. */
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// @ts-check
// One stream of events over an ordinary request, as the browser's own EventSource can't name the
// tenant. It begins anew when it breaks; events are gathered and handed on a few times a second.

import { Refused, fetchFrom, strangers } from "./api.js";
import { parseEvents } from "./events.js";

/** `none` while no page listens, `full` while too many others do. @typedef {"none" | "live" | "connecting" | "full" | "paused"} LinkState */

/**
 * Events in their order, and whether some were missed.
 * @typedef {{ events: { name: string, data: string }[], lagged: boolean }} Told
 */

/**
 * @typedef {object} Ear
 * @property {(told: Told) => void} on
 * @property {(state: LinkState) => void} show
 */

const GATHER_MS = 150;
const LONGEST_WAIT_MS = 15_000;

/**
 * Reads until it is closed, or until the server says that one may not.
 * @param {{ tenant: string, url: string, allowed: () => Promise<boolean>, room?: () => Promise<(() => void) | null> } & Ear} what
 *   `allowed` tells whether who reads is still who he was; `room` gives room for one more connection, and what gives it back
 * @returns {() => void} closes it
 */
export function openStream({ tenant, url, allowed, on, show, room = async () => () => undefined }) {
  let control = new AbortController();
  let wait = 500;
  let timer = 0;
  let over = false;
  let isFull = false;
  /** @type {Told["events"]} */
  let gathered = [];

  function hand() {
    timer = 0;
    const events = gathered;
    gathered = [];
    on({ events, lagged: false });
  }

  async function read() {
    const giveBack = await room();
    if (over || !giveBack) {
      giveBack?.();
      isFull = true;
      return;
    }
    try {
      const reply = await fetchFrom("GET", url, { tenant, signal: control.signal, accept: "text/event-stream", looks: true });
      if (!reply.ok || !reply.body) throw new Refused(reply.status, await reply.json().catch(() => null));
      // Another tab may have signed in as somebody else, and the cookie is everybody's.
      if (!(await allowed())) throw new Refused(401, null);
      if (over) return;
      isFull = false;
      wait = 500;
      // What happened between the page's own question and this moment was not told.
      on({ events: [], lagged: true });
      show("live");
      await take(reply.body);
    } finally {
      control.abort();
      giveBack();
    }
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async function take(body) {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of pieces(body)) {
      if (over) return;
      const parsed = parseEvents(rest + decoder.decode(piece, { stream: true }));
      rest = parsed.rest;
      gathered.push(...parsed.events);
      if (parsed.events.length && !timer) timer = window.setTimeout(hand, GATHER_MS);
    }
  }

  async function keepReading() {
    while (!over) {
      show(isFull ? "full" : "connecting");
      control = new AbortController();
      try {
        await read();
      } catch (error) {
        if (error instanceof Refused && error.status === 401) strangers.set(strangers.get() + 1);
        if (error instanceof Refused && [401, 403].includes(error.status)) break;
        isFull = error instanceof Refused && error.status === 503;
      }
      if (over) return;
      show(isFull ? "full" : "connecting");
      // While nothing can be heard, what is shown is asked for anew now and then.
      if (wait > 2_000) on({ events: [], lagged: true });
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    if (!over) show("paused");
  }

  keepReading();
  return () => {
    over = true;
    control.abort();
    clearTimeout(timer);
  };
}

/** @param {ReadableStream<Uint8Array>} body */
async function* pieces(body) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

// @ts-check
// What changes while one looks: a stream of events over an ordinary request, as the browser's own
// EventSource can't name the tenant. Events are gathered and handed on a few times a second.

import { Refused, fetchFrom } from "./api.js";
import { gather, parseEvents } from "./events.js";
import { queryOf } from "./query.js";
import { store } from "./store.js";
import { useEffect, useRef } from "./view.js";

/** `none` while no page listens. @type {import("./store.js").Store<"none" | "live" | "connecting" | "paused">} */
export const liveState = store(/** @type {any} */ ("none"));

const GATHER_MS = 250;
const LONGEST_WAIT_MS = 15_000;

/**
 * @typedef {object} Heard
 * @property {any} [counts] the newest
 * @property {any[]} jobs each once, as it is now
 * @property {boolean} lagged whether something was missed
 */

/**
 * Listens while the part is there and its tab is looked at.
 * @param {{ tenant?: string, query?: Record<string, any>, on: (heard: Heard) => void, off?: boolean }} what
 */
export function useLive({ tenant, query, on, off = false }) {
  const latest = useRef(on);
  latest.current = on;
  const search = queryOf(query);
  useEffect(() => {
    if (off || !tenant) return undefined;
    return listen(tenant, search, (heard) => latest.current(heard));
  }, [tenant, search, off]);
}

/**
 * @param {string} tenant
 * @param {string} search
 * @param {(heard: Heard) => void} on
 */
function listen(tenant, search, on) {
  let control = new AbortController();
  let wait = 500;
  let timer = 0;
  let over = false;
  const fresh = () => ({ counts: undefined, jobs: new Map(), lagged: false });
  let gathered = fresh();

  function hand() {
    timer = 0;
    const { counts, jobs, lagged } = gathered;
    gathered = fresh();
    on({ counts, jobs: [...jobs.values()], lagged });
  }

  async function read() {
    const reply = await fetchFrom("GET", `/api/jobs/stream${search}`, { tenant, signal: control.signal, accept: "text/event-stream" });
    if (!reply.ok || !reply.body) throw new Refused(reply.status, await reply.json().catch(() => null));
    liveState.set("live");
    wait = 500;
    // What happened between the page's own question and this moment was not told.
    on({ counts: undefined, jobs: [], lagged: true });
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of pieces(reply.body)) {
      const parsed = parseEvents(rest + decoder.decode(piece, { stream: true }));
      rest = parsed.rest;
      for (const event of parsed.events) gather(gathered, event);
      if (parsed.events.length && !timer) timer = window.setTimeout(hand, GATHER_MS);
    }
  }

  async function keepReading() {
    while (!over && !document.hidden) {
      liveState.set("connecting");
      control = new AbortController();
      try {
        await read();
      } catch (error) {
        if (error instanceof Refused && [401, 403].includes(error.status)) break;
      }
      if (over || document.hidden) break;
      liveState.set("connecting");
      // While nothing can be heard, what is shown is asked for anew now and then.
      if (wait > 2_000) on({ counts: undefined, jobs: [], lagged: true });
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    running = false;
    if (!over) liveState.set("paused");
  }

  let running = false;
  function begin() {
    if (running || over) return;
    running = true;
    keepReading();
  }
  // A tab that nobody looks at costs the server nothing.
  const look = () => (document.hidden ? control.abort() : begin());
  document.addEventListener("visibilitychange", look);
  begin();
  return () => {
    over = true;
    control.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    liveState.set("none");
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

// @ts-check
// What changes while one looks: streams of events over ordinary requests, as the browser's own
// EventSource can't name the tenant. Events are gathered and handed on a few times a second.

import { Refused, fetchFrom } from "./api.js";
import { gather, parseEvents } from "./events.js";
import { queryOf } from "./query.js";
import { store } from "./store.js";
import { useEffect, useRef } from "./view.js";

/** @typedef {"none" | "live" | "connecting" | "full" | "paused"} LinkState */

/** `none` while no page listens, `full` while too many others do. @type {import("./store.js").Store<LinkState>} */
export const liveState = store(/** @type {any} */ ("none"));

const GATHER_MS = 250;
const LONGEST_WAIT_MS = 15_000;

/**
 * Events in their order, and whether some were missed.
 * @typedef {{ events: { name: string, data: string }[], lagged: boolean }} Told
 */

/**
 * Listens while the part is there and its tab is looked at. The bar at the top says nothing of a quiet one.
 * @param {{ tenant?: string, path: string, query?: Record<string, any>, on: (told: Told) => void, off?: boolean, quiet?: boolean }} what
 */
export function useStream({ tenant, path, query, on, off = false, quiet = false }) {
  const latest = useRef(on);
  latest.current = on;
  const url = path + queryOf(query);
  useEffect(() => {
    if (off || !tenant) return undefined;
    return listen(tenant, url, (told) => latest.current(told), quiet ? () => undefined : liveState.set);
  }, [tenant, url, off, quiet]);
}

/**
 * Listens to what becomes of jobs: the newest counts, each job once as it is now, and whether some were missed.
 * @param {{ tenant?: string, query?: Record<string, any>, on: (heard: { counts?: any, jobs: any[], lagged: boolean }) => void, off?: boolean }} what
 */
export function useLive({ on, ...what }) {
  useStream({ ...what, path: "/api/jobs/stream", on: ({ events, lagged }) => {
    const gathered = { counts: undefined, jobs: new Map(), lagged };
    for (const event of events) gather(gathered, event);
    on({ ...gathered, jobs: [...gathered.jobs.values()] });
  } });
}

/**
 * @param {string} tenant
 * @param {string} url
 * @param {(told: Told) => void} on
 * @param {(state: LinkState) => void} show
 */
function listen(tenant, url, on, show) {
  let control = new AbortController();
  let wait = 500;
  let timer = 0;
  let over = false;
  /** @type {Told["events"]} */
  let gathered = [];

  function hand() {
    timer = 0;
    const events = gathered;
    gathered = [];
    on({ events, lagged: false });
  }

  async function read() {
    const reply = await fetchFrom("GET", url, { tenant, signal: control.signal, accept: "text/event-stream" });
    if (!reply.ok || !reply.body) throw new Refused(reply.status, await reply.json().catch(() => null));
    show("live");
    wait = 500;
    // What happened between the page's own question and this moment was not told.
    on({ events: [], lagged: true });
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of pieces(reply.body)) {
      const parsed = parseEvents(rest + decoder.decode(piece, { stream: true }));
      rest = parsed.rest;
      gathered.push(...parsed.events);
      if (parsed.events.length && !timer) timer = window.setTimeout(hand, GATHER_MS);
    }
  }

  async function keepReading() {
    let isFull = false;
    while (!over && !document.hidden) {
      show(isFull ? "full" : "connecting");
      control = new AbortController();
      try {
        await read();
      } catch (error) {
        if (error instanceof Refused && [401, 403].includes(error.status)) break;
        isFull = error instanceof Refused && error.status === 503;
      }
      if (over || document.hidden) break;
      show(isFull ? "full" : "connecting");
      // While nothing can be heard, what is shown is asked for anew now and then.
      if (wait > 2_000) on({ events: [], lagged: true });
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    running = false;
    if (!over) show("paused");
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
    show("none");
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

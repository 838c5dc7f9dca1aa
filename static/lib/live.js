// @ts-check
// What changes while one looks. Tabs of one browser that listen to the same share one stream.

import { gather } from "./events.js";
import { queryOf } from "./query.js";
import { account, isStill } from "./session.js";
import { store, useStore } from "./store.js";
import { openStream } from "./stream.js";
import { canShare, listenTogether, roomAmongTabs } from "./tabs.js";
import { useLayoutEffect, useRef, useState } from "./view.js";

/** @typedef {import("./stream.js").LinkState} LinkState */
/** @typedef {import("./stream.js").Told} Told */

/** @type {import("./store.js").Store<LinkState>} */
export const liveState = store(/** @type {any} */ ("none"));

/** So long a page waits for its stream before it asks for what it shows. */
const PATIENCE_MS = 400;

/**
 * Listens while the part is there and its tab is looked at. The bar at the top says nothing of a quiet one.
 * A page that asks for what it shows only when this is there misses nothing and needs to ask but once.
 * @param {{ tenant?: string, path: string, query?: Record<string, any>, on: (told: Told) => void, off?: boolean, quiet?: boolean }} what
 * @returns {boolean} whether it listens, or does not for now
 */
export function useStream({ tenant, path, query, on, off = false, quiet = false }) {
  const latest = useRef(on);
  latest.current = on;
  const who = useStore(account);
  const about = off || !tenant || !who ? "" : `${who} ${tenant} ${path}${queryOf(query)}`;
  const [begun, setBegun] = useState("");
  useLayoutEffect(() => {
    if (!about || !tenant) return undefined;
    const patience = setTimeout(setBegun, PATIENCE_MS, about);
    const close = listen({ who, tenant, url: path + queryOf(query), on: (told) => {
      latest.current(told);
      if (told.lagged) setBegun(about);
    }, show: (state) => {
      if (!quiet) liveState.set(state);
      if (state === "full" || state === "paused") setBegun(about);
    } });
    return () => {
      clearTimeout(patience);
      close();
      if (!quiet) liveState.set("none");
    };
  }, [about, quiet]);
  return !about || begun === about;
}

/**
 * Listens to what becomes of jobs: the newest counts, each job once as it is now, and whether some were missed.
 * @param {{ tenant?: string, query?: Record<string, any>, on: (heard: { counts?: any, jobs: any[], lagged: boolean }) => void, off?: boolean }} what
 */
export function useLive({ on, ...what }) {
  return useStream({ ...what, path: "/api/jobs/stream", on: ({ events, lagged }) => {
    const gathered = { counts: undefined, jobs: new Map(), lagged };
    for (const event of events) gather(gathered, event);
    on({ ...gathered, jobs: [...gathered.jobs.values()] });
  } });
}

/**
 * Listens whenever the tab is looked at: one that nobody looks at costs the server nothing, and leads no other.
 * @param {{ who: string, tenant: string, url: string } & import("./stream.js").Ear} what
 * @returns {() => void} ends it
 */
function listen({ who, tenant, url, on, show }) {
  const allowed = () => isStill(who);
  const begin = () => (canShare()
    ? listenTogether(`steading ${who} ${tenant} ${url}`, (ear) => openStream({ tenant, url, allowed, room: roomAmongTabs, ...ear }), { on, show })
    : openStream({ tenant, url, allowed, on, show }));
  /** @type {(() => void) | undefined} */
  let leave;
  const look = () => {
    if (!document.hidden) leave ??= begin();
    else if (leave) {
      leave();
      leave = undefined;
      show("paused");
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    leave?.();
  };
}

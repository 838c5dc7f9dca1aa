// @ts-check
// What one should be told of on whatever page one is: a handler that was disabled by itself, a backup
// that failed. Only who can do something about it is told, until he says that he knows.

import { listHandlers } from "./lists.js";
import { useStream } from "./live.js";
import { useEvery } from "./load.js";
import { backupNotices, noticesOf } from "./standing.js";
import { store, useStore } from "./store.js";
import { useEffect, useRef, useState } from "./view.js";

/** How often it is looked whether what is told of is still so. */
const ASK_MS = 20_000;
const ASK_BACKUPS_MS = 10 * 60_000;
const MOST_KEPT = 50;

const changed = store(0);

/** A page changed something of which there may be a notice. */
export const renewNotices = () => changed.set(changed.get() + 1);

/**
 * @param {import("./session.js").Here | undefined} here
 * @returns {{ notices: ReturnType<typeof noticesOf>, dismiss: (key: string) => void }}
 */
export function useNotices(here) {
  const may = here?.can("subscriptions:write") ?? false;
  const follows = may && (here?.can("events:read") ?? false);
  const [found, setFound] = useState(/** @type {{ tenant: string, notices: ReturnType<typeof noticesOf> }} */ ({ tenant: "", notices: [] }));
  const [backups, setBackups] = useState(/** @type {ReturnType<typeof noticesOf>} */ ([]));
  const looksAfter = here?.session.instance.has("backups:write") ?? false;
  const askBackups = async () => {
    const reply = looksAfter && (await here?.call("GET", "/api/backups", { tenant: "instance" }).catch(() => null));
    if (reply) setBackups(backupNotices(reply.data));
  };
  const [known, setKnown] = useState(readKnown);
  const round = useStore(changed);
  const asked = useRef(0);
  const ask = async () => {
    if (!here || !may) return;
    const turn = ++asked.current;
    const handlers = await listHandlers(here).catch(() => null);
    if (handlers && turn === asked.current) setFound({ tenant: here.tenant, notices: noticesOf(handlers, here.at) });
  };
  // Who follows asks when the stream begins.
  useEffect(() => { if (!follows || round) ask(); }, [here, may, follows, round]);
  useEffect(() => { askBackups(); }, [looksAfter, round]);
  useEvery(ASK_BACKUPS_MS, askBackups, !looksAfter);
  const shown = found.tenant === here?.tenant ? found.notices : [];
  useEvery(ASK_MS, ask, !may || (!shown.length && follows));
  useStream({ tenant: here?.tenant, path: "/api/events/stream", query: { pattern: "handler.disabled" }, off: !follows, quiet: true, on: ask });

  const dismiss = (/** @type {string} */ key) => {
    const next = [key, ...known].slice(0, MOST_KEPT);
    localStorage.setItem("known-notices", JSON.stringify(next));
    setKnown(next);
  };
  return { notices: [...(looksAfter ? backups : []), ...shown].filter(({ key }) => !known.includes(key)), dismiss };
}

/** @returns {string[]} */
function readKnown() {
  try {
    const kept = JSON.parse(localStorage.getItem("known-notices") ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

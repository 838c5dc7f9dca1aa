// @ts-check
// Lists that grow at their top while one looks: the newest first, older ones on demand. Rows move
// only under nobody's hand; until then what is new is kept apart.

import { catchUp, takeIn } from "./jobs.js";
import { useLoad } from "./load.js";
import { useEffect, useRef } from "./view.js";

/** How far down one is before it counts as reading. */
const NEAR_TOP = 80;

/** When more come at once, none of them is pointed out. */
const MOST_FRESH = 10;

/** However much is missed, the list is not asked for more often. */
const RENEW_MS = 1_000;

/**
 * @param {{ about: string, page: number, filters: Record<string, string>, belongs?: (filters: any, one: any) => boolean,
 *   ask: (query: any, signal?: AbortSignal) => Promise<{ data: any[], meta: any }>, onProblem: (error: unknown) => void, listens?: boolean }} what
 *   another `about` begins anew; `belongs` says whether one that was heard of is of the list; it is asked for when it `listens`
 */
export function useFeed({ about, page, filters, belongs, ask, onProblem, listens = true }) {
  /** What is heard while answers are under way, which may be older. @type {{ current: Set<any[]> }} */
  const meanwhile = useRef(new Set());
  /** The newest page, and what was heard while it was asked for. @param {AbortSignal} [signal] */
  async function newest(signal) {
    /** @type {any[]} */
    const heard = [];
    meanwhile.current.add(heard);
    try {
      return { ...(await ask({ ...filters, limit: page }, signal)), heard };
    } finally {
      meanwhile.current.delete(heard);
    }
  }
  const asked = useLoad(about, async (signal) => {
    const { data, meta, heard } = await newest(signal);
    const list = { rows: data, newer: /** @type {any[]} */ ([]), next: /** @type {string | null} */ (meta.nextCursor ?? null) };
    return placed({ ...list, ...takeIn(list, heard, filters, belongs) });
  }, listens);
  const latest = useRef(about);
  latest.current = about;
  const renewal = useRef({ at: -Infinity, timer: 0 });
  const reading = useRef(false);
  // The rows that a hand was on go with what they were about, and nothing tells that it left them.
  useEffect(() => () => {
    clearTimeout(renewal.current.timer);
    reading.current = false;
  }, [about]);
  const fresh = useRef(/** @type {Set<any>} */ (new Set()));
  const hold = (/** @type {boolean} */ held) => () => { reading.current = held; };

  /** @param {any} list */
  const placed = (list) => {
    if (reading.current || scrollY > NEAR_TOP) return list;
    fresh.current = new Set(list.newer.length > MOST_FRESH ? [] : list.newer.map((/** @type {any} */ { id }) => id));
    return { ...list, rows: [...list.newer, ...list.rows].slice(0, Math.max(page, list.rows.length)), newer: [] };
  };
  async function renew() {
    renewal.current.at = performance.now();
    if (!asked.data) {
      await asked.reload();
      return;
    }
    const found = await newest().catch(() => null);
    if (!found || latest.current !== about) return;
    asked.patch((list) => {
      const caughtUp = catchUp(list, found, filters, belongs);
      return placed({ ...caughtUp, ...takeIn(caughtUp, found.heard, filters, belongs) });
    });
  }
  return {
    ...asked,
    /** Those that came just now. */
    fresh: fresh.current,
    /** On what is held still while one is there. */
    held: { onMouseEnter: hold(true), onMouseLeave: hold(false), onFocusIn: hold(true), onFocusOut: hold(false) },
    /** @param {any[]} heard */
    hear(heard) {
      for (const one of meanwhile.current) one.push(...heard);
      if (heard.length) asked.patch((list) => placed({ ...list, ...takeIn(list, heard, filters, belongs) }));
    },
    /** Asks for the newest, after something may have been missed. */
    async renew() {
      // What was not asked for yet will be as it is then.
      if (!asked.data && !listens) return;
      const { current } = renewal;
      const rest = current.at + RENEW_MS - performance.now();
      clearTimeout(current.timer);
      if (rest > 0) current.timer = window.setTimeout(renew, rest);
      else await renew();
    },
    showNewer: () => asked.patch((list) => ({ ...list, rows: [...list.newer, ...list.rows], newer: [] })),
    async showOlder() {
      try {
        const { data, meta } = await ask({ ...filters, limit: page, cursor: asked.data?.next });
        asked.patch((list) => ({ ...list, rows: [...list.rows, ...data], next: meta.nextCursor }));
      } catch (error) {
        onProblem(error);
      }
    },
  };
}

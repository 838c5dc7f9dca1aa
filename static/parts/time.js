// @ts-check
// A moment: how long ago it is, with the exact time on hover. All of them tick together.

import { ago, duration, exact } from "../lib/format.js";
import { store, useStore } from "../lib/store.js";
import { html, useMemo } from "../lib/view.js";

export const now = store(Date.now());
setInterval(() => { if (!document.hidden) now.set(Date.now()); }, 1_000);

/** @param {{ at?: string | number | null, none?: string }} props */
export function Ago({ at, none = "" }) {
  const current = useStore(now);
  const said = useMemo(() => (at ? { machine: new Date(at).toISOString(), people: exact(at) } : undefined), [at]);
  if (!at || !said) return html`<span class="soft">${none}</span>`;
  return html`<time class="nowrap" datetime=${said.machine} title=${said.people}>${ago(at, Math.max(current, 0))}</time>`;
}

/**
 * How long something takes or took; it goes on while there is no end.
 * @param {{ from?: string | null, to?: string | null }} props
 */
export function Took({ from, to }) {
  const current = useStore(now);
  if (!from) return null;
  const end = to ? Date.parse(to) : Math.max(current, Date.parse(from));
  return html`<span class="nowrap">${duration(end - Date.parse(from))}</span>`;
}

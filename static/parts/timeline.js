// @ts-check
// What caused a job and what it caused, on one axis of time: planned delay, waiting and running apart.
// An event takes no time of its own: it is a mark where it was published.

import { duration, exact } from "../lib/format.js";
import { barsOf } from "../lib/plot.js";
import { useStore } from "../lib/store.js";
import { html } from "../lib/view.js";
import { now } from "./time.js";
import { State } from "./state.js";

/** @param {{ entries: any[], current: string, hrefOf: (entry: any) => string | undefined }} props */
export function CausalTimeline({ entries, current, hrefOf }) {
  const at = useStore(now);
  const from = Math.min(...entries.map((entry) => Date.parse(entry.createdAt)));
  const jobs = entries.filter((entry) => entry.kind !== "event");
  const isOver = jobs.every((entry) => entry.finishedAt);
  const to = isOver ? Math.max(from + 1, ...jobs.map((entry) => Date.parse(entry.finishedAt))) : Math.max(at, from + 1);
  const depths = depthsOf(entries);
  return html`
    <ol class="timeline">
      ${entries.map((entry) => html`
        <li key=${entry.id}>
          <span class="name" title=${nameOf(entry)}><span class="depth" aria-hidden="true">${branch(depths.get(entry.id) ?? 0)}</span>
            ${entry.id === current ? html`<strong>${nameOf(entry)}</strong>` : hrefOf(entry) ? html`<a href=${hrefOf(entry)}>${nameOf(entry)}</a>` : html`<span>${nameOf(entry)}</span>`}
            <span class="unseen"> made ${exact(entry.createdAt)}</span></span>
          <svg class="bars" preserveAspectRatio="none" viewBox="0 0 1000 14" aria-hidden="true">
            ${entry.kind === "event" ? html`<rect class="waited" x=${Math.min(((Date.parse(entry.createdAt) - from) / (to - from)) * 1000, 996)} width="4" y="1" height="12" rx="1" />`
            : barsOf(entry, from, to).map((bar) => html`<rect class=${`${bar.part} ${bar.part === "ran" ? entry.state : ""}`}
              x=${bar.start * 1000} width=${Math.max(bar.part === "ran" ? 3 : 0, (bar.end - bar.start) * 1000)} y=${bar.part === "ran" ? 1 : 4} height=${bar.part === "ran" ? 12 : 6} rx="1" />`)}
          </svg>
          <span class="number"><${State} is=${entry.state ?? entry.status} /></span>
        </li>`)}
    </ol>
    <p class="legend">
      <span><svg width="18" height="8"><rect class="planned" x="1" y="1" width="16" height="6" /></svg> planned delay</span>
      <span><svg width="18" height="8"><rect class="waited" y="1" width="18" height="6" /></svg> waiting</span>
      <span><svg width="18" height="8"><rect class="ran" width="18" height="8" /></svg> running</span>
      <span>${duration(to - from)} in all</span>
    </p>`;
}

/** A job's kind, whom a delivery is for, or an event's type. @param {any} entry @returns {string} */
const nameOf = (entry) => (entry.jobName === "events.deliver" ? `to ${entry.queue.replace(/^events\./, "")}` : (entry.jobName ?? entry.type));

/** How deep each entry lies under the first. @param {any[]} entries */
function depthsOf(entries) {
  /** @type {Map<string, number>} */
  const depths = new Map();
  for (const entry of entries) depths.set(entry.id, entry.parent && depths.has(entry.parent) ? (depths.get(entry.parent) ?? 0) + 1 : 0);
  return depths;
}

/** @param {number} depth */
const branch = (depth) => (depth ? `${"\u2003".repeat(depth - 1)}└ ` : "");

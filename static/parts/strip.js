// @ts-check
// How it went the last times, the latest at the right.

import { exact } from "../lib/format.js";
import { html } from "../lib/view.js";
import { lookOf } from "../lib/words.js";

/** How a firing went: what became of it, or of its job. @param {any} firing */
export function outcomeOf(firing) {
  return firing.result === "enqueued" ? (firing.jobState ?? "enqueued") : firing.result;
}

/** @param {{ firings: any[] }} props the latest first */
export function Strip({ firings }) {
  if (!firings.length) return html`<span class="soft">not yet</span>`;
  const shown = firings.slice(0, 12).reverse();
  const words = shown.map((firing) => lookOf(outcomeOf(firing)).word).join(", ");
  return html`<span class="strip" role="img" aria-label=${`The last ${shown.length}: ${words}`}>${shown.map((firing) => html`<${Bar} firing=${firing} />`)}</span>`;
}

/** @param {{ firing: any }} props */
function Bar({ firing }) {
  const { tone, word, shape } = lookOf(outcomeOf(firing));
  const isBad = shape === "cross";
  const isFull = shape === "disc";
  return html`<svg viewBox="0 0 10 16" class=${`tone-${tone}`}><title>${`${word}, ${exact(firing.dueAt)}`}</title>
    ${isBad ? html`<path d="M1 4l8 8m0-8l-8 8" stroke="currentColor" stroke-width="2" />` : html`<rect x="2" y=${isFull ? 1 : 6} width="6" height=${isFull ? 14 : 9} rx="1" fill=${isFull ? "currentColor" : "none"} stroke="currentColor" />`}</svg>`;
}

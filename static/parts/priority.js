// @ts-check
// How urgent something is: by its word, and by as many bars.

import { html } from "../lib/view.js";

const LEVELS = ["low", "normal", "high", "urgent"];

/** @param {{ is: string }} props */
export function Priority({ is }) {
  const level = LEVELS.indexOf(is);
  const tone = is === "urgent" ? "bad" : is === "high" ? "warn" : "soft";
  return html`<span class=${`state tone-${tone}`}><svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
    ${LEVELS.map((_, at) => html`<rect x=${at * 3} y=${8 - at * 2.5} width="2" height=${4 + at * 2.5} fill=${at <= level ? "currentColor" : "none"} stroke="currentColor" stroke-width="0.4" />`)}</svg>${is}</span>`;
}

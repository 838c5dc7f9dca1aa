// @ts-check
// A state: its shape, its word, its colour. Any one of them is enough to tell.

import { html } from "../lib/view.js";
import { lookOf } from "../lib/words.js";

/** @type {Record<string, () => any>} */
const SHAPES = {
  disc: () => html`<circle cx="6" cy="6" r="5" fill="currentColor" /><path class="inner" d="M3.4 6.2 5.2 8l3.4-4" fill="none" stroke-width="1.4" />`,
  ring: () => html`<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />`,
  half: () => html`<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M6 1.75a4.25 4.25 0 0 1 0 8.5Z" fill="currentColor" />`,
  clock: () => html`<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M6 3.4V6l1.8 1.2" fill="none" stroke="currentColor" stroke-width="1.3" />`,
  cross: () => html`<path d="m2 2 8 8m0-8-8 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />`,
  slash: () => html`<circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="m3 9 6-6" stroke="currentColor" stroke-width="1.5" />`,
  bars: () => html`<path d="M4 2v8M8 2v8" stroke="currentColor" stroke-width="2.2" />`,
};

/** @param {{ shape: string }} props */
export function Shape({ shape }) {
  return html`<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${(SHAPES[shape] ?? SHAPES.ring)?.()}</svg>`;
}

/** @param {{ is: string, word?: string }} props */
export function State({ is, word }) {
  const look = lookOf(is);
  return html`<span class=${`state tone-${look.tone}`}><${Shape} shape=${look.shape} />${word ?? look.word}</span>`;
}

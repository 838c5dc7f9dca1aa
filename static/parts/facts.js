// @ts-check
// Names and what stands for them.

import { html } from "../lib/view.js";

/** @param {{ children?: any }} props */
export function Facts({ children }) {
  return html`<dl class="facts">${children}</dl>`;
}

/** @param {{ name: string, wide?: boolean, children?: any }} props */
export function Fact({ name, wide = false, children }) {
  return html`<div class=${wide ? "wide" : undefined}><dt>${name}</dt><dd>${children}</dd></div>`;
}

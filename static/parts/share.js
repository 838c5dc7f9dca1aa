// @ts-check
// How much of a limit is used.

import { html } from "../lib/view.js";

/** @param {{ is: number, of: number }} props */
export function Share({ is, of }) {
  const part = Math.min(1, of ? is / of : 0);
  return html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=${`${is} of ${of}`}>
    <rect class="of" width="100" height="8" rx="2" /><rect class=${`is${part >= 1 ? " full" : ""}`} width=${part * 100} height="8" rx="2" /></svg>`;
}

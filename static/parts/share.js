// @ts-check
// How much of a whole is used.

import { html } from "../lib/view.js";

/**
 * @param {{ is: number, of: number, tone?: "calm" | "warn" | "bad", isSaid?: boolean }} props
 *   a tone where a full bar is not what matters; whether it is said beside it in words already
 */
export function Share({ is, of, tone, isSaid = false }) {
  const part = Math.min(1, of ? is / of : 0);
  const said = isSaid ? { "aria-hidden": true } : { role: "img", "aria-label": `${is} of ${of}` };
  return html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" ...${said}>
    <rect class="of" width="100" height="8" rx="2" /><rect class=${`is ${tone ?? (part >= 1 ? "full" : "")}`} width=${part * 100} height="8" rx="2" /></svg>`;
}

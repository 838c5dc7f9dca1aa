// @ts-check
// How full things are, each as a quiet bar.

import { html } from "../lib/view.js";
import { Share } from "./share.js";

/** @param {{ gauges: ReturnType<typeof import("../lib/machine.js").gaugesOf>, href?: string }} props */
export function Gauges({ gauges, href }) {
  return html`<div class="gauges" role="group" aria-label="The machine">${gauges.map(({ name, used, total, text, more, tone }) => {
    const shown = html`<span class="soft">${name}</span><${Share} is=${used} of=${total} tone=${tone ?? "calm"} isSaid />
      <span class="nowrap"><span class=${tone}>${text}</span> <span class="soft">${more}</span></span>`;
    return href ? html`<a key=${name} class="gauge" href=${href}>${shown}</a>` : html`<div key=${name} class="gauge">${shown}</div>`;
  })}</div>`;
}

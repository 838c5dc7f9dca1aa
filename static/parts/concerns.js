// @ts-check
// What somebody should see to, each with the way to it; or that there is nothing.

import { html } from "../lib/view.js";
import { Shape, State } from "./state.js";

const MOST = 8;

/** @param {{ title: string, found: { key: string, tone: string, text: string, href?: string, word?: string }[], none: string }} props */
export function Concerns({ title, found, none }) {
  return html`
    <section class="panel" aria-labelledby="concerns">
      <header><h2 id="concerns">${title}</h2></header>
      ${found.length ? html`<ul class="body tight concerns">${found.slice(0, MOST).map(({ key, tone, text, href, word }) => html`
        <li key=${key}><span class=${`state tone-${tone}`}><${Shape} shape=${tone === "bad" ? "cross" : "bars"} /></span><span>${text}${href && html` <a href=${href}>${word}</a>`}</span></li>`)}</ul>`
      : html`<p class="body tight"><${State} is="done" word=${none} /></p>`}
    </section>`;
}

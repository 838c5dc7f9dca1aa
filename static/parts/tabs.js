// @ts-check
// Parts of one subject, each at an address of its own.

import { html } from "../lib/view.js";

/** @param {{ label: string, tabs: { href: string, word: string }[], current: string }} props */
export function Tabs({ label, tabs, current }) {
  return html`
    <nav class="tabs" aria-label=${label}>
      ${tabs.map(({ href, word }) => html`<a href=${href} aria-current=${href === current ? "page" : undefined}>${word}</a>`)}
    </nav>`;
}

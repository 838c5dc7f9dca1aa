// @ts-check
// The pages of where one is, by their groups.

import { html } from "../lib/view.js";

/** @param {{ sections: { group: string, links: { href: string, name: string }[] }[], path: string, tenant: string }} props */
export function Navigation({ sections, path, tenant }) {
  if (!tenant) return null;
  const links = sections.flatMap((section) => section.links);
  // A page below another belongs to it: the longest that fits.
  const fits = (/** @type {string} */ href) => path === href || path.startsWith(`${href}/`);
  const current = links.filter(({ href }) => fits(href)).sort((a, b) => b.href.length - a.href.length)[0];
  return html`
    <nav aria-label="Pages">
      ${sections.map(({ group, links }) => html`
        <h2>${group}</h2>
        <ul>${links.map(({ href, name }) => html`<li><a href=${href} aria-current=${href === current?.href ? "page" : undefined}>${name}</a></li>`)}</ul>`)}
    </nav>`;
}

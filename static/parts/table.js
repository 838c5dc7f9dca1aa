// @ts-check
// Rows under headings. On a narrow screen columns of less weight are left out.

import { plural } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { html, useRef } from "../lib/view.js";

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {(row: any) => any} cell
 * @property {"number" | "main-cell" | "rest" | "act"} [kind] `rest` takes the room that is left
 * @property {1 | 2 | 3} [weight] 2 goes on a phone, 3 on a small window too
 * @property {boolean} [unseen] whether the heading is only for those who can't see the column
 */

/**
 * @param {{ columns: Column[], rows: any[], keyOf?: (row: any) => string, caption: string, fresh?: Set<string> }} props
 *   with `fresh` rows come and go by themselves
 */
export function Table({ columns, rows, keyOf = ({ id }) => id, caption, fresh }) {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  // A row that has the focus must not become another under it.
  const key = useKeys(rows.map(keyOf), Boolean(fresh) && !body.current?.contains(document.activeElement));
  const classes = (/** @type {Column} */ { kind, weight }) => [kind, weight && weight > 1 ? `col-${weight}` : ""].filter(Boolean).join(" ") || undefined;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="unseen">${caption}</caption>
        <thead><tr>${columns.map((column) => html`
          <th scope="col" class=${classes(column)}>${column.unseen ? html`<span class="unseen">${column.label}</span>` : column.label}</th>`)}
        </tr></thead>
        <tbody ref=${body}>${rows.map((row) => html`
          <tr key=${key(keyOf(row))} class=${fresh?.has(keyOf(row)) ? "fresh" : undefined}>
            ${columns.map((column) => html`<td class=${classes(column)}>${column.cell(row)}</td>`)}
          </tr>`)}
        </tbody>
      </table>
    </div>`;
}

/**
 * The way on to older rows.
 * @param {{ more: boolean, busy?: boolean, onMore: () => void, word?: string }} props
 */
export function More({ more, busy = false, onMore, word = "Show older ones" }) {
  if (!more) return null;
  return html`<div class="more"><button type="button" class="button small" disabled=${busy} onClick=${onMore}>${busy ? "Loading …" : word}</button></div>`;
}

/**
 * What came meanwhile and is not put in under somebody's hand.
 * @param {{ many: number, word: string, onShow: () => void }} props
 */
export function Newer({ many, word, onShow }) {
  if (!many) return null;
  return html`<p class="more"><button type="button" class="button small" onClick=${onShow}>${plural(many, word)}</button></p>`;
}

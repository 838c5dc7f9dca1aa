// @ts-check
// Filters that many lists have, as they stand in the address.

import { toLocalField } from "../lib/format.js";
import { setQuery } from "../lib/router.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Field } from "./form.js";

/**
 * A text that counts once it is written. Until then it stays as it is, whatever happens around it.
 * @param {any} props
 */
export function Text({ filters, name, ...rest }) {
  const given = filters[name] ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  return html`<${Field} value=${text} onValue=${setText} onChange=${(/** @type {any} */ event) => setQuery({ [name]: event.target.value.trim() })} ...${rest} />`;
}

/** From when to when, once somebody asks for it. @param {{ filters: Record<string, string>, what?: string, open?: boolean }} props */
export function Span({ filters, what = "", open = false }) {
  const [asked, setAsked] = useState(open);
  if (!asked && !filters.since && !filters.until) return html`<button type="button" class="quiet" onClick=${() => setAsked(true)}>By time</button>`;
  const put = (/** @type {string} */ name) => (/** @type {string} */ value) => setQuery({ [name]: value ? new Date(value).toISOString() : "" });
  const label = (/** @type {string} */ word) => (what ? `${what} ${word}` : `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return html`
    <${Field} label=${label("since")} type="datetime-local" value=${toLocalField(filters.since)} onValue=${put("since")} />
    <${Field} label=${label("before")} type="datetime-local" value=${toLocalField(filters.until)} onValue=${put("until")} />`;
}

/** Takes all of them away. @param {{ filters: Record<string, string> }} props */
export function Clear({ filters }) {
  if (!Object.keys(filters).length) return null;
  const none = Object.fromEntries(Object.keys(filters).map((name) => [name, ""]));
  return html`<button type="button" class="quiet" onClick=${() => setQuery(none)}>Clear</button>`;
}

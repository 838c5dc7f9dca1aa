// @ts-check
// Which of the events that there were a pattern and a filter mean, while they are written.

import { plural } from "../lib/format.js";
import { useLoad } from "../lib/load.js";
import { isPattern, means, meets } from "../lib/patterns.js";
import { useHere } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Shape } from "../parts/state.js";
import { Ago } from "../parts/time.js";

const LOOKED_AT = 50;
const SHOWN = 6;

/** @param {any} props */
export function MatchPreview({ pattern, filter, types }) {
  const here = useHere();
  const [asked, setAsked] = useState(pattern);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(pattern), 250);
    return () => clearTimeout(timer);
  }, [pattern]);
  const found = useLoad(`match ${here.tenant} ${asked}`, async (signal) => (isPattern(asked) ? (await here.call("GET", "/api/events", { signal, query: { type: asked, limit: LOOKED_AT } })).data : null));
  return html`<div class="plain-words" role="status" aria-label="Which events it means">${wordsOf(pattern, filter, types, found)}</div>`;
}

/** @param {string} pattern @param {any} filter @param {string[]} types @param {import("../lib/load.js").Loaded<any>} found */
function wordsOf(pattern, filter, types, found) {
  if (!pattern) return html`<p>Which events it means is shown here while you write.</p>`;
  if (!isPattern(pattern)) return html`<p>Write a type such as <code>order.paid</code>, everything under a prefix as <code>order.*</code>, or <code>*</code>.</p>`;
  if (found.error) return html`<p class="bad">${found.error.message}</p>`;
  const meant = types.filter((type) => means(pattern, type));
  const known = html`<p class="small">${meant.length ? html`Types that it means: ${meant.slice(0, 8).map((type) => html`<code class="chip">${type}</code> `)}${meant.length > 8 ? `and ${meant.length - 8} more` : ""}` : "No type that is known here; it may still come."}</p>`;
  if (!found.data) return html`${known}<p>…</p>`;
  const rows = found.data.map((/** @type {any} */ event) => ({ event, isMet: !filter || meets(filter, event.payload) }));
  const met = rows.filter((/** @type {any} */ row) => row.isMet).length;
  if (!rows.length) return html`${known}<p>None of the events that are kept is like that.</p>`;
  return html`${known}
    <p>Of the newest ${plural(rows.length, "event")} of these types it would get <strong>${met === rows.length ? "every one" : met}</strong>.</p>
    <ol class="matches">${rows.slice(0, SHOWN).map((/** @type {any} */ { event, isMet }) => html`
      <li key=${event.id} class=${isMet ? "" : "soft"}><span class=${`state tone-${isMet ? "good" : "soft"}`}><${Shape} shape=${isMet ? "disc" : "slash"} /><span class="unseen">${isMet ? "it gets" : "it does not get"}</span></span>
        <code class="cut">${event.type}${event.subject ? ` ${event.subject}` : ""} ${JSON.stringify(event.payload).slice(0, 120)}</code> <${Ago} at=${event.createdAt} /></li>`)}</ol>`;
}

// @ts-check
// The catalogue: every type of event that the server publishes or that was seen, and what its payload is.

import { listTypes } from "../lib/lists.js";
import { useLoad } from "../lib/load.js";
import { setQuery, useAddress } from "../lib/router.js";
import { rank } from "../lib/rank.js";
import { exampleOf } from "../lib/schema.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Field } from "../parts/form.js";
import { JsonTree } from "../parts/json-tree.js";
import { SchemaTable } from "../parts/schema-table.js";

export default function EventTypes() {
  const here = useHere();
  const { query } = useAddress();
  const search = query.get("search") ?? "";
  const asked = useLoad(`event types ${here.tenant}`, (signal) => listTypes(here, signal));
  return html`
    <div class="head"><h1>Types of events</h1></div>
  <div class="filters" role="search"><${Field} grow label="Find a type" type="search" value=${search} onValue=${(/** @type {string} */ text) => setQuery({ search: text })} /></div>
    <${Shown} of=${asked}>${(/** @type {any[]} */ types) => {
      const found = rank(types.map((one) => ({ ...one, name: one.type })), search.trim());
      if (!found.length) return html`<div class="panel"><${Empty} title="No type is called that"><p>A type is known when the server publishes it itself, or once one was published.</p><//></div>`;
      return html`<section class="panel" aria-label="Types of events"><ul class="catalogue">${found.map((one) => html`<${Type} key=${one.type} type=${one} />`)}</ul></section>`;
    }}<//>`;
}

/** @param {{ type: any }} props */
function Type({ type: { type, declared, summary, schema, seen } }) {
  const here = useHere();
  return html`<li><details>
    <summary><code>${type}</code> <span class="soft">${summary ?? "published by programs; its payload may be anything"}</span>
      ${!seen && html` <span class="chip">none kept</span>`}</summary>
    <div class="body stack">
      <p class="row-of">
        ${seen && html`<a href=${here.at(`/events?type=${encodeURIComponent(type)}`)}>Those that were published</a>`}
        ${here.can("subscriptions:write") && html`<a href=${here.at(`/handlers?make=${encodeURIComponent(type)}`)}>Listen to it</a>`}</p>
      ${declared && schema ? html`<${SchemaTable} schema=${schema} label=${`Payload of ${type}`} />
        <details><summary>As a JSON schema, with an example</summary><div class="stack">
          <${JsonTree} value=${exampleOf(schema, schema)} label=${`An example of ${type}`} /><${JsonTree} value=${schema} label=${`Schema of ${type}`} /></div></details>`
      : html`<p class="soft">The server does not know what a payload of this type is, and takes any JSON up to 256 KiB.</p>`}
    </div></details></li>`;
}

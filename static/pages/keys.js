// @ts-check
// API keys: each a part of what somebody may do, for a program.

import { usePages } from "../lib/pages.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say, sayProblem } from "../parts/toast.js";

export default function Keys() {
  const here = useHere();
  const asked = usePages(`keys ${here.tenant}`, async (query, signal) => {
    const found = await here.call("GET", "/api/keys", { query, signal });
    const names = await here.names(found.data.map((/** @type {any} */ key) => key.maker));
    return { ...found, data: found.data.map((/** @type {any} */ key) => ({ ...key, makerWord: actorWord(`user:${key.maker}`, names) })) };
  }, sayProblem);
  const { open, dialog } = useDialogs({
    remove: (key, close) => html`<${Confirm} title=${`Delete the key ${key.name}`} word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/keys/${key.id}`); say("Deleted; its token ends at once."); await asked.reload(); }}><p>Whatever uses it is refused from now on.</p><//>`,
  });
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Key", kind: "main-cell", cell: (key) => html`<strong>${key.name}</strong><span class="sub">by ${key.makerWord}</span>` },
    { label: "May", cell: (key) => html`${key.permissions.map((/** @type {string} */ name) => html`<code class="chip">${name}</code> `)}${key.resources.length > 0 && html`<span class="sub">on ${key.resources.join(", ")}</span>`}` },
    { label: "Used", kind: "number", weight: 2, cell: (key) => html`<${Ago} at=${key.lastUsedAt} none="never" />${key.lastUsedFrom && html`<span class="sub">from ${key.lastUsedFrom}</span>`}` },
    { label: "Ends", kind: "number", weight: 2, cell: (key) => html`<span class=${key.expiresAt && Date.parse(key.expiresAt) < Date.now() ? "bad" : ""}><${Ago} at=${key.expiresAt} none="never" /></span>` },
    ...(here.can("keys:write") ? [{ label: "Delete", unseen: true, kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ key) => html`<button type="button" class="button small" onClick=${() => open("remove", key)}>Delete<span class="unseen"> ${key.name}</span></button>` }] : []),
  ];
  return html`
    <div class="head"><h1>API keys</h1>${here.can("keys:write") && html`<div class="actions"><a class="button main" href=${here.at("/keys/new")}>Make a key</a></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="API keys">
      ${rows.length ? html`<${Table} caption="API keys, the newest first" columns=${columns} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} />`
      : html`<${Empty} title="There is no key yet"><p>A key is a token for a program: it may do a part of what you may do, on some paths, until a day. Before it is made you see in plain words what it would allow.</p>${here.can("keys:write") && html`<p><a class="button" href=${here.at("/keys/new")}>Make the first</a></p>`}<//>`}</section>`}<//>
    ${dialog}`;
}

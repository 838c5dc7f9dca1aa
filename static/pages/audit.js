// @ts-check
// The audit: who did what, to what, from where.

import { usePages } from "../lib/pages.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { Copy } from "../parts/copy.js";
import { Dialog, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Clear, Span, Text } from "../parts/filters.js";
import { JsonTree } from "../parts/json-tree.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { sayProblem } from "../parts/toast.js";

const NAMES = ["action", "actor", "subject", "since", "until"];
const UUID = /^(?:user):([0-9a-f-]{36})$/;

export default function Audit() {
  const here = useHere();
  const filters = useFilters(NAMES);
  const asked = usePages(`audit ${here.tenant} ${JSON.stringify(filters)}`, async (page, signal) => {
    const found = await here.call("GET", "/api/audit", { query: { ...filters, ...page }, signal });
    const names = await here.names(found.data.flatMap((/** @type {any} */ row) => [UUID.exec(row.actor)?.[1], UUID.exec(row.subject)?.[1]]));
    return { ...found, data: found.data.map((/** @type {any} */ row) => ({ ...row, who: actorWord(row.actor, names), what: actorWord(row.subject, names) })) };
  }, sayProblem);
  const { open, dialog } = useDialogs({ show: (row, close) => html`<${RowDialog} row=${row} onClose=${close} />` });
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Action", kind: "main-cell", cell: (row) => html`<button type="button" class="as-link" onClick=${() => open("show", row)}>${row.action}</button><span class="sub">${row.what}</span>` },
    { label: "Who", cell: (row) => html`<button type="button" class="as-link plain" title="Only what this one did" onClick=${() => setQuery({ actor: row.actor }, { push: true })}>${row.who}</button>` },
    { label: "From", weight: 3, cell: (row) => row.address },
    { label: "When", kind: "number", cell: (row) => html`<${Ago} at=${row.at} />` },
  ];
  const isFiltered = Object.keys(filters).length > 0;
  return html`
    <div class="head"><h1>Audit</h1></div>
    <${Filters} filters=${filters} />
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Audit">
      ${rows.length ? html`<${Table} caption="What was done, the newest first" columns=${columns} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} />`
      : html`<${Empty} title=${isFiltered ? "Nothing like that was done" : "Nothing was done yet"}><p>Who signs in, who changes people, roles, keys, queues and schedules is written down here in the same moment, and can't be changed.</p><//>`}</section>`}<//>
    ${dialog}`;
}

/** @param {{ filters: Record<string, string> }} props */
function Filters({ filters }) {
  return html`
    <div class="filters" role="search">
      <${Text} label="Action" name="action" placeholder="user.signed_in or user.*" filters=${filters} />
      <${Text} label="Who" name="actor" placeholder="user:…" filters=${filters} />
      <${Text} label="To what" name="subject" placeholder="role:agent" filters=${filters} />
      <${Span} filters=${filters} /><${Clear} filters=${filters} />
    </div>`;
}

/** @param {{ row: any, onClose: () => void }} props */
function RowDialog({ row, onClose }) {
  const [at] = useState(row.at);
  return html`<${Dialog} title=${row.action} large onClose=${onClose}><div class="stack">
    <${Facts}>
      <${Fact} name="Who">${row.who}<//><${Fact} name="When"><${Ago} at=${at} /><//><${Fact} name="From">${row.address || html`<span class="soft">the server itself</span>`}<//><${Fact} name="Number">${row.number}<//>
      <${Fact} name="To what" wide><code>${row.subject}</code><//>
      <${Fact} name="Trace" wide><code>${row.traceId}</code> <${Copy} text=${row.traceId} kind="quiet small" /><//>
      <${Fact} name="Hash" wide><code>${row.hash}</code><//>
    <//>
    ${row.before && html`<div><h3>Before</h3><${JsonTree} value=${row.before} label="Before" /></div>`}
    ${row.after && html`<div><h3>After</h3><${JsonTree} value=${row.after} label="After" /></div>`}
  </div><//>`;
}

// @ts-check
// Errors: what went wrong, those that are alike together.

import { count } from "../lib/format.js";
import { useEvery } from "../lib/load.js";
import { usePages } from "../lib/pages.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { sayProblem } from "../parts/toast.js";

const ASK_MS = 10_000;

export default function Errors() {
  const here = useHere();
  const asked = usePages(`errors ${here.tenant}`, (page, signal) => here.call("GET", "/api/errors", { query: page, signal }), sayProblem);
  const isFirst = (asked.data?.rows.length ?? 0) <= 50;
  useEvery(ASK_MS, asked.reload, !isFirst);
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Error", kind: "main-cell", cell: (error) => html`${error.sampleTraceId ? html`<a href=${here.at(`/traces/${error.sampleTraceId}`)}>${error.title}</a>` : html`<strong>${error.title}</strong>`}
      <span class="sub">${error.kind}${here.tenant === "instance" && error.tenant ? `, ${error.tenant}` : ""}</span>` },
    { label: "Times", kind: "number", cell: (error) => html`<strong class="bad">${count(error.count)}</strong>` },
    { label: "First", kind: "number", weight: 2, cell: (error) => html`<${Ago} at=${error.firstSeenAt} />` },
    { label: "Last", kind: "number", cell: (error) => html`<${Ago} at=${error.lastSeenAt} />` },
  ];
  return html`
    <div class="head"><h1>Errors</h1></div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Errors">
      ${rows.length ? html`<${Table} caption="Errors, those that are alike together" columns=${columns} rows=${rows} keyOf=${(/** @type {any} */ row) => row.fingerprint} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" />`
      : html`<${Empty} title="Nothing has gone wrong"><p>Requests that failed in the server, jobs that failed and calls that were not answered would be here, those that are alike together, each with a trace to look at.</p><//>`}</section>`}<//>`;
}

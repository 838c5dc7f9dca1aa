// @ts-check
// Traces: what was asked of the server and what came of it, the newest first.

import { useEvery } from "../lib/load.js";
import { usePages } from "../lib/pages.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useRef } from "../lib/view.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Clear, Span, Text } from "../parts/filters.js";
import { Field } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { sayProblem } from "../parts/toast.js";
import { took } from "../parts/waterfall.js";

const NAMES = ["route", "status", "slowerThan", "tenant", "actor", "since", "until"];
const ASK_MS = 5_000;

export default function Traces() {
  const here = useHere();
  const filters = useFilters(NAMES);
  const asked = usePages(`traces ${here.tenant} ${JSON.stringify(filters)}`, (page, signal) => here.call("GET", "/api/traces", { query: { ...filters, ...page }, signal }), sayProblem);
  const reading = useRef(false);
  const hold = (/** @type {boolean} */ held) => () => { reading.current = held; };
  // New ones come in at the top while nobody reads further down.
  const isFirst = (asked.data?.rows.length ?? 0) <= 50;
  useEvery(ASK_MS, () => { if (!reading.current && scrollY < 80) asked.reload(); }, !isFirst);
  const isFiltered = Object.keys(filters).length > 0;
  return html`
    <div class="head"><h1>Traces</h1></div>
    <${Filters} filters=${filters} />
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Traces" onMouseEnter=${hold(true)} onMouseLeave=${hold(false)} onFocusIn=${hold(true)} onFocusOut=${hold(false)}>
      ${rows.length ? html`<${Table} caption="Traces, the newest first" columns=${columnsOf(here)} rows=${rows} keyOf=${(/** @type {any} */ row) => row.traceId} /><${More} more=${Boolean(next)} onMore=${asked.more} />`
      : html`<${Empty} title=${isFiltered ? "No trace is like that" : "No trace is kept yet"}><p>A trace is all that one request, schedule or event set going, jobs and webhooks included, with how long each part took. Lately; those that failed or were slow are kept before others.</p><//>`}</section>`}<//>`;
}

/** @param {import("../lib/session.js").Here} here @returns {import("../parts/table.js").Column[]} */
function columnsOf(here) {
  return [
    { label: "Outcome", cell: (trace) => html`<${State} is=${trace.outcome} />` },
    { label: "What", kind: "main-cell", cell: (trace) => html`<a href=${here.at(`/traces/${trace.traceId}`)}>${trace.name}</a><span class="sub">${trace.kind}${here.tenant === "instance" && trace.tenant ? `, ${trace.tenant}` : ""}</span>` },
    { label: "Status", kind: "number", weight: 2, cell: (trace) => trace.status ?? html`<span class="soft">–</span>` },
    { label: "Parts", kind: "number", weight: 3, cell: (trace) => trace.spans },
    { label: "Errors", kind: "number", weight: 3, cell: (trace) => (trace.errors ? html`<span class="bad">${trace.errors}</span>` : html`<span class="soft">0</span>`) },
    { label: "Took", kind: "number", cell: (trace) => html`<span class=${trace.durationMs >= 1_000 ? "warn" : ""}>${took(trace.durationMs)}</span>` },
    { label: "Begun", kind: "number", weight: 2, cell: (trace) => html`<${Ago} at=${trace.startedAt} />` },
  ];
}

/** @param {{ filters: Record<string, string> }} props */
function Filters({ filters }) {
  const here = useHere();
  return html`
    <div class="filters" role="search">
      <${Text} grow label="Route or name" name="route" placeholder="GET /api/requests" filters=${filters} />
      <${Text} label="Status" name="status" placeholder="404 or 5xx" filters=${filters} />
      <${Field} label="Slower than" value=${filters.slowerThan} onValue=${(/** @type {string} */ slowerThan) => setQuery({ slowerThan })} options=${[["", "any"], ["10", "10 ms"], ["100", "100 ms"], ["500", "half a second"], ["1000", "a second"], ["5000", "5 seconds"]]} />
      ${here.tenant === "instance" && html`<${Text} label="Tenant" name="tenant" filters=${filters} />`}
      <${Text} label="Who" name="actor" placeholder="user:…" filters=${filters} />
      <${Span} filters=${filters} /><${Clear} filters=${filters} />
    </div>`;
}

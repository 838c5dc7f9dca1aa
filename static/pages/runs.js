// @ts-check
// Runs: every job, the newest first, as a list and as dots over time. The filters stand in the
// address, and what changes is changed where it stands.

import { useFeed } from "../lib/feed.js";
import { duration, ranFor } from "../lib/format.js";
import { mayMake } from "../lib/jobs.js";
import { useLive } from "../lib/live.js";
import { useLoad } from "../lib/load.js";
import { setQuery, useFilters } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { useStore } from "../lib/store.js";
import { html, useEffect, useState } from "../lib/view.js";
import { JOB_STATES, lookOf } from "../lib/words.js";
import { useDialogs } from "../parts/dialog.js";
import { Dots } from "../parts/dots.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Clear, Span, Text } from "../parts/filters.js";
import { Field } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Newer, Table } from "../parts/table.js";
import { say, sayProblem } from "../parts/toast.js";
import { Ago, now } from "../parts/time.js";
import { BulkDialog } from "./bulk.js";
import { EnqueueDialog } from "./enqueue.js";
import { FirstJob } from "./first.js";

const NAMES = ["state", "jobName", "queue", "tag", "search", "traceId", "since", "until"];
const PAGE = 50;

export default function Runs() {
  const here = useHere();
  const filters = useFilters(NAMES);
  const { jobName, queue, tag } = filters;
  const listens = useLive({ tenant: here.tenant, query: { jobName, queue, tag }, on: ({ jobs, lagged }) => {
    list.hear(jobs);
    if (lagged) list.renew();
  } });
  const list = useFeed({
    about: `runs ${here.tenant} ${JSON.stringify(filters)}`, page: PAGE, filters, listens, onProblem: sayProblem,
    ask: (query, signal) => here.call("GET", "/api/jobs", { query, signal }),
  });
  const kinds = useLoad(`kinds ${here.tenant}`, (signal) => here.read("/api/job-kinds", signal));
  const { open, dialog } = useDialogs({
    enqueue: (_, close) => html`<${EnqueueDialog} kinds=${kinds.data ?? []} chosen=${kinds.data?.find((/** @type {any} */ kind) => mayMake(here, kind) && kind.name === jobName)?.name} onClose=${close} />`,
    bulk: (_, close) => html`<${BulkDialog} filters=${filters} onClose=${close} onDone=${(/** @type {string} */ text) => { say(text); list.reload(); }} />`,
  });
  const isFiltered = Object.keys(filters).length > 0;
  return html`
    <div class="head"><h1>Runs</h1>
      <div class="actions">
        ${here.can("jobs:write") && isFiltered && html`<button type="button" class="button" onClick=${() => open("bulk")}>All of these …</button>`}
        ${here.can("jobs:write") && html`<button type="button" class="button main" disabled=${!kinds.data} onClick=${() => open("enqueue")}>Enqueue a job</button>`}
      </div></div>
    <${Filters} filters=${filters} kinds=${kinds.data ?? []} />
    <${Shown} of=${list}>${(/** @type {any} */ { rows, newer, next }) => (!rows.length && !newer.length ? html`<${Nothing} isFiltered=${isFiltered} more=${next} onMore=${list.showOlder} />` : html`
      <section class="panel" aria-label="Runs over time"><div class="body tight"><${Dots} jobs=${rows} hrefOf=${(/** @type {any} */ job) => here.at(`/runs/${job.id}`)} /></div></section>
      <section class="panel" aria-label="Runs" ...${list.held}>
        <${Newer} many=${newer.length} word="newer run" onShow=${list.showNewer} />
        <${Table} caption="Runs, the newest first" columns=${columnsOf(here)} rows=${rows} fresh=${list.fresh} />
        <${More} more=${Boolean(next)} onMore=${list.showOlder} />
      </section>`)}<//>
    ${dialog}`;
}

/** @param {import("../lib/session.js").Here} here @returns {import("../parts/table.js").Column[]} */
function columnsOf(here) {
  return [
    { label: "State", cell: (job) => html`<${State} is=${job.state} />` },
    { label: "Job", kind: "main-cell", cell: (job) => html`<a href=${here.at(`/runs/${job.id}`)}>${job.jobName}</a>${subOf(job)}` },
    { label: "Queue", weight: 3, cell: (job) => job.queue },
    { label: "Attempt", kind: "number", weight: 2, cell: (job) => html`${job.attempt}<span class="soft">/${job.maxAttempts}</span>` },
    { label: "Ran", kind: "number", weight: 2, cell: (job) => html`<${Ran} job=${job} />` },
    { label: "Made", kind: "number", cell: (job) => html`<${Ago} at=${job.createdAt} />` },
  ];
}

/** @param {any} job */
function subOf(job) {
  if (job.state === "running" && job.progress !== null && job.progress !== undefined) return html`<span class="sub">${job.progress} %${job.progressNote ? `, ${job.progressNote}` : ""}</span>`;
  if (job.state === "scheduled") return html`<span class="sub">runs <${Ago} at=${job.runAt} />${job.error ? html` after: ${job.error}` : ""}</span>`;
  if (job.error) return html`<span class="sub cut" title=${job.error}>${job.error}</span>`;
  return job.tags.length > 0 && html`<span class="sub">${job.tags.map((/** @type {string} */ tag) => html`<span class="chip">${tag}</span> `)}</span>`;
}

/** @param {{ job: any }} props */
function Ran({ job }) {
  const at = useStore(now);
  return html`<span class="nowrap">${duration(ranFor(job, at))}</span>`;
}

/** @param {{ filters: Record<string, string>, kinds: any[] }} props */
function Filters({ filters, kinds }) {
  const [search, setSearch] = useState(filters.search ?? "");
  useEffect(() => setSearch(filters.search ?? ""), [filters.search]);
  const apply = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuery({ search });
  };
  const more = ["queue", "tag", "traceId", "since", "until"].some((name) => filters[name]);
  const [all, setAll] = useState(more);
  return html`
    <form class="filters" role="search" onSubmit=${apply}>
      <${Field} label="State" value=${filters.state} onValue=${(/** @type {string} */ state) => setQuery({ state })}
        options=${[["", "any"], ...JOB_STATES.map((state) => [state, lookOf(state).word])]} />
      <${Field} label="Job" value=${filters.jobName} onValue=${(/** @type {string} */ jobName) => setQuery({ jobName })}
        options=${[["", "any"], ...namesOf(kinds, filters.jobName)]} />
      <${Field} grow label="Search" type="search" placeholder="Id, unique key or error" value=${search} onValue=${setSearch} onChange=${apply} />
      ${(all || more) && html`
        <${Text} label="Queue" name="queue" filters=${filters} />
        <${Text} label="Tag" name="tag" filters=${filters} />
        <${Text} label="Trace" name="traceId" filters=${filters} />
        <${Span} filters=${filters} what="Made" open />`}
      <div class="row-of">
        ${!all && !more && html`<button type="button" class="quiet" onClick=${() => setAll(true)}>More filters</button>`}
        <${Clear} filters=${filters} />
      </div>
    </form>`;
}

/** @param {any[]} kinds @param {string | undefined} chosen */
function namesOf(kinds, chosen) {
  const names = kinds.map(({ name }) => name);
  return chosen && !names.includes(chosen) ? [...names, chosen] : names;
}

/** @param {{ isFiltered: boolean, more: boolean, onMore: () => void }} props */
function Nothing({ isFiltered, more, onMore }) {
  if (!isFiltered) return html`<${FirstJob} />`;
  return html`<div class="panel"><${Empty} title="No run is like that"><p>Take a filter away to see more. A new run that fits appears here by itself.</p><//>
    <${More} more=${more} onMore=${onMore} word="Look further back" /></div>`;
}

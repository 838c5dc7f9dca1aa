// @ts-check
// Schedules: what each says in words, when it fires next, how it went the last times.

import { useMayRun } from "../lib/kinds.js";
import { usePages } from "../lib/pages.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { asCurl } from "../lib/snippet.js";
import { useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { State } from "../parts/state.js";
import { Strip } from "../parts/strip.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say, sayProblem } from "../parts/toast.js";
import { ScheduleDialog } from "./schedule-dialog.js";

export default function Schedules() {
  const here = useHere();
  const asked = usePages(`schedules ${here.tenant}`, (query, signal) => here.call("GET", "/api/schedules", { query, signal }), sayProblem);
  const runNow = guarded(async (/** @type {any} */ schedule) => {
    await here.call("POST", `/api/schedules/${schedule.id}/run-now`, { once: true });
    say(`${schedule.name} made its job.`);
    await asked.reload();
  });
  const { open, dialog } = useDialogs({ edit: (schedule, close) => html`<${ScheduleDialog} schedule=${schedule} onClose=${close} onDone=${asked.reload} />` });
  const mayWrite = here.can("schedules:write") && here.can("jobs:write");
  const mayRun = useMayRun();
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Schedule", kind: "main-cell", cell: (schedule) => html`<a href=${here.at(`/schedules/${schedule.id}`)}>${schedule.name}</a>${schedule.builtIn && html` <span class="chip">built in</span>`}<span class="sub">${schedule.description}</span>` },
    { label: "State", weight: 2, cell: (schedule) => html`<${State} is=${schedule.state} />` },
    { label: "Line", weight: 3, cell: (schedule) => html`<code>${schedule.cron}</code><span class="sub">${schedule.timezone}</span>` },
    { label: "Job", weight: 3, cell: (schedule) => schedule.jobName },
    { label: "Last times", weight: 2, cell: (schedule) => html`<${Strip} firings=${schedule.firings} />` },
    { label: "Next", kind: "number", cell: (schedule) => html`<${Ago} at=${schedule.nextRuns[0]} none="not while paused" />` },
    ...(mayWrite ? [{ label: "Run it", unseen: true, weight: /** @type {const} */ (2), kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ schedule) => mayRun(schedule) && html`<button type="button" class="button small" onClick=${() => runNow(schedule)}>Run now<span class="unseen">: ${schedule.name}</span></button>` }] : []),
  ];
  return html`
    <div class="head"><h1>Schedules</h1>
      ${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("edit")}>Make a schedule</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Schedules">
      ${rows.length ? html`<${Table} caption="Schedules by name" columns=${columns} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" />` : html`<${Nothing} />`}
    </section>`}<//>
    ${dialog}`;
}

function Nothing() {
  const here = useHere();
  const asked = { method: "POST", url: `${location.origin}/api/schedules`, tenant: here.tenant, body: { name: "good morning", cron: "30 7 * * 1-5", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, jobName: "system.ping" } };
  return html`<${Empty} title="There is no schedule yet">
    <p>A schedule enqueues a job by the clock. None is lost in a restart, and none happens twice. Make one here, or from elsewhere:</p>
    <div class="snippet"><pre tabindex="0" aria-label="A call for the terminal">${asCurl(asked)}</pre></div><//>`;
}

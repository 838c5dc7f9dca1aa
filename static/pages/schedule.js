// @ts-check
// One schedule: what it says, its next times, its last firings.

import { exact } from "../lib/format.js";
import { useMayRun } from "../lib/kinds.js";
import { useLoad } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { JsonTree } from "../parts/json-tree.js";
import { State } from "../parts/state.js";
import { outcomeOf } from "../parts/strip.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { ScheduleDialog } from "./schedule-dialog.js";

/** @param {{ id: string }} props */
export default function OneSchedule({ id }) {
  const here = useHere();
  const asked = useLoad(`schedule ${here.tenant} ${id}`, async (signal) => {
    const { data } = await here.call("GET", `/api/schedules/${id}`, { signal });
    const names = await here.names([data.madeBy.split(":")[1]].filter((one) => one?.length === 36));
    return { schedule: data, names };
  });
  const mayRun = useMayRun();
  const act = guarded(async (/** @type {() => Promise<any>} */ what, /** @type {string} */ done) => {
    await what();
    say(done);
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    edit: (schedule, close) => html`<${ScheduleDialog} schedule=${schedule} onClose=${close} onDone=${asked.reload} />`,
    remove: (schedule, close) => html`<${Confirm} title=${`Delete ${schedule.name}`} word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/schedules/${id}`); say("Deleted."); go(here.at("/schedules")); }}><p>It fires no more. The jobs that it made stay.</p><//>`,
  });
  const patch = (/** @type {any} */ body) => here.call("PATCH", `/api/schedules/${id}`, { body });
  return html`
    <p><a class="back" href=${here.at("/schedules")}>← Schedules</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ { schedule, names }) => html`
      <div class="head"><h1>${schedule.name}</h1><${State} is=${schedule.state} />
        ${here.can("schedules:write") && mayRun(schedule) && html`<div class="actions">
          ${here.can("jobs:write") && html`<button type="button" class="button main" onClick=${() => act(() => here.call("POST", `/api/schedules/${id}/run-now`, { once: true }), "It made its job.")}>Run now</button>
          <button type="button" class="button" onClick=${() => (schedule.state === "paused" ? act(() => patch({ state: "enabled" }), "It goes on.") : act(() => patch({ state: "paused" }), "It is paused."))}>${schedule.state === "paused" ? "Resume" : "Pause"}</button>
          <button type="button" class="button" onClick=${() => open("edit", schedule)}>Edit …</button>`}
          ${!schedule.builtIn && html`<button type="button" class="button danger" onClick=${() => open("remove", schedule)}>Delete …</button>`}
        </div>`}</div>
      <section class="panel" aria-label="About this schedule"><div class="body"><${Facts}>
        <${Fact} name="When" wide>${schedule.description}<//>
        <${Fact} name="Line"><code>${schedule.cron}</code><//>
        <${Fact} name="Zone">${schedule.timezone}<//>
        <${Fact} name="Job">${schedule.jobName}<//>
        <${Fact} name="Queue">${schedule.queue ?? html`<span class="soft">the job's own</span>`}<//>
        <${Fact} name="When missed">${schedule.catchUp.all ? `all, at most ${schedule.catchUp.all}` : schedule.catchUp}<//>
        <${Fact} name="When still running">${schedule.overlap === "skip" ? "leave it out" : "again all the same"}<//>
        <${Fact} name="Missed so far">${schedule.missed}<//>
        <${Fact} name="Made by">${actorWord(schedule.madeBy, names)}<//>
      <//></div></section>
      <div class="panels">
        <section class="panel" aria-labelledby="next"><header><h2 id="next">Next times</h2></header>
          ${schedule.nextRuns.length ? html`<ul class="body">${schedule.nextRuns.map((/** @type {string} */ at) => html`<li class="row-of apart"><span>${inZone(at, schedule.timezone)}</span><span class="soft"><${Ago} at=${at} /></span></li>`)}</ul>` : html`<p class="empty">None while it is paused.</p>`}</section>
        <section class="panel" aria-labelledby="payload"><header><h2 id="payload">Payload</h2></header><div class="body"><${JsonTree} value=${schedule.payload} label="Payload" /></div></section>
      </div>
      <section class="panel" aria-labelledby="firings"><header><h2 id="firings">Last times</h2></header>
        ${schedule.firings.length ? html`<${Table} caption="Last times" columns=${columnsOf(here)} rows=${schedule.firings} keyOf=${(/** @type {any} */ row) => `${row.dueAt} ${row.jobId}`} />` : html`<p class="empty">It has not fired yet.</p>`}</section>`}<//>
    ${dialog}`;
}

/** @param {import("../lib/session.js").Here} here @returns {import("../parts/table.js").Column[]} */
function columnsOf(here) {
  return [
    { label: "Outcome", cell: (firing) => html`<${State} is=${outcomeOf(firing)} />` },
    { label: "For", cell: (firing) => html`<span title=${exact(firing.dueAt)}><${Ago} at=${firing.dueAt} /></span>${firing.byHand && html` <span class="chip">by hand</span>`}` },
    { label: "Job", kind: "main-cell", cell: (firing) => (firing.jobId ? html`<a href=${here.at(`/runs/${firing.jobId}`)}>its job</a>` : html`<span class="soft">none</span>`) },
    { label: "Why", weight: 2, cell: (firing) => firing.error ?? firing.jobError ?? "" },
  ];
}

/** A moment on the clock of a zone. @param {string} at @param {string} timeZone */
export function inZone(at, timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(new Date(at));
}

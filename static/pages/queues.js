// @ts-check
// Queues: what each holds, how fast it goes, what limits it.

import { count, short } from "../lib/format.js";
import { useLive } from "../lib/live.js";
import { useEvery, useLoad } from "../lib/load.js";
import { perMinute, withCount } from "../lib/rates.js";
import { useHere } from "../lib/session.js";
import { useStore } from "../lib/store.js";
import { html, useState } from "../lib/view.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Share } from "../parts/share.js";
import { State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago, now } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { QueueDialog } from "./queue-dialog.js";

const ASK_MS = 5_000;

export default function Queues() {
  const here = useHere();
  const asked = useLoad(`queues ${here.tenant}`, (signal) => here.read("/api/jobs/queues", signal));
  const [counts, setCounts] = useState(/** @type {import("../lib/rates.js").Count[]} */ ([]));
  useLive({ tenant: here.tenant, query: { state: "dead" }, off: !here.can("jobs:read"), on: ({ counts: stats }) => {
    if (!stats) return;
    setCounts((before) => withCount(before, Date.now(), stats.queues));
    asked.patch((queues) => queues.map((/** @type {any} */ queue) => ({ ...queue, states: stats.queues[queue.name] ?? {} })));
  } });
  useEvery(ASK_MS, asked.reload);

  const change = guarded(async (/** @type {string} */ name, /** @type {any} */ body, /** @type {string} */ done) => {
    await here.call("PATCH", `/api/queues/${name}`, { body });
    say(done);
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    edit: (queue, close) => html`<${QueueDialog} queue=${queue} onClose=${close} onDone=${asked.reload} />`,
    reset: (queue, close) => html`<${Confirm} title=${`Give ${queue.name} the defaults again`} word="Give it the defaults" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/queues/${queue.name}`); say("It has the defaults."); await asked.reload(); }}>
      <p>Its limits go, and its pause. Its jobs stay.</p><//>`,
  });
  const mayWrite = here.can("queues:write");
  return html`
    <div class="head"><h1>Queues</h1>
      ${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("edit")}>Make a queue</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any[]} */ queues) => html`<section class="panel" aria-label="Queues">
      ${queues.length ? html`<${Table} caption="Queues by name" columns=${columnsOf(here, counts, mayWrite && { open, change })} rows=${queues} keyOf=${(/** @type {any} */ queue) => queue.name} />`
      : html`<${Empty} title="There is no queue yet"><p>A queue is a name under which jobs share limits: how many run at once, how many begin in a minute, whether they wait.
          It comes about with the first job that names it; make one here to limit it before.</p><//>`}
    </section>`}<//>
    ${dialog}`;
}

/**
 * @param {import("../lib/session.js").Here} here
 * @param {import("../lib/rates.js").Count[]} counts
 * @param {false | { open: (name: string, subject: any) => void, change: (name: string, body: any, done: string) => void }} acts
 * @returns {import("../parts/table.js").Column[]}
 */
function columnsOf(here, counts, acts) {
  const link = (/** @type {string} */ name, /** @type {string} */ state) => here.at(`/runs?queue=${encodeURIComponent(name)}&state=${state}`);
  const figure = (/** @type {string} */ state) => (/** @type {any} */ { name, states }) => (states[state] ? html`<a href=${link(name, state)}>${count(states[state])}</a>` : html`<span class="soft">0</span>`);
  return [
    { label: "Queue", kind: "main-cell", cell: (queue) => html`<a href=${here.at(`/runs?queue=${encodeURIComponent(queue.name)}`)}>${queue.name}</a>
      ${queue.settings?.paused && html`<span class="sub"><${State} is="paused" /></span>`}${queue.settings?.outside && html`<span class="sub">for workers outside</span>`}` },
    { label: "Running", kind: "number", cell: ({ states, settings }) => html`${count(states.running)}${settings?.concurrency ? html`<span class="soft"> of ${settings.concurrency}</span>
      <${Share} is=${states.running ?? 0} of=${settings.concurrency} />` : ""}` },
    { label: "Ready", kind: "number", cell: figure("ready") },
    { label: "Oldest waits", kind: "number", weight: 2, cell: ({ states, waitingSince }) => (states.ready ? html`<${Ago} at=${waitingSince} none="–" />` : html`<span class="soft">–</span>`) },
    { label: "Scheduled", kind: "number", weight: 3, cell: figure("scheduled") },
    { label: "Done", kind: "number", weight: 3, cell: figure("done") },
    { label: "Dead", kind: "number", weight: 2, cell: figure("dead") },
    { label: "In a minute", kind: "number", weight: 3, cell: ({ name, settings }) => html`<${Rate} counts=${counts} name=${name} />${settings?.ratePerMinute ? html`<span class="soft"> of ${count(settings.ratePerMinute)}</span>` : ""}` },
    ...(acts ? [{ label: "Change it", unseen: true, kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ queue) => html`
      <button type="button" class="button small" aria-label=${`${queue.settings?.paused ? "Resume" : "Pause"} ${queue.name}`} onClick=${() => acts.change(queue.name, { paused: !queue.settings?.paused }, queue.settings?.paused ? `${queue.name} goes on.` : `${queue.name} is paused; what runs goes on.`)}>${queue.settings?.paused ? "Resume" : "Pause"}</button>
      <button type="button" class="button small" aria-label=${`Limits of ${queue.name}`} onClick=${() => acts.open("edit", queue)}>Limits</button>
      ${queue.settings && html`<button type="button" class="quiet small col-3" aria-label=${`Give ${queue.name} the defaults again`} onClick=${() => acts.open("reset", queue)}>Defaults</button>`}` }] : []),
  ];
}

/** @param {{ counts: import("../lib/rates.js").Count[], name: string }} props */
function Rate({ counts, name }) {
  const at = useStore(now);
  const rate = perMinute(counts, name, at);
  return html`<span>${rate === undefined ? html`<span class="soft" title="It is counted while this page is open">…</span>` : short(Math.round(rate))}</span>`;
}

// @ts-check
// The machine that the instance runs on, and which tenants fill it.

import { bytes, count } from "../lib/format.js";
import { useEvery, useLoad } from "../lib/load.js";
import { flushText, gaugesOf, machineConcerns, percent, rowsOf, sharesOf } from "../lib/machine.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Concerns } from "../parts/concerns.js";
import { Empty } from "../parts/empty.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Gauges } from "../parts/gauges.js";
import { Share } from "../parts/share.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";

const ASK_MS = 5_000;
/** All counters are read for it. */
const ASK_LOADS_MS = 15_000;

export default function System() {
  const here = useHere();
  const machine = useLoad("system", (signal) => here.read("/api/system", signal));
  const loads = useLoad("system queues", (signal) => here.read("/api/system/queues", signal));
  useEvery(ASK_MS, machine.reload);
  useEvery(ASK_LOADS_MS, loads.reload);
  return html`
    <div class="head"><h1>System</h1></div>
    <${Shown} of=${machine}>${(/** @type {any} */ found) => html`<${Machine} machine=${found} />`}<//>
    <${Shown} of=${loads}>${(/** @type {any} */ found) => html`<${Fillers} loads=${found} />`}<//>`;
}

/** @param {{ machine: any }} props */
function Machine({ machine }) {
  const { files } = machine;
  const flush = flushText(machine.flushes);
  const concerns = machineConcerns(machine).map(({ href: _, word: __, ...concern }) => concern);
  return html`
    ${concerns.length > 0 && html`<${Concerns} title="Needs attention" found=${concerns} none="" />`}
    <${Gauges} gauges=${gaugesOf(machine)} />
    <section class="panel" aria-label="The server"><div class="body"><${Facts}>
      <${Fact} name="Up since"><${Ago} at=${machine.upSince} /><//>
      <${Fact} name="Version">${machine.version} <span class="soft nowrap">SQLite ${machine.sqlite}</span><//>
      <${Fact} name="A flush takes">${flush ? html`<span title=${`The median of the last ${machine.flushes.flushes}`}>${flush.median}</span> <span class="soft nowrap">${flush.slowest} at most</span>` : html`<span class="soft">not known</span>`}<//>
      <${Fact} name="Database">${bytes(files.databaseBytes)} <span class="soft nowrap">${bytes(files.walBytes)} log</span><//>
      <${Fact} name="Telemetry">${bytes(files.telemetryBytes)}<//>
      <${Fact} name="Backups">${bytes(files.backupsBytes)}<//>
      ${machine.memory && html`<${Fact} name="Memory held">${bytes(machine.memory.heldBytes)}${machine.memory.isOfGroup && html` <span class="soft">in a group with a limit</span>`}<//>`}
    <//></div></section>`;
}

/** @param {{ loads: any }} props */
function Fillers({ loads }) {
  const here = useHere();
  const rows = sharesOf(loads);
  const places = html`<span class="small soft">${count(loads.busy)} of ${count(loads.places)} places for handlers are taken</span>`;
  const since = html`<span class="small soft push col-2">done and dead since <${Ago} at=${loads.endedSince} /></span>`;
  return html`
    <section class="panel" aria-labelledby="fillers"><header><h2 id="fillers">Tenants</h2>${places}${since}</header>
      ${rows.length ? html`<${Table} caption="Tenants by what they have in all queues" columns=${columnsOf(here, "Tenant")} rows=${rows} keyOf=${keyOf} />`
      : html`<${Empty} title="No tenant has jobs"><p>Nothing waits, nothing runs, and nothing ended lately.</p><//>`}</section>
    ${loads.queues.length > 0 && html`<section class="panel" aria-labelledby="queues"><header><h2 id="queues">Queues</h2></header>
      <${Table} caption="Queues by how much they hold, each with the tenants that have most in it" columns=${columnsOf(here, "Queue")} rows=${rowsOf(loads.queues)} keyOf=${keyOf} /></section>`}`;
}

const keyOf = (/** @type {any} */ { key }) => key;

/**
 * @param {import("../lib/session.js").Here} here
 * @param {string} label
 * @returns {import("../parts/table.js").Column[]}
 */
function columnsOf(here, label) {
  const figure = (/** @type {keyof import("../lib/machine.js").Load} */ name, tone = "") => (/** @type {any} */ { load }) => html`<span class=${load[name] ? tone : "soft"}>${count(load[name])}</span>`;
  return [
    { label, kind: "main-cell", cell: (row) => nameOf(here, row) },
    { label: "Share", cell: ({ part, queue }) => (queue ? "" : html`<span class="part"><${Share} is=${part} of=${1} tone="calm" isSaid /><span class="number">${percent(part)}</span></span>`) },
    { label: "Running", kind: "number", cell: figure("running") },
    { label: "Ready", kind: "number", cell: figure("ready") },
    { label: "Scheduled", kind: "number", weight: 3, cell: figure("scheduled") },
    { label: "Done", kind: "number", weight: 2, cell: figure("done") },
    { label: "Dead", kind: "number", weight: 2, cell: figure("dead", "bad") },
  ];
}

/** @param {import("../lib/session.js").Here} here @param {any} row */
function nameOf(here, { queue, tenant, others, key }) {
  if (queue) return html`<strong>${queue}</strong>`;
  const under = key.includes(" ") ? "under" : "";
  if (others) return html`<span class=${`${under} soft`}>${others === 1 ? "one other" : `${count(others)} others`}</span>`;
  const place = here.session.places.some(({ slug, state }) => slug === tenant.slug && state === "active");
  const href = tenant.slug === "instance" ? "/instance/queues" : place ? `/t/${tenant.slug}/queues` : `/instance/tenants/${tenant.slug}`;
  return html`<span class=${under}><a href=${href} title=${tenant.slug}>${tenant.name}</a></span>`;
}

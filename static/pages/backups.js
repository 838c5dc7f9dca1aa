// @ts-check
// Backups of the instance: which there are, whether they are whole, and whether one could go back to them.

import { bytes } from "../lib/format.js";
import { useEvery, useLoad } from "../lib/load.js";
import { renewNotices } from "../lib/notices.js";
import { useHere } from "../lib/session.js";
import { html, useEffect, useRef } from "../lib/view.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago, Took } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { GoBack, Going } from "./backup-restore.js";

const ASK_MS = 3_000;
const WORDS = /** @type {Record<string, string>} */ ({ "backups.create": "a backup is made", "backups.verify": "every byte is compared", "backups.drill": "it is restored aside" });

export default function Backups() {
  const here = useHere();
  const asked = useLoad("backups", (signal) => here.read("/api/backups", signal));
  useEvery(ASK_MS, asked.reload);
  const ask = guarded(async (/** @type {string} */ path, /** @type {string} */ done) => {
    const { data } = await here.call("POST", `/api/backups${path}`, { body: path ? undefined : {} });
    say(data.deduplicated ? "That is under way already." : done);
    await asked.reload();
  });
  const found = asked.data;
  const went = useRef("");
  useEffect(() => {
    if (!found || found.goingBack) went.current = found?.goingBack?.error ? "" : found?.goingBack?.from ?? "";
    else if (went.current && found.setAside[0]?.restored === went.current) {
      went.current = "";
      say("You are back there. What came since is put aside.");
      renewNotices();
    }
  }, [found]);
  const goBack = (/** @type {string} */ at, /** @type {number} */ size) => (/** @type {any} */ one, /** @type {() => void} */ close) => html`<${GoBack} name=${one.name} at=${at} size=${size} onClose=${close}
    onBegun=${async () => { went.current = one.name; await asked.reload(); }} />`;
  const { open, dialog } = useDialogs({
    restore: (one, close) => goBack(one.madeAt, one.databaseBytes)(one, close),
    undo: (one, close) => goBack(one.at, one.bytes)(one, close),
    forget: (one, close) => html`<${Confirm} title="Delete what was put aside" word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/backups/${one.name}`); say("Deleted."); await asked.reload(); }}><p><code>${one.name}</code></p><p>That frees ${bytes(one.bytes)}. Nobody can go back to it any more.</p><//>`,
    remove: (backup, close) => html`<${Confirm} title="Delete this backup" word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/backups/${backup.name}`); say("Deleted."); renewNotices(); await asked.reload(); }}><p><code>${backup.name}</code></p><p>Nobody can go back to it any more.</p><//>`,
  });
  const mayWrite = here.can("backups:write");
  return html`
    <div class="head"><h1>Backups</h1>${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => ask("", "A backup is being made.")}>Make a backup</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any} */ found) => html`
      ${found.goingBack && html`<${Going} going=${found.goingBack} />`}
      <section class="panel" aria-label="How it stands"><div class="body"><${Facts}>
        <${Fact} name="The newest whole one"><${Ago} at=${found.lastSuccess} none="there is none" /><//>
        <${Fact} name="The next one"><${Ago} at=${found.nextAt} none="none is planned" /> ${here.can("schedules:read") && html`<a class="small" href=${here.at("/schedules")}>schedule</a>`}<//>
        <${Fact} name="Failed last"><${Ago} at=${found.lastFailure?.finishedAt} none="never, as far as is known" /><//>
      <//></div></section>
      <section class="panel" aria-label="Backups">${found.backups.length ? html`<${Table} caption="Backups, the newest first" columns=${columnsOf(here, ask, open)} rows=${found.backups} keyOf=${(/** @type {any} */ row) => row.name} />
        <p class="body tight small soft">When nobody gets in any more: stop the server, and on its machine <code>steading backup restore ${found.backups[0].name} --force</code>.</p>`
        : html`<${Empty} title="There is no backup yet"><p>A backup is the database as it is at one moment, with the signing keys, in one file of the data directory. Make one now, try it out, and copy it to another machine.</p>
          <p>From the terminal: <code>steading backup create</code></p><//>`}</section>
      ${found.setAside.length > 0 && html`<section class="panel" aria-labelledby="set-aside"><header><h2 id="set-aside">Put aside</h2></header>
        <${Table} caption="What was put aside, the newest first" columns=${asideColumns(here, open)} rows=${found.setAside} keyOf=${(/** @type {any} */ row) => row.name} /></section>`}
      ${found.runs.length > 0 && html`<section class="panel" aria-labelledby="runs"><header><h2 id="runs">What was done with them</h2></header>
        <${Table} caption="What was done with backups, the newest first" columns=${runColumns(here)} rows=${found.runs} keyOf=${(/** @type {any} */ row) => row.jobId} /></section>`}`}<//>
    ${dialog}`;
}

/**
 * @param {import("../lib/session.js").Here} here
 * @param {(path: string, done: string) => Promise<void>} ask
 * @param {(name: string, subject: any) => void} open
 * @returns {import("../parts/table.js").Column[]}
 */
function columnsOf(here, ask, open) {
  const unseen = (/** @type {any} */ { name }) => html`<span class="unseen"> ${name}</span>`;
  return [
    { label: "Backup", kind: "main-cell", cell: (one) => html`<strong><${Ago} at=${one.madeAt} none="it can't be read" /></strong><span class="sub">${one.name}</span>` },
    { label: "State", weight: 2, cell: (one) => (one.problem ? html`<${State} is="failed" word="damaged" /><span class="sub">${one.problem}</span>` : html`<${State} is="done" word="readable" />`) },
    { label: "File", kind: "number", cell: (one) => bytes(one.bytes) },
    { label: "Database", kind: "number", weight: 3, cell: (one) => bytes(one.databaseBytes) },
    { label: "Version", weight: 3, cell: (one) => one.version ?? "" },
    { label: "Do", unseen: true, kind: "act", cell: (one) => html`
      ${here.can("backups:restore") && !one.problem && html`<button type="button" class="button small" onClick=${() => open("restore", one)}>Restore …${unseen(one)}</button>`}
      ${here.can("backups:write") && html`<button type="button" class="button small col-3" title="Restore it aside, to see that one could" onClick=${() => ask(`/${one.name}/drill`, "It is tried out aside.")}>Try it out${unseen(one)}</button>
      <button type="button" class="button small col-3" title="Read every byte and compare" onClick=${() => ask(`/${one.name}/verify`, "Every byte is compared.")}>Verify${unseen(one)}</button>`}
      ${here.can("backups:download") && html`<a class="button small col-3" href=${`/api/backups/${one.name}/download`} download>Download${unseen(one)}</a>`}
      ${here.can("backups:write") && html`<button type="button" class="button small col-3" onClick=${() => open("remove", one)}>Delete …${unseen(one)}</button>`}` },
  ];
}

/** @param {import("../lib/session.js").Here} here @param {(name: string, subject: any) => void} open @returns {import("../parts/table.js").Column[]} */
function asideColumns(here, open) {
  const unseen = (/** @type {any} */ { name }) => html`<span class="unseen"> ${name}</span>`;
  return [
    { label: "As it was", kind: "main-cell", cell: (one) => html`<strong><${Ago} at=${one.at} /></strong><span class="sub">${one.name}</span>` },
    { label: "In its place came", weight: 3, cell: (one) => (one.restored ? html`<span class="sub">${one.restored}</span>` : "") },
    { label: "Size", kind: "number", cell: (one) => bytes(one.bytes) },
    { label: "Do", unseen: true, kind: "act", cell: (one) => html`
      ${here.can("backups:restore") && html`<button type="button" class="button small" onClick=${() => open("undo", one)}>Go back to it …${unseen(one)}</button>`}
      ${here.can("backups:write") && html`<button type="button" class="button small" onClick=${() => open("forget", one)}>Delete …${unseen(one)}</button>`}` },
  ];
}

/** @param {import("../lib/session.js").Here} here @returns {import("../parts/table.js").Column[]} */
function runColumns(here) {
  return [
    { label: "State", cell: (run) => html`<${State} is=${run.state} />` },
    { label: "What", kind: "main-cell", cell: (run) => html`${here.can("jobs:read") ? html`<a href=${here.at(`/runs/${run.jobId}`)}>${WORDS[run.jobName] ?? run.jobName}</a>` : (WORDS[run.jobName] ?? run.jobName)}
      ${run.error ? html`<span class="sub bad">${run.error}</span>` : run.state === "running" && run.progress !== null && html`<span class="sub">${run.progress} %${run.progressNote ? `, ${run.progressNote}` : ""}</span>`}` },
    { label: "Took", kind: "number", weight: 2, cell: (run) => (run.finishedAt ? html`<${Took} from=${run.createdAt} to=${run.finishedAt} />` : "") },
    { label: "Asked for", kind: "number", cell: (run) => html`<${Ago} at=${run.createdAt} />` },
  ];
}

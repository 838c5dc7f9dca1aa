// @ts-check
// What a tenant may have and has. Whoever runs the instance gives one tenant other limits here.

import { count } from "../lib/format.js";
import { useAct, useEvery, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { ALLOWANCES, roomOf, sizeOf, sizeText } from "../lib/usage.js";
import { html, useState } from "../lib/view.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { Share } from "../parts/share.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say } from "../parts/toast.js";

const ASK_MS = 15_000;

/** @param {{ path: string, tenant?: any, onDone?: () => Promise<void> }} props the tenant, for who may give it other limits */
export function Usage({ path, tenant, onDone }) {
  const here = useHere();
  const asked = useLoad(`usage ${here.tenant} ${path}`, (signal) => here.read(path, signal));
  useEvery(ASK_MS, asked.reload);
  return html`<section class="panel" aria-labelledby="limits"><header><h2 id="limits">Limits</h2></header>
    <${Shown} of=${asked}>${(/** @type {any} */ usage) => html`<div class="body stack">
      <${Facts}>${ALLOWANCES.map(([name, word]) => html`<${Room} key=${name} name=${name} word=${word} room=${usage[name]} />`)}
        <${Fact} name="Counted anew"><${Ago} at=${usage.dayEndsAt} /><//>
        ${usage.weighedAt && html`<${Fact} name="Weighed"><${Ago} at=${usage.weighedAt} /><//>`}<//>
      <details><summary>How often its people and programs may ask</summary><${Rates} rates=${usage.rates} /></details>
      ${tenant ? html`<${Change} key=${tenant.updatedAt} tenant=${tenant} onDone=${() => Promise.all([asked.reload(), onDone?.()])} />`
      : html`<p class="small soft">Whoever runs this instance gives a tenant more, or less.</p>`}
    </div>`}<//></section>`;
}

/** @param {{ name: string, word: string, room: any }} props */
function Room({ name, word, room }) {
  const { text, tone } = roomOf(name, room);
  return html`<${Fact} name=${word}><span class=${tone}>${text}</span>
    ${room.limit !== null && room.used !== null && html`<${Share} is=${room.used} of=${room.limit} tone=${tone} />`}<//>`;
}

const WHOSE = /** @type {Record<string, string>} */ ({ user: "one user or key", tenant: "the whole tenant" });

/** @param {{ rates: any[] }} props */
function Rates({ rates }) {
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "What", kind: "main-cell", cell: ({ name }) => { const [whose = "", what] = name.replace("limits.", "").split("_"); return html`${what}, ${WHOSE[whose] ?? whose}<span class="sub">${name}</span>`; } },
    { label: "In a second", kind: "number", cell: ({ perSecond }) => (perSecond === null ? "no limit" : count(perSecond)) },
    { label: "At once", kind: "number", cell: ({ atOnce }) => (atOnce === null ? "" : count(atOnce)) },
  ];
  return html`<${Table} caption="Requests, on average" columns=${columns} rows=${rates} keyOf=${(/** @type {any} */ rate) => rate.name} />`;
}

/** @param {any} props */
function Change({ tenant, onDone }) {
  const here = useHere();
  const own = tenant.limits;
  const [fields, setFields] = useState(() => ({ storageBytes: own.storageBytes === null ? "" : sizeText(own.storageBytes), eventsPerDay: own.eventsPerDay ?? "", jobsPerDay: own.jobsPerDay ?? "" }));
  const { run, busy, error } = useAct(async () => {
    const limits = Object.fromEntries(Object.entries(fields).map(([name, typed]) => {
      const text = String(typed).trim();
      const value = name === "storageBytes" ? sizeOf(text) : Number(text);
      if (text && Number.isNaN(value)) throw new Error(`“${text}” is not understood: write a figure, or a size such as 500 MiB.`);
      return [name, text ? value : null];
    }));
    await here.call("PATCH", `/api/tenants/${tenant.id}`, { body: { limits } });
    say("Changed.");
    await onDone();
  });
  const field = (/** @type {keyof typeof fields} */ name, /** @type {string} */ label, /** @type {string} */ hint) => html`
    <${Field} label=${label} hint=${hint} placeholder="as configured" value=${fields[name]} error=${error} path=${`limits.${name}`}
      onValue=${(/** @type {string} */ value) => setFields((before) => ({ ...before, [name]: value }))} />`;
  return html`<${Form} onSubmit=${run}>
    <div class="two">${field("storageBytes", "Storage", "Such as 500 MiB or 10 GB")}${field("eventsPerDay", "Events a day", "")}${field("jobsPerDay", "Jobs a day", "")}</div>
    <p class="small soft">Left empty, it is what the configuration of the server says; 0 is no limit.</p>
    <${Alert} error=${error} known=${["limits"]} />
    <div><button type="submit" class="button" disabled=${busy}>Change the limits</button></div><//>`;
}

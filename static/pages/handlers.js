// @ts-check
// Handlers: who listens to which events, and how well each does.

import { count, duration, short } from "../lib/format.js";
import { listHandlers } from "../lib/lists.js";
import { useEvery, useLoad } from "../lib/load.js";
import { renewNotices } from "../lib/notices.js";
import { setQuery, useAddress } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { standingOf } from "../lib/standing.js";
import { html, useEffect } from "../lib/view.js";
import { useDialogs } from "../parts/dialog.js";
import { Shown } from "../parts/failure.js";
import { State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { FirstHandler } from "./first.js";
import { HandlerDialog } from "./handler-dialog.js";
import { targetWord } from "./handler-words.js";

const ASK_MS = 4_000;

export default function Handlers() {
  const here = useHere();
  const { query } = useAddress();
  const asked = useLoad(`handlers ${here.tenant}`, (signal) => listHandlers(here, signal));
  // A day is summed up for these, so nothing waits for them.
  const figures = useLoad(`figures of handlers ${here.tenant}`, async (signal) => new Map((await here.read("/api/handlers/health", signal)).map((/** @type {any} */ one) => [one.id, one])));
  useEvery(ASK_MS, asked.reload);
  useEvery(ASK_MS, figures.reload);
  const turn = guarded(async (/** @type {any} */ handler, /** @type {"enable" | "disable"} */ verb) => {
    await here.call("POST", `/api/subscriptions/${handler.id}/${verb}`, { once: true });
    say(verb === "enable" ? `${handler.name} is enabled; what waited goes out.` : `${handler.name} is disabled; what comes for it waits.`);
    renewNotices();
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    make: (pattern, close) => html`<${HandlerDialog} pattern=${pattern} onClose=${close} onDone=${asked.reload} />`,
  });
  const wanted = query.get("make");
  const mayWrite = here.can("subscriptions:write");
  const mayMake = mayWrite && here.can("events:read");
  // The catalogue of types leads here.
  useEffect(() => {
    if (!wanted || !mayMake) return;
    open("make", wanted);
    setQuery({ make: "" });
  }, [wanted]);
  return html`
    <div class="head"><h1>Handlers</h1>
      ${mayMake && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("make")}>Add a handler</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any[]} */ rows) => (rows.length ? html`<section class="panel" aria-label="Handlers">
      <${Table} caption="Handlers by name, with the figures of the last day" columns=${columnsOf(here, mayWrite && turn)} rows=${rows.map((one) => ({ ...one, ...one.health, day: figures.data?.get(one.id) }))} /></section>`
    : html`<${FirstHandler} />`)}<//>
    ${dialog}`;
}

/**
 * @param {import("../lib/session.js").Here} here
 * @param {false | ((handler: any, verb: "enable" | "disable") => void)} turn
 * @returns {import("../parts/table.js").Column[]}
 */
function columnsOf(here, turn) {
  const ofDay = (/** @type {(day: any) => any} */ draw) => (/** @type {any} */ { day }) => (day ? draw(day) : html`<span class="soft">…</span>`);
  return [
    { label: "Handler", kind: "main-cell", cell: (one) => html`<a href=${here.at(`/handlers/${one.id}`)}>${one.name}</a><span class="sub cut" title=${targetWord(one.target)}>${targetWord(one.target)}</span>` },
    { label: "State", kind: "rest", cell: (one) => html`<${State} is=${standingOf(one)} />${subOf(one)}` },
    { label: "Listens to", weight: 2, cell: (one) => html`<code>${one.pattern}</code>${one.filter && html`<span class="sub">with a filter</span>`}` },
    { label: "Waiting", kind: "number", weight: 2, cell: (one) => (one.waiting ? count(one.waiting) : html`<span class="soft">0</span>`) },
    { label: "A minute", kind: "number", weight: 3, cell: ofDay(({ perMinute }) => short(perMinute < 0.1 ? Math.round(perMinute * 100) / 100 : Math.round(perMinute * 10) / 10)) },
    { label: "Arrived", kind: "number", weight: 3, cell: ofDay(({ delivered }) => count(delivered)) },
    { label: "Failed", kind: "number", weight: 3, cell: ofDay(({ failed }) => (failed ? html`<span class="bad">${count(failed)}</span>` : html`<span class="soft">0</span>`)) },
    { label: "p95", kind: "number", weight: 3, cell: ofDay(({ p95Millis }) => (p95Millis === null ? html`<span class="soft">–</span>` : duration(p95Millis))) },
    ...(turn ? [{ label: "Turn it", unseen: true, weight: /** @type {const} */ (2), kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ one) => (one.state === "enabled"
      ? html`<button type="button" class="button small" aria-label=${`Disable ${one.name}`} onClick=${() => turn(one, "disable")}>Disable</button>`
      : html`<button type="button" class="button small" aria-label=${`Enable ${one.name}`} onClick=${() => turn(one, "enable")}>Enable</button>`) }] : []),
  ];
}

/** @param {any} one */
function subOf(one) {
  const isWell = ["healthy", "untried"].includes(standingOf(one));
  if (isWell || !one.lastError) return null;
  return html`<span class="sub cut" title=${one.lastError}><${Ago} at=${one.lastFailedAt} />: ${one.lastError}</span>`;
}

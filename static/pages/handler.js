// @ts-check
// One handler: how it stands and why, what fails, how the last day went.

import { duration } from "../lib/format.js";
import { listLetterGroups } from "../lib/lists.js";
import { useEvery, useLoad } from "../lib/load.js";
import { renewNotices } from "../lib/notices.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { standingOf } from "../lib/standing.js";
import { html } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { HandlerDialog } from "./handler-dialog.js";
import { ByType, Course, Day } from "./handler-figures.js";
import { backoffWord, targetWord, whyDisabled } from "./handler-words.js";
import { SecretDialog, TestDialog } from "./handler-webhook.js";

const ASK_MS = 4_000;

/** @param {{ id: string }} props */
export default function Handler({ id }) {
  const here = useHere();
  const asked = useLoad(`handler ${here.tenant} ${id}`, async (signal) => {
    const handler = await here.read(`/api/subscriptions/${id}`, signal);
    const [jobs, letters, names] = await Promise.all([
      here.can("jobs:read") ? here.call("GET", "/api/jobs", { signal, query: { queue: handler.queue, limit: 20 } }) : { data: null },
      listLetterGroups(here, signal),
      here.names([handler.madeBy.split(":")[1]].filter((part) => part?.length === 36)),
    ]);
    const dead = letters.filter((group) => group.subscriptionId === id).reduce((sum, group) => sum + group.letters, 0);
    return { handler, jobs: jobs.data, letters: dead, names };
  });
  // A day is summed up for these, so nothing waits for them.
  const figures = useLoad(`figures of handler ${here.tenant} ${id}`, async (signal) => {
    const [health, course, metrics] = await Promise.all([
      here.read("/api/handlers/health", signal),
      here.read(`/api/handlers/${id}/metrics`, signal),
      here.can("events:read") ? here.read("/api/events/metrics", signal) : [],
    ]);
    const day = health.find((/** @type {any} */ row) => row.id === id);
    return { day, course, ofTypes: metrics.filter((/** @type {any} */ metric) => metric.handler === day?.handler) };
  });
  useEvery(ASK_MS, asked.reload);
  useEvery(ASK_MS, figures.reload);
  const turn = guarded(async (/** @type {"enable" | "disable"} */ verb) => {
    await here.call("POST", `/api/subscriptions/${id}/${verb}`, { once: true });
    say(verb === "enable" ? "Enabled; what waited goes out." : "Disabled; what comes for it waits.");
    renewNotices();
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    edit: (handler, close) => html`<${HandlerDialog} handler=${handler} onClose=${close} onDone=${asked.reload} />`,
    test: (handler, close) => html`<${TestDialog} handler=${handler} onClose=${close} />`,
    secret: (handler, close) => html`<${SecretDialog} handler=${handler} onClose=${close} />`,
    remove: (handler, close) => html`<${Confirm} title=${`Delete ${handler.name}`} word="Delete it" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/subscriptions/${id}`); say("Deleted."); renewNotices(); go(here.at("/handlers")); }}>
      <p>It gets nothing more, and what is on its way to it is cancelled. What happened stays in the history.</p><//>`,
  });
  return html`
    <p><a class="back" href=${here.at("/handlers")}>← Handlers</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ { handler, day, course, jobs, ofTypes, letters, names }) => html`
      <${Head} handler=${handler} turn=${turn} open=${open} />
      ${whyDisabled(handler) && html`<p class=${`notice${handler.disabledFor === "by_hand" ? "" : " bad"}`}><span>${whyDisabled(handler)}${handler.probeAt ? html` The next try is <${Ago} at=${handler.probeAt} />.` : ""}</span></p>`}
      ${handler.health.failuresInARow > 0 && html`<section class="panel" aria-labelledby="error"><header><h2 id="error" class="bad">The last error</h2><span class="push small soft"><${Ago} at=${handler.health.lastFailedAt} /></span></header><pre class="body log" tabindex="0">${handler.health.lastError}</pre></section>`}
      <section class="panel" aria-label="About this handler"><div class="body"><${About} handler=${handler} names=${names} /></div></section>
      <${Day} handler=${handler} day=${figures.data?.day} letters=${letters} />
      <${Course} course=${figures.data?.course ?? []} />
      <${Latest} jobs=${jobs} handler=${handler} />
      <${ByType} metrics=${figures.data?.ofTypes ?? []} />`}<//>
    ${dialog}`;
}

/** @param {any} props */
function Head({ handler, turn, open }) {
  const here = useHere();
  const isOn = handler.state === "enabled";
  return html`
    <div class="head"><h1>${handler.name}</h1><${State} is=${standingOf(handler)} />
      ${here.can("subscriptions:write") && html`<div class="actions">
        ${isOn ? html`<button type="button" class="button" onClick=${() => turn("disable")}>Disable</button>` : html`<button type="button" class="button main" onClick=${() => turn("enable")}>Enable</button>`}
        ${handler.target.webhook && html`<button type="button" class="button" onClick=${() => open("test", handler)}>Send a test …</button>`}
        <button type="button" class="button" onClick=${() => open("edit", handler)}>Edit …</button>
        ${handler.target.webhook && html`<button type="button" class="button" onClick=${() => open("secret", handler)}>New secret …</button>`}
        ${!handler.target.handler && html`<button type="button" class="button danger" onClick=${() => open("remove", handler)}>Delete …</button>`}
      </div>`}</div>`;
}

/** @param {{ handler: any, names: Map<string, any> }} props */
function About({ handler, names }) {
  const here = useHere();
  return html`
    <${Facts}>
      <${Fact} name="What happens" wide>${targetWord(handler.target)}<//>
      <${Fact} name="Listens to">${here.can("events:read") ? html`<a href=${here.at(`/events${handler.pattern === "*" ? "" : `?type=${encodeURIComponent(handler.pattern)}`}`)}><code>${handler.pattern}</code></a>` : html`<code>${handler.pattern}</code>`}<//>
      ${handler.filter && html`<${Fact} name="Only when"><code>${JSON.stringify(handler.filter)}</code><//>`}
      <${Fact} name="Attempts">${handler.maxAttempts}<//>
      <${Fact} name="Waits between">${backoffWord(handler.backoff)}<//>
      <${Fact} name="Each at most">${duration(handler.timeoutSeconds * 1_000)}<//>
      <${Fact} name="Order">${handler.ordered ? "by subject, one at a time" : "as they come"}<//>
      <${Fact} name="After failing">${handler.recovery === "probe" ? "tries now and then" : "waits for somebody"}<//>
      <${Fact} name="Arrived last"><${Ago} at=${handler.health.lastSucceededAt} none="never" /><//>
      <${Fact} name="Failed last"><${Ago} at=${handler.health.lastFailedAt} none="never" /><//>
      <${Fact} name="Added"><${Ago} at=${handler.createdAt} />${handler.target.handler ? "" : `, by ${actorWord(handler.madeBy, names)}`}<//>
    <//>`;
}

/** @param {{ jobs: any[] | null, handler: any }} props */
function Latest({ jobs, handler }) {
  const here = useHere();
  if (!jobs) return null;
  const eventOf = (/** @type {any} */ job) => (job.envelope.cause?.startsWith("event:") ? job.envelope.cause.slice(6) : null);
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "State", cell: (job) => html`<${State} is=${job.state} />` },
    { label: "Event", kind: "rest", cell: (job) => html`${eventOf(job) ? html`<a href=${here.at(`/events/${eventOf(job)}`)}>event …${eventOf(job).slice(-8)}</a>` : html`<span class="soft">none</span>`}${job.error && html`<span class="sub cut" title=${job.error}>${job.error}</span>`}` },
    { label: "Attempt", kind: "number", weight: 2, cell: (job) => html`<a href=${here.at(`/runs/${job.id}`)}>${job.attempt}<span class="soft">/${job.maxAttempts}</span></a>` },
    { label: "Next", kind: "number", weight: 2, cell: (job) => (job.state === "scheduled" ? html`<${Ago} at=${job.runAt} />` : "") },
    { label: "Made", kind: "number", cell: (job) => html`<${Ago} at=${job.createdAt} />` },
  ];
  return html`
    <section class="panel" aria-labelledby="latest"><header><h2 id="latest">Latest deliveries</h2>${jobs.length > 0 && html`<a class="push" href=${here.at(`/runs?queue=${encodeURIComponent(handler.queue)}`)}>All</a>`}</header>
      ${jobs.length ? html`<${Table} caption="Latest deliveries" columns=${columns} rows=${jobs} />` : html`<p class="empty">Nothing has been delivered to it yet.</p>`}</section>`;
}

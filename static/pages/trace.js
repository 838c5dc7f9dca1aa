// @ts-check
// One trace: everything that it set going, on one axis of time, with what was logged on the way.

import { plural } from "../lib/format.js";
import { useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { CopyId } from "../parts/copy.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { LogLines } from "../parts/log-lines.js";
import { State } from "../parts/state.js";
import { Ago } from "../parts/time.js";
import { Waterfall, took } from "../parts/waterfall.js";

const USER = /^user:([0-9a-f-]{36})$/;

/** @param {{ id: string }} props */
export default function Trace({ id }) {
  const here = useHere();
  const asked = useLoad(`trace ${here.tenant} ${id}`, async (signal) => {
    const { data } = await here.call("GET", `/api/traces/${id}`, { signal });
    const names = await here.names(data.spans.map((/** @type {any} */ { actor }) => USER.exec(actor ?? "")?.[1]));
    const named = (/** @type {any} */ one) => ({ ...one, actor: one.actor && actorWord(one.actor, names) });
    return { ...data, spans: data.spans.map(named) };
  });
  const hrefOf = (/** @type {any} */ span) => [
    ...(span.jobId && here.can("jobs:read") ? [{ href: here.at(`/runs/${span.jobId}`), word: span.kind === "delivery" ? "the delivery" : "the run" }] : []),
    ...(span.eventId && here.can("events:read") ? [{ href: here.at(`/events/${span.eventId}`), word: "the event" }] : []),
  ];
  return html`
    <p><a class="back" href=${here.at("/traces")}>← Traces</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ trace) => {
      const first = trace.spans.find((/** @type {any} */ { parentId }) => !parentId) ?? trace.spans[0];
      const failed = trace.spans.filter((/** @type {any} */ { outcome }) => outcome === "failed").length;
      return html`
        <div class="head"><h1>${first?.name ?? "Trace"}</h1><${State} is=${failed ? "failed" : "ok"} /></div>
        <section class="panel" aria-label="About this trace"><div class="body"><${Facts}>
          <${Fact} name="Begun"><${Ago} at=${trace.startedAt} /><//>
          <${Fact} name="Took">${took(trace.durationMs)}<//>
          <${Fact} name="Parts">${trace.spans.length}${failed ? html`, <span class="bad">${failed} failed</span>` : ""}<//>
          ${first?.tenant && html`<${Fact} name="Tenant">${first.tenant}<//>`}
          ${first?.actor && html`<${Fact} name="On behalf of">${first.actor}<//>`}
          <${Fact} name="Id"><${CopyId} id=${trace.traceId} /><//>
          ${here.can("jobs:read") && html`<${Fact} name="Jobs"><a href=${here.at(`/runs?traceId=${trace.traceId}`)}>its runs</a><//>`}
        <//></div></section>
        <section class="panel" aria-labelledby="waterfall"><header><h2 id="waterfall">What took how long</h2></header>
          ${trace.spans.length ? html`<div class="body tight"><${Waterfall} trace=${trace} hrefOf=${hrefOf} /></div>` : html`<p class="empty">None of its parts was kept.</p>`}</section>
        ${trace.logs.length > 0 && html`<section class="panel" aria-labelledby="logged"><header><h2 id="logged">${plural(trace.logs.length, "line")} of the log</h2></header>
          <div class="body tight"><${LogLines} lines=${trace.logs} label="What was logged" /></div></section>`}`;
    }}<//>`;
}

// @ts-check
// One event: what it says, who got it, what caused it and what it caused.

import { causeOf, hrefOfEntry, hrefOfTrace } from "../lib/causes.js";
import { plural } from "../lib/format.js";
import { isUnderWay } from "../lib/history.js";
import { listTypes } from "../lib/lists.js";
import { useEvery, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { actorWord } from "../lib/words.js";
import { Attempts } from "../parts/attempts.js";
import { CopyId } from "../parts/copy.js";
import { DeliveryTimeline, deliveryState } from "../parts/deliveries.js";
import { useDialogs } from "../parts/dialog.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { JsonTree } from "../parts/json-tree.js";
import { State } from "../parts/state.js";
import { Ago } from "../parts/time.js";
import { CausalTimeline } from "../parts/timeline.js";
import { PublishDialog } from "./publish.js";
import { ReplayDialog } from "./replay.js";

/** How often it is asked what became of it while something does. */
const ASK_MS = 2_000;
/** Deliveries that are shown open. */
const FEW = 3;

/** @param {{ id: string }} props */
export default function OneEvent({ id }) {
  const here = useHere();
  const asked = useLoad(`event ${here.tenant} ${id}`, async (signal) => {
    const [event, timeline] = await Promise.all([here.call("GET", `/api/events/${id}`, { signal }), here.call("GET", `/api/events/${id}/timeline`, { signal })]);
    const names = await here.names([event.data.envelope.actorId.split(":")[1]].filter((one) => one?.length === 36));
    return { event: event.data, timeline: timeline.data, names };
  });
  const goesOn = asked.data && (isUnderWay(asked.data.event) || asked.data.timeline.entries.some((/** @type {any} */ { state }) => ["ready", "running"].includes(state)));
  useEvery(ASK_MS, asked.reload, !goesOn);
  const types = useLoad(`event types ${here.tenant}`, (signal) => listTypes(here, signal));
  const { open, dialog } = useDialogs({
    replay: (event, close) => html`<${ReplayDialog} event=${event} onClose=${close} onDone=${asked.reload} />`,
    publish: (event, close) => html`<${PublishDialog} types=${types.data ?? []} like=${event} onClose=${close} />`,
  });
  return html`
    <p><a class="back" href=${here.at("/events")}>← Events</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ { event, timeline, names }) => html`
      <div class="head"><h1>${event.type}</h1><${State} is=${event.status} />
        <div class="actions">
          ${here.can("events:replay") && html`<button type="button" class=${`button${event.status === "dead" ? " main" : ""}`} onClick=${() => open("replay", event)}>Deliver again …</button>`}
          ${here.can("events:write") && types.data?.every((/** @type {any} */ one) => one.type !== event.type || !one.declared) && html`<button type="button" class="button" onClick=${() => open("publish", event)}>Publish another like it …</button>`}
        </div></div>
      <section class="panel" aria-label="About this event"><div class="body"><${About} event=${event} names=${names} /></div></section>
      <section class="panel" aria-labelledby="payload"><header><h2 id="payload">Payload</h2></header><div class="body"><${JsonTree} value=${event.payload} label="Payload" /></div></section>
      <${Deliveries} event=${event} />
      <section class="panel" aria-labelledby="timeline"><header><h2 id="timeline">What caused it, and what it caused</h2>${timeline.truncated && html`<span class="small soft">only the first are shown</span>`}</header>
        <div class="body stack"><${CausalTimeline} entries=${timeline.entries} current=${id} hrefOf=${(/** @type {any} */ entry) => hrefOfEntry(here, entry)} /></div></section>`}<//>
    ${dialog}`;
}

/** @param {{ event: any, names: Map<string, any> }} props */
function About({ event, names }) {
  const here = useHere();
  const { envelope } = event;
  const cause = causeOf(here, envelope.cause);
  return html`
    <${Facts}>
      <${Fact} name="Published"><${Ago} at=${event.createdAt} /><//>
      <${Fact} name="Subject">${event.subject ? html`<a href=${here.at(`/events?subject=${encodeURIComponent(event.subject)}`)} title="All events about it">${event.subject}</a>` : html`<span class="soft">none</span>`}<//>
      <${Fact} name="On behalf of">${actorWord(envelope.actorId, names)}<//>
      <${Fact} name="Caused by">${!cause ? "a request" : cause.href ? html`<a href=${cause.href}>${cause.word}</a>` : cause.word}<//>
      <${Fact} name="Id"><${CopyId} id=${event.id} /><//>
      <${Fact} name="Trace"><a href=${hrefOfTrace(here, envelope.traceId)} title="All that this trace set going"><code>…${envelope.traceId.slice(-8)}</code></a><//>
    <//>`;
}

/** @param {{ event: any }} props */
function Deliveries({ event }) {
  const here = useHere();
  const { deliveries } = event;
  const hrefOf = (/** @type {any} */ delivery) => (delivery.handler && here.can("subscriptions:read") ? here.at(`/handlers/${delivery.subscriptionId}`) : undefined);
  return html`
    <section class="panel" aria-labelledby="deliveries"><header><h2 id="deliveries">${deliveries.length ? plural(deliveries.length, "delivery", "deliveries") : "Deliveries"}</h2></header>
      ${!deliveries.length ? html`<p class="empty">Nobody listened when it was published. Whoever listens now gets it with “Deliver again”.</p>` : html`
        <div class="body stack"><${DeliveryTimeline} event=${event} hrefOf=${hrefOf} />
          <ul class="catalogue boxed">${deliveries.map((/** @type {any} */ delivery) => html`<li key=${delivery.id}><${Delivery} delivery=${delivery} isOneOfFew=${deliveries.length <= FEW} /></li>`)}</ul>
        </div>`}
    </section>`;
}

/** @param {{ delivery: any, isOneOfFew: boolean }} props */
function Delivery({ delivery, isOneOfFew }) {
  const here = useHere();
  const isOpen = !delivery.endedAt;
  return html`<details open=${isOneOfFew || delivery.state === "dead" || delivery.state === "failing"}>
    <summary><strong>${delivery.handler || "a handler that was deleted"}</strong> <${State} is=${deliveryState(delivery)} /> <span class="soft">${delivery.attemptsMade ? plural(delivery.attemptsMade, "attempt") : "not tried yet"}${isOpen && !delivery.held && delivery.nextAttemptAt && delivery.attemptsMade ? html`, next <${Ago} at=${delivery.nextAttemptAt} />` : ""}</span></summary>
    <div class="body stack">
      ${delivery.held && html`<p class="notice">It waits because its handler is disabled. It goes out when the handler is enabled.</p>`}
      ${delivery.attempts.length > 0 ? html`<${Attempts} attempts=${delivery.attempts} />` : delivery.error && html`<p class="log bad">${delivery.error}</p>`}
      ${here.can("jobs:read") && html`<p class="small"><a href=${here.at(`/runs/${delivery.id}`)}>Its job</a></p>`}
    </div></details>`;
}

// @ts-check
// Delivers events again: one to handlers that are chosen, or all that the filters find.

import { count, plural } from "../lib/format.js";
import { listHandlers } from "../lib/lists.js";
import { useAct, useLoad } from "../lib/load.js";
import { meets, means } from "../lib/patterns.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form, Tick } from "../parts/form.js";
import { say } from "../parts/toast.js";

const LISTENING = "";

/** @param {any} props */
export function ReplayDialog({ event, onClose, onDone }) {
  const here = useHere();
  const knows = here.can("subscriptions:read");
  const wants = (/** @type {any} */ one) => means(one.pattern, event.type) && (!one.filter || meets(one.filter, event.payload));
  const [chosen, setChosen] = useState(/** @type {Set<string> | null} */ (null));
  const asked = useLoad(`handlers ${here.tenant}`, (signal) => listHandlers(here, signal));
  const handlers = (asked.data ?? []).filter(wants).concat((asked.data ?? []).filter((/** @type {any} */ one) => !wants(one)));
  const ticked = chosen ?? new Set(handlers.filter(wants).map((/** @type {any} */ one) => one.id));
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", `/api/events/${event.id}/replay`, { body: knows ? { handlers: [...ticked] } : {}, once: true });
    say(`${plural(data.deliveryIds.length, "new delivery", "new deliveries")}.`);
    onClose();
    await onDone();
  });
  const tick = (/** @type {string} */ id) => (/** @type {boolean} */ on) => {
    const next = new Set(ticked);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return html`
    <${Dialog} title="Deliver it again" onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <p>As it was published, with new attempts. Those who got it already get it once more.</p>
        ${knows ? html`<fieldset class="ticks"><legend class="label">To whom</legend>
          ${asked.error && html`<p class="bad">${asked.error.message}</p>`}
          ${asked.data && !handlers.length && html`<p class="soft">Nobody listens here yet.</p>`}
          ${handlers.map((/** @type {any} */ one) => html`<${Tick} key=${one.id} checked=${ticked.has(one.id)} onValue=${tick(one.id)}
            label=${html`${one.name} <span class="soft">${one.state === "enabled" ? "" : "disabled, so it waits; "}${wants(one) ? `listens to ${one.pattern}` : "does not listen to this"}</span>`} />`)}
        </fieldset>` : html`<p>It goes to those who listen to it now.</p>`}
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || (knows && !ticked.size)}>Deliver again</button><//>
      <//>
    <//>`;
}

/** @param {any} props */
export function ReplayManyDialog({ filters, onClose }) {
  const here = useHere();
  const [to, setTo] = useState(LISTENING);
  const filter = filters;
  const handlers = to === LISTENING ? undefined : [to];
  const counted = useLoad("replay count", async (signal) => (await here.call("POST", "/api/events/replay", { signal, body: { filter, dryRun: true } })).data.events);
  const known = useLoad(`handlers ${here.tenant}`, (signal) => listHandlers(here, signal));
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", "/api/events/replay", { body: { filter, handlers }, once: true });
    say(`${plural(data.events, "event")} are delivered again; this job does it.`);
    onClose();
    go(here.at(here.can("jobs:read") ? `/runs/${data.jobId}` : "/events"));
  });
  return html`
    <${Dialog} title="Deliver all of these again" onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <p role="status">${counted.error ? counted.error.message : counted.data === undefined ? "Counting …" : html`The filters find <strong>${count(counted.data)}</strong> ${counted.data === 1 ? "event" : "events"}.`}</p>
        <${Field} label="To whom" value=${to} onValue=${setTo} options=${[[LISTENING, "those who listen to each now"], ...(known.data ?? []).map((/** @type {any} */ one) => [one.id, one.name])]} />
        <p class="soft">A job does it a few at a time and shows how far it is. A crash repeats none of it.</p>
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || !counted.data}>Deliver again</button><//>
      <//>
    <//>`;
}

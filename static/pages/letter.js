// @ts-check
// One dead letter: what it says, what was tried, and the ways on from it.

import { listTypes } from "../lib/lists.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Attempts } from "../parts/attempts.js";
import { Dialog } from "../parts/dialog.js";
import { Waiting } from "../parts/failure.js";
import { Alert } from "../parts/form.js";
import { JsonTree } from "../parts/json-tree.js";
import { say } from "../parts/toast.js";
import { CorrectDialog } from "./correct-letter.js";

/** @param {any} props */
export function LetterDialog({ letter, onClose, onDone }) {
  const here = useHere();
  const [isChanged, setChanged] = useState(false);
  const asked = useLoad(`letter ${letter.id}`, async (signal) => {
    if (!here.can("events:read")) return { event: null, delivery: null, types: [] };
    const [event, types] = await Promise.all([here.call("GET", `/api/events/${letter.eventId}`, { signal }), listTypes(here, signal)]);
    return { event: event.data, delivery: event.data.deliveries.find((/** @type {any} */ one) => one.id === letter.id), types };
  });
  const { run, busy, error } = useAct(async () => {
    await here.call("POST", `/api/dead-letters/${letter.id}/replay`, { once: true });
    say("It is delivered anew.");
    onClose();
    await onDone();
  });
  const event = asked.data?.event;
  // What the server says of itself stays as it said it.
  const isOfServer = asked.data?.types.some((/** @type {any} */ one) => one.type === event?.type && one.declared);
  if (isChanged && event) return html`<${CorrectDialog} letter=${letter} event=${event} onClose=${onClose} onDone=${onDone} />`;
  return html`
    <${Dialog} title=${`${letter.type ?? "An event"} for ${letter.handler || "a deleted handler"}`} large onClose=${onClose}>
      <div class="form">
        ${asked.error ? html`<${Alert} error=${asked.error} />` : !asked.data ? html`<${Waiting} />` : html`
          ${event ? html`<div><h3>Payload</h3><${JsonTree} value=${event.payload} label="Payload" /></div>` : ""}
          <div><h3>What was tried</h3>${asked.data.delivery?.attempts.length ? html`<${Attempts} attempts=${asked.data.delivery.attempts} />` : html`<p class="log bad">${letter.error}</p>`}</div>
          ${event ? html`<p><a href=${here.at(`/events/${letter.eventId}`)}>The event with all its deliveries</a></p>` : ""}`}
        <${Alert} error=${error} />
        <div class="foot"><button type="button" class="button" onClick=${onClose}>Close</button>
          ${event && !isOfServer && letter.handler && here.can("dead-letters:correct") && html`<button type="button" class="button" onClick=${() => setChanged(true)}>Change it and deliver …</button>`}
          ${here.can("dead-letters:write") && html`<button type="button" class="button main" disabled=${busy} onClick=${run}>Deliver it anew</button>`}</div>
      </div>
    <//>`;
}

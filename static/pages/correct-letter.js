// @ts-check
// Delivers what a dead letter should have said.

import { useAct } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Form } from "../parts/form.js";
import { PayloadField } from "../parts/schema-form.js";
import { say } from "../parts/toast.js";

/** @param {{ letter: any, event: any, onClose: () => void, onDone: () => Promise<void> }} props */
export function CorrectDialog({ letter, event, onClose, onDone }) {
  const here = useHere();
  const [payload, setPayload] = useState(/** @type {any} */ (event.payload));
  const [faults, setFaults] = useState(/** @type {any[]} */ ([]));
  const isChanged = JSON.stringify(payload) !== JSON.stringify(event.payload);
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", `/api/dead-letters/${letter.id}/correct`, { body: { payload }, once: true });
    say("It is delivered as you changed it.");
    onClose();
    await onDone();
    go(here.at(`/events/${data.eventId}`));
  });
  return html`
    <${Dialog} title=${`Correct ${event.type} for ${letter.handler}`} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <p>An event can't be changed any more. What you write here becomes one of its own, caused by the first, and goes to <strong>${letter.handler}</strong> alone.</p>
        <${PayloadField} schema=${{}} value=${payload} onValue=${(/** @type {any} */ value, /** @type {any[]} */ found) => { setPayload(value); setFaults(found); }} />
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || payload === undefined || !isChanged || faults.length > 0}>Deliver it so</button><//>
      <//>
    <//>`;
}

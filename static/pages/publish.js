// @ts-check
// Publishes an event by hand: a new one, or one like another.

import { listHandlers } from "../lib/lists.js";
import { useAct, useLoad } from "../lib/load.js";
import { isType, means, meets } from "../lib/patterns.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PayloadField } from "../parts/schema-form.js";
import { say } from "../parts/toast.js";

/** @param {{ types: any[], onClose: () => void, like?: any }} props `like` is an event whose type, subject and payload it begins with */
export function PublishDialog({ types, onClose, like }) {
  const here = useHere();
  const [type, setType] = useState(like?.type ?? "");
  const [subject, setSubject] = useState(like?.subject ?? "");
  const [key, setKey] = useState("");
  const [payload, setPayload] = useState(/** @type {any} */ (like?.payload ?? {}));
  const [faults, setFaults] = useState(/** @type {any[]} */ ([]));
  const isOfServer = types.some((one) => one.type === type && one.declared);
  const { run, busy, error } = useAct(async () => {
    const body = { type, payload, subject: subject || undefined, idempotencyKey: key || undefined };
    const { data } = await here.call("POST", "/api/events", { body, once: true });
    say(data.deduplicated ? "There is an event with this key already; this is it." : "Published.");
    onClose();
    go(here.at(`/events/${data.eventId}`));
  });
  return html`
    <${Dialog} title=${like ? "Publish another like it" : "Publish an event"} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <div class="two">
          <${Field} label="Type" class="mono" list="event-types" placeholder="order.paid" spellcheck=${false} value=${type} onValue=${setType} error=${error} path="type"
            hint=${isOfServer ? "The server alone publishes this." : "A dotted name. One that nobody has used yet is fine."} />
          <${Field} label="Subject (optional)" placeholder="o-7" hint="What it is about" value=${subject} onValue=${setSubject} error=${error} path="subject" />
        </div>
        <datalist id="event-types">${types.filter((one) => !one.declared).map((one) => html`<option value=${one.type} />`)}</datalist>
        <${PayloadField} schema=${{}} value=${payload} onValue=${(/** @type {any} */ value, /** @type {any[]} */ found) => { setPayload(value); setFaults(found); }} />
        <${Field} label="Key against repeats (optional)" hint="A second event with the same key is the first, and publishes nothing." value=${key} onValue=${setKey} error=${error} path="idempotencyKey" />
        <${Listeners} type=${type} payload=${payload} />
        <${Alert} error=${error} known=${["type", "subject", "idempotencyKey"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || !isType(type) || isOfServer || payload === undefined || faults.length > 0}>Publish</button><//>
      <//>
    <//>`;
}

/** Who would get it. @param {{ type: string, payload: any }} props */
function Listeners({ type, payload }) {
  const here = useHere();
  const asked = useLoad(`listeners ${here.tenant}`, (signal) => listHandlers(here, signal));
  if (!asked.data || !here.can("subscriptions:read") || !isType(type)) return null;
  const listening = asked.data.filter((/** @type {any} */ one) => means(one.pattern, type) && (!one.filter || meets(one.filter, payload)));
  const names = listening.map((/** @type {any} */ one) => `${one.name}${one.state === "enabled" ? "" : " (held: it is disabled)"}`);
  return html`<p class="plain-words" role="status">${names.length ? html`It goes to <strong>${names.join(", ")}</strong>.` : "Nobody listens to this. It is kept in the history all the same."}</p>`;
}

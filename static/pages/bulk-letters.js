// @ts-check
// Does something to dead letters: to one after a question, to many after they were counted.

import { count } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html } from "../lib/view.js";
import { Confirm, Dialog, Foot } from "../parts/dialog.js";
import { Alert, Form } from "../parts/form.js";
import { say } from "../parts/toast.js";

/** @param {any} props */
export function BulkLettersDialog({ act, filter, onClose, onDone }) {
  const here = useHere();
  const isReplay = act === "replay";
  const counted = useLoad(`bulk letters ${act}`, async (signal) => (await here.call("POST", `/api/dead-letters/${act}`, { signal, body: { filter, dryRun: true } })).data);
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", `/api/dead-letters/${act}`, { body: { filter } });
    say(`${isReplay ? "Delivered anew" : "Put away"}: ${count(data.done)} of ${count(data.matched)}.${data.hasMore ? " There are more; do it once more." : ""}`);
    onClose();
    await onDone();
  });
  const matched = counted.data?.matched;
  return html`
    <${Dialog} title=${isReplay ? "Deliver all of these anew" : "Put all of these away"} onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <p role="status">${counted.error ? counted.error.message : matched === undefined ? "Counting …" : html`This finds <strong>${count(matched)}${counted.data.hasMore ? " and more" : ""}</strong>.`}</p>
        <p class="soft">${isReplay ? "Each is delivered as it was, in the order of publishing and with new attempts. When its handler is disabled it waits there." : "Nobody gets them any more. They stay in the history of their events."}</p>
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="submit" class=${`button main${isReplay ? "" : " danger"}`} disabled=${busy || !matched}>${isReplay ? "Deliver anew" : "Put away"}</button><//>
      <//>
    <//>`;
}

/** @param {any} props */
export function DiscardDialog({ letter, onClose, onDone }) {
  const here = useHere();
  return html`<${Confirm} title="Put this away" word="Put it away" onClose=${onClose}
    onYes=${async () => { await here.call("POST", `/api/dead-letters/${letter.id}/discard`, { once: true }); say("It is put away."); await onDone(); }}>
    <p><strong>${letter.handler}</strong> never gets <code>${letter.type}</code>${letter.subject ? ` of ${letter.subject}` : ""}. It stays in the history of the event.</p><//>`;
}

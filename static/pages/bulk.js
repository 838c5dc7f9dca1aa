// @ts-check
// Does something to all jobs that the filters find, after it was counted how many that are.

import { count } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";

const ACTS = [["retry", "Let them run again"], ["cancel", "Cancel them"], ["delete", "Delete them"]];

/** @param {{ filters: Record<string, string>, onClose: () => void, onDone: (text: string) => void }} props */
export function BulkDialog({ filters, onClose, onDone }) {
  const here = useHere();
  const [act, setAct] = useState(filters.state === "dead" ? "retry" : "cancel");
  const { traceId, ...filter } = filters;
  const counted = useLoad(`bulk ${act}`, async () => (await here.call("POST", `/api/jobs/${act}`, { body: { filter, dryRun: true } })).data);
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", `/api/jobs/${act}`, { body: { filter, dryRun: false } });
    onDone(`Done to ${count(data.done)} of ${count(data.matched)}.${data.hasMore ? " There are more; do it once more." : ""}`);
    onClose();
  });
  const word = ACTS.find(([name]) => name === act)?.[1];
  const matched = counted.data?.matched;
  return html`
    <${Dialog} title="All jobs that the filters find" onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${Field} label="What to do" value=${act} onValue=${setAct} options=${ACTS} />
        <p role="status">${counted.error ? counted.error.message : matched === undefined ? "Counting …" : html`This finds <strong>${count(matched)}${counted.data.hasMore ? " and more" : ""}</strong>; those in no state for it are left alone.`}</p>
        ${traceId && html`<p class="warn">The filter on the trace does not count here.</p>`}
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="submit" class=${`button main${act === "retry" ? "" : " danger"}`} disabled=${busy || !matched}>${word}</button><//>
      <//>
    <//>`;
}

// @ts-check
// Changes a job that waits: its payload, its time, its priority.

import { toLocalField } from "../lib/format.js";
import { useAct } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { PRIORITIES } from "../lib/words.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PayloadField } from "../parts/schema-form.js";
import { say } from "../parts/toast.js";

/** @param {{ job: any, kind: any, onClose: () => void, onDone: () => Promise<void> }} props */
export function EditDialog({ job, kind, onClose, onDone }) {
  const here = useHere();
  const [payload, setPayload] = useState(job.payload);
  const [faults, setFaults] = useState(/** @type {any[]} */ ([]));
  const [runAt, setRunAt] = useState(toLocalField(job.runAt));
  const [priority, setPriority] = useState(job.priority);
  const { run, busy, error } = useAct(async () => {
    const isMoved = runAt && runAt !== toLocalField(job.runAt);
    const body = { payload, priority, ...(isMoved ? { runAt: new Date(runAt).toISOString() } : {}) };
    await here.call("PATCH", `/api/jobs/${job.id}`, { body });
    say("Changed.");
    onClose();
    await onDone();
  });
  return html`
    <${Dialog} title=${`Change ${job.jobName}`} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${PayloadField} schema=${kind?.payload ?? {}} value=${payload} onValue=${(/** @type {any} */ value, /** @type {any[]} */ found) => { setPayload(value); setFaults(found); }} />
        <div class="two">
          <${Field} label="To run at" type="datetime-local" value=${runAt} onValue=${setRunAt} error=${error} path="runAt" />
          <${Field} label="Priority" value=${priority} onValue=${setPriority} options=${PRIORITIES} />
        </div>
        <${Alert} error=${error} known=${["runAt"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || payload === undefined || faults.length > 0}>Change it</button><//>
      <//>
    <//>`;
}

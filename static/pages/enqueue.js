// @ts-check
// Enqueues a job by hand: a new one, or one again with another payload.

import { mayMake } from "../lib/jobs.js";
import { useAct } from "../lib/load.js";
import { go } from "../lib/router.js";
import { exampleOf } from "../lib/schema.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { PRIORITIES } from "../lib/words.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PayloadField } from "../parts/schema-form.js";
import { say } from "../parts/toast.js";

/**
 * @param {{ kinds: any[], onClose: () => void, like?: any, chosen?: string }} props `like` is the run that is done again
 */
export function EnqueueDialog({ kinds, onClose, like, chosen }) {
  const here = useHere();
  // What workers outside do is known to them alone.
  const choices = like ? [{ name: like.jobName }] : kinds.filter((kind) => mayMake(here, kind));
  const [jobName, setJobName] = useState(like?.jobName ?? chosen ?? choices[0]?.name ?? "");
  const kind = kinds.find(({ name }) => name === jobName);
  const [payload, setPayload] = useState(/** @type {any} */ (like?.payload ?? exampleOf(kind?.payload, kind?.payload)));
  const [faults, setFaults] = useState(/** @type {any[]} */ ([]));
  const [queue, setQueue] = useState(like?.queue ?? "");
  const [priority, setPriority] = useState(like?.priority ?? "normal");
  const [delay, setDelay] = useState("");
  const { run, busy, error } = useAct(async () => {
    const body = { jobName, payload, priority, queue: queue || undefined, delaySeconds: delay ? Number(delay) : undefined, tags: like?.tags };
    const { data } = await here.call("POST", "/api/jobs/enqueue", { body, once: true });
    say(data.deduplicated ? "There is such a job already; this is it." : "Enqueued.");
    onClose();
    go(here.at(`/runs/${data.jobId}`));
  });
  const choose = (/** @type {string} */ name) => {
    setJobName(name);
    const schema = kinds.find((one) => one.name === name)?.payload;
    setPayload(exampleOf(schema, schema));
    setFaults([]);
  };
  if (!choices.length) return html`<${Dialog} title="Enqueue a job" onClose=${onClose}><p>There is no kind of job here that can be enqueued by hand.</p><//>`;
  return html`
    <${Dialog} title=${like ? "Run it again, with another payload" : "Enqueue a job"} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${Field} label="Job" value=${jobName} onValue=${choose} options=${choices.map(({ name }) => name)} disabled=${Boolean(like)} hint=${kind?.summary} error=${error} path="jobName" />
        <${PayloadField} key=${jobName} schema=${kind?.payload ?? {}} value=${payload} onValue=${(/** @type {any} */ value, /** @type {any[]} */ found) => { setPayload(value); setFaults(found); }} />
        <div class="two">
          <${Field} label="Queue" placeholder=${kind?.queue ?? ""} value=${queue} onValue=${setQueue} error=${error} path="queue" />
          <${Field} label="Priority" value=${priority} onValue=${setPriority} options=${PRIORITIES} />
          <${Field} label="In how many seconds" type="number" min="0" placeholder="at once" value=${delay} onValue=${setDelay} error=${error} path="delaySeconds" />
        </div>
        <${Alert} error=${error} known=${["jobName", "queue", "delaySeconds"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || payload === undefined || faults.length > 0}>Enqueue</button><//>
      <//>
    <//>`;
}

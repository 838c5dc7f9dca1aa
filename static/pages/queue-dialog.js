// @ts-check
// Makes a queue, or changes what limits one.

import { useAct } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form, Tick } from "../parts/form.js";
import { say } from "../parts/toast.js";

/** @param {{ queue?: any, onClose: () => void, onDone: () => Promise<void> }} props */
export function QueueDialog({ queue, onClose, onDone }) {
  const here = useHere();
  const settings = queue?.settings;
  const [name, setName] = useState(queue?.name ?? "");
  const [concurrency, setConcurrency] = useState(settings?.concurrency ?? "");
  const [rate, setRate] = useState(settings?.ratePerMinute ?? "");
  const [paused, setPaused] = useState(settings?.paused ?? false);
  const [outside, setOutside] = useState(false);
  const { run, busy, error } = useAct(async () => {
    const number = (/** @type {any} */ text) => (text === "" ? null : Number(text));
    const body = { concurrency: number(concurrency), ratePerMinute: number(rate), paused };
    if (queue) await here.call("PATCH", `/api/queues/${queue.name}`, { body });
    else await here.call("POST", "/api/queues", { body: { ...body, name, outside }, once: true });
    say(queue ? "Changed." : `${name} is there.`);
    onClose();
    await onDone();
  });
  return html`
    <${Dialog} title=${queue ? `Limits of ${queue.name}` : "Make a queue"} onClose=${onClose}>
      <${Form} onSubmit=${run}>
        ${!queue && html`<${Field} label="Name" hint="Small letters, digits, and . _ -" value=${name} onValue=${setName} error=${error} path="name" />`}
        <div class="two">
          <${Field} label="At once" hint="Jobs that run at the same time" type="number" min="1" placeholder="no limit" value=${concurrency} onValue=${setConcurrency} error=${error} path="concurrency" />
          <${Field} label="In a minute" hint="Jobs that begin" type="number" min="1" placeholder="no limit" value=${rate} onValue=${setRate} error=${error} path="ratePerMinute" />
        </div>
        <${Tick} label="Paused: what waits goes on waiting" checked=${paused} onValue=${setPaused} />
        ${!queue && html`<${Tick} label="For workers outside, which take its jobs over HTTP" checked=${outside} onValue=${setOutside} />`}
        <${Alert} error=${error} known=${["name", "concurrency", "ratePerMinute"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${queue ? "Change it" : "Make it"}</button><//>
      <//>
    <//>`;
}

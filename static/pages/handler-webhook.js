// @ts-check
// What is done to webhooks alone: a test call, and a new secret.

import { exact } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Answer } from "../parts/attempts.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert } from "../parts/form.js";
import { Secret } from "../parts/secret.js";
import { State } from "../parts/state.js";

/** @param {{ handler: any, onClose: () => void }} props */
export function TestDialog({ handler, onClose }) {
  const here = useHere();
  const asked = useLoad(`test ${handler.id}`, async () => (await here.call("POST", `/api/subscriptions/${handler.id}/test`)).data);
  const sent = asked.data;
  return html`
    <${Dialog} title="A test call" onClose=${onClose}>
      <div class="form">
        <p class="soft">An event of the type <code>webhook.test</code> goes to <code>${handler.target.webhook}</code>, signed like every other. It is none, and nothing is counted.</p>
        <div role="status" class="stack">
          ${asked.loading ? html`<p>Calling …</p>` : asked.error ? html`<${Alert} error=${asked.error} />` : html`
            <p><${State} is=${sent.delivered ? "delivered" : "failed"} word=${sent.delivered ? "it works" : "it does not work"} /></p>
            ${sent.error && html`<p class="log bad">${sent.error}</p>`}
            <${Answer} answer=${sent} />`}
        </div>
        <div class="foot"><button type="button" class="button" disabled=${asked.loading} onClick=${asked.reload}>Once more</button><button type="button" class="button main" onClick=${onClose}>Close</button></div>
      </div>
    <//>`;
}

/** @param {{ handler: any, onClose: () => void }} props */
export function SecretDialog({ handler, onClose }) {
  const here = useHere();
  const [made, setMade] = useState(/** @type {any} */ (null));
  const { run, busy, error } = useAct(async () => setMade((await here.call("POST", `/api/subscriptions/${handler.id}/rotate-secret`)).data));
  return html`
    <${Dialog} title=${`A new secret for ${handler.name}`} onClose=${onClose}>
      ${made ? html`<${Secret} secret=${made.secret} onKept=${onClose}><p>Until ${exact(made.previousUntil)} its calls are signed with the old one as well, so nothing fails while you change it there.</p><//>` : html`
      <div class="form">
        <p>Its calls are signed with a new secret from now on, and for a day with the old one as well. The new one is shown once.</p>
        <${Alert} error=${error} />
        <${Foot} onClose=${onClose}><button type="button" class="button main" disabled=${busy} onClick=${run}>Make a new secret</button><//>
      </div>`}
    <//>`;
}

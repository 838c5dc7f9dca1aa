// @ts-check
// Going back to a backup, or to what an earlier going back put aside: what it means, before it is done.

import { bytes, duration, exact } from "../lib/format.js";
import { useAct } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { now } from "../parts/time.js";

/**
 * @param {{ name: string, at: string, size: number, onBegun: (going: any) => Promise<void>, onClose: () => void }} props
 * `at` is as of when that is to which one goes back
 */
export function GoBack({ name, at, size, onBegun, onClose }) {
  const here = useHere();
  const [password, setPassword] = useState("");
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", `/api/backups/${name}/restore`, { body: { password } });
    await onBegun(data);
    onClose();
  });
  const since = duration(Math.max(0, now.get() - Date.parse(at)));
  return html`
    <${Dialog} title="Go back" onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <div class="stack">
          <p>You go back to <strong>${exact(new Date(at))}</strong>, with all tenants. <span class="sub"><code>${name}</code></span></p>
          <p>What came since (${since}) is put aside, <strong>not deleted</strong>: it then stands on this page, and you can go back to it in the same way. It takes about ${bytes(size)} of the disk or more until you delete it or it is old.</p>
          <p>People, passwords, roles and keys are those of then. Who signed in since has to sign in again, perhaps you too.</p>
          <p>What was taken back since is given again: keys and sessions that were ended, people who were disabled. After a break-in, do that once more.</p>
          <p>Jobs that waited or ran then do so once more, and webhooks are sent once more: what was done outside since may be done twice.</p>
          <p>Everything goes on while it is prepared. Then the server is away for some seconds, and this page comes back by itself.</p>
        </div>
        <${Field} label="Your password, to be sure" type="password" autocomplete="current-password" value=${password} onValue=${setPassword} error=${error} path="password" />
        <${Alert} error=${error} known=${["password"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main danger" disabled=${busy || !password}>Go back</button><//>
      <//>
    <//>`;
}

/** How far it is, or why nothing came of it. @param {{ going: any }} props */
export function Going({ going }) {
  if (going.error) return html`<p class="alert" role="alert">You did not go back to <code>${going.from}</code>, and everything is as it was: ${going.error}</p>`;
  return html`<p class="notice" role="status"><span>You go back to <strong>${exact(new Date(going.madeAt))}</strong>: ${going.progress} %${going.progressNote ? `, ${going.progressNote}` : ""}. Everything goes on until that is done. Then the server is away for some seconds, and this page comes back by itself.</span></p>`;
}

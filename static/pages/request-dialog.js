// @ts-check
// Opens a request, or changes one.

import { toLocalField } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { PRIORITIES } from "../lib/words.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form } from "../parts/form.js";
import { say } from "../parts/toast.js";

/** @param {{ request?: any, onClose: () => void, onDone?: () => Promise<void> }} props */
export function RequestDialog({ request, onClose, onDone }) {
  const here = useHere();
  const [title, setTitle] = useState(request?.title ?? "");
  const [description, setDescription] = useState(request?.description ?? "");
  const [priority, setPriority] = useState(request?.priority ?? "normal");
  const [dueAt, setDueAt] = useState(toLocalField(request?.dueAt));
  const [assignee, setAssignee] = useState(request?.assignee ?? "");
  const people = useLoad(`assignees ${here.tenant}`, (signal) => whoMayDoIt(here, signal));
  const { run, busy, error } = useAct(async () => {
    const due = dueAt ? new Date(dueAt).toISOString() : null;
    const body = { title, description, priority, ...(assignee === (request?.assignee ?? "") ? {} : { assignee: assignee || null }), ...(dueAt === toLocalField(request?.dueAt) ? {} : { dueAt: due }) };
    const { data } = request ? await here.call("PATCH", `/api/requests/${request.id}`, { body }) : await here.call("POST", "/api/requests", { body, once: true });
    say(request ? "Changed." : "It is open.");
    onClose();
    if (request) await onDone?.();
    else go(here.at(`/requests/${data.id}`));
  });
  const known = people.data ?? [];
  const choices = known.some(([id]) => id === assignee) || !assignee ? known : [[assignee, "as it is"], ...known];
  return html`
    <${Dialog} title=${request ? "Change the request" : "Open a request"} onClose=${onClose}>
      <${Form} onSubmit=${run}>
        <${Field} label="Title" value=${title} onValue=${setTitle} error=${error} path="title" />
        <${Field} label="What is it about?" rows=${5} value=${description} onValue=${setDescription} error=${error} path="description" />
        <div class="two">
          <${Field} label="Priority" value=${priority} onValue=${setPriority} options=${PRIORITIES} />
          ${choices.length > 0 && html`<${Field} label="To do" value=${assignee} onValue=${setAssignee} options=${[["", "nobody"], ...choices]} error=${error} path="assignee" />`}
          <${Field} label="Due" type="datetime-local" value=${dueAt} onValue=${setDueAt} error=${error} path="dueAt" />
        </div>
        <${Alert} error=${error} known=${["title", "description", "dueAt"]} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${request ? "Change it" : "Open it"}</button><//>
      <//>
    <//>`;
}

/**
 * Those to whom a request can be given, as far as one may see them.
 * @param {import("../lib/session.js").Here} here
 * @param {AbortSignal} signal
 * @returns {Promise<[string, string][]>}
 */
async function whoMayDoIt(here, signal) {
  const ask = async (/** @type {string} */ permission, /** @type {string} */ path) => (here.can(permission) ? (await here.call("GET", path, { signal, query: { limit: 200 } })).data : []);
  const [members, users] = await Promise.all([ask("members:read", "/api/members"), ask("users:read", "/api/users")]);
  return [...members, ...users].map(({ accountId, id, name, email }) => [accountId ?? id, name || email]);
}

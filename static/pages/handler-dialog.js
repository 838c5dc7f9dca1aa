// @ts-check
// Adds or changes a handler, and shows which events it means while it is written.

import { mayMake } from "../lib/jobs.js";
import { listTypes } from "../lib/lists.js";
import { useAct, useLoad } from "../lib/load.js";
import { isPattern, proposals } from "../lib/patterns.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot } from "../parts/dialog.js";
import { Alert, Field, Form, Tick } from "../parts/form.js";
import { Secret } from "../parts/secret.js";
import { say } from "../parts/toast.js";
import { MatchPreview } from "./match-preview.js";

const KINDS = [["webhook", "a webhook: a URL is called, signed"], ["job", "a job of this server"], ["queue", "workers outside, by a queue"]];
const FIELDS = ["name", "pattern", "target", "filter", "maxAttempts", "backoff", "timeoutSeconds", "recovery"];
const BACKOFFS = [["", "as usual"], ["webhooks", "5 s, 5 min, 30 min … a day"], ["exponential 120 86400", "2, 4, 8 … minutes"], ["exponential 10 3600", "10, 20, 40 … seconds, up to an hour"], ["fixed 60", "a minute each"]];

/** @param {any} props */
export function HandlerDialog({ handler, pattern, onClose, onDone }) {
  const here = useHere();
  const isOfCode = Boolean(handler?.target.handler);
  const [kind, address] = Object.entries(handler?.target ?? { webhook: "" })[0] ?? ["webhook", ""];
  const [fields, setFields] = useState({
    name: handler?.name ?? "", pattern: handler?.pattern ?? pattern ?? "", kind, address: String(address),
    filter: handler?.filter ? JSON.stringify(handler.filter) : "", maxAttempts: handler ? String(handler.maxAttempts) : "",
    timeoutSeconds: handler ? String(handler.timeoutSeconds) : "", backoff: handler ? backoffKey(handler.backoff) : "",
    recovery: handler?.recovery ?? "", ordered: handler?.ordered ?? false,
  });
  const [secret, setSecret] = useState("");
  const put = (/** @type {string} */ name) => (/** @type {any} */ value) => setFields((before) => ({ ...before, [name]: value }));
  const known = useLoad(`handler choices ${here.tenant}`, async (signal) => {
    const [types, kinds] = await Promise.all([
      listTypes(here, signal),
      here.can("jobs:read") ? here.call("GET", "/api/job-kinds", { signal }) : { data: [] },
    ]);
    return { types: types.map((one) => one.type), kinds: kinds.data.filter((/** @type {any} */ one) => mayMake(here, one)) };
  });
  const filter = readFilter(fields.filter);
  const { run, busy, error } = useAct(async () => {
    const own = { maxAttempts: numberOf(fields.maxAttempts), timeoutSeconds: numberOf(fields.timeoutSeconds), backoff: backoffOf(fields.backoff), recovery: fields.recovery || undefined };
    const given = { name: fields.name, pattern: fields.pattern, target: { [fields.kind]: fields.address }, ordered: fields.ordered };
    if (handler) {
      const body = isOfCode ? own : { ...own, ...given, filter: filter.value ?? null };
      await here.call("PATCH", `/api/subscriptions/${handler.id}`, { body });
      say("Changed.");
      onClose();
    } else {
      const { data } = await here.call("POST", "/api/subscriptions", { body: { ...own, ...given, filter: filter.value } });
      say(`${fields.name} listens to ${fields.pattern}.`);
      if (data.secret) setSecret(data.secret);
      else onClose();
    }
    await onDone();
  });
  const pick = (/** @type {string} */ next) => setFields((before) => ({ ...before, kind: next, address: next === "job" ? (known.data?.kinds[0]?.name ?? "") : "", recovery: next === "queue" ? "" : before.recovery }));
  if (secret) return html`<${Dialog} title=${`${fields.name} is there`} onClose=${onClose}><${Secret} secret=${secret} onKept=${onClose} /><//>`;
  const usual = fields.kind === "webhook" ? "10" : "4";
  return html`
    <${Dialog} title=${handler ? `Change ${handler.name}` : "Add a handler"} large onClose=${onClose}>
      <${Form} onSubmit=${run}>
        ${isOfCode ? html`<p class="soft">This handler is part of the server: what it does and what it listens to are in its code.</p>` : html`
        <div class="two">
          <${Field} label="Name" placeholder="chat" hint="a-z, 0-9, dots, hyphens, underscores" value=${fields.name} onValue=${put("name")} error=${error} path="name" />
          <${Field} label="Listens to" class="mono" list="handler-patterns" placeholder="order.*" spellcheck=${false} hint="A type, everything under a prefix, or * for all" value=${fields.pattern} onValue=${put("pattern")} error=${error} path="pattern" />
        </div>
        <datalist id="handler-patterns">${proposals(known.data?.types ?? []).map((one) => html`<option value=${one} />`)}</datalist>
        <div class="two">
          <${Field} label="What happens" value=${fields.kind} onValue=${pick} options=${handler || here.can("jobs:write") ? KINDS : KINDS.slice(0, 1)} disabled=${Boolean(handler)} />
          ${fields.kind === "webhook" && html`<${Field} label="URL" type="url" placeholder="https://chat.example.com/hook" value=${fields.address} onValue=${put("address")} error=${error} path="target" />`}
          ${fields.kind === "job" && html`<${Field} label="Job" options=${[...new Set([...(known.data?.kinds ?? []).map((/** @type {any} */ one) => one.name), ...(fields.address ? [fields.address] : [])])]} hint="It runs with the event's payload" value=${fields.address} onValue=${put("address")} error=${error} path="target" />`}
          ${fields.kind === "queue" && html`<${Field} label="Queue" placeholder="crm" hint="Of this handler alone; it is made when there is none" disabled=${Boolean(handler)} value=${fields.address} onValue=${put("address")} error=${error} path="target" />`}
        </div>
        <${Field} label="Only when the payload is so (optional)" class="mono" rows=${2} spellcheck=${false} placeholder=${'{"amount": {"gte": 100}}'} hint="eq, ne, gt, gte, lt, lte, in, exists; dots lead into objects; all must hold." value=${fields.filter} onValue=${put("filter")} error=${error} path="filter"
          ...${filter.problem ? { "aria-invalid": "true" } : {}} />
        ${filter.problem && html`<p class="field"><span class="problem">${filter.problem}</span></p>`}
        ${here.can("events:read") && html`<${MatchPreview} pattern=${fields.pattern} filter=${filter.value} types=${known.data?.types ?? []} />`}`}
        <details open=${isOfCode}><summary>Attempts and order</summary><div class="form">
          <div class="two">
            <${Field} label="Attempts" type="number" min="1" max="100" placeholder=${usual} value=${fields.maxAttempts} onValue=${put("maxAttempts")} error=${error} path="maxAttempts" />
            <${Field} label="Waits between them" value=${fields.backoff} onValue=${put("backoff")} options=${BACKOFFS.some(([key]) => key === fields.backoff) ? BACKOFFS : [...BACKOFFS, [fields.backoff, "as it is now"]]} error=${error} path="backoff" />
            <${Field} label="Each at most, in seconds" type="number" min="1" max="3600" placeholder="30" value=${fields.timeoutSeconds} onValue=${put("timeoutSeconds")} error=${error} path="timeoutSeconds" />
            ${fields.kind !== "queue" && html`<${Field} label="When it was disabled for failing" value=${fields.recovery} onValue=${put("recovery")} options=${[["", "as usual"], ["probe", "try now and then whether it works"], ["manual", "wait until somebody looks"]]} error=${error} path="recovery" />`}
          </div>
          ${!isOfCode && html`<${Tick} label="One at a time for each subject, in the order of publishing" checked=${fields.ordered} onValue=${put("ordered")} />`}
        </div></details>
        <${Alert} error=${error} known=${FIELDS} />
        <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy || Boolean(filter.problem) || (!isOfCode && (!fields.name || !isPattern(fields.pattern) || !fields.address))}>${handler ? "Change it" : "Add it"}</button><//>
      <//>
    <//>`;
}

/** @param {string} text */
const numberOf = (text) => (text === "" ? undefined : Number(text));

/** @param {any} backoff */
function backoffKey({ kind, firstSeconds, mostSeconds, seconds }) {
  return kind === "exponential" ? `exponential ${firstSeconds} ${mostSeconds}` : kind === "fixed" ? `fixed ${seconds}` : kind;
}

/** @param {string} key */
function backoffOf(key) {
  const [kind, first, most] = key.split(" ");
  if (!kind) return undefined;
  return kind === "exponential" ? { kind, firstSeconds: Number(first), mostSeconds: Number(most) } : kind === "fixed" ? { kind, seconds: Number(first) } : { kind };
}

/** @param {string} text @returns {{ value?: any, problem?: string }} */
function readFilter(text) {
  if (!text.trim()) return {};
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? { value } : { problem: "Write an object of fields and comparisons." };
  } catch (error) {
    return { problem: `This is no JSON yet: ${error instanceof Error ? error.message : error}` };
  }
}

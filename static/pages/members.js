// @ts-check
// Members: the accounts that work in the tenant, each with a role. In the instance they own it.

import { usePages } from "../lib/pages.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Confirm, Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say, sayProblem } from "../parts/toast.js";

export default function Members() {
  const here = useHere();
  const isInstance = here.tenant === "instance";
  const asked = usePages(`members ${here.tenant}`, (query, signal) => here.call("GET", "/api/members", { query, signal }), sayProblem);
  const roles = useLoad(`roles ${here.tenant}`, async (signal) => (here.can("roles:read") ? await here.read("/api/roles?limit=200", signal) : []));
  const { open, dialog } = useDialogs({
    add: (_, close) => html`<${AddDialog} roles=${isInstance ? [{ name: "owner" }] : (roles.data ?? [])} onClose=${close} onDone=${asked.reload} />`,
    role: (member, close) => html`<${RoleDialog} member=${member} roles=${roles.data ?? []} onClose=${close} onDone=${asked.reload} />`,
    remove: (member, close) => html`<${Confirm} title=${`Remove ${member.name || member.email}`} word="Remove" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/members/${member.accountId}`); say("Removed."); await asked.reload(); }}>
      <p>The account stays; it may do nothing here any more, and its API keys of this tenant are deleted.</p><//>`,
  });
  const mayWrite = here.can("members:write");
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Account", kind: "main-cell", cell: (member) => html`<strong>${member.name || member.email}</strong>${member.name && html`<span class="sub">${member.email}</span>`}` },
    { label: "Role", cell: (member) => member.role },
    { label: "State", weight: 2, cell: (member) => html`<${State} is=${member.state} />` },
    { label: "Since", kind: "number", weight: 2, cell: (member) => html`<${Ago} at=${member.createdAt} />` },
    ...(mayWrite ? [{ label: "Change", unseen: true, kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ member) => html`
      ${!isInstance && html`<button type="button" class="button small" onClick=${() => open("role", member)}>Role<span class="unseen"> of ${member.email}</span></button>`}
      <button type="button" class="button small" onClick=${() => open("remove", member)}>Remove<span class="unseen"> ${member.email}</span></button>` }] : []),
  ];
  return html`
    <div class="head"><h1>${isInstance ? "Owners" : "Members"}</h1>
      ${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("add")}>${isInstance ? "Add an owner" : "Add a member"}</button></div>`}</div>
    <p class="soft">${isInstance ? "Accounts that own this instance: they make tenants and accounts. That gives no access to what is in a tenant." : "Accounts of the instance that work in this tenant. Users, who belong to the tenant alone, are on a page of their own."}</p>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Members">
      <${Table} caption=${isInstance ? "Owners" : "Members"} columns=${columns} rows=${rows} keyOf=${(/** @type {any} */ row) => row.accountId} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" /></section>`}<//>
    ${dialog}`;
}

/** @param {any} props */
function AddDialog({ roles, onClose, onDone }) {
  const here = useHere();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState(roles.find((/** @type {any} */ one) => one.name === "developer")?.name ?? roles[0]?.name ?? "");
  const { run, busy, error } = useAct(async () => {
    await here.call("POST", "/api/members", { body: { email, role }, once: true });
    say(`${email} is here.`);
    onClose();
    await onDone();
  });
  return html`<${Dialog} title=${here.tenant === "instance" ? "Add an owner" : "Add a member"} onClose=${onClose}><${Form} onSubmit=${run}>
    <${Field} label="E-mail address of the account" type="email" hint="An owner of the instance makes accounts." value=${email} onValue=${setEmail} error=${error} path="email" />
    <${RoleField} roles=${roles} value=${role} onValue=${setRole} error=${error} />
    <${Alert} error=${error} known=${["email", "role"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>Add</button><//>
  <//><//>`;
}

/** @param {any} props */
function RoleDialog({ member, roles, onClose, onDone }) {
  const here = useHere();
  const [role, setRole] = useState(member.role);
  const { run, busy, error } = useAct(async () => {
    await here.call("PATCH", `/api/members/${member.accountId}`, { body: { role } });
    say(`${member.name || member.email} is ${role} now.`);
    onClose();
    await onDone();
  });
  return html`<${Dialog} title=${`Role of ${member.name || member.email}`} onClose=${onClose}><${Form} onSubmit=${run}>
    <${RoleField} roles=${roles} value=${role} onValue=${setRole} error=${error} />
    <${Alert} error=${error} known=${["role"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>Give it</button><//>
  <//><//>`;
}

/** A role, with what it is for. @param {any} props */
export function RoleField({ roles, value, onValue, error }) {
  const known = roles.some((/** @type {any} */ role) => role.name === value) ? roles : [{ name: value }, ...roles];
  return html`<${Field} label="Role" value=${value} onValue=${onValue} error=${error} path="role" options=${known.map((/** @type {any} */ role) => role.name)}
    hint=${roles.find((/** @type {any} */ role) => role.name === value)?.summary} />`;
}

// @ts-check
// Users: those who belong to the tenant and sign in to it. In the instance they are the accounts.

import { plural } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { usePages } from "../lib/pages.js";
import { setQuery, useAddress } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Confirm, Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { Empty, Snippet } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form, Tick } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say, sayProblem } from "../parts/toast.js";
import { RoleField } from "./members.js";

export default function Users() {
  const here = useHere();
  const isInstance = here.tenant === "instance";
  const { query } = useAddress();
  const filters = { search: query.get("search"), role: query.get("role"), state: query.get("state") };
  const asked = usePages(`users ${here.tenant} ${JSON.stringify(filters)}`, (page, signal) => here.call("GET", "/api/users", { query: { ...filters, ...page }, signal }), sayProblem);
  const roles = useLoad(`roles ${here.tenant}`, async (signal) => (!isInstance && here.can("roles:read") ? await here.read("/api/roles?limit=200", signal) : []));
  const dialogs = { roles: roles.data ?? [], onDone: asked.reload };
  const { open, dialog } = useDialogs({
    make: (_, close) => html`<${UserDialog} ...${dialogs} onClose=${close} />`,
    edit: (user, close) => html`<${UserDialog} user=${user} ...${dialogs} onClose=${close} />`,
    out: (user, close) => html`<${Confirm} title=${`Sign ${user.name || user.email} out everywhere`} word="Sign out" onClose=${close}
      onYes=${async () => { const { data } = await here.call("DELETE", `/api/users/${user.id}/sessions`); say(`${plural(data.ended, "session")} ended.`); }}><p>Every session ends. The password stays as it is.</p><//>`,
    remove: (user, close) => html`<${Confirm} title=${`Delete ${user.name || user.email}`} word="Delete" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/users/${user.id}`); say("Deleted."); await asked.reload(); }}><p>What was made by this user stays. Disable the user instead to be able to take it back.</p><//>`,
  });
  const word = isInstance ? "account" : "user";
  const isFiltered = Object.values(filters).some(Boolean);
  return html`
    <div class="head"><h1>${isInstance ? "Accounts" : "Users"}</h1>
      ${here.can("users:write") && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("make")}>Make ${isInstance ? "an account" : "a user"}</button></div>`}</div>
    <div class="filters" role="search">
      <${Field} grow label="Search" type="search" placeholder="How the address or the name begins" value=${filters.search ?? ""} onValue=${(/** @type {string} */ search) => setQuery({ search })} />
      ${!isInstance && html`<${Field} label="Role" value=${filters.role ?? ""} onValue=${(/** @type {string} */ role) => setQuery({ role })} options=${[["", "any"], ...(roles.data ?? []).map((/** @type {any} */ role) => role.name)]} />`}
      <${Field} label="State" value=${filters.state ?? ""} onValue=${(/** @type {string} */ state) => setQuery({ state })} options=${[["", "any"], "active", "disabled"]} />
    </div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label=${isInstance ? "Accounts" : "Users"}>
      ${rows.length ? html`<${Table} caption=${isInstance ? "Accounts" : "Users"} columns=${columnsOf(here, open)} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" />`
      : isFiltered ? html`<${Empty} title=${`No ${word} is like that`}><p>Only how the address or the name begins is looked at.</p><//>` : html`<${Nothing} />`}
    </section>`}<//>
    ${dialog}`;
}

/** @param {import("../lib/session.js").Here} here @param {(name: string, subject: any) => void} open @returns {import("../parts/table.js").Column[]} */
function columnsOf(here, open) {
  const isMe = (/** @type {any} */ user) => user.id === here.session.user.id;
  return [
    { label: "Who", kind: "main-cell", cell: (user) => html`<strong>${user.name || user.email}</strong>${isMe(user) ? html` <span class="chip">you</span>` : ""}${user.name && html`<span class="sub">${user.email}</span>`}` },
    ...(here.tenant === "instance" ? [] : [{ label: "Role", cell: (/** @type {any} */ user) => user.role }]),
    { label: "State", weight: 2, cell: (user) => html`<${State} is=${user.state} />` },
    { label: "Made", kind: "number", weight: 3, cell: (user) => html`<${Ago} at=${user.createdAt} />` },
    ...(here.can("users:write") ? [{ label: "Change", unseen: true, kind: /** @type {const} */ ("act"), cell: (/** @type {any} */ user) => html`
      <button type="button" class="button small" onClick=${() => open("edit", user)}>Edit<span class="unseen"> ${user.email}</span></button>
      <button type="button" class="button small col-3" onClick=${() => open("out", user)}>Sign out<span class="unseen"> ${user.email}</span></button>
      ${here.can("users:delete") && !isMe(user) && html`<button type="button" class="button small col-3" onClick=${() => open("remove", user)}>Delete<span class="unseen"> ${user.email}</span></button>`}` }] : []),
  ];
}

/** @param {any} props */
function UserDialog({ user, roles, onClose, onDone }) {
  const here = useHere();
  const isInstance = here.tenant === "instance";
  const [email, setEmail] = useState(user?.email ?? "");
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState(user?.role ?? "user");
  const [password, setPassword] = useState("");
  const [isActive, setIsActive] = useState(user?.state !== "disabled");
  const { run, busy, error } = useAct(async () => {
    const changed = (/** @type {string} */ field, /** @type {any} */ value) => (value === user?.[field] ? {} : { [field]: value });
    const body = { ...changed("email", email), ...changed("name", name), ...(isInstance ? {} : changed("role", role)), ...(password ? { password } : {}), ...(user ? changed("state", isActive ? "active" : "disabled") : {}) };
    if (user) await here.call("PATCH", `/api/users/${user.id}`, { body });
    else await here.call("POST", "/api/users", { body, once: true });
    say(user ? "Changed." : `${email} is there.`);
    onClose();
    await onDone();
  });
  return html`<${Dialog} title=${user ? `Change ${user.name || user.email}` : isInstance ? "Make an account" : "Make a user"} onClose=${onClose}><${Form} onSubmit=${run}>
    <${Field} label="E-mail address" type="email" autocomplete="off" value=${email} onValue=${setEmail} error=${error} path="email" />
    <${Field} label="Name" autocomplete="off" value=${name} onValue=${setName} error=${error} path="name" />
    ${!isInstance && html`<${RoleField} roles=${roles} value=${role} onValue=${setRole} error=${error} />`}
    <${Field} label=${user ? "A new password (optional)" : "Password (optional)"} type="password" autocomplete="new-password" hint=${user ? "Every session ends." : "At least 10 characters. Without one, nobody signs in with it yet."} value=${password} onValue=${setPassword} error=${error} path="password" />
    ${user && html`<${Tick} label="May sign in and act" checked=${isActive} onValue=${setIsActive} />`}
    <${Alert} error=${error} known=${["email", "name", "role", "password"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${user ? "Change" : "Make"}</button><//>
  <//><//>`;
}

function Nothing() {
  const here = useHere();
  const asked = { method: "POST", url: `${location.origin}/api/users`, tenant: here.tenant, body: { email: "kim@example.org", name: "Kim", password: "at least ten characters" } };
  return html`<${Empty} title="This tenant has no users of its own yet"><p>Users are the people of your own app: they sign in to this tenant and act nowhere else. Make one here, open sign-up in the settings, or do it from a program:</p>
    <${Snippet} asked=${asked} /><//>`;
}

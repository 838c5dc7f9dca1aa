// @ts-check
// Roles: named sets of permissions. Those that are built in show how they are made.

import { useAct, useLoad } from "../lib/load.js";
import { setQuery, useAddress } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Confirm, Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PermissionGrid } from "../parts/permission-grid.js";
import { say } from "../parts/toast.js";

export default function Roles() {
  const here = useHere();
  const { query } = useAddress();
  const asked = useLoad(`roles ${here.tenant}`, async (signal) => {
    const [roles, permissions] = await Promise.all([here.call("GET", "/api/roles", { signal, query: { limit: 200 } }), here.call("GET", "/api/permissions", { signal })]);
    return { roles: roles.data, permissions: permissions.data.filter((/** @type {any} */ one) => one.grantable) };
  });
  const { open, dialog } = useDialogs({
    edit: (role, close) => html`<${RoleDialog} role=${role} permissions=${asked.data?.permissions ?? []} onClose=${close} onDone=${asked.reload} />`,
    remove: (role, close) => html`<${Confirm} title=${`Delete the role ${role.name}`} word="Delete" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/roles/${role.name}`); say("Deleted."); setQuery({ role: "" }); await asked.reload(); }}><p>Whoever has it may do nothing until given another.</p><//>`,
  });
  const mayWrite = here.can("roles:write");
  return html`
    <div class="head"><h1>Roles</h1>
      ${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("edit")}>Make a role</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any} */ { roles, permissions }) => {
      const shown = roles.find((/** @type {any} */ role) => role.name === query.get("role")) ?? roles[0];
      return html`<div class="split">
        <nav class="panel" aria-label="Roles"><ul class="operations">${roles.map((/** @type {any} */ role) => html`
          <li key=${role.name}><a class="choice" href=${here.at(`/roles?role=${role.name}`)} aria-current=${role === shown ? "page" : undefined}><span><strong>${role.name}</strong>${role.builtIn ? html` <span class="chip">built in</span>` : ""}<span class="sub small soft">${role.summary}</span></span></a></li>`)}</ul></nav>
        <section class="panel" aria-labelledby="role"><header><h2 id="role">What ${shown.name} may do</h2>
          ${mayWrite && !shown.builtIn && html`<span class="push row-of"><button type="button" class="button small" onClick=${() => open("edit", shown)}>Change</button><button type="button" class="button small danger" onClick=${() => open("remove", shown)}>Delete</button></span>`}</header>
          <p class="body tight small soft">${shown.permissions.length ? html`Made of <code>${shown.permissions.join(" ")}</code>` : "Nothing at all."}</p>
          <${PermissionGrid} label=${`Permissions of ${shown.name}`} permissions=${permissions} chosen=${shown.permissions} /></section>
      </div>`;
    }}<//>
    ${dialog}`;
}

/** @param {any} props */
function RoleDialog({ role, permissions, onClose, onDone }) {
  const here = useHere();
  const [name, setName] = useState(role?.name ?? "");
  const [summary, setSummary] = useState(role?.summary ?? "");
  const [chosen, setChosen] = useState(/** @type {string[]} */ (role?.permissions ?? []));
  const { run, busy, error } = useAct(async () => {
    if (role) await here.call("PATCH", `/api/roles/${role.name}`, { body: { summary, permissions: chosen } });
    else await here.call("POST", "/api/roles", { body: { name, summary, permissions: chosen }, once: true });
    say(role ? "Changed." : `The role ${name} is there.`);
    onClose();
    if (!role) setQuery({ role: name });
    await onDone();
  });
  return html`<${Dialog} title=${role ? `Change ${role.name}` : "Make a role"} large onClose=${onClose}><${Form} onSubmit=${run}>
    ${!role && html`<${Field} label="Name" hint="Small letters, digits, - and _" value=${name} onValue=${setName} error=${error} path="name" />`}
    <${Field} label="What it is for" value=${summary} onValue=${setSummary} error=${error} path="summary" />
    <${PermissionGrid} stars label="What it may do" permissions=${permissions} chosen=${chosen} onChosen=${setChosen} />
    <p class="small soft">${chosen.length ? html`<code>${chosen.join(" ")}</code>` : "Nothing is ticked: it may do nothing."}</p>
    <${Alert} error=${error} known=${["name", "summary"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${role ? "Change it" : "Make it"}</button><//>
  <//><//>`;
}

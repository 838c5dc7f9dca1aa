// @ts-check
// Issuers: other servers whom the tenant trusts to say who somebody is.

import { plural } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Confirm, Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown, Waiting } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { RoleField } from "./members.js";

export default function Issuers() {
  const here = useHere();
  const asked = useLoad(`issuers ${here.tenant}`, (signal) => here.read("/api/issuers?limit=200", signal));
  const roles = useLoad(`roles ${here.tenant}`, async (signal) => (here.can("roles:read") ? await here.read("/api/roles?limit=200", signal) : []));
  const toggle = guarded(async (/** @type {any} */ issuer) => {
    await here.call("PATCH", `/api/issuers/${issuer.id}`, { body: { state: issuer.state === "enabled" ? "disabled" : "enabled" } });
    await asked.reload();
  });
  const { open, dialog } = useDialogs({
    edit: (issuer, close) => html`<${IssuerDialog} issuer=${issuer} roles=${roles.data ?? []} onClose=${close} onDone=${asked.reload} />`,
    keys: (issuer, close) => html`<${KeysDialog} issuer=${issuer} onClose=${close} />`,
    remove: (issuer, close) => html`<${Confirm} title="Trust this issuer no more" word="Trust it no more" onClose=${close}
      onYes=${async () => { await here.call("DELETE", `/api/issuers/${issuer.id}`); say("It is trusted no more."); await asked.reload(); }}><p><code>${issuer.issuer}</code></p><p>Its users stay, and can't come in until it is trusted again.</p><//>`,
  });
  const mayWrite = here.can("issuers:write");
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Issuer", kind: "main-cell", cell: (issuer) => html`<strong>${issuer.issuer}</strong><span class="sub">for ${issuer.audience.join(", ")}</span>` },
    { label: "State", cell: (issuer) => html`<${State} is=${issuer.state} />` },
    { label: "Gives", weight: 2, cell: (issuer) => html`${issuer.role}${Object.keys(issuer.roles).length > 0 && html`<span class="sub">or by ${issuer.roleClaim}</span>`}` },
    { label: "Since", kind: "number", weight: 3, cell: (issuer) => html`<${Ago} at=${issuer.createdAt} />` },
    { label: "Change", unseen: true, kind: "act", cell: (issuer) => html`
      <button type="button" class="button small" onClick=${() => open("keys", issuer)}>Keys<span class="unseen"> of ${issuer.issuer}</span></button>
      ${mayWrite && html`<button type="button" class="button small" onClick=${() => open("edit", issuer)}>Edit<span class="unseen"> ${issuer.issuer}</span></button>
      <button type="button" class="button small col-3" onClick=${() => toggle(issuer)}>${issuer.state === "enabled" ? "Disable" : "Enable"}<span class="unseen"> ${issuer.issuer}</span></button>
      <button type="button" class="button small col-3" onClick=${() => open("remove", issuer)}>Delete<span class="unseen"> ${issuer.issuer}</span></button>`}` },
  ];
  return html`
    <div class="head"><h1>Issuers</h1>${mayWrite && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("edit")}>Trust an issuer</button></div>`}</div>
    <${Shown} of=${asked}>${(/** @type {any[]} */ rows) => html`<section class="panel" aria-label="Issuers">
      ${rows.length ? html`<${Table} caption="Trusted issuers" columns=${columns} rows=${rows} />`
      : html`<${Empty} title="No other server is trusted"><p>Keycloak, Authentik, Google, whatever speaks OpenID Connect: let it say who somebody is, and its users sign in there and act here with the token that they get.</p><//>`}</section>`}<//>
    ${dialog}`;
}

/** @param {any} props */
function KeysDialog({ issuer, onClose }) {
  const here = useHere();
  const asked = useLoad(`issuer ${issuer.id}`, (signal) => here.read(`/api/issuers/${issuer.id}`, signal));
  return html`<${Dialog} title="Keys of this issuer" onClose=${onClose}>
    <p><code>${issuer.issuer}</code></p>
    ${asked.error ? html`<p class="bad">${asked.error.message}</p>` : !asked.data ? html`<${Waiting} />` : asked.data.keys?.failure
      ? html`<p><${State} is="failing" /> <${Ago} at=${asked.data.keys.triedAt} />: ${asked.data.keys.failure}</p>`
      : asked.data.keys?.fetchedAt ? html`<p><${State} is="done" word=${plural(asked.data.keys.count, "key")} /> fetched <${Ago} at=${asked.data.keys.fetchedAt} /></p>`
      : html`<p>They were not asked for yet. They are when the first of its tokens comes.</p>`}
  <//>`;
}

/** @param {any} props */
function IssuerDialog({ issuer, roles, onClose, onDone }) {
  const here = useHere();
  const [url, setUrl] = useState(issuer?.issuer ?? "");
  const [audience, setAudience] = useState(issuer?.audience.join("\n") ?? "");
  const [role, setRole] = useState(issuer?.role ?? "user");
  const [claim, setClaim] = useState(issuer?.roleClaim ?? "");
  const [map, setMap] = useState(Object.entries(issuer?.roles ?? {}).map(([value, name]) => `${value} = ${name}`).join("\n"));
  const [jwksUrl, setJwksUrl] = useState(issuer?.jwksUrl ?? "");
  const { run, busy, error } = useAct(async () => {
    const pairs = map.split("\n").map((line) => line.split("=").map((part) => part.trim())).filter(([value]) => value);
    const body = { audience: audience.split(/\s+/).filter(Boolean), role, roleClaim: claim || null, roles: Object.fromEntries(pairs), jwksUrl: jwksUrl || null };
    if (issuer) await here.call("PATCH", `/api/issuers/${issuer.id}`, { body });
    else await here.call("POST", "/api/issuers", { body: { ...body, issuer: url }, once: true });
    say(issuer ? "Changed." : "It is trusted.");
    onClose();
    await onDone();
  });
  return html`<${Dialog} title=${issuer ? "Change whom it lets in" : "Trust an issuer"} onClose=${onClose}><${Form} onSubmit=${run}>
    <${Field} label="Issuer" disabled=${Boolean(issuer)} placeholder="https://login.example.org/realms/acme" hint="To the letter what its tokens have as iss." value=${url} onValue=${setUrl} error=${error} path="issuer" />
    <${Field} label="Audience" rows=${2} hint="A token has to be for one of these, one to a line." value=${audience} onValue=${setAudience} error=${error} path="audience" />
    <${RoleField} roles=${roles} value=${role} onValue=${setRole} error=${error} />
    <${Field} label="Claim that gives another role (optional)" placeholder="realm_access.roles" value=${claim} onValue=${setClaim} error=${error} path="roleClaim" />
    ${claim && html`<${Field} label="Which role each value gives" rows=${3} class="mono" placeholder="desk-admins = admin" hint="One to a line." value=${map} onValue=${setMap} error=${error} path="roles" />`}
    <${Field} label="Where its keys are (optional)" placeholder="what it says itself" value=${jwksUrl} onValue=${setJwksUrl} error=${error} path="jwksUrl" />
    <${Alert} error=${error} known=${["issuer", "audience", "role", "roleClaim", "roles", "jwksUrl"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>${issuer ? "Change it" : "Trust it"}</button><//>
  <//><//>`;
}

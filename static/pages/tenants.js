// @ts-check
// The tenants of this instance.

import { usePages } from "../lib/pages.js";
import { useAct } from "../lib/load.js";
import { go, setQuery, useAddress } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { Dialog, Foot, useDialogs } from "../parts/dialog.js";
import { Empty } from "../parts/empty.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { State } from "../parts/state.js";
import { More, Table } from "../parts/table.js";
import { Ago } from "../parts/time.js";
import { say, sayProblem } from "../parts/toast.js";
import { Advice } from "./advice.js";

export default function Tenants() {
  const here = useHere();
  const { query } = useAddress();
  const state = query.get("state") ?? "";
  const asked = usePages(`tenants ${state}`, (page, signal) => here.call("GET", "/api/tenants", { query: { state, ...page }, signal }), sayProblem);
  const { open, dialog } = useDialogs({ make: (_, close) => html`<${NewTenant} onClose=${close} />` });
  const places = new Set(here.session.places.map(({ slug }) => slug));
  /** @type {import("../parts/table.js").Column[]} */
  const columns = [
    { label: "Tenant", kind: "main-cell", cell: (tenant) => html`<a href=${`/instance/tenants/${tenant.slug}`}>${tenant.name}</a><span class="sub">${tenant.slug}</span>` },
    { label: "State", cell: (tenant) => html`<${State} is=${tenant.state} />` },
    { label: "Hosts", weight: 3, cell: (tenant) => tenant.hosts.join(", ") },
    { label: "Sign-up", weight: 3, cell: (tenant) => tenant.signup },
    { label: "Made", kind: "number", weight: 2, cell: (tenant) => html`<${Ago} at=${tenant.createdAt} />` },
    { label: "Go", unseen: true, kind: "act", cell: (tenant) => (places.has(tenant.slug) ? html`<a class="button small" href=${`/t/${tenant.slug}`}>Open<span class="unseen"> ${tenant.name}</span></a>` : html`<span class="soft small">not a member</span>`) },
  ];
  return html`
    <div class="head"><h1>Tenants</h1>${here.can("tenants:write") && html`<div class="actions"><button type="button" class="button main" onClick=${() => open("make")}>Make a tenant</button></div>`}</div>
    <${Advice} />
    <div class="filters" role="group" aria-label="What is shown"><${Field} label="State" value=${state} options=${[["", "not deleted"], "active", "suspended", ["deleting", "being deleted"]]} onValue=${(/** @type {string} */ next) => setQuery({ state: next })} /></div>
    <${Shown} of=${asked}>${(/** @type {any} */ { rows, next }) => html`<section class="panel" aria-label="Tenants">
      ${rows.length ? html`<${Table} caption="Tenants by their short name" columns=${columns} rows=${rows} /><${More} more=${Boolean(next)} onMore=${asked.more} word="Show more" />`
      : html`<${Empty} title=${state ? "No tenant is in this state" : "There is no tenant yet"}><p>A tenant is an app, a team, a customer: its people and its data, kept apart from all others by the database itself.</p><//>`}</section>`}<//>
    ${dialog}`;
}

/** @param {{ onClose: () => void }} props */
function NewTenant({ onClose }) {
  const here = useHere();
  const [slug, setSlug] = useState("");
  const [name, setName] = useState("");
  const { run, busy, error } = useAct(async () => {
    await here.call("POST", "/api/tenants", { body: { slug, name: name || slug }, once: true });
    say(`${name || slug} is there, and you own it.`);
    onClose();
    await here.refresh();
    go(`/t/${slug}`);
  });
  return html`<${Dialog} title="Make a tenant" onClose=${onClose}><${Form} onSubmit=${run}>
    <${Field} label="Short name" hint="Small letters, digits and hyphens, such as acme. It stands in addresses." value=${slug} onValue=${setSlug} error=${error} path="slug" />
    <${Field} label="Name" placeholder=${slug} value=${name} onValue=${setName} error=${error} path="name" />
    <${Alert} error=${error} known=${["slug", "name"]} />
    <${Foot} onClose=${onClose}><button type="submit" class="button main" disabled=${busy}>Make it</button><//>
  <//><//>`;
}

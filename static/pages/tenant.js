// @ts-check
// One tenant, as who runs the instance sees it: its names, its hosts, its limits, and its end.

import { useAct, useLoad } from "../lib/load.js";
import { go } from "../lib/router.js";
import { useHere } from "../lib/session.js";
import { html, useState } from "../lib/view.js";
import { CopyId } from "../parts/copy.js";
import { Confirm, useDialogs } from "../parts/dialog.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { State } from "../parts/state.js";
import { Ago } from "../parts/time.js";
import { guarded, say } from "../parts/toast.js";
import { Usage } from "./usage.js";

/** @param {{ id: string }} props */
export default function OneTenant({ id }) {
  const here = useHere();
  const asked = useLoad(`tenant ${id}`, (signal) => here.read(`/api/tenants/${id}`, signal));
  const move = guarded(async (/** @type {string} */ verb, /** @type {string} */ done) => {
    await here.call("POST", `/api/tenants/${id}/${verb}`, { once: true });
    say(done);
    await Promise.all([asked.reload(), here.refresh()]);
  });
  const { open, dialog } = useDialogs({
    suspend: (tenant, close) => html`<${Confirm} title=${`Suspend ${tenant.name}`} word="Suspend it" onClose=${close} onYes=${() => move("suspend", "Suspended.")}><p>Nobody acts in it until it is resumed, and its jobs wait. Nothing of it is lost.</p><//>`,
    remove: (tenant, close) => html`<${DeleteDialog} tenant=${tenant} onClose=${close} />`,
  });
  const mayWrite = here.can("tenants:write");
  return html`
    <p><a class="back" href="/instance">← Tenants</a></p>
    <${Shown} of=${asked}>${(/** @type {any} */ tenant) => html`
      <div class="head"><h1>${tenant.name}</h1><${State} is=${tenant.state} />
        ${mayWrite && html`<div class="actions">
          ${tenant.state === "suspended" ? html`<button type="button" class="button main" onClick=${() => move("resume", "It goes on.")}>Resume</button>` : html`<button type="button" class="button" onClick=${() => open("suspend", tenant)}>Suspend …</button>`}
          <button type="button" class="button danger" onClick=${() => open("remove", tenant)}>Delete …</button></div>`}</div>
      <section class="panel" aria-label="About this tenant"><div class="body"><${Facts}>
        <${Fact} name="Short name">${tenant.slug}<//><${Fact} name="Made"><${Ago} at=${tenant.createdAt} /><//><${Fact} name="Changed"><${Ago} at=${tenant.updatedAt} /><//><${Fact} name="Id"><${CopyId} id=${tenant.id} /><//>
      <//></div></section>
      ${mayWrite && html`<section class="panel" aria-labelledby="settings"><header><h2 id="settings">Settings</h2></header><div class="body"><${Settings} key=${tenant.updatedAt} tenant=${tenant} onDone=${asked.reload} /></div></section>`}
      <${Usage} path=${`/api/tenants/${id}/limits`} tenant=${mayWrite ? tenant : undefined} onDone=${asked.reload} />`}<//>
    ${dialog}`;
}

/** @param {any} props */
function Settings({ tenant, onDone }) {
  const here = useHere();
  const [name, setName] = useState(tenant.name);
  const [slug, setSlug] = useState(tenant.slug);
  const [hosts, setHosts] = useState(tenant.hosts.join("\n"));
  const [signup, setSignup] = useState(tenant.signup);
  const { run, busy, error } = useAct(async () => {
    const body = { name, hosts: hosts.split(/[\s,]+/).filter(Boolean), signup, ...(slug === tenant.slug ? {} : { slug }) };
    await here.call("PATCH", `/api/tenants/${tenant.id}`, { body });
    say("Changed.");
    await here.refresh();
    if (slug === tenant.slug) await onDone();
    else go(`/instance/tenants/${slug}`, { replace: true });
  });
  return html`<${Form} onSubmit=${run}>
    <div class="two">
      <${Field} label="Name" value=${name} onValue=${setName} error=${error} path="name" />
      <${Field} label="Short name" hint="It stands in addresses, which change with it." value=${slug} onValue=${setSlug} error=${error} path="slug" />
      <${Field} label="Sign-up" value=${signup} onValue=${setSignup} options=${[["closed", "closed: people are added"], ["open", "open: anybody may sign up"]]} />
    </div>
    <${Field} label="Host names" rows=${2} class="mono" hint="Under these the tenant is reached without naming it; one to a line." value=${hosts} onValue=${setHosts} error=${error} path="hosts" />
    <${Alert} error=${error} known=${["name", "slug", "hosts"]} />
    <div><button type="submit" class="button main" disabled=${busy}>Change it</button></div><//>`;
}

/** @param {{ tenant: any, onClose: () => void }} props */
function DeleteDialog({ tenant, onClose }) {
  const here = useHere();
  const [typed, setTyped] = useState("");
  const remove = async () => {
    if (typed !== tenant.slug) throw new Error(`Write ${tenant.slug} to delete it.`);
    await here.call("DELETE", `/api/tenants/${tenant.id}`);
    say("It is being deleted.");
    await here.refresh();
    go("/instance");
  };
  return html`<${Confirm} title=${`Delete ${tenant.name}`} word="Delete it with all that it has" onClose=${onClose} onYes=${remove}>
    <div class="form"><p>All of its people, requests, jobs and keys go, for good. Only a backup brings them back.</p>
      <${Field} label=${`Write ${tenant.slug} to be sure`} value=${typed} onValue=${setTyped} /></div><//>`;
}

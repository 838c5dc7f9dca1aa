// @ts-check
// The tenant in which one is: what it is called, who may sign up in it, and what it may have.

import { useAct, useLoad } from "../lib/load.js";
import { useHere } from "../lib/session.js";
import { asCurl } from "../lib/snippet.js";
import { html, useState } from "../lib/view.js";
import { Copy, CopyId } from "../parts/copy.js";
import { Fact, Facts } from "../parts/facts.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { Ago } from "../parts/time.js";
import { say } from "../parts/toast.js";
import { Usage } from "./usage.js";

export default function Settings() {
  const here = useHere();
  const asked = useLoad(`settings ${here.tenant}`, (signal) => here.read("/api/tenant", signal));
  return html`
    <div class="head"><h1>Settings</h1></div>
    <${Shown} of=${asked}>${(/** @type {any} */ tenant) => html`
      <section class="panel" aria-label="About this tenant"><div class="body"><${Facts}>
        <${Fact} name="Short name">${tenant.slug}<//>
        <${Fact} name="Id"><${CopyId} id=${tenant.id} /><//>
        <${Fact} name="Host names">${tenant.hosts.length ? tenant.hosts.join(", ") : html`<span class="soft">none</span>`}<//>
        <${Fact} name="Made"><${Ago} at=${tenant.createdAt} /><//>
      <//></div></section>
      ${here.can("limits:read") && html`<${Usage} path="/api/limits" />`}
      <div class="panels">
        <section class="panel" aria-labelledby="change"><header><h2 id="change">Name and sign-up</h2></header><div class="body"><${Change} key=${tenant.updatedAt} tenant=${tenant} onDone=${asked.reload} /></div></section>
        <section class="panel" aria-labelledby="reach"><header><h2 id="reach">How programs reach it</h2></header><div class="body stack">
          <p>${tenant.hosts.length ? "By its host name, or with its short name in a header:" : "With its short name in a header:"}</p>
          <div class="snippet"><pre tabindex="0" aria-label="A call for the terminal">${asCurl(sample(tenant))}</pre><div class="row-of"><${Copy} text=${asCurl(sample(tenant))} /></div></div>
        </div></section>
      </div>`}<//>`;
}

/** @param {any} tenant */
const sample = (tenant) => ({ method: "GET", url: `${location.origin}/api/requests`, tenant: tenant.slug });

/** @param {any} props */
function Change({ tenant, onDone }) {
  const here = useHere();
  const [name, setName] = useState(tenant.name);
  const [signup, setSignup] = useState(tenant.signup);
  const { run, busy, error } = useAct(async () => {
    await here.call("PATCH", "/api/tenant", { body: { name, signup } });
    say("Changed.");
    await Promise.all([onDone(), here.refresh()]);
  });
  const mayWrite = here.can("tenant:write");
  return html`<${Form} onSubmit=${run}>
    <${Field} label="Name" value=${name} onValue=${setName} error=${error} path="name" disabled=${!mayWrite} />
    <${Field} label="Sign-up" value=${signup} onValue=${setSignup} disabled=${!mayWrite} options=${[["closed", "closed: people are added"], ["open", "open: anybody may sign up as a user"]]} hint="Users who signed up have the role user." />
    <${Alert} error=${error} known=${["name"]} />
    ${mayWrite && html`<div><button type="submit" class="button" disabled=${busy || (name === tenant.name && signup === tenant.signup)}>Change it</button></div>`}<//>`;
}

// @ts-check
// The first run: makes the owner with the code that stands after the # of this page's address.

import { send } from "../lib/api.js";
import { useAct } from "../lib/load.js";
import { go } from "../lib/router.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Alert, Field, Form } from "../parts/form.js";
import { Mark } from "../parts/frame.js";

const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
// The code is used once; it need not stand in the address bar or the history.
if (code) history.replaceState(null, "", location.pathname);

/** @param {{ onSignedIn: () => Promise<void> }} props */
export default function Setup({ onSignedIn }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [slug, setSlug] = useState("");
  const { run, busy, error } = useAct(async () => {
    const tenant = slug ? { slug, name: slug } : null;
    await send("POST", "/api/setup", { body: { code, email, name, password, tenant } });
    await onSignedIn();
    go("/");
  });
  useEffect(() => { document.title = "The first run · Steading"; }, []);
  return html`
    <div class="door"><main>
      <h1 class="mark"><${Mark} /> Welcome to Steading</h1>
      <div class="panel">
        ${code ? html`
          <p>You are about to own this instance: you can make tenants and accounts on it.</p>
          <${Form} onSubmit=${run} aria-label="Make the first account">
            <${Field} label="E-mail address" type="email" name="email" autocomplete="username" required value=${email} onValue=${setEmail} error=${error} path="email" />
            <${Field} label="Name" name="name" autocomplete="name" value=${name} onValue=${setName} error=${error} path="name" />
            <${Field} label="Password" hint="At least 10 characters" type="password" name="password" autocomplete="new-password" required value=${password} onValue=${setPassword} error=${error} path="password" />
            <${Field} label="The first tenant" hint="An app, a team, a customer: a short name such as home. It can come later." name="slug" value=${slug} onValue=${setSlug} error=${error} path="tenant" />
            <${Alert} error=${error} known=${["email", "name", "password", "tenant"]} />
            <div><button type="submit" class="button main" disabled=${busy}>${busy ? "Making it …" : "Make it mine"}</button></div>
          <//>` : html`
          <p>This page needs the link that the server printed when it started. In a terminal on its machine, <code>steading setup-link</code> prints a new one.</p>
          <p><a href="/sign-in">Sign in instead</a></p>`}
      </div>
    </main></div>`;
}

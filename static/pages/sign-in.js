// @ts-check
// Signing in, or up: an account to the instance, or a tenant's own user to the tenant.

import { send } from "../lib/api.js";
import { useAct } from "../lib/load.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Alert, Field, Form } from "../parts/form.js";
import { Mark } from "../parts/frame.js";

/** @param {{ onSignedIn: () => Promise<void> }} props */
export default function SignIn({ onSignedIn }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tenant, setTenant] = useState(/** @type {string | undefined} */ (undefined));
  const [name, setName] = useState("");
  const [isNew, setNew] = useState(false);
  const { run, busy, error } = useAct(async () => {
    await send("POST", isNew ? "/api/auth/signup" : "/api/auth/login", { tenant: tenant || undefined, body: isNew ? { email, name, password } : { email, password } });
    await onSignedIn();
  });
  useEffect(() => { document.title = "Sign in · Steading"; }, []);
  return html`
    <div class="door"><main>
      <h1 class="mark"><${Mark} /> Steading</h1>
      <div class="panel">
        <${Form} onSubmit=${run} aria-label=${isNew ? "Sign up" : "Sign in"}>
          <${Field} label="E-mail address" type="email" name="email" autocomplete="username" required autofocus value=${email} onValue=${setEmail} error=${error} path="email" />
          ${isNew && html`<${Field} label="Name" name="name" autocomplete="name" value=${name} onValue=${setName} error=${error} path="name" />`}
          <${Field} label="Password" hint=${isNew ? "At least 10 characters" : undefined} type="password" name="password" autocomplete=${isNew ? "new-password" : "current-password"} required value=${password} onValue=${setPassword} error=${error} path="password" />
          ${tenant !== undefined && html`<${Field} label="Tenant" name="tenant" hint="Its short name. Users of a tenant sign in to it; accounts sign in without." value=${tenant} onValue=${setTenant} />`}
          <${Alert} error=${error} known=${["email", "name", "password"]} />
          <div class="row-of apart">
            <button type="submit" class="button main" disabled=${busy}>${busy ? "One moment …" : isNew ? "Sign up" : "Sign in"}</button>
            ${tenant === undefined && html`<button type="button" class="quiet small" onClick=${() => setTenant("")}>To one tenant only</button>`}
          </div>
        <//>
      </div>
      <footer>
        <p>${isNew ? "You have an account?" : "You have none?"} <button type="button" class="as-link" onClick=${() => setNew(!isNew)}>${isNew ? "Sign in instead" : "Sign up"}</button>${isNew ? "" : ", where that is open; else whoever runs this server makes one for you."}</p>
        <p>Nobody has an account yet? The server prints a link that makes the first; <code>steading setup-link</code> prints a new one.</p></footer>
    </main></div>`;
}

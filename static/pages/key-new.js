// @ts-check
// Makes an API key, and says in plain words what it would allow while it is put together.

import { inWords, operationsOf } from "../lib/allow.js";
import { plural, toLocalField } from "../lib/format.js";
import { useAct, useLoad } from "../lib/load.js";
import { sampleFor } from "../lib/samples.js";
import { useHere } from "../lib/session.js";
import { asCurl } from "../lib/snippet.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { Copy } from "../parts/copy.js";
import { Shown } from "../parts/failure.js";
import { Alert, Field, Form } from "../parts/form.js";
import { PermissionGrid } from "../parts/permission-grid.js";

const DAY_MS = 86_400_000;
const SPANS = [["1", "a day"], ["30", "30 days"], ["90", "90 days"], ["365", "a year"], ["", "no end"], ["at", "until …"]];

export default function NewKey() {
  const here = useHere();
  const asked = useLoad(`permissions ${here.tenant}`, async (signal) => {
    const [permissions, document] = await Promise.all([here.call("GET", "/api/permissions", { signal }), here.call("GET", "/api/openapi.json", { signal })]);
    return { permissions: permissions.data.filter((/** @type {any} */ one) => one.grantable && one.held), document: document.data };
  });
  return html`
    <p><a class="back" href=${here.at("/keys")}>← API keys</a></p>
    <div class="head"><h1>Make an API key</h1></div>
    <${Shown} of=${asked}>${(/** @type {any} */ found) => html`<${Builder} ...${found} />`}<//>`;
}

/** @param {{ permissions: any[], document: any }} props */
function Builder({ permissions, document }) {
  const here = useHere();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  const [paths, setPaths] = useState("");
  const [span, setSpan] = useState("90");
  const [until, setUntil] = useState(toLocalField(new Date(Date.now() + 7 * DAY_MS).toISOString()));
  const resources = paths.split(/[\s,]+/).filter(Boolean).map((path) => path.replace(/^\/?(api\/)?/, ""));
  const expiresAt = span === "" ? null : new Date(span === "at" ? until || Date.now() : Date.now() + Number(span) * DAY_MS).toISOString();
  const { run, busy, error } = useAct(async () => {
    const { data } = await here.call("POST", "/api/keys", { body: { name, permissions: chosen, resources, expiresAt } });
    setMade(data);
  });
  const [made, setMade] = useState(/** @type {any} */ (null));
  if (made) return html`<${Made} made=${made} document=${document} />`;
  return html`
    <div class="panels">
      <section class="panel" aria-label="What the key is"><div class="body"><${Form} onSubmit=${run}>
        <${Field} label="Name" hint="What it is for, such as the name of the program" value=${name} onValue=${setName} error=${error} path="name" />
        <div class="field"><span class="label">What it may do</span>
          <${PermissionGrid} label="What it may do" permissions=${permissions} chosen=${chosen} onChosen=${setChosen} /></div>
        <${Field} label="Only on these paths (optional)" class="mono" rows=${2} placeholder="requests/*" hint="After /api/, one to a line; a * at the end stands for all that begin so." value=${paths} onValue=${setPaths} error=${error} path="resources" />
        <div class="two">
          <${Field} label="For how long" value=${span} onValue=${setSpan} options=${SPANS} error=${error} path="expiresAt" />
          ${span === "at" && html`<${Field} label="Until" type="datetime-local" value=${until} onValue=${setUntil} />`}
        </div>
        <${Alert} error=${error} known=${["name", "resources", "expiresAt"]} />
        <div class="foot row-of end"><button type="submit" class="button main" disabled=${busy || !chosen.length}>Make the key</button></div>
      <//></div></section>
      <${InWords} permissions=${permissions.filter((one) => chosen.includes(one.name))} resources=${resources} expiresAt=${expiresAt} document=${document} />
    </div>`;
}

/** @param {{ permissions: any[], resources: string[], expiresAt: string | null, document: any }} props */
function InWords({ permissions, resources, expiresAt, document }) {
  const here = useHere();
  const { may, limits } = inWords({ permissions, resources, expiresAt, tenant: here.tenant, now: Date.now() });
  const operations = operationsOf(document, permissions.map(({ name }) => name), resources);
  return html`
    <section class="plain-words" aria-labelledby="words" aria-live="polite"><h2 id="words">What it would allow</h2>
      ${may.length ? html`<p>Whoever has its token may:</p><ul>${may.map((one) => html`<li>${one}</li>`)}</ul>` : html`<p>Nothing yet. Tick what the program needs, and no more.</p>`}
      ${limits.map((one) => html`<p>${one}</p>`)}
      ${may.length > 0 && (operations.length ? html`<details><summary>${plural(operations.length, "operation")} of the API</summary><ul>${operations.map(({ method, path, summary }) => html`<li><code>${method} ${path}</code> ${summary}</li>`)}</ul></details>`
        : html`<p class="warn">No operation fits both the permissions and the paths: this key could do nothing.</p>`)}
    </section>`;
}

/** @param {{ made: any, document: any }} props */
function Made({ made, document }) {
  const here = useHere();
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  const first = sampleFor(document, made);
  const asked = first && { method: first.method, url: location.origin + first.path, tenant: here.tenant, body: first.body };
  return html`
    <section class="panel" aria-labelledby="made" tabindex="-1" ref=${box}><header><h2 id="made">The key ${made.name} is made</h2></header>
      <div class="body stack">
        <p><strong>This is its token. It is shown this once and not kept.</strong></p>
        <div class="snippet"><pre tabindex="0" aria-label="The token">${made.token}</pre><div class="row-of"><${Copy} text=${made.token} word="Copy the token" /></div></div>
        ${asked && html`<p>To try it:</p><div class="snippet"><pre tabindex="0" aria-label="A call with the token">${asCurl(asked)}</pre>
          <div class="row-of"><${Copy} text=${asCurl(asked, made.token)} word="Copy it with the token" /></div></div>`}
        <p><a class="button" href=${here.at("/keys")}>I have kept it</a></p>
      </div></section>`;
}
